"""Heard: what one judge said of a layer's pairs, sorted by why it was asked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from evalreport.analyze.compare import FEWEST_ITEMS
from evalreport.analyze.judging.units import units_of
from evalreport.analyze.labels import Labels
from evalreport.analyze.order import IntArray
from evalreport.estimates import Estimate, Estimated, Point
from evalreport.layers.judge import Judge
from evalreport.layers.judge.collapse import (
    Collapsed,
    ItemVerdict,
    Pair,
    Place,
    Sign,
    collapse,
    sign_of,
    verdicts_of,
)
from evalreport.records import Comparison, Failure, JudgedLayer, JudgePart, Unscorable
from evalreport.stats.arguments import FloatArray, only
from evalreport.stats.clusters import cluster_mean
from evalreport.stats.proportions import clopper_pearson


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The verdicts of one judge on the items of a pair with one seed.

    Attributes:
        pair: Candidate and reference.
        seed: Training seed.
        by_item: Of every item of the layer.
    """

    pair: Pair
    seed: int | None
    by_item: dict[str, Collapsed]

    def asked(self) -> Iterator[tuple[str, ItemVerdict]]:
        """Items with a verdict that was asked for: those of two like texts were not."""
        for item, one in self.by_item.items():
            if isinstance(one, ItemVerdict) and not one.is_alike:
                yield item, one


@dataclass(frozen=True)
class Heard:
    """What one judge said.

    Attributes:
        layer: How it was asked.
        judged: What all judges of the layer said.
        judge: Its name.
        families: Declared cluster of each item.
        level: Two-sided confidence of every interval.
    """

    layer: Judge
    judged: JudgedLayer
    judge: str
    families: Labels
    level: float

    @cached_property
    def comparisons(self) -> tuple[Comparison, ...]:
        """All that it was asked to compare, in an order in which no sum rounds by chance."""
        places = {item: i for i, item in enumerate(self.judged.items)}
        return tuple(
            sorted(
                (one for one in self.judged.comparisons if one.judge == self.judge),
                key=lambda one: (
                    places.get(one.item, len(places)),
                    one.item,
                    one.pair,
                    str(one.seed),
                    one.candidate_first,
                ),
            )
        )

    def part(self, part: JudgePart) -> tuple[Comparison, ...]:
        """What it was asked for one reason."""
        return tuple(one for one in self.comparisons if one.part is part)

    @cached_property
    def runs(self) -> tuple[Verdicts, ...]:
        """Its verdicts of every pair and seed."""
        return tuple(
            Verdicts(pair, seed, verdicts_of(self.judged, pair, seed, [self.judge]))
            for pair in self.judged.pairs
            for seed in self.judged.seeds[pair]
        )

    def of_pair(self, pair: Pair) -> tuple[Verdicts, ...]:
        """Its verdicts of one pair, a seed each."""
        return tuple(one for one in self.runs if one.pair == pair)

    def stops_early(self, pair: Pair) -> bool:
        """Whether looks at the verdicts on this pair decided how many items there are."""
        plan = self.judged.sequential
        return plan is not None and plan.pair == pair

    def looks_elsewhere(self, pair: Pair) -> bool:
        """Whether looks at the verdicts on another pair decided that."""
        plan = self.judged.sequential
        return plan is not None and plan.pair != pair

    def clusters(self, items: Sequence[str], *parts: JudgePart) -> IntArray | None:
        """The unit of each of these items, shape (n,); None where each is its own.

        Args:
            items: One an observation; the same item may stand several times.
            parts: For which reasons the observations were asked for; the main one by default.
        """
        asked = parts or (JudgePart.MAIN,)
        calls = (one for one in self.judged.comparisons if one.part in asked)
        codes = units_of(self.judged, self.families, calls).clusters
        if codes is None and len(set(items)) == len(items):
            return None
        units = range(len(self.judged.items)) if codes is None else codes.tolist()
        of_item = dict(zip(self.judged.items, units, strict=True))
        return np.asarray([of_item[item] for item in items], dtype=np.intp)

    def share(self, hits: Sequence[bool], items: Sequence[str], *parts: JudgePart) -> Estimated:
        """A share of observations, each of one item: exact, or over the units that they come in."""
        return share_over(hits, self.clusters(items, *parts), level=self.level)

    def collapsed(self, part: JudgePart, variant: int) -> dict[Place, Collapsed]:
        """Its verdicts of the items of a check, both orders as one where both were asked."""
        chosen = (one for one in self.part(part) if one.variant == variant)
        return collapse(chosen, self.judged.orders).get(self.judge, {})


def share_over(hits: Sequence[bool], clusters: IntArray | None, *, level: float) -> Estimated:
    """A share of observations: exact, or over the units that they come in.

    Args:
        hits: Whether it was there, an observation each.
        clusters: The unit of each; None where each is its own.
        level: Two-sided confidence.
    """
    if clusters is None or len(set(clusters.tolist())) == len(hits):
        found = clopper_pearson(sum(hits), len(hits), level=level)
        if isinstance(found, Estimate) and len(hits) < FEWEST_ITEMS:
            return Point(value=found.value, no_interval=only(len(hits), "items"))
        return found
    values: FloatArray = np.asarray(hits, dtype=np.float64)
    return cluster_mean(values, clusters, level=level, bounds=(0, 1))


def is_read(one: Comparison) -> bool:
    """Whether a comparison has a verdict."""
    return not isinstance(one.verdict, Unscorable | Failure)


def read_sign(one: Comparison) -> Sign | None:
    """What a comparison says of the candidate; None where it has no verdict."""
    sign = sign_of(one)
    return sign if isinstance(sign, int) else None
