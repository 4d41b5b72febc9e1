"""Means of items that are not independent: cluster-robust intervals.

With each item its own cluster this is the t interval of independent items: one code path.
"""

import numpy as np
from numpy.typing import ArrayLike

from evalreport.estimates import Estimated, NotEstimable, Point
from evalreport.stats.arguments import (
    FEWEST_GROUPS,
    FEWEST_ITEMS,
    NO_ITEMS,
    FloatArray,
    IntArray,
    check_level,
    cluster_codes,
    few,
    only,
    only_these_differ,
    sums_by_cluster,
    vector,
)
from evalreport.stats.bounded_mean import Bounds, check_bounds, common_value_interval
from evalreport.stats.spread import interval_of, spread_of

_DIGITS = 12
_NEGLIGIBLE = 1e-12
TEXTBOOK_CLUSTER_METHOD = "cluster-robust t interval (CR2)"
CLUSTER_METHOD = f"{TEXTBOOK_CLUSTER_METHOD}, widened for skewness"


def cluster_mean(
    x: ArrayLike,
    clusters: ArrayLike,
    *,
    level: float,
    bounds: Bounds | None = None,
    skewness: bool = True,
) -> Estimated:
    """The item-weighted mean with a cluster-robust interval, for one arm or for differences.

    The sandwich estimator "CR2" with Satterthwaite's degrees of freedom, and each end the wider of
    t and Hall's (`stats.spread` has the sources); with clusters of equal size that is CR1 with
    t(G - 1), widened for skewness. Where fewer than six clusters depart from the commonest value,
    the normal theory fails; then the share of departing clusters is bounded exactly when `bounds`
    are known, and otherwise there is no interval.

    Args:
        x: One value an item, shape (n,).
        clusters: Cluster of each item, integers or texts, shape (n,).
        level: Two-sided confidence, such as 0.95.
        bounds: The least and the greatest value that an item can have; the interval is cut to it.
        skewness: Whether each end is the wider of t's and Hall's; else it is the textbook's t.

    Returns:
        An estimate; a point for fewer than 10 items or 5 clusters, where one or two clusters hold
        most of the items, or where nothing varies.

    Raises:
        ValueError: A value outside the bounds, NaN, an infinity, clusters of another length.
    """
    values = vector(x, "values")
    codes, groups = cluster_codes(clusters, len(values))
    return mean_of_groups(
        values,
        codes,
        groups,
        level=level,
        bounds=bounds,
        method=CLUSTER_METHOD if skewness else TEXTBOOK_CLUSTER_METHOD,
        unit="groups",
        skewness=skewness,
    )


def design_effect(x: ArrayLike, clusters: ArrayLike) -> float | NotEstimable:
    """How many times the variance of the mean is what independent items would give.

    n divided by it is the effective number of items.
    Source: Kish (1965), Survey Sampling, section 8.2, with the variance above.

    Raises:
        ValueError: As `cluster_mean`.
    """
    values = vector(x, "values")
    codes, groups = cluster_codes(clusters, len(values))
    if groups < 2:
        return NotEstimable(not_estimable=only(groups, "groups"))
    residuals = values - values.mean()
    independent = spread_of(residuals, np.arange(len(values)), len(values)).se
    if independent <= negligible(values):
        return NotEstimable(not_estimable="all values are equal")
    return (spread_of(residuals, codes, groups).se / independent) ** 2


def mean_of_groups(
    values: FloatArray,
    codes: IntArray,
    groups: int,
    *,
    level: float,
    bounds: Bounds | None,
    method: str,
    unit: str,
    skewness: bool = True,
) -> Estimated:
    """The mean with an interval over independent groups, or what can be said instead.

    Raises:
        ValueError: A value outside the bounds, a level outside (0, 1).
    """
    check_level(level)
    limits = None if bounds is None else check_bounds(values, bounds)
    n = len(values)
    if n == 0:
        return NotEstimable(not_estimable=NO_ITEMS)
    value = float(values.mean())
    if n < FEWEST_ITEMS:
        return Point(value=value, no_interval=only(n, "items"))
    if groups < FEWEST_GROUPS:
        return Point(value=value, no_interval=only(groups, unit))
    common = commonest(values)
    below, above = departing(values, common, codes, groups)
    if few(below + above, groups):
        if limits is None:
            return Point(value=value, no_interval=only_these_differ(below + above, unit))
        return common_value_interval(
            value,
            common=min(max(common, limits[0]), limits[1]),
            below=below,
            above=above,
            units=groups,
            weight=float(np.bincount(codes).max()) * groups / n,
            bounds=limits,
            level=level,
        )
    spread = spread_of(values - value, codes, groups).counting(skewness=skewness)
    return interval_of(
        value, spread, level=level, bounds=limits, method=method, least=negligible(values)
    )


def departing(values: FloatArray, common: float, codes: IntArray, groups: int) -> tuple[int, int]:
    """How many groups fall below the common value, and how many rise above it."""
    departures = sums_by_cluster(values - common, codes, groups)
    noise = negligible(values) * len(values) / groups
    return int((departures < -noise).sum()), int((departures > noise).sum())


def negligible(values: FloatArray) -> float:
    """Up to here a deviation is rounding: 1e-12 of the largest value."""
    return _NEGLIGIBLE * float(np.abs(values).max(initial=0.0))


def commonest(values: FloatArray) -> float:
    """The most frequent value, equal up to rounding; 0, or else the least, of several."""
    scale = float(np.abs(values).max())
    if scale == 0:
        return 0.0
    rounded, first, counts = np.unique(
        np.round(values / scale, _DIGITS), return_index=True, return_counts=True
    )
    most = counts == counts.max()
    # Of equally frequent values, 0 first: it is what "no difference" looks like.
    if (rounded[most] == 0).any():
        return 0.0
    return float(values[first[int(most.argmax())]])
