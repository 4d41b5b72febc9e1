"""Preflight steps: what is found out before a training, and before the weights of an arm answer.

None of them enters the key of another step: they change no result, they only keep wrong ones from
being paid for. Which packages look, and on which device, is in their own keys: both decide what
some checks find.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Final

from evalreport.digest import digest_model, digest_of
from evalreport.engines import AnyEngine
from evalreport.engines.local import LocalEngine
from evalreport.engines.packages import version_of
from evalreport.plan.arms import engine_of
from evalreport.plan.hindered import engine_hindered, hindered
from evalreport.plan.model import Given, KeyedAsk, LocatedModel, PlannedStep
from evalreport.plan.pace import preflight_seconds
from evalreport.plan.preflight_found import COMPARED, as_it_was, log_of, train_keys
from evalreport.plan.reasons import step_reads, why
from evalreport.records import (
    Adapter,
    Chat,
    Generate,
    Lease,
    Model,
    Prompt,
    Quantization,
    ScoreChoices,
    ScoreCompletion,
    Step,
    StepKind,
    Trained,
    step_key,
)
from evalreport.spec.models import Spec
from evalreport.training.options import Full, reads
from evalreport.values import Json

BEFORE_TRAINING = "preflight before training"  # no arm can be called "before training"
_REVISION = 2
_PROBES = 4
# What loads and puts on, and what trains: their versions decide what is found.
_LOADING: Final = ("peft", "transformers")
_TRAINING: Final = ("trl", "peft", "transformers", "torch")
_QUANTIZING: Final = "bitsandbytes"
_ALSO_READ = {"micro_batch", "activation_checkpointing", "launch"}
# What of a training decides whether it can be done as asked.
_NOT_READ = frozenset(
    {"training.learning_rate", "training.seed", "training.weight_decay", "training.max_grad_norm"}
)


def training_preflight(given: Given, lease: Lease, reasons: Sequence[str]) -> PlannedStep:
    """The step before all trainings of a spec, whatever their number.

    Args:
        given: With a spec that trains.
        lease: Of the trainings.
        reasons: Why there is nothing to check yet.
    """
    spec = given.spec
    located = given.inputs.models[spec.base_model.path]
    training = spec.to_train
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
        **_here(given, spec.engine, lease, _TRAINING),
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
    return hindered(given, step, reasons) or _status(given, step)


def _here(given: Given, engine: AnyEngine, lease: Lease, packages: Sequence[str]) -> dict[str, str]:
    """The packages that look and the device that computes; a simulated model knows neither."""
    if not isinstance(engine, LocalEngine):
        return {}
    held = lease.quantization is not Quantization.NONE
    names = (*packages, _QUANTIZING) if held else packages
    return {
        "packages": digest_of("packages", [[name, version_of(name)] for name in names]),
        "device": engine.runs_on(given.machine),
    }


def with_preflight(
    given: Given, asking: Sequence[PlannedStep], asks: Mapping[str, tuple[KeyedAsk, ...]]
) -> Iterator[PlannedStep]:
    """The asking steps, and before them the checks of all weights that they ask, once each.

    Args:
        given: What the plan is made from.
        asking: The asking steps.
        asks: What each of them asks.
    """
    sharing: dict[str, list[PlannedStep]] = {}
    for planned in asking:
        who = _who(planned.step)
        if who is not None:
            sharing.setdefault(who, []).append(planned)
    loaded = {
        digest_model(one.step.lease)
        for one in chain.from_iterable(sharing.values())
        if one.status == "will_run" and one.step.lease is not None
    }
    checks: dict[str, PlannedStep] = {}
    for who, sharers in sharing.items():
        prompts = probes_of(asks[one.step.id] for one in sharers)
        check = _arm_preflight(given, sharers, prompts)
        is_loaded = check.step.lease is not None and digest_model(check.step.lease) in loaded
        if all(one.status == "reused" for one in sharers) and not is_loaded:
            done = _without_asking(given, check)
            if done is None:
                continue
            check = done
        checks[who] = check
    yield from sorted(checks.values(), key=lambda one: one.step.arm not in COMPARED)
    for planned in asking:
        step = planned.step
        stands = checks.get(_who(step) or "")
        needs = step.needs if stands is None else (*step.needs, stands.step.id)
        yield planned.model_copy(update={"step": step.model_copy(update={"needs": needs})})


def _without_asking(given: Given, planned: PlannedStep) -> PlannedStep | None:
    """What becomes of checks for which alone weights would be loaded: all their answers are there.

    They are made when something that they read is another than when they were made last, and only
    where they can be. What was never looked at stays so, and a rule says it.
    """
    if planned.status != "will_run":
        return planned
    then = as_it_was(given, planned)
    if then is not None:
        return then
    step = planned.step
    if given.index.last_reads(given.spec.name, step.id) is None:
        return None
    engine = engine_of(given.spec, step.arm or "")
    held = step.lease.quantization if step.lease is not None else Quantization.NONE
    cannot = engine_hindered(engine, held, given.machine)
    return None if cannot is not None else planned


def _who(step: Step) -> str | None:
    """Which weights in which precision and engine a step asks; None for what is not loaded."""
    if step.subject is None or step.lease is None:
        return None
    return digest_of("who", step.subject.model_dump(mode="json"), digest_model(step.lease))


def _arm_preflight(
    given: Given, sharers: Sequence[PlannedStep], prompts: Sequence[Prompt]
) -> PlannedStep:
    """The step before an arm's weights are asked anything.

    Which prompts they are looked at with, and in how much memory, is not in its key: another order
    of layers makes no other adapter. Whether they are conversations is.

    Args:
        given: What the plan is made from.
        sharers: The steps that ask them.
        prompts: Those that they are looked at with.
    """
    # Where arms share their weights (a prompt of its own), base or tuned stands for them.
    asking = min(sharers, key=lambda one: one.step.arm not in COMPARED).step
    asked: dict[str, Json] = {
        "arm": asking.reads.get("arm"),
        "arm.of": "tuned" if is_whole(given.spec, asking) else None,
        "chat": any(isinstance(prompt, Chat) for prompt in prompts),
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
    if asking.lease is not None:
        engine = engine_of(given.spec, asking.arm or "")
        inputs |= _here(given, engine, asking.lease, _LOADING)
    needs = train_keys(asking)
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
    held = [one for one in sharers if one.status in ("blocked", "waits")]
    if held and not any(one.status == "will_run" for one in sharers):
        return PlannedStep(step=step, status=held[0].status, reason=held[0].reason)
    return _status(given, step)


def is_whole(spec: Spec, step: Step) -> bool:
    """Whether weights stand on their own and were made from the base of the spec.

    They are then held against it: which chat template both of them have.

    Args:
        spec: With its arms.
        step: One that asks them, or looks at them.
    """
    subject = step.subject
    if isinstance(subject, Trained):
        return isinstance(spec.adapter, Full)
    own = spec.arms.get(step.arm or "")
    is_tuned = step.arm == "tuned" or (own is not None and own.of == "tuned")
    return isinstance(subject, Model) and is_tuned


def _id(asking: Step) -> str:
    seed = f" seed {asking.seed}" if asking.seed is not None else ""
    return f"preflight {asking.arm}{seed}"


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


def _status(given: Given, step: Step) -> PlannedStep:
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
