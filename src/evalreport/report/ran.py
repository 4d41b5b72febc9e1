"""What ran: preflight checks and steps."""

from typing import Literal, TypeAlias

from evalreport.evidence import Evidence
from evalreport.plan.model import PlannedStep
from evalreport.records import Blocked, Done, Failure, Outcome, Pending
from evalreport.report.model import PreflightFacts, StepFacts

Outcomes: TypeAlias = Literal["reused", "done", "pending", "blocked", "failed"]


def preflight_facts(evidence: Evidence) -> tuple[PreflightFacts, ...]:
    """The checks that ran before anything was asked, by the arm or the step that they are of."""
    finished = (
        (planned.step, evidence.outcomes[planned.step.id]) for planned in evidence.plan.steps
    )
    return tuple(
        PreflightFacts(arm=step.arm or step.id, checks=outcome.preflight.checks)
        for step, outcome in finished
        if isinstance(outcome, Done) and outcome.preflight is not None
    )


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
            return facts("pending", outcome.waits_for)
        case Blocked():
            return facts("blocked", outcome.reason)
        case Failure():
            return facts("failed", outcome.reason)
