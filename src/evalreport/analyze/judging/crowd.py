"""Crowd: what people said of a layer's pairs, one verdict an item, and as scores."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from evalreport.analyze.judging.heard import share_over
from evalreport.analyze.judging.table import grouping, wins_of
from evalreport.analyze.labels import Labels
from evalreport.analyze.order import IntArray
from evalreport.analyze.people import people_say
from evalreport.analyze.tables import Table
from evalreport.estimates import Estimated
from evalreport.evidence import Evidence
from evalreport.layers.blind import shuffled
from evalreport.layers.human import Human
from evalreport.layers.judge.collapse import (
    ALIKE,
    Collapsed,
    ItemVerdict,
    NoVerdict,
    Pair,
    Sign,
)
from evalreport.records.ratings import PeopleLayer, PersonVerdict
from evalreport.spec.models import Spec
from evalreport.stats.slot_share import slot_share

NOT_YET: Final = "nobody has rated it yet"
LATER: Final = "both answers are the same: it counts as the others are rated"
SKIPPED: Final = "everybody who came to it skipped it"
_TURNED: Final[dict[Sign, Sign]] = {1: -1, 0: 0, -1: 1}


@dataclass(frozen=True)
class Crowd:
    """What people said.

    Attributes:
        layer: What they were asked.
        said: All of it.
        families: Declared cluster of each item.
    """

    layer: Human
    said: PeopleLayer
    families: Labels

    @cached_property
    def given(self) -> tuple[PersonVerdict, ...]:
        """All verdicts; a comparison that stands for several pairs has one for each."""
        return tuple(one for one in self.said.verdicts if one.verdict is not None)

    def units(self, items: Sequence[str]) -> IntArray | None:
        """The unit of each of these items, shape (n,); None where each is its own."""
        codes = self.families.clusters
        if codes is None and len(set(items)) == len(items):
            return None
        units = range(len(self.said.items)) if codes is None else codes.tolist()
        of_item = dict(zip(self.said.items, units, strict=True))
        return np.asarray([of_item[item] for item in items], dtype=np.intp)

    def runs(self) -> Iterator[tuple[Pair, int | None]]:
        """Every pair and seed."""
        for pair in self.said.pairs:
            for seed in self.said.seeds[pair]:
                yield pair, seed

    def voices(self, pair: Pair, seed: int | None) -> dict[str, tuple[Sign, ...]]:
        """What each person said of an item that somebody rated, whichever way round."""
        turn = {pair: 1, pair[::-1]: -1}
        found: dict[str, list[Sign]] = {}
        for one in self.said.verdicts:
            if one.verdict is not None and one.seed == seed and one.pair in turn:
                sign: Sign = _TURNED[one.verdict] if turn[one.pair] < 0 else one.verdict
                found.setdefault(one.item, []).append(sign)
        return {item: tuple(signs) for item, signs in found.items()}

    def signs(self, pair: Pair, seed: int | None) -> dict[str, Sign]:
        """What people together say of the items that somebody rated, whichever way round."""
        if pair in self.said.pairs:
            return people_say(self.said.verdicts, pair, seed)
        turned = people_say(self.said.verdicts, pair[::-1], seed)
        return {item: _TURNED[sign] for item, sign in turned.items()}

    def verdicts(self, pair: Pair, seed: int | None) -> dict[str, Collapsed]:
        """What people together say of every item of the layer, in its order; or why nothing.

        Two like answers tie unasked. While ratings are awaited only as large a part of them counts
        as of the others, chosen by hash: all of them beside a few rated pairs would say that the
        arms hardly differ.
        """
        said, signs = self.said, self.signs(pair, seed)
        alike = said.alike.get((*pair, seed), frozenset())
        silent = {
            item: NoVerdict(f"there is no answer of {arm} to rate")
            for arm in reversed(pair)
            for item in _unanswered(said, arm, seed)
        }
        skipped = {
            one.item
            for one in said.verdicts
            if one.verdict is None and (one.pair, one.seed) == (pair, seed)
        }
        asked = {item for item in said.items if item not in silent and item not in alike}
        met = len(asked & (signs.keys() | skipped))
        tied = shuffled(self.layer.seed, alike - silent.keys(), "labelled")
        counted = {*tied[: round(len(tied) * met / len(asked))]} if asked else alike
        found: dict[str, Collapsed] = {}
        for item in said.items:
            if item in silent:
                found[item] = silent[item]
            elif item in alike:
                found[item] = ALIKE if item in counted else NoVerdict(LATER)
            elif item in signs:
                found[item] = ItemVerdict(signs[item])
            else:
                found[item] = NoVerdict(SKIPPED if item in skipped else NOT_YET)
        return found


def _unanswered(said: PeopleLayer, arm: str, seed: int | None) -> frozenset[str]:
    own = said.unanswered.get((arm, seed))
    return said.unanswered.get((arm, None), frozenset()) if own is None else own


def missing_of(crowd: Crowd, pair: Pair) -> tuple[int, int]:
    """Items of a pair that everybody skipped, and those that nobody has come to yet."""
    reasons = [
        one.reason
        for seed in crowd.said.seeds[pair]
        for one in crowd.verdicts(pair, seed).values()
        if isinstance(one, NoVerdict)
    ]
    return reasons.count(SKIPPED), reasons.count(NOT_YET)


def slots_of(crowd: Crowd, *, level: float) -> tuple[int, int, Estimated]:
    """Decisive verdicts for what stood first and for what stood second, and the share of the first.

    Args:
        crowd: What people said.
        level: Two-sided confidence.
    """
    counts: dict[str, list[int]] = {}
    for one in crowd.given:
        if one.verdict:
            slot = counts.setdefault(one.item, [0, 0])
            slot[(one.verdict > 0) is not one.candidate_first] += 1
    first, second = [a for a, _ in counts.values()], [b for _, b in counts.values()]
    units = crowd.units([*counts])
    if units is None and all(sum(one) == 1 for one in counts.values()):
        return sum(first), sum(second), share_over([one > 0 for one in first], None, level=level)
    return sum(first), sum(second), slot_share(first, second, units, level=level)


def crowd_of(layer: Human, said: PeopleLayer, evidence: Evidence) -> Crowd:
    """The people of a layer.

    Args:
        layer: What they were asked.
        said: What they said.
        evidence: Holds the items.
    """
    families, _ = grouping(said, layer, evidence)
    return Crowd(layer, said, families)


def crowds(spec: Spec, evidence: Evidence) -> dict[str, Crowd]:
    """The people of every layer that was put to some, by its name."""
    return {
        layer.name: crowd_of(layer, said, evidence)
        for layer in spec.evaluation.layers
        if isinstance(layer, Human) and (said := evidence.people.get(layer.name)) is not None
    }


def people_tables(spec: Spec, evidence: Evidence) -> dict[str, Table]:
    """The scores of every layer that people look at, by its name.

    An item that nobody rated yet, or everybody skipped, has none by the fault of nobody who
    answered: it leaves the comparison with its count, and what it could change is looked at.
    """
    tables = {}
    for name, crowd in crowds(spec, evidence).items():
        families, subgroups = grouping(crowd.said, crowd.layer, evidence)
        columns = crowd.layer.columns()
        tables[name] = Table(
            layer=crowd.layer,
            ids=crowd.said.items,
            families=families,
            columns=columns,
            scores=wins_of(crowd.said.seeds, crowd.verdicts, columns[0]),
            subgroups=subgroups,
        )
    return tables
