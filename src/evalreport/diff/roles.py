"""Roles: what both builds declared alike beforehand, and on which terms their models compare."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from evalreport.analyze.findings import FindingRole
from evalreport.analyze.terms import Declaration, Terms
from evalreport.lineage.builds import Build
from evalreport.report.model import Report

_IMPLIED = ("tuned", "base")


@dataclass(frozen=True, slots=True)
class Declared:
    """What both builds declared.

    Attributes:
        terms: Error rates and tests; where the two differ, the stricter.
        alike: By metric, the declaration that both made.
        otherwise: The metrics that decide in one build and not in the other, or on other terms.
        primary_otherwise: Whether a primary is among them.
    """

    terms: Terms
    alike: Mapping[str, Declaration]
    otherwise: tuple[str, ...]
    primary_otherwise: bool

    def of(self, metric: str) -> Declaration:
        """What a metric was declared as; exploratory where not both builds declared it alike.

        The gain that was asked for is one over the base: nobody asked for it over another tuned
        model, and nobody called two of them equal that differ by less.
        """
        declared = self.alike.get(metric, Declaration())
        return replace(declared, gain_at_least=None)

    @property
    def primaries(self) -> int:
        """How many metrics both builds declared as those that decide."""
        return sum(one.role is FindingRole.PRIMARY for one in self.alike.values())

    @property
    def has_primary(self) -> bool:
        """Whether there is a metric that both builds declared as the one that decides."""
        return self.primaries > 0


def declared_by(a: Build, b: Build) -> Declared:
    """What both builds declared alike."""
    one, other = _declarations(a.report), _declarations(b.report)
    alike = {name: declared for name, declared in one.items() if other.get(name) == declared}
    return Declared(
        terms=Terms(
            alpha=min(a.report.declared.alpha, b.report.declared.alpha),
            power=max(a.report.declared.power, b.report.declared.power),
            midp=a.report.declared.test == b.report.declared.test == "midp",
            simulated=a.report.simulated or b.report.simulated,
        ),
        alike=alike,
        otherwise=tuple(name for name in dict.fromkeys((*one, *other)) if name not in alike),
        primary_otherwise=any(
            declared.role is FindingRole.PRIMARY
            for side in (one, other)
            for name, declared in side.items()
            if name not in alike
        ),
    )


def _declarations(report: Report) -> dict[str, Declaration]:
    """By metric, as what it was declared of tuned against base."""
    return {
        finding.id: Declaration(finding.role, finding.gain_at_least, finding.lose_at_most)
        for finding in report.findings
        if finding.arms == _IMPLIED
        and finding.subgroup is None
        and finding.role is not FindingRole.EXPLORATORY
    }
