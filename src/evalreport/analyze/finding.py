"""One finding: a column of two arms, put together from scores, statistics and declarations."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from evalreport.analyze.anytime import difference_between, stopped_text, value_of
from evalreport.analyze.compare import arm_value, difference_of
from evalreport.analyze.decide import outcome_of
from evalreport.analyze.findings import Clusters, Finding, FindingOutcome, SeedDifference
from evalreport.analyze.missing import (
    failed,
    forms_of,
    known,
    over_missing,
    unread,
    why_not_held,
)
from evalreport.analyze.order import IntArray
from evalreport.analyze.samples import BoolArray, Sample, flips, pair, run_differences, sample
from evalreport.analyze.scores import Scored
from evalreport.analyze.seen_power import seen_power, unforetold
from evalreport.analyze.sentences import NET_WIN, finding_sentence
from evalreport.analyze.terms import Declaration, Terms
from evalreport.estimates import Estimated, NotEstimable, Point, Tested
from evalreport.metrics.base import Column
from evalreport.numbers import count_text
from evalreport.records import Origin, SequentialPlan
from evalreport.stats.clusters import design_effect

STOPPED: Final = "judging stops by a rule of its own"
NO_VERDICT: Final = "no verdict of the judge"
NOT_RATED: Final = "not rated by people"


@dataclass(frozen=True, slots=True)
class Question:
    """Which comparison a finding is about; `doubt` says why it cannot show retention, if so.

    `is_judged` says that a judge here gave the scores, so that what is missing is its doing, and
    `by_people` that it was people;
    `sequential` is the plan by which its verdicts decided when there were enough of them.
    """

    layer: str
    dataset: str
    candidate: str
    reference: str
    cluster_by: str | None
    declaration: Declaration
    doubt: str = ""
    origin: Origin = Origin.RUN
    is_judged: bool = False
    by_people: bool = False
    sequential: SequentialPlan | None = None

    @property
    def stops_early(self) -> bool:
        """Whether looks at the verdicts decided how many items there are."""
        return self.sequential is not None

    @property
    def is_default(self) -> bool:
        """Whether it is tuned against base, whose findings carry no arms in their id."""
        return (self.candidate, self.reference) == ("tuned", "base")

    @property
    def is_foreign(self) -> bool:
        """Whether another tool scored both arms, so that nothing was read here."""
        return self.origin is not Origin.RUN and not self.dataset


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
    clusters: IntArray | None,
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
    excluded = _excluded(question, candidate, reference, meant & ~keep)
    if not keep.any():
        return missing_finding(question, column, _nothing(excluded), terms, excluded, subgroup)
    mine, theirs = pair(candidate, reference, keep, clusters)
    between = difference_between(mine, theirs, terms, stops_early=question.stops_early)
    shown, narrow, test = between.shown, between.narrow, between.test
    declared = question.declaration
    outcome = outcome_of(
        declared,
        shown,
        narrow,
        test,
        higher_is_better=column.higher_is_better,
        alpha=terms.alpha,
    )
    withheld = why_not_held(
        outcome,
        declared,
        candidate,
        reference,
        meant,
        clusters,
        terms,
        is_judged=question.is_judged,
        stops_early=question.stops_early,
    )
    if outcome is FindingOutcome.RETAINED and question.doubt:
        withheld = question.doubt
    power = (
        unforetold(STOPPED, declared)
        if question.stops_early
        else seen_power(mine, theirs, declared, terms)
    )
    finding = Finding(
        id=finding_id(question, column, subgroup),
        layer=question.layer,
        metric=column.metric,
        field=column.field,
        subgroup=subgroup,
        dataset=question.dataset,
        role=declared.role,
        arms=(question.candidate, question.reference),
        n=mine.n,
        unit=column.unit,
        higher_is_better=column.higher_is_better,
        tuned=value_of(mine, terms, stops_early=question.stops_early),
        base=value_of(theirs, terms, stops_early=question.stops_early),
        difference=shown,
        difference_one_sided=narrow,
        difference_over_missing=over_missing(
            shown,
            candidate,
            reference,
            meant,
            clusters,
            terms,
            is_judged=question.is_judged,
            stops_early=question.stops_early,
        ),
        gain_at_least=declared.gain_at_least,
        lose_at_most=declared.lose_at_most,
        counts=flips(mine, theirs),
        forms=forms_of(
            candidate,
            reference,
            meant,
            clusters,
            terms,
            (question.candidate, question.reference),
            is_foreign=question.is_foreign,
            is_judged=question.is_judged,
            stops_early=question.stops_early,
        ),
        test=_test_name(test, column) if isinstance(test, Tested) else None,
        p_value=test.p_value if isinstance(test, Tested) else None,
        clusters=_clusters(mine, theirs, question.cluster_by),
        per_seed=_per_seed(candidate, reference, keep, clusters, terms),
        excluded=excluded,
        chance=column.chance,
        outcome=FindingOutcome.INCONCLUSIVE if withheld else outcome,
        withheld=withheld,
        power=power,
        smallest_detectable=power.smallest_detectable,
        n_required=power.n_required,
        simulated=terms.simulated,
        origin=question.origin,
        stopped=""
        if question.sequential is None or within is not None
        else _stopped(question.sequential, question.layer, mine, theirs, len(meant)),
        sentence="",
    )
    return finding.model_copy(update={"sentence": finding_sentence(finding)})


def _stopped(plan: SequentialPlan, layer: str, mine: Sample, theirs: Sample, items: int) -> str:
    """Why judging ended where it did; items without a verdict count for nobody."""
    counts = flips(mine, theirs)
    won, lost = (counts.better, counts.worse) if counts is not None else (0, 0)
    return stopped_text(plan, layer, (won, lost, items - won - lost))


def missing_finding(
    question: Question,
    column: Column,
    reason: str,
    terms: Terms,
    excluded: dict[str, int] | None = None,
    subgroup: str | None = None,
) -> Finding:
    """The finding that stands for a comparison without evidence, so that it cannot vanish."""
    absent = NotEstimable(not_estimable=reason)
    finding = Finding(
        id=finding_id(question, column, subgroup),
        layer=question.layer,
        metric=column.metric,
        field=column.field,
        subgroup=subgroup,
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
        excluded=excluded or {},
        outcome=FindingOutcome.NOT_MEASURED,
        smallest_detectable=absent,
        simulated=terms.simulated,
        origin=question.origin,
        sentence="",
    )
    return finding.model_copy(update={"sentence": finding_sentence(finding)})


def lone_finding(
    question: Question,
    candidate: Sequence[Scored],
    clusters: IntArray | None,
    terms: Terms,
) -> Finding:
    """The finding of a candidate that stands beside nothing: its value, and that there is no other.

    Args:
        question: Which arms, layer and declaration.
        candidate: One column, a replicate each.
        clusters: Cluster of each item, when declared.
        terms: Error rates and tests.
    """
    keep = known(candidate)
    absent = NotEstimable(not_estimable=f"there are no results of {question.reference}")
    bare = missing_finding(question, candidate[0].column, absent.not_estimable, terms)
    value = arm_value(sample(candidate, keep, clusters), level=terms.level)
    changed = bare.model_copy(update={"tuned": value, "n": int(keep.sum())})
    return changed.model_copy(update={"sentence": finding_sentence(changed)})


def _test_name(test: Tested, column: Column) -> str:
    """What the test is called: McNemar's of wins and losses goes by its other name."""
    return test.test.replace("McNemar", "sign") if column.metric == NET_WIN else test.test


