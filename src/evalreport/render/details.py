"""What lies behind the results table: details, flips and single-arm numbers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evalreport.analyze.findings import (
    Finding,
    FindingRole,
    Form,
    Measurement,
    SeedDifference,
    UnshownGroups,
)
from evalreport.analyze.seen_power import two_digits
from evalreport.analyze.sentences import words
from evalreport.analyze.shown import shown_difference, shown_value
from evalreport.estimates import Estimate, Estimated, Point, has_value
from evalreport.numbers import (
    Fact,
    Measure,
    Scale,
    Shown,
    ShownEstimate,
    absent,
    bound_text,
    count_text,
    counted,
    difference,
    estimate,
    fraction_text,
    measure_of,
    number_text,
    p_text,
    pointer_token,
    rate_text,
)
from evalreport.render.drawings import Drawing, axis_over, flips_bar
from evalreport.render.results import (
    Keyed,
    ResultRow,
    ResultTable,
    bounds_of,
    elsewhere_of,
    in_order,
    keyed_of,
    pooled_tables_of,
    row_of,
    shown_arm,
    tables_of,
)
from evalreport.render.words import FORMS, FORMS_OF_FILES, MET, VOID, Label
from evalreport.report.model import ArmFacts, Report
from evalreport.rules.base import voided


@dataclass(frozen=True, slots=True)
class FormRow:
    """One of the readings of a score that does not exist for every output."""

    name: str
    n: Shown
    base: ShownEstimate
    tuned: ShownEstimate
    difference: ShownEstimate
    note: str


@dataclass(frozen=True, slots=True)
class SeedRow:
    """One training seed's result."""

    seed: str
    n: Shown
    tuned: ShownEstimate
    difference: ShownEstimate


@dataclass(frozen=True, slots=True)
class Flipped:
    """On how many items candidate and reference differ, and which way.

    `void` is the word for it where a broken rule voids the comparison, and empty elsewhere.
    """

    name: str
    candidate: str
    reference: str
    better: Shown
    worse: Shown
    same: Shown
    n: Shown
    bar: Drawing
    void: str


@dataclass(frozen=True, slots=True)
class Detail:
    """What lies behind one declared finding."""

    row: ResultRow
    title: str
    candidate: str
    reference: str
    facts: tuple[Fact, ...]
    forms: tuple[FormRow, ...]
    forms_why: str
    seeds: tuple[SeedRow, ...]
    fields: tuple[ResultTable, ...]
    subgroups: tuple[ResultTable, ...]
    unshown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MeasurementRow:
    """One number of one arm."""

    name: str
    layer: str
    arm: str
    n: Shown
    value: ShownEstimate
    required: str
    met: Label | None
    note: str


@dataclass(frozen=True, slots=True)
class Results:
    """Everything that was measured, in reading order."""

    declared: tuple[ResultTable, ...]
    details: tuple[Detail, ...]
    exploratory: tuple[ResultTable, ...]
    exploratory_by_pair: tuple[ResultTable, ...]
    measurements: tuple[MeasurementRow, ...]
    flips: tuple[Flipped, ...]


def results_of(report: Report) -> Results:
    """The tables of a report's findings."""
    alpha = report.declared.alpha
    keyed, void = keyed_of(report), voided(report.remarks)
    whole = tuple(k for k in keyed if k.finding.subgroup is None)
    declared = tuple(k for k in whole if k.finding.role is not FindingRole.EXPLORATORY)
    exported = tuple(k for k in whole if k.finding.is_guard_of_export)
    parts_shown = {
        part.key for k in declared for part in (*_fields(k, keyed), *_subgroups(k, keyed))
    }
    shown = (*declared, *exported)
    exploratory = tuple(k for k in keyed if k not in shown and k.key not in parts_shown)
    return Results(
        declared=tables_of((*declared, *exported), alpha, report.arms),
        details=tuple(detail_of(k, keyed, alpha, report.arms) for k in in_order(declared)),
        exploratory=pooled_tables_of(exploratory, alpha, report.arms),
        exploratory_by_pair=tables_of(exploratory, alpha, report.arms),
        measurements=tuple(
            _measurement(
                m,
                f"/measurements/{i}",
                shown_arm(m.arm, elsewhere_of(report, m.layer)),
                is_void=m.id in void,
            )
            for i, m in enumerate(report.measurements)
        ),
        flips=flips_of(declared),
    )


def _is_part(k: Keyed, whole: Keyed) -> bool:
    f, w = k.finding, whole.finding
    return (f.layer, f.metric, f.arms) == (w.layer, w.metric, w.arms)


