"""Preflight steps of a run: what the child found becomes an outcome, and stops what needs it."""

from collections.abc import Sequence

from evalreport.engines.base import Probe
from evalreport.plan.arms import engine_of
from evalreport.plan.model import Given, LocatedModel, Plan, PlannedStep
from evalreport.plan.pace import loading_name, pace_name
from evalreport.plan.preflight_found import held_up, stops_all
from evalreport.plan.preflight_steps import is_whole, probes_of
from evalreport.records import Blocked, Failure, Step, StepKind
from evalreport.run.jobs import ArmCheck, AskJob, CheckJob
from evalreport.run.launch import launch
from evalreport.run.place import Place, Seen, adapter_of, base_load, load_of, recorded
from evalreport.run.spending import counted
from evalreport.run.training import train_job
from evalreport.spec.models import Spec


def check_before_training(given: Given, step: Step, place: Place, seen: Seen) -> None:
    """Look at what the trainings of a spec would be given.

    Raises:
        KeyboardInterrupt: Stopped by the user.
        EvalReportError: The store cannot be written.
    """
    job = CheckJob(
        store=place.store.folder,
        engine=given.spec.engine,
        finished=recorded(given, step, place),
        pace=pace_name(step),
        train=train_job(given, step, place, seed=0),
    )
    with counted(place.spending, StepKind.PREFLIGHT):
        failure = launch(job, place.store.folder, lock=place.lock)
    take_up(given.spec, step, place, seen, failure=failure, is_new=True)
    outcome = seen.outcomes[step.id]
    if isinstance(outcome, Failure) and step.id not in seen.failed:
        _fail(step, outcome.reason, place, seen)


def found_before(given: Given, planned: PlannedStep, place: Place, seen: Seen) -> bool:
    """Whether these very checks were made before; their outcome is then that of the last time.

    What is not believed any more is forgotten before it is looked at again: a child that dies on
    the way must not leave the old answer for the new one.
    """
    step = planned.step
    if step.kind is not StepKind.PREFLIGHT:
        return False
    record = place.store.step(step.key)
    log = record.done.preflight if record is not None else None
    if log is None:
        return False
    if planned.status != "reused" and not log.lasts(given.spec.preflight.waived):
        if planned.status == "will_run":
            place.store.forget(step.key)
        return False
    take_up(given.spec, step, place, seen, failure=None, is_new=False)
    return True


def arm_check(given: Given, plan: Plan, step: Step, place: Place) -> ArmCheck:
    """What is looked at before the weights of an arm are asked anything."""
    spec = given.spec
    asked = [plan.asks[planned.step.id] for planned in plan.steps if step.id in planned.step.needs]
    located = given.inputs.models.get(spec.base_model.path)
    digest = located.digest if isinstance(located, LocatedModel) else ""
    public = located.public_name if isinstance(located, LocatedModel) else None
    names = (spec.base_model.hub_id, public, spec.base_model.path)
    return ArmCheck(
        finished=recorded(given, step, place),
        pace=pace_name(step),
        probe=Probe(
            adapter=adapter_of(step, given, place),
            prompts=probes_of(asked),
            template_kwargs=spec.base_model.chat_template_kwargs,
            base_names=tuple(dict.fromkeys(name for name in names if name)),
            base_digest=digest,
            made_from=base_load(given, step.lease)
            if step.lease is not None and is_whole(spec, step)
            else None,
        ),
        waived=tuple(spec.preflight.waived),
        stops_all=stops_all(step),
    )


def check_only(given: Given, plan: Plan, steps: Sequence[Step], place: Place, seen: Seen) -> None:
    """Look at weights of one lease without asking them anything.

    Raises:
        KeyboardInterrupt: Stopped by the user.
        EvalReportError: The store cannot be written.
    """
    lease = steps[0].lease
    if lease is None:
        raise ValueError(f"{steps[0].id} loads nothing")
    job = AskJob(
        store=place.store.folder,
        engine=engine_of(given.spec, steps[0].arm or ""),
        load=load_of(given, lease, place),
        pace=loading_name(steps[0]),
        checks=tuple(arm_check(given, plan, step, place) for step in steps),
        groups=(),
    )
    with counted(place.spending, StepKind.PREFLIGHT):
        failure = launch(job, place.store.folder, lock=place.lock)
    for step in steps:
        take_up(given.spec, step, place, seen, failure=failure, is_new=True)


def take_up(
    spec: Spec,
    step: Step,
    place: Place,
    seen: Seen,
    *,
    failure: Failure | None,
    is_new: bool,
) -> None:
    """The outcome of a preflight step that ran, from what the child wrote down.

    Args:
        spec: With its waivers.
        step: The preflight step.
        place: With the store.
        seen: Gets the outcome, and what is stopped.
        failure: Why the child ended before it was done, when it did.
        is_new: Whether it ran in this build.
    """
    record = place.store.step(step.key)
    log = record.done.preflight if record is not None else None
    if record is None or log is None:
        # The process itself failed: what it was asked fails with it, and nothing else.
        seen.outcomes[step.id] = failure or Failure(reason="it left no record in the store")
        return
    if log.fault is None or log.checks:
        seen.preflights[step.id] = log
    reason = log.why_failed(spec.preflight.waived)
    if reason is None:
        seen.outcomes[step.id] = record.done.model_copy(update={"reused": not is_new})
        return
    if not log.lasts(spec.preflight.waived):
        # Of this machine and this day: it is looked at again, and then all the rest as well.
        place.store.forget(step.key)
    seen.outcomes[step.id] = Failure(reason=reason)
    _fail(step, reason, place, seen)


def _fail(step: Step, reason: str, place: Place, seen: Seen) -> None:
    seen.failed[step.id] = reason
    if stops_all(step) and seen.stopped is None:
        seen.stopped = step.id
    place.say(f"{step.id}: FAILED, {reason}")


def stopped(step: Step, seen: Seen) -> Blocked | None:
    """The outcome of a step that a failed preflight keeps from running; None: it may run."""
    reason = held_up(step, seen.failed, stopped=seen.stopped)
    return None if reason is None else Blocked(reason=reason)
