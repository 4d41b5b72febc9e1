"""Runs: several training runs of either side, whose seeds are names and pair nothing.

A seed of one build's recipe and the same seed of another's are two independent draws, and whoever
numbers them must not decide which are compared. All runs of both sides count. From three on either
side on the spread of both recipes is in the interval; below, it is about these checkpoints.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from evalreport.analyze.decide import outcome_of
from evalreport.analyze.findings import Finding
from evalreport.analyze.missing import known
from evalreport.analyze.order import IntArray, canonical_order
from evalreport.analyze.samples import BoolArray, Sample, contributions
from evalreport.analyze.scores import SCORED, Scored
from evalreport.analyze.sentences import finding_sentence
from evalreport.analyze.terms import Declaration, Terms
from evalreport.estimates import Estimate, Estimated, NotEstimable, Tested
from evalreport.metrics.base import Scale
from evalreport.numbers import count_text
from evalreport.stats.arguments import FEWEST_SEEDS, FloatArray
from evalreport.stats.seeds import across_recipes, across_recipes_test

NO_POWER: Final = "with several runs on both sides it hangs on how far they lie apart"
Replicates = Sequence[Scored]


def pooled(candidate: Replicates, reference: Replicates) -> tuple[Replicates, Replicates]:
    """Both sides with one value an item, its mean over their runs; as they are where each has one.

    The mean of right and wrong answers is a share, and is treated as one.
    """
    if len(candidate) == len(reference) == 1:
        return candidate, reference
    return (_mean_run(candidate),), (_mean_run(reference),)


def why_not_pooled(candidate: Replicates, reference: Replicates) -> str:
    """Why several runs have no such mean; empty where they have."""
    several = len(candidate) > 1 or len(reference) > 1
    if several and candidate[0].column.scale is Scale.CORPUS:
        return (
            "it is counted over all items at once, and of several training runs no item has a mean"
        )
    return ""


def runs_text(candidate: Replicates, reference: Replicates) -> str:
    """How many training runs are compared, where that is not one with one."""
    a, b = len(reference), len(candidate)
    if a == b == 1:
        return ""
    spread = (
        "whose spread is in the interval"
        if tells_of_recipes(candidate, reference)
        else "whose spread is not in the interval"
    )
    return f"{count_text(a, 'training run')} of A and {count_text(b)} of B, {spread}"


def tells_of_recipes(candidate: Replicates, reference: Replicates) -> bool:
    """Whether there are runs enough on either side to tell of its recipe."""
    return min(len(candidate), len(reference)) >= FEWEST_SEEDS


def over_recipes(
    finding: Finding,
    sides: tuple[Replicates, Replicates],
    clusters: IntArray | None,
    declared: Declaration,
    terms: Terms,
) -> Finding:
    """A finding about the mean runs, as one about the recipes where there are runs enough.

    What missing answers withhold stays withheld.

    Args:
        finding: Of each item's mean over the runs.
        sides: Scores of candidate and reference, one a run.
        clusters: Cluster of each item, where some hang together.
        declared: What was declared of it.
        terms: Error rates.
    """
    if not tells_of_recipes(*sides):
        return finding
    keep: BoolArray = known(sides[0]) & known(sides[1])
    mine, theirs = in_one_order(sides, keep, clusters)
    new, old = contributions(mine), contributions(theirs)
    if isinstance(new, NotEstimable) or isinstance(old, NotEstimable):
        return finding
    shown = across_recipes(new, old, mine.clusters, level=terms.level)
    narrow = across_recipes(new, old, mine.clusters, level=terms.one_sided_level)
    test = across_recipes_test(new, old, mine.clusters)
    if not isinstance(shown, Estimate):
        return finding  # hardly any item differs under any run: the items alone bound it
    outcome = outcome_of(
        declared,
        shown,
        narrow,
        test,
        higher_is_better=finding.higher_is_better,
        alpha=terms.alpha,
    )
    changed = finding.model_copy(
        update={
            "difference": _within(shown, mine),
            "difference_one_sided": _within(narrow, mine),
            "test": test.test if isinstance(test, Tested) else None,
            "p_value": test.p_value if isinstance(test, Tested) else None,
            "outcome": finding.outcome if finding.withheld else outcome,
            "power": None,
            "smallest_detectable": NotEstimable(not_estimable=NO_POWER),
            "n_required": None,
        }
    )
    return changed.model_copy(update={"sentence": finding_sentence(changed)})


def in_one_order(
    sides: Sequence[Replicates], keep: BoolArray, clusters: IntArray | None
) -> tuple[Sample, ...]:
    """All sides on the same items, in one order that does not hang on where they stand."""
    values = [np.stack([one.values[keep] for one in side]) for side in sides]
    n = int(keep.sum())
    rows = np.concatenate([np.moveaxis(one, 1, 0).reshape(n, -1) for one in values], axis=1)
    order, numbers = canonical_order(rows, None if clusters is None else clusters[keep])
    return tuple(
        Sample(
            values=one[:, order],
            column=side[0].column,
            clusters=numbers,
            seeds=tuple(each.seed for each in side),
        )
        for one, side in zip(values, sides, strict=True)
    )


def _within(shown: Estimated, one: Sample) -> Estimated:
    """An interval cut to what a difference of two scores can be."""
    if one.bounds is None or not isinstance(shown, Estimate):
        return shown
    width = one.bounds[1] - one.bounds[0]
    low, high = max(shown.low, -width), min(shown.high, width)
    return shown.model_copy(update={"low": low, "high": high})


def _mean_run(side: Replicates) -> Scored:
    """One column of each item's mean; it has a value where every run has one."""
    column = side[0].column
    if column.scale is Scale.BINARY:
        column = replace(column, scale=Scale.MEAN)
    values: FloatArray = np.mean([one.values for one in side], axis=0)
    state = np.maximum.reduce([one.state for one in side])
    return Scored(
        column=column,
        values=values,
        state=state,
        penalised=known(side) & (state != SCORED),
        reasons={},
        seed=None,
    )
