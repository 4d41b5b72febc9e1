"""Verdict, checks, claims and rules to what the first screen and the honesty table show."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from evalreport.analyze.findings import Finding
from evalreport.analyze.sentences import UNKNOWN_ITEMS, words
from evalreport.estimates import has_value
from evalreport.numbers import Fact, absent, count_text, counted, measure_of, plain_sentence
from evalreport.records import Check, Origin
from evalreport.render.drawings import Drawing, axis_over, verdict_bar
from evalreport.render.results import Keyed, ResultRow, bounds_of, n_of, primary_of, row_of
from evalreport.render.words import (
    BROKEN,
    CHECKED,
    CHECKS,
    DOES,
    DOES_ASIDE,
    OUTCOMES,
    RULINGS,
    STATUSES,
    STEPS,
    STRENGTHS,
    WOULD,
    WOULD_ASIDE,
    Label,
)
from evalreport.report.bearing import Bearing, bearing_of
from evalreport.report.model import Declared, Report
from evalreport.rules.base import Family, Remark, Severity, Status, together
from evalreport.rules.registered import CHANGED_RULE
from evalreport.verdict import WEAK_FROM, WITHOUT_STRENGTH, Outcome, Strength

_RULINGS_WORST_FIRST: Final = (
    "contradicted",
    "measures_something_else",
    "not_shown",
    "not_measured",
    "supported",
)


@dataclass(frozen=True, slots=True)
class VerdictBox:
    """Did it work, how sure, what next."""

    outcome: Label
    strength: Label | None
    headline: str
    because: tuple[str, ...]
    next_step: str
    metric: str
    arms: tuple[str, str]
    primary: ResultRow | None
    bar: Drawing | None
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One check that could overturn the verdict, and what it gave."""

    label: Label
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Checks:
    """What failed or could not be checked, how much passed, and all that preflight looked at.

    `aside` holds what is about other numbers than those that the verdict rests on.
    """

    summary: str
    lines: tuple[CheckLine, ...]
    aside: tuple[CheckLine, ...]
    preflight: tuple[CheckLine, ...]
    passed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """What somebody says about the model, and the ruling."""

    text: str
    source: str
    ruling: Label
    because: str
    cites: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleRow:
    """What one honesty rule says."""

    rule: str
    family: str
    label: Label
    severity: str
    text: str
    cites: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """All honesty rules: those that ask for attention, those that are kept, and the rest.

    `silent` names, by their family, the rules that there is nothing here to hold against.
    """

    summary: str
    attention: tuple[RuleRow, ...]
    kept: tuple[RuleRow, ...]
    silent: tuple[tuple[str, tuple[str, ...]], ...]


def verdict_box(report: Report) -> VerdictBox:
    """The verdict with the primary finding behind it."""
    verdict, k = report.verdict, primary_of(report)
    outcome = OUTCOMES[verdict.outcome]
    primary, bar = (None, None) if k is None else _primary(k, report.declared.alpha, outcome)
    return VerdictBox(
        outcome=outcome,
        strength=_strength(report),
        headline=verdict.headline,
        because=verdict.because,
        next_step=verdict.next_step,
        metric="" if primary is None else primary.name.replace("_", " "),
        arms=("tuned", "base") if k is None else k.finding.arms,
        primary=primary,
        bar=bar,
        facts=tuple(_facts(report, k)),
    )


def _primary(k: Keyed, alpha: float, outcome: Label) -> tuple[ResultRow, Drawing | None]:
    """The primary finding as a row, and as the large bar when it has a value."""
    marks = bounds_of(k.finding)
    measure = measure_of(k.finding.metric, k.finding.unit)
    axis = axis_over([k.finding.difference], [mark.value for mark in marks], measure)
    row = row_of(k, axis, alpha)
    if row.difference.value is None:
        return row, None
    title, text = f"Difference in {row.name}", plain_sentence(row.difference)
    return row, verdict_bar(k.finding.difference, axis, marks, outcome.tone, title=title, text=text)