def _fields(whole: Keyed, keyed: Sequence[Keyed]) -> tuple[Keyed, ...]:
    return tuple(
        k
        for k in keyed
        if _is_part(k, whole)
        and k.finding.role is FindingRole.EXPLORATORY
        and k.finding.subgroup is None
        and k.finding.field is not None
    )


def _subgroups(whole: Keyed, keyed: Sequence[Keyed]) -> tuple[Keyed, ...]:
    return tuple(
        k
        for k in keyed
        if _is_part(k, whole)
        and k.finding.subgroup is not None
        and k.finding.field == whole.finding.field
    )


def detail_of(
    k: Keyed, keyed: Sequence[Keyed], alpha: float, arms: Mapping[str, ArmFacts]
) -> Detail:
    """What lies behind one finding.

    Args:
        k: The finding.
        keyed: All findings, among which are those of its fields and subgroups.
        alpha: On which p-values are read.
        arms: What answered.
    """
    f = k.finding
    measure = measure_of(f.metric, f.unit)
    axis = axis_over([f.difference], [mark.value for mark in bounds_of(f)], measure)
    row = row_of(k, axis, alpha)
    return Detail(
        row=row,
        title=f"{f.layer}.{row.name}",
        candidate=f.arms[0],
        reference=f.arms[1],
        facts=tuple(_facts(k, measure, alpha)),
        forms=tuple(_form(form, f, f"{k.key}/forms/{i}") for i, form in enumerate(f.forms or ())),
        forms_why=_why_forms(f),
        seeds=tuple(
            _seed(seed, f, f"{k.key}/per_seed/{i}") for i, seed in enumerate(f.per_seed or ())
        ),
        fields=tables_of(_fields(k, keyed), alpha, arms),
        subgroups=tables_of(_subgroups(k, keyed), alpha, arms),
        unshown=tuple(unshown_text(one) for one in f.unshown_groups),
    )


def _why_forms(f: Finding) -> str:
    """Why one score has several readings."""
    if f.is_foreign:
        return "Several readings, because the files do not hold a score of every item for both arms"
    return "Four readings, because the score exists only for outputs that could be parsed"


def unshown_text(one: UnshownGroups) -> str:
    """Which groups are too small to stand by themselves."""
    has, are = ("has", "is") if one.groups == 1 else ("have", "are")
    return (
        f"By {one.key}, {count_text(one.groups, 'group')} {has} fewer than "
        f"{count_text(one.fewest, 'item')} and {are} not shown ({count_text(one.items, 'item')})."
    )


def _facts(k: Keyed, measure: Measure, alpha: float) -> Iterable[Fact]:
    f = k.finding
    if f.dataset:
        yield Fact.words("Dataset", f.dataset)
    if isinstance(f.difference, Estimate):
        method = f"{fraction_text(f.difference.level)}, {f.difference.method}"
        yield Fact.words("Interval", method)
    yield Fact("Test", Shown(f.test) if f.test else absent("no test"))
    if f.p_value is not None:
        p = Shown(p_text(f.p_value, alpha=alpha), f"{k.key}/p_value", repr(f.p_value))
        yield Fact("p-value, unadjusted", p)
    if f.difference_one_sided is not None:
        view = shown_difference(f, f.difference_one_sided, f"{k.key}/difference_one_sided")
        yield Fact("For bounds (one-sided)", estimated=view)
    if f.clusters is not None:
        at = f"{k.key}/clusters"
        yield Fact(f"Clusters by {f.clusters.by}", counted(f.clusters.n, f"{at}/n"))
        yield _design_effect(f.clusters.design_effect, f"{at}/design_effect")
    if f.chance is not None:
        chance = bound_text(f.chance, measure, is_difference=False)
        yield Fact("Guessing gives", Shown(chance, f"{k.key}/chance", repr(f.chance)))
    yield _detectable(f.smallest_detectable, measure, f"{k.key}/smallest_detectable")
    if f.n_required is not None:
        needed = counted(f.n_required, f"{k.key}/n_required")
        yield Fact("Items needed for the declared effect", needed)
    if f.power is not None and f.power.spread is not None:
        spread = Shown(number_text(f.power.spread), f"{k.key}/power/spread", repr(f.power.spread))
        yield Fact(f"Spread of the differences, {f.power.spread_source}", spread)
    if f.power is not None and f.power.power_at_target is not None:
        at = f"{k.key}/power"
        found = Shown(
            rate_text(f.power.power_at_target),
            f"{at}/power_at_target",
            repr(f.power.power_at_target),
        )
        yield Fact("A true gain of the declared size is found", found)
    if f.power is not None and f.power.exaggeration is not None:
        times = Shown(
            f"{f.power.exaggeration:.2f} times",
            f"{k.key}/power/exaggeration",
            repr(f.power.exaggeration),
        )
        yield Fact("Found, it then looks on average", times)
    for reason, count in f.excluded.items():
        left_out = counted(count, f"{k.key}/excluded/{pointer_token(reason)}", "item")
        yield Fact(f"Left out: {reason}", left_out)


