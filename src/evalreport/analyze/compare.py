"""Compare: an arm's sample, or two on the same items, to value, difference, interval and test.

Which statistics go with which scale stands here and nowhere else: binary by Tango and exact
McNemar; means by paired t, widened for skewness, and sign flips; ratios by linearisation; corpus
metrics by a paired bootstrap and approximate randomisation. Declared clusters: CR2 with
Satterthwaite's degrees of freedom (for binary, or Tango at the effective number of items where that
is wider) and whole clusters swapped. Three or more training seeds: their own spread beside that of
the items.
"""

import math
from math import inf
from typing import Final

import numpy as np

from evalreport.analyze.order import IntArray, canonical_order
from evalreport.analyze.samples import Sample, aggregate_of, contributions, run_differences, runs_of
from evalreport.estimates import Estimate, Estimated, NotEstimable, Point, Tested
from evalreport.metrics.base import Scale
from evalreport.stats.arguments import FEWEST_SEEDS, Aggregate, FloatArray, only
from evalreport.stats.clusters import cluster_mean
from evalreport.stats.corpus import approximate_randomisation, corpus_difference, corpus_interval
from evalreport.stats.paired_binary import exact_mcnemar, midp_mcnemar, tango, tango_in_clusters
from evalreport.stats.paired_mean import differences, mean_interval, paired_difference
from evalreport.stats.proportions import clopper_pearson
from evalreport.stats.ratio import ratio, ratio_difference, ratio_sign_flip
from evalreport.stats.seeds import across_seeds, across_seeds_test, spread_over_seeds
from evalreport.stats.sign_flips import cluster_sign_flip, sign_flip
from evalreport.stats.spread import Spread

FEWEST_ITEMS: Final = 10
DRAWS: Final = 9_999
_ANY_LEVEL: Final = 0.95  # of an interval that is only looked for
_SEED: Final = 20_260_101
_UNLIMITED: Final = (-inf, inf)


def rng() -> np.random.Generator:
    """A fresh generator of fixed seed: the same evidence gives the same numbers, in any order."""
    return np.random.default_rng(_SEED)


def arm_value(one: Sample, *, level: float) -> Estimated:
    """One arm's metric with its interval: over items, and over seeds from three of them on.

    A value that spoke about these checkpoints beside a difference that speaks about the recipe
    would look far surer than it is.
    """
    if one.n == 0:
        return NotEstimable(not_estimable="no items")
    if one.is_undefined:
        return NotEstimable(not_estimable=one.column.undefined)
    return _within(_arm_value(one, level=level), one.limits)


def _arm_value(one: Sample, *, level: float) -> Estimated:
    """The value with an interval that may be wider than the metric allows."""
    if len(one.seeds) >= FEWEST_SEEDS:
        recipe = _over_seeds(contributions(one), one.clusters, level=level)
        if recipe is not None:
            return recipe
    column, values, clusters = one.column, one.item_values, one.clusters
    if column.scale is Scale.CORPUS and len(one.seeds) == 1:
        # In an order of its own: drawn in that of a pair, an arm's interval would move with what
        # it happens to be compared with.
        order, clusters = canonical_order(
            values, None if clusters is None else clusters.astype(str)
        )
        values = values[order]
        return corpus_interval(values, aggregate_of(column), clusters, level=level, rng=rng())
    if column.scale is Scale.RATIO:
        return ratio(values[:, 0], values[:, 1], clusters, level=level)
    if one.is_binary and clusters is None:
        return _few(clopper_pearson(int(values.sum()), one.n, level=level), one.n)
    shares = contributions(one)
    if isinstance(shares, NotEstimable):
        return shares
    bounds = None if column.scale is Scale.CORPUS else one.bounds
    items = shares.mean(axis=0)
    if clusters is not None:
        return cluster_mean(items, clusters, level=level, bounds=bounds)
    return mean_interval(items, level=level, bounds=bounds)


def difference_of(candidate: Sample, reference: Sample, *, level: float) -> Estimated:
    """Candidate minus reference on the same items, with its interval.

    With three or more training seeds the interval speaks about the recipe, with fewer about
    these checkpoints. Where hardly any item differs under any seed, seeds have no spread to speak
    of, and what is left is the bound that the items give.
    """
    if candidate.n == 0:
        return NotEstimable(not_estimable="no items in common")
    if candidate.is_undefined or reference.is_undefined:
        return NotEstimable(not_estimable=candidate.column.undefined)
    recipe = over_recipe(candidate, reference, level=level)
    shown = recipe or _over_items(candidate, reference, level=level)
    return _within(shown, _bounds_of_difference(candidate) or _UNLIMITED)


def _within(shown: Estimated, limits: tuple[float, float]) -> Estimated:
    """An interval cut to what can be at all."""
    if not isinstance(shown, Estimate):
        return shown
    low, high = max(shown.low, limits[0]), min(shown.high, limits[1])
    return shown.model_copy(update={"low": min(low, shown.value), "high": max(high, shown.value)})


def over_recipe(candidate: Sample, reference: Sample, *, level: float) -> Estimate | None:
    """The difference with the spread of three or more training seeds; None where there is none.

    Symmetric, and so perhaps wider than the metric's bounds allow.
    """
    runs = _rows_over_recipe(candidate, reference)
    return None if runs is None else _over_seeds(runs, candidate.clusters, level=level)


def spread_over_recipe(candidate: Sample, reference: Sample) -> Spread | None:
    """Standard error and degrees of freedom behind `over_recipe`; None where there is none."""
    runs = _rows_over_recipe(candidate, reference)
    found = None if runs is None else spread_over_seeds(runs, candidate.clusters)
    return found if isinstance(found, Spread) else None


