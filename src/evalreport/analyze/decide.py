"""Outcomes of single findings: the interval against 0, the gain worth having and the margin."""

from dataclasses import dataclass

from evalreport.analyze.findings import FindingOutcome, FindingRole
from evalreport.estimates import Estimate, Estimated, NotEstimable, Tested


@dataclass(frozen=True, slots=True)
class Oriented:
    """A difference turned so that more is better."""

    low: float
    value: float
    high: float


def oriented(estimated: Estimated, *, higher_is_better: bool) -> Oriented | None:
    """The interval with the better direction upwards; None without an interval."""
    if not isinstance(estimated, Estimate):
        return None
    if higher_is_better:
        return Oriented(estimated.low, estimated.value, estimated.high)
    return Oriented(-estimated.high, -estimated.value, -estimated.low)


def outcome_of(
    role: FindingRole,
    difference: Estimated,
    one_sided: Estimated,
    test: Tested | NotEstimable,
    *,
    higher_is_better: bool,
    alpha: float,
    gain_at_least: float | None,
    lose_at_most: float | None,
    p_adjusted: float | None = None,
) -> FindingOutcome:
    """What one comparison shows.

    Args:
        role: Exploratory findings get no verdict word.
        difference: At level 1 - alpha.
        one_sided: At level 1 - 2 alpha, whose ends are one-sided bounds at alpha.
        test: The test that goes with the interval.
        higher_is_better: Direction of the metric.
        alpha: Two-sided error.
        gain_at_least: The gain worth having (primary), in metric units.
        lose_at_most: The margin (guard), in metric units.
        p_adjusted: After the correction over the family, when there is one.
    """
    if isinstance(difference, NotEstimable):
        return FindingOutcome.NOT_MEASURED
    if role is FindingRole.EXPLORATORY:
        return FindingOutcome.DESCRIPTIVE
    ends = oriented(difference, higher_is_better=higher_is_better)
    narrow = oriented(one_sided, higher_is_better=higher_is_better)
    if ends is None or narrow is None or not isinstance(test, Tested):
        return FindingOutcome.INCONCLUSIVE
    p_value = test.p_value if p_adjusted is None else p_adjusted
    rejects = p_value < alpha
    if role is FindingRole.GUARD:
        return _guard(ends, narrow, lose_at_most or 0.0, rejects=rejects)
    if ends.low > 0 or ends.high < 0:
        if not rejects:
            # After a correction the raw interval no longer decides; before it, the two disagree.
            return (
                FindingOutcome.INCONCLUSIVE
                if p_adjusted is not None and test.p_value < alpha
                else FindingOutcome.BORDERLINE
            )
        return FindingOutcome.BETTER if ends.low > 0 else FindingOutcome.WORSE
    if gain_at_least is not None and -gain_at_least < narrow.low and narrow.high < gain_at_least:
        return FindingOutcome.EQUIVALENT
    return FindingOutcome.BORDERLINE if rejects else FindingOutcome.INCONCLUSIVE


def _guard(ends: Oriented, narrow: Oriented, margin: float, *, rejects: bool) -> FindingOutcome:
    """Non-inferiority: retained only when the one-sided bound stays above the margin."""
    if narrow.low > -margin:
        return FindingOutcome.RETAINED
    if narrow.high < -margin:
        return FindingOutcome.LOST
    if ends.high < 0 and rejects:
        return FindingOutcome.REGRESSED
    return FindingOutcome.INCONCLUSIVE
