"""Missing: what answers that are not there, or cannot be read, could change."""

from collections.abc import Iterator, Sequence

import numpy as np

from evalreport.analyze.anytime import difference_between, shown_difference, value_of
from evalreport.analyze.compare import arm_value
from evalreport.analyze.decide import outcome_of
from evalreport.analyze.findings import FindingOutcome, Form
from evalreport.analyze.order import IntArray
from evalreport.analyze.samples import BoolArray, Sample, pair, sample
from evalreport.analyze.scores import FAILED, SCORED, UNSCORABLE, Scored
from evalreport.analyze.terms import Declaration, Terms
from evalreport.estimates import Estimate, Estimated, NotEstimable, Point
from evalreport.metrics.base import Column, Scale
from evalreport.numbers import Scale as Reading
from evalreport.numbers import count_text, difference, measure_of
from evalreport.stats.worst_case import worst_case


def known(replicates: Sequence[Scored]) -> BoolArray:
    """Whether an item has a number in every seed, shape (n,)."""
    found: BoolArray = np.logical_and.reduce([scored.has_value for scored in replicates])
    return found


def answered(replicates: Sequence[Scored]) -> tuple[Scored, ...]:
    """The seeds that answered anything; all of them when none did.

    A training that failed leaves no answer at all: that seed says nothing about any item, while
    the others say as much as before. A rule names it.
    """
    some = tuple(scored for scored in replicates if (scored.state != FAILED).any())
    return some or tuple(replicates)


def unread(replicates: Sequence[Scored]) -> BoolArray:
    """Whether in some seed an item's output has neither a score nor a declared penalty."""
    found: BoolArray = np.logical_or.reduce(
        [(scored.state == UNSCORABLE) & ~scored.penalised for scored in replicates]
    )
    return found


def failed(replicates: Sequence[Scored]) -> BoolArray:
    """Whether in some seed an item has no answer by our fault, shape (n,)."""
    found: BoolArray = np.logical_or.reduce([scored.state == FAILED for scored in replicates])
    return found


def _read(replicates: Sequence[Scored]) -> BoolArray:
    found: BoolArray = np.logical_and.reduce([scored.state == SCORED for scored in replicates])
    return found


def forms_of(
    candidate: Sequence[Scored],
    reference: Sequence[Scored],
    meant: BoolArray,
    clusters: IntArray | None,
    terms: Terms,
    arms: tuple[str, str],
    *,
    is_foreign: bool = False,
    is_judged: bool = False,
    stops_early: bool = False,
) -> tuple[Form, ...] | None:
    """The readings of a score that exists only for outputs that could be read.

    None when every output of both arms was read. Of what another tool measured there is no reading
    with a penalty: nothing was read here, and what has no score has none. Of what a judge said
    neither: an item without its verdict has none of either arm, so there are no subsets of their
    own. Where looks decided how many items there are, only what holds at every look is shown.
    """
    valid = _read(candidate) & meant, _read(reference) & meant
    both = valid[0] & valid[1]
    if bool((both == meant).all()):
        return None

    def reading(name: str, keep: BoolArray, note: str) -> Form:
        mine, theirs = pair(candidate, reference, keep, clusters)
        return Form(
            name=name,
            n=int(keep.sum()),
            tuned=value_of(mine, terms, stops_early=stops_early),
            base=value_of(theirs, terms, stops_early=stops_early),
            difference=shown_difference(mine, theirs, level=terms.level, stops_early=stops_early),
            note=note,
        )

    unpenalised = meant & (unread(candidate) | unread(reference))
    if unpenalised.any():
        absent = NotEstimable(
            not_estimable="no penalty is declared for what cannot be read, so it has no number"
        )
        n = int(meant.sum())
        note = f"{count_text(int(unpenalised.sum()), 'item')} without a number"
        first = Form(name="all_items", n=n, tuned=absent, base=absent, difference=absent, note=note)
    else:
        lost = int((meant & (failed(candidate) | failed(reference))).sum())
        note = "what cannot be read counts as the declared penalty"
        if lost:
            note += f"; {count_text(lost, 'item')} without an answer left out"
        first = reading("all_items", meant & known(candidate) & known(reference), note)
    forms = [first, reading("valid_in_both", both, "only items that could be read from both arms")]
    if is_foreign or is_judged:
        lost = int((meant & ~both).sum())
        forms = [reading("valid_in_both", both, f"{count_text(lost, 'item')} left out")]
    bounds = _worst_bounds(candidate, reference, meant)
    if bounds is not None:
        forms.append(_worst_form(candidate[0].column, bounds, int(meant.sum())))
    if is_judged and candidate[0].column.scale is Scale.BINARY:
        return tuple(forms)
    mine, theirs = int(valid[0].sum()), int(valid[1].sum())
    forms.append(
        Form(
            name="own_subset",
            n=max(mine, theirs),
            n_by_arm=(mine, theirs),
            tuned=arm_value(sample(candidate, valid[0], clusters), level=terms.level),
            base=arm_value(sample(reference, valid[1], clusters), level=terms.level),
            difference=NotEstimable(not_estimable="the two subsets hold different items"),
            note=(
                f"{arms[1]} {count_text(theirs, 'item')}, {arms[0]} {count_text(mine)}; "
                "not the same ones, so not comparable"
            ),
        )
    )
    return tuple(forms)


def _worst_form(column: Column, bounds: tuple[float, float], n: int) -> Form:
    """Both ends of what missing scores could have been, the less favourable one as the value."""
    end, other = bounds if column.higher_is_better else bounds[::-1]
    measure = measure_of(column.metric, column.unit)
    decimals = 1 if measure.scale is Reading.PERCENT else None  # as most rows of shares have
    best = difference(Point(value=other, no_interval=""), measure, "", decimals=decimals)
    shown: Estimated = Point(
        value=end,
        no_interval=(
            "the less favourable end if every missing score took its extreme; the other end is "
            f"{best.value.text if best.value else ''}"
        ),
    )
    absent = NotEstimable(not_estimable="see the difference")
    note = "every missing score at its extreme"
    return Form(name="worst_case", n=n, tuned=absent, base=absent, difference=shown, note=note)


