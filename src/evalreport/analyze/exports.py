"""Exports: how often what ships says the same as the adapter that was evaluated."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeAlias

import numpy as np

from evalreport.analyze.findings import Measurement
from evalreport.analyze.order import IntArray, canonical_order
from evalreport.analyze.tables import clusters_of
from evalreport.estimates import Estimate, Estimated, NotEstimable
from evalreport.evidence import Evidence
from evalreport.layers import AnyLayer
from evalreport.numbers import count_text
from evalreport.records import ChoiceLogliks, Itemised, Response, Text, TokenLoss
from evalreport.spec.asked import exports
from evalreport.spec.models import Spec
from evalreport.stats.arguments import FloatArray
from evalreport.stats.clusters import cluster_mean
from evalreport.stats.paired_mean import mean_interval
from evalreport.stats.proportions import clopper_pearson

AGREEMENT: Final = "agreement_with_tuned"
DISTANCE: Final = "distance_from_tuned"
_TUNED: Final = "tuned"

# How far apart two arms' answers to an item are: 0 or 1, or nats a token.
_Apart: TypeAlias = Callable[[Sequence[Response], Sequence[Response]], float]
_Distances: TypeAlias = dict[str, float]


def agreements(spec: Spec, evidence: Evidence, *, level: float) -> tuple[Measurement, ...]:
    """One measurement for each export and layer that asked both it and tuned.

    Args:
        spec: Says which arms are exports.
        evidence: What they answered.
        level: Confidence of the intervals.
    """
    return tuple(
        found
        for layer in spec.evaluation.layers
        for arm in exports(spec)
        for found in _agreement(layer, arm, evidence, level)
    )


def _agreement(
    layer: AnyLayer, arm: str, evidence: Evidence, level: float
) -> Iterator[Measurement]:
    mine, theirs = (
        [block for block in evidence.of_arm(layer.name, name) if block.responses]
        for name in (arm, _TUNED)
    )
    kinds = {_kind(one) for one in (*mine, *theirs)}
    if not mine or not theirs or len(kinds) != 1 or None in kinds:
        return
    is_loss = kinds == {TokenLoss}
    apart = _loss_distance if is_loss else _differ
    is_finished = all(one.seed is None for one in mine)
    found = _nearest(mine, theirs, apart) if is_finished else _worst(arm, mine, theirs, apart)
    if found is None:
        return
    distances, note = found
    items = evidence.items[layer.name, "main"]
    lost = len(items) - len(distances)
    if lost:
        note = "; ".join(filter(None, (note, f"{count_text(lost, 'item')} without both answers")))
    places = [place for place, item in enumerate(items) if item.id in distances]
    values = np.asarray([distances[items[place].id] for place in places], dtype=np.float64)
    clusters = clusters_of(items)
    order, numbers = canonical_order(
        values[:, np.newaxis], None if clusters is None else clusters[places]
    )
    values = values[order]
    name = DISTANCE if is_loss else AGREEMENT
    yield Measurement(
        id=f"{layer.name}.{name}:{arm}",
        layer=layer.name,
        name=name,
        arm=arm,
        n=len(values),
        unit="nats/token" if is_loss else "fraction",
        value=_mean(values, numbers, level) if is_loss else _share(values, numbers, level),
        note=note,
    )


def _kind(block: Itemised) -> type[Response] | None:
    """The one kind of answers in a block, when it is one that can be held against another."""
    kinds = {type(answer) for answers in block.responses.values() for answer in answers}
    known = kinds <= {Text, ChoiceLogliks, TokenLoss} and len(kinds) == 1
    return kinds.pop() if known else None


def _worst(
    arm: str, mine: Sequence[Itemised], theirs: Sequence[Itemised], apart: _Apart
) -> tuple[_Distances, str] | None:
    """What was merged here has the seeds of tuned: each seed's answers against its own.

    An item's distance is the greatest over the seeds that both have; None where they share none.
    """
    by_seed = {one.seed: one for one in theirs}
    same = [_between(one, by_seed[one.seed], apart) for one in mine if one.seed in by_seed]
    if not same:
        return None
    shared = [item for item in same[0] if all(item in one for one in same)]
    notes = [f"the worst of {len(same)} seeds"] if len(same) > 1 else []
    for name, blocks, others in ((_TUNED, theirs, mine), (arm, mine, theirs)):
        gone = sorted({one.seed or 0 for one in others} - {one.seed or 0 for one in blocks})
        if gone:
            seeds = ", ".join(map(str, gone))
            notes.append(f"{name} has no answers of seed{'s' if len(gone) > 1 else ''} {seeds}")
    return {item: max(one[item] for one in same) for item in shared}, "; ".join(notes)


def _nearest(
    mine: Sequence[Itemised], theirs: Sequence[Itemised], apart: _Apart
) -> tuple[_Distances, str]:
    """A finished model was made of one seed, and nothing says which: against the nearest."""
    each = {one.seed: _between(mine[0], one, apart) for one in theirs}
    seed = min(each, key=lambda name: sum(each[name].values()) / max(len(each[name]), 1))
    return each[seed], f"seed {seed}, the nearest of {len(each)}" if len(each) > 1 else ""


def _between(mine: Itemised, theirs: Itemised, apart: _Apart) -> _Distances:
    return {
        item: apart(answers, theirs.responses[item])
        for item, answers in mine.responses.items()
        if item in theirs.responses
    }


def _differ(mine: Sequence[Response], theirs: Sequence[Response]) -> float:
    return float([*map(_said, mine)] != [*map(_said, theirs)])


def _said(response: Response) -> str | int | None:
    """What was said: the text, or which choice was likeliest."""
    match response:
        case Text():
            return response.text
        case ChoiceLogliks():
            return max(range(len(response.logliks)), key=response.logliks.__getitem__)
        case _:
            return None


def _loss_distance(mine: Sequence[Response], theirs: Sequence[Response]) -> float:
    one, other = mine[0], theirs[0]
    if not isinstance(one, TokenLoss) or not isinstance(other, TokenLoss):
        raise TypeError("a loss is held against a loss")
    return abs(one.nats / one.tokens - other.nats / other.tokens)


def _share(distances: FloatArray, clusters: IntArray | None, level: float) -> Estimated:
    """The share of items that are no distance apart."""
    same = (distances == 0).astype(np.float64)
    if clusters is None:
        return clopper_pearson(int(same.sum()), len(same), level=level)
    return cluster_mean(same, clusters, level=level, bounds=(0.0, 1.0))


def _mean(distances: FloatArray, clusters: IntArray | None, level: float) -> Estimated:
    """The mean over items; a distance is never below nothing."""
    if not len(distances):
        return NotEstimable(not_estimable="no item was answered by both")
    found = (
        mean_interval(distances, level=level)
        if clusters is None
        else cluster_mean(distances, clusters, level=level)
    )
    if isinstance(found, Estimate) and found.low < 0:
        return found.model_copy(update={"low": 0.0})
    return found
