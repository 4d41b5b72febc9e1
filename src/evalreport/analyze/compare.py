"""Compare: two arms' columns on the same items to values, difference, interval and test.

Which statistics go with which scale stands here and nowhere else: binary by Tango and exact
McNemar, means by paired t and sign flips, ratios by linearisation, corpus metrics by a paired
bootstrap and approximate randomisation; declared clusters by CR1 with t(G-1) (for binary, or by
Tango at the effective number of items where that is wider) and whole clusters swapped; three or
more training seeds by their own spread beside that of the items.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Final

import numpy as np

from evalreport.analyze.findings import Flips
from evalreport.analyze.order import IntArray, StrArray, canonical_order
from evalreport.analyze.scores import Scored
from evalreport.estimates import Estimate, Estimated, NotEstimable, Point, Tested
from evalreport.metrics.base import Column, Scale
from evalreport.stats.arguments import FEWEST_SEEDS, FloatArray, only
from evalreport.stats.clusters import cluster_mean
from evalreport.stats.corpus import approximate_randomisation, corpus_difference, corpus_interval
from evalreport.stats.paired_binary import exact_mcnemar, midp_mcnemar, tango, tango_in_clusters
from evalreport.stats.paired_mean import differences, mean_interval, paired_difference
from evalreport.stats.proportions import wilson
from evalreport.stats.quantiles import t_two_sided_p, two_sided_t
from evalreport.stats.ratio import ratio, ratio_difference, ratio_sign_flip
from evalreport.stats.seeds import across_seeds
from evalreport.stats.sign_flips import cluster_sign_flip, sign_flip

FEWEST_ITEMS: Final = 10
DRAWS: Final = 9_999
_ANY_LEVEL: Final = 0.95  # of an interval from which only its standard error is read
_SEED: Final = 20_260_101
_UNLIMITED: Final = (-inf, inf)

BoolArray = np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True, slots=True)
class Sample:
    """One arm in one column over chosen items, in canonical order.

    Attributes:
        values: Shape (seeds, n) or (seeds, n, k).
        column: Which metric.
        clusters: Number of each item's cluster, shape (n,), when clusters are declared.
        seeds: Training seed of each replicate.
    """

    values: FloatArray
    column: Column
    clusters: IntArray | None
    seeds: tuple[int | None, ...]

    @property
    def n(self) -> int:
        """How many items."""
        return int(self.values.shape[1])

    @property
    def item_values(self) -> FloatArray:
        """Each item's mean over the seeds, shape (n,) or (n, k)."""
        averaged: FloatArray = self.values.mean(axis=0)
        return averaged

    @property
    def is_binary(self) -> bool:
        """Whether every item is 0 or 1; a mean over seeds is not."""
        return self.column.scale is Scale.BINARY and len(self.seeds) == 1

    @property
    def bounds(self) -> tuple[float, float] | None:
        """What one score can be, when the metric says so."""
        low, high = self.column.low, self.column.high
        return None if low is None or high is None else (low, high)

    @property
    def limits(self) -> tuple[float, float]:
        """Between what the metric must lie; one end may be open."""
        low, high = self.column.low, self.column.high
        return -inf if low is None else low, inf if high is None else high

    @property
    def is_undefined(self) -> bool:
        """Whether the metric says of these items that it is about none of them."""
        column = self.column
        if not column.undefined:
            return False
        sums = self.values.sum(axis=1)
        if column.scale is Scale.RATIO:
            return not bool((sums[:, 1] > 0).any())
        with np.errstate(all="ignore"):
            return not bool(np.isfinite(_aggregate(column)(sums)).any())


def sample(replicates: Sequence[Scored], keep: BoolArray, clusters: StrArray | None) -> Sample:
    """The chosen items of an arm, all its seeds stacked."""
    values = _stacked(replicates, keep)
    order, numbers = _order([values], keep, clusters)
    return _sample(replicates, values, order, numbers)


