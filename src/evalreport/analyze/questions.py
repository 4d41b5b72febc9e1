"""Questions: which comparisons the spec declares or implies, and on what terms."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from evalreport.analyze.comparable import held, is_quantised, precisions
from evalreport.analyze.finding import Question
from evalreport.analyze.findings import Finding, FindingRole
from evalreport.analyze.overlap import Siblings
from evalreport.analyze.terms import Declaration, Terms
from evalreport.evidence import Evidence
from evalreport.layers import AnyLayer
from evalreport.metrics.base import Column, Scale
from evalreport.sources.dataset import Dataset
from evalreport.sources.inherit import Source, resolve
from evalreport.spec.asked import exports
from evalreport.spec.evaluation import Primary, Target
from evalreport.spec.models import Spec

IMPLIED = ("tuned", "base")
_TUNED, _BASE = IMPLIED


def terms_of(spec: Spec) -> Terms:
    """The declared terms on which everything is decided."""
    return Terms(
        alpha=spec.evaluation.alpha,
        power=spec.evaluation.power,
        midp=spec.evaluation.test == "midp",
        simulated=spec.engine.kind == "fake",
    )


def pairs_of(layer: AnyLayer, spec: Spec, evidence: Evidence) -> list[tuple[str, str]]:
    """Tuned against base, then every comparison beside it whose arms the layer asks.

    What is implied of an export is its difference from the base that `base_beside` finds.
    """
    wanted = dict.fromkeys([IMPLIED, *spec.comparisons])
    is_guarded = any(guard.layer == layer.name for guard in spec.evaluation.guards)
    for arm in exports(spec):
        beside = base_beside(arm, layer, spec, evidence)
        for other in (_TUNED, beside):
            # A guard is about what ships, not about the base: it needs this way round.
            if (other, arm) not in wanted or (other == beside and is_guarded):
                wanted[arm, other] = None
    return [pair for pair in wanted if all(arm in layer.arms for arm in pair)]


def base_beside(arm: str, layer: AnyLayer, spec: Spec, evidence: Evidence) -> str:
    """The base against which an export shows what training did: one in exactly its precision.

    `base` answers in the precision of tuned. Where the export answers in another, the difference
    from `base` is that of training and of precision together, and another arm of the base may
    tell them apart. Without one that this layer asked, it is `base`.
    """
    own = precisions(layer.name, arm, evidence)
    named = [_BASE, *(name for name in layer.arms if _is_plain_base(name, spec))]
    same = (name for name in named if own and precisions(layer.name, name, evidence) == own)
    return next(same, _BASE)


def _is_plain_base(name: str, spec: Spec) -> bool:
    options = spec.arms.get(name)
    return (
        options is not None
        and options.of == "base"
        and options.system is None
        and options.shots is None
    )


def doubt_about(pair: tuple[str, str], layer: AnyLayer, evidence: Evidence) -> str:
    """Why what a pair retains may be owed to precision; empty where that cannot be.

    A model gains by being held in full, and such a gain hides what training lost.
    """
    mine, theirs = (held(layer.name, arm, evidence) for arm in pair)
    if is_quantised(layer.name, pair[0], evidence) or not is_quantised(
        layer.name, pair[1], evidence
    ):
        return ""
    return (
        f"{pair[1]} was held in {', '.join(theirs)} and {pair[0]} in {', '.join(mine)}, which may "
        f"hide what training lost; no base in the precision of {pair[0]} was asked"
    )


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


def declaration_of(
    spec: Spec, layer: AnyLayer, column: Column, pair: tuple[str, str], evidence: Evidence
) -> Declaration:
    """What was declared about one column; comparisons of other arms are exploratory.

    A guard holds for what ships as it does for tuned: its margin stands beside the export's
    comparison with the base, which decides nothing about tuned.
    """
    if pair != IMPLIED:
        arm, reference = pair
        if arm not in exports(spec) or reference != base_beside(arm, layer, spec, evidence):
            return Declaration()
        margins = (
            guard.lose_at_most
            for guard in spec.evaluation.guards
            if (guard.layer, guard.metric, guard.field) == (layer.name, column.metric, column.field)
        )
        return Declaration(lose_at_most=next(margins, None))
    return next(
        (
            declared
            for target, declared in declarations(spec)
            if (target.layer, target.metric, target.field)
            == (layer.name, column.metric, column.field)
        ),
        Declaration(),
    )


def unanswered(
    spec: Spec, findings: Sequence[Finding]
) -> Iterator[tuple[Question, Column, AnyLayer]]:
    """Declared questions without a finding: their layer gave no scores, or not this one."""
    found = {finding.id for finding in findings}
    layers = {layer.name: layer for layer in spec.evaluation.layers}
    guarded = {(f.arms[0], f.layer, f.metric, f.field) for f in findings if f.is_guard_of_export}
    for target, declared in declarations(spec):
        if target.finding in found:
            continue
        layer = layers[target.layer]
        dataset = next(iter(layer.datasets()), "")
        question = Question(layer.name, dataset, *IMPLIED, None, declared)
        yield question, _column_of(layer, target), layer
    for arm in exports(spec):
        for guard in spec.evaluation.guards:
            if (arm, guard.layer, guard.metric, guard.field) in guarded:
                continue
            layer = layers[guard.layer]
            dataset = next(iter(layer.datasets()), "")
            held = Declaration(lose_at_most=guard.lose_at_most)
            question = Question(layer.name, dataset, arm, _BASE, None, held)
            yield question, _column_of(layer, guard), layer


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
