"""Questions: which comparisons the spec declares or implies, and on what terms."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from evalreport.analyze.finding import Question
from evalreport.analyze.findings import Finding, FindingRole
from evalreport.analyze.overlap import Siblings
from evalreport.analyze.terms import Declaration, Terms
from evalreport.layers import AnyLayer
from evalreport.metrics.base import Column, Scale
from evalreport.sources.dataset import Dataset
from evalreport.sources.inherit import Source, resolve
from evalreport.spec.asked import compared_pairs
from evalreport.spec.evaluation import Primary, Target
from evalreport.spec.models import Spec

IMPLIED = ("tuned", "base")


def terms_of(spec: Spec) -> Terms:
    """The declared terms on which everything is decided."""
    return Terms(
        alpha=spec.evaluation.alpha,
        power=spec.evaluation.power,
        midp=spec.evaluation.test == "midp",
        simulated=spec.engine.kind == "fake",
    )


def pairs_of(layer: AnyLayer, spec: Spec) -> list[tuple[str, str]]:
    """Tuned against base, then every comparison beside it whose arms the layer asks."""
    wanted = dict.fromkeys([IMPLIED, *compared_pairs(spec)])
    return [pair for pair in wanted if all(arm in layer.arms for arm in pair)]


def primaries_of(spec: Spec) -> Iterator[Primary]:
    """The primary and what must be better beside it."""
    if spec.evaluation.primary is not None:
        yield spec.evaluation.primary
    yield from spec.evaluation.co_primary


def declarations(spec: Spec) -> Iterator[tuple[Target, Declaration]]:
    """Everything declared about tuned against base, in the order in which it decides."""
    for primary in primaries_of(spec):
        yield (
            primary,
            Declaration(FindingRole.PRIMARY, gain_at_least=primary.gain_at_least),
        )
    for guard in spec.evaluation.guards:
        yield guard, Declaration(FindingRole.GUARD, lose_at_most=guard.lose_at_most)
    for target in spec.evaluation.secondary:
        yield target, Declaration(FindingRole.SECONDARY)


def declaration_of(spec: Spec, layer: str, column: Column, pair: tuple[str, str]) -> Declaration:
    """What was declared about one column; comparisons of other arms are exploratory."""
    if pair != IMPLIED:
        return Declaration()
    return next(
        (
            declared
            for target, declared in declarations(spec)
            if (target.layer, target.metric, target.field) == (layer, column.metric, column.field)
        ),
        Declaration(),
    )


def unanswered(
    spec: Spec, findings: Sequence[Finding]
) -> Iterator[tuple[Question, Column, AnyLayer]]:
    """Declared questions without a finding: their layer gave no scores, or not this one."""
    found = {finding.id for finding in findings}
    layers = {layer.name: layer for layer in spec.evaluation.layers}
    for target, declared in declarations(spec):
        if target.finding in found:
            continue
        layer = layers[target.layer]
        dataset = next(iter(layer.datasets()), "")
        question = Question(layer.name, dataset, *IMPLIED, None, declared)
        yield question, _column_of(layer, target), layer


def _column_of(layer: AnyLayer, target: Target) -> Column:
    """The column of a metric that nobody scored; its unit is known only where no items are."""
    columns = (column for scorer in layer.scorers(()) for column in scorer.columns)
    return next(
        (c for c in columns if (c.metric, c.field) == (target.metric, target.field)),
        Column(target.metric, "", higher_is_better=True, scale=Scale.MEAN, field=target.field),
    )


@dataclass(frozen=True, slots=True)
class Sources:
    """The datasets with all that they take over from others."""

    found: Mapping[str, Source]

    @classmethod
    def of(cls, spec: Spec) -> "Sources":
        """Of a spec that was checked."""
        return cls(resolve(spec.datasets)[0])

    def dataset(self, name: str) -> Dataset | None:
        """A dataset with what it inherits; of a mixture, its first part."""
        source = self.found.get(name)
        return None if source is None else source.parts[0]

    def cluster_key(self, name: str) -> str:
        """What the clusters of a dataset are called."""
        declared = self.dataset(name)
        return (declared.cluster_by if declared else None) or "cluster"

    def siblings(self, name: str) -> Siblings:
        """By which columns the items of a dataset hang together.

        What is cut from a dataset is grouped as it is, and the other way round.
        """
        source = self.found.get(name)
        if source is None:
            return Siblings()
        root = source.parent or name
        family = [one for one in self.found.values() if root in (one.name, one.parent)]
        grouped = (part.group_by for one in [source, *family] for part in one.parts)
        clustered = (part.cluster_by for part in source.parts)
        return Siblings(
            group=next(filter(None, grouped), "group"),
            cluster=next(filter(None, clustered), "cluster"),
        )

    def token_bins(self, name: str) -> int | None:
        """Into how many parts prompts are cut by their length in tokens, where that is declared."""
        declared = self.dataset(name)
        return next(
            (group.parts for group in (declared.subgroups if declared else ()) if group.known_late),
            None,
        )
