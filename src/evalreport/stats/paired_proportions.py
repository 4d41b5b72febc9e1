"""Closed-form intervals for the difference of two paired rates, to set beside Tango's."""

import math
from typing import SupportsIndex

from evalreport.estimates import Estimate, Estimated, NotEstimable
from evalreport.stats.arguments import NO_ITEMS, check_count, check_level
from evalreport.stats.proportions import wilson_ends
from evalreport.stats.quantiles import two_sided_z


def bonett_price(
    better: SupportsIndex, worse: SupportsIndex, items: SupportsIndex, *, level: float
) -> Estimated:
    """The net share (better - worse) / items with Bonett and Price's adjusted Wald interval.

    One item is added to each of the two differing cells, and the Wald formula used on them. It
    needs no search and is close to Tango's interval from some 50 items on; the value shown is the
    plain net share, of which the interval's middle is a shrunken copy.

    Source: Bonett and Price (2012), Journal of Educational and Behavioral Statistics 37(4).

    Args:
        better: Items on which the candidate alone is right, or wins.
        worse: Items on which the reference alone is right, or wins.
        items: All items, ties included; none is `NotEstimable`.
        level: Two-sided confidence, such as 0.95.

    Raises:
        ValueError: A negative count, more differing items than items, a level outside (0, 1).
    """
    b, c = check_count(better, "better"), check_count(worse, "worse")
    n = check_count(items, "items")
    if b + c > n:
        raise ValueError(f"{b} better and {c} worse among {n} items")
    z = two_sided_z(check_level(level))
    if n == 0:
        return NotEstimable(not_estimable=NO_ITEMS)
    up, down = (b + 1) / (n + 2), (c + 1) / (n + 2)
    half = z * math.sqrt((up + down - (up - down) ** 2) / (n + 2))
    value = (b - c) / n
    return Estimate(
        value=value,
        low=min(value, max(-1.0, up - down - half)),
        high=max(value, min(1.0, up - down + half)),
        level=level,
        method="Bonett–Price adjusted Wald interval, paired",
    )


def newcombe_paired(
    both: SupportsIndex,
    better: SupportsIndex,
    worse: SupportsIndex,
    neither: SupportsIndex,
    *,
    level: float,
) -> Estimated:
    """The net share with Newcombe's hybrid score interval for paired rates, his method 10.

    The Wilson intervals of the two rates are combined through the correlation of the pairs,
    which is corrected for continuity. Unlike Tango's it needs to know how the agreeing items
    divide into right by both and right by neither.

    Source: Newcombe (1998), Statistics in Medicine 17, 2635-2650, method 10.

    Args:
        both: Items that both arms get right.
        better: Items on which the candidate alone is right.
        worse: Items on which the reference alone is right.
        neither: Items that both arms get wrong.
        level: Two-sided confidence, such as 0.95.

    Raises:
        ValueError: A negative count, a level outside (0, 1).
    """
    a, b = check_count(both, "both"), check_count(better, "better")
    c, d = check_count(worse, "worse"), check_count(neither, "neither")
    z = two_sided_z(check_level(level))
    n = a + b + c + d
    if n == 0:
        return NotEstimable(not_estimable=NO_ITEMS)
    correlation = _correlation(a, b, c, d)
    first, second = (a + b) / n, (a + c) / n
    low_1, high_1 = wilson_ends(a + b, n, z)
    low_2, high_2 = wilson_ends(a + c, n, z)
    value = (b - c) / n
    return Estimate(
        value=value,
        low=value - _combined(first - low_1, high_2 - second, correlation),
        high=value + _combined(high_1 - first, second - low_2, correlation),
        level=level,
        method="Newcombe hybrid score interval, paired",
    )


def _correlation(a: int, b: int, c: int, d: int) -> float:
    """The phi coefficient of a table, drawn towards 0 by half an item in n where positive."""
    margins = (a + b) * (c + d) * (a + c) * (b + d)
    if margins == 0:
        return 0.0
    product = float(a * d - b * c)
    if product > 0:
        product = max(0.0, product - (a + b + c + d) / 2)
    return product / math.sqrt(margins)


def _combined(one: float, other: float, correlation: float) -> float:
    """The length of the difference of two correlated deviations."""
    return math.sqrt(max(0.0, one * one - 2 * correlation * one * other + other * other))