def _rows_over_recipe(candidate: Sample, reference: Sample) -> FloatArray | None:
    """The differences, one row a seed, where three or more seeds have a spread to speak of.

    Asked before they are computed: of a corpus metric they are a jackknife.
    """
    if runs_of(candidate, reference) < FEWEST_SEEDS:
        return None
    runs = run_differences(candidate, reference)
    if isinstance(runs, NotEstimable):
        return None
    has_spread = _over_seeds(runs, candidate.clusters, level=_ANY_LEVEL) is not None
    return runs if has_spread else None


def _over_seeds(
    runs: FloatArray | NotEstimable, clusters: IntArray | None, *, level: float
) -> Estimate | None:
    """The mean of rows, one a seed, with the spread of the seeds; None where there is none."""
    if isinstance(runs, NotEstimable) or len(runs) < FEWEST_SEEDS:
        return None
    found = across_seeds(runs, clusters, level=level)
    return found if isinstance(found, Estimate) else None


def _over_items(candidate: Sample, reference: Sample, *, level: float) -> Estimated:
    """The difference of these checkpoints: only the items are a sample."""
    column, clusters = candidate.column, candidate.clusters
    a, b = candidate.item_values, reference.item_values
    if column.scale is Scale.CORPUS and runs_of(candidate, reference) == 1:
        return corpus_difference(a, b, aggregate_of(column), clusters, level=level, rng=rng())
    if column.scale is Scale.RATIO:
        return ratio_difference(a[:, 0], a[:, 1], b[:, 0], b[:, 1], clusters, level=level)
    runs = run_differences(candidate, reference)
    if isinstance(runs, NotEstimable):
        return runs
    d = runs.mean(axis=0) if len(runs) > 1 else runs[0]
    if candidate.is_binary and reference.is_binary:
        if clusters is not None:
            return tango_in_clusters(d, clusters, level=level)
        better, worse = int((d > 0).sum()), int((d < 0).sum())
        return _few(tango(better, worse, candidate.n, level=level), candidate.n)
    bounds = _bounds_of_difference(candidate) if column.scale is not Scale.CORPUS else None
    if clusters is not None:
        return cluster_mean(d, clusters, level=level, bounds=bounds)
    return paired_difference(d, bounds=bounds, level=level)


def _bounds_of_difference(candidate: Sample) -> tuple[float, float] | None:
    """What the difference of two arms can be at all."""
    bounds = candidate.bounds
    return None if bounds is None else (bounds[0] - bounds[1], bounds[1] - bounds[0])


def significance_of(candidate: Sample, reference: Sample, *, midp: bool) -> Tested | NotEstimable:
    """The two-sided test that goes with the interval; a verdict needs both.

    Where the interval holds the spread of seeds, so does the test: one over items alone would
    answer another question.
    """
    if candidate.n == 0:
        return NotEstimable(not_estimable="no items in common")
    runs = _rows_over_recipe(candidate, reference)
    if runs is not None:
        return across_seeds_test(runs, candidate.clusters)
    column, clusters = candidate.column, candidate.clusters
    a, b = candidate.item_values, reference.item_values
    if column.scale is Scale.CORPUS:
        mine, theirs, aggregate = _swappable(candidate, reference)
        return approximate_randomisation(mine, theirs, aggregate, clusters, draws=DRAWS, rng=rng())
    if column.scale is Scale.RATIO:
        return ratio_sign_flip(a[:, 0], a[:, 1], b[:, 0], b[:, 1], clusters, draws=DRAWS, rng=rng())
    d = differences(a, b)
    if clusters is not None:
        return cluster_sign_flip(d, clusters, draws=DRAWS, rng=rng())
    if candidate.is_binary and reference.is_binary:
        better, worse = int((d > 0).sum()), int((d < 0).sum())
        return midp_mcnemar(better, worse) if midp else exact_mcnemar(better, worse)
    return sign_flip(d, draws=DRAWS, rng=rng())


def _swappable(candidate: Sample, reference: Sample) -> tuple[FloatArray, FloatArray, Aggregate]:
    """Counts of both arms, all seeds of an item side by side, and the metric's mean over seeds.

    It is that mean which the interval is about. The metric of counts that were averaged first is
    another number: a class that one of two runs always names can be half right in both. An arm with
    fewer runs is repeated until both have as many, so that swapping an item swaps all of them.
    """
    one, other = candidate.values, reference.values
    runs = math.lcm(len(one), len(other))
    whole = aggregate_of(candidate.column)

    def side_by_side(values: FloatArray) -> FloatArray:
        repeated: FloatArray = np.tile(values, (runs // len(values), 1, 1))
        wide: FloatArray = repeated.transpose(1, 0, 2).reshape(values.shape[1], -1)
        return wide

    def over_runs(sums: FloatArray) -> FloatArray:
        by_run = sums.reshape(*sums.shape[:-1], runs, -1)
        averaged: FloatArray = np.asarray(whole(by_run), dtype=np.float64).mean(axis=-1)
        return averaged

    return side_by_side(one), side_by_side(other), whole if runs == 1 else over_runs


def _few(estimated: Estimated, n: int) -> Estimated:
    """Below ten items no interval is shown that somebody could decide on."""
    if n < FEWEST_ITEMS and isinstance(estimated, Estimate):
        return Point(value=estimated.value, no_interval=only(n, "items"))
    return estimated