def _worst_bounds(
    candidate: Sequence[Scored], reference: Sequence[Scored], meant: BoolArray
) -> tuple[float, float] | None:
    """Least and greatest mean difference when every unread answer takes the metric's extremes."""
    column = candidate[0].column
    if column.scale not in (Scale.BINARY, Scale.MEAN) or column.low is None or column.high is None:
        return None
    ends = worst_case(
        np.stack([scored.values[meant] for scored in candidate]).mean(axis=0),
        np.stack([scored.values[meant] for scored in reference]).mean(axis=0),
        candidate_known=_read(candidate)[meant],
        reference_known=_read(reference)[meant],
        bounds=(column.low, column.high),
    )
    return ends.bounds


def why_not_held(
    outcome: FindingOutcome,
    declared: Declaration,
    candidate: Sequence[Scored],
    reference: Sequence[Scored],
    meant: BoolArray,
    clusters: IntArray | None,
    terms: Terms,
    *,
    is_judged: bool = False,
    stops_early: bool = False,
) -> str:
    """Why missing answers forbid an outcome; empty when it holds at both ends, or none is missing.

    Only answers that are missing by our fault count here: what a model said and nobody could
    read is its own doing, and has its penalty.
    """
    if outcome in (
        FindingOutcome.NOT_MEASURED,
        FindingOutcome.DESCRIPTIVE,
        FindingOutcome.INCONCLUSIVE,
    ):
        return ""
    without = _without(candidate, reference, meant, is_judged=is_judged)
    if not without:
        return ""
    column = candidate[0].column
    if boundless := _boundless(column):
        return f"{without} {boundless}"
    for mine, theirs in _at_ends(candidate, reference, meant, clusters):
        between = difference_between(mine, theirs, terms, stops_early=stops_early)
        at_end = outcome_of(
            declared,
            between.shown,
            between.narrow,
            between.test,
            higher_is_better=column.higher_is_better,
            alpha=terms.alpha,
        )
        if at_end is not outcome:
            return f"{without} could change what the others show"
    return ""


def over_missing(
    shown: Estimated,
    candidate: Sequence[Scored],
    reference: Sequence[Scored],
    meant: BoolArray,
    clusters: IntArray | None,
    terms: Terms,
    *,
    is_judged: bool = False,
    stops_early: bool = False,
) -> Estimated | None:
    """A difference whose interval holds those at both ends of what missing answers could be.

    What it shows of a size, it shows whatever those answers are. None when none is missing by our
    fault.

    Args:
        shown: The difference of the items that both arms have.
        candidate: One column, a replicate each.
        reference: The same of the other arm.
        meant: Mask of the items that are meant.
        clusters: Cluster of each item, when declared.
        terms: Error rates and tests.
        is_judged: Whether verdicts are what is missing.
        stops_early: Whether looks decided how many items there are.
    """
    without = _without(candidate, reference, meant, is_judged=is_judged)
    if not without or not isinstance(shown, Estimate):
        return None
    if boundless := _boundless(candidate[0].column):
        return NotEstimable(not_estimable=f"{without} {boundless}")
    widest = shown
    for mine, theirs in _at_ends(candidate, reference, meant, clusters):
        end = shown_difference(mine, theirs, level=terms.level, stops_early=stops_early)
        if not isinstance(end, Estimate):
            return NotEstimable(not_estimable=f"{without} could leave it without an interval")
        ends = {"low": min(widest.low, end.low), "high": max(widest.high, end.high)}
        widest = widest.model_copy(update=ends)
    method = f"{shown.method}, at both ends of what {without} could be"
    return widest.model_copy(update={"method": method})


def _without(
    candidate: Sequence[Scored],
    reference: Sequence[Scored],
    meant: BoolArray,
    *,
    is_judged: bool,
) -> str:
    """How many items lack an answer by our fault; empty when none does."""
    lost = int((meant & (failed(candidate) | failed(reference))).sum())
    what = "a verdict" if is_judged else "an answer"
    return f"{count_text(lost, 'item')} without {what}" if lost else ""


def _boundless(column: Column) -> str:
    """Why what is missing could be anything; empty where it has two ends."""
    if column.scale in (Scale.RATIO, Scale.CORPUS):
        return "could have any score, and any weight in what all items give together"
    if column.low is None or column.high is None:
        return "could have any score of a metric that has no bounds"
    return ""


def _at_ends(
    candidate: Sequence[Scored],
    reference: Sequence[Scored],
    meant: BoolArray,
    clusters: IntArray | None,
) -> Iterator[tuple[Sample, Sample]]:
    """Both arms with every missing answer at one end of the metric, then at the other."""
    low, high = candidate[0].column.low, candidate[0].column.high
    if low is None or high is None:
        return
    for mine_end, theirs_end in ((low, high), (high, low)):
        ours = [filled(scored, mine_end) for scored in candidate]
        others = [filled(scored, theirs_end) for scored in reference]
        yield pair(ours, others, meant & known(ours) & known(others), clusters)


def filled(scored: Scored, end: float) -> Scored:
    """The column with every missing answer at one end of the metric."""
    lost = scored.state == FAILED
    return Scored(
        column=scored.column,
        values=np.where(lost, end, scored.values),
        state=np.where(lost, SCORED, scored.state).astype(np.int8),
        penalised=scored.penalised,
        reasons=scored.reasons,
        seed=scored.seed,
    )
