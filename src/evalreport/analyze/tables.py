"""Tables: one layer's scores by arm, every item in its place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evalreport.analyze.order import StrArray
from evalreport.analyze.scores import Scored, score_block
from evalreport.evidence import Evidence
from evalreport.layers import AnyLayer
from evalreport.metrics.base import Column
from evalreport.records import Item
from evalreport.spec.models import Spec


@dataclass(frozen=True, slots=True)
class Table:
    """One layer's scores.

    Attributes:
        layer: Which layer.
        items: Its items, in order.
        clusters: Cluster of each item, when any has one; an item without is a cluster of its own.
        columns: What is scored, in the order of the metrics.
        scores: By arm, for each column, its replicates (one a training seed).
    """

    layer: AnyLayer
    items: tuple[Item, ...]
    clusters: StrArray | None
    columns: tuple[Column, ...]
    scores: Mapping[str, tuple[tuple[Scored, ...], ...]]

    def replicates(self, arm: str, column: int) -> tuple[Scored, ...]:
        """One column of one arm."""
        return self.scores[arm][column]


def score(spec: Spec, evidence: Evidence) -> dict[str, Table]:
    """Score all answers of all layers that ask item by item.

    Raises:
        DataError: Items lack what a declared metric needs.
    """
    return {
        layer.name: score_layer(layer, evidence.items[layer.name, "main"], evidence)
        for layer in spec.evaluation.layers
        if (layer.name, "main") in evidence.items
    }


def score_layer(layer: AnyLayer, items: tuple[Item, ...], evidence: Evidence) -> Table:
    """Score everything that any arm answered to a layer.

    Raises:
        DataError: Items lack what a metric needs.
    """
    scorers = layer.scorers(items)
    scores: dict[str, tuple[tuple[Scored, ...], ...]] = {}
    for arm in layer.arms:
        by_seed: list[Sequence[Scored]] = [
            [one for scorer in scorers for one in score_block(scorer, items, block)]
            for block in evidence.of_arm(layer.name, arm)
        ]
        if by_seed:
            scores[arm] = tuple(zip(*by_seed, strict=True))
    return Table(
        layer=layer,
        items=items,
        clusters=clusters_of(items),
        columns=tuple(column for scorer in scorers for column in scorer.columns),
        scores=scores,
    )


def clusters_of(items: Sequence[Item]) -> StrArray | None:
    """The cluster of each item, shape (n,); None when no item names one.

    An item that names none beside items that do hangs together with nothing: it is a cluster of
    its own, under a name that no declared cluster has.
    """
    if all(item.cluster is None for item in items):
        return None
    return np.asarray(
        [
            f"item {i}" if item.cluster is None else f"of {item.cluster}"
            for i, item in enumerate(items)
        ],
        dtype=np.str_,
    )
