"""The mean of one arm, and the mean of paired differences, over independent items."""

import numpy as np
from numpy.typing import ArrayLike

from evalreport.estimates import Estimated, NotEstimable, Point
from evalreport.stats.arguments import (
    NO_ITEMS,
    FloatArray,
    check_level,
    cluster_codes,
    only,
    same_length,
    vector,
)
from evalreport.stats.bounded_mean import Bounds
from evalreport.stats.clusters import mean_of_groups, negligible
from evalreport.stats.spread import Spread, interval_of, spread_of

_ROUNDING = 1e-12


TEXTBOOK_METHOD = "t interval"
MEAN_METHOD = f"{TEXTBOOK_METHOD}, widened for skewness"
PAIRED_METHOD = f"paired {MEAN_METHOD}"


def differences(candidate: ArrayLike, reference: ArrayLike) -> FloatArray:
    """Candidate minus reference on each item, shape (n,), with rounding noise as exact ties.

    Two scores that differ by less than 1e-12 of their size were the same number computed in
    another order; counted as a change they would make a ±0 look significant.

    Raises:
        ValueError: Other lengths or shapes, NaN, an infinity.
    """
    a, b = vector(candidate, "candidate scores"), vector(reference, "reference scores")
    same_length(a, b)
    gap = a - b
    return np.where(np.abs(gap) <= _ROUNDING * np.maximum(np.abs(a), np.abs(b)), 0.0, gap)


def mean_interval(
    x: ArrayLike, *, level: float, bounds: Bounds | None = None, skewness: bool = True
) -> Estimated:
    """The mean of one arm's scores with the t interval, widened for skewness.

    Args:
        x: One score an item, shape (n,).
        level: Two-sided confidence, such as 0.95.
        bounds: The least and the greatest score that there can be.
        skewness: Whether each end is the wider of t's and Hall's; else it is the textbook's t.

    Returns:
        As `paired_difference`.

    Raises:
        ValueError: A value outside the bounds, NaN, an infinity, another shape.
    """
    values = vector(x, "scores")
    codes, groups = cluster_codes(None, len(values))
    return mean_of_groups(
        values,
        codes,
        groups,
        level=level,
        bounds=bounds,
        method=MEAN_METHOD if skewness else TEXTBOOK_METHOD,
        unit="items",
        skewness=skewness,
    )


def paired_difference(
    differences: ArrayLike, *, bounds: Bounds | None = None, level: float, skewness: bool = True
) -> Estimated:
    """The mean paired difference with the interval that its data can bear.

    Student's t, each end the wider of it and Hall's correction for skewness (`stats.spread` has the
    source), except where fewer than six items depart from the commonest difference (mostly
    0): there t under-covers badly (down to 0.26 for a nominal 0.95), and no exact test could
    reject either. Then the share of departing items is bounded exactly if `bounds` are known, and
    otherwise there is a point without interval. At least 10 items are needed for an interval.

    Args:
        differences: Candidate minus reference, one an item, shape (n,).
        bounds: The least and the greatest difference that there can be, such as (-1, 1).
        level: Two-sided confidence, such as 0.95.
        skewness: Whether each end is the wider of t's and Hall's; else it is the textbook's t.

    Raises:
        ValueError: A value outside the bounds, NaN, an infinity, another shape.
    """
    values = vector(differences, "differences")
    codes, groups = cluster_codes(None, len(values))
    return mean_of_groups(
        values,
        codes,
        groups,
        level=level,
        bounds=bounds,
        method=PAIRED_METHOD if skewness else f"paired {TEXTBOOK_METHOD}",
        unit="items",
        skewness=skewness,
    )


def paired_t(differences: ArrayLike, *, level: float) -> Estimated:
    """The mean paired difference with Student's t interval and nothing else.

    Source: Student (1908), Biometrika 6. `paired_difference` chooses it where it holds.

    Raises:
        ValueError: NaN, an infinity, another shape.
    """
    values = vector(differences, "differences")
    check_level(level)
    n = len(values)
    if n == 0:
        return NotEstimable(not_estimable=NO_ITEMS)
    value = float(values.mean())
    if n == 1:
        return Point(value=value, no_interval=only(n, "items"))
    se = spread_of(values - value, np.arange(n), n).se
    return interval_of(
        value,
        Spread(se, n - 1),
        level=level,
        method="paired t interval",
        least=negligible(values),
    )
