"""Arms of a spec: what each name stands for, and in which precision it answers."""

from collections.abc import Mapping
from dataclasses import dataclass

from evalreport.engines import AnyEngine, FakeEngine
from evalreport.engines.openai import OpenAIEngine
from evalreport.layers.base import Prompting, Subset, choose
from evalreport.plan.model import Inputs
from evalreport.records import (
    Adapter,
    Arm,
    Base,
    Corpus,
    Dtype,
    Endpoint,
    Machine,
    Model,
    Quantization,
    Replicate,
    Subject,
    Trained,
)
from evalreport.spec.models import ArmOptions, DtypeName, Spec
from evalreport.training.options import Existing, quantization


@dataclass(frozen=True, slots=True)
class ResolvedArms:
    """Arms that can be compared, and why others cannot."""

    arms: Mapping[str, Arm]
    blocked: Mapping[str, str]


def resolve_dtype(spec: Spec, machine: Machine, own: DtypeName | None = None) -> Dtype:
    """The number format: as declared, or what this machine is good at.

    float16 is never chosen by itself: it overflows where bfloat16 does not.

    Args:
        spec: As loaded.
        machine: Decides `auto`.
        own: What an arm declares for itself.
    """
    asked = own or spec.base_model.dtype
    if asked != "auto":
        return Dtype(asked)
    return Dtype.BFLOAT16 if machine.good_at_bfloat16 else Dtype.FLOAT32


def resolve_arms(
    spec: Spec, inputs: Inputs, machine: Machine, train_keys: Mapping[int, str]
) -> ResolvedArms:
    """Base, tuned and the arms that the spec declares, in this order.

    `base` runs in exactly the precision of `tuned`, so that their difference is the training.

    Args:
        spec: As loaded.
        inputs: What was found of models and adapters.
        machine: Decides `dtype: auto`.
        train_keys: Step keys of the trainings by seed.
    """
    arms: dict[str, Arm] = {}
    blocked: dict[str, str] = {}
    for name, options in _declared(spec).items():
        if name == "tuned" and name not in spec.arms and not _has_tuned(spec):
            continue
        found = _subjects(options, spec, inputs, machine, train_keys)
        if isinstance(found, str):
            blocked[name] = found
        else:
            arms[name] = Arm(name=name, replicates=found, prompting=_own_prompt(options))
    return ResolvedArms(arms, blocked)


def _declared(spec: Spec) -> dict[str, ArmOptions]:
    return {"base": ArmOptions(of="base"), "tuned": ArmOptions(of="tuned")} | spec.arms


def _has_tuned(spec: Spec) -> bool:
    return spec.trains_here or isinstance(spec.adapter, Existing)


def _subjects(
    options: ArmOptions,
    spec: Spec,
    inputs: Inputs,
    machine: Machine,
    train_keys: Mapping[int, str],
) -> tuple[Replicate, ...] | str:
    dtype = resolve_dtype(spec, machine, options.dtype)
    held = _held(options, spec)
    asked = options.engine or spec.engine
    if isinstance(asked, OpenAIEngine):
        served = Endpoint(base_url=asked.url, model=asked.model, digest=asked.digest)
        return (_one(served),)
    if options.model is not None:
        located = inputs.models[options.model]
        if isinstance(located, str):
            return located
        return (
            _one(Model(path=options.model, digest=located.digest, dtype=dtype, quantization=held)),
        )
    located = inputs.models[spec.base_model.path]
    if isinstance(located, str):
        return located
    base = Base(
        model=spec.base_model.path, revision=located.revision, dtype=dtype, quantization=held
    )
    if options.adapter is not None:
        return _existing(options.adapter.path, base, inputs, merged=options.merged)
    if options.of == "base":
        return (_one(base),)
    if isinstance(spec.adapter, Existing):
        return _existing(spec.adapter.path, base, inputs, merged=options.merged)
    if not train_keys:
        return "nothing is trained, so there is no tuned model"
    keep = spec.to_train.keep if spec.to_train else "last"
    return tuple(
        Replicate(
            seed=seed,
            subject=Trained(
                base=base,
                train_key=key,
                seed=seed,
                checkpoint=options.checkpoint or keep,
                merged=options.merged,
            ),
        )
        for seed, key in train_keys.items()
    )


def own_quantization(options: ArmOptions, spec: Spec) -> str:
    """How an arm is held that does not say so: as tuned, but what is finished is as it is."""
    if options.merged or (options.of == "tuned" and options.model is not None):
        return "none"
    return spec.base_model.quantization or quantization(spec.adapter).value


def _held(options: ArmOptions, spec: Spec) -> Quantization:
    return Quantization(options.quantization or own_quantization(options, spec))


def held_in(name: str, spec: Spec) -> Quantization:
    """In which form the weights of an arm answer."""
    return _held(_declared(spec).get(name, ArmOptions()), spec)


def engine_of(spec: Spec, arm: str) -> AnyEngine:
    """What runs an arm: its own engine or the spec's; there is one simulated world for all."""
    own = spec.arms[arm].engine if arm in spec.arms else None
    return spec.engine if own is None or isinstance(own, FakeEngine) else own


def holds_quantized(spec: Spec) -> bool:
    """Whether any weights are held in 4 or 8 bits: while they are trained, or in an arm."""
    held = (_held(options, spec) for options in _declared(spec).values())
    return any(one is not Quantization.NONE for one in (quantization(spec.adapter), *held))


def _one(subject: Subject) -> Replicate:
    return Replicate(seed=None, subject=subject)


def _existing(
    path: str, base: Base, inputs: Inputs, *, merged: bool
) -> tuple[Replicate, ...] | str:
    if path in inputs.missing_adapters:
        return inputs.missing_adapters[path]
    return (_one(Adapter(base=base, path=path, digest=inputs.adapters[path], merged=merged)),)


def _own_prompt(options: ArmOptions) -> str | None:
    parts = []
    if options.system is not None:
        parts.append("its own system prompt")
    if options.shots is not None:
        parts.append(f"{options.shots.n} worked examples from {options.shots.from_dataset}")
    return " and ".join(parts) or None


def prompting_of(name: str, spec: Spec, corpora: Mapping[str, Corpus]) -> Prompting:
    """How an arm asks: the chat template's arguments for all, system and shots where declared."""
    kwargs = spec.base_model.chat_template_kwargs
    options = spec.arms.get(name)
    if options is None:
        return Prompting(kwargs)
    shown = options.shots
    shots = (
        choose(corpora[shown.from_dataset].items, Subset(n=shown.n, seed=shown.seed))
        if shown
        else ()
    )
    return Prompting(kwargs, options.system, shots)
