"""Findings to tables: declared metrics first, losses pinned on top, one common axis per unit."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from evalreport.analyze.findings import Finding, FindingOutcome, FindingRole
from evalreport.analyze.recorded import TOTALS
from evalreport.analyze.shown import shown_difference, shown_value
from evalreport.estimates import Estimate
from evalreport.numbers import (
    Measure,
    Scale,
    Shown,
    ShownEstimate,
    absent,
    count_text,
    counted,
    fraction_text,
    gain_size_text,
    measure_of,
    number_text,
    p_text,
    plain_sentence,
)
from evalreport.records import held_in
from evalreport.render.drawings import Axis, Drawing, Mark, axis_over, axis_ruler, interval_bar
from evalreport.render.words import FINDING_OUTCOMES, LOSSES, ROLE_ORDER, VOID, Label
from evalreport.report.model import ArmFacts, Report
from evalreport.rules.base import voided

# What fills a narrow cell on every row, and stands in full behind each.
INNER: Final = "short inner line: the one-sided bound that decides"
_SHORT: Final = {TOTALS: "only totals were published"}
_VOID_SENTENCE: Final = (
    "This does not count: a broken rule voids it, see the checks below the verdict."
)


@dataclass(frozen=True, slots=True)
class Keyed:
    """A finding, where it stands in report.json, and whether a broken rule voids it.

    `elsewhere` are its arms that were not asked here, where the other one was.
    """

    key: str
    finding: Finding
    is_void: bool = False
    elsewhere: tuple[str, ...] = ()

    @property
    def outcome(self) -> Label:
        """The word for it; none for what does not count, but a guard's loss is told."""
        f = self.finding
        is_lost_guard = f.outcome in LOSSES and (
            f.role is FindingRole.GUARD or f.is_guard_of_export
        )
        if self.is_void and not is_lost_guard:
            return VOID
        return FINDING_OUTCOMES[self.finding.outcome]

    @property
    def sentence(self) -> str:
        """What it says; of what does not count no word like "better"."""
        return _VOID_SENTENCE if self.outcome is VOID else self.finding.sentence


def keyed_of(report: Report) -> tuple[Keyed, ...]:
    """All findings of a report."""
    void = voided(report.remarks)
    return tuple(
        Keyed(
            f"/findings/{i}",
            f,
            f.id in void or (f.is_guard_of_export and f.guard_of_tuned in void),
            tuple(arm for arm in f.arms if arm in elsewhere_of(report, f.layer)),
        )
        for i, f in enumerate(report.findings)
    )


def elsewhere_of(report: Report, layer: str) -> frozenset[str]:
    """The arms of a layer whose outputs come from files, where that layer asks others here."""
    return frozenset(arm for one in report.layers if one.name == layer for arm in one.elsewhere)


