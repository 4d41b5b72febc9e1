"""Several training runs of one recipe: what another run would do, not what this checkpoint does."""

import math

import numpy as np
from numpy.typing import ArrayLike

from evalreport.estimates import Estimated, NotEstimable, Point, Tested
from evalreport.stats.arguments import (
    FEWEST_GROUPS,
    FEWEST_ITEMS,
    FEWEST_SEEDS,
    NO_ITEMS,
    FloatArray,
    check_level,
    cluster_codes,
    few,
    matrix,
    only,
    only_these_differ,
    sums_by_cluster,
)
from evalreport.stats.clusters import commonest, negligible
from evalreport.stats.quantiles import t_two_sided_p
from evalreport.stats.spread import Spread, cochran_df, interval_of, scale_of, spread_of


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


def across_seeds(
    differences: ArrayLike, clusters: ArrayLike | None, *, level: float, skewness: bool = True
) -> Estimated:
    """The mean over seeds, with an interval that speaks about the recipe.

    SE² = SE_items² + SD_seeds² / S, where SE_items is the (cluster-robust) standard error of each
    item's mean over the seeds, and SD_seeds is the standard deviation of the seeds' means. The
    items are common to all seeds, so their error does not shrink with more seeds. Student's t has
    the degrees of freedom of Cochran's t' for the two parts: S - 1 where the seeds decide, more
    where the items do. (Satterthwaite's would cover 92 % with three seeds, since a small spread of
    three seeds is often luck.) Conservative: the noise of one item under one seed is in both terms.
    Source: the crossed design of Clark (1973), Journal of Verbal Learning and Verbal Behavior 12;
    Cochran (1964), Biometrics 20(1), 191-195, on t' = (A t_A + B t_B) / (A + B).

    Args:
        differences: Tuned minus base (or one arm's scores), shape (seeds, items), the same items in
            every row.
        clusters: Cluster of each item, or None.
        level: Two-sided confidence, such as 0.95.
        skewness: Whether each end is the wider of t's and Hall's; else it is the textbook's t.

    Returns:
        An estimate from three seeds on; a point for two (their `seed_means` are the range), for
        fewer than 10 items or 5 clusters, or where fewer than six items or clusters depart from the
        commonest value.

    Raises:
        ValueError: Fewer than two seeds (use the paired forms), NaN, an infinity, another shape.
    """
    values = _runs(differences)
    check_level(level)
    found = spread_over_seeds(values, clusters)
    if values.shape[1] == 0 and isinstance(found, NotEstimable):
        return found
    value = float(values.mean())
    if isinstance(found, NotEstimable):
        return Point(value=value, no_interval=found.not_estimable)
    return interval_of(
        value,
        found.counting(skewness=skewness),
        level=level,
        method=f"t interval over {len(values)} seeds, items included"
        + (", widened for skewness" if skewness else ""),
        least=negligible(values),
    )


def across_seeds_test(differences: ArrayLike, clusters: ArrayLike | None) -> Tested | NotEstimable:
    """Two-sided t test that the recipe makes no difference, of the same spread.

    Raises:
        ValueError: As `across_seeds`.
    """
    values = _runs(differences)
    found = spread_over_seeds(values, clusters)
    if isinstance(found, NotEstimable):
        return found
    if found.se <= negligible(values):
        return NotEstimable(not_estimable="nothing varies")
    return Tested(
        p_value=t_two_sided_p(float(values.mean()) / found.se, found.df),
        test=f"t test over {len(values)} seeds, items included",
    )


def spread_over_seeds(differences: ArrayLike, clusters: ArrayLike | None) -> Spread | NotEstimable:
    """Standard error over seeds and items with its degrees of freedom, or why there is none.

    Raises:
        ValueError: As `across_seeds`.
    """
    values = _runs(differences)
    seeds, n = values.shape
    codes, groups = cluster_codes(clusters, n)
    if n == 0:
        return NotEstimable(not_estimable=NO_ITEMS)
    if seeds < FEWEST_SEEDS:
        return NotEstimable(not_estimable="two seeds give a range, not an interval")
    if n < FEWEST_ITEMS:
        return NotEstimable(not_estimable=only(n, "items"))
    if groups < FEWEST_GROUPS:
        return NotEstimable(not_estimable=only(groups, "groups"))
    items, runs = values.mean(axis=0), values.mean(axis=1)
    departures = np.abs(values - commonest(items)).sum(axis=0)
    moving = sums_by_cluster(departures, codes, groups) > seeds * negligible(values) * n / groups
    if few(int(moving.sum()), groups):
        unit = "items" if clusters is None else "groups"
        return NotEstimable(not_estimable=only_these_differ(int(moving.sum()), unit))
    # Powers of two are taken out, which is exact: the squares of 1e-170 are 0.
    exponent = scale_of(float(np.abs(values).max()))
    items, runs = np.ldexp(items, -exponent), np.ldexp(runs, -exponent)
    over_items = spread_of(items - items.mean(), codes, groups)
    over_seeds = float(runs.var(ddof=1)) / seeds
    variance = over_items.se**2 + over_seeds
    return Spread(
        se=math.ldexp(math.sqrt(variance), exponent),
        df=cochran_df((over_items.se**2, over_items.df), (over_seeds, seeds - 1.0)),
        skew=over_items.skew * (over_items.se**2 / variance) ** 1.5 if variance > 0 else 0.0,
    )


