"""Reports for gates: the clear win of the gold stories, and what is left of it when parts change."""

from functools import cache
from pathlib import Path
from typing import Any, Final

from evalreport.analyze.findings import Finding, FindingOutcome, FindingRole, Findings, Measurement
from evalreport.estimates import Estimate
from evalreport.gate.conditions import Condition, Demands, Gated, Held
from evalreport.gate.gate import gate
from evalreport.report.load import load_report
from evalreport.report.model import Report
from evalreport.rules.base import Remark, Severity, Status
from evalreport.verdict import Outcome
from evalreport.verdict.grounds import grounds_of, outcome_of

GOLD: Final = Path(__file__).parent.parent / "gold"
SIMULATED: Final = Demands(allow_simulated=True)
AGREES: Final = Held("its items")
PRIMARY: Final = "extraction.field_accuracy"
SPOILT: Final = Remark(
    rule="train-eval-overlap",
    family="data",
    severity=Severity.INVALIDATES,
    status=Status.BROKEN,
    text="40 of 160 items of test stand in train.",
    cites=(PRIMARY,),
)

# By outcome, what primary and guard come to.
_ENDS: Final = {
    Outcome.BETTER: (FindingOutcome.BETTER, FindingOutcome.RETAINED),
    Outcome.BETTER_RETENTION_UNKNOWN: (FindingOutcome.BETTER, FindingOutcome.INCONCLUSIVE),
    Outcome.MIXED: (FindingOutcome.BETTER, FindingOutcome.LOST),
    Outcome.WORSE: (FindingOutcome.WORSE, FindingOutcome.RETAINED),
    Outcome.REGRESSION_WITHOUT_GAIN: (FindingOutcome.INCONCLUSIVE, FindingOutcome.REGRESSED),
    Outcome.EQUIVALENT: (FindingOutcome.EQUIVALENT, FindingOutcome.RETAINED),
    Outcome.INCONCLUSIVE: (FindingOutcome.INCONCLUSIVE, FindingOutcome.INCONCLUSIVE),
    Outcome.INVALID_EVIDENCE: (FindingOutcome.BETTER, FindingOutcome.RETAINED),
    Outcome.NOT_MEASURED: (FindingOutcome.NOT_MEASURED, FindingOutcome.RETAINED),
}


@cache
def clear_win() -> Report:
    return load_report(GOLD / "clear-win/report.json")


def ended(outcome: Outcome) -> Report:
    """The clear win, had it ended so."""
    primary, guard = _ENDS[outcome]
    remarks = (SPOILT,) if outcome is Outcome.INVALID_EVIDENCE else ()
    return with_ends(clear_win(), primary, guard, remarks=remarks)


def with_ends(
    report: Report,
    primary: FindingOutcome,
    guard: FindingOutcome,
    *,
    remarks: tuple[Remark, ...] = (),
) -> Report:
    """Other outcomes of what was declared, more remarks, and the verdict that follows."""
    ends = {FindingRole.PRIMARY: primary, FindingRole.GUARD: guard}
    findings = tuple(
        one.model_copy(update={"outcome": ends[one.role]}) if one.role in ends else one
        for one in report.findings
    )
    return judged(report, findings=findings, remarks=(*report.remarks, *remarks))


def judged(report: Report, **changes: Any) -> Report:
    """A report with other parts, and with the verdict that follows from them."""
    changed = report.model_copy(update=changes)
    grounds = grounds_of(
        Findings(findings=changed.findings, measurements=changed.measurements), changed.remarks
    )
    ends = {"outcome": outcome_of(grounds), "strength": grounds.strength, "doubts": grounds.doubts}
    return changed.model_copy(update={"verdict": changed.verdict.model_copy(update=ends)})


def guard_of(report: Report) -> Finding:
    (guard,) = (one for one in report.findings if one.role is FindingRole.GUARD)
    return guard


def required(met: bool | None, low: float = 0.9) -> Measurement:
    """What is required of tuned: 90 % of outputs that parse."""
    return Measurement(
        id="extraction.json_valid:tuned",
        layer="extraction",
        name="json_valid",
        arm="tuned",
        n=160,
        unit="fraction",
        value=Estimate(value=0.93, low=low, high=0.97, level=0.95, method="exact"),
        requirement=0.9,
        met=met,
    )


def gated(report: Report, demands: Demands = SIMULATED, **held: Any) -> Gated:
    return gate(report, demands, **{"spec": AGREES, "items": AGREES, **held})


def condition(report: Report, name: str, demands: Demands = SIMULATED, **held: Any) -> Condition:
    (found,) = (one for one in gated(report, demands, **held).conditions if one.name == name)
    return found