def pair(
    candidate: Sequence[Scored],
    reference: Sequence[Scored],
    keep: BoolArray,
    clusters: StrArray | None,
) -> tuple[Sample, Sample]:
    """The chosen items of two arms, item by item in one order.

    Where both arms were trained, only the seeds of both are compared, however few are left: a seed
    that answered for one arm alone would bring its own luck into the difference.
    """
    shared = {one.seed for one in candidate} & {one.seed for one in reference}
    if shared:
        candidate = [one for one in candidate if one.seed in shared]
        reference = [one for one in reference if one.seed in shared]
    mine, theirs = _stacked(candidate, keep), _stacked(reference, keep)
    order, numbers = _order([mine, theirs], keep, clusters)
    return (
        _sample(candidate, mine, order, numbers),
        _sample(reference, theirs, order, numbers),
    )


def _stacked(replicates: Sequence[Scored], keep: BoolArray) -> FloatArray:
    return np.stack([scored.values[keep] for scored in replicates])


def _order(
    arms: Sequence[FloatArray], keep: BoolArray, clusters: StrArray | None
) -> tuple[IntArray, IntArray | None]:
    n = int(keep.sum())
    flat = [np.moveaxis(values, 1, 0).reshape(n, -1) for values in arms] if n else []
    rows = np.concatenate(flat, axis=1) if flat else np.zeros((0, 1))
    return canonical_order(rows, None if clusters is None else clusters[keep])


def _sample(
    replicates: Sequence[Scored], values: FloatArray, order: IntArray, numbers: IntArray | None
) -> Sample:
    return Sample(
        values=values[:, order],
        column=replicates[0].column,
        clusters=numbers,
        seeds=tuple(scored.seed for scored in replicates),
    )


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
        return corpus_interval(values, _aggregate(column), clusters, level=level, rng=rng())
    if column.scale is Scale.RATIO:
        return ratio(values[:, 0], values[:, 1], clusters, level=level)
    if one.is_binary and clusters is None:
        return _few(wilson(int(values.sum()), one.n, level=level), one.n)
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
    if runs_of(candidate, reference) < FEWEST_SEEDS:
        return None
    return _over_seeds(run_differences(candidate, reference), candidate.clusters, level=level)


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
        return corpus_difference(a, b, _aggregate(column), clusters, level=level, rng=rng())
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
    recipe = over_recipe(candidate, reference, level=_ANY_LEVEL)
    if recipe is not None:
        runs = runs_of(candidate, reference)
        ratio_to_error = recipe.value / error_over_seeds(recipe, runs)
        return Tested(
            p_value=t_two_sided_p(ratio_to_error, runs - 1),
            test=f"t test over {runs} seeds, items included",
        )
    column, clusters = candidate.column, candidate.clusters
    a, b = candidate.item_values, reference.item_values
    if column.scale is Scale.CORPUS:
        return approximate_randomisation(a, b, _aggregate(column), clusters, draws=DRAWS, rng=rng())
    if column.scale is Scale.RATIO:
        return ratio_sign_flip(a[:, 0], a[:, 1], b[:, 0], b[:, 1], clusters, draws=DRAWS, rng=rng())
    d = differences(a, b)
    if clusters is not None:
        return cluster_sign_flip(d, clusters, draws=DRAWS, rng=rng())
    if candidate.is_binary and reference.is_binary:
        better, worse = int((d > 0).sum()), int((d < 0).sum())
        return midp_mcnemar(better, worse) if midp else exact_mcnemar(better, worse)
    return sign_flip(d, draws=DRAWS, rng=rng())


def error_over_seeds(shown: Estimate, runs: int) -> float:
    """The standard error behind an interval over training seeds."""
    return (shown.high - shown.low) / 2 / two_sided_t(shown.level, runs - 1)


def runs_of(candidate: Sample, reference: Sample) -> int:
    """How many training seeds a comparison spans; 1 where neither arm has several."""
    return max(len(candidate.seeds), len(reference.seeds))


