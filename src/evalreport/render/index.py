"""Reports to the rows of one page: verdict, primary comparison, what was measured, where it is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote

from evalreport.analyze.findings import FindingRole, Findings
from evalreport.analyze.sentences import LESS
from evalreport.analyze.shown import shown_difference, shown_value
from evalreport.numbers import Scale, Shown, ShownEstimate, count_text, measure_of
from evalreport.render.drawings import Axis, Drawing
from evalreport.render.facets import Facets, facets_of, kind_of, model_of
from evalreport.render.gain_bars import gain_axis, gain_bar, in_gains
from evalreport.render.results import Keyed, bounds_of, keyed_of, n_of, read_as
from evalreport.render.trend import SeriesView
from evalreport.render.words import (
    BROKEN,
    FINDING_OUTCOMES,
    LESS_THAN_ASKED,
    NOT_REACHED,
    OUTCOMES,
    STRENGTHS,
    VOID,
    Label,
    Tone,
)
from evalreport.report.model import Report
from evalreport.rules.base import Status
from evalreport.verdict import WITHOUT_STRENGTH, Outcome
from evalreport.verdict.gained import CLAIMS_A_GAIN, sizes_told
from evalreport.verdict.grounds import grounds_of


@dataclass(frozen=True, slots=True)
class Lying:
    """A report as it lies in a folder.

    Attributes:
        report: What its report.json holds.
        folder: Its folder as a link from the page names it; empty for the page's own.
        name: Its folder below the one that was looked through.
        files: The names of the files beside it.
        history: How the builds went that lay in the same folder; the series of this one first.
        changed: What of it is not as it was built.
    """

    report: Report
    folder: str
    name: str
    files: frozenset[str]
    history: tuple[SeriesView, ...] = ()
    changed: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A file to open."""

    address: str
    text: str


@dataclass(frozen=True, slots=True)
class MeasuredRow:
    """One declared comparison, in short.

    `tone` is that of what is shown: a gain, a loss, or neither. `void` says that it does not count.
    """

    name: str
    role: str
    direction: str
    tone: Tone
    void: str
    base: ShownEstimate
    tuned: ShownEstimate
    difference: ShownEstimate
    n: Shown
    outcome: Label


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """A broken rule by name, with what it does."""

    rule: str
    label: Label


@dataclass(frozen=True, slots=True)
class Entry:
    """One report of the page."""

    anchor: str
    title: str
    name: str
    place: str
    built_at: str
    changed: tuple[str, ...]
    links: tuple[Link, ...]
    main_link: str
    outcome: Label
    strength: Label | None
    gain: Label | None
    stamps: tuple[str, ...]
    kind: str
    headline: str
    edited: str
    metric: str
    arms: tuple[str, str]
    primary: MeasuredRow | None
    more_primaries: str
    bar: Drawing | None
    no_bar: str
    models: str
    datasets: str
    measured: tuple[MeasuredRow, ...]
    explored: tuple[str, ...]
    broken: tuple[BrokenRule, ...]
    history: tuple[SeriesView, ...]
    facets: Facets


def entries_of(lying: Sequence[Lying]) -> tuple[Entry, ...]:
    """The rows, newest build first; their bars share one axis."""
    ordered = sorted(lying, key=lambda one: one.name)
    ordered.sort(key=lambda one: one.report.built_at, reverse=True)
    primaries = [_primaries(one) for one in ordered]
    axis = gain_axis([in_gains(some[0]) for some in primaries if some])
    return tuple(_entry(one, some, axis) for one, some in zip(ordered, primaries, strict=True))


def units_told(lying: Sequence[Lying]) -> str:
    """What the units of the primary differences mean, of those that there are."""
    measures = [
        measure_of(some[0].finding.metric, some[0].finding.unit)
        for one in lying
        if (some := _primaries(one))
    ]
    told = []
    if any(one.scale is Scale.PERCENT and one.difference_unit == "points" for one in measures):
        told.append("Differences of percentages are in percentage points, called points.")
    if any(one.difference_unit == "points²" for one in measures):
        told.append(
            "The unit of squared errors is points², the square of what answers are scored in."
        )
    return " ".join(told)


def _primaries(one: Lying) -> tuple[Keyed, ...]:
    return tuple(
        k
        for k in _keyed(one)
        if k.finding.role is FindingRole.PRIMARY and k.finding.subgroup is None
    )


def _keyed(one: Lying) -> tuple[Keyed, ...]:
    """The findings with their places, which name the file: the page has numbers of many."""
    file = f"{one.folder}/report.json" if one.folder else "report.json"
    return tuple(replace(k, key=f"{file}#{k.key}") for k in keyed_of(one.report))


