"""Planning with right/wrong items: power of the exact McNemar test, items needed, least effect.

`disagreement` is the share of items on which exactly one arm is right; `effect` is the difference
of the two shares of right items, and can never be larger than the disagreement. An assumed
disagreement below the effect is therefore raised to it.
"""

import math
from typing import Final, SupportsIndex

import numpy as np

from evalreport.estimates import NotEstimable
from evalreport.stats.arguments import (
    FloatArray,
    check_count,
    check_items_needed,
    check_level,
    check_power,
)
from evalreport.stats.quantiles import binomial_cdf, binomial_pmf, normal_quantile
from evalreport.stats.roots import crossing

TYPICAL_DISAGREEMENT: Final = 0.17
"""Median over nine real tuned/base pairs with per-item scores; between 8 % and 33 %."""

PESSIMISTIC_DISAGREEMENT: Final = 0.33
"""The largest of the same nine."""

_EFFECT_TOLERANCE = 1e-5
_FURTHEST_SD = 8.0
_TOOTHED_UP_TO = 50_000


def connor_items(effect: float, disagreement: float, *, power: float, alpha: float) -> int:
    """Items for a power by Connor's normal formula, optimistic for the exact test.

    n = (z_(alpha/2) sqrt(psi) + z_beta sqrt(psi - effect²))² / effect².
    Source: Connor (1987), Biometrics 43(1), 207-211.

    Args:
        effect: The true difference, in (0, 1].
        disagreement: psi, in (0, 1]; raised to the effect when smaller.
        power: Wanted probability to reject, above alpha, such as 0.8.
        alpha: Two-sided size, such as 0.05.

    Raises:
        ValueError: An argument outside its range.
    """
    psi = _disagreement(effect, disagreement)
    return check_items_needed(_connor(effect, psi, power, alpha))


def binary_power(
    items: SupportsIndex, effect: float, disagreement: float, *, alpha: float
) -> float:
    """The probability that the exact McNemar test rejects, by enumeration.

    The number of differing items is binomial in `items`, and how many of them are better is
    binomial given that number; both rejection regions count.

    Args:
        items: All items, ties included.
        effect: The true difference, in (0, 1].
        disagreement: Share of differing items, in (0, 1]; raised to the effect when smaller.
        alpha: Two-sided size, such as 0.05.

    Raises:
        ValueError: An argument outside its range.
    """
    n = check_count(items, "items")
    psi = _disagreement(effect, disagreement)
    return _power(n, effect, psi, check_level(alpha))


def smallest_detectable_binary(
    items: SupportsIndex, disagreement: float, *, power: float, alpha: float
) -> float | NotEstimable:
    """The least true difference that the exact McNemar test finds with the wanted power.

    Consistent with `binary_power`, to 1e-5.

    Raises:
        ValueError: An argument outside its range.
    """
    n, wanted = check_count(items, "items"), check_power(power, check_level(alpha))
    prior = share(disagreement, "disagreement")

    def shortfall(effect: float) -> float:
        return _power(n, effect, max(effect, prior), alpha) - wanted

    if shortfall(1.0) < 0:
        return NotEstimable(not_estimable=f"{n} items cannot reach significance, whatever they say")
    near = _near(n, prior, power=wanted, alpha=alpha) if n > _TOOTHED_UP_TO else None
    return crossing(shortfall, 0.0, 1.0, tolerance=_EFFECT_TOLERANCE, near=near)


def _connor(effect: float, psi: float, power: float, alpha: float) -> float:
    """Connor's number of items, not rounded; infinite where the effect is all but 0."""
    z_alpha = -normal_quantile(check_level(alpha) / 2)
    z_beta = normal_quantile(check_power(power, alpha))
    root = (z_alpha * math.sqrt(psi) + z_beta * math.sqrt(psi - effect * effect)) / effect
    return root * root


def _near(items: int, prior: float, *, power: float, alpha: float) -> tuple[float, float]:
    """Between which effects the smallest detectable one should lie, by the normal formula."""

    def enough(effect: float) -> float:
        return items - _connor(effect, max(effect, prior), power, alpha)

    effect = crossing(enough, 0.0, 1.0, tolerance=_EFFECT_TOLERANCE / 10)
    return effect * 0.98, effect * 1.03