def run_differences(candidate: Sample, reference: Sample) -> FloatArray | NotEstimable:
    """Each item's share in the difference, seed by seed, shape (seeds, n).

    The mean of a row is the difference of that seed. An arm with one replicate is held against
    every seed of the other.
    """
    mine, theirs = contributions(candidate), contributions(reference)
    if isinstance(mine, NotEstimable):
        return mine
    if isinstance(theirs, NotEstimable):
        return theirs
    if len(mine) > 1 and len(theirs) > 1 and candidate.seeds != reference.seeds:
        theirs = theirs.mean(axis=0, keepdims=True)
    runs = max(len(mine), len(theirs))
    return np.stack(
        [
            differences(mine[min(run, len(mine) - 1)], theirs[min(run, len(theirs) - 1)])
            for run in range(runs)
        ]
    )


def contributions(one: Sample) -> FloatArray | NotEstimable:
    """What each item adds to the metric, seed by seed, shape (seeds, n): rows average to it.

    Scores of a mean are themselves. A ratio of sums is linearised (Cochran 1977, section 6.4), a
    corpus metric by leaving one item out at a time (the jackknife; Efron and Tibshirani 1993,
    chapter 11), so that both can be treated as means where no better way is known.
    """
    match one.column.scale:
        case Scale.BINARY | Scale.MEAN:
            return one.values
        case Scale.RATIO:
            tops, bottoms = one.values[..., 0], one.values[..., 1]
            whole = bottoms.sum(axis=1, keepdims=True)
            if not (whole > 0).all():
                return NotEstimable(not_estimable="the denominators sum to 0")
            level = tops.sum(axis=1, keepdims=True) / whole
            scaled: FloatArray = level + (tops - level * bottoms) * one.n / whole
            return scaled
        case Scale.CORPUS:
            return _jackknifed(one)


def _jackknifed(one: Sample) -> FloatArray | NotEstimable:
    aggregate = _aggregate(one.column)
    sums = one.values.sum(axis=1, keepdims=True)
    with np.errstate(all="ignore"):
        whole = np.asarray(aggregate(sums), dtype=np.float64)
        without = np.asarray(aggregate(sums - one.values), dtype=np.float64)
    if not (np.isfinite(whole).all() and np.isfinite(without).all()):
        return NotEstimable(not_estimable="the metric is not defined without one of the items")
    shares: FloatArray = whole + (one.n - 1) * (without.mean(axis=1, keepdims=True) - without)
    return shares


def item_differences(candidate: Sample, reference: Sample) -> FloatArray | None:
    """Candidate minus reference by item; None for corpus metrics, which have no item score."""
    a, b = candidate.item_values, reference.item_values
    if candidate.column.scale is Scale.CORPUS or candidate.n == 0:
        return None
    if candidate.column.scale is Scale.RATIO:
        return differences(_ratios(a), _ratios(b))
    return differences(a, b)


def flips(candidate: Sample, reference: Sample) -> Flips | None:
    """On how many items the candidate is better, worse or the same; None for corpus metrics."""
    d = item_differences(candidate, reference)
    if d is None:
        return None
    up, down = int((d > 0).sum()), int((d < 0).sum())
    better, worse = (up, down) if candidate.column.higher_is_better else (down, up)
    return Flips(better=better, worse=worse, same=len(d) - up - down)


def _ratios(values: FloatArray) -> FloatArray:
    quotient: FloatArray = np.divide(
        values[:, 0], values[:, 1], out=np.zeros(len(values)), where=values[:, 1] > 0
    )
    return quotient


def _aggregate(column: Column) -> Callable[[FloatArray], FloatArray]:
    if column.aggregate is None:
        raise ValueError(f"{column.metric} is a corpus metric without an aggregate")
    return column.aggregate


def _few(estimated: Estimated, n: int) -> Estimated:
    """Below ten items no interval is shown that somebody could decide on."""
    if n < FEWEST_ITEMS and isinstance(estimated, Estimate):
        return Point(value=estimated.value, no_interval=only(n, "items"))
    return estimated
