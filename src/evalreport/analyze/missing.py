"""Missing: what answers that are not there, or cannot be read, could change."""

from collections.abc import Sequence

import numpy as np

from evalreport.analyze.compare import (
    BoolArray,
    StrArray,
    arm_value,
    difference_of,
    sample,
    test_of,
)
from evalreport.analyze.decide import outcome_of
from evalreport.analyze.findings import FindingOutcome, Form
from evalreport.analyze.scores import FAILED, SCORED, Scored
from evalreport.analyze.terms import Declaration, Terms
from evalreport.estimates import NotEstimable, Point
from evalreport.metrics.base import Scale
from evalreport.numbers import number_text
from evalreport.stats.worst_case import worst_case


def known(replicates: Sequence[Scored]) -> BoolArray:
    """Whether an item has a number in every seed, shape (n,)."""
    found: BoolArray = np.logical_and.reduce([scored.has_value for scored in replicates])
    return found


def forms_of(
    candidate: Sequence[Scored],
    reference: Sequence[Scored],
    meant: BoolArray,
    clusters: StrArray | None,
    terms: Terms,
) -> tuple[Form, ...] | None:
    """The four readings of a score that exists only for outputs that could be read."""
    column = candidate[0].column
    valid = [
        np.logical_and.reduce([scored.state == SCORED for scored in replicates]) & meant
        for replicates in (candidate, reference)
    ]
    both = valid[0] & valid[1]
    if bool((both == meant).all()):
        return None
    all_items = meant & known(candidate) & known(reference)

    def reading(name: str, keep: BoolArray, note: str) -> Form:
        mine, theirs = sample(candidate, keep, clusters), sample(reference, keep, clusters)
        return Form(
            name=name,
            n=int(keep.sum()),
            tuned=arm_value(mine, level=terms.level),
            base=arm_value(theirs, level=terms.level),
            difference=difference_of(mine, theirs, level=terms.level),
            note=note,
        )

    forms = [
        reading("all_items", all_items, "what cannot be read counts as the declared penalty"),
        reading("valid_in_both", both, "only items that could be read from both arms"),
    ]
    bounds = _worst_bounds(candidate, reference, meant)
    if bounds is not None:
        end, other = bounds if column.higher_is_better else bounds[::-1]
        forms.append(
            Form(
                name="worst_case",
                n=int(meant.sum()),
                tuned=NotEstimable(not_estimable="see the difference"),
                base=NotEstimable(not_estimable="see the difference"),
                difference=Point(
                    value=end,
                    no_interval=(
                        "the least favourable end if every missing score took its extreme; "
                        f"the other end is {number_text(other)}"
                    ),
                ),
                note="every missing score at its extreme",
            )
        )
    forms.append(
        Form(
            name="own_subset",
            n=int(max(valid[0].sum(), valid[1].sum())),
            tuned=arm_value(sample(candidate, valid[0], clusters), level=terms.level),
            base=arm_value(sample(reference, valid[1], clusters), level=terms.level),
            difference=NotEstimable(not_estimable="the two subsets hold different items"),
            note=(
                f"{int(valid[0].sum())} and {int(valid[1].sum())} items, not the same ones: "
                "not comparable"
            ),
        )
    )
    return tuple(forms)


def _worst_bounds(
    candidate: Sequence[Scored], reference: Sequence[Scored], meant: BoolArray
) -> tuple[float, float] | None:
    """Least and greatest mean difference when every unread answer takes the metric's extremes."""
    column = candidate[0].column
    if column.scale not in (Scale.BINARY, Scale.MEAN) or column.low is None or column.high is None:
        return None
    known = [
        np.logical_and.reduce([scored.state == SCORED for scored in replicates])[meant]
        for replicates in (candidate, reference)
    ]
    values = [
        np.stack([scored.values[meant] for scored in replicates]).mean(axis=0)
        for replicates in (candidate, reference)
    ]
    ends = worst_case(
        values[0],
        values[1],
        candidate_known=known[0],
        reference_known=known[1],
        bounds=(column.low, column.high),
    )
    return float(ends.least.mean()), float(ends.greatest.mean())


def hold_at_worst(
    outcome: FindingOutcome,
    declared: Declaration,
    candidate: Sequence[Scored],
    reference: Sequence[Scored],
    meant: BoolArray,
    clusters: StrArray | None,
    terms: Terms,
) -> FindingOutcome:
    """An outcome with missing answers must hold at both ends of what they could have been.

    Only answers that are missing by our fault count here: what a model said and nobody could
    read is its own doing, and has its penalty.
    """
    if outcome in (FindingOutcome.NOT_MEASURED, FindingOutcome.DESCRIPTIVE):
        return outcome
    lost = [
        np.logical_or.reduce([scored.state == FAILED for scored in replicates]) & meant
        for replicates in (candidate, reference)
    ]
    if not (lost[0].any() or lost[1].any()):
        return outcome
    column = candidate[0].column
    if column.scale not in (Scale.BINARY, Scale.MEAN) or column.low is None or column.high is None:
        return FindingOutcome.INCONCLUSIVE
    for mine_end, theirs_end in ((column.low, column.high), (column.high, column.low)):
        filled = [
            [_filled(scored, end) for scored in replicates]
            for replicates, end in ((candidate, mine_end), (reference, theirs_end))
        ]
        keep = meant & known(filled[0]) & known(filled[1])
        mine, theirs = sample(filled[0], keep, clusters), sample(filled[1], keep, clusters)
        at_end = outcome_of(
            declared.role,
            difference_of(mine, theirs, level=terms.level),
            difference_of(mine, theirs, level=terms.one_sided_level),
            test_of(mine, theirs, midp=terms.midp),
            higher_is_better=column.higher_is_better,
            alpha=terms.alpha,
            gain_at_least=declared.gain_at_least,
            lose_at_most=declared.lose_at_most,
        )
        if at_end is not outcome:
            return FindingOutcome.INCONCLUSIVE
    return outcome


def _filled(scored: Scored, end: float) -> Scored:
    """The column with every missing answer at one end of the metric."""
    failed = scored.state == FAILED
    return Scored(
        column=scored.column,
        values=np.where(failed, end, scored.values),
        state=np.where(failed, SCORED, scored.state).astype(np.int8),
        penalised=scored.penalised,
        reasons=scored.reasons,
        seed=scored.seed,
    )
