"""analyze: evidence to findings; every declared comparison has one, measured or not."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from evalreport.analyze.comparable import refusal
from evalreport.analyze.epochs import epoch_rows
from evalreport.analyze.exports import agreements
from evalreport.analyze.family import correct_families
from evalreport.analyze.finding import Question, build_finding, missing_finding
from evalreport.analyze.findings import Finding, FindingRole, Findings, Measurement, Overlap
from evalreport.analyze.gaps import gaps_of
from evalreport.analyze.missing import answered
from evalreport.analyze.overlap import Leaks, find_leaks, training_sets
from evalreport.analyze.questions import (
    IMPLIED,
    Sources,
    declaration_of,
    doubt_about,
    pairs_of,
    terms_of,
    unanswered,
)
from evalreport.analyze.recorded import recorded_findings
from evalreport.analyze.requirements import measure_requirement
from evalreport.analyze.subgroups import subgroups_of
from evalreport.analyze.tables import Table
from evalreport.analyze.terms import Declaration, Terms
from evalreport.analyze.texts import look_at_texts
from evalreport.evidence import Evidence
from evalreport.layers import AnyLayer
from evalreport.layers.generation import Generation
from evalreport.layers.overfitting import Overfitting
from evalreport.records import Corpus, Role
from evalreport.spec.asked import exports
from evalreport.spec.models import Spec


@dataclass(frozen=True, slots=True)
class _Given:
    """What every comparison is made from."""

    spec: Spec
    evidence: Evidence
    sources: Sources
    terms: Terms
    leaks: Mapping[str, Leaks]


@dataclass(slots=True)
class _Gathered:
    """Findings while they are being collected; `clean` holds those on the clean subset."""

    findings: list[Finding] = field(default_factory=list)
    clean: defaultdict[str, list[Finding]] = field(default_factory=lambda: defaultdict(list))


def analyze(spec: Spec, evidence: Evidence, tables: Mapping[str, Table]) -> Findings:
    """All findings, measurements, gaps and examples that the evidence carries.

    Args:
        spec: What was declared.
        evidence: What was observed.
        tables: The scores of every layer, by its name.
    """
    terms = terms_of(spec)
    sources = Sources.of(spec)
    given = _Given(spec, evidence, sources, terms, _leaks(evidence, sources))
    gathered = _Gathered()
    for layer in spec.evaluation.layers:
        if layer.name in tables:
            _compare(tables[layer.name], given, gathered)
    gathered.findings += recorded_findings(spec, evidence, terms)
    gathered.findings += [
        missing_finding(question, column, _silence(layer, evidence, question.candidate), terms)
        for question, column, layer in unanswered(spec, gathered.findings)
    ]
    found = correct_families(gathered.findings, terms)
    texts = [
        look_at_texts(layer, tables[layer.name], spec, evidence, terms, found)
        for layer in spec.evaluation.layers
        if isinstance(layer, Generation) and layer.name in tables
    ]
    return Findings(
        findings=tuple(found),
        measurements=(
            *_requirements(spec, tables, terms),
            *agreements(spec, evidence, level=terms.level),
        ),
        health=tuple(row for one in texts for row in one.health),
        health_differences=tuple(row for one in texts for row in one.health_differences),
        same_outputs=tuple(row for one in texts for row in one.same_outputs),
        gaps=tuple(
            gap
            for layer in spec.evaluation.layers
            if isinstance(layer, Overfitting)
            for gap in gaps_of(layer, evidence, level=terms.level)
        ),
        overlaps=_overlaps(evidence, given.leaks, gathered.clean),
        confusion=tuple(row for one in texts for row in one.confusion),
        examples=tuple(row for one in texts for row in one.examples),
        epochs=epoch_rows(evidence),
    )


def _compare(table: Table, given: _Given, gathered: _Gathered) -> None:
    """One finding for each pair of arms and column, and what the declared ones need beside."""
    layer, evidence, terms = table.layer, given.evidence, given.terms
    dataset = layer.datasets()[0]
    by = given.sources.cluster_key(dataset) if table.clusters is not None else None
    leaked = given.leaks[dataset].leaked if dataset in given.leaks else frozenset()
    clean = np.asarray([item.id not in leaked for item in table.items], dtype=np.bool_)
    for pair in pairs_of(layer, given.spec, evidence):
        reason = refusal(layer, pair, evidence)
        doubt = doubt_about(pair, layer, evidence) if pair != IMPLIED else ""
        for i, column in enumerate(table.columns):
            declared = declaration_of(given.spec, layer, column, pair, evidence)
            question = Question(layer.name, dataset, *pair, by, declared, doubt)
            if reason:
                gathered.findings.append(missing_finding(question, column, reason, terms))
                continue
            mine, theirs = (answered(table.replicates(arm, i)) for arm in pair)
            whole = build_finding(question, mine, theirs, table.clusters, terms)
            gathered.findings.append(whole)
            if declared.role in (FindingRole.PRIMARY, FindingRole.GUARD):
                # Subgroups are exploratory, whatever the whole was declared as.
                explored = replace(question, declaration=Declaration())
                groups = subgroups_of(
                    table.items,
                    given.sources.token_bins(dataset),
                    evidence.of_arm(layer.name, pair[1]),
                )
                gathered.findings[-1] = whole.model_copy(update={"unshown_groups": groups.unshown})
                gathered.findings += [
                    build_finding(
                        explored, mine, theirs, table.clusters, terms, within=mask, subgroup=name
                    )
                    for name, mask in groups.masks.items()
                ]
            if leaked and declared.role is not FindingRole.EXPLORATORY:
                gathered.clean[dataset].append(
                    build_finding(
                        question, mine, theirs, table.clusters, terms, within=clean,
                        subgroup="clean",
                    )
                )  # fmt: skip


def _silence(layer: AnyLayer, evidence: Evidence, candidate: str) -> str:
    """Why a layer gave no score of a declared metric."""
    if layer.name in evidence.published:
        named = [arm for arm in IMPLIED if arm not in evidence.published[layer.name].arms]
        return f"{layer.name} records no such number of {' and '.join(named) or 'both'}"
    if candidate not in layer.arms:
        return f"{layer.name} did not ask {candidate}"
    reasons = {
        arm: why for arm in layer.arms if (why := evidence.why_missing(layer.name, arm)) is not None
    }
    if not reasons:
        return f"{layer.name} gave no such score"
    if len(set(reasons.values())) == 1:
        return next(iter(reasons.values()))
    return "; ".join(f"{arm}: {why}" for arm, why in reasons.items())


def _requirements(spec: Spec, tables: Mapping[str, Table], terms: Terms) -> tuple[Measurement, ...]:
    """Every requirement of the arm that it names, and of what was made of tuned if that is it."""
    declared = spec.evaluation.requirements
    named = {(one.finding, one.arm) for one in declared}
    implied = (
        one.model_copy(update={"arm": arm})
        for one in declared
        if one.arm == "tuned"
        for arm in exports(spec)
        if (one.finding, arm) not in named
    )
    return tuple(
        measure_requirement(required, tables.get(required.layer), terms)
        for required in (*declared, *implied)
    )


def _leaks(evidence: Evidence, sources: Sources) -> dict[str, Leaks]:
    """Overlap of every evaluation set with what trained; always computed."""
    trained = training_sets(evidence.corpora)
    items = tuple(item for corpus in trained for item in corpus.items)
    groups: defaultdict[str, set[str]] = defaultdict(set)
    for corpus in trained:
        for column, values in sources.siblings(corpus.name).values(corpus.items).items():
            groups[column] |= values
    return {
        name: find_leaks(
            corpus.items, items, siblings=sources.siblings(name), trained_groups=groups
        )
        for name, corpus in evidence.corpora.items()
        if isinstance(corpus, Corpus) and corpus.role is not Role.TRAIN
    }


def _overlaps(
    evidence: Evidence, leaks: Mapping[str, Leaks], clean: Mapping[str, Sequence[Finding]]
) -> tuple[Overlap, ...]:
    trained = tuple(corpus.name for corpus in training_sets(evidence.corpora))
    return tuple(
        Overlap(
            dataset=name,
            n=found.n,
            exact=len(found.exact),
            near=len(found.near),
            shared_groups=len(found.groups),
            group_key=found.group_key,
            duplicates=found.duplicates,
            examples=tuple([*found.exact.items(), *found.near.items()][:5]),
            checked_against=trained,
            clean_findings=tuple(clean.get(name, ())),
        )
        for name, found in leaks.items()
    )