def _nothing(excluded: dict[str, int]) -> str:
    """Why there is nothing to compare."""
    reasons = "; ".join(f"{why}: {count_text(k, 'item')}" for why, k in excluded.items())
    return f"no item has a score of both arms ({reasons})" if reasons else "there are no items"


def _clusters(mine: Sample, theirs: Sample, by: str | None) -> Clusters | None:
    if mine.clusters is None or by is None:
        return None
    runs = run_differences(mine, theirs)
    effect: Estimated
    if isinstance(runs, NotEstimable):
        effect = runs
    else:
        found = design_effect(runs.mean(axis=0), mine.clusters)
        effect = (
            found
            if isinstance(found, NotEstimable)
            else Point(value=found, no_interval="a ratio of two variances")
        )
    return Clusters(by=by, n=len(np.unique(mine.clusters)), design_effect=effect)


def _per_seed(
    candidate: Sequence[Scored],
    reference: Sequence[Scored],
    keep: BoolArray,
    clusters: IntArray | None,
    terms: Terms,
) -> tuple[SeedDifference, ...] | None:
    """The difference of each seed, against the same seed of a reference that has several."""
    if len(candidate) < 2:
        return None
    rows = []
    for scored in candidate:
        same = [one for one in reference if one.seed == scored.seed]
        mine, theirs = pair([scored], same or reference, keep, clusters)
        rows.append(
            SeedDifference(
                seed=scored.seed,
                n=mine.n,
                tuned=arm_value(mine, level=terms.level),
                difference=difference_of(mine, theirs, level=terms.level),
            )
        )
    return tuple(rows)


def _excluded(
    question: Question,
    candidate: Sequence[Scored],
    reference: Sequence[Scored],
    left: BoolArray,
) -> dict[str, int]:
    """How many items are not compared, by arm and kind."""
    counts: Counter[str] = Counter()
    if question.is_judged:
        lost = (failed(candidate) | failed(reference)) & left
        what = NOT_RATED if question.by_people else NO_VERDICT
        return {what: int(lost.sum())} if lost.any() else {}
    for arm, replicates in ((question.candidate, candidate), (question.reference, reference)):
        lost = failed(replicates) & left
        silent = unread(replicates) & left & ~lost
        if lost.any():
            what = "answer from" if question.origin is Origin.RUN else "result of"
            counts[f"no {what} {arm}"] += int(lost.sum())
        if silent.any():
            counts[f"nothing could be read from {arm}, and no penalty is declared"] += int(
                silent.sum()
            )
    return dict(counts)
