"""Several training runs of one recipe: what another run would do, not what this checkpoint does."""

import math

import numpy as np
from numpy.typing import ArrayLike

from evalreport.estimates import Estimated, NotEstimable, Point
from evalreport.stats.arguments import (
    FEWEST_GROUPS,
    FEWEST_ITEMS,
    FEWEST_SEEDS,
    NO_ITEMS,
    check_level,
    cluster_codes,
    few,
    matrix,
    only,
    only_these_differ,
    sums_by_cluster,
)
from evalreport.stats.clusters import commonest, negligible, robust_se, t_interval


def seed_means(differences: ArrayLike) -> tuple[float, ...]:
    """The mean paired difference of each seed, in order: the range, and which seeds regress.

    Args:
        differences: Tuned minus base, shape (seeds, items).

    Raises:
        ValueError: No items, NaN, an infinity, another shape.
    """
    values = matrix(differences, "differences")
    if values.shape[1] == 0:
        raise ValueError("a seed without items has no mean")
    return tuple(float(mean) for mean in values.mean(axis=1))


def across_seeds(differences: ArrayLike, clusters: ArrayLike | None, *, level: float) -> Estimated:
    """The mean over seeds, with an interval that speaks about the recipe.

    SE² = SE_items² + SD_seeds² / S and Student's t with S - 1 degrees of freedom, where SE_items
    is the (cluster-robust) standard error of each item's mean over the seeds, and SD_seeds is the
    standard deviation of the seeds' means. The items are common to all seeds, so their error does
    not shrink with more seeds. Conservative: the noise of one item under one seed is in both
    terms, and all of the variance gets the few degrees of freedom of the seeds.

    Args:
        differences: Tuned minus base (or one arm's scores), shape (seeds, items), the same items in
            every row.
        clusters: Cluster of each item, or None.
        level: Two-sided confidence, such as 0.95.

    Returns:
        An estimate from three seeds on; a point for two (their `seed_means` are the range), for
        fewer than 10 items or 5 clusters, or where fewer than six items or clusters depart from the
        commonest value.

    Raises:
        ValueError: Fewer than two seeds (use the paired forms), NaN, an infinity, another shape.
    """
    values = matrix(differences, "differences")
    check_level(level)
    seeds, n = values.shape
    if seeds < 2:
        raise ValueError(f"{only(seeds, 'seeds')}: a single run is a paired comparison")
    codes, groups = cluster_codes(clusters, n)
    if n == 0:
        return NotEstimable(not_estimable=NO_ITEMS)
    items, runs = values.mean(axis=0), values.mean(axis=1)
    value = float(values.mean())
    if seeds < FEWEST_SEEDS:
        return Point(value=value, no_interval="two seeds give a range, not an interval")
    if n < FEWEST_ITEMS:
        return Point(value=value, no_interval=only(n, "items"))
    if groups < FEWEST_GROUPS:
        return Point(value=value, no_interval=only(groups, "groups"))
    departures = np.abs(values - commonest(items)).sum(axis=0)
    moving = sums_by_cluster(departures, codes, groups) > seeds * negligible(values) * n / groups
    if few(int(moving.sum()), groups):
        unit = "items" if clusters is None else "groups"
        return Point(value=value, no_interval=only_these_differ(int(moving.sum()), unit))
    error_items = robust_se(items - items.mean(), codes, groups)
    error_seeds = float(runs.std(ddof=1)) / math.sqrt(seeds)
    return t_interval(
        value,
        math.hypot(error_items, error_seeds),
        seeds - 1,
        level=level,
        method=f"t interval over {seeds} seeds, items included",
        least=negligible(values),
    )
