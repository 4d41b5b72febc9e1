"""Judging steps: what each judge would be asked, what of it is paid for, and what the rest costs.

Before the arms have answered, calls are counted from items; tokens and money are then upper
bounds. Afterwards everything is known but what the judges will write.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Final

from evalreport.engines.api.endpoint import EndpointOptions
from evalreport.estimates import NotEstimable
from evalreport.layers.answers import Answers, alike_of
from evalreport.layers.base import choose
from evalreport.layers.generation import Generation
from evalreport.layers.judge import Judge, JudgeModel
from evalreport.layers.judge.pairs import units_of
from evalreport.layers.judge.progress import progress_of, up_to_cap
from evalreport.layers.judge.prompts import identity
from evalreport.layers.judge.puts import JudgeCall, Unit
from evalreport.layers.judge.stopping import BATCH, ON_WINS
from evalreport.layers.transcripts import reference_text
from evalreport.numbers import count_text
from evalreport.plan.endpoint_steps import (
    CHARACTERS_A_TOKEN,
    amount_of,
    key_missing,
    wall_seconds,
)
from evalreport.plan.judged_answers import stored_answers
from evalreport.plan.model import CallsCost, Given, KeyedAsk, PlannedStep
from evalreport.plan.reasons import step_reads, why
from evalreport.records import (
    Compare,
    Item,
    SequentialPlan,
    Step,
    StepKind,
    TrainingLog,
    step_key,
)
from evalreport.spec.asked import datasets_of, judged_pairs
from evalreport.spec.models import Spec
from evalreport.stats.power_sequential import pairs_to_find
from evalreport.values import Json

DECISIVE_PAIRS: Final = 0.9  # one judged pair in ten is a tie; with more ties, fewer pairs do
_SUREST: Final = 0.98  # net win among decisive pairs beyond which no rule needs to look
_WRAPPING_CHARACTERS: Final = 2_000  # rules, labels and fences around what is judged


def put_to_judges(
    layer: Judge, items: Sequence[Item], answers: Answers, plan: SequentialPlan | None
) -> tuple[Unit, ...]:
    """Everything that each judge may be asked, in order.

    Args:
        layer: How it is judged.
        items: What was answered.
        answers: By the arms.
        plan: When to stop; None where all is judged.
    """
    return up_to_cap(units_of(layer, items, answers, size=None if plan is None else BATCH), plan)


def judged_items(given: Given, layer: Judge, on: Generation) -> tuple[Item, ...]:
    """The items whose answers a layer has judged, in file order."""
    if any(name not in given.found for name in on.datasets()):
        return ()
    ((_, items),) = on.items(given.found)
    return choose(items, layer.subset)


def sequential_plan(spec: Spec, layer: Judge, n: int) -> SequentialPlan | None:
    """When judging of a layer stops early; None where that was not declared of it.

    Nothing of an earlier build enters it: a rule that changes with what was seen is none.

    Args:
        spec: With what was declared.
        layer: How to judge.
        n: Items that there are.
    """
    evaluation = spec.evaluation
    primary = evaluation.primary
    if evaluation.stopping != "sequential" or primary is None or primary.layer != layer.name:
        return None
    if primary.gain_at_least is None or not layer.compares or n == 0:
        return None
    # The cap is for as many ties as are expected; what is given up has to hold for any number.
    interest = (1 + min(primary.gain_at_least, _SUREST)) / 2
    found = pairs_to_find(
        (1 + min(primary.gain_at_least / DECISIVE_PAIRS, _SUREST)) / 2,
        power=evaluation.power,
        interest=interest,
        alpha=evaluation.alpha * ON_WINS,
        step=round(BATCH * DECISIVE_PAIRS),
    )
    return SequentialPlan(
        pair=("tuned", "base"),
        win_rate=interest,
        decisive=DECISIVE_PAIRS,
        alpha=evaluation.alpha,
        cap=n if isinstance(found, NotEstimable) else min(n, math.ceil(found / DECISIVE_PAIRS)),
        planned=n,
    )


def judge_step(
    given: Given,
    layer: Judge,
    steps: Sequence[PlannedStep],
    asks: Mapping[str, tuple[KeyedAsk, ...]],
    logs: Mapping[str, TrainingLog],
) -> PlannedStep:
    """The step in which all judges of a layer judge what its arms answered.

    Args:
        given: What the plan is made from.
        layer: How to judge.
        steps: All that was planned before it.
        asks: The requests of steps that ask.
        logs: Of finished trainings, by step key.
    """
    on = _answered_layer(given.spec, layer)
    above = [one for one in steps if one.step.layer == on.name and one.step.arm in layer.arms]
    pairs, reason = _possible(judged_pairs(given.spec, layer), layer, above)
    needed = {arm for pair in pairs for arm in pair} if layer.compares else {*layer.arms}
    above = [one for one in above if one.step.arm in needed and one.status != "blocked"]
    items = judged_items(given, layer, on)
    answers = stored_answers(given, on, pairs, above, asks, logs) if items and above else None
    plan = sequential_plan(given.spec, layer, len(items))
    progress = None
    if answers is not None:
        index, alike = given.index, alike_of(items, answers)
        units = put_to_judges(layer, items, answers, plan)
        progress = progress_of(
            layer, units, plan, alike, index.responses, index.answered, index.failures
        )
    runs = _runs(pairs, above) if layer.compares else len(above)
    most = len(items) if plan is None else plan.cap
    total = (
        len({identity(call.request) for unit in progress.units for call in unit.calls})
        if progress is not None
        else _expected_calls(layer, most, runs)
    )
    step = _step(given, layer, on, above, total)
    if not above or (layer.compares and not pairs):
        waits = any(one.status == "waits" for one in steps if one.step.layer == on.name)
        if waits and not reason:
            return PlannedStep(step=step, status="waits", reason="after the answers")
        return PlannedStep(
            step=step, status="blocked", reason=reason or "there are no answers to judge"
        )
    waiting = [one for one in above if one.status == "waits"]
    if waiting:
        return PlannedStep(step=step, status="waits", reason=waiting[0].reason)
    if progress is not None and not progress.is_open:
        return PlannedStep(step=step, status="reused")
    missing: Mapping[str, tuple[JudgeCall, ...] | None] = (
        progress.left if progress is not None else {one.called: None for one in layer.judges}
    )
    without = [held for judge in layer.judges if (held := key_missing(given, judge))]
    if without:
        return PlannedStep(step=step, status="blocked", reason=without[0])
    left = {name: total if keys is None else len(keys) for name, keys in missing.items()}
    costs = tuple(
        _cost(given, layer, on, judge, items, left[judge.called], missing[judge.called])
        for judge in layer.judges
    )
    times = [one.seconds for one in costs]
    return PlannedStep(
        step=step,
        status="will_run",
        reason=why(
            step_reads(step.reads, step.inputs),
            given.index.last_reads(given.spec.name, step.id),
            missing=sum(left.values()),
            items=step.items,
            what="judgment",
            upstream=tuple(one.step.id for one in above if one.status == "will_run"),
        )
        + _may_stop(plan),
        missing=sum(left.values()),
        seconds=sum(t for t in times if t is not None) if None not in times else None,
        calls=costs,
    )


def _may_stop(plan: SequentialPlan | None) -> str:
    """That judging may stop before all is asked, and where at the latest."""
    if plan is None:
        return ""
    return (
        f"; stops as soon as it is clear, after {count_text(plan.cap)} of "
        f"{count_text(plan.planned, 'item')} at the latest"
    )


def _answered_layer(spec: Spec, layer: Judge) -> Generation:
    """The generation layer whose answers are judged; `check` has seen to it that it is one."""
    on = next(one for one in spec.evaluation.layers if one.name == layer.on)
    if not isinstance(on, Generation):
        raise ValueError(f"{layer.on} gives no text")  # noqa: TRY004 (a spec was not checked)
    return on


def _possible(
    pairs: tuple[tuple[str, str], ...], layer: Judge, above: Sequence[PlannedStep]
) -> tuple[tuple[tuple[str, str], ...], str]:
    """The pairs of which both arms can answer, and why the others cannot."""
    blocked = {one.step.arm or "": one.reason for one in above if one.status == "blocked"}
    planned = {one.step.arm for one in above}
    possible = tuple(
        pair for pair in pairs if all(arm in planned and arm not in blocked for arm in pair)
    )
    if not pairs and layer.compares:
        return (), "no two of its arms are compared"
    missing = dict.fromkeys(arm for pair in pairs for arm in pair if arm in blocked)
    return possible, "; ".join(f"{arm}: {blocked[arm]}" for arm in missing)


def _runs(pairs: Sequence[tuple[str, str]], above: Sequence[PlannedStep]) -> int:
    """How many pairs of answers there are an item: a pair counts once for each training seed."""
    seeds: dict[str, int] = {}
    for one in above:
        seeds[one.step.arm or ""] = seeds.get(one.step.arm or "", 0) + 1
    return sum(max(seeds.get(arm, 0) for arm in pair) for pair in pairs)


def _expected_calls(layer: Judge, n: int, runs: int) -> int:
    """Calls of each judge before the answers are known; equal answers would need none."""
    wordings = len(layer.rubric_variants) * min(layer.variant_items, n)
    if not layer.compares:
        beside = min(layer.repeats, n) + min(layer.canaries, n) + wordings * runs
        return n * runs + beside
    orders = 2 if layer.orders == "both" else 1
    per = layer.comparisons_per_call
    counts = (
        n * runs,
        *([n * runs] if orders > 1 else []),
        *(min(some, n) for some in (layer.repeats, layer.controls, layer.canaries)),
    )
    shared = sum(-(-count // per) for count in counts)
    return shared + -(-wordings * orders // per)


def _step(
    given: Given, layer: Judge, on: Generation, above: Sequence[PlannedStep], calls: int
) -> Step:
    reads: dict[str, Json] = {f"judge.{name}": value for name, value in layer.reads().items()}
    reads["judge.strip"] = on.strip
    reads["judge.pairs_of_arms"] = [[*pair] for pair in judged_pairs(given.spec, layer)]
    if given.spec.evaluation.stopping == "sequential":
        reads["evaluation.stopping"] = "sequential"
    found = given.found
    inputs = {
        name: found[name].digest for name in datasets_of(given.spec, layer) if name in found
    } | given.extra_inputs
    needs = tuple(one.step.id for one in above)
    keys = tuple(one.step.key for one in above)
    return Step(
        id=f"judge {layer.name}",
        kind=StepKind.JUDGE,
        revision=layer.revision,
        reads=reads,
        inputs=inputs,
        needs=needs,
        key=step_key(StepKind.JUDGE, layer.revision, reads, inputs, keys),
        layer=layer.name,
        items=calls * len(layer.judges),
    )


# What it costs


def tokens_name(judge: EndpointOptions, layer: str, which: str) -> str:
    """Under which name a judge's tokens a call are remembered: `sent` or `written`."""
    return f"judge tokens {which} {layer} {judge.digest}"


