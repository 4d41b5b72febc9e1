"""Samples: arms' columns on the same items, in one order, and what each item adds to a metric."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from evalreport.analyze.flips import Flips
from evalreport.analyze.order import IntArray, canonical_order
from evalreport.analyze.scores import Scored
from evalreport.estimates import NotEstimable
from evalreport.metrics.base import Column, Scale
from evalreport.stats.arguments import FloatArray
from evalreport.stats.paired_mean import differences

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
            return not bool(np.isfinite(aggregate_of(column)(sums)).any())


def sample(replicates: Sequence[Scored], keep: BoolArray, clusters: IntArray | None) -> Sample:
    """The chosen items of an arm, all its seeds stacked."""
    values = _stacked(replicates, keep)
    order, numbers = _order([values], keep, clusters)
    return _sample(replicates, values, order, numbers)


def pair(
    candidate: Sequence[Scored],
    reference: Sequence[Scored],
    keep: BoolArray,
    clusters: IntArray | None,
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
    arms: Sequence[FloatArray], keep: BoolArray, clusters: IntArray | None
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
    aggregate = aggregate_of(one.column)
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


def aggregate_of(column: Column) -> Callable[[FloatArray], FloatArray]:
    """How sums over items become the value of a corpus metric.

    Raises:
        ValueError: The metric is no corpus metric.
    """
    if column.aggregate is None:
        raise ValueError(f"{column.metric} is no corpus metric: it has no aggregate")
    return column.aggregate
