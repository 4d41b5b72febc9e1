"""What a rule may look at: evidence, findings, and what was declared; nothing is computed here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from evalreport.analyze.datasets import Sources
from evalreport.analyze.findings import Finding, FindingRole, Findings
from evalreport.analyze.judging.facts import judging_facts
from evalreport.evidence import Evidence
from evalreport.layers.generation import Generation
from evalreport.layers.table import AnyLayer
from evalreport.records import Corpus, Judging, Role, Unreachable
from evalreport.rules.base import Rule, Said, Severity, Status
from evalreport.sources.dataset import Dataset
from evalreport.spec.models import Spec


@dataclass(frozen=True)
class Case:
    """One build, as the rules see it."""

    spec: Spec
    evidence: Evidence
    findings: Findings
    sources: Sources = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sources", Sources.of(self.spec))

    @cached_property
    def judging(self) -> Mapping[str, tuple[Judging, ...]]:
        """What is known of whoever judged, by layer: one judge, or one each of a panel."""
        return judging_facts(self.spec, self.evidence)

    @property
    def primaries(self) -> tuple[Finding, ...]:
        """Everything that was declared to decide."""
        return self.findings.by_role(FindingRole.PRIMARY)

    @property
    def primary_cites(self) -> tuple[str, ...]:
        """Ids of the primaries, for rules that speak about the whole verdict."""
        return tuple(f.id for f in self.primaries)

    @property
    def declared(self) -> tuple[Finding, ...]:
        """Primary, guard and secondary findings."""
        return tuple(f for f in self.findings.findings if f.role is not FindingRole.EXPLORATORY)

    @property
    def declared_datasets(self) -> tuple[str, ...]:
        """Names of the datasets behind the declared findings."""
        return tuple(dict.fromkeys(f.dataset for f in self.declared if f.dataset))

    @property
    def generations(self) -> tuple[Generation, ...]:
        """The layers that asked for free text and got some."""
        return tuple(
            layer
            for layer in self.spec.evaluation.layers
            if isinstance(layer, Generation) and self.was_answered(layer)
        )

    @property
    def training_sets(self) -> tuple[Corpus | Unreachable, ...]:
        """What was trained on, as far as it was named."""
        return tuple(
            corpus
            for name, corpus in self.evidence.corpora.items()
            if (isinstance(corpus, Corpus) and corpus.role is Role.TRAIN)
            or (isinstance(corpus, Unreachable) and self._is_training(name))
        )

    def _is_training(self, name: str) -> bool:
        source = self.sources.found.get(name)
        return source is not None and source.role is Role.TRAIN

    def layer(self, name: str) -> AnyLayer:
        """The layer of this name."""
        return next(layer for layer in self.spec.evaluation.layers if layer.name == name)

    def was_answered(self, layer: AnyLayer) -> bool:
        """Whether some arm answered something of a layer."""
        return any(
            block.responses
            for place, block in self.evidence.blocks.items()
            if place.layer == layer.name
        )

    def corpus(self, name: str) -> Corpus | None:
        """A dataset that was read."""
        found = self.evidence.corpora.get(name)
        return found if isinstance(found, Corpus) else None

    def dataset(self, name: str) -> Dataset | None:
        """A dataset with what it inherits; of a mixture, its first part."""
        return self.sources.dataset(name)

    def cites(self, *, layer: str = "", dataset: str = "") -> tuple[str, ...]:
        """Ids of the declared findings and requirements of a layer or on a dataset."""
        findings = [(f.id, f.layer, (f.dataset,)) for f in self.declared]
        required = [
            (one.id, one.layer, self.layer(one.layer).datasets())
            for one in self.findings.measurements
            if one.requirement is not None
        ]
        return tuple(
            id_
            for id_, its_layer, its_datasets in (*findings, *required)
            if its_layer == layer or (dataset and dataset in its_datasets)
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
    return any(primary.n or primary.is_measured for primary in case.primaries)


def has_declared(case: Case) -> bool:
    """Something that was declared was measured."""
    return any(finding.n or finding.is_measured for finding in case.declared)


def has_items(case: Case) -> bool:
    """Something that was declared was measured, and on how many items is known."""
    return any(finding.n for finding in case.declared)


def has_gain_to_find(case: Case) -> bool:
    """A gain was asked for of a primary, and on how many items that was measured is known."""
    return any(primary.n and primary.gain_at_least is not None for primary in case.primaries)


def has_measured_here(case: Case) -> bool:
    """Something that was declared was measured here, item by item."""
    return any(finding.n and not finding.is_foreign for finding in case.declared)


def has_guards(case: Case) -> bool:
    """A guard was declared and measured."""
    guards = case.findings.by_role(FindingRole.GUARD)
    return any(guard.n or guard.is_measured for guard in guards)


def has_training(case: Case) -> bool:
    """Something was trained here."""
    return bool(case.evidence.trainings)


def has_tuned_weights(case: Case) -> bool:
    """There is a tuned model whose weights are here, wherever they were trained."""
    return has_training(case) or "tuned" in case.evidence.earlier


def has_generation(case: Case) -> bool:
    """Some layer asked for free text and got some."""
    return bool(case.generations)


def has_answers(case: Case) -> bool:
    """Some model answered something."""
    return any(block.responses for block in case.evidence.blocks.values())
