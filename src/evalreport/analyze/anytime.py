"""Two arms' scores to difference, interval and test: at a fixed number of items, or at any stop."""

from dataclasses import dataclass

from evalreport.analyze.compare import arm_value, difference_of, significance_of
from evalreport.analyze.samples import Sample, flips
from evalreport.analyze.terms import Terms
from evalreport.estimates import Estimated, NotEstimable, Tested
from evalreport.numbers import count_text, number_text, rate_text
from evalreport.records import SequentialPlan
from evalreport.stats.sequential import (
    ON_WINS,
    confidence_sequence,
    net_win_sequence,
    sequential_decision,
    sequential_test,
)


@dataclass(frozen=True, slots=True)
class Difference:
    """What two arms' scores say of their difference.

    Attributes:
        shown: At level 1 - alpha.
        narrow: At level 1 - 2 alpha, whose ends are one-sided bounds.
        test: Two-sided, of no difference.
    """

    shown: Estimated
    narrow: Estimated
    test: Tested | NotEstimable


def shown_difference(mine: Sample, theirs: Sample, *, level: float, stops_early: bool) -> Estimated:
    """The difference on the same items with its interval.

    Args:
        mine: The candidate's.
        theirs: The reference's.
        level: Two-sided confidence.
        stops_early: Whether looks at the verdicts decided how many items there are: then only what
            holds at every look at once is shown.
    """
    counts = flips(mine, theirs) if stops_early else None
    if counts is None:
        return difference_of(mine, theirs, level=level)
    return net_win_sequence(counts.better, counts.worse, counts.same, level=level)


def difference_between(
    mine: Sample, theirs: Sample, terms: Terms, *, stops_early: bool
) -> Difference:
    """The difference on the same items.

    Args:
        mine: The candidate's.
        theirs: The reference's.
        terms: Error rates and tests.
        stops_early: As of `shown_difference`.
    """
    counts = flips(mine, theirs) if stops_early else None
    return Difference(
        shown_difference(mine, theirs, level=terms.level, stops_early=stops_early),
        shown_difference(mine, theirs, level=terms.one_sided_level, stops_early=stops_early),
        significance_of(mine, theirs, midp=terms.midp)
        if counts is None
        else sequential_test(counts.better, counts.worse),
    )


def value_of(one: Sample, terms: Terms, *, stops_early: bool) -> Estimated:
    """One arm's value; of pairs, the share that it won.

    Args:
        one: Its scores.
        terms: Error rates.
        stops_early: As of `difference_between`.
    """
    if not stops_early or not one.is_binary:
        return arm_value(one, level=terms.level)
    won = int(one.item_values.sum())
    return confidence_sequence(won, one.n - won, level=terms.level, a=1.0)


def stopped_text(
    plan: SequentialPlan, layer: str, counts: tuple[int, int, int], *, without: int = 0
) -> str:
    """Why judging ended where it did, in a sentence.

    A plan that decided nothing, and has not come to its end, was broken off.

    Args:
        plan: As declared.
        layer: Whose pairs.
        counts: Won, lost and other pairs, those without a verdict among them.
        without: How many have none, where that is to be said.
    """
    wins, losses, others = counts
    candidate, reference = plan.pair
    judged = wins + losses + others
    of = f"{count_text(judged)} of {count_text(plan.planned, 'item')}"
    of += f" ({count_text(without)} without a verdict)" if without else ""
    decision = sequential_decision(
        wins,
        losses,
        others,
        win_rate=plan.win_rate,
        alpha=plan.alpha * ON_WINS,
        cap=min(plan.cap, plan.planned),
    )
    match decision.decision:
        case "candidate wins" | "reference wins":
            winner = candidate if decision.decision == "candidate wins" else reference
            strength = number_text(float(f"{decision.e_value:.3g}"))
            return (
                f"Judging of {layer} stopped after {of}: {winner} wins (e-value {strength}). A "
                "difference at an early stop looks larger than it is."
            )
        case "futile":
            return (
                f"Judging of {layer} stopped after {of}, since whatever {candidate} gains is less "
                f"than was asked for: a win rate of {rate_text(plan.win_rate)} among decisive "
                "pairs is excluded."
            )
        case "cap reached" if judged < plan.planned:
            return f"Judging of {layer} stopped after {of}, its cap, without a decision."
        case "go on":
            return f"Judging of {layer} was broken off after {of}: no look had decided by then."
        case _:
            return f"Judging of {layer} came to no decision in {of}."
