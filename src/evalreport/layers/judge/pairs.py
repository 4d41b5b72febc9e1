"""Everything that is put to judges, blind and in a fixed order: pairs, ratings, and the checks.

Of each pair the answers of both arms to one item. Texts that are the same tie without being asked.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence

from evalreport.layers.answers import Answers, is_same, two_of
from evalreport.layers.blind import shuffled
from evalreport.layers.judge.checks import checks_of
from evalreport.layers.judge.options import Judge
from evalreport.layers.judge.puts import JudgeCall, Put, Unit, put_of, shown_of, swapped
from evalreport.records import Compare, Item, JudgePart, Rate, Scaled


def judge_order(layer: Judge, items: Iterable[Item]) -> tuple[str, ...]:
    """The order in which items are judged."""
    return shuffled(layer.seed, (item.id for item in items))


def units_of(
    layer: Judge, items: Sequence[Item], answers: Answers, *, size: int | None = None
) -> tuple[Unit, ...]:
    """Everything that is put to each judge, in the order in which it is put.

    Args:
        layer: How to judge.
        items: What was answered.
        answers: By the arms.
        size: Items of a unit; all in one when left out.
    """
    by_id = {item.id: item for item in items}
    order = judge_order(layer, items)
    checked = checks_of(layer, order, by_id, answers, soon=size is not None)
    units = []
    step = size or max(1, len(order))
    for part in (order[i : i + step] for i in range(0, len(order), step)):
        chosen = [by_id[name] for name in part]
        main = _rated(layer, chosen, answers) if layer.rubric else _paired(layer, chosen, answers)
        beside = [put for name in part for put in checked.get(name, ())]
        units.append(Unit(part, (*_calls(layer, main), *_calls(layer, beside))))
    return tuple(units)


def _paired(layer: Judge, items: Sequence[Item], answers: Answers) -> list[Put]:
    """Both orders of every pair, or one; all firsts come before all seconds."""
    first = [
        put_of(layer, item, pair, seed, two)
        for pair in answers.pairs
        for seed in answers.runs(pair)
        for item in items
        if (two := two_of(item, pair, seed, answers)) is not None and not is_same(two)
    ]
    return first + [swapped(put) for put in first] if layer.orders == "both" else first


def _rated(layer: Judge, items: Sequence[Item], answers: Answers) -> list[Put]:
    """Every answer of every arm by itself."""
    return [
        Put(JudgePart.MAIN, item.id, (arm, arm), seed, True, shown_of(layer, item, text, ""))
        for arm, seed in answers.texts
        for item in items
        if (text := answers.texts[arm, seed].get(item.id)) is not None
    ]


def _calls(layer: Judge, puts: Sequence[Put]) -> Iterator[JudgeCall]:
    """Puts as requests: one each, or as many comparisons as may share a call.

    Only comparisons of one part, wording, pair and seed share one, and never both orders of a pair.
    The same items share calls throughout, in both orders: so they hang together in groups of the
    size of a call, and not all with all.
    """
    if layer.rubric:
        for put in puts:
            yield JudgeCall(_rate(layer, put), (put,))
        return
    places: dict[tuple[JudgePart, int], dict[str, int]] = {}
    times: Counter[tuple[Hashable, ...]] = Counter()
    shared: dict[tuple[Hashable, ...], list[Put]] = {}
    for put in puts:
        of_part = places.setdefault((put.part, put.variant), {})
        block = of_part.setdefault(put.item, len(of_part)) // layer.comparisons_per_call
        of_pair = (put.part, put.variant, put.pair, put.seed)
        nth = times[*of_pair, put.item]
        times[*of_pair, put.item] += 1
        # A control has one arm twice, and which one differs by item: all of them may share a call.
        kind = of_pair[:2] if put.pair[0] == put.pair[1] else of_pair
        shared.setdefault((*kind, nth, block), []).append(put)
    for together in shared.values():
        yield JudgeCall(_compare(layer, together), tuple(together))


def _compare(layer: Judge, puts: Sequence[Put]) -> Compare:
    return Compare(
        instructions=layer.wordings[puts[0].variant],
        system=layer.system,
        shown=tuple(put.shown for put in puts),
        ties=layer.ties,
        repeat=puts[0].repeat,
    )


def _rate(layer: Judge, put: Put) -> Rate:
    return Rate(
        instructions=layer.wordings[put.variant],
        system=layer.system,
        criteria=tuple(
            Scaled(name=one.name, text=one.text, low=one.scale[0], high=one.scale[1])
            for one in layer.rubric
        ),
        prompt=put.shown.prompt,
        then=put.shown.then,
        answer=put.shown.first,
        reference=put.shown.reference,
        repeat=put.repeat,
    )
