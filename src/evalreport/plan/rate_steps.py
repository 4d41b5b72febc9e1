"""Rating steps: what people would compare, whether their files are there, and what to do if not."""

from collections.abc import Mapping, Sequence
from typing import Final

from evalreport.layers.base import choose
from evalreport.layers.generation import Generation
from evalreport.layers.human import Human
from evalreport.layers.human.tasks import known_comparisons
from evalreport.numbers import count_text
from evalreport.plan.judged_answers import stored_answers
from evalreport.plan.model import Given, KeyedAsk, PlannedStep
from evalreport.records import Item, Step, StepKind, TrainingLog, step_key
from evalreport.spec.asked import datasets_of, judged_pairs
from evalreport.spec.models import Spec
from evalreport.values import Json

HOW: Final = "`evalreport rate SPEC` writes the pages, and `ratings:` takes what comes back"


def rated_items(given: Given, layer: Human, on: Generation) -> tuple[Item, ...]:
    """The items whose answers people compare, in file order.

    Args:
        given: With the datasets.
        layer: How to rate.
        on: The layer whose answers are rated.
    """
    if any(name not in given.found for name in on.datasets()):
        return ()
    ((_, items),) = on.items(given.found)
    return choose(items, layer.subset)


def rate_step(
    given: Given,
    layer: Human,
    steps: Sequence[PlannedStep],
    asks: Mapping[str, tuple[KeyedAsk, ...]],
    logs: Mapping[str, TrainingLog],
) -> PlannedStep:
    """The step in which people compare what the arms of a layer answered.

    Args:
        given: What the plan is made from.
        layer: How to rate.
        steps: All that was planned before it.
        asks: The requests of steps that ask.
        logs: Of finished trainings, by step key.
    """
    on = rated_layer(given.spec, layer)
    answering = [one for one in steps if one.step.layer == on.name and one.step.arm in layer.arms]
    blocked = {one.step.arm: one.reason for one in answering if one.status == "blocked"}
    wanted = judged_pairs(given.spec, layer)
    there = {one.step.arm for one in answering} - blocked.keys()
    pairs = tuple(pair for pair in wanted if {*pair} <= there)
    needed = {arm for pair in pairs for arm in pair}
    above = [one for one in answering if one.step.arm in needed and one.status != "blocked"]
    items = rated_items(given, layer, on)
    answers = stored_answers(given, on, pairs, above, asks, logs) if items and above else None
    known = known_comparisons(layer, items, answers) if answers is not None else None
    most = len(items) * len(pairs)
    step = _step(given, layer, on, above, most if known is None else len(known))
    if not pairs:
        why = _impossible(wanted, blocked)
        return PlannedStep(step=step, status="blocked", reason=why)
    waiting = [one for one in above if one.status == "waits"]
    if waiting:
        return PlannedStep(step=step, status="waits", reason=waiting[0].reason)
    files = count_text(len(layer.ratings or ()), "file")
    if known is None:
        after = ", ".join(one.step.id for one in above if one.status != "reused")
        if layer.ratings:
            reason = f"after {after}; {files} of ratings will be read"
            return PlannedStep(step=step, status="will_run", reason=reason, seconds=0.0)
        return PlannedStep(step=step, status="waits_for_people", reason=f"after {after}: {HOW}")
    if not known:
        reason = "all answers are the same: there is nothing to compare"
        return PlannedStep(step=step, status="reused", reason=reason)
    if layer.ratings:
        return PlannedStep(step=step, status="reused", reason=f"{files} of ratings will be read")
    to_do = f"{count_text(len(known), 'comparison')}: {HOW}"
    return PlannedStep(step=step, status="waits_for_people", reason=to_do, missing=len(known))


def _impossible(pairs: Sequence[tuple[str, str]], blocked: Mapping[str | None, str]) -> str:
    """Why there is nothing that people could compare."""
    if not pairs:
        return "no two of its arms are compared"
    lost = dict.fromkeys(arm for pair in pairs for arm in pair if arm in blocked)
    return "; ".join(f"{arm}: {blocked[arm]}" for arm in lost) or "there are no answers to rate"


def rated_layer(spec: Spec, layer: Human) -> Generation:
    """The generation layer whose answers are rated; `check` has seen to it that it is one."""
    on = next(one for one in spec.evaluation.layers if one.name == layer.on)
    if not isinstance(on, Generation):
        raise ValueError(f"{layer.on} gives no text")  # noqa: TRY004 (a spec was not checked)
    return on


def _step(
    given: Given, layer: Human, on: Generation, above: Sequence[PlannedStep], comparisons: int
) -> Step:
    reads: dict[str, Json] = {f"human.{name}": value for name, value in layer.reads().items()}
    reads["human.strip"] = on.strip
    reads["human.pairs_of_arms"] = [[*pair] for pair in judged_pairs(given.spec, layer)]
    inputs = {
        name: given.found[name].digest
        for name in datasets_of(given.spec, layer)
        if name in given.found
    } | given.extra_inputs
    if layer.name in given.inputs.ratings:
        inputs["ratings"] = given.inputs.ratings[layer.name]
    return Step(
        id=f"rate {layer.name}",
        kind=StepKind.RATE,
        revision=layer.revision,
        reads=reads,
        inputs=inputs,
        needs=tuple(one.step.id for one in above),
        key=step_key(
            StepKind.RATE,
            layer.revision,
            reads,
            inputs,
            tuple(one.step.key for one in above),
        ),
        layer=layer.name,
        items=comparisons,
    )
