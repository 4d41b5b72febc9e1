"""Sentences of findings: built from the numbers, never from what was hoped for."""

from evalreport.analyze.decide import oriented
from evalreport.analyze.findings import FindingOutcome, Power
from evalreport.estimates import Estimate, Estimated, NotEstimable, Point
from evalreport.numbers import (
    Measure,
    bound_text,
    count_text,
    difference,
    estimate,
    plain_sentence,
)


def difference_text(estimated: Estimated, measure: Measure) -> str:
    """A difference with its interval, in one phrase."""
    return plain_sentence(difference(estimated, measure, ""))


def value_phrase(estimated: Estimated, measure: Measure) -> str:
    """A value with its interval, in one phrase."""
    return plain_sentence(estimate(estimated, measure, ""))


def finding_sentence(
    *,
    outcome: FindingOutcome,
    candidate: str,
    reference: str,
    name: str,
    n: int,
    measure: Measure,
    shown: Estimated,
    higher_is_better: bool,
    gain_at_least: float | None,
    lose_at_most: float | None,
    power: Power | None,
) -> str:
    """What one comparison shows, in one or two sentences.

    Args:
        outcome: As decided.
        candidate: Name of the arm that is judged.
        reference: Name of the arm that it is held against.
        name: What was measured, such as `extraction field_accuracy`.
        n: Items compared.
        measure: How the metric reads.
        shown: The difference, candidate minus reference.
        higher_is_better: Direction of the metric.
        gain_at_least: The gain worth having.
        lose_at_most: The margin of a guard.
        power: What could have been seen.
    """
    if isinstance(shown, NotEstimable):
        return f"{name}: not measured, {shown.not_estimable}."
    change = difference_text(shown, measure)
    items = count_text(n, "item")
    bound = None if gain_at_least is None else bound_text(gain_at_least, measure)
    margin = None if lose_at_most is None else bound_text(lose_at_most, measure)
    match outcome:
        case FindingOutcome.BETTER:
            size = _size(shown, gain_at_least, bound, higher_is_better=higher_is_better)
            return f"{candidate} is better than {reference} on {name}: {change}, {items}{size}."
        case FindingOutcome.WORSE:
            return f"{candidate} is worse than {reference} on {name}: {change}, {items}."
        case FindingOutcome.EQUIVALENT:
            return (
                f"{candidate} and {reference} are equal on {name} within ±{bound}: "
                f"{change}, {items}."
            )
        case FindingOutcome.RETAINED:
            real = _real_loss(shown, higher_is_better=higher_is_better)
            return f"{name} is retained within {margin}: {change}, {items}{real}."
        case FindingOutcome.LOST:
            return f"{name} lost more than {margin}: {change}, {items}."
        case FindingOutcome.REGRESSED:
            return (
                f"{name} fell, and that it fell by less than {margin} is not shown: "
                f"{change}, {items}."
            )
        case FindingOutcome.BORDERLINE:
            return (
                f"{name} is borderline: interval and test disagree about {change}, {items}, "
                "so no difference is claimed."
            )
        case FindingOutcome.INCONCLUSIVE:
            if margin is not None:
                return (
                    f"Whether {name} is retained within {margin} is not shown: {change}, "
                    f"{items}.{_settle(power)}"
                )
            return (
                f"{items[0].upper()}{items[1:]} cannot tell {candidate} from {reference} on "
                f"{name}: {change}.{_settle(power)}"
            )
        case FindingOutcome.DESCRIPTIVE:
            return f"{name}, exploratory: {change}, {items}."
        case FindingOutcome.NOT_MEASURED:
            return f"{name}: not measured."


def _size(
    shown: Estimated, gain: float | None, bound: str | None, *, higher_is_better: bool
) -> str:
    ends = oriented(shown, higher_is_better=higher_is_better)
    if gain is None or ends is None:
        return ""
    if ends.low >= gain:
        return f", at least the {bound} that were asked for"
    if ends.high < gain:
        return f", a real gain but less than the {bound} that were asked for"
    return f"; whether it reaches the {bound} that were asked for is uncertain"


def _real_loss(shown: Estimated, *, higher_is_better: bool) -> str:
    ends = oriented(shown, higher_is_better=higher_is_better)
    if ends is not None and ends.high < 0:
        return "; a small real loss inside the margin"
    return ""


def _settle(power: Power | None) -> str:
    if power is None or not isinstance(power.smallest_detectable, Estimate | Point):
        return ""
    return f" {power.note}" if power.note else ""
