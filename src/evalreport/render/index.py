"""Reports to the rows of one page: verdict, primary comparison, what was measured, where it is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, floor
from typing import Final
from urllib.parse import quote

from evalreport.analyze.findings import FindingRole
from evalreport.analyze.shown import shown_difference, shown_value
from evalreport.estimates import Estimate, Estimated, NotEstimable, Point
from evalreport.numbers import (
    Measure,
    Scale,
    Shown,
    ShownEstimate,
    count_text,
    plain_sentence,
)
from evalreport.records import Origin
from evalreport.render.drawings import Axis, Drawing, Mark, clipped_bar
from evalreport.render.quoting import Prepared, visible
from evalreport.render.results import Keyed, bounds_of, keyed_of, n_of
from evalreport.render.trend import SeriesView
from evalreport.render.words import BROKEN, OUTCOMES, STRENGTHS, Label, Tone
from evalreport.report.model import Report
from evalreport.rules.base import Status
from evalreport.verdict import WITHOUT_STRENGTH, Outcome

_MOST_GAINS: Final = 10  # farther than this from no difference, a bar only points
_SEARCHED: Final = 20_000  # characters of a report that can be searched for
_GAINS: Final = Measure(Scale.PLAIN, "gains")
_RANK: Final = tuple(Outcome)
_UNDECLARED: Final = "no bar: the spec declares no gain worth having, so there is no common scale"


@dataclass(frozen=True, slots=True)
class Lying:
    """A report as it lies in a folder.

    Attributes:
        report: What its report.json holds.
        folder: Its folder as a link from the page names it; empty for the page's own.
        name: Its folder below the one that was looked through.
        files: The names of the files beside it.
        history: How the builds went that lay in the same folder; the series of this one first.
    """

    report: Report
    folder: str
    name: str
    files: frozenset[str]
    history: tuple[SeriesView, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """A file to open."""

    address: str
    text: str


@dataclass(frozen=True, slots=True)
class MeasuredRow:
    """One declared comparison, in short."""

    name: str
    role: str
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
class Facets:
    """By what a row is filtered and sorted; the page's script reads these and nothing else."""

    outcome: str
    strength: str
    stamp: str
    kind: str
    model: str
    built_at: str
    title: str
    rank: str
    search: Prepared


@dataclass(frozen=True, slots=True)
class Entry:
    """One report of the page."""

    anchor: str
    title: str
    name: str
    place: str
    built_at: str
    links: tuple[Link, ...]
    main_link: str
    outcome: Label
    strength: Label | None
    stamps: tuple[str, ...]
    kind: str
    headline: str
    metric: str
    arms: tuple[str, str]
    primary: MeasuredRow | None
    bar: Drawing | None
    no_bar: str
    models: str
    datasets: str
    measured: tuple[MeasuredRow, ...]
    explored: tuple[str, ...]
    broken: tuple[BrokenRule, ...]
    history: tuple[SeriesView, ...]
    facets: Facets