def _facts(report: Report, k: Keyed | None) -> Iterable[Fact]:
    """How sure: on how many items, what was asked for, how strong, and since when."""
    if k is not None:
        f = k.finding
        on = n_of(k, "item")
        yield Fact("Measured on", absent(UNKNOWN_ITEMS) if on.is_absent else on)
        if f.clusters is not None:
            groups = f"independent groups, by {f.clusters.by}"
            yield Fact("In", counted(f.clusters.n, f"{k.key}/clusters/n", groups, groups))
        bounds = bounds_of(f)
        squared = f" ({words(f.metric)})" if f.unit.endswith("²") and bounds else ""
        asked = " · ".join(mark.text for mark in bounds) or "nothing"
        by = (
            " (by this spec, not by whoever published)"
            if bounds and f.origin is Origin.RECORDED
            else ""
        )
        yield Fact.words("Asked for", f"{asked}{squared}{by}")
        if f.per_seed:
            yield Fact.words("Trained", _seeds_text(f))
    if report.verdict.outcome not in WITHOUT_STRENGTH:
        yield Fact.words("Evidence", _evidence(report))
    elif report.verdict.outcome is Outcome.INCONCLUSIVE:
        yield Fact.words("Broken rules", _counting(report))
    is_foreign = k is not None and k.finding.is_foreign
    if k is not None and is_foreign:
        here = "recorded here" if k.finding.origin is Origin.RECORDED else "read from their files"
        yield Fact.words("Measured by", f"others; {here}")
    if k is not None and k.elsewhere:
        yield Fact.words("Measured by", _by_whom(k, report))
    declared = "after its numbers existed" if is_foreign else _declared_when(report)
    if k is not None and k.elsewhere:
        declared = _declared_beside(k, report.declared)
    if report.declared.primary is not None:  # that there is none stands in the headline
        yield Fact.words("Declared", declared)
    if report.claims:
        yield Fact.words("Said of it", _claims_text(report))


def _claims_text(report: Report) -> str:
    """How many claims got which ruling, in the order of what a reader must know first."""
    counts = Counter(claim.ruling for claim in report.claims)
    told = [f"{counts[r]} {_of_many(RULINGS[r].text)}" for r in _RULINGS_WORST_FIRST if counts[r]]
    return f"{count_text(len(report.claims), 'claim')} about the model: {', '.join(told)}"


def _of_many(ruling: str) -> str:
    """A ruling behind a number of claims: `2 measuring something else`."""
    return ruling.replace("measures", "measuring")


def _strength(report: Report) -> Label | None:
    has_none = report.verdict.outcome in WITHOUT_STRENGTH
    return None if has_none else STRENGTHS[report.verdict.strength]


def _evidence(report: Report) -> str:
    """The strength, and how many broken rules count against it: those about a primary finding."""
    count = _bearing(report).weakening
    strength = STRENGTHS[report.verdict.strength].text.lower()
    if not count:
        return f"{strength}; no broken rule counts against it"
    if count < WEAK_FROM and report.verdict.strength is Strength.WEAK:
        strength += f", since {' and '.join(report.verdict.doubts)}"
        limit = ""
    else:
        limit = "" if count >= WEAK_FROM else f" ({count_text(WEAK_FROM)} would make it weak)"
    counts = "counts" if count == 1 else "count"
    return f"{strength}; {count_text(count, 'broken rule')} {counts} against it{limit}"


def _counting(report: Report) -> str:
    count = _bearing(report).weakening
    if not count:
        return "none counts against the evidence"
    return f"{count_text(count)} {'counts' if count == 1 else 'count'} against the evidence"


def _seeds_text(finding: Finding) -> str:
    """How many training runs there are, and how many of them are worse than the reference."""
    runs = [one.difference for one in finding.per_seed or ()]
    sign = 1 if finding.higher_is_better else -1
    worse = sum(has_value(one) and sign * one.value < 0 for one in runs)
    told = count_text(len(runs), "seed")
    return f"{told}, {count_text(worse)} of them worse than {finding.arms[1]}" if worse else told


def _by_whom(k: Keyed, report: Report) -> str:
    """Which outputs come from files, and that the others were made here."""
    files = next(layer.elsewhere for layer in report.layers if layer.name == k.finding.layer)
    from_files = " and ".join(f"{arm} from {files[arm]}" for arm in k.elsewhere)
    here = [arm for arm in k.finding.arms if arm not in k.elsewhere]
    asked = f"; {' and '.join(here)} was asked here" if here else ""
    return f"the outputs of {from_files}, read and scored here{asked}"


def _declared_beside(k: Keyed, declared: Declared) -> str:
    """When it was declared, where outputs of other tools were there before."""
    if len(k.elsewhere) == len(k.finding.arms):
        return "after the outputs existed"
    existed = f"those of {' and '.join(k.elsewhere)} existed before"
    when = _stood(declared).replace("before any output", "before any output that was made here")
    return f"{when}; {existed}"


def _declared_when(report: Report) -> str:
    """Whether the question stood before the answers, where anybody can tell."""
    said = [one.status for one in report.remarks if one.rule == CHANGED_RULE]
    if Status.UNCHECKED in said and report.declared.first_scored_at and not report.declared.changes:
        return "cannot be told; see spec-changed-after-results"
    return _stood(report.declared)


def _stood(declared: Declared) -> str:
    if declared.first_scored_at is None:
        return "before any output; nothing is scored yet"
    if not declared.changes:
        return "before any output, and unchanged since"
    changed = count_text(len(declared.changes), "time")
    return f"changed {changed} after the first output was scored"


