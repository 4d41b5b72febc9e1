"""Two independent samples: did one improve more than the other, as seen items over unseen ones?"""

import math

from numpy.typing import ArrayLike

from evalreport.estimates import Estimated, NotEstimable, Point, Tested
from evalreport.stats.arguments import FEWEST_ITEMS, NO_ITEMS, FloatArray, check_level, only, vector
from evalreport.stats.clusters import negligible, t_interval
from evalreport.stats.quantiles import t_two_sided_p


def welch(a: ArrayLike, b: ArrayLike, *, level: float) -> Estimated:
    """mean(a) - mean(b) of two independent samples, with Welch's interval.

    For a difference in differences, `a` holds the improvements on one set of items and `b` those
    on another. Source: Welch (1947), Biometrika 34, with Satterthwaite's degrees of freedom.

    Args:
        a: One value an item, shape (n,).
        b: One value an item of the other set, shape (m,).
        level: Two-sided confidence, such as 0.95.

    Returns:
        An estimate; a point where either set has fewer than 10 items or neither varies.

    Raises:
        ValueError: NaN, an infinity, another shape, a level outside (0, 1).
    """
    first, second = vector(a, "first sample"), vector(b, "second sample")
    check_level(level)
    if len(first) == 0 or len(second) == 0:
        return NotEstimable(not_estimable=NO_ITEMS)
    value = float(first.mean() - second.mean())
    fewest = min(len(first), len(second))
    if fewest < FEWEST_ITEMS:
        return Point(value=value, no_interval=f"{only(fewest, 'items')} in a sample")
    se, df = _error(first, second)
    least = max(negligible(first), negligible(second))
    return t_interval(value, se, df, level=level, method="Welch interval", least=least)


def welch_test(a: ArrayLike, b: ArrayLike) -> Tested | NotEstimable:
    """Welch's two-sided test of equal means of two independent samples.

    Raises:
        ValueError: NaN, an infinity, another shape.
    """
    first, second = vector(a, "first sample"), vector(b, "second sample")
    fewest = min(len(first), len(second))
    if fewest < 2:
        return NotEstimable(not_estimable=f"{only(fewest, 'items')} in a sample")
    se, df = _error(first, second)
    if se <= max(negligible(first), negligible(second)):
        return NotEstimable(not_estimable="nothing varies")
    p = t_two_sided_p(float(first.mean() - second.mean()) / se, df)
    return Tested(p_value=p, test="Welch test")


def _error(first: FloatArray, second: FloatArray) -> tuple[float, float]:
    """Standard error of the difference of the means, and its degrees of freedom."""
    parts = [(float(x.var(ddof=1)) / len(x), len(x) - 1) for x in (first, second)]
    total = sum(variance for variance, _ in parts)
    spread = sum(variance**2 / df for variance, df in parts)
    return math.sqrt(total), total**2 / spread if spread > 0 else float(parts[0][1] + parts[1][1])