def binary_items(effect: float, disagreement: float, *, power: float, alpha: float) -> int:
    """Items from which on the exact McNemar test has the wanted power: for this n and all above.

    Exact power is a saw-tooth in n; the first n that reaches it by luck is not the answer. Above
    50,000 items the teeth are lower than 0.004 and are let be.

    Args:
        effect: The true difference, in (0, 1].
        disagreement: Share of differing items, in (0, 1]; raised to the effect when smaller.
        power: Wanted probability to reject, above alpha, such as 0.8.
        alpha: Two-sided size, such as 0.05.

    Raises:
        ValueError: An argument outside its range.
    """
    psi = _disagreement(effect, disagreement)
    guess = connor_items(effect, disagreement, power=power, alpha=alpha)
    low, high = int(0.95 * guess), int(1.05 * guess + 10 / psi)
    while True:
        curve = _PowerCurve(low, high, effect, psi, alpha)
        # From there on not even the deepest tooth falls back below the wanted power.
        tooth = 0.8 / math.sqrt(high * psi) if guess <= _TOOTHED_UP_TO else 0.0
        safe = min(power + tooth, (1 + power) / 2)
        if low > 0 and curve.power(low) >= power:
            low //= 2
        elif curve.power(high) < safe:
            high += max(10, high // 10)
        else:
            break
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if curve.power(middle) < power else (low, middle)
    return curve.settled(high, power) if guess <= _TOOTHED_UP_TO else high


class _PowerCurve:
    """Exact power for every number of items in a range, for one effect and disagreement.

    Whether m differing items lead to a rejection does not depend on n, so that is computed once
    for every m that matters.
    """

    def __init__(self, low: int, high: int, effect: float, psi: float, alpha: float) -> None:
        self._psi, self._high = psi, high
        self._first, last = likely_counts(low, psi)[0], likely_counts(high, psi)[1]
        self._rejected = _rejection_rates(self._first, last, (psi + effect) / (2 * psi), alpha)

    def power(self, items: int) -> float:
        """The probability that the test rejects with so many items."""
        first, last = likely_counts(items, self._psi)
        rates = self._rejected[first - self._first : last + 1 - self._first]
        return min(1.0, float((rates * count_weights(items, self._psi, first, last)).sum()))

    def settled(self, start: int, wanted: float) -> int:
        """The least n >= start from which on the power is never below the wanted one."""
        failing = [n for n in range(start, self._high) if self.power(n) < wanted]
        return failing[-1] + 1 if failing else start


def likely_counts(items: int, psi: float) -> tuple[int, int]:
    """The numbers of differing items that are not all but impossible, first and last."""
    mean, reach = items * psi, _FURTHEST_SD * math.sqrt(items * psi * (1 - psi)) + 10
    if psi == 1:
        return items, items
    return max(0, math.floor(mean - reach)), min(items, math.ceil(mean + reach))


def count_weights(items: int, psi: float, first: int, last: int) -> FloatArray:
    """The binomial probabilities of first to last differing items."""
    counts = np.arange(first, last, dtype=np.float64)
    if not len(counts):
        return np.array([binomial_pmf(first, items, psi)])
    steps = np.log((items - counts) / (counts + 1) * (psi / (1 - psi)))
    logs = np.concatenate((np.zeros(1), np.cumsum(steps)))
    mode = min(max(int(items * psi), first), last)
    weights: FloatArray = binomial_pmf(mode, items, psi) * np.exp(logs - logs[mode - first])
    return weights


def _rejection_rates(first: int, last: int, better: float, alpha: float) -> FloatArray:
    """The probability that the exact test rejects, given first to last differing items.

    The critical count k grows by at most one with each further item, so tails are carried along:
    P(X <= k) under equality decides k, and under the true rate gives the power.
    """
    spread = normal_quantile(alpha / 2) * math.sqrt(first)
    critical = max(-1, round((first + spread) / 2))
    while critical >= 0 and 2 * binomial_cdf(critical, first, 0.5) > alpha:
        critical -= 1
    while 2 * binomial_cdf(critical + 1, first, 0.5) <= alpha:
        critical += 1
    even = BinomialTail(critical, first, 0.5)
    tails = [BinomialTail(critical, first, rate) for rate in (1 - better, better) if rate < 1]
    rates = []
    for trials in range(first, last + 1):
        if trials > first:
            even.add_trial()
            for tail in tails:
                tail.add_trial()
            if 2 * (even.below + even.next_mass()) <= alpha:
                even.add_success()
                for tail in tails:
                    tail.add_success()
        rates.append(sum(tail.below for tail in tails))
    return np.array(rates)


class BinomialTail:
    """P(X <= k) of a binomial X, carried along while k and the number of trials grow."""

    __slots__ = ("_k", "_mass", "_rate", "_trials", "below")

    def __init__(self, k: int, trials: int, rate: float) -> None:
        self._k, self._trials, self._rate = k, trials, rate
        self.below = binomial_cdf(k, trials, rate)
        self._mass = binomial_pmf(k, trials, rate)

    def add_trial(self) -> None:
        """One more trial: those at k that succeed leave."""
        self.below -= self._rate * self._mass
        self._trials += 1
        self._mass *= self._trials * (1 - self._rate) / (self._trials - self._k)

    def next_mass(self) -> float:
        """P(X = k + 1)."""
        if self._k < 0:
            return (1 - self._rate) ** self._trials
        if self._rate == 1:  # as many as there are trials
            return float(self._k + 1 == self._trials)
        odds = self._rate / (1 - self._rate)
        return self._mass * (self._trials - self._k) / (self._k + 1) * odds

    def add_success(self) -> None:
        """K grows by one."""
        self._mass = self.next_mass()
        self.below += self._mass
        self._k += 1


def _power(items: int, effect: float, psi: float, alpha: float) -> float:
    """Exact power for one number of items."""
    return _PowerCurve(items, items, effect, psi, alpha).power(items)


def _disagreement(effect: float, disagreement: float) -> float:
    return max(share(effect, "effect"), share(disagreement, "disagreement"))


def share(value: float, name: str) -> float:
    """A share that is positive.

    Raises:
        ValueError: It is not in (0, 1].
    """
    if not 0 < value <= 1:
        raise ValueError(f"{name} lies in (0, 1], not {value}")
    return float(value)
