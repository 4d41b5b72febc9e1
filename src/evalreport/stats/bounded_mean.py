"""Intervals for bounded values that need no normal theory: where almost nothing varies, t lies."""

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from evalreport.estimates import Estimate, Estimated, NotEstimable, Point
from evalreport.stats.arguments import LARGEST, NO_ITEMS, FloatArray, check_level, vector
from evalreport.stats.proportions import exact_upper

Bounds: TypeAlias = tuple[float, float]

_ROUNDING = 1e-9


def empirical_bernstein(x: ArrayLike, *, bounds: Bounds, level: float) -> Estimated:
    """The mean of bounded values with the empirical Bernstein interval, valid at every n.

    Each end holds with probability 1 - (1 - level)/2; the interval is cut to the bounds. It is
    wide: ±0.42 for 50 equal differences in [-1, 1].
    Source: Maurer and Pontil (2009), COLT, theorem 4 (arXiv:0907.3740), used once for each end.

    Args:
        x: One value an item, shape (n,).
        bounds: The least and the greatest value that an item can have.
        level: Two-sided confidence, such as 0.95.

    Raises:
        ValueError: A value outside the bounds, NaN, an infinity, another shape.
    """
    values, low, high = _bounded(vector(x, "values"), bounds)
    log_term = math.log(4 / (1 - check_level(level)))
    n = len(values)
    if n == 0:
        return NotEstimable(not_estimable=NO_ITEMS)
    value = float(values.mean())
    if n == 1:
        return Point(value=value, no_interval="one item")
    variance = float(values.var(ddof=1))
    half = math.sqrt(2 * variance * log_term / n) + 7 * (high - low) * log_term / (3 * (n - 1))
    return Estimate(
        value=value,
        low=max(low, value - half),
        high=min(high, value + half),
        level=level,
        method="empirical Bernstein interval",
    )


def common_value_interval(
    value: float,
    *,
    common: float,
    below: int,
    above: int,
    units: int,
    weight: float,
    bounds: Bounds,
    level: float,
) -> Estimate:
    """The mean of bounded values of which almost all are equal, from how many depart.

    With c the common value, the mean is at most c + P(above c) (high - c) and at least
    c - P(below c) (c - low); the two probabilities get exact upper bounds (Clopper and Pearson
    1934), each at half the error. It needs no assumption on how far values depart, and it is what
    remains of the rule of three for a mean: 50 differences of 0 in [-1, 1] leave ±0.071.

    Args:
        value: The mean.
        common: c, within the bounds.
        below: Units that fall below it.
        above: Units that rise above it.
        units: All independent units, items or clusters.
        weight: The greatest share of a unit in the mean, times the number of units; 1 for items.
        bounds: The least and the greatest value that an item can have.
        level: Two-sided confidence.
    """
    tail = (1 - level) / 2
    low, high = bounds
    down = min(1.0, weight * exact_upper(below, units, tail)) * (common - low)
    up = min(1.0, weight * exact_upper(above, units, tail)) * (high - common)
    return Estimate(
        value=value,
        low=min(value, common - down),
        high=max(value, common + up),
        level=level,
        method="exact bound on the share that departs from the common value",
    )


def _bounded(values: FloatArray, bounds: Bounds) -> tuple[FloatArray, float, float]:
    """The values cut to the bounds, where they pass them only by rounding."""
    low, high = check_bounds(values, bounds)
    return np.clip(values, low, high), low, high


def check_bounds(values: FloatArray, bounds: Bounds) -> Bounds:
    """The bounds as floats.

    Raises:
        ValueError: They are not finite, beyond ±1e100, not in order, or a value lies outside.
    """
    low, high = float(bounds[0]), float(bounds[1])
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(f"bounds must be finite and in order, not {bounds}")
    if max(-low, high) > LARGEST:
        raise ValueError(f"bounds must lie within ±{LARGEST:g}, not {bounds}")
    slack = _ROUNDING * (high - low)
    if len(values) and (values.min() < low - slack or values.max() > high + slack):
        raise ValueError(f"a value lies outside the bounds {bounds}")
    return low, high