def shown_arm(arm: str, elsewhere: Collection[str]) -> str:
    """An arm as a table names it: with its origin where that is not this build."""
    return f"{arm} (imported)" if arm in elsewhere else arm


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One finding; `tuned` and `base` are candidate and reference, whatever their names."""

    id: str
    name: str
    layer: str
    group: str
    role: str
    is_loss: bool
    n: Shown
    base: ShownEstimate
    tuned: ShownEstimate
    difference: ShownEstimate
    bar: Drawing | None
    p: Shown
    p_note: str
    outcome: Label
    withheld: str
    bound: str
    direction: str
    origin: str
    sentence: str
    pair: str = ""


@dataclass(frozen=True, slots=True)
class ResultTable:
    """Rows of one unit, on one axis: of one pair of arms, or of several that the rows name.

    `levels` is empty where no difference has an interval; `precision` says that two
    were not held alike, where they were not. There is no axis (`ruler`) where no row has a number.
    """

    pair: str
    candidate: str
    reference: str
    unit: str
    levels: str
    precision: str
    bounds: str
    ruler: Drawing | None
    rows: tuple[ResultRow, ...]


def primary_of(report: Report) -> Keyed | None:
    """The declared primary finding, when there is one."""
    return next(
        (
            k
            for k in keyed_of(report)
            if k.finding.role is FindingRole.PRIMARY and k.finding.subgroup is None
        ),
        None,
    )


def tables_of(
    keyed: Sequence[Keyed], alpha: float, arms: Mapping[str, ArmFacts]
) -> tuple[ResultTable, ...]:
    """The findings grouped by arms and unit, in order, each group on its own axis.

    Args:
        keyed: The findings.
        alpha: On which p-values are read.
        arms: What answered, for the precision in which it was held.
    """
    groups: dict[tuple[tuple[str, str], Measure], list[Keyed]] = {}
    for k in in_order(keyed):
        measure = measure_of(k.finding.metric, k.finding.unit)
        groups.setdefault((k.finding.arms, measure), []).append(k)
    return tuple(
        _table(pair, measure, members, alpha, _precision(pair, arms))
        for (pair, measure), members in groups.items()
    )


def _precision(pair: tuple[str, str], arms: Mapping[str, ArmFacts]) -> str:
    """That a difference is also one of precision, where it is."""
    held = [held_in(arms[name].dtype, arms[name].quantization) for name in pair if name in arms]
    if len(held) < 2 or held[0] == held[1] or "unknown" in held:
        return ""
    return (
        f"{pair[0]} was held in {held[0]} and {pair[1]} in {held[1]}: the differences are those of "
        "precision too."
    )


def pooled_tables_of(
    keyed: Sequence[Keyed], alpha: float, arms: Mapping[str, ArmFacts]
) -> tuple[ResultTable, ...]:
    """As `tables_of`, but pairs that have one row each of a unit share the table of that unit."""
    units: dict[Measure, list[Keyed]] = {}
    for k in in_order(keyed):
        units.setdefault(measure_of(k.finding.metric, k.finding.unit), []).append(k)
    pooled = {
        measure: members
        for measure, members in units.items()
        if 1 < len(members) == len({k.finding.arms for k in members})
    }
    apart = [k for k in keyed if measure_of(k.finding.metric, k.finding.unit) not in pooled]
    return (
        *tables_of(apart, alpha, arms),
        *(
            _table(
                None,
                measure,
                members,
                alpha,
                " ".join(filter(None, (_precision(k.finding.arms, arms) for k in members))),
            )
            for measure, members in pooled.items()
        ),
    )


def read_as(f: Finding) -> str:
    """What a reader must know to read the number the right way round, and for what it is."""
    if f.metric == "token_accuracy":
        return "next tokens of the reference, not tasks solved"
    return "" if f.higher_is_better else "lower is better"


def n_of(k: Keyed, noun: str = "") -> Shown:
    """On how many items a finding rests; unknown is no 0."""
    f = k.finding
    if f.n_missing:
        return absent("not stated")
    if f.n_by_arm is None or len(set(f.n_by_arm)) == 1:
        return counted(f.n, f"{k.key}/n", noun)
    candidate, reference = f.n_by_arm  # the columns have the reference first
    return Shown(f"{count_text(reference)} / {count_text(candidate, noun)}")


def row_of(k: Keyed, axis: Axis, alpha: float) -> ResultRow:
    """One finding as a row on a given axis."""
    f = k.finding
    marks = bounds_of(f)
    shown = shown_difference(f, key=f"{k.key}/difference")
    outcome = k.outcome
    name = f.metric + (f".{f.field}" if f.field else "")
    p, p_note = _p(f, k.key, alpha)
    return ResultRow(
        id=f.id,
        name=name,
        layer=f.layer,
        group=f.subgroup or "",
        role=role_text(f),
        is_loss=f.outcome in LOSSES,
        n=n_of(k),
        base=shown_value(f, f.base, f"{k.key}/base"),
        tuned=shown_value(f, f.tuned, f"{k.key}/tuned"),
        difference=shown,
        bar=interval_bar(
            f.difference,
            axis,
            marks,
            outcome.tone,
            title=f"Difference in {name}",
            text=plain_sentence(shown),
            inner=inner_of(k),
        ),
        p=p,
        p_note=p_note,
        outcome=outcome,
        withheld=_SHORT.get(f.withheld, f.withheld),
        bound=" · ".join(mark.text for mark in marks),
        direction=read_as(f),
        origin=_origin(k),
        sentence=k.sentence,
    )


def _origin(k: Keyed) -> str:
    """Where the numbers come from, and of which arm, where that is not this build."""
    if k.elsewhere:
        return f"{' and '.join(k.elsewhere)} imported"
    return "" if k.finding.origin.value == "run" else k.finding.origin.value


def role_text(f: Finding) -> str:
    """What a finding was declared to be."""
    return "guard, of what ships" if f.is_guard_of_export else f.role.value


def bounds_of(f: Finding) -> tuple[Mark, ...]:
    """The declared bounds of a finding on the axis of its difference."""
    measure = measure_of(f.metric, f.unit)
    better = 1.0 if f.higher_is_better else -1.0
    marks = []
    if f.gain_at_least is not None:
        text = gain_size_text(f.gain_at_least, measure, higher_is_better=f.higher_is_better)
        marks.append(Mark(better * f.gain_at_least, f"gain worth having: {text}"))
    if f.lose_at_most is not None:
        text = gain_size_text(f.lose_at_most, measure, higher_is_better=not f.higher_is_better)
        marks.append(Mark(-better * f.lose_at_most, f"may lose at most {text}"))
    return tuple(marks)


def inner_of(k: Keyed) -> tuple[float, ...]:
    """The one-sided bounds that decided, where a finding was not decided by its whole interval.

    A guard is retained by the end on the side of a loss and lost by the other one, an equivalence
    is shown by both; where nothing was decided so, or it does not count, there is none.
    """
    f = k.finding
    bounds = f.difference_one_sided
    if k.is_void or f.withheld or not isinstance(bounds, Estimate):
        return ()
    worse, better = bounds.low, bounds.high
    if not f.higher_is_better:
        worse, better = better, worse
    match f.outcome:
        case FindingOutcome.RETAINED:
            return (worse,)
        case FindingOutcome.LOST:
            return (better,)
        case FindingOutcome.EQUIVALENT:
            return (worse, better)
        case _:
            return ()


def _p(f: Finding, key: str, alpha: float) -> tuple[Shown, str]:
    """The p-value that decides: adjusted where there is one, and what it was adjusted over."""
    if f.p_adjusted is not None:
        shown = Shown(p_text(f.p_adjusted, alpha=alpha), f"{key}/p_adjusted", repr(f.p_adjusted))
        if f.adjusted_over == 1:
            return shown, ""  # nothing was corrected for
        over = "" if f.adjusted_over is None else f" over {number_text(f.adjusted_over)}"
        return shown, f"adjusted{over}"
    if f.role is FindingRole.SECONDARY and f.outcome is FindingOutcome.DESCRIPTIVE:
        return absent("waits for the primary"), ""
    if f.p_value is not None:
        return Shown(p_text(f.p_value, alpha=alpha), f"{key}/p_value", repr(f.p_value)), ""
    return absent("not tested"), ""


def in_order(keyed: Iterable[Keyed]) -> tuple[Keyed, ...]:
    """Losses first, then by declared role; otherwise as analysis gave them."""
    return tuple(
        sorted(
            keyed,
            key=lambda k: (k.finding.outcome not in LOSSES, ROLE_ORDER.index(k.finding.role)),
        )
    )


def _table(
    arms: tuple[str, str] | None,
    measure: Measure,
    members: Sequence[Keyed],
    alpha: float,
    precision: str,
) -> ResultTable:
    bounds = [mark.value for k in members for mark in bounds_of(k.finding)]
    axis = axis_over([k.finding.difference for k in members], bounds, measure)
    levels = {
        fraction_text(k.finding.difference.level)
        for k in members
        if isinstance(k.finding.difference, Estimate)
    }
    rows = [row_of(k, axis, alpha) for k in members]
    if arms is None:
        rows = [
            replace(row, pair=against(k.finding.arms)) for row, k in zip(rows, members, strict=True)
        ]
    return ResultTable(
        pair="First arm against second" if arms is None else against(arms),
        candidate="first arm" if arms is None else arms[0],
        reference="second arm" if arms is None else arms[1],
        unit=unit_of(measure),
        levels=f"{' or '.join(sorted(levels))} interval" if levels else "",
        precision=precision,
        bounds="; ".join(
            (
                *(["dashed line: declared bound"] if bounds else []),
                *([INNER] if any(inner_of(k) for k in members) else []),
            )
        ),
        ruler=axis_ruler(axis) if any(row.bar for row in rows) else None,
        rows=tuple(rows),
    )


def unit_of(measure: Measure) -> str:
    """In what differences are told."""
    if measure.difference_unit:
        return f"in {measure.difference_unit}"
    return "as ratios" if measure.scale is Scale.RATIO else "in units that nobody named"


def against(arms: tuple[str, str]) -> str:
    """Which arm is held against which."""
    return f"{arms[0]} against {arms[1]}"
