"""Two means of independent items of which only mean, standard deviation and number are known.

The items themselves say more: see `differences_in_differences.welch`, which widens for skewness.
Summaries tell no skewness, so that nothing is widened here.
"""

import math
from typing import NamedTuple

from evalreport.estimates import Estimate, Estimated, NotEstimable, Point, Tested
from evalreport.stats.arguments import FEWEST_ITEMS, check_count, check_level, only
from evalreport.stats.quantiles import t_two_sided_p, two_sided_t

_NO_SPREAD = "a sample does not vary"


class Summary(NamedTuple):
    """A sample by its mean, its standard deviation (n - 1) and its number of items."""

    mean: float
    sd: float
    n: int


def mean_of_summary(one: Summary, *, level: float) -> Estimated:
    """A mean with Student's interval, from its summary.

    Raises:
        ValueError: A negative count or standard deviation, a level outside (0, 1).
    """
    se, df = _error(one)
    check_level(level)
    if one.n < FEWEST_ITEMS:
        return Point(value=one.mean, no_interval=only(one.n, "items"))
    if se == 0:
        return Point(value=one.mean, no_interval="nothing varies")
    half = two_sided_t(level, df) * se
    return Estimate(
        value=one.mean,
        low=one.mean - half,
        high=one.mean + half,
        level=level,
        method="t interval, from mean, standard deviation and n",
    )


def welch_of_summaries(a: Summary, b: Summary, *, level: float) -> Estimated:
    """mean(a) - mean(b) with Welch's interval, from summaries.

    Source: Welch (1947), Biometrika 34, with Satterthwaite's degrees of freedom.

    Returns:
        An estimate; a point where either sample has fewer than 10 items, or one does not vary: its
        mean would count as known.

    Raises:
        ValueError: A negative count or standard deviation, a level outside (0, 1).
    """
    check_level(level)
    value = a.mean - b.mean
    fewest = min(check_count(a.n, "items"), check_count(b.n, "items"))
    if fewest == 0:
        return NotEstimable(not_estimable="no items")
    if fewest < FEWEST_ITEMS:
        return Point(value=value, no_interval=f"{only(fewest, 'items')} in a sample")
    se, df = _together(a, b)
    if min(a.sd, b.sd) == 0:
        return Point(value=value, no_interval=_NO_SPREAD)
    half = two_sided_t(level, df) * se
    return Estimate(
        value=value,
        low=value - half,
        high=value + half,
        level=level,
        method="Welch interval, independent, from means, standard deviations and n",
    )


def welch_test_of_summaries(a: Summary, b: Summary) -> Tested | NotEstimable:
    """Welch's two-sided test of equal means, from summaries.

    Raises:
        ValueError: A negative count or standard deviation.
    """
    if min(a.n, b.n) < FEWEST_ITEMS:
        return NotEstimable(not_estimable=f"{only(min(a.n, b.n), 'items')} in a sample")
    se, df = _together(a, b)
    if min(a.sd, b.sd) == 0:
        return NotEstimable(not_estimable=_NO_SPREAD)
    return Tested(p_value=t_two_sided_p((a.mean - b.mean) / se, df), test="Welch's t test")


def _error(one: Summary) -> tuple[float, float]:
    """Standard error and degrees of freedom of one mean."""
    n = check_count(one.n, "items")
    if not one.sd >= 0:
        raise ValueError(f"a standard deviation is not negative: {one.sd}")
    return (one.sd / math.sqrt(n) if n else 0.0), max(n - 1, 1)


def _together(a: Summary, b: Summary) -> tuple[float, float]:
    """Standard error of the difference and Satterthwaite's degrees of freedom."""
    (first, df_a), (second, df_b) = _error(a), _error(b)
    se = math.hypot(first, second)
    if se == 0:
        return 0.0, 1.0
    u, v = (first / se) ** 2, (second / se) ** 2
    return se, 1 / (u * u / df_a + v * v / df_b)
