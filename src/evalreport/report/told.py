"""How others measured, as far as they said: the facts of a recorded layer, in words."""

from collections.abc import Iterator
from typing import Final

from evalreport.layers.recorded import Recorded
from evalreport.layers.recorded_method import Method, PerArm
from evalreport.layers.recorded_rows import ArmFigure
from evalreport.numbers import count_text, fraction_text
from evalreport.report.model import LayerFacts

_NOT_STATED: Final = "not stated"
_OVER: Final = {
    "all": "all of them",
    "common": "those that every arm got into shape",
    "own": "each arm's own that could be read",
    "parsed": "those that could be read",
    "unknown": _NOT_STATED,
}
_ORDERS: Final = {
    "both": "each pair in both",
    "fixed": "one for all pairs",
    "random": "one for each pair, at random",
    "unknown": _NOT_STATED,
}


def told_facts(layer: Recorded) -> LayerFacts:
    """What a recorded layer holds, and how its numbers came about."""
    return LayerFacts(
        name=layer.name,
        kind=layer.kind,
        what=layer.title or "Numbers that others published",
        dataset="",
        n=0,
        decoding=dict(_facts(layer)),
        scorer=", ".join(layer.metric_names()),
    )


def _facts(layer: Recorded) -> Iterator[tuple[str, str]]:
    method = layer.method
    yield "Published in", layer.source or _NOT_STATED
    yield "Items", _items(layer)
    tokens = {
        arm: one.tokens
        for row in layer.rows
        for arm, one in row.given.items()
        if isinstance(one, ArmFigure) and one.tokens is not None
    }
    if tokens:
        yield "Tokens", ", ".join(f"{count_text(k)} of {arm}" for arm, k in tokens.items())
    yield "Scored over", _OVER[layer.subset]
    if layer.parsed:
        shares = (f"{fraction_text(part)} of {arm}" for arm, part in layer.parsed.items())
        yield "Could be read", ", ".join(shares)
    if method.items_from is not None:
        yield "Items from", method.items_from
    if method.held_out is not None:
        yield "Held out of training", "yes, as they say" if method.held_out else "no"
    judging = layer.judging()
    if judging is not None:
        yield from _judged(method, compares=judging.compares)
    yield from _made(method)


def _items(layer: Recorded) -> str:
    if layer.n != "unknown":
        return count_text(layer.n)
    if layer.counts is not None:
        return f"{count_text(sum(layer.counts.values()))}, by its counts"
    figures = [one for row in (*layer.rows, *layer.headline) for one in row.given.values()]
    with_n = any(isinstance(one, ArmFigure) and one.n is not None for one in figures)
    is_told = with_n or any(isinstance(row.n, int) for row in layer.rows)
    return "stated with each number" if is_told else _NOT_STATED


def _judged(method: Method, *, compares: bool) -> Iterator[tuple[str, str]]:
    yield "Judge", method.judge or _NOT_STATED
    if compares:
        slot = f", tuned in slot {method.slot}" if method.slot else ""
        yield "Order of the two answers", f"{_ORDERS[method.orders]}{slot}"
        calls = method.per_call
        yield "Comparisons a call", _NOT_STATED if calls is None else count_text(calls)
    if method.confidence:
        levels = (f"{count_text(k)} {level}" for level, k in method.confidence.items())
        yield "Confidence that the judge stated", ", ".join(levels)
    human = method.human_labels
    yield "Labels by people", _NOT_STATED if human is None else count_text(human.n)
    if method.rubric is not None:
        yield "Rubric", _per_arm(method.rubric)
    if method.reference_shown is not None:
        yield "Reference shown to the judge", "yes" if method.reference_shown else "no"


def _made(method: Method) -> Iterator[tuple[str, str]]:
    """What is told of weights, answers and references; silence about these is told by rules."""
    for name, told in (
        ("Precision", method.precision),
        ("Decoding", method.decoding),
        ("Scored by", method.harness),
    ):
        if told:
            yield name, _per_arm(told)
    if method.shots != {}:
        shots = method.shots
        by_arm = {"": shots} if isinstance(shots, int) else shots
        yield "Worked examples", _per_arm({arm: count_text(k) for arm, k in by_arm.items()})
    if method.checkpoint_chosen_on is not None:
        yield "Checkpoint chosen on", method.checkpoint_chosen_on
    if method.checkpoints_tried is not None:
        yield "Checkpoints tried", count_text(method.checkpoints_tried)
    if method.labels_made_by is not None:
        yield "References made by", method.labels_made_by
    if method.generator_of_training_data is not None:
        yield "Training data written by", method.generator_of_training_data


def _per_arm(told: PerArm) -> str:
    if isinstance(told, str):
        return told
    return "; ".join(f"{arm}: {text}" if arm else text for arm, text in told.items())
