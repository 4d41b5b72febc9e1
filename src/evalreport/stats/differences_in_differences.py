"""Two independent samples: did one improve more than the other, as seen items over unseen ones?"""

import math
from collections.abc import Sequence
from typing import Final, TypeAlias

from numpy.typing import ArrayLike

from evalreport.estimates import Estimated, NotEstimable, Point, Tested
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
    vector,
)
from evalreport.stats.clusters import commonest, departing, negligible
from evalreport.stats.quantiles import t_two_sided_p
from evalreport.stats.spread import Spread, interval_of, scale_of, spread_of

_TEXTBOOK: Final = "Welch interval"
WELCH: Final = f"{_TEXTBOOK}, widened for skewness"


Clusters: TypeAlias = tuple[ArrayLike | None, ArrayLike | None]
"""Cluster of each item of the two samples, or None."""

_SEPARATE: Final[Clusters] = (None, None)


def welch(
    a: ArrayLike,
    b: ArrayLike,
    *,
    clusters: Clusters = _SEPARATE,
    level: float,
    skewness: bool = True,
) -> Estimated:
    """mean(a) - mean(b) of two independent samples, with Welch's interval, widened for skewness.

    For a difference in differences, `a` holds the improvements on one set of items and `b` those
    on another. Source: Welch (1947), Biometrika 34, with Satterthwaite's degrees of freedom; each
    end is the wider of it and Hall's (`stats.spread`). A sample in which all but a few are alike
    would enter with next to no variance, as if its mean were known: then there is no interval.
    For right/wrong items `newcombe` gives one.

    Args:
        a: One value an item, shape (n,).
        b: One value an item of the other set, shape (m,).
        clusters: Which items of each set hang together; its error is then cluster-robust.
        level: Two-sided confidence, such as 0.95.
        skewness: Whether each end is the wider of t's and Hall's; else it is the textbook's t.

    Returns:
        An estimate; a point where either set has fewer than 10 items or 5 clusters, or fewer than
        six items (or clusters) that depart from its commonest value.

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
    units = [cluster_codes(c, len(x)) for c, x in zip(clusters, (first, second), strict=True)]
    groups = min(count for _, count in units)
    if groups < FEWEST_GROUPS:
        return Point(value=value, no_interval=f"{only(groups, 'groups')} in a sample")
    refusal = _almost_alike((first, second), units, clusters)
    if refusal:
        return Point(value=value, no_interval=refusal)
    least = max(negligible(first), negligible(second))
    return interval_of(
        value,
        _spread(first, second, units).counting(skewness=skewness),
        level=level,
        method=_TEXTBOOK
        if not skewness
        else WELCH
        if all(names is None for names in clusters)
        else f"{WELCH}, over groups (CR2)",
        least=least,
    )


def welch_test(a: ArrayLike, b: ArrayLike) -> Tested | NotEstimable:
    """Welch's two-sided test of equal means of two independent samples.

    Returns:
        Not estimable where either sample has fewer than two items, or fewer than six that depart
        from its commonest value; for right/wrong items there is `fisher_exact`.

    Raises:
        ValueError: NaN, an infinity, another shape.
    """
    first, second = vector(a, "first sample"), vector(b, "second sample")
    fewest = min(len(first), len(second))
    if fewest < 2:
        return NotEstimable(not_estimable=f"{only(fewest, 'items')} in a sample")
    units = [cluster_codes(None, len(x)) for x in (first, second)]
    refusal = _almost_alike((first, second), units, _SEPARATE)
    if refusal:
        return NotEstimable(not_estimable=refusal)
    spread = _spread(first, second, units)
    if spread.se <= max(negligible(first), negligible(second)):
        return NotEstimable(not_estimable="nothing varies")
    p = t_two_sided_p(float(first.mean() - second.mean()) / spread.se, spread.df)
    return Tested(p_value=p, test="Welch test")


def _spread(first: FloatArray, second: FloatArray, units: Sequence[tuple[IntArray, int]]) -> Spread:
    """Spread of the difference of the means, with Satterthwaite's degrees of freedom."""
    one, other = (
        spread_of(x - x.mean(), codes, groups)
        for x, (codes, groups) in zip((first, second), units, strict=True)
    )
    # Powers of two are taken out, which is exact: the fourth powers of 1e80 are no floats.
    exponent = scale_of(max(one.se, other.se))
    a, b = math.ldexp(one.se, -exponent), math.ldexp(other.se, -exponent)
    variances = a**2, b**2
    total = sum(variances)
    parts = variances[0] ** 2 / one.df + variances[1] ** 2 / other.df
    return Spread(
        se=math.ldexp(math.sqrt(total), exponent),
        df=total**2 / parts if parts > 0 else one.df + other.df,
        skew=(one.skew * a**3 - other.skew * b**3) / total**1.5 if total > 0 else 0.0,
    )


def _almost_alike(
    samples: tuple[FloatArray, FloatArray],
    units: Sequence[tuple[IntArray, int]],
    clusters: Clusters,
) -> str:
    """Why one of the samples says too little of its own error, or nothing."""
    differing = [
        sum(departing(x, commonest(x), codes, groups))
        for x, (codes, groups) in zip(samples, units, strict=True)
    ]
    if not any(differing):
        return "nothing varies"
    for count, (_, groups), names in zip(differing, units, clusters, strict=True):
        if few(count, groups):
            unit = "items" if names is None else "groups"
            return f"{only_these_differ(count, unit)} in a sample"
    return ""
