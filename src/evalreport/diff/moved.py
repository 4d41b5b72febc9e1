"""Moved: by how much the same base scored otherwise in two builds, and what lies beyond it.

The base has the same weights in both and was asked the same, so that whatever its scores moved by
is the measurement's. The tuned models were measured in the same two builds. What they differ by
beyond the base's movement is a difference in differences on the items that all four answered.
"""

from typing import Final

import numpy as np

from evalreport.analyze.compare import DRAWS, difference_of, rng
from evalreport.analyze.decide import outcome_of
from evalreport.analyze.findings import Finding, FindingOutcome
from evalreport.analyze.missing import known
from evalreport.analyze.order import IntArray
from evalreport.analyze.samples import BoolArray, Sample, contributions
from evalreport.analyze.sentences import change_text, spoken
from evalreport.analyze.terms import Declaration, Terms
from evalreport.diff.model import Moved
from evalreport.diff.runs import Replicates, in_one_order
from evalreport.estimates import Estimate, Estimated, NotEstimable, Tested
from evalreport.metrics.base import Scale
from evalreport.numbers import count_text
from evalreport.stats.arguments import FEWEST_SEEDS, FloatArray
from evalreport.stats.clusters import cluster_mean
from evalreport.stats.paired_mean import paired_difference
from evalreport.stats.seeds import across_recipes, across_recipes_test
from evalreport.stats.sign_flips import cluster_sign_flip, sign_flip

_LOSSES: Final = (FindingOutcome.LOST, FindingOutcome.REGRESSED)
_CLAIMS: Final = (
    FindingOutcome.BETTER,
    FindingOutcome.WORSE,
    FindingOutcome.EQUIVALENT,
    FindingOutcome.RETAINED,
    *_LOSSES,
)
_TOO_FEW: Final = "no item has a score of all four"


def movement(
    tuned: tuple[Replicates, Replicates],
    base: tuple[Replicates, Replicates],
    clusters: IntArray | None,
    terms: Terms,
) -> Moved | None:
    """What the base moved by, and how the tuned models differ beyond it; None where it stood still.

    Args:
        tuned: Scores of tuned in B and in A, on the common items.
        base: The same of the base.
        clusters: Cluster of each item, where some hang together.
        terms: Error rates.
    """
    if not replicates_of_both(*base)[0]:
        return None
    asked: BoolArray = known(base[0]) & known(base[1])
    changed = moved_items(*base, asked)
    if not changed.any():
        return None
    keep: BoolArray = asked & known(tuned[0]) & known(tuned[1])
    n, moved = int(keep.sum()), int(changed.sum())
    if n == 0:
        absent = NotEstimable(not_estimable=_TOO_FEW)
        return Moved(n=n, changed=moved, shift=absent, beyond=absent, beyond_one_sided=absent)
    new, old, base_new, base_old = in_one_order((*tuned, *base), keep, clusters)
    rows = _beyond(new, old, base_new, base_old)
    test = _test(rows, new.clusters)
    return Moved(
        n=n,
        changed=moved,
        shift=difference_of(base_new, base_old, level=terms.level),
        beyond=_mean(rows, new, level=terms.level),
        beyond_one_sided=_mean(rows, new, level=terms.one_sided_level),
        test=test.test if isinstance(test, Tested) else None,
        p_value=test.p_value if isinstance(test, Tested) else None,
    )


def moved_items(again: Replicates, first: Replicates, keep: BoolArray) -> BoolArray:
    """Of the items that are meant, those that scored otherwise under any seed, shape (n,)."""
    mine, theirs = replicates_of_both(again, first)
    one, other = (np.stack([each.values[keep] for each in side]) for side in (mine, theirs))
    differing = np.asarray(one != other)
    by_item = differing.reshape(*differing.shape[:2], -1).any(axis=(0, 2))
    return np.asarray(by_item, dtype=np.bool_)


