"""Power of judging that may stop: how often a plan ends with the candidate as the winner.

Exact for decisive pairs: their wins are followed look by look, and whoever has left (won, lost,
given up) takes no further part. Source: the recursion of Armitage, McPherson and Rowe (1969), JRSS
A 132, for borders that an e-value sets.
"""

import math
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final, SupportsIndex

import numpy as np

from evalreport.estimates import NotEstimable
from evalreport.stats.arguments import FloatArray, check_count, check_level
from evalreport.stats.quantiles import binomial_pmf
from evalreport.stats.sequential import PRIOR, e_value, log_evidence

MOST_PAIRS: Final = 20_000
"""So many decisive pairs are followed at most."""

_HALVINGS = 20
_GONE = 1e-12


def chance_to_win(
    rate: float, *, interest: float, alpha: float, pairs: SupportsIndex, step: SupportsIndex
) -> FloatArray:
    """The chance that the candidate has won by each look, shape (looks,).

    Args:
        rate: The true win rate of decisive pairs.
        interest: The least win rate of interest; judging that excludes it is given up.
        alpha: As `sequential_decision` is given.
        pairs: Decisive pairs at most.
        step: Decisive pairs between two looks.

    Raises:
        ValueError: A rate outside [0, 1], an interest outside (0.5, 1], alpha outside (0, 1), a
            negative count, a step of 0, more than `MOST_PAIRS`.
    """
    most, every = check_count(pairs, "pairs"), _step(step)
    if most > MOST_PAIRS:
        raise ValueError(f"at most {MOST_PAIRS} pairs are followed, not {most}")
    by_look = islice(_won_by_look(rate, interest, check_level(alpha), every), most // every)
    return np.fromiter(by_look, dtype=np.float64)


def pairs_to_find(
    rate: float, *, power: float, interest: float, alpha: float, step: SupportsIndex
) -> int | NotEstimable:
    """Decisive pairs after which the candidate has won with the wanted power.

    Args:
        rate: As `chance_to_win`.
        power: Wanted chance that the candidate has won.
        interest: As `chance_to_win`.
        alpha: As `chance_to_win`.
        step: Decisive pairs between two looks; the answer is a multiple of it.

    Raises:
        ValueError: As `chance_to_win`; a power outside (0, 1).
    """
    wanted, every = check_level(power), _step(step)
    by_look = _won_by_look(rate, interest, check_level(alpha), every)
    for look, chance in enumerate(islice(by_look, MOST_PAIRS // every), start=1):
        if chance >= wanted:
            return look * every
    return NotEstimable(not_estimable="no number of pairs that can be followed finds it")


def smallest_rate_found(
    *, power: float, interest: float, alpha: float, pairs: SupportsIndex, step: SupportsIndex
) -> float | NotEstimable:
    """The least win rate of decisive pairs that a plan finds with the wanted power.

    Args:
        power: Wanted chance that the candidate wins.
        interest: As `chance_to_win`.
        alpha: As `chance_to_win`.
        pairs: Decisive pairs at most.
        step: Decisive pairs between two looks.

    Raises:
        ValueError: As `chance_to_win`; a power outside (0, 1).
    """
    check_level(power)

    def finds(rate: float) -> bool:
        by_look = chance_to_win(rate, interest=interest, alpha=alpha, pairs=pairs, step=step)
        return bool(len(by_look)) and float(by_look[-1]) >= power

    if not finds(1.0):
        return NotEstimable(not_estimable="so few pairs find no win rate")
    low, high = 0.5, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if finds(middle) else (middle, high)
    return high


def _step(step: SupportsIndex) -> int:
    every = check_count(step, "step")
    if every == 0:
        raise ValueError("a step is at least one pair")
    return every


def _won_by_look(rate: float, interest: float, alpha: float, every: int) -> Iterator[float]:
    """The chance to have won by each look, without end."""
    if not 0 <= rate <= 1:
        raise ValueError(f"a win rate lies in [0, 1], not {rate}")
    if not 0.5 < interest <= 1:
        raise ValueError(f"the win rate of interest lies in (0.5, 1], not {interest}")
    moves = np.array([binomial_pmf(wins, every, rate) for wins in range(every + 1)])
    state, won, n = np.ones(1), 0.0, 0
    while True:
        n += every
        if float(state.sum()) > _GONE:
            state = np.convolve(state, moves)
            wins, given_up = _borders(n, interest, alpha)
            won += float(state[wins:].sum())
            state[wins:] = 0.0
            state[: given_up + 1] = 0.0
        yield won


def _borders(n: int, interest: float, alpha: float) -> tuple[int, int]:
    """After n decisive pairs: the fewest wins that win, and the most with which it is over.

    Over is what loses, and what excludes the win rate of interest.
    """
    wins = _first(n, lambda w: e_value(w, n - w) >= 1 / alpha, n // 2 + 1)
    lost = n - wins
    threshold = -math.log(alpha)

    def may_still(w: int) -> bool:
        excluded = log_evidence(w, n - w, PRIOR, interest, 1 - interest) >= threshold
        return w >= interest * n or not excluded

    futile = _first(n, may_still, 0) - 1
    return wins, max(lost if lost >= 0 else -1, futile)


def _first(n: int, holds: Callable[[int], bool], low: int) -> int:
    """The least count from `low` to n for which a monotone condition holds; n + 1 for none."""
    high = n + 1
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low
