"""analyze: evidence to findings; every declared comparison has one, measured or not."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from evalreport.analyze.compare import item_differences, sample
from evalreport.analyze.confusion import confusion_of
from evalreport.analyze.epochs import epoch_rows
from evalreport.analyze.examples import choose_examples
from evalreport.analyze.family import correct_families
from evalreport.analyze.finding import Question, build_finding, missing_finding
from evalreport.analyze.findings import (
    ConfusionMatrix,
    Example,
    Finding,
    FindingRole,
    Findings,
    Gap,
    Health,
    HealthDifference,
    Measurement,
    Overlap,
)
from evalreport.analyze.gaps import gaps_of
from evalreport.analyze.health import health_differences, health_of
from evalreport.analyze.missing import known
from evalreport.analyze.overlap import Leaks, find_leaks, training_items
from evalreport.analyze.requirements import measure_requirement
from evalreport.analyze.subgroups import members
from evalreport.analyze.tables import Table
from evalreport.analyze.terms import Declaration, Terms
from evalreport.evidence import Evidence
from evalreport.layers import AnyLayer
from evalreport.layers.generation import Generation
from evalreport.layers.overfitting import Overfitting
from evalreport.metrics.base import Scale
from evalreport.metrics.labels import LabelOptions
from evalreport.records import Corpus, Role
from evalreport.spec.evaluation import Primary, Target
from evalreport.spec.models import Spec


@dataclass(slots=True)
class _Gathered:
    """Findings while they are being collected; `clean` holds those on the clean subset."""

    findings: list[Finding] = field(default_factory=list)
    measurements: list[Measurement] = field(default_factory=list)
    health: list[Health] = field(default_factory=list)
    health_differences: list[HealthDifference] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    confusion: list[ConfusionMatrix] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)
    clean: defaultdict[str, list[Finding]] = field(default_factory=lambda: defaultdict(list))


def terms_of(spec: Spec) -> Terms:
    """The declared terms on which everything is decided."""
    return Terms(
        alpha=spec.evaluation.alpha,
        power=spec.evaluation.power,
        midp=spec.evaluation.test == "midp",
        simulated=spec.engine.kind == "fake",
    )


def analyze(spec: Spec, evidence: Evidence, tables: Mapping[str, Table]) -> Findings:
    """All findings, measurements, gaps and examples that the evidence carries.

    Args:
        spec: What was declared.
        evidence: What was observed.
        tables: The scores of every layer, by its name.
    """
    terms = terms_of(spec)
    leaks = _leaks(evidence)
    gathered = _Gathered()
    for layer in spec.evaluation.layers:
        if isinstance(layer, Overfitting):
            gathered.gaps += gaps_of(layer, evidence, level=terms.level)
        elif layer.name in tables:
            table = tables[layer.name]
            _compare(table, spec, evidence, terms, leaks, gathered)
            gathered.measurements += [
                measure_requirement(required, table, terms)
                for required in spec.evaluation.requirements
                if required.layer == layer.name
            ]
            if isinstance(layer, Generation):
                _look_at_texts(layer, table, spec, evidence, terms, gathered)
    return Findings(
        findings=tuple(correct_families(gathered.findings, terms)),
        measurements=tuple(gathered.measurements),
        health=tuple(gathered.health),
        health_differences=tuple(gathered.health_differences),
        gaps=tuple(gathered.gaps),
        overlaps=_overlaps(evidence, leaks, gathered.clean),
        confusion=tuple(gathered.confusion),
        examples=tuple(gathered.examples),
        epochs=epoch_rows(spec, evidence),
    )


def _compare(
    table: Table,
    spec: Spec,
    evidence: Evidence,
    terms: Terms,
    leaks: Mapping[str, Leaks],
    gathered: _Gathered,
) -> None:
    """One finding for each pair of arms and column, and what the declared ones need beside."""
    layer = table.layer
    dataset = layer.datasets()[0]
    by = _cluster_key(spec, dataset) if table.clusters is not None else None
    leaked = leaks[dataset].leaked if dataset in leaks else frozenset()
    for pair in _pairs(layer, spec):
        reason = next((why for arm in pair if (why := _absence(arm, layer, evidence))), None)
        for i, column in enumerate(table.columns):
            declared = declaration_of(spec, layer.name, column.metric, column.field, pair)
            question = Question(layer.name, dataset, *pair, by, declared)
            if reason is not None:
                gathered.findings.append(missing_finding(question, column, reason, terms))
                continue
            arms = (table.replicates(pair[0], i), table.replicates(pair[1], i))
            gathered.findings.append(build_finding(question, *arms, table.clusters, terms))
            if declared.role in (FindingRole.PRIMARY, FindingRole.GUARD):
                # Subgroups are exploratory, whatever the whole was declared as.
                explored = replace(question, declaration=Declaration())
                gathered.findings += [
                    build_finding(
                        explored, *arms, table.clusters, terms, within=mask, subgroup=name
                    )
                    for name, mask in members(
                        table.items,
                        _token_bins(spec, dataset),
                        evidence.of_arm(layer.name, pair[1]),
                    ).items()
                ]
            if leaked and declared.role is not FindingRole.EXPLORATORY:
                clean = np.asarray([i.id not in leaked for i in table.items], dtype=np.bool_)
                gathered.clean[dataset].append(
                    build_finding(
                        question, *arms, table.clusters, terms, within=clean, subgroup="clean"
                    )
                )


def _pairs(layer: AnyLayer, spec: Spec) -> list[tuple[str, str]]:
    """Tuned against base, then every declared comparison whose arms the layer asks."""
    wanted = dict.fromkeys([("tuned", "base"), *spec.comparisons])
    return [pair for pair in wanted if all(arm in layer.arms for arm in pair)]


def _absence(arm: str, layer: AnyLayer, evidence: Evidence) -> str | None:
    if evidence.of_arm(layer.name, arm):
        return None
    return f"{arm} has no answers: {evidence.why_missing(layer.name, arm) or 'it was not asked'}"


def declaration_of(
    spec: Spec, layer: str, metric: str, part: str | None, pair: tuple[str, str]
) -> Declaration:
    """What was declared about tuned against base; other comparisons are exploratory."""
    if pair != ("tuned", "base"):
        return Declaration()

    def is_meant(target: Target) -> bool:
        return (target.layer, target.metric, target.field) == (layer, metric, part)

    evaluation = spec.evaluation
    for primary in _primaries(spec):
        if is_meant(primary):
            return Declaration(FindingRole.PRIMARY, gain_at_least=primary.gain_at_least)
    for guard in evaluation.guards:
        if is_meant(guard):
            return Declaration(FindingRole.GUARD, lose_at_most=guard.lose_at_most)
    if any(is_meant(target) for target in evaluation.secondary):
        return Declaration(FindingRole.SECONDARY)
    return Declaration()


def _primaries(spec: Spec) -> Iterator[Primary]:
    if spec.evaluation.primary is not None:
        yield spec.evaluation.primary
    yield from spec.evaluation.co_primary


def _cluster_key(spec: Spec, dataset: str) -> str:
    declared = spec.datasets.get(dataset)
    return getattr(declared, "cluster_by", None) or "cluster"


def _token_bins(spec: Spec, dataset: str) -> int | None:
    declared = spec.datasets.get(dataset)
    for group in getattr(declared, "subgroups", ()):
        if getattr(group, "by", None) == "prompt_tokens":
            return int(group.bins)
    return None


def _look_at_texts(
    layer: Generation,
    table: Table,
    spec: Spec,
    evidence: Evidence,
    terms: Terms,
    gathered: _Gathered,
) -> None:
    """Health, confusion matrices and examples: what the numbers do not tell."""
    blocks = {arm: found[0] for arm in layer.arms if (found := evidence.of_arm(layer.name, arm))}
    for block in blocks.values():
        gathered.health.append(health_of(layer, table.items, block))
        gathered.confusion += [
            confusion_of(layer, metric, table.items, block, level=terms.level)
            for metric in layer.metrics
            if isinstance(metric, LabelOptions)
        ][:1]
    for candidate, reference in _pairs(layer, spec):
        if candidate in blocks and reference in blocks:
            gathered.health_differences += health_differences(
                layer, table.items, blocks[candidate], blocks[reference], level=terms.level
            )
    if "tuned" in blocks and "base" in blocks:
        gathered.examples += _examples(layer, table, spec, evidence)


def _examples(
    layer: Generation, table: Table, spec: Spec, evidence: Evidence
) -> tuple[Example, ...]:
    """Examples by the layer's declared metric, else by its first one with a score an item."""
    wanted: list[Target] = [*_primaries(spec), *spec.evaluation.secondary]
    named = {(target.layer, target.metric) for target in wanted}
    scored = [
        i
        for i, column in enumerate(table.columns)
        if column.scale in (Scale.BINARY, Scale.MEAN) and column.field is None
    ]
    if not scored:
        return ()
    place = next((i for i in scored if (layer.name, table.columns[i].metric) in named), scored[0])
    arms = [
        (evidence.of_arm(layer.name, arm)[0], table.replicates(arm, place)[0])
        for arm in ("tuned", "base")
    ]
    keep = known([arms[0][1]]) & known([arms[1][1]])
    d = item_differences(sample([arms[0][1]], keep, None), sample([arms[1][1]], keep, None))
    if d is None:
        return ()
    column = table.columns[place]
    return choose_examples(
        layer,
        column.metric,
        table.items,
        d if column.higher_is_better else -d,
        [int(i) for i in np.flatnonzero(keep)],
        arms,
    )


