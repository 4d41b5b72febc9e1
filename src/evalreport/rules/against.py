"""Against: a declared comparison, made again with another arm in the place of the base."""

from collections.abc import Iterator
from dataclasses import dataclass

from evalreport.analyze.decide import Oriented, oriented
from evalreport.analyze.findings import Finding
from evalreport.analyze.sentences import change_text, spoken
from evalreport.estimates import Estimate
from evalreport.rules.case import Case


@dataclass(frozen=True, slots=True)
class Against:
    """A declared metric of tuned against another arm than the base.

    Attributes:
        declared: What was declared about tuned against base.
        found: The same metric against the other arm, whichever of the two was named first.
        arm: The other arm.
    """

    declared: Finding
    found: Finding
    arm: str

    @property
    def upwards(self) -> bool:
        """Whether a greater difference is better for tuned, whichever arm was named first."""
        return self.found.higher_is_better is not (self.found.arms[1] == "tuned")

    @property
    def ends(self) -> Oriented | None:
        """Tuned minus the other arm, more is better; None without an interval."""
        return oriented(self.found.difference, higher_is_better=self.upwards)

    @property
    def narrow(self) -> Oriented | None:
        """The same at the level whose ends are one-sided bounds."""
        return oriented(self.found.difference_one_sided, higher_is_better=self.upwards)

    @property
    def is_better(self) -> bool:
        """Whether interval and test show that tuned is better than the other arm."""
        shown, p_value = self.found.difference, self.found.p_value
        if self.ends is None or not isinstance(shown, Estimate) or p_value is None:
            return False
        return self.ends.low > 0 and p_value < 1 - shown.level

    @property
    def text(self) -> str:
        """In words: `against base-prompted, qa exact match is +4.2 points (...)`."""
        first, second = self.found.arms
        versus = f"against {second}" if first == "tuned" else f"for {first} against {second}"
        return f"{versus}, {spoken(self.found)} is {change_text(self.found)}"


def against(case: Case, declared: Finding) -> Iterator[Against]:
    """The comparisons of tuned with every other arm on a declared metric, as far as made."""
    what = (declared.layer, declared.metric, declared.field)
    for found in case.findings.findings:
        if (found.layer, found.metric, found.field) != what or found.subgroup is not None:
            continue
        if "tuned" not in found.arms or "base" in found.arms or not found.n:
            continue
        yield Against(declared, found, next(arm for arm in found.arms if arm != "tuned"))
