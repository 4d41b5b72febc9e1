"""Compare: two arms' columns on the same items to values, difference, interval and test.

Which statistics go with which scale stands here and nowhere else (reference: the decision table
in docs/statistics.md): binary by Tango and exact McNemar, means by paired t and sign flips, ratios
by linearisation, corpus metrics by a paired bootstrap and approximate randomisation; declared
clusters by CR1 with t(G-1) and whole clusters swapped; several seeds by their own spread.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evalreport.analyze.scores import Scored
from evalreport.estimates import Estimate, Estimated, NotEstimable, Point, Tested
from evalreport.metrics.base import Column, FloatArray, Scale
from evalreport.stats.clusters import cluster_mean
from evalreport.stats.corpus import approximate_randomisation, corpus_difference, corpus_interval
from evalreport.stats.paired_binary import exact_mcnemar, midp_mcnemar, tango
from evalreport.stats.paired_mean import differences, mean_interval, paired_difference
from evalreport.stats.proportions import wilson
from evalreport.stats.ratio import ratio, ratio_difference, ratio_sign_flip
from evalreport.stats.seeds import across_seeds
from evalreport.stats.sign_flips import cluster_sign_flip, sign_flip

FEWEST_ITEMS = 10
DRAWS = 9_999
_SEED = 20_260_101

StrArray = np.ndarray[tuple[int], np.dtype[np.str_]]
BoolArray = np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True, slots=True)
class Sample:
    """One arm in one column over chosen items.

    Attributes:
        values: Shape (seeds, n) or (seeds, n, k).
        column: Which metric.
        clusters: Cluster of each item, shape (n,), when clusters are declared.
    """

    values: FloatArray
    column: Column
    clusters: StrArray | None

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
        return self.column.scale is Scale.BINARY and self.values.shape[0] == 1

    @property
    def bounds(self) -> tuple[float, float] | None:
        """What one score can be, when the metric says so."""
        low, high = self.column.low, self.column.high
        return None if low is None or high is None else (low, high)


def sample(replicates: Sequence[Scored], keep: BoolArray, clusters: StrArray | None) -> Sample:
    """The chosen items of an arm, all its seeds stacked."""
    return Sample(
        values=np.stack([scored.values[keep] for scored in replicates]),
        column=replicates[0].column,
        clusters=None if clusters is None else clusters[keep],
    )


def rng() -> np.random.Generator:
    """A fresh generator of fixed seed: the same evidence gives the same numbers, in any order."""
    return np.random.default_rng(_SEED)


def arm_value(one: Sample, *, level: float) -> Estimated:
    """One arm's metric with its interval."""
    if one.n == 0:
        return NotEstimable(not_estimable="no items")
    column, values, clusters = one.column, one.item_values, one.clusters
    if column.scale is Scale.CORPUS:
        if column.aggregate is None:
            raise ValueError(f"{column.metric} is a corpus metric without an aggregate")
        return corpus_interval(values, column.aggregate, clusters, level=level, rng=rng())
    if column.scale is Scale.RATIO:
        return ratio(values[:, 0], values[:, 1], clusters, level=level)
    if clusters is not None:
        return cluster_mean(values, clusters, level=level, bounds=one.bounds)
    if one.is_binary:
        return _few(wilson(int(values.sum()), one.n, level=level), one.n)
    return mean_interval(values, level=level, bounds=one.bounds)


def difference_of(candidate: Sample, reference: Sample, *, level: float) -> Estimated:
    """Candidate minus reference on the same items, with its interval.

    With three or more seeds the interval speaks about the recipe, with fewer about these
    checkpoints.
    """
    if candidate.n == 0:
        return NotEstimable(not_estimable="no items in common")
    column, clusters = candidate.column, candidate.clusters
    a, b = candidate.item_values, reference.item_values
    if column.scale is Scale.CORPUS:
        if column.aggregate is None:
            raise ValueError(f"{column.metric} is a corpus metric without an aggregate")
        return corpus_difference(a, b, column.aggregate, clusters, level=level, rng=rng())
    if column.scale is Scale.RATIO:
        return ratio_difference(a[:, 0], a[:, 1], b[:, 0], b[:, 1], clusters, level=level)
    seeds = candidate.values.shape[0]
    if seeds >= 3:
        spread = np.stack([differences(one, b) for one in candidate.values])
        return across_seeds(spread, clusters, level=level)
    d = differences(a, b)
    bounds = None if candidate.bounds is None else _difference_bounds(candidate.bounds)
    if clusters is not None:
        return cluster_mean(d, clusters, level=level, bounds=bounds)
    if candidate.is_binary and reference.is_binary:
        better, worse = int((d > 0).sum()), int((d < 0).sum())
        return _few(tango(better, worse, candidate.n, level=level), candidate.n)
    return paired_difference(d, bounds=bounds, level=level)


def test_of(candidate: Sample, reference: Sample, *, midp: bool) -> Tested | NotEstimable:
    """The two-sided test that goes with the interval; a verdict needs both."""
    if candidate.n == 0:
        return NotEstimable(not_estimable="no items in common")
    column, clusters = candidate.column, candidate.clusters
    a, b = candidate.item_values, reference.item_values
    if column.scale is Scale.CORPUS:
        if column.aggregate is None:
            raise ValueError(f"{column.metric} is a corpus metric without an aggregate")
        return approximate_randomisation(a, b, column.aggregate, clusters, draws=DRAWS, rng=rng())
    if column.scale is Scale.RATIO:
        return ratio_sign_flip(a[:, 0], a[:, 1], b[:, 0], b[:, 1], clusters, draws=DRAWS, rng=rng())
    d = differences(a, b)
    if clusters is not None:
        return cluster_sign_flip(d, clusters, draws=DRAWS, rng=rng())
    if candidate.is_binary and reference.is_binary:
        better, worse = int((d > 0).sum()), int((d < 0).sum())
        return midp_mcnemar(better, worse) if midp else exact_mcnemar(better, worse)
    return sign_flip(d, draws=DRAWS, rng=rng())


def item_differences(candidate: Sample, reference: Sample) -> FloatArray | None:
    """Candidate minus reference by item; None for corpus metrics, which have no item score."""
    a, b = candidate.item_values, reference.item_values
    if candidate.column.scale is Scale.CORPUS:
        return None
    if candidate.column.scale is Scale.RATIO:
        return differences(_ratios(a), _ratios(b))
    return differences(a, b)


def _ratios(values: FloatArray) -> FloatArray:
    quotient: FloatArray = np.divide(
        values[:, 0], values[:, 1], out=np.zeros(len(values)), where=values[:, 1] > 0
    )
    return quotient


def _difference_bounds(bounds: tuple[float, float]) -> tuple[float, float]:
    width = bounds[1] - bounds[0]
    return (-width, width)


def _few(estimated: Estimated, n: int) -> Estimated:
    """Below ten items no interval is shown that somebody could decide on."""
    if n < FEWEST_ITEMS and isinstance(estimated, Estimate):
        return Point(value=estimated.value, no_interval=f"only {n} items")
    return estimated
