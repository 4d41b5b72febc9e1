"""Exports: how often what ships says the same as the adapter that was evaluated."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from evalreport.analyze.findings import Measurement
from evalreport.analyze.order import IntArray, canonical_order
from evalreport.analyze.tables import Table
from evalreport.estimates import Estimate, Estimated, NotEstimable
from evalreport.evidence import Evidence
from evalreport.layers.table import AnyLayer
from evalreport.numbers import count_text
from evalreport.records import ChoiceLogliks, Item, Itemised, Response, Text, TokenLoss
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


@dataclass(frozen=True, slots=True)
class Distances:
    """How far the answers of an export lie from those of tuned, in columns, one entry an item.

    Attributes:
        is_loss: Whether answers were losses, whose distance is in nats a token; else it is 0 or 1.
        is_finished: Whether the export is one finished model, whatever tuned has seeds.
        seeds: The seeds of the export that answered.
        tuned_seeds: Those of tuned.
        values: By seed of tuned, shape (n,); NaN where one of the two has no answer.
    """

    is_loss: bool
    is_finished: bool
    seeds: tuple[int | None, ...]
    tuned_seeds: tuple[int | None, ...]
    values: Mapping[int | None, FloatArray]


def distances_of(layer: AnyLayer, spec: Spec, evidence: Evidence) -> dict[str, Distances]:
    """By export, how far it is from tuned in a layer that asked both."""
    found = {arm: _distances(layer, arm, evidence) for arm in exports(spec)}
    return {arm: one for arm, one in found.items() if one is not None}


def _distances(layer: AnyLayer, arm: str, evidence: Evidence) -> Distances | None:
    mine, theirs = (
        [block for block in evidence.of_arm(layer.name, name) if block.responses]
        for name in (arm, _TUNED)
    )
    kinds = {_kind(one) for one in (*mine, *theirs)}
    if not mine or not theirs or len(kinds) != 1 or None in kinds:
        return None
    is_loss = kinds == {TokenLoss}
    is_finished = all(one.seed is None for one in mine)
    own = {one.seed: one for one in mine}
    items = evidence.items[layer.name, "main"]
    apart = _loss_distance if is_loss else _differ
    return Distances(
        is_loss=is_loss,
        is_finished=is_finished,
        seeds=tuple(one.seed for one in mine),
        tuned_seeds=tuple(one.seed for one in theirs),
        values={
            one.seed: _between(mine[0] if is_finished else own[one.seed], one, items, apart)
            for one in theirs
            if is_finished or one.seed in own
        },
    )


def _between(mine: Itemised, theirs: Itemised, items: Sequence[Item], apart: _Apart) -> FloatArray:
    return np.asarray(
        [
            apart(mine.responses[item.id], theirs.responses[item.id])
            if item.id in mine.responses and item.id in theirs.responses
            else np.nan
            for item in items
        ],
        dtype=np.float64,
    )


def agreement(table: Table, arm: str, apart: Distances, *, level: float) -> Measurement | None:
    """How often an export says what tuned says, or how far its losses are from those of tuned.

    Args:
        table: The items.
        arm: The export.
        apart: How far it is from tuned.
        level: Confidence of the interval.
    """
    found = _nearest(apart) if apart.is_finished else _worst(arm, apart)
    if found is None:
        return None
    distances, note = found
    places = np.flatnonzero(~np.isnan(distances))
    lost = table.n - len(places)
    if lost:
        note = "; ".join(filter(None, (note, f"{count_text(lost, 'item')} without both answers")))
    values, clusters = distances[places], table.clusters
    order, numbers = canonical_order(
        values[:, np.newaxis], None if clusters is None else clusters[places]
    )
    values = values[order]
    name = DISTANCE if apart.is_loss else AGREEMENT
    return Measurement(
        id=f"{table.layer.name}.{name}:{arm}",
        layer=table.layer.name,
        name=name,
        arm=arm,
        n=len(values),
        unit="nats/token" if apart.is_loss else "fraction",
        value=_mean(values, numbers, level) if apart.is_loss else _share(values, numbers, level),
        note=note,
    )


def _kind(block: Itemised) -> type[Response] | None:
    """The one kind of answers in a block, when it is one that can be held against another."""
    kinds = {type(answer) for answers in block.responses.values() for answer in answers}
    known = kinds <= {Text, ChoiceLogliks, TokenLoss} and len(kinds) == 1
    return kinds.pop() if known else None


def _worst(arm: str, apart: Distances) -> tuple[FloatArray, str] | None:
    """What was merged here has the seeds of tuned: each seed's answers against its own.

    An item's distance is the greatest over the seeds that both have; None where they share none.
    """
    same = list(apart.values.values())
    if not same:
        return None
    notes = [f"the worst of {len(same)} seeds"] if len(same) > 1 else []
    pairs = ((_TUNED, apart.tuned_seeds, apart.seeds), (arm, apart.seeds, apart.tuned_seeds))
    for name, seeds, others in pairs:
        gone = sorted({seed or 0 for seed in others} - {seed or 0 for seed in seeds})
        if gone:
            listed = ", ".join(map(str, gone))
            notes.append(f"{name} has no answers of seed{'s' if len(gone) > 1 else ''} {listed}")
    worst: FloatArray = np.maximum.reduce(same)  # NaN where any seed has none
    return worst, "; ".join(notes)


def _nearest(apart: Distances) -> tuple[FloatArray, str]:
    """A finished model was made of one seed, and nothing says which: against the nearest."""

    def mean(seed: int | None) -> float:
        known = apart.values[seed][~np.isnan(apart.values[seed])].tolist()
        return float(sum(known)) / max(len(known), 1)

    seed = min(apart.values, key=mean)
    several = f"seed {seed}, the nearest of {len(apart.values)}" if len(apart.values) > 1 else ""
    return apart.values[seed], several


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
