"""Parts: what a layer on seen and unseen items got, in columns, one entry an item."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from evalreport.analyze.labels import Labels
from evalreport.evidence import Evidence
from evalreport.layers.overfitting import (
    RECITE_SEEN,
    RECITE_UNSEEN,
    REPHRASED,
    SEEN,
    UNSEEN,
    Overfitting,
    recites,
)
from evalreport.metrics.base import FloatArray
from evalreport.records import Item, Itemised, Text, TokenLoss


@dataclass(frozen=True, slots=True)
class Part:
    """What the items of one part gave.

    Attributes:
        ids: Those items.
        families: Cluster of each item, as far as it names one.
        values: By arm, one row a seed, shape (n,): nats per token, or whether it was recited; NaN
            without an answer.
    """

    ids: tuple[str, ...]
    families: Labels
    values: Mapping[str, tuple[FloatArray, ...]]


Parts = Mapping[str, Part]


def parts_of(layer: Overfitting, evidence: Evidence) -> dict[str, Part]:
    """What tuned and base gave, by the name of the part."""
    return {
        name: _part(layer, name, read, evidence)
        for name, read in _READ.items()
        if (layer.name, name) in evidence.items
    }


def _part(layer: Overfitting, name: str, read: "_Read", evidence: Evidence) -> Part:
    items = evidence.items[layer.name, name]
    return Part(
        ids=tuple(item.id for item in items),
        families=Labels.of(item.cluster for item in items),
        values={
            arm: tuple(
                np.asarray(read(block, items), dtype=np.float64)
                for block in evidence.of_arm(layer.name, arm, name)
            )
            for arm in ("tuned", "base")
        },
    )


def _losses(block: Itemised, items: Sequence[Item]) -> list[float]:
    """Nats per token of each item."""
    found = [
        [
            answer.nats / answer.tokens
            for answer in block.responses.get(item.id, ())
            if isinstance(answer, TokenLoss)
        ]
        for item in items
    ]
    return [draws[-1] if draws else np.nan for draws in found]


def _recited(block: Itemised, items: Sequence[Item]) -> list[float]:
    found = [
        [
            float(recites(item, answer.text))
            for answer in block.responses.get(item.id, ())
            if isinstance(answer, Text)
        ]
        for item in items
    ]
    return [draws[-1] if draws else np.nan for draws in found]


_Read = Callable[[Itemised, Sequence[Item]], list[float]]
_READ: Final[Mapping[str, _Read]] = {
    SEEN: _losses,
    UNSEEN: _losses,
    REPHRASED: _losses,
    RECITE_SEEN: _recited,
    RECITE_UNSEEN: _recited,
}
