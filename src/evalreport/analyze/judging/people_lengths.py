"""Lengths of the answers that people compared, and which of two won."""

from collections.abc import Iterator, Mapping

from evalreport.analyze.judging.checks import Hits
from evalreport.analyze.judging.crowd import Crowd
from evalreport.layers.judge.collapse import Pair
from evalreport.records.ratings import PeopleLayer


def longer_of(crowd: Crowd, pair: Pair | None = None) -> Hits:
    """Of the items that are won and whose answers differ in length, whether the longer one won."""
    seen = [
        (item, (mine > theirs) == (sign > 0))
        for own, seed in crowd.runs()
        if pair in (None, own)
        for item, sign, mine, theirs in decisive_of(crowd, own, seed)
    ]
    return Hits(tuple(item for item, _ in seen), tuple(hit for _, hit in seen))


def decisive_of(crowd: Crowd, pair: Pair, seed: int | None) -> Iterator[tuple[str, int, int, int]]:
    """Items that people decided and whose answers differ in length: sign, and both lengths."""
    mine, theirs = (lengths_of(crowd.said, arm, seed) for arm in pair)
    for item, sign in crowd.signs(pair, seed).items():
        if sign and mine.get(item, 0) != theirs.get(item, 0):
            yield item, sign, mine.get(item, 0), theirs.get(item, 0)


def lengths_of(said: PeopleLayer, arm: str, seed: int | None) -> Mapping[str, int]:
    """Length of each answer of an arm with a seed, or with none where it has no such seed."""
    own = said.lengths.get((arm, seed))
    return said.lengths.get((arm, None), {}) if own is None else own
