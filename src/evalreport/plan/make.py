"""make_plan: everything that will be done, in order, each step with its key and its reason."""

from collections.abc import Iterator, Mapping, Sequence

from evalreport.digest import digest_of
from evalreport.layers.base import Layer
from evalreport.layers.generation import Generation
from evalreport.layers.human import Human
from evalreport.layers.imported import Imported
from evalreport.layers.judge import Judge
from evalreport.layers.recorded import Recorded
from evalreport.plan.arms import engine_of, resolve_arms
from evalreport.plan.ask_steps import (
    ask_status,
    ask_step,
    importing_step,
    keyed_asks,
    reading_step,
    unaskable_step,
)
from evalreport.plan.endpoint_steps import endpoint_status
from evalreport.plan.hindered import arm_hindered, hindered
from evalreport.plan.judge_steps import judge_step
from evalreport.plan.model import Given, Inputs, KeyedAsk, LocatedModel, Plan, PlannedStep
from evalreport.plan.named import refuse_unmeasured
from evalreport.plan.outputs import outputs_step
from evalreport.plan.pace import with_loading
from evalreport.plan.power_line import power_line
from evalreport.plan.preflight_found import as_it_was, failed_before, held_up, stops_all
from evalreport.plan.preflight_steps import with_preflight
from evalreport.plan.rate_steps import rate_step
from evalreport.plan.train_steps import train_steps, training_hindered
from evalreport.plan.weights import weights_of
from evalreport.records import Corpus, Endpoint, StepKind
from evalreport.spec.asked import datasets_of
from evalreport.spec.models import Spec
from evalreport.training.options import Existing, Full
from evalreport.values import Json


def make_plan(given: Given) -> Plan:
    """The plan: trainings first, then what each layer asks of each arm.

    Raises:
        DataError: A layer needs of its items what they do not have, or outputs of another tool are
            of none of them, or its results have no metric of a name that is declared.
    """
    spec = given.spec
    refuse_unmeasured(given)
    trainings, logs = train_steps(given)
    seeds = {step.step.seed: step.step.key for step in trainings if step.step.seed is not None}
    resolved = resolve_arms(spec, given.inputs, given.machine, seeds)
    to_train = any(s.status != "reused" and s.step.kind is StepKind.TRAIN for s in trainings)
    training = training_hindered(given) if to_train else []
    steps: list[PlannedStep] = []
    asks: dict[str, tuple[KeyedAsk, ...]] = {}
    rendered: dict[tuple[str, str], tuple[KeyedAsk, ...]] = {}
    for layer in spec.evaluation.layers:
        if isinstance(layer, Recorded):
            steps.append(reading_step(layer))
            continue
        if isinstance(layer, Imported):
            steps.append(importing_step(layer, given.inputs.results[layer.name]))
            continue
        if isinstance(layer, Judge | Human):
            continue  # it is about answers, and comes after all of them
        for name in layer.arms:
            if isinstance(layer, Generation) and name in layer.imported:
                steps.append(outputs_step(given, layer, name))
                continue
            absent = f"there is no arm {name}: add adapter:, or name the arms of the layer"
            arm = resolved.arms.get(name) or resolved.blocked.get(name, absent)
            reasons = arm_hindered(given, layer, name, arm, training)
            held = hindered(given, unaskable_step(layer, name), reasons)
            if held is not None:
                steps.append(held)
            if held is not None or isinstance(arm, str):
                continue
            keyed = keyed_asks(given, layer, arm, rendered)
            for replicate in arm.replicates:
                step = ask_step(given, layer, arm, replicate, keyed)
                asks[step.id] = keyed
                if isinstance(replicate.subject, Endpoint):
                    who, engine = replicate.subject.digest, engine_of(spec, name)
                    steps.append(endpoint_status(given, step, who, keyed, engine))
                    continue
                weights = weights_of(
                    replicate.subject,
                    given.base_digests,
                    logs,
                    is_full=isinstance(spec.adapter, Full),
                )
                steps.append(ask_status(given, step, keyed, weights=weights, training=training))
    steps = list(_asked_once(steps))
    layers: Mapping[str, Layer] = {layer.name: layer for layer in spec.evaluation.layers}
    if all(one.status == "reused" for one in trainings if one.step.kind is StepKind.TRAIN):
        # What is trained already is not looked at again, whatever the versions of today say.
        kept = (as_it_was(given, one) if one.status == "will_run" else one for one in trainings)
        trainings = tuple(one for one in kept if one is not None)
    steps = [*trainings, *with_preflight(given, steps, asks)]
    failed = failed_before(given, steps)
    stopped = next((s.step.id for s in steps if s.step.id in failed and stops_all(s.step)), None)
    steps = [_held_up(planned, failed, stopped) for planned in steps]
    above = (*steps,)
    steps += [
        _held_up(
            judge_step(given, layer, above, asks, logs)
            if isinstance(layer, Judge)
            else rate_step(given, layer, above, asks, logs),
            failed,
            stopped,
        )
        for layer in spec.evaluation.layers
        if isinstance(layer, Judge | Human)
    ]
    return Plan(
        name=spec.name,
        steps=with_loading(steps, given.history),
        arms=resolved.arms,
        blocked_arms=resolved.blocked,
        asks=asks,
        power=power_line(spec, layers, given.found, given.history, expected=given.expected_rows),
        registration=given.history.registration,
        declared_subject=declared_subject(spec, given.inputs, seeds),
    )


def _asked_once(steps: Sequence[PlannedStep]) -> Iterator[PlannedStep]:
    """The steps, where layers that read the same answers count their items and time once."""
    first: dict[str, str] = {}
    for planned in steps:
        other = first.setdefault(planned.step.key, planned.step.id)
        if other == planned.step.id or planned.status != "will_run":
            yield planned
        else:
            yield planned.model_copy(
                update={
                    "reason": f"reads the answers of {other}",
                    "missing": 0,
                    "new_tokens": None,
                    "seconds": 0.0,
                }
            )


def _held_up(planned: PlannedStep, failed: Mapping[str, str], stopped: str | None) -> PlannedStep:
    reason = held_up(planned.step, failed, stopped=stopped)
    if reason is None or planned.status != "will_run":
        return planned
    return planned.model_copy(update={"status": "blocked", "reason": reason})


def declared_subject(spec: Spec, inputs: Inputs, train_keys: Mapping[int, str]) -> str | None:
    """What a declaration is about: the primary's data and the trained weights, not the spec's name.

    None when nothing was declared, or the primary's data cannot be read here.
    """
    primary = spec.evaluation.primary
    if primary is None:
        return None
    layer = next(one for one in spec.evaluation.layers if one.name == primary.layer)
    corpora = [inputs.corpora.get(name) for name in datasets_of(spec, layer)]
    digests: list[Json] = [c.digest for c in corpora if isinstance(c, Corpus)]
    if len(digests) < len(corpora):
        return None
    return digest_of("declared", digests, _tuned(spec, inputs, train_keys))


def _tuned(spec: Spec, inputs: Inputs, train_keys: Mapping[int, str]) -> list[Json]:
    """What decides the weights of base and tuned; arms beside them may come and go."""
    own = spec.arms.get("tuned")
    models = [spec.base_model.path, *([own.model] if own is not None and own.model else [])]
    adapters = [spec.adapter, own.adapter if own is not None else None]
    return [
        *(
            m.digest if isinstance(m := inputs.models[path], LocatedModel) else path
            for path in models
        ),
        *(inputs.adapters.get(a.path, a.path) for a in adapters if isinstance(a, Existing)),
        *sorted(train_keys.values()),
    ]
