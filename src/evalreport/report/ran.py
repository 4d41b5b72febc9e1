"""What ran: preflight checks and steps."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

from evalreport.evidence import Evidence
from evalreport.plan.model import PlannedStep
from evalreport.records import Blocked, Check, Done, Failure, Outcome, Pending
from evalreport.report.model import PreflightFacts, StepFacts
from evalreport.spec.models import Spec

Outcomes: TypeAlias = Literal["reused", "done", "pending", "blocked", "failed"]


def preflight_facts(spec: Spec, evidence: Evidence) -> tuple[PreflightFacts, ...]:
    """What was looked at before, passed or not; a check that was waived says why.

    Args:
        spec: With its waivers.
        evidence: What was found.
    """
    waived = spec.preflight.waived
    return tuple(
        PreflightFacts(
            arm=planned.step.id.removeprefix("preflight "),
            checks=tuple(_waived(check, waived) for check in log.checks),
        )
        for planned in evidence.plan.steps
        if (log := evidence.preflights.get(planned.step.id)) is not None
    )


def _waived(check: Check, waived: Mapping[str, str]) -> Check:
    if check.status != "failed" or check.name not in waived:
        return check
    text = f"{check.text} (waived in the spec: {waived[check.name]})"
    return check.model_copy(update={"status": "waived", "text": text, "hint": ""})


def step_facts(evidence: Evidence) -> tuple[StepFacts, ...]:
    """Every planned step and how it ended."""
    return tuple(
        _step(planned, evidence.outcomes[planned.step.id]) for planned in evidence.plan.steps
    )


def _step(planned: PlannedStep, outcome: Outcome) -> StepFacts:
    def facts(word: Outcomes, reason: str, seconds: float = 0.0) -> StepFacts:
        return StepFacts(
            id=planned.step.id,
            kind=planned.step.kind.value,
            key=planned.step.key,
            outcome=word,
            reason=reason,
            items=planned.step.items,
            seconds=seconds,
        )

    match outcome:
        case Done():
            word: Outcomes = "reused" if outcome.reused else "done"
            return facts(word, planned.reason, outcome.seconds)
        case Pending():
            # The word beside it says for whom.
            return facts("pending", outcome.waits_for.removeprefix("people: "))
        case Blocked():
            return facts("blocked", outcome.reason)
        case Failure():
            return facts("failed", outcome.reason)
