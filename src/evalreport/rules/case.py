"""What a rule may look at: evidence, findings, and what was declared; nothing is computed here."""

from dataclasses import dataclass

from evalreport.analyze.findings import Finding, FindingRole, Findings
from evalreport.evidence import Evidence
from evalreport.layers import AnyLayer
from evalreport.layers.generation import Generation
from evalreport.records import Corpus
from evalreport.rules.base import Rule, Said, Severity, Status
from evalreport.sources.dataset import Dataset
from evalreport.spec.models import Spec


@dataclass(frozen=True, slots=True)
class Case:
    """One build, as the rules see it."""

    spec: Spec
    evidence: Evidence
    findings: Findings

    @property
    def primary(self) -> Finding | None:
        """The declared primary finding."""
        return self.findings.primary

    @property
    def primary_cites(self) -> tuple[str, ...]:
        """The primary's id, for rules that speak about the whole verdict."""
        return (self.primary.id,) if self.primary else ()

    @property
    def declared(self) -> tuple[Finding, ...]:
        """Primary, guards and secondary findings."""
        return tuple(f for f in self.findings.findings if f.role is not FindingRole.EXPLORATORY)

    @property
    def generations(self) -> tuple[Generation, ...]:
        """The layers that ask for free text."""
        return tuple(
            layer for layer in self.spec.evaluation.layers if isinstance(layer, Generation)
        )

    def layer(self, name: str) -> AnyLayer:
        """The layer of this name."""
        return next(layer for layer in self.spec.evaluation.layers if layer.name == name)

    def corpus(self, name: str) -> Corpus | None:
        """A dataset that was read."""
        found = self.evidence.corpora.get(name)
        return found if isinstance(found, Corpus) else None

    def dataset(self, name: str) -> Dataset | None:
        """A dataset as declared; of a mixture, its first part."""
        declared = self.spec.datasets.get(name)
        if isinstance(declared, tuple):
            return declared[0]
        return declared

    def cites(self, *, layer: str = "", dataset: str = "") -> tuple[str, ...]:
        """Ids of the declared findings of a layer or on a dataset."""
        return tuple(
            f.id for f in self.declared if f.layer == layer or (dataset and f.dataset == dataset)
        )


CaseRule = Rule[Case]


def broken(text: str, *cites: str, severity: Severity | None = None) -> Said:
    """The rule is broken, and this is the sentence."""
    return Said(Status.BROKEN, text, cites, severity)


def unchecked(text: str, *cites: str) -> Said:
    """The rule could not be checked, and this is why."""
    return Said(Status.UNCHECKED, text, cites)


def always(case: Case) -> bool:  # noqa: ARG001
    """There is always something to check."""
    return True


def has_primary(case: Case) -> bool:
    """A primary was declared and measured."""
    return case.primary is not None and case.primary.n > 0


def has_training(case: Case) -> bool:
    """Something was trained here."""
    return bool(case.evidence.trainings)


def has_generation(case: Case) -> bool:
    """Some layer asks for free text."""
    return bool(case.findings.health)
