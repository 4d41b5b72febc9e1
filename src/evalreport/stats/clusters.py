"""Means of items that are not independent: cluster-robust (CR1) intervals with t(G - 1).

With each item its own cluster this is the ordinary t interval, so there is one code path.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from evalreport.estimates import Estimate, Estimated, NotEstimable, Point
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
from evalreport.stats.quantiles import two_sided_t

_DIGITS = 12
_NEGLIGIBLE = 1e-12
CLUSTER_METHOD = "cluster-robust t interval (CR1)"


def cluster_mean(
    x: ArrayLike, clusters: ArrayLike, *, level: float, bounds: Bounds | None = None
) -> Estimated:
    """The item-weighted mean with a cluster-robust interval, for one arm or for differences.

    The sandwich estimator with the correction G/(G - 1), "CR1", and Student's t with G - 1
    degrees of freedom (Cameron and Miller 2015, Journal of Human Resources 50(2), section VI; the
    same as a regression on a constant with clustered errors). Where fewer than six clusters
    depart from the commonest value, the normal theory fails; then the share of departing clusters
    is bounded exactly when `bounds` are known, and otherwise there is no interval.

    Args:
        x: One value an item, shape (n,).
        clusters: Cluster of each item, integers or texts, shape (n,).
        level: Two-sided confidence, such as 0.95.
        bounds: The least and the greatest value that an item can have; the interval is cut to it.

    Returns:
        An estimate; a point for fewer than 10 items or 5 clusters, or where nothing varies.

    Raises:
        ValueError: A value outside the bounds, NaN, an infinity, clusters of another length.
    """
    values = vector(x, "values")
    codes, groups = cluster_codes(clusters, len(values))
    return mean_of_groups(
        values, codes, groups, level=level, bounds=bounds, method=CLUSTER_METHOD, unit="groups"
    )


def design_effect(x: ArrayLike, clusters: ArrayLike) -> float | NotEstimable:
    """How many times the variance of the mean is what independent items would give.

    n divided by it is the effective number of items.
    Source: Kish (1965), Survey Sampling, section 8.2, with the CR1 variance above.

    Raises:
        ValueError: As `cluster_mean`.
    """
    values = vector(x, "values")
    codes, groups = cluster_codes(clusters, len(values))
    if groups < 2:
        return NotEstimable(not_estimable=only(groups, "groups"))
    residuals = values - values.mean()
    independent = robust_se(residuals, np.arange(len(values)), len(values))
    if independent <= negligible(values):
        return NotEstimable(not_estimable="all values are equal")
    return (robust_se(residuals, codes, groups) / independent) ** 2


def mean_of_groups(
    values: FloatArray,
    codes: IntArray,
    groups: int,
    *,
    level: float,
    bounds: Bounds | None,
    method: str,
    unit: str,
) -> Estimated:
    """The mean with a t(G - 1) interval over independent groups, or what can be said instead.

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
    departures = sums_by_cluster(values - common, codes, groups)
    noise = negligible(values) * n / groups
    below, above = int((departures < -noise).sum()), int((departures > noise).sum())
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
    se = robust_se(values - value, codes, groups)
    return t_interval(
        value, se, groups - 1, level=level, bounds=limits, method=method, least=negligible(values)
    )


def robust_se(residuals: FloatArray, codes: IntArray, groups: int) -> float:
    """The CR1 standard error of a mean from residuals that sum to 0: (n,) to one number.

    sqrt(G/(G - 1) sum of squared cluster sums) / n; with each item its own cluster, s / sqrt(n).
    """
    sums = sums_by_cluster(residuals, codes, groups)
    return math.sqrt(groups / (groups - 1) * float(np.square(sums).sum())) / len(residuals)


def t_interval(
    value: float,
    se: float,
    df: float,
    *,
    level: float,
    method: str,
    bounds: Bounds | None = None,
    least: float = 0.0,
) -> Estimate | Point:
    """A value ± t se, cut to the bounds; a point when the standard error is rounding noise.

    Args:
        value: The estimate.
        se: Its standard error.
        df: Degrees of freedom of Student's t.
        level: Two-sided confidence.
        method: Its name.
        bounds: What the estimand can be at all.
        least: A standard error up to here is rounding.
    """
    if se <= least:
        return Point(value=value, no_interval="nothing varies")
    half = two_sided_t(level, df) * se
    low, high = bounds or (-math.inf, math.inf)
    return Estimate(
        value=value,
        low=min(value, max(low, value - half)),
        high=max(value, min(high, value + half)),
        level=level,
        method=method,
    )


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
