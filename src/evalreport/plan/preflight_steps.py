"""Preflight steps: what is found out before a training, and before the weights of an arm answer.

None of them enters the key of another step: they change no result, they only keep wrong ones from
being paid for.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from evalreport.digest import digest_model, digest_of
from evalreport.engines.packages import version_of
from evalreport.plan.model import Given, KeyedAsk, LocatedModel, PlannedStep
from evalreport.plan.pace import preflight_seconds
from evalreport.plan.reasons import step_reads, why
from evalreport.records import (
    Adapter,
    Generate,
    Lease,
    Model,
    PreflightLog,
    Prompt,
    ScoreChoices,
    ScoreCompletion,
    Step,
    StepKind,
    step_key,
)
from evalreport.training.options import reads
from evalreport.values import Json

BEFORE_TRAINING = "preflight before training"  # no arm can be called "before training"
_REVISION = 2
_PROBES = 4
_COMPARED = frozenset({"base", "tuned"})
_ALSO_READ = {"micro_batch", "activation_checkpointing", "launch"}
# What of a training decides whether it can be done as asked.
_NOT_READ = frozenset(
    {"training.learning_rate", "training.seed", "training.weight_decay", "training.max_grad_norm"}
)


def training_preflight(given: Given, lease: Lease, blocked: str | None) -> PlannedStep:
    """The step before all trainings of a spec, whatever their number.

    Args:
        given: With a spec that trains.
        lease: Of the trainings.
        blocked: Why there is nothing to check yet.
    """
    spec = given.spec
    located = given.inputs.models[spec.base_model.path]
    training = spec.training
    known: dict[str, Json] = {}
    if training is not None:
        known = reads(spec.adapter, training, 0)
    asked: dict[str, Json] = {name: value for name, value in known.items() if name not in _NOT_READ}
    asked |= {
        **(training.model_dump(mode="json", include=_ALSO_READ) if training is not None else {}),
        "base_model.dtype": lease.dtype.value,
        "base_model.chat_template_kwargs": spec.base_model.chat_template_kwargs,
        "engine": spec.engine.model_dump(mode="json", include={"kind", "device"}),
    }
    inputs: dict[str, str] = {
        "base": located.digest if isinstance(located, LocatedModel) else "unknown",
        **{n: given.found[n].digest for n in ("train", "select") if n in given.found},
        "packages": digest_of("packages", [version_of(name) for name in ("trl", "peft")]),
        **given.extra_inputs,
    }
    step = Step(
        id=BEFORE_TRAINING,
        kind=StepKind.PREFLIGHT,
        revision=_REVISION,
        reads=asked,
        inputs=inputs,
        key=step_key(StepKind.PREFLIGHT, _REVISION, asked, inputs, ()),
        lease=lease,
    )
    return _status(given, step, blocked)


def with_preflight(given: Given, asking: Sequence[PlannedStep]) -> Iterator[PlannedStep]:
    """The asking steps, and before them the checks of all weights that they ask, once each."""
    first: dict[str, PlannedStep] = {}
    # Where arms share their weights (a prompt of its own), base or tuned stands for them.
    for planned in sorted(asking, key=lambda one: one.step.arm not in _COMPARED):
        who = _who(planned.step)
        if who is not None:
            first.setdefault(who, planned)
    for planned in first.values():
        yield _arm_preflight(given, planned)
    for planned in asking:
        step = planned.step
        stands = first.get(_who(step) or "")
        needs = step.needs if stands is None else (*step.needs, _id(stands.step))
        yield planned.model_copy(update={"step": step.model_copy(update={"needs": needs})})


def _who(step: Step) -> str | None:
    """Which weights in which precision and engine a step asks; None for what is not loaded."""
    if step.subject is None or step.lease is None:
        return None
    return digest_of("who", step.subject.model_dump(mode="json"), digest_model(step.lease))


def _arm_preflight(given: Given, ask: PlannedStep) -> PlannedStep:
    """The step before an arm's weights are asked anything.

    Which prompts they are looked at with, and in how much memory, is not in its key: another order
    of layers or another machine makes no other adapter.

    Args:
        given: What the plan is made from.
        ask: The first step that asks them.
    """
    asking = ask.step
    asked: dict[str, Json] = {
        "arm": asking.reads.get("arm"),
        "base_model.chat_template_kwargs": given.spec.base_model.chat_template_kwargs,
        "base_model.hub_id": given.spec.base_model.hub_id,
    }
    subject = asking.subject
    beside = given.inputs.beside.get(subject.path) if isinstance(subject, Adapter) else None
    # A finished model is held against the base that it was made from.
    base = (
        given.base_digests.get(given.spec.base_model.path) if isinstance(subject, Model) else None
    )
    inputs = {
        "base": asking.inputs["base"],
        **({} if beside is None else {"beside the adapter": beside}),
        **({} if base is None else {"base of the spec": base}),
        **given.extra_inputs,
    }
    needs = _train_keys(asking)
    step = Step(
        id=_id(asking),
        kind=StepKind.PREFLIGHT,
        revision=_REVISION,
        reads=asked,
        inputs=inputs,
        needs=asking.needs,
        key=step_key(StepKind.PREFLIGHT, _REVISION, asked, inputs, needs),
        arm=asking.arm,
        seed=asking.seed,
        subject=asking.subject,
        lease=asking.lease,
    )
    return _status(given, step, ask.reason if ask.status == "blocked" else None)


def _id(asking: Step) -> str:
    seed = f" seed {asking.seed}" if asking.seed is not None else ""
    return f"preflight {asking.arm}{seed}"


def _train_keys(asking: Step) -> tuple[str, ...]:
    subject = asking.subject
    return (subject.train_key,) if subject is not None and subject.kind == "trained" else ()


def probes_of(asks: Iterable[tuple[KeyedAsk, ...]]) -> tuple[Prompt, ...]:
    """The first few prompts of what will be asked, one after the other from each layer."""
    prompts: dict[str, Prompt] = {}
    turns = [iter(keyed) for keyed in asks]
    while turns and len(prompts) < _PROBES:
        for turn in tuple(turns):
            one = next(turn, None)
            if one is None:
                turns.remove(turn)
                continue
            request = one.asked.request
            if isinstance(request, Generate | ScoreChoices | ScoreCompletion):
                digest = digest_of("probe", request.prompt.model_dump(mode="json"))
                prompts.setdefault(digest, request.prompt)
    return tuple(prompts.values())[:_PROBES]


def _status(given: Given, step: Step, blocked: str | None) -> PlannedStep:
    if blocked is not None:
        return PlannedStep(step=step, status="blocked", reason=blocked)
    log = log_of(given, step)
    if log is not None:
        failed = log.why_failed(given.spec.preflight.waived)
        if failed is not None:
            return PlannedStep(step=step, status="blocked", reason=failed)
        return PlannedStep(step=step, status="reused")
    reason = why(
        step_reads(step.reads, step.inputs),
        given.index.last_reads(given.spec.name, step.id),
        missing=0,
        items=0,
    )
    return PlannedStep(
        step=step,
        status="will_run",
        reason=reason,
        seconds=preflight_seconds(step, given.history),
    )


def log_of(given: Given, step: Step) -> PreflightLog | None:
    """What was found when these very checks were made before."""
    done = given.index.finished(step.key)
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
    return step.arm is None or step.arm in _COMPARED


def held_up(step: Step, failed: Mapping[str, str], *, stopped: str | None) -> str | None:
    """Why a step cannot go on once preflight steps have failed; None when it can.

    Args:
        step: Any step.
        failed: Why preflight steps failed, by their id.
        stopped: The id of one that stops everything.
    """
    own = next((need for need in step.needs if need in failed), stopped)
    return None if own is None or step.id == own else f"{own} failed: {failed[own]}"