def _entry(one: Lying, primaries: Sequence[Keyed], axis: Axis) -> Entry:
    report = one.report
    primary = primaries[0] if primaries else None
    outcome = OUTCOMES[report.verdict.outcome]
    bar, no_bar = (None, "") if primary is None else _bar(primary, axis, report)
    declared = [
        k
        for k in _keyed(one)
        if k.finding.subgroup is None and k.finding.role is not FindingRole.EXPLORATORY
    ]
    explored = dict.fromkeys(
        f"{k.finding.layer} {k.finding.metric}"
        for k in _keyed(one)
        if k.finding.role is FindingRole.EXPLORATORY
    )
    links = tuple(_links(one))
    return Entry(
        anchor=f"at-{quote(one.name, safe='', errors='surrogateescape')}",
        title=report.title,
        name=report.name,
        place=one.name or ".",
        built_at=report.built_at,
        changed=report.reproduce.overrides,
        links=links,
        main_link=links[0].address,
        outcome=outcome,
        strength=None
        if report.verdict.outcome in WITHOUT_STRENGTH
        else STRENGTHS[report.verdict.strength],
        gain=_short_of_gain(report),
        stamps=tuple(_stamps(report)),
        kind=_KIND[kind_of(report)],
        headline=report.verdict.headline,
        edited=one.changed,
        metric="" if primary is None else _name(primary),
        arms=("tuned", "base") if primary is None else primary.finding.arms,
        primary=None if primary is None else _row(primary, report),
        more_primaries=_more(primaries[1:]),
        bar=bar,
        no_bar=no_bar,
        models=model_of(report),
        datasets=_datasets(report, primary),
        measured=tuple(_row(k, report) for k in declared),
        explored=tuple(explored),
        broken=tuple(_broken(report)),
        history=one.history,
        facets=facets_of(report, one.name),
    )


_KIND: Final = {"build": "build", "audit": "audit of numbers from elsewhere"}


def _short_of_gain(report: Report) -> Label | None:
    """That a gain is not shown to be what was asked for, which the outcome's word leaves open."""
    if report.verdict.outcome not in CLAIMS_A_GAIN:
        return None
    found = Findings(findings=report.findings, measurements=report.measurements)
    sizes = sizes_told(grounds_of(found, report.remarks))
    if sizes is None or all(is_reached for _, is_reached in sizes):
        return None
    return LESS_THAN_ASKED if any(LESS in text for text, _ in sizes) else NOT_REACHED


def _stamps(report: Report) -> Iterable[str]:
    if report.simulated:
        yield "SIMULATED"
    if report.smoke:
        yield "SMOKE"


def _name(k: Keyed) -> str:
    f = k.finding
    return f"{f.layer} {f.metric}" + (f".{f.field}" if f.field else "")


def _more(others: Sequence[Keyed]) -> str:
    """The other primaries, each with its outcome: all of them decide together."""
    told = "; ".join(f"{_name(k)} ({k.outcome.text})" for k in others)
    return f"Decided together with {told}: see below." if told else ""


def _bar(k: Keyed, axis: Axis, report: Report) -> tuple[Drawing | None, str]:
    return gain_bar(k, axis, _name(k), _tone(k, report), void=_void(k, report))


def _void(k: Keyed, report: Report) -> str:
    """That a number does not count, where it does not."""
    is_invalid = report.verdict.outcome is Outcome.INVALID_EVIDENCE
    is_primary = k.finding.role is FindingRole.PRIMARY
    return VOID.text if k.is_void or (is_primary and is_invalid) else ""


def _tone(k: Keyed, report: Report) -> Tone:
    """Whether a gain is shown, a loss, or neither; what does not count shows nothing."""
    return Tone.NEUTRAL if _void(k, report) else FINDING_OUTCOMES[k.finding.outcome].tone


def _row(k: Keyed, report: Report) -> MeasuredRow:
    f = k.finding
    bounds = " · ".join(mark.text for mark in bounds_of(f))
    return MeasuredRow(
        name=_name(k)
        + ("" if f.arms == ("tuned", "base") else f": {f.arms[0]} against {f.arms[1]}"),
        role=f.role.value + (f" · {bounds}" if bounds else ""),
        direction=read_as(f),
        tone=_tone(k, report),
        void=_void(k, report),
        base=shown_value(f, f.base, f"{k.key}/base"),
        tuned=shown_value(f, f.tuned, f"{k.key}/tuned"),
        difference=shown_difference(f, key=f"{k.key}/difference"),
        n=n_of(k, "item"),
        outcome=k.outcome,
    )


def _datasets(report: Report, primary: Keyed | None) -> str:
    """The data that was scored, by name and number of items; the primary's first."""
    scored = {layer.dataset for layer in report.layers}
    first = "" if primary is None else primary.finding.dataset
    names = [name for name in report.datasets if name in scored]
    names.sort(key=lambda name: name != first)
    return (
        ", ".join(f"{name} ({count_text(report.datasets[name].n, 'row')})" for name in names)
        or "not stated"
    )


def _broken(report: Report) -> Iterable[BrokenRule]:
    seen: dict[str, Label] = {}
    for remark in report.remarks:
        if remark.status is Status.BROKEN:
            label = BROKEN[remark.severity]
            kept = seen.get(remark.rule)
            seen[remark.rule] = label if kept is None else min(kept, label, key=_by_weight)
    for rule, label in seen.items():
        yield BrokenRule(rule, replace(label, text=rule))


def _by_weight(label: Label) -> int:
    return [one.tone for one in BROKEN.values()].index(label.tone)


def _links(one: Lying) -> Iterable[Link]:
    """What can be opened, the page first; a name is never read as anything but a path."""
    before = f"./{quote(one.folder, errors='surrogateescape')}/" if one.folder else "./"
    for file, text in _FILES.items():
        if file in one.files or file == "report.json":
            yield Link(f"{before}{quote(file)}", text)


_FILES: Final = {
    "report.html": "report",
    "report.md": "Markdown",
    "model_card.md": "model card",
    "report.json": "JSON",
}
