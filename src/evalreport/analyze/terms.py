"""Terms: what was declared before any output existed, as every finding needs it."""

from dataclasses import dataclass

from evalreport.analyze.findings import FindingRole


@dataclass(frozen=True, slots=True)
class Declaration:
    """What the spec declared about one comparison.

    Attributes:
        role: Primary, guard, secondary or exploratory.
        gain_at_least: The gain worth having, in metric units.
        lose_at_most: The margin of a guard, in metric units; of an exploratory comparison, that
            of the guard which an export has to keep as tuned does.
    """

    role: FindingRole = FindingRole.EXPLORATORY
    gain_at_least: float | None = None
    lose_at_most: float | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms everything is decided; declared, and the same for all findings."""

    alpha: float
    power: float
    midp: bool
    simulated: bool

    @property
    def level(self) -> float:
        """Of two-sided intervals."""
        return 1 - self.alpha

    @property
    def one_sided_level(self) -> float:
        """Of the interval whose ends are one-sided bounds at alpha."""
        return 1 - 2 * self.alpha
