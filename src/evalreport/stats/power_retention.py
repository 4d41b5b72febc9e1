"""Planning a guard with right/wrong items: power of Tango's one-sided bound, margin, items.

`disagreement` is the share of items on which exactly one arm is right. Where few items differ, the
normal formula promises what the score interval cannot give: even when nothing differs at all, its
lower end is -z² / (n + z²). So the power is enumerated.
"""

import math
from collections.abc import Callable
from typing import Final, SupportsIndex

from evalreport.estimates import NotEstimable
from evalreport.stats.arguments import (
    MOST_COUNTED,
    NO_ITEMS,
    check_count,
    check_one_sided,
    check_power,
)
from evalreport.stats.paired_binary import bound_is_below
from evalreport.stats.power_binary import BinomialTail, count_weights, likely_counts, share
from evalreport.stats.quantiles import normal_quantile, two_sided_z
from evalreport.stats.roots import crossing

_TOLERANCE: Final = 1e-5
_SCANNED_UP_TO: Final = 3_000
_MOST_ITEMS: Final = 10_000_000
_TOO_MANY: Final = "more items than can be counted"


def binary_margin_power(
    items: SupportsIndex,
    margin: float,
    disagreement: float,
    *,
    alpha: float,
    true_difference: float = 0.0,
) -> float:
    """The probability that the one-sided score bound shows a loss below the margin, by enumeration.

    Args:
        items: All items, ties included.
        margin: Loss that is still accepted, in (0, 1].
        disagreement: Share of differing items, in (0, 1]; raised to the true difference.
        alpha: One-sided size, such as 0.05; below 0.5.
        true_difference: Candidate minus reference, as it truly is, in [-1, 1].

    Raises:
        ValueError: An argument outside its range.
    """
    n, z = check_count(items, "items"), two_sided_z(1 - 2 * check_one_sided(alpha))
    psi = _disagreement(disagreement, true_difference)
    share(margin, "margin")
    if n == 0:
        return 0.0
    worse = min(max((psi - true_difference) / (2 * psi), 0.0), 1.0)

    def retained(differing: int, lost: int) -> bool:
        return lost <= differing and bound_is_below(margin, lost, differing - lost, n, z)

    first, last = likely_counts(n, psi)
    most = _most_lost(first, retained)
    # Lost items that still show retention grow by at most one with each further differing item.
    tail = BinomialTail(most, first, worse)
    shown = []
    for differing in range(first, last + 1):
        if differing > first:
            tail.add_trial()
            if retained(differing, most + 1):
                most += 1
                tail.add_success()
        shown.append(1.0 if most >= differing else tail.below)
    return min(1.0, float((count_weights(n, psi, first, last) * shown).sum()))


def smallest_margin_binary(
    items: SupportsIndex, disagreement: float, *, power: float, alpha: float
) -> float | NotEstimable:
    """The least margin that would be shown with the wanted power if nothing were lost.

    Consistent with `binary_margin_power`, to 1e-5.

    Raises:
        ValueError: An argument outside its range.
    """
    n, wanted = check_count(items, "items"), check_power(power, check_one_sided(alpha))
    if n == 0:
        return NotEstimable(not_estimable=NO_ITEMS)

    def shortfall(margin: float) -> float:
        return binary_margin_power(n, margin, disagreement, alpha=alpha) - wanted

    if shortfall(1.0) < 0:
        return NotEstimable(not_estimable=f"{n} items cannot show retention, whatever they say")
    return crossing(shortfall, 0.0, 1.0, tolerance=_TOLERANCE)


def binary_margin_items(
    margin: float, disagreement: float, *, power: float, alpha: float
) -> int | NotEstimable:
    """Items from which on the bound shows retention with the wanted power if nothing is lost.

    Exact power is a saw-tooth in n. Up to 3,000 items the answer holds for this n and all above;
    beyond, the teeth are low and the first n that reaches the power is given.

    Args:
        margin: Loss that is still accepted, in (0, 1].
        disagreement: Share of differing items, in (0, 1].
        power: Wanted probability to show it, above alpha, such as 0.8.
        alpha: One-sided size, such as 0.05; below 0.5.

    Raises:
        ValueError: An argument outside its range.
    """
    guess = liu_margin_items(margin, disagreement, power=power, alpha=alpha)
    if isinstance(guess, NotEstimable):
        return guess

    def suffices(n: int) -> bool:
        return binary_margin_power(n, margin, disagreement, alpha=alpha) >= power

    low, high = 0, max(guess, 1)
    while not suffices(high):
        low, high = high, high + max(10, high // 4)
        if high > _MOST_ITEMS:
            return NotEstimable(not_estimable=_TOO_MANY)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if suffices(middle) else (middle, high)
    if high > _SCANNED_UP_TO:
        return high
    # Teeth are about 1 / margin apart, and worn off after one more differing item or a few of them.
    stretch = math.ceil(min(3 / disagreement, 30 / margin))
    reach = high + max(10, stretch)
    failing = [n for n in range(high, reach) if not suffices(n)]
    while failing and reach - failing[-1] < stretch:
        start, reach = reach, reach + stretch
        failing += [n for n in range(start, reach) if not suffices(n)]
    return failing[-1] + 1 if failing else high


def liu_margin_items(
    margin: float,
    disagreement: float,
    *,
    power: float,
    alpha: float,
    true_difference: float = 0.0,
) -> int | NotEstimable:
    """Items for a margin by the normal formula, optimistic where few items differ.

    n = (z_alpha + z_beta)² (psi - d²) / (margin + d)², with d the true difference.
    Source: Liu, Hsueh, Hsieh and Chen (2002), Statistics in Medicine 21, 231-245.

    Args:
        margin: Loss that is still accepted, in (0, 1].
        disagreement: psi, share of differing items, in (0, 1].
        power: Wanted probability to show it, above alpha, such as 0.8.
        alpha: One-sided size, such as 0.05; below 0.5.
        true_difference: What the difference truly is, in [-1, 1].

    Raises:
        ValueError: An argument outside its range.
    """
    psi = _disagreement(disagreement, true_difference)
    room = share(margin, "margin") + true_difference
    size = check_one_sided(alpha)
    quantiles = normal_quantile(check_power(power, size)) - normal_quantile(size)
    if room <= 0:
        return NotEstimable(not_estimable="the loss would be as large as the margin")
    errors = quantiles / room
    needed = (psi - true_difference**2) * errors * errors
    if needed > MOST_COUNTED:
        return NotEstimable(not_estimable=_TOO_MANY)
    return max(1, math.ceil(needed))


def _disagreement(disagreement: float, true_difference: float) -> float:
    """The share of differing items, raised to the true difference.

    Raises:
        ValueError: It is outside (0, 1], or the true difference outside [-1, 1].
    """
    if not abs(true_difference) <= 1:
        raise ValueError(f"a difference of shares lies in [-1, 1], not {true_difference}")
    return max(share(disagreement, "disagreement"), abs(true_difference))


def _most_lost(differing: int, retained: Callable[[int, int], bool]) -> int:
    """The most lost items of so many differing ones that still show retention; -1 for none."""
    low, high = -1, differing + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if retained(differing, middle) else (low, middle)
    return low