@dataclass(frozen=True, slots=True)
class Choice:
    """One value that a filter offers, and how many rows have it."""

    value: str
    label: Label
    count: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What the filters of the page offer: only what some row has, and nothing where all agree."""

    outcomes: tuple[Choice, ...]
    strengths: tuple[Choice, ...]
    stamps: tuple[Choice, ...]
    kinds: tuple[Choice, ...]
    models: tuple[Choice, ...]


def entries_of(lying: Sequence[Lying]) -> tuple[Entry, ...]:
    """The rows, newest build first; their bars share one axis."""
    ordered = sorted(lying, key=lambda one: one.name)
    ordered.sort(key=lambda one: one.report.built_at, reverse=True)
    primaries = [_primary(one) for one in ordered]
    axis = _axis([in_gains(k) for k in primaries if k is not None])
    return tuple(_entry(one, k, axis) for one, k in zip(ordered, primaries, strict=True))


def choices_of(entries: Sequence[Entry]) -> Choices:
    """What can be chosen among these rows."""
    facets = [entry.facets for entry in entries]
    models = sorted({one.model for one in facets})
    return Choices(
        outcomes=_choices([f.outcome for f in facets], {o.value: w for o, w in OUTCOMES.items()}),
        strengths=_choices([f.strength for f in facets], _STRENGTH_WORDS),
        stamps=_choices([f.stamp for f in facets], _STAMP_WORDS),
        kinds=_choices([f.kind for f in facets], _KIND_WORDS),
        models=_choices([f.model for f in facets], {name: _plain(name) for name in models}),
    )


def _plain(text: str) -> Label:
    return Label(text, "dash", "", Tone.NEUTRAL)


_STRENGTH_WORDS: Final = {
    "full": _plain("full strength"),
    "weak": _plain("weak"),
    "none": _plain("no strength to speak of"),
}
_STAMP_WORDS: Final = {
    "real": _plain("real models"),
    "simulated": _plain("simulated"),
    "smoke": _plain("smoke runs of real models"),
}
_KIND_WORDS: Final = {
    "build": _plain("builds: asked here"),
    "audit": _plain("audits: measured by others"),
}


def _choices(values: Sequence[str], words: Mapping[str, Label]) -> tuple[Choice, ...]:
    """The values that there are, in the order of their words; none where all rows agree."""
    known = [one for one in words if one in values]
    if len(known) < 2:
        return ()
    return tuple(Choice(one, words[one], count_text(values.count(one))) for one in known)


def in_gains(k: Keyed) -> Estimated:
    """A difference in gains worth having, better upwards; why not, where none was declared."""
    f = k.finding
    if f.gain_at_least is None:
        return NotEstimable(not_estimable=_UNDECLARED)
    by = (1 if f.higher_is_better else -1) / f.gain_at_least
    match f.difference:
        case Estimate() as e:
            low, high = sorted((e.low * by, e.high * by))
            return e.model_copy(update={"value": e.value * by, "low": low, "high": high})
        case Point() as point:
            return point.model_copy(update={"value": point.value * by})
        case NotEstimable() as absence:
            return absence


def _axis(estimates: Iterable[Estimated]) -> Axis:
    """Whole gains around no difference and one gain that hold every interval, up to a limit."""
    ends = [-1.0, 2.0]
    for one in estimates:
        match one:
            case Estimate():
                ends += [one.low, one.high]
            case Point():
                ends.append(one.value)
            case NotEstimable():
                pass
    low, high = max(-_MOST_GAINS, floor(min(ends))), min(_MOST_GAINS, ceil(max(ends)))
    return Axis(low, high, tuple(float(i) for i in range(low, high + 1)), _GAINS)


def _primary(one: Lying) -> Keyed | None:
    return next(
        (
            k
            for k in _keyed(one)
            if k.finding.role is FindingRole.PRIMARY and k.finding.subgroup is None
        ),
        None,
    )


def _keyed(one: Lying) -> tuple[Keyed, ...]:
    """The findings with their places, which name the file: the page has numbers of many."""
    file = f"{one.folder}/report.json" if one.folder else "report.json"
    return tuple(replace(k, key=f"{file}#{k.key}") for k in keyed_of(one.report))


def _entry(one: Lying, primary: Keyed | None, axis: Axis) -> Entry:
    report = one.report
    outcome = OUTCOMES[report.verdict.outcome]
    bar, no_bar = (None, "") if primary is None else _bar(primary, axis, outcome)
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
        anchor=f"at-{quote(one.name, safe='')}",
        title=report.title,
        name=report.name,
        place=one.name or ".",
        built_at=report.built_at,
        links=links,
        main_link=links[0].address,
        outcome=outcome,
        strength=None
        if report.verdict.outcome in WITHOUT_STRENGTH
        else STRENGTHS[report.verdict.strength],
        stamps=tuple(_stamps(report)),
        kind=_KIND[kind_of(report)],
        headline=report.verdict.headline,
        metric="" if primary is None else _name(primary),
        arms=("tuned", "base") if primary is None else primary.finding.arms,
        primary=None if primary is None else _row(primary),
        bar=bar,
        no_bar=no_bar,
        models=model_of(report),
        datasets=_datasets(report, primary),
        measured=tuple(_row(k) for k in declared),
        explored=tuple(explored),
        broken=tuple(_broken(report)),
        history=one.history,
        facets=_facets(one),
    )


_KIND: Final = {"build": "build", "audit": "audit of others' numbers"}


def kind_of(report: Report) -> str:
    """Whether anything was asked here, or all of it was measured by others."""
    return "build" if any(a.origin is Origin.RUN for a in report.arms.values()) else "audit"


def model_of(report: Report) -> str:
    """What the base model is called in public, as far as anybody said."""
    base = report.arms.get("base")
    if base is None:
        return "not known"
    return base.hub_id or base.model


def _stamps(report: Report) -> Iterable[str]:
    if report.simulated:
        yield "SIMULATED"
    if report.smoke:
        yield "SMOKE"


def _name(k: Keyed) -> str:
    f = k.finding
    return f"{f.layer} {f.metric}" + (f".{f.field}" if f.field else "")


def _row(k: Keyed) -> MeasuredRow:
    f = k.finding
    bounds = " · ".join(mark.text for mark in bounds_of(f))
    return MeasuredRow(
        name=_name(k)
        + ("" if f.arms == ("tuned", "base") else f": {f.arms[0]} against {f.arms[1]}"),
        role=f.role.value + (f" · {bounds}" if bounds else ""),
        base=shown_value(f, f.base, f"{k.key}/base"),
        tuned=shown_value(f, f.tuned, f"{k.key}/tuned"),
        difference=shown_difference(f, key=f"{k.key}/difference"),
        n=n_of(k, "item"),
        outcome=k.outcome,
    )


def _bar(k: Keyed, axis: Axis, outcome: Label) -> tuple[Drawing | None, str]:
    """The primary difference on the axis that all rows share; or why there is none."""
    scaled = in_gains(k)
    if isinstance(scaled, NotEstimable):
        # That the difference itself is not estimable stands beside it already.
        has_difference = not isinstance(k.finding.difference, NotEstimable)
        return None, scaled.not_estimable if has_difference else ""
    text = plain_sentence(shown_difference(k.finding))
    title = f"Difference in {_name(k)}, in gains worth having, better to the right"
    return clipped_bar(scaled, axis, (Mark(1.0, ""),), outcome.tone, title=title, text=text), ""


def _datasets(report: Report, primary: Keyed | None) -> str:
    """The data that was scored, by name and number of items; the primary's first."""
    scored = {layer.dataset for layer in report.layers}
    first = "" if primary is None else primary.finding.dataset
    names = [name for name in report.datasets if name in scored]
    names.sort(key=lambda name: name != first)
    return (
        ", ".join(f"{name} ({count_text(report.datasets[name].n, 'row')})" for name in names)
        or "not told"
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
    before = f"./{quote(one.folder)}/" if one.folder else "./"
    for file, text in _FILES.items():
        if file in one.files or file == "report.json":
            yield Link(f"{before}{quote(file)}", text)


_FILES: Final = {
    "report.html": "report",
    "report.md": "Markdown",
    "model_card.md": "model card",
    "report.json": "JSON",
}


def _facets(one: Lying) -> Facets:
    report = one.report
    outcome = report.verdict.outcome
    strength = "none" if outcome in WITHOUT_STRENGTH else report.verdict.strength.value
    return Facets(
        outcome=outcome.value,
        strength=strength,
        stamp="simulated" if report.simulated else "smoke" if report.smoke else "real",
        kind=kind_of(report),
        model=model_of(report),
        built_at=report.built_at,
        title=report.title,
        rank=str(_RANK.index(outcome)),
        search=_searched(one),
    )


def _searched(one: Lying) -> Prepared:
    """What a search looks in: names, words and data, each once."""
    report = one.report
    words = (
        report.name,
        report.title,
        one.name,
        OUTCOMES[report.verdict.outcome].text,
        report.verdict.headline,
        *(x for arm in report.arms.values() for x in (arm.model, arm.hub_id or "")),
        *report.datasets,
        *(facts.hub_id or facts.origin for facts in report.datasets.values()),
        *(f"{f.layer} {f.metric}" for f in report.findings),
        *(r.rule for r in report.remarks if r.status is Status.BROKEN),
    )
    return Prepared(visible(" · ".join(dict.fromkeys(words))[:_SEARCHED]))
