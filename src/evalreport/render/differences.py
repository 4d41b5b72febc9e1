"""Differences to page: every text, number and drawing of a diff, ready to be placed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from evalreport.analyze.findings import FindingRole
from evalreport.analyze.shown import shown_difference
from evalreport.diff.model import (
    Differences,
    Pairing,
    PairState,
    Side,
)
from evalreport.diff.words import refusal_text
from evalreport.numbers import (
    Fact,
    Shown,
    absent,
    count_text,
    p_text,
)
from evalreport.render.details import Detail, Flipped, detail_of, flipped_of
from evalreport.render.page import Stamp
from evalreport.render.results import Keyed, ResultTable, in_order, tables_of
from evalreport.render.side_by_side import (
    ChangeTable,
    ComparedRow,
    RepeatRow,
    change_table,
    compared_row,
    counts_text,
    repeat_row,
)
from evalreport.render.words import (
    OUTCOMES,
    SIMULATED,
    SMOKE,
    STRENGTHS,
    Label,
    Tone,
)
from evalreport.verdict import WITHOUT_STRENGTH

_NOT_COMPARED: Final = Label("Not compared", "dash", "\N{EN DASH}", Tone.NEUTRAL)
_NO_DECISION: Final = Label("Nothing decides", "dash", "\N{EN DASH}", Tone.NEUTRAL)
_SAME: Final = Label("The same", "equal", "=", Tone.NEUTRAL)


@dataclass(frozen=True, slots=True)
class SideBox:
    """One of the two builds."""

    label: str
    title: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class NamedFlips:
    """Which items one tuned model does better, by id."""

    bar: Flipped
    better: tuple[str, ...]
    worse: tuple[str, ...]
    more_better: str
    more_worse: str


@dataclass(frozen=True, slots=True)
class Behind:
    """What lies behind one comparison of the tuned models."""

    detail: Detail
    sentence: str
    items: str
    seeds: str
    facts: tuple[Fact, ...]
    flips: NamedFlips | None


@dataclass(frozen=True, slots=True)
class Unpaired:
    """A metric on which the tuned models were not compared, and why."""

    id: str
    why: str


@dataclass(frozen=True, slots=True)
class DiffPage:
    """Everything that a diff shows, in reading order."""

    title: str
    version: str
    stamps: tuple[Stamp, ...]
    outcome: Label
    strength: Label | None
    headline: str
    bounds: str
    sides: tuple[SideBox, ...]
    notes: tuple[str, ...]
    declared: tuple[ResultTable, ...]
    family: str
    behind: tuple[Behind, ...]
    exploratory: tuple[ResultTable, ...]
    unpaired: tuple[Unpaired, ...]
    repeats: tuple[RepeatRow, ...]
    counts: str
    compared: tuple[ComparedRow, ...]
    changes: tuple[ChangeTable, ...]
    unchanged: str


def diff_page(given: Differences) -> DiffPage:
    """The page of a diff."""
    stamps = []
    if given.simulated:
        stamps.append(Stamp("SIMULATED", SIMULATED))
    if given.smoke:
        stamps.append(Stamp("SMOKE", SMOKE))
    keyed = {
        one.id: Keyed(f"/pairings/{i}/finding", one.finding, is_void=bool(one.void))
        for i, one in enumerate(given.pairings)
        if one.finding is not None
    }
    declared = [k for k in keyed.values() if k.finding.role is not FindingRole.EXPLORATORY]
    others = [k for k in keyed.values() if k.finding.role is FindingRole.EXPLORATORY]
    bounds = " ".join(given.bounds)
    changed = [part for part in given.changes if part.changed or part.note]
    same = [part.part for part in given.changes if not part.changed and not part.note]
    return DiffPage(
        title=f"{given.a.name} and {given.b.name}: what changed"
        if given.a.name != given.b.name
        else f"{given.b.name}: what changed",
        version=given.evalreport,
        stamps=tuple(stamps),
        outcome=_outcome(given),
        strength=None
        if given.strength is None or given.outcome in WITHOUT_STRENGTH
        else STRENGTHS[given.strength],
        headline=given.headline.removesuffix(f" {bounds}") if bounds else given.headline,
        bounds=bounds if bounds and given.headline.endswith(bounds) else "",
        sides=(_side("A", given.a), _side("B", given.b)),
        notes=given.notes,
        declared=tables_of(declared, given.alpha, {}),
        family=given.family,
        behind=tuple(
            _behind(one, keyed[one.id], given)
            for one in _in_order(given.pairings, in_order(declared))
        ),
        exploratory=tables_of(others, given.alpha, {}),
        unpaired=tuple(_unpaired(given.pairings)),
        repeats=tuple(repeat_row(one, f"/repeats/{i}") for i, one in enumerate(given.repeats)),
        counts=counts_text(given.compared),
        compared=tuple(compared_row(one, f"/compared/{i}") for i, one in enumerate(given.compared)),
        changes=tuple(change_table(part) for part in changed),
        unchanged=", ".join(same),
    )


def _outcome(given: Differences) -> Label:
    """The word for the whole."""
    if given.outcome is not None:
        return OUTCOMES[given.outcome]
    states = {one.state for one in given.pairings}
    if given.identical or states == {PairState.SAME_MODEL}:
        return _SAME
    return _NO_DECISION if PairState.PAIRED in states else _NOT_COMPARED


def _side(label: str, side: Side) -> SideBox:
    strength = (
        "" if side.outcome in WITHOUT_STRENGTH else f" ({STRENGTHS[side.strength].text.lower()})"
    )
    facts = [
        Fact.words("Report", side.source),
        Fact.words("Built at", side.built_at),
        Fact.words("Verdict", f"{OUTCOMES[side.outcome].text}{strength}"),
        Fact.words("It says", side.headline),
    ]
    return SideBox(label=label, title=side.title, facts=tuple(facts))


def _in_order(pairings: Sequence[Pairing], keyed: Sequence[Keyed]) -> Iterator[Pairing]:
    by_finding = {one.finding.id: one for one in pairings if one.finding is not None}
    for k in keyed:
        yield by_finding[k.finding.id]


def _behind(one: Pairing, keyed: Keyed, given: Differences) -> Behind:
    left = ""
    if one.only_a or one.only_b:
        left = (
            f"; {count_text(one.only_a)} of A alone and {count_text(one.only_b)} of B alone are "
            "left out"
        )
    detail = detail_of(keyed, (keyed,), given.alpha, {})
    return Behind(
        detail=detail,
        sentence=f"This does not count. {one.void}" if one.void else detail.row.sentence,
        facts=tuple(_moved(one, keyed, given.alpha)),
        items=f"{count_text(one.common, 'item')} in both{left}",
        seeds=one.why,
        flips=_flips(one, keyed),
    )


def _moved(one: Pairing, keyed: Keyed, alpha: float) -> Iterator[Fact]:
    """What the same base moved by, and what lies beyond it."""
    if one.moved is None:
        return
    f, key = keyed.finding, keyed.key.replace("/finding", "/moved")
    told = {
        "The same base moved by": ("shift", one.moved.shift),
        "Beyond that movement": ("beyond", one.moved.beyond),
        "Beyond it, for bounds (one-sided)": ("beyond_one_sided", one.moved.beyond_one_sided),
    }
    for term, (name, estimated) in told.items():
        yield Fact(term, estimated=shown_difference(f, estimated, f"{key}/{name}"))
    if one.moved.test is not None:
        yield Fact.words("Test beyond that movement", one.moved.test)
    yield Fact(
        "p-value beyond that movement",
        absent("not tested")
        if one.moved.p_value is None
        else Shown(
            p_text(one.moved.p_value, alpha=alpha), f"{key}/p_value", repr(one.moved.p_value)
        ),
    )


def _flips(one: Pairing, keyed: Keyed) -> NamedFlips | None:
    if one.flipped is None or keyed.finding.counts is None:
        return None
    return NamedFlips(
        bar=flipped_of(keyed),
        better=one.flipped.better,
        worse=one.flipped.worse,
        more_better=_more(one.flipped.more_better),
        more_worse=_more(one.flipped.more_worse),
    )


def _more(count: int) -> str:
    return f"{count_text(count)} more" if count else ""


def _unpaired(pairings: Sequence[Pairing]) -> Iterator[Unpaired]:
    """Metrics that were not compared; those of one reason stand together."""
    by_reason: dict[str, list[str]] = {}
    for one in pairings:
        if one.state is not PairState.PAIRED:
            by_reason.setdefault(refusal_text(one), []).append(one.id)
    for why, names in by_reason.items():
        yield Unpaired(", ".join(names), why)
