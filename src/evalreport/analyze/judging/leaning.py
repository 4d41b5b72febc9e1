"""Leaning: what swapping the order changed, and which slot the changed verdicts went to."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from evalreport.analyze.judging.heard import Heard, is_read
from evalreport.layers.judge.collapse import Pair
from evalreport.records import Comparison, JudgePart


@dataclass(frozen=True, slots=True)
class Leaning:
    """The verdicts that swapping the order changed, among items that were read in both.

    Attributes:
        items: The item of each, with whether its verdict changed.
        opposite: How many named the other arm as the winner.
        first: How many leaned to what stood first: they named it both times, or it and a tie.
    """

    items: tuple[tuple[str, bool], ...]
    opposite: int
    first: int

    @property
    def changed(self) -> int:
        """How many changed at all."""
        return sum(is_changed for _, is_changed in self.items)


@dataclass(frozen=True, slots=True)
class Slots:
    """Decisive verdicts by slot, an item at a time.

    Attributes:
        items: Items with a comparison that was read.
        first: For each, how many verdicts went to what stood first.
        second: And to what stood second.
    """

    items: tuple[str, ...]
    first: tuple[int, ...]
    second: tuple[int, ...]


def leaning_of(heard: Heard, pair: Pair | None = None) -> Leaning:
    """What became of the main verdicts when the order was swapped; of one pair, or of all."""
    items, opposite, first = [], 0, 0
    for verdicts in heard.runs if pair is None else heard.of_pair(pair):
        slots = _slots(_main(heard, verdicts.pair, verdicts.seed))
        for item, one in verdicts.asked():
            items.append((item, one.is_flip))
            if one.is_flip:
                net = slots[item][0] - slots[item][1]
                first += net > 0
                opposite += abs(net) > 1
    return Leaning(tuple(items), opposite, first)


def slots_of(heard: Heard) -> Slots:
    """Where decisive main verdicts went; both orders of an item, and all its pairs, together."""
    counted = _slots(heard.part(JudgePart.MAIN))
    return Slots(
        tuple(counted),
        tuple(first for first, _ in counted.values()),
        tuple(second for _, second in counted.values()),
    )


def _main(heard: Heard, pair: Pair, seed: int | None) -> Iterable[Comparison]:
    return (one for one in heard.part(JudgePart.MAIN) if (one.pair, one.seed) == (pair, seed))


def _slots(comparisons: Iterable[Comparison]) -> dict[str, tuple[int, int]]:
    read = [one for one in comparisons if is_read(one)]
    counts = Counter((one.item, str(one.verdict)) for one in read)
    return {
        item: (counts[item, "first"], counts[item, "second"])
        for item in dict.fromkeys(one.item for one in read)
    }
