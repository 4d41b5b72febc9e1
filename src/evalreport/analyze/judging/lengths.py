"""Lengths: how long both answers of a pair were, and which of them won."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from evalreport.analyze.judging.heard import Heard, Verdicts
from evalreport.estimates import Estimate, Estimated, Point
from evalreport.layers.judge.collapse import Pair, Sign
from evalreport.records import JudgedLayer
from evalreport.stats.equal_length import win_rate_at_equal_length

STOPPED: Final = "judging stopped by looking"


@dataclass(frozen=True, slots=True)
class Compared:
    """A verdict beside the lengths of both answers, in characters.

    Attributes:
        item: Which item.
        sign: 1 where the candidate won, -1 where it lost.
        mine: Length of the candidate's answer.
        theirs: Length of the reference's.
    """

    item: str
    sign: Sign
    mine: int
    theirs: int

    @property
    def outcome(self) -> float:
        """1 where the candidate won, 0 where it lost, one half for a tie."""
        return (self.sign + 1) / 2

    @property
    def is_decisive(self) -> bool:
        """Whether one answer won and one is longer."""
        return self.sign != 0 and self.mine != self.theirs

    @property
    def longer_won(self) -> bool:
        """Whether the longer answer won, where it is decisive."""
        return (self.mine > self.theirs) == (self.sign > 0)


def compared(heard: Heard, pair: Pair | None = None) -> tuple[Compared, ...]:
    """Every verdict of which both lengths are known; of one pair, or of all."""
    runs = heard.runs if pair is None else heard.of_pair(pair)
    return tuple(one for verdicts in runs for one in _of_run(heard.judged, verdicts))


def at_equal_length(heard: Heard, pair: Pair, seen: Sequence[Compared]) -> Estimated:
    """The candidate's win rate, were both answers equally long.

    Args:
        heard: What the judge said.
        pair: Candidate and reference.
        seen: Verdicts on the pair whose lengths are known.
    """
    value = win_rate_at_equal_length(
        np.asarray([one.outcome for one in seen]),
        np.asarray([float(one.mine) for one in seen]),
        np.asarray([float(one.theirs) for one in seen]),
        heard.clusters([one.item for one in seen]),
        level=heard.level,
    )
    if isinstance(value, Estimate) and heard.stops_early(pair):
        return Point(value=value.value, no_interval=STOPPED)
    return value


def lengths(judged: JudgedLayer, arm: str, seed: int | None) -> Mapping[str, int]:
    """Length of each answer of an arm with a seed, or with none where it has no such seed."""
    own = judged.lengths.get((arm, seed))
    return judged.lengths.get((arm, None), {}) if own is None else own


def _of_run(judged: JudgedLayer, verdicts: Verdicts) -> list[Compared]:
    mine, theirs = (lengths(judged, arm, verdicts.seed) for arm in verdicts.pair)
    return [
        Compared(item, one.sign, mine[item], theirs[item])
        for item, one in verdicts.asked()
        if item in mine and item in theirs
    ]
