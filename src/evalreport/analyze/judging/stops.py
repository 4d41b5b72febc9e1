"""Stops: why a sequential plan ended where it did, and what was not paid for it."""

from evalreport.analyze.anytime import stopped_text
from evalreport.analyze.judging.model import Stop
from evalreport.engines.api.endpoint import EndpointOptions
from evalreport.estimates import NotEstimable
from evalreport.layers.judge import Judge
from evalreport.layers.judge.collapse import ItemVerdict, verdicts_of
from evalreport.layers.judge.stopping import standing_of
from evalreport.numbers import count_text
from evalreport.plan.endpoint_steps import amount_of
from evalreport.records import JudgedLayer, JudgePart, JudgeUse, SequentialPlan


def stop_of(layer: Judge, judged: JudgedLayer) -> Stop | None:
    """Where judging of a layer stopped; None where no sequential plan was declared.

    Args:
        layer: How it was judged.
        judged: What was said, up to where it stopped.
    """
    plan = judged.sequential
    if plan is None:
        return None
    seed = next(iter(judged.seeds.get(plan.pair, (None,))), None)
    verdicts = list(verdicts_of(judged, plan.pair, seed).values())
    standing = standing_of(plan, verdicts)
    signs = [one.sign for one in verdicts if isinstance(one, ItemVerdict)]
    saved = _calls_saved(layer, judged, plan) if judged.stopped else 0  # else it goes on
    bare = Stop(
        layer=layer.name,
        arms=plan.pair,
        decision=judged.stopped,
        items=len(judged.items),
        planned=plan.planned,
        cap=plan.cap,
        looks=len(judged.looks),
        wins=signs.count(1),
        losses=signs.count(-1),
        ties=len(signs) - signs.count(1) - signs.count(-1),
        e_value=standing.e_value,
        win_rate=standing.win_rate,
        wanted=plan.win_rate,
        calls_saved=saved,
        amount_saved=_amount_saved(layer, judged.uses, saved),
        sentence="",
    )
    saved_calls = f" {count_text(saved, 'call')} were not made." if saved else ""
    counts = (bare.wins, bare.losses, len(judged.items) - bare.wins - bare.losses)
    without = len(verdicts) - len(signs)
    sentence = f"{stopped_text(plan, layer.name, counts, without=without)}{saved_calls}"
    return bare.model_copy(update={"sentence": sentence})


def _calls_saved(layer: Judge, judged: JudgedLayer, plan: SequentialPlan) -> int:
    """Of the comparisons that matter; those of the checks were made on the first items."""
    main = sum(one.part is JudgePart.MAIN for one in judged.comparisons)
    items = len(judged.items)
    if items == 0:
        return 0
    each = main / items / len(layer.judges)
    return round(each * (plan.planned - items)) * len(layer.judges)


def _amount_saved(layer: Judge, uses: tuple[JudgeUse, ...], calls: int) -> float | NotEstimable:
    by_name: dict[str, EndpointOptions] = {judge.called: judge for judge in layer.judges}
    total = 0.0
    for use in uses:
        if use.calls == 0:
            return NotEstimable(not_estimable="a judge gave no answer")
        cost = amount_of(by_name[use.judge], use.prompt_tokens, use.tokens)
        if isinstance(cost, NotEstimable):
            return cost
        total += cost / use.calls * calls / len(uses)
    return total
