"""Outcomes of single findings: the interval against 0, the gain worth having and the margin."""

from dataclasses import dataclass

from evalreport.analyze.findings import FindingOutcome, FindingRole
from evalreport.analyze.terms import Declaration
from evalreport.estimates import Estimate, Estimated, NotEstimable, Tested


@dataclass(frozen=True, slots=True)
class Oriented:
    """A difference turned so that more is better."""

    low: float
    value: float
    high: float


def oriented(estimated: Estimated | None, *, higher_is_better: bool) -> Oriented | None:
    """The interval with the better direction upwards; None without an interval."""
    if not isinstance(estimated, Estimate):
        return None
    if higher_is_better:
        return Oriented(estimated.low, estimated.value, estimated.high)
    return Oriented(-estimated.high, -estimated.value, -estimated.low)


def outcome_of(
    declared: Declaration,
    difference: Estimated,
    one_sided: Estimated,
    test: Tested | NotEstimable,
    *,
    higher_is_better: bool,
    alpha: float,
) -> FindingOutcome:
    """What one comparison shows by itself, before any correction for its family.

    Args:
        declared: Exploratory comparisons get no verdict word, unless they carry a guard's margin:
            the guard then speaks about what was made of tuned.
        difference: At level 1 - alpha.
        one_sided: At level 1 - 2 alpha, whose ends are one-sided bounds at alpha.
        test: The test that goes with the interval.
        higher_is_better: Direction of the metric.
        alpha: Two-sided error.
    """
    if isinstance(difference, NotEstimable):
        return FindingOutcome.NOT_MEASURED
    if declared.role is FindingRole.EXPLORATORY and declared.lose_at_most is None:
        return FindingOutcome.DESCRIPTIVE
    ends = oriented(difference, higher_is_better=higher_is_better)
    narrow = oriented(one_sided, higher_is_better=higher_is_better)
    if ends is None or narrow is None:
        return FindingOutcome.INCONCLUSIVE
    rejects = isinstance(test, Tested) and test.p_value < alpha
    if declared.role in (FindingRole.GUARD, FindingRole.EXPLORATORY):
        return _guard(ends, narrow, declared.lose_at_most or 0.0, rejects=rejects)
    if rejects and ends.low > 0:
        return FindingOutcome.BETTER
    if rejects and ends.high < 0:
        return FindingOutcome.WORSE
    gain = declared.gain_at_least
    if gain is not None and -gain < narrow.low and narrow.high < gain:
        return FindingOutcome.EQUIVALENT
    if rejects or ends.low > 0 or ends.high < 0:
        return FindingOutcome.BORDERLINE
    return FindingOutcome.INCONCLUSIVE


def _guard(ends: Oriented, narrow: Oriented, margin: float, *, rejects: bool) -> FindingOutcome:
    """Non-inferiority: retained only when the one-sided bound stays above the margin."""
    if narrow.low > -margin:
        return FindingOutcome.RETAINED
    if narrow.high < -margin:
        return FindingOutcome.LOST
    if ends.high < 0 and rejects:
        return FindingOutcome.REGRESSED
    return FindingOutcome.INCONCLUSIVE