def _runs(differences: ArrayLike) -> FloatArray:
    values = matrix(differences, "differences")
    if len(values) < 2:
        raise ValueError(f"{only(len(values), 'seeds')}: a single run is a paired comparison")
    return values


def across_recipes(
    a: ArrayLike, b: ArrayLike, clusters: ArrayLike | None, *, level: float
) -> Estimated:
    """The mean of one recipe's runs less that of another's, with both recipes' spread.

    The runs are two independent samples, whatever their seeds are called; the items are common to
    all of them. SE² = SE_items² + SD_a² / S_a + SD_b² / S_b, where SE_items is that of each item's
    mean over the runs of `a` less that over the runs of `b`. Student's t has the degrees of freedom
    of Cochran's t', first for the two recipes, then for them and the items.

    Args:
        a: Scores, shape (runs, items).
        b: The same items of the other recipe, shape (runs, items).
        clusters: Cluster of each item, or None.
        level: Two-sided confidence, such as 0.95.

    Returns:
        An estimate from three runs on either side on; a point where `across_seeds` gives one.

    Raises:
        ValueError: A single run, NaN, an infinity, another shape.
    """
    first, second = _runs(a), _runs(b)
    check_level(level)
    found = spread_of_recipes(first, second, clusters)
    if first.shape[1] == 0 and isinstance(found, NotEstimable):
        return found
    value = float(first.mean() - second.mean())
    if isinstance(found, NotEstimable):
        return Point(value=value, no_interval=found.not_estimable)
    return interval_of(
        value,
        found,
        level=level,
        method=f"t interval over {len(first)} and {len(second)} runs, items included, widened for "
        "skewness",
        least=max(negligible(first), negligible(second)),
    )


def across_recipes_test(
    a: ArrayLike, b: ArrayLike, clusters: ArrayLike | None
) -> Tested | NotEstimable:
    """Two-sided t test that two recipes do not differ, of the same spread.

    Raises:
        ValueError: As `across_recipes`.
    """
    first, second = _runs(a), _runs(b)
    found = spread_of_recipes(first, second, clusters)
    if isinstance(found, NotEstimable):
        return found
    if found.se <= max(negligible(first), negligible(second)):
        return NotEstimable(not_estimable="nothing varies")
    return Tested(
        p_value=t_two_sided_p(float(first.mean() - second.mean()) / found.se, found.df),
        test=f"t test over {len(first)} and {len(second)} runs, items included",
    )


def spread_of_recipes(
    a: FloatArray, b: FloatArray, clusters: ArrayLike | None
) -> Spread | NotEstimable:
    """Standard error over both recipes' runs and the items, or why there is none."""
    if min(len(a), len(b)) < FEWEST_SEEDS:
        return NotEstimable(not_estimable="two runs give a range, not an interval")
    # As if of one recipe: whether items and groups are enough is the same question.
    over_items = spread_over_seeds(np.tile(a.mean(axis=0) - b.mean(axis=0), (len(a), 1)), clusters)
    if isinstance(over_items, NotEstimable):
        return over_items
    parts = [(float(one.mean(axis=1).var(ddof=1)) / len(one), len(one) - 1.0) for one in (a, b)]
    of_runs = sum(variance for variance, _ in parts)
    variance = over_items.se**2 + of_runs
    return Spread(
        se=math.sqrt(variance),
        df=cochran_df((over_items.se**2, over_items.df), (of_runs, cochran_df(*parts))),
        skew=over_items.skew * (over_items.se**2 / variance) ** 1.5 if variance > 0 else 0.0,
    )