def replicates_of_both(again: Replicates, first: Replicates) -> tuple[Replicates, Replicates]:
    """The runs of both that are held against each other.

    One run on each side is one model, whatever its seed is called: named as an adapter it has none.
    """
    if len(again) == 1 or len(first) == 1:
        return again, first
    shared = sorted({one.seed for one in again} & {one.seed for one in first}, key=str)
    mine, theirs = (
        [next(one for one in side if one.seed == seed) for seed in shared]
        for side in (again, first)
    )
    return mine, theirs


def judged_beyond(
    finding: Finding, moved: Moved | None, declared: Declaration, terms: Terms
) -> Finding:
    """A finding whose outcome also holds beyond what the base moved by; else it is not settled."""
    if moved is None or finding.outcome not in _CLAIMS:
        return finding
    beyond = outcome_of(
        declared,
        moved.beyond,
        moved.beyond_one_sided,
        NotEstimable(not_estimable=_TOO_FEW)
        if moved.p_value is None
        else Tested(p_value=moved.p_value, test=moved.test or ""),
        higher_is_better=finding.higher_is_better,
        alpha=terms.alpha,
    )
    if beyond is finding.outcome or (beyond in _LOSSES and finding.outcome in _LOSSES):
        return finding
    why = (
        f"the same base, asked the same, moved as well: {movement_text(finding, moved)}, and "
        f"beyond that movement the two differ by {change_text(finding, moved.beyond)}, which does "
        "not show it"
    )
    return finding.model_copy(update={"outcome": FindingOutcome.INCONCLUSIVE, "withheld": why})


def movement_text(finding: Finding, moved: Moved) -> str:
    """By how much the base moved, in a phrase."""
    return (
        f"{change_text(finding, moved.shift)}, with {count_text(moved.changed)} of its items "
        "scored otherwise"
    )


def beyond_text(finding: Finding, moved: Moved) -> str:
    """What a difference is beyond the base's movement, in a sentence."""
    return (
        f"The same base, asked the same, moved on {spoken(finding)} as well, by "
        f"{movement_text(finding, moved)}; beyond that movement the tuned models differ by "
        f"{change_text(finding, moved.beyond)}."
    )


Rows = tuple[FloatArray, FloatArray]


def _beyond(new: Sample, old: Sample, base_new: Sample, base_old: Sample) -> Rows | NotEstimable:
    """Each item's share in both tuned models, one row a run, the base's movement taken off B's."""
    rows = []
    for one in (new, old, base_new, base_old):
        share = contributions(one)
        if isinstance(share, NotEstimable):
            return share
        rows.append(share)
    return rows[0] - (rows[2].mean(axis=0) - rows[3].mean(axis=0)), rows[1]


def _mean(rows: Rows | NotEstimable, like: Sample, *, level: float) -> Estimated:
    if isinstance(rows, NotEstimable):
        return rows
    if min(map(len, rows)) >= FEWEST_SEEDS:
        found = across_recipes(*rows, like.clusters, level=level)
        if isinstance(found, Estimate):
            return found
    d, bounds = rows[0].mean(axis=0) - rows[1].mean(axis=0), _bounds(like)
    if like.clusters is not None:
        return cluster_mean(d, like.clusters, level=level, bounds=bounds)
    return paired_difference(d, bounds=bounds, level=level)


def _test(rows: Rows | NotEstimable, clusters: IntArray | None) -> Tested | NotEstimable:
    if isinstance(rows, NotEstimable):
        return rows
    if min(map(len, rows)) >= FEWEST_SEEDS:
        found = across_recipes_test(*rows, clusters)
        if isinstance(found, Tested):
            return found
    d = rows[0].mean(axis=0) - rows[1].mean(axis=0)
    if clusters is not None:
        return cluster_sign_flip(d, clusters, draws=DRAWS, rng=rng())
    return sign_flip(d, draws=DRAWS, rng=rng())


def _bounds(one: Sample) -> tuple[float, float] | None:
    """What a difference of two differences can be at all."""
    if one.bounds is None or one.column.scale in (Scale.CORPUS, Scale.RATIO):
        return None
    width = one.bounds[1] - one.bounds[0]
    return -2 * width, 2 * width
