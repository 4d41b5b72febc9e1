"""Judged: what rows about pairs tell of their judge, beside what the tool says of it."""

from collections.abc import Iterator

import numpy as np

from evalreport.importers.columns import (
    AGREED,
    FLIPPED,
    FLIPPED_TO_FIRST,
    BoolArray,
)
from evalreport.importers.held import Held
from evalreport.importers.results import SCORED
from evalreport.importers.verdicts import NET_WIN, WIN_RATE
from evalreport.records import Judging, OrderFlips


def judging_of(found: Held) -> Judging | None:
    """The facts about the judge; None where nobody judged.

    What the spec says (`method:`) stands where the files say nothing.
    """
    collected = found.collected
    told = [read.reading.judging for _, read in collected.every if read.reading.judging]
    declared = collected.layer.method
    if not told and not collected.judges and not declared.is_judged:
        return None
    arms = tuple(found.arms)
    pairs = int(found.arms[arms[0]].present.sum())
    base = declared.judging(arms, pairs)
    known = told[0] if told else Judging()
    stated = {
        name: value
        for name in Judging.model_fields
        if (value := getattr(known, name)) not in (None, "unknown")
    }
    judge = next(iter(collected.judges), None)
    judging = base.model_copy(update={**stated, "pairs": pairs})
    if judge is not None:
        judging = judging.model_copy(update={"judge": judge})
    flips = max(_flips(found), key=lambda one: one.k / one.n, default=None)
    if flips is not None:
        judging = judging.model_copy(update={"flips": flips, "orders": "both"})
    compares = found.is_direct or any(one.rivals.any() for one in found.arms.values())
    judging = judging.model_copy(update={"compares": compares})
    return judging.model_copy(update=_lengths(found))


def _flips(found: Held) -> Iterator[OrderFlips]:
    """What became of pairs that were judged in both orders, by arm; two of a pair share them."""
    arms = list(found.arms.values())
    for one in arms[:1] if found.is_direct else arms:
        counts = np.bincount(one.games, minlength=FLIPPED_TO_FIRST + 1)
        flipped = int(counts[FLIPPED] + counts[FLIPPED_TO_FIRST])
        n = int(counts[AGREED]) + flipped
        if n:
            yield OrderFlips(k=flipped, n=n, first_slot=int(counts[FLIPPED_TO_FIRST]))


def _lengths(found: Held) -> dict[str, object]:
    """Mean length of the answers by arm, and who won when whose answer was longer.

    Of arms that were judged each by itself, or against a third, the one with the better score wins.
    """
    arms = list(found.arms)[:2]
    if len(arms) < 2:
        return {}
    lengths = {arm: found.arms[arm].lengths for arm in arms}
    known = (lengths[arms[0]] >= 0) & (lengths[arms[1]] >= 0)
    if not known.any():
        return {}
    wins = _wins(found, *arms)
    means = {arm: float(lengths[arm][known].mean()) for arm in arms}
    if wins is None:
        return {"mean_length": means}
    by_longer: dict[str, dict[str, int]] = {}
    for arm, other in (arms, arms[::-1]):
        longer = known & (lengths[arm] > lengths[other])
        by_longer[arm] = {one: int((wins[one] & longer).sum()) for one in arms}
    return {"mean_length": means, "by_longer": by_longer}


def _wins(found: Held, first: str, second: str) -> dict[str, BoolArray] | None:
    """On which items each of two arms has the better score; None where they have none alike."""
    one, other = found.arms[first], found.arms[second]
    verdicts = [c for c in found.columns if c.metric in {NET_WIN, WIN_RATE}] or found.columns
    for column in verdicts:
        mine, theirs = one.columns.get(column.metric), other.columns.get(column.metric)
        if mine is None or theirs is None or mine.is_ratio or theirs.is_ratio:
            continue
        both = (mine.states == SCORED) & (theirs.states == SCORED)
        sign = 1 if column.higher_is_better else -1
        ahead = sign * (mine.values - theirs.values)
        return {first: both & (ahead > 0), second: both & (ahead < 0)}
    return None
