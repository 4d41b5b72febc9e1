"""The asking steps of a run: grouped by what must be loaded, asked by a child, read back."""

from collections.abc import Mapping
from dataclasses import dataclass

from evalreport.digest import digest_model
from evalreport.engines.base import Question
from evalreport.engines.fake import FakeEngine
from evalreport.engines.openai import OpenAIEngine
from evalreport.plan.arms import engine_of
from evalreport.plan.ask_steps import REQUEST_REVISION
from evalreport.plan.model import Given, Plan
from evalreport.plan.pace import loading_name, pace_name
from evalreport.plan.weights import weights_of
from evalreport.records import (
    Blocked,
    Done,
    Endpoint,
    Failure,
    Item,
    Response,
    ResponseKey,
    Step,
    StepKind,
    Trained,
    Weights,
    response_key,
)
from evalreport.records.steps import REACHED
from evalreport.run.calling import spent_since
from evalreport.run.jobs import AskGroup, AskJob, Declaration, EndpointJob, Job
from evalreport.run.launch import launch
from evalreport.run.outcomes import blocks_of
from evalreport.run.place import Place, Seen, adapter_of, load_of, recorded
from evalreport.run.preflight import arm_check, stopped, take_up
from evalreport.run.spending import counted
from evalreport.training.options import Full


@dataclass(frozen=True, slots=True)
class Asking:
    """One ask step with what answers it and the keys of its answers.

    Attributes:
        step: Which.
        weights: That answer; None behind an endpoint, whose weights cannot be seen.
        who: Digest of the weights, or of the endpoint.
        keys: One a request.
    """

    step: Step
    weights: Weights | None
    who: str
    keys: tuple[ResponseKey, ...]


def to_ask(given: Given, plan: Plan, seen: Seen) -> list[Asking]:
    """The ask steps whose weights are known; the others get their outcome here."""
    asking: list[Asking] = []
    for planned in plan.steps:
        step = planned.step
        if step.id in seen.outcomes or step.subject is None:
            continue
        weights = weights_of(
            step.subject,
            given.base_digests,
            seen.logs,
            is_full=isinstance(given.spec.adapter, Full),
        )
        if weights is None and not isinstance(step.subject, Endpoint):
            seen.outcomes[step.id] = Blocked(reason=_no_weights(step, seen))
            continue
        if step.kind is StepKind.PREFLIGHT:
            continue  # it gets its outcome with the first steps that need it
        who = step.subject.digest if isinstance(step.subject, Endpoint) else ""
        who = who or (weights.digest if weights is not None else "")
        keys = tuple(response_key(REQUEST_REVISION, who, one.request) for one in plan.asks[step.id])
        asking.append(Asking(step, weights, who, keys))
    return asking


def _no_weights(step: Step, seen: Seen) -> str:
    for needed in step.needs:
        outcome = seen.outcomes.get(needed)
        if isinstance(outcome, Failure | Blocked):
            return f"{needed} did not finish: {outcome.reason}"
    if isinstance(step.subject, Trained):
        log = seen.logs.get(step.subject.train_key)
        kept = ", ".join(one.name for one in log.checkpoints) if log else "none"
        return f"training kept no checkpoint {step.subject.checkpoint} (it kept: {kept})"
    return "its weights are not known"


def by_lease(asking: list[Asking]) -> list[list[Asking]]:
    """Steps that can share one load stand together, in the order of the plan."""
    leases: dict[str, list[Asking]] = {}
    for one in asking:
        name = digest_model(one.step.lease) if one.step.lease else one.step.id
        leases.setdefault(name, []).append(one)
    return list(leases.values())


def _not_stopped(group: list[Asking], seen: Seen) -> list[Asking]:
    """Those that no failed preflight keeps from being asked; the others get their outcome here."""
    going_on: list[Asking] = []
    for one in group:
        blocked = stopped(one.step, seen)
        if blocked is None:
            going_on.append(one)
        else:
            seen.outcomes[one.step.id] = blocked
    return going_on


def _unchecked(group: list[Asking], plan: Plan, place: Place) -> list[Step]:
    """The preflight steps before these steps that are not done yet."""
    needed = {need for one in group for need in one.step.needs}
    return [
        planned.step
        for planned in plan.steps
        if planned.step.kind is StepKind.PREFLIGHT
        and planned.step.subject is not None
        and planned.step.id in needed
        and place.store.step(planned.step.key) is None
    ]