def checks_of(report: Report) -> Checks:
    """Everything that could overturn the verdict: rules, preflight, steps; and the same of others.

    A rule that is broken about other numbers only is not counted: whether it was looked at for the
    verdict's own as well is not known here.
    """
    bearing = _bearing(report)
    invalidating = [r for r in report.remarks if r.severity is Severity.INVALIDATES]
    preflight = [(facts.arm, check) for facts in report.preflight for check in facts.checks]
    open_ones = [r for r in invalidating if r.status in {Status.BROKEN, Status.UNCHECKED}]
    lines = [
        (bearing.concerns(r), CheckLine(STATUSES[r.status], r.rule, r.text))
        for r in together(
            sorted(open_ones, key=lambda r: r.status is not Status.BROKEN), bearing.concerns
        )
    ]
    checked = tuple(_checked(arm, check) for arm, check in preflight)
    lines += [
        (bearing.concerns_step(f"preflight {arm}"), line)
        for (arm, _), line in zip(preflight, checked, strict=True)
        if line.label is not CHECKS["passed"]
    ]
    lines += [
        (bearing.concerns_step(step.id), CheckLine(STEPS[step.outcome], step.id, step.reason))
        for step in report.steps
        if step.outcome in {"failed", "blocked", "pending"}
    ]
    broken = {r.rule for r in open_ones if bearing.concerns(r)}
    kept = {r.rule for r in invalidating if r.status is Status.KEPT} - broken
    passed = sum(check.status == "passed" for _, check in preflight)
    finished = sum(step.outcome in {"done", "reused"} for step in report.steps)
    aside = tuple(line for is_about_it, line in lines if not is_about_it)
    return Checks(
        summary=_summary(is_made=bool(broken or kept or preflight), is_aside=bool(aside)),
        lines=tuple(line for is_about_it, line in lines if is_about_it),
        aside=aside,
        preflight=checked,
        passed=(
            _of(len(kept), len(kept | broken), "rules that would invalidate the verdict are kept")
            if kept or broken
            else "no rule that would invalidate the verdict was checked",
            _of(passed, len(preflight), "preflight checks passed")
            if preflight
            else "no preflight check ran",
            _of(finished, len(report.steps), "steps finished")
            if report.steps
            else "no step was planned",
        ),
    )


def _checked(arm: str, check: Check) -> CheckLine:
    text = f"{check.text}; {check.hint}" if check.hint else check.text
    return CheckLine(CHECKS[check.status], f"{CHECKED[check.name]} ({arm})", text)


def _summary(*, is_made: bool, is_aside: bool) -> str:
    if not is_made:
        return "No check was made."
    if is_aside:
        return "No check of what the verdict rests on failed or was left unchecked."
    return "None failed, and none was left unchecked."


def _of(part: int, whole: int, what: str) -> str:
    return f"{count_text(part)} of {count_text(whole)} {what}"


def claims_of(report: Report) -> tuple[ClaimRow, ...]:
    """The claims with their rulings."""
    return tuple(
        ClaimRow(c.text, c.source, RULINGS[c.ruling], c.because, c.cites) for c in report.claims
    )


def rules_of(report: Report) -> Rules:
    """The honesty rules: broken and unchecked first, kept and not applicable behind."""
    order = (Status.BROKEN, Status.UNCHECKED, Status.KEPT, Status.NOT_APPLICABLE)
    bearing = _bearing(report)
    rows = sorted(report.remarks, key=lambda r: (order.index(r.status), _weight(r)))
    counts = ", ".join(
        f"{count_text(sum(r.status is status for r in rows))} {STATUSES[status].text}"
        for status in order
    )
    return Rules(
        summary=counts,
        attention=tuple(
            _rule(r, bearing)
            for r in together(
                (r for r in rows if r.status in order[:2]),
                lambda r: (r.severity, bearing.is_counted(r)),
            )
        ),
        kept=tuple(_rule(r, bearing) for r in rows if r.status is Status.KEPT),
        silent=tuple(_by_family(r for r in rows if r.status is Status.NOT_APPLICABLE)),
    )


def _by_family(remarks: Iterable[Remark]) -> Iterable[tuple[str, tuple[str, ...]]]:
    """Rules by name under their families, in the order of the report."""
    named: dict[str, dict[str, None]] = {family.value: {} for family in Family}
    for one in remarks:
        named.setdefault(one.family, {})[one.rule] = None
    return ((family, tuple(sorted(rules))) for family, rules in named.items() if rules)


def _weight(remark: Remark) -> int:
    return list(Severity).index(remark.severity)


def _bearing(report: Report) -> Bearing:
    return bearing_of(report.findings, report.measurements, report.remarks)


def _rule(r: Remark, bearing: Bearing) -> RuleRow:
    does, would = (DOES, WOULD) if bearing.is_counted(r) else (DOES_ASIDE, WOULD_ASIDE)
    severities = does if r.status is Status.BROKEN else would
    label = BROKEN[r.severity] if r.status is Status.BROKEN else STATUSES[r.status]
    return RuleRow(r.rule, r.family, label, severities[r.severity], r.text, r.cites)
