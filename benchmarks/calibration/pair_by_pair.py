"""Sequential judging: how often the rule stops for the wrong reason, and after how many pairs."""

from collections import Counter
from statistics import median
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evalreport.estimates import Estimate
from evalreport.stats.sequential import BATCH, ON_WINS, net_win_sequence, sequential_decision

CAP: Final = 500
WANTED: Final = 0.6
ALPHA: Final = 0.05

RATES: Final = ((0.5, 0.0), (0.5, 0.2), (0.55, 0.0), (0.6, 0.0), (0.65, 0.0), (0.7, 0.2))
"""True win rate of decisive pairs, and share of ties."""


def simulate_pairs(rate: float, ties: float, runs: int, seed: int) -> dict[str, float]:
    """So many judgings that look every few pairs and stop as a build does.

    The rule spends `ON_WINS` of alpha, as in a build; `covered` counts those whose interval of the
    net win, where they stop, holds the true one.
    """
    truth = (1 - ties) * (2 * rate - 1)
    rng = np.random.default_rng(seed)
    sums: Counter[str] = Counter()
    lengths = []
    known: dict[tuple[int, int, int], str] = {}
    for _ in range(runs):
        decisive = rng.random(CAP) >= ties
        wins = np.cumsum(decisive & (rng.random(CAP) < rate))
        losses: NDArray[np.int64] = np.cumsum(decisive) - wins
        for pairs in range(BATCH, CAP + 1, BATCH):
            w, k = int(wins[pairs - 1]), int(losses[pairs - 1])
            place = (w, k, pairs)
            if place not in known:
                known[place] = sequential_decision(
                    w, k, pairs - w - k, win_rate=WANTED, alpha=ALPHA * ON_WINS, cap=CAP
                ).decision
            if known[place] != "go on":
                sums[f"{known[place]}{' up' if w > k else ' down'}"] += 1
                lengths.append(pairs)
                shown = net_win_sequence(w, k, pairs - w - k, level=1 - ALPHA)
                sums["covered"] += isinstance(shown, Estimate) and shown.low <= truth <= shown.high
                break
    return {"runs": runs, "median": median(lengths), **dict(sums)}
