"""Tables: one layer's scores by arm, every item in its place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from evalreport.analyze.datasets import Sources
from evalreport.analyze.labels import NOWHERE, Labels
from evalreport.analyze.order import IntArray
from evalreport.analyze.scores import Scored, score_block
from evalreport.evidence import Evidence
from evalreport.layers.table import AnyLayer
from evalreport.metrics.base import Column
from evalreport.records import Item, Itemised, SequentialPlan, Text, TokenLoss
from evalreport.records.exchange import ChoiceLogliks
from evalreport.spec.models import Spec

BETWEEN: Final = "~"  # stands between two arms, and in no name


@dataclass(frozen=True, slots=True)
class Table:
    """One layer's scores, and whom its items belong with: all in columns, one entry an item.

    Attributes:
        layer: Which layer.
        ids: Its items, in order.
        families: Cluster of each item, as far as it names one.
        columns: What is scored, in the order of the metrics.
        scores: By arm, for each column, its replicates (one a training seed).
        subgroups: By key, the subgroup of each item.
        prompt_tokens: How many tokens each prompt had, by the arm that counted them, NOWHERE where
            it did not; empty where no subgroup goes by them.
        sequential: When judging was to stop, where that was declared: its pair is then compared in
            a way that holds at any stop.
    """

    layer: AnyLayer
    ids: tuple[str, ...]
    families: Labels
    columns: tuple[Column, ...]
    scores: Mapping[str, tuple[tuple[Scored, ...], ...]]
    subgroups: Mapping[str, Labels] = field(default_factory=dict)
    prompt_tokens: Mapping[str, IntArray] = field(default_factory=dict)
    sequential: SequentialPlan | None = None

    @property
    def n(self) -> int:
        """How many items."""
        return len(self.ids)

    @property
    def clusters(self) -> IntArray | None:
        """Number of each item's cluster, shape (n,), when any item names one."""
        return self.families.clusters

    def replicates(self, arm: str, column: int) -> tuple[Scored, ...]:
        """One column of one arm."""
        return self.scores[arm][column]

    def side(self, arm: str, other: str, column: int) -> tuple[Scored, ...]:
        """One column of an arm as it is held against another.

        Of arms that were compared with each other, and not scored each by itself, what the one won
        against the other; else the arm's own scores, whatever it is held against.
        """
        compared = self.scores.get(side_name(arm, other))
        return self.replicates(arm, column) if compared is None else compared[column]

    def is_between(self, arm: str, other: str) -> bool:
        """Whether there are scores of two arms that may be held against each other."""
        return side_name(arm, other) in self.scores or {arm, other} <= self.scores.keys()


def side_name(arm: str, other: str) -> str:
    """Under what name a table holds what an arm won against another."""
    return f"{arm}{BETWEEN}{other}"


def score(spec: Spec, evidence: Evidence) -> dict[str, Table]:
    """Score all answers of all layers that ask item by item.

    Raises:
        DataError: Items lack what a declared metric needs.
    """
    sources = Sources.of(spec)
    return {
        layer.name: score_layer(
            layer,
            evidence.items[layer.name, "main"],
            evidence,
            by_length=sources.token_bins(layer.datasets()[0]) is not None,
        )
        for layer in spec.evaluation.layers
        if (layer.name, "main") in evidence.items
    }


def score_layer(
    layer: AnyLayer, items: tuple[Item, ...], evidence: Evidence, *, by_length: bool = False
) -> Table:
    """Score everything that any arm answered to a layer.

    Args:
        layer: Which layer.
        items: What it asked.
        evidence: What was answered.
        by_length: Whether subgroups go by the length of prompts.

    Raises:
        DataError: Items lack what a metric needs.
    """
    scorers = layer.scorers(items)
    scores: dict[str, tuple[tuple[Scored, ...], ...]] = {}
    lengths: dict[str, IntArray] = {}
    for arm in layer.arms:
        blocks = evidence.of_arm(layer.name, arm)
        by_seed: list[Sequence[Scored]] = [
            [one for scorer in scorers for one in score_block(scorer, items, block)]
            for block in blocks
        ]
        if by_seed:
            scores[arm] = tuple(zip(*by_seed, strict=True))
        if blocks and by_length:
            lengths[arm] = _prompt_tokens(items, blocks[0])
    return Table(
        layer=layer,
        ids=tuple(item.id for item in items),
        families=Labels.of(item.cluster for item in items),
        columns=tuple(column for scorer in scorers for column in scorer.columns),
        scores=scores,
        subgroups=subgroups_of_items(items),
        prompt_tokens=lengths,
    )


def subgroups_of_items(items: Sequence[Item]) -> dict[str, Labels]:
    """By key, the subgroup of each item, as far as it names one."""
    given = [dict(item.subgroups) for item in items]
    keys = dict.fromkeys(key for one in given for key in one)
    return {key: Labels.of(one.get(key) for one in given) for key in keys}


def _prompt_tokens(items: Sequence[Item], block: Itemised) -> IntArray:
    """How many tokens each prompt had, as its first answer says, shape (n,)."""
    answers = (block.responses.get(item.id, ())[:1] for item in items)
    return np.asarray(
        [
            counted
            if one
            and isinstance(one[0], Text | TokenLoss | ChoiceLogliks)
            and (counted := one[0].prompt_tokens) is not None
            else NOWHERE
            for one in answers
        ],
        dtype=np.intp,
    )
