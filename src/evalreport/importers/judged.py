"""Judged: what rows about pairs tell of their judge, beside what the tool says of it."""

from collections import Counter
from collections.abc import Mapping

import numpy as np

from evalreport.importers.collect import NET_WIN, WIN_RATE, Collected
from evalreport.importers.columns import (
    AGREED,
    FLIPPED,
    FLIPPED_TO_FIRST,
    GrowingArm,
)
from evalreport.importers.results import SCORED
from evalreport.records import Judging, OrderFlips


def judging_of(collected: Collected, growing: Mapping[str, GrowingArm]) -> Judging | None:
    """The facts about the judge; None where nobody judged.

    What the spec says (`method:`) stands where the files say nothing.
    """
    told = [one.judging for of in collected.readings.values() for _, one in of if one.judging]
    declared = collected.layer.method
    if not told and not collected.judges and not declared.is_judged:
        return None
    first = next(iter(growing.values()))
    arms = tuple(growing)
    pairs = int(first.present().sum())
    base = declared.judging(arms, pairs)
    known = told[0] if told else Judging()
    stated = {
        name: value
        for name in Judging.model_fields
        if (value := getattr(known, name)) not in (None, "unknown")
    }
    judge = next(iter(collected.judges), None)
    found = base.model_copy(update={**stated, "pairs": pairs})
    if judge is not None:
        found = found.model_copy(update={"judge": judge})
    flips = _flips(first)
    if flips is not None:
        found = found.model_copy(update={"flips": flips, "orders": "both"})
    compares = bool(collected.direct) or any(one.rivals for one in growing.values())
    found = found.model_copy(update={"compares": compares})
    if collected.direct:
        found = found.model_copy(update=_lengths(growing))
    return found


def _flips(one: GrowingArm) -> OrderFlips | None:
    """What became of pairs that were judged in both orders."""
    counts = Counter(one.games)
    flipped = counts[FLIPPED] + counts[FLIPPED_TO_FIRST]
    n = counts[AGREED] + flipped
    if not n:
        return None
    return OrderFlips(k=flipped, n=n, first_slot=counts[FLIPPED_TO_FIRST])


def _lengths(growing: Mapping[str, GrowingArm]) -> dict[str, object]:
    """Mean length of the answers by arm, and who won when whose answer was longer."""
    arms = list(growing)[:2]
    if len(arms) < 2:
        return {}
    lengths = {arm: np.frombuffer(growing[arm].lengths, dtype=np.int64) for arm in arms}
    known = (lengths[arms[0]] >= 0) & (lengths[arms[1]] >= 0)
    if not known.any():
        return {}
    found: dict[str, object] = {
        "mean_length": {arm: float(lengths[arm][known].mean()) for arm in arms}
    }
    wins = {arm: _wins(growing[arm], len(known)) for arm in arms}
    by_longer: dict[str, dict[str, int]] = {}
    for arm, other in (arms, arms[::-1]):
        longer = known & (lengths[arm] > lengths[other])
        by_longer[arm] = {one: int((wins[one] & longer).sum()) for one in arms}
    return {**found, "by_longer": by_longer}


def _wins(growing: GrowingArm, n: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """On which items an arm wins."""
    for name in (NET_WIN, WIN_RATE):
        if name in growing.columns:
            values, states = growing.columns[name].finished(n)
            wins: np.ndarray[tuple[int], np.dtype[np.bool_]] = (values > 0.5) & (states == SCORED)
            return wins
    return np.zeros(n, dtype=np.bool_)