def _leaks(evidence: Evidence) -> dict[str, Leaks]:
    """Overlap of every evaluation set with what trained; always computed."""
    trained = training_items(evidence.corpora)
    return {
        name: find_leaks(corpus.items, trained)
        for name, corpus in evidence.corpora.items()
        if isinstance(corpus, Corpus) and corpus.role is not Role.TRAIN
    }


def _overlaps(
    evidence: Evidence, leaks: Mapping[str, Leaks], clean: Mapping[str, list[Finding]]
) -> tuple[Overlap, ...]:
    trained = tuple(
        name
        for name, corpus in evidence.corpora.items()
        if isinstance(corpus, Corpus) and corpus.role is Role.TRAIN
    )
    rows: list[Overlap] = []
    for name, found in leaks.items():
        corpus = evidence.corpora[name]
        if not isinstance(corpus, Corpus):
            continue
        rows.append(
            Overlap(
                dataset=name,
                n=len(corpus.items),
                exact=len(found.exact),
                near=len(found.near),
                shared_groups=len(found.groups),
                group_key=found.group_key,
                duplicates=found.duplicates,
                examples=tuple([*found.exact.items(), *found.near.items()][:5]),
                checked_against=trained,
                clean_findings=tuple(clean.get(name, ())),
            )
        )
    return tuple(rows)
