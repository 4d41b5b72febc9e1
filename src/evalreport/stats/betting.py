"""Betting intervals: the mean of bounded values, valid at every n, narrow where little varies.

Somebody who thinks the mean is above m stakes a share of the capital on every item. If m is right
the game is fair, and the capital passes 2/(1 - level) with probability (1 - level)/2 at most; so
every m at which it does pass is ruled out. How much to stake is not known beforehand, so the
capital is divided among stakes fixed in advance and the mean of what becomes of it is taken: the
order of the items then does not matter.
"""

import math
from typing import SupportsIndex

import numpy as np
from numpy.typing import ArrayLike

from evalreport.estimates import Estimate, Estimated, NotEstimable
from evalreport.stats.arguments import (
    NO_ITEMS,
    FloatArray,
    check_count,
    check_level,
    cluster_codes,
    sums_by_cluster,
    vector,
)
from evalreport.stats.bounded_mean import Bounds, check_bounds
from evalreport.stats.roots import crossing

_ROUNDING = 1e-15


def betting_interval(x: ArrayLike, *, bounds: Bounds, level: float) -> Estimated:
    """The mean of bounded values with a betting interval, valid at every n, whatever the order.

    Each end holds with probability 1 - (1 - level)/2 for independent items of any distributions
    within the bounds; where they are not alike it is about the mean of their means. On [0, 1] the
    capital against a mean of m or less is the average over stakes s of prod(1 - s + s x_i / m),
    with s = 1, 2^(-1/2), 2^(-1), ... down to about n^(-1/2), and shares of the capital as 1, 1/2,
    1/3, ...; the capital against m or more is that of 1 - x against 1 - m. Each rises as m moves
    away, so what is not ruled out is an interval.

    Source: Waudby-Smith and Ramdas (2024), JRSS B 86(1), 1-27, section 4 (hedged capital), with a
    mixture over fixed stakes in place of stakes learnt on the way.

    Args:
        x: One value an item, shape (n,).
        bounds: The least and the greatest value that an item can have, known beforehand.
        level: Two-sided confidence, such as 0.95.

    Raises:
        ValueError: A value outside the bounds, NaN, an infinity, another shape.
    """
    values = vector(x, "values")
    return _interval(values, np.ones(len(values)), bounds, level, "betting interval")


def betting_interval_in_clusters(
    x: ArrayLike,
    clusters: ArrayLike,
    *,
    bounds: Bounds,
    level: float,
    largest: SupportsIndex | None = None,
) -> Estimated:
    """The item-weighted mean of bounded values in clusters with a betting interval over clusters.

    As `betting_interval`, with one bet a cluster: a cluster of n_g items with mean x_g moves the
    capital by the factor 1 + s (n_g / n_max) (x_g / m - 1). Where m is the true item-weighted mean
    these have a product of expectation 1 at most, however items depend within a cluster: only
    independent clusters are assumed. A cluster that is small beside the largest tells little.

    By default n_max is the largest size seen and the mean is that of clusters of the sizes seen,
    as with the passages of a benchmark. Where sizes come by chance and go together with the
    scores, a kind of cluster that was not drawn may be larger than all that were: then say what
    the `largest` can be, and it holds for the mean over all kinds, E[n_g x_g] / E[n_g].

    Args:
        x: One value an item, shape (n,).
        clusters: Cluster of each item, integers or texts, shape (n,).
        bounds: The least and the greatest value that an item can have, known beforehand.
        level: Two-sided confidence, such as 0.95.
        largest: The most items that a cluster can have, if sizes come by chance.

    Raises:
        ValueError: A value outside the bounds, a cluster above the largest, NaN, an infinity,
            clusters of another length.
    """
    values = vector(x, "values")
    codes, groups = cluster_codes(clusters, len(values))
    sizes = np.bincount(codes, minlength=groups).astype(np.float64)
    seen = int(sizes.max(initial=0.0))
    most = seen if largest is None else check_count(largest, "largest")
    if most < seen:
        raise ValueError(f"a cluster has {seen} items, the largest can have {most}")
    check_bounds(values, bounds)
    means = sums_by_cluster(values, codes, groups) / sizes
    weights = sizes / max(most, 1)
    return _interval(means, weights, bounds, level, "betting interval over clusters")


def _interval(
    values: FloatArray, weights: FloatArray, bounds: Bounds, level: float, method: str
) -> Estimated:
    low, high = check_bounds(values, bounds)
    target = math.log(2 / (1 - check_level(level)))
    if len(values) == 0:
        return NotEstimable(not_estimable=NO_ITEMS)
    mean = float((weights * values).sum() / weights.sum())
    width = high - low
    up = np.clip((values - low) / width, 0.0, 1.0)
    below, above = _lower(up, weights, target), _lower(1 - up, weights, target)
    value = min(max(mean, low), high)
    return Estimate(
        value=value,
        low=min(value, low + width * below),
        high=max(value, high - width * above),
        level=level,
        method=method,
    )


def _lower(x: FloatArray, weights: FloatArray, target: float) -> float:
    """The least mean of values in [0, 1] at which the log capital does not pass the target."""
    mean = float((weights * x).sum() / weights.sum())
    if mean <= _ROUNDING:
        return 0.0
    # Units that are alike are counted: their order is gone, and most data has few distinct ones.
    (x, weights), times = np.unique(np.stack((x, weights)), axis=1, return_counts=True)
    steps = np.arange(math.ceil(math.log2(times.sum())) + 1)
    stakes = 2.0 ** (-0.5 * steps[:, np.newaxis]) * weights  # (stakes, distinct units)
    # Large stakes pay where little varies, which is what such an interval is wanted for.
    shares = 1 / (steps + 1) / (1 / (steps + 1)).sum()

    def spared(m: float) -> float:
        with np.errstate(divide="ignore"):  # all was staked on a unit that lost
            logs = np.log(1 - stakes + stakes * (x / m)) @ times
        most = float(logs.max())
        if most == -math.inf:
            return math.inf
        return target - most - math.log(float((shares * np.exp(logs - most)).sum()))

    return crossing(spared, 0.0, mean)