def _design_effect(estimated: Estimated, key: str) -> Fact:
    """How much the clusters cost; that it has no interval goes without saying."""
    if isinstance(estimated, Point):
        text = number_text(estimated.value)
        return Fact("Design effect", Shown(text, f"{key}/value", repr(estimated.value)))
    return Fact("Design effect", estimated=estimate(estimated, Measure(Scale.PLAIN, ""), key))


def _detectable(estimated: Estimated, measure: Measure, key: str) -> Fact:
    term = "Smallest detectable effect"
    match estimated:
        case Point():
            is_small = measure.scale is not Scale.RATIO and estimated.value < 10
            about = two_digits(estimated.value) if is_small else estimated.value
            size = bound_text(about, measure)
            return Fact(term, Shown(size, f"{key}/value", repr(estimated.value)))
        case _:
            return Fact(term, estimated=difference(estimated, measure, key))


def _form(form: Form, f: Finding, key: str) -> FormRow:
    return FormRow(
        name=(FORMS_OF_FILES if f.is_foreign else FORMS).get(form.name, form.name),
        n=counted(form.n, f"{key}/n")
        if form.n_by_arm is None
        else Shown(" / ".join(map(count_text, reversed(form.n_by_arm)))),
        base=shown_value(f, form.base, f"{key}/base"),
        tuned=shown_value(f, form.tuned, f"{key}/tuned"),
        difference=shown_difference(f, form.difference, f"{key}/difference"),
        note=form.note,
    )


def _seed(seed: SeedDifference, f: Finding, key: str) -> SeedRow:
    return SeedRow(
        seed="not trained here" if seed.seed is None else str(seed.seed),
        n=counted(seed.n, f"{key}/n"),
        tuned=shown_value(f, seed.tuned, f"{key}/tuned"),
        difference=shown_difference(f, seed.difference, f"{key}/difference"),
    )


def _measurement(m: Measurement, key: str, arm: str, *, is_void: bool) -> MeasurementRow:
    measure = measure_of(m.name, m.unit)
    marks = () if m.requirement is None else (m.requirement,)
    required = (
        "" if m.requirement is None else bound_text(m.requirement, measure, is_difference=False)
    )
    return MeasurementRow(
        name=m.name,
        layer=m.layer,
        arm=arm,
        n=counted(m.n, f"{key}/n") if m.n or not has_value(m.value) else absent("not stated"),
        value=estimate(m.value, measure, f"{key}/value", marks=marks),
        required=f"{words(m.required_is)} {required}" if required else "",
        met=None if m.requirement is None else VOID if is_void else MET[m.requirement_state],
        note=m.note,
    )


def flips_of(keyed: Sequence[Keyed]) -> tuple[Flipped, ...]:
    """The declared findings about all items that were compared item by item, in order."""
    return tuple(
        flipped_of(k)
        for k in in_order(keyed)
        if k.finding.counts is not None
        and k.finding.subgroup is None
        and k.finding.role is not FindingRole.EXPLORATORY
    )


def flipped_of(k: Keyed) -> Flipped:
    """On how many items its two arms differ; of a finding that has counts."""
    f, counts = k.finding, k.finding.counts
    if counts is None:
        raise ValueError(f"{f.id} has no counts")
    name = f"{f.layer}.{f.metric}" + (f".{f.field}" if f.field else "")
    void = VOID.text if k.is_void else ""
    good, bad = ("good void", "bad void") if void else ("good", "bad")
    better = counted(counts.better, f"{k.key}/counts/better")
    same = counted(counts.same, f"{k.key}/counts/same")
    worse = counted(counts.worse, f"{k.key}/counts/worse")
    return Flipped(
        name=name,
        candidate=f.arms[0],
        reference=f.arms[1],
        better=better,
        worse=worse,
        same=same,
        n=counted(f.n, f"{k.key}/n", "item"),
        bar=flips_bar(
            ((counts.better, good), (counts.same, "neutral"), (counts.worse, bad)),
            title=f"Items by which arm did better in {name}",
            text=f"{f.arms[0]} better: {better.text}; same: {same.text}; worse: {worse.text}"
            + (f" ({void})" if void else ""),
        ),
        void=void,
    )
