"""A gain of the best of several: what of it holds for every one of them at once."""

from dataclasses import dataclass

from evalreport.analyze.decide import oriented
from evalreport.analyze.findings import Finding, FindingOutcome
from evalreport.estimates import Estimate
from evalreport.rules.base import Remark
from evalreport.rules.picked import picked_among
from evalreport.stats.quantiles import two_sided_z


@dataclass(frozen=True, slots=True)
class Picked:
    """A gain that may be the best of several.

    Attributes:
        arms: Of how many.
        held: The finding with the interval that holds for all of them at once.
    """

    arms: int
    held: Finding

    @property
    def is_shown(self) -> bool:
        """Whether interval and test both say so for whichever of them was picked."""
        shown, p_value = self.held.difference, self.held.p_value
        ends = oriented(shown, higher_is_better=self.held.higher_is_better)
        if ends is None or not isinstance(shown, Estimate) or ends.low <= 0:
            return False
        return p_value is None or p_value <= 1 - shown.level


def picked_of(primaries: tuple[Finding, ...], remarks: list[Remark]) -> dict[str, Picked]:
    """By id, the primaries whose gain is claimed after several arms were scored on the items.

    The error that is allowed is shared among them (Bonferroni), as the quantiles of the normal
    distribution widen: an interval of another kind is widened in proportion, which is about right.
    """
    found: dict[str, Picked] = {}
    for remark in remarks:
        arms = picked_among(remark)
        for primary in primaries:
            shown = primary.difference
            if arms is None or arms < 2 or primary.id not in remark.cites:
                continue
            if primary.outcome is FindingOutcome.BETTER and isinstance(shown, Estimate):
                found[primary.id] = Picked(
                    arms, primary.model_copy(update={"difference": _widened(shown, arms)})
                )
    return found


def _widened(shown: Estimate, arms: int) -> Estimate:
    level = 1 - (1 - shown.level) / arms
    by = two_sided_z(level) / two_sided_z(shown.level)
    low = shown.value - by * (shown.value - shown.low)
    high = shown.value + by * (shown.high - shown.value)
    return shown.model_copy(update={"low": low, "high": high, "level": level})