def answer(
    given: Given,
    plan: Plan,
    group: list[Asking],
    place: Place,
    seen: Seen,
    declaration: Declaration | None,
) -> None:
    """Ask what has no answer yet, then read all answers of these steps back.

    Raises:
        KeyboardInterrupt: Stopped by the user.
        EvalReportError: The store cannot be written.
    """
    group = _not_stopped(group, seen)
    checks = _unchecked(group, plan, place)
    found: dict[ResponseKey, Response] = {}
    wanted: dict[ResponseKey, None] = {key: None for one in group for key in one.keys}
    stored = place.store.responses(wanted)
    found.update(stored.found)
    seen.damaged += stored.damaged
    for entry in stored.damaged:
        place.say(f"damaged, and asked again: {entry}")
    ran = {one.step.id for one in group if any(key not in found for key in one.keys)}
    failure: Failure | None = None
    if (ran or checks) and place.over_limit is None:
        of_endpoint = isinstance(group[0].step.subject, Endpoint)
        make = _endpoint_job if of_endpoint else _ask_job
        job = make(given, plan, group, place, frozenset(found), checks, declaration)
        before = place.store.attempts.last()
        with counted(place.spending, StepKind.ASK):
            failure = launch(job, place.store.folder, lock=place.lock)
        if isinstance(job, EndpointJob) and place.spending is not None:
            place.spending.add(spent_since(before, job.endpoint, place.store))
        if failure is not None:
            place.say(f"asking failed: {failure.reason}")
        for step in checks:
            take_up(given.spec, step, place, seen, failure=failure, is_new=True)
        group = _not_stopped(group, seen)
        missing = [key for key in wanted if key not in found]
        again = place.store.responses(missing)
        found.update(again.found)
    failures = place.store.failures([key for key in wanted if key not in found])
    if failure is not None:
        failures = {key: failures.get(key, failure) for key in wanted if key not in found}
    layers = {layer.name: layer for layer in given.spec.evaluation.layers}
    for one in group:
        step = one.step
        lost = [key for key in dict.fromkeys(one.keys) if key not in found]
        unpaid = _unpaid(place, lost, failures)
        if unpaid is not None:
            # Not asked at all, or in part: a mean over fewer items would be another measurement.
            seen.outcomes[step.id] = Blocked(reason=unpaid)
            continue
        options = given.spec.arms.get(step.arm or "")
        shots = options.shots.n if options is not None and options.shots is not None else 0
        seen.blocks |= blocks_of(
            step, layers[step.layer or ""], plan.asks[step.id], one.keys, found, failures,
            one.weights, shots,
        )  # fmt: skip
        if lost:
            reason = failures[lost[0]].reason if lost[0] in failures else "never answered"
            seen.outcomes[step.id] = Failure(
                reason=f"{len(lost)} of {len(one.keys)} requests have no answer: {reason}"
            )
            continue
        done = Done(reused=step.id not in ran, seconds=_seconds(one, found, seen))
        seen.outcomes[step.id] = done
        if place.store.step(step.key) is None:
            finished = recorded(given, step, place)
            place.store.finish(finished.model_copy(update={"done": done}))


def _unpaid(
    place: Place, lost: list[ResponseKey], failures: Mapping[ResponseKey, Failure]
) -> str | None:
    """Why the limit kept some from being asked; None where it kept none."""
    if place.over_limit is not None and any(key not in failures for key in lost):
        return place.over_limit
    reasons = (failures[key].reason for key in lost if key in failures)
    return next((reason for reason in reasons if reason.startswith(REACHED)), None)


def _seconds(one: Asking, found: Mapping[ResponseKey, Response], seen: Seen) -> float:
    """What its answers took; one that several layers read counts for the first of them."""
    first = [key for key in dict.fromkeys(one.keys) if key not in seen.counted]
    seen.counted.update(first)
    return sum(found[key].seconds or 0.0 for key in first)


def _ask_job(
    given: Given,
    plan: Plan,
    group: list[Asking],
    place: Place,
    answered: frozenset[ResponseKey],
    checks: list[Step],
    declaration: Declaration | None,
) -> Job:
    lease = group[0].step.lease
    if lease is None:
        raise ValueError(f"{group[0].step.id} loads nothing")
    simulated = isinstance(given.spec.engine, FakeEngine)
    truths = {(layer, item.id): item for layer, item in _truths(given)} if simulated else {}
    checked = {step.id for step in checks}
    groups: list[AskGroup] = []
    queued: set[ResponseKey] = set(answered)
    for one in group:
        questions: list[Question] = []
        for asked, key in zip(plan.asks[one.step.id], one.keys, strict=True):
            if key in queued:
                continue
            queued.add(key)
            questions.append(
                Question(
                    key=key,
                    item=asked.asked.item,
                    request=asked.asked.request,
                    truth=truths.get((one.step.layer or "", asked.asked.item)),
                )
            )
        if questions:
            groups.append(
                AskGroup(
                    step=one.step.id,
                    key=one.step.key,
                    pace=pace_name(one.step),
                    who=one.who,
                    adapter=adapter_of(one.step, given, place),
                    needs=next((need for need in one.step.needs if need in checked), None),
                    questions=tuple(questions),
                )
            )
    return AskJob(
        store=place.store.folder,
        engine=engine_of(given.spec, group[0].step.arm or ""),
        load=load_of(given, lease, place),
        pace=loading_name(group[0].step),
        checks=tuple(arm_check(given, plan, step, place) for step in checks),
        declaration=declaration,
        groups=tuple(groups),
        stop_after=place.spending.asking_seconds if place.spending is not None else None,
    )


def _endpoint_job(
    given: Given,
    plan: Plan,
    group: list[Asking],
    place: Place,
    answered: frozenset[ResponseKey],
    checks: list[Step],  # noqa: ARG001 (an endpoint's weights cannot be looked at)
    declaration: Declaration | None,
) -> Job:
    """One endpoint that is an arm: each request is a call."""
    (one,) = group
    endpoint = engine_of(given.spec, one.step.arm or "")
    if not isinstance(endpoint, OpenAIEngine):
        raise ValueError(f"{one.step.id} asks no endpoint")  # noqa: TRY004 (a plan is wrong)
    questions = {
        key: Question(key=key, item=asked.asked.item, request=asked.asked.request)
        for asked, key in zip(plan.asks[one.step.id], one.keys, strict=True)
        if key not in answered
    }
    return EndpointJob(
        store=place.store.folder,
        step=one.step.id,
        endpoint=endpoint,
        pace=pace_name(one.step),
        questions=tuple(questions.values()),
        declaration=declaration,
        money_left=place.spending.left if place.spending is not None else None,
    )


def _truths(given: Given) -> list[tuple[str, Item]]:
    return [
        (layer.name, item)
        for layer in given.spec.evaluation.layers
        for name in layer.datasets()
        if name in given.found
        for item in given.found[name].items
    ]
