"""A gain of the best of several: is it shown for whichever of them was picked?"""

from dataclasses import dataclass

from evalreport.analyze.findings import Finding, FindingOutcome
from evalreport.estimates import Estimate
from evalreport.rules.base import Remark
from evalreport.rules.picked import picked_among


@dataclass(frozen=True, slots=True)
class Picked:
    """A gain that may be the best of several.

    Attributes:
        arms: Of how many.
        is_shown: Whether the test still rejects when alpha is shared among them (Bonferroni).
    """

    arms: int
    is_shown: bool


def picked_of(
    primaries: tuple[Finding, ...], remarks: list[Remark], fair: dict[str, Finding | None]
) -> dict[str, Picked]:
    """By id, the primaries whose gain is claimed after several arms were scored on their items.

    The p-value decides, not the interval: shared among ten, alpha asks for far tails, and those
    of an interval with few groups or seeds cannot be had from the one at hand.

    Args:
        primaries: What had to get better.
        remarks: Broken rules that cite one of them.
        fair: By id, the gain over a base that was asked in a form it can answer, where part of
            the gain is format: it has to be shown as well.
    """
    tried: dict[str, int] = {}
    for remark in remarks:
        arms = picked_among(remark) or 0
        for primary in primaries:
            is_claimed = primary.outcome is FindingOutcome.BETTER and primary.id in remark.cites
            if is_claimed and arms > 1:
                tried[primary.id] = max(arms, tried.get(primary.id, 0))
    return {
        primary.id: Picked(
            tried[primary.id],
            all(
                _is_shown(one, tried[primary.id])
                for one in (primary, fair.get(primary.id))
                if one is not None
            ),
        )
        for primary in primaries
        if primary.id in tried
    }


def _is_shown(finding: Finding, arms: int) -> bool:
    shown = finding.difference
    if not isinstance(shown, Estimate) or finding.p_value is None:
        return False
    return finding.p_value * arms <= 1 - shown.level
