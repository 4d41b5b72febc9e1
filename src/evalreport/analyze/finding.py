"""One finding: a column of two arms, put together from scores, statistics and declarations."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evalreport.analyze.compare import (
    BoolArray,
    Sample,
    StrArray,
    arm_value,
    difference_of,
    item_differences,
    sample,
    test_of,
)
from evalreport.analyze.decide import outcome_of
from evalreport.analyze.findings import (
    Clusters,
    Finding,
    FindingOutcome,
    Flips,
    SeedDifference,
)
from evalreport.analyze.missing import forms_of, hold_at_worst, known
from evalreport.analyze.scores import FAILED, UNSCORABLE, Scored
from evalreport.analyze.seen_power import seen_power
from evalreport.analyze.sentences import finding_sentence
from evalreport.analyze.terms import Declaration, Terms
from evalreport.estimates import Estimated, NotEstimable, Point, Tested
from evalreport.metrics.base import Column
from evalreport.numbers import measure_of
from evalreport.stats.clusters import design_effect


@dataclass(frozen=True, slots=True)
class Question:
    """Which comparison a finding is about."""

    layer: str
    dataset: str
    candidate: str
    reference: str
    cluster_by: str | None
    declaration: Declaration

    @property
    def is_default(self) -> bool:
        """Whether it is tuned against base, whose findings carry no arms in their id."""
        return (self.candidate, self.reference) == ("tuned", "base")


def finding_id(question: Question, column: Column, subgroup: str | None) -> str:
    """`layer.metric[.field][@subgroup][:candidate~reference]`."""
    name = ".".join(p for p in (question.layer, column.metric, column.field) if p)
    return (
        name
        + (f"@{subgroup}" if subgroup else "")
        + ("" if question.is_default else f":{question.candidate}~{question.reference}")
    )


def build_finding(
    question: Question,
    candidate: Sequence[Scored],
    reference: Sequence[Scored],
    clusters: StrArray | None,
    terms: Terms,
    *,
    within: BoolArray | None = None,
    subgroup: str | None = None,
) -> Finding:
    """The finding of one column.

    Items enter when both arms have a number for them in every seed (a score, or the declared
    penalty); what leaves is counted by reason, and the worst case says what it could change.

    Args:
        question: Which arms, layer and declaration.
        candidate: One column, a replicate each.
        reference: The same of the other arm.
        clusters: Cluster of each item, when declared.
        terms: Error rates and tests.
        within: Mask of the items that are meant, all by default.
        subgroup: Name of the mask.
    """
    column = candidate[0].column
    meant = np.ones(len(candidate[0].state), dtype=np.bool_) if within is None else within
    keep = meant & known(candidate) & known(reference)
    mine, theirs = sample(candidate, keep, clusters), sample(reference, keep, clusters)
    shown = difference_of(mine, theirs, level=terms.level)
    narrow = difference_of(mine, theirs, level=terms.one_sided_level)
    test = test_of(mine, theirs, midp=terms.midp)
    declared = question.declaration
    power = seen_power(mine, theirs, declared, terms)
    outcome = outcome_of(
        declared.role,
        shown,
        narrow,
        test,
        higher_is_better=column.higher_is_better,
        alpha=terms.alpha,
        gain_at_least=declared.gain_at_least,
        lose_at_most=declared.lose_at_most,
    )
    outcome = hold_at_worst(outcome, declared, candidate, reference, meant, clusters, terms)
    flips = _flips(mine, theirs)
    return Finding(
        id=finding_id(question, column, subgroup),
        layer=question.layer,
        metric=column.metric,
        field=column.field,
        subgroup=subgroup,
        dataset=question.dataset,
        role=declared.role,
        arms=(question.candidate, question.reference),
        n=int(keep.sum()),
        unit=column.unit,
        higher_is_better=column.higher_is_better,
        tuned=arm_value(mine, level=terms.level),
        base=arm_value(theirs, level=terms.level),
        difference=shown,
        difference_one_sided=narrow,
        gain_at_least=declared.gain_at_least,
        lose_at_most=declared.lose_at_most,
        counts=flips,
        forms=forms_of(candidate, reference, meant, clusters, terms),
        test=test.test if isinstance(test, Tested) else None,
        p_value=test.p_value if isinstance(test, Tested) else None,
        clusters=_clusters(mine, theirs, question.cluster_by),
        per_seed=_per_seed(candidate, theirs, keep, clusters, terms),
        excluded=_excluded(question, candidate, reference, meant & ~keep),
        chance=column.chance,
        outcome=outcome,
        power=power,
        smallest_detectable=power.smallest_detectable,
        n_required=power.n_required,
        simulated=terms.simulated,
        sentence=finding_sentence(
            outcome=outcome,
            candidate=question.candidate,
            reference=question.reference,
            name=finding_id(question, column, subgroup).split(":")[0],
            n=int(keep.sum()),
            measure=measure_of(column.metric, column.unit),
            shown=shown,
            higher_is_better=column.higher_is_better,
            gain_at_least=declared.gain_at_least,
            lose_at_most=declared.lose_at_most,
            power=power,
        ),
    )


def missing_finding(question: Question, column: Column, reason: str, terms: Terms) -> Finding:
    """The finding that stands for a comparison without evidence, so that it cannot vanish."""
    absent = NotEstimable(not_estimable=reason)
    return Finding(
        id=finding_id(question, column, None),
        layer=question.layer,
        metric=column.metric,
        field=column.field,
        dataset=question.dataset,
        role=question.declaration.role,
        arms=(question.candidate, question.reference),
        n=0,
        unit=column.unit,
        higher_is_better=column.higher_is_better,
        tuned=absent,
        base=absent,
        difference=absent,
        gain_at_least=question.declaration.gain_at_least,
        lose_at_most=question.declaration.lose_at_most,
        outcome=FindingOutcome.NOT_MEASURED,
        smallest_detectable=absent,
        simulated=terms.simulated,
        sentence=f"{finding_id(question, column, None)}: not measured, {reason}.",
    )


def _flips(mine: Sample, theirs: Sample) -> Flips | None:
    d = item_differences(mine, theirs)
    if d is None:
        return None
    up, down = int((d > 0).sum()), int((d < 0).sum())
    better, worse = (up, down) if mine.column.higher_is_better else (down, up)
    return Flips(better=better, worse=worse, same=len(d) - up - down)


def _clusters(mine: Sample, theirs: Sample, by: str | None) -> Clusters | None:
    if mine.clusters is None or by is None:
        return None
    d = item_differences(mine, theirs)
    effect: Estimated
    if d is None:
        effect = NotEstimable(not_estimable="a corpus metric has no score of single items")
    elif not len(d):
        effect = NotEstimable(not_estimable="no items")
    else:
        found = design_effect(d, mine.clusters)
        effect = (
            found
            if isinstance(found, NotEstimable)
            else Point(value=found, no_interval="a ratio of two variances")
        )
    return Clusters(by=by, n=len(np.unique(mine.clusters)), design_effect=effect)


def _per_seed(
    candidate: Sequence[Scored],
    theirs: Sample,
    keep: BoolArray,
    clusters: StrArray | None,
    terms: Terms,
) -> tuple[SeedDifference, ...] | None:
    if len(candidate) < 2:
        return None
    return tuple(
        SeedDifference(
            seed=scored.seed,
            n=int(keep.sum()),
            tuned=arm_value(sample([scored], keep, clusters), level=terms.level),
            difference=difference_of(sample([scored], keep, clusters), theirs, level=terms.level),
        )
        for scored in candidate
    )


def _excluded(
    question: Question,
    candidate: Sequence[Scored],
    reference: Sequence[Scored],
    left: BoolArray,
) -> dict[str, int]:
    """How many items are not compared, by arm and kind."""
    counts: Counter[str] = Counter()
    for arm, replicates in ((question.candidate, candidate), (question.reference, reference)):
        states = np.stack([scored.state for scored in replicates])
        failed = (states == FAILED).any(axis=0) & left
        unscorable = (states == UNSCORABLE).any(axis=0) & left & ~failed
        if failed.any():
            counts[f"no answer from {arm}"] += int(failed.sum())
        if unscorable.any():
            counts[f"nothing could be read from {arm}, and no penalty is declared"] += int(
                unscorable.sum()
            )
    return dict(counts)