def call_name(judge: EndpointOptions, layer: str) -> str:
    """Under which name the seconds of one call are remembered."""
    return f"judge call {layer} {judge.digest}"


def _cost(
    given: Given,
    layer: Judge,
    on: Generation,
    judge: JudgeModel,
    items: Sequence[Item],
    calls: int,
    left: Sequence[JudgeCall] | None,
) -> CallsCost:
    """What the calls that are left come to, by earlier calls where there were some."""
    pace = given.history.pace
    written = pace.get(tokens_name(judge, layer.name, "written"))
    sent = pace.get(tokens_name(judge, layer.name, "sent"))
    prompt_tokens = round(
        calls * sent if sent is not None else _sent_at_most(layer, on, items, calls, left)
    )
    tokens = round(calls * (written if written is not None else judge.max_tokens))
    seconds = pace.get(call_name(judge, layer.name))
    return CallsCost(
        name=judge.called,
        calls=calls,
        prompt_tokens=prompt_tokens,
        tokens=tokens,
        is_measured=sent is not None and written is not None,
        amount=amount_of(judge, prompt_tokens, tokens),
        seconds=wall_seconds(judge, calls, prompt_tokens + tokens, seconds),
    )


def _sent_at_most(
    layer: Judge,
    on: Generation,
    items: Sequence[Item],
    calls: int,
    left: Sequence[JudgeCall] | None,
) -> float:
    """Prompt tokens of all calls: of what is sent where that is known, else with full answers."""
    if left is not None:
        return sum(_characters(call) for call in left) / CHARACTERS_A_TOKEN
    texts = 2 if layer.compares else 1
    answer = texts * on.decoding.max_new_tokens * CHARACTERS_A_TOKEN
    shown = [
        len(str(item.prompt))
        + len(reference_text(item) or "")
        + (texts + 1) * sum(map(len, item.then))  # an answer says again what the user said
        + (len(item.then) + 1) * answer
        for item in items
    ] or [answer]
    each = sum(shown) / len(shown)
    per_call = layer.comparisons_per_call * each + _WRAPPING_CHARACTERS + len(layer.wordings[0])
    return calls * per_call / CHARACTERS_A_TOKEN


def _characters(call: JudgeCall) -> int:
    request = call.request
    own = _WRAPPING_CHARACTERS + len(request.instructions) + len(request.system or "")
    if isinstance(request, Compare):
        return own + sum(
            len(str(one.prompt))
            + sum(map(len, one.then))
            + len(one.first)
            + len(one.second)
            + len(one.reference or "")
            for one in request.shown
        )
    own += len(str(request.prompt)) + sum(map(len, request.then))
    return own + len(request.answer) + len(request.reference or "")
