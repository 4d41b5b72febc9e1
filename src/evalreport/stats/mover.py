"""The difference of two independent values of which only the intervals are known."""

import math

from evalreport.estimates import Estimate, Estimated, NotEstimable, Point


def mover(first: Estimated, second: Estimated) -> Estimated:
    """First - second, independent, with an interval recovered from those of the two.

    Each end lies as far from the difference as the two ends that bear on it do from their values,
    by Pythagoras ("method of variance estimates recovery"). What the two intervals know, such as
    bounds of a scale or the exact bound of a rate that was 0 of n, is kept; with Wilson's intervals
    it is Newcombe's. Source: Zou and Donner (2008), Statistics in Medicine 27, 1693-1702.

    Args:
        first: A value with its interval.
        second: Another of other items, with an interval of the same level.

    Returns:
        An estimate; a point where either has no interval, with its reason; not estimable where
        either is not.

    Raises:
        ValueError: Intervals of different levels.
    """
    if isinstance(first, NotEstimable):
        return first
    if isinstance(second, NotEstimable):
        return second
    value = first.value - second.value
    if isinstance(first, Point):
        return Point(value=value, no_interval=first.no_interval)
    if isinstance(second, Point):
        return Point(value=value, no_interval=second.no_interval)
    if first.level != second.level:
        raise ValueError(f"intervals of different levels: {first.level} and {second.level}")
    return Estimate(
        value=value,
        low=value - math.hypot(first.value - first.low, second.high - second.value),
        high=value + math.hypot(first.high - first.value, second.value - second.low),
        level=first.level,
        method=f"difference of two independent values (MOVER), each by: {first.method}"
        if first.method == second.method
        else f"difference of two independent values (MOVER): {first.method}; {second.method}",
    )
