"""What preflight found before: what of it is believed, and what a failed check holds up."""

from collections.abc import Iterable, Mapping
from typing import Final

from evalreport.plan.model import Given, PlannedStep
from evalreport.plan.reasons import step_reads
from evalreport.records import PreflightLog, Step, StepKind, step_key

COMPARED: Final = frozenset({"base", "tuned"})  # arms
_HERE: Final = frozenset({"packages", "device"})  # inputs that tell of a machine, not of a task


def log_of(given: Given, step: Step) -> PreflightLog | None:
    """What was found when these very checks were made before, where that is still believed."""
    log = _log(given, step.key)
    return log if log is not None and log.lasts(given.spec.preflight.waived) else None


def _log(given: Given, key: str) -> PreflightLog | None:
    done = given.index.finished(key)
    return done.preflight if done is not None else None


def failed_before(given: Given, steps: Iterable[PlannedStep]) -> dict[str, str]:
    """Why preflight steps are known to fail from the last time that they ran, by their id."""
    waived = given.spec.preflight.waived
    logs = (
        (one.step.id, log_of(given, one.step))
        for one in steps
        if one.step.kind is StepKind.PREFLIGHT
    )
    reasons = ((name, log.why_failed(waived)) for name, log in logs if log is not None)
    return {name: reason for name, reason in reasons if reason is not None}


def stops_all(step: Step) -> bool:
    """Whether nothing is worth asking once a check of this preflight step has failed.

    What the primary compares must be sound; any other arm is left out by itself.
    """
    return step.arm is None or step.arm in COMPARED


def held_up(step: Step, failed: Mapping[str, str], *, stopped: str | None) -> str | None:
    """Why a step cannot go on once preflight steps have failed; None when it can.

    Args:
        step: Any step.
        failed: Why preflight steps failed, by their id.
        stopped: The id of one that stops everything.
    """
    own = next((need for need in step.needs if need in failed), stopped)
    return None if own is None or step.id == own else f"{own} failed: {failed[own]}"


def as_it_was(given: Given, planned: PlannedStep) -> PlannedStep | None:
    """Checks as the last build of this spec found them, where only the machine was another.

    What was answered or trained after them is not made anew, and so they stand with it.

    Args:
        given: What the plan is made from.
        planned: A preflight step after which nothing is left to do.

    Returns:
        The step with the packages and the device of then; None when it read something else, or
        would stop the build of today.
    """
    step = planned.step
    last = given.index.last_reads(given.spec.name, step.id)
    if last is None:
        return None
    inputs = {
        name: str(last.get(f"input:{name}", digest)) if name in _HERE else digest
        for name, digest in step.inputs.items()
    }
    if step_reads(step.reads, inputs) != dict(last):
        return None
    key = step_key(StepKind.PREFLIGHT, step.revision, step.reads, inputs, train_keys(step))
    log = _log(given, key)
    if log is None or log.why_failed(given.spec.preflight.waived) is not None:
        return None
    then = step.model_copy(update={"inputs": inputs, "key": key})
    return PlannedStep(step=then, status="reused")


def train_keys(asking: Step) -> tuple[str, ...]:
    """Keys of the trainings that weights come from, which enter the key of their checks."""
    subject = asking.subject
    return (subject.train_key,) if subject is not None and subject.kind == "trained" else ()
