"""Comparisons: columns to findings, requirements, agreements and gaps, all that numbers carry.

`analyze` calls this on evidence, `recheck` on what items.jsonl holds: the same columns give the
same findings.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from evalreport.analyze.basis import Basis
from evalreport.analyze.comparable import refusal
from evalreport.analyze.datasets import Sources
from evalreport.analyze.exports import agreement
from evalreport.analyze.family import correct_families
from evalreport.analyze.finding import Question, build_finding, lone_finding, missing_finding
from evalreport.analyze.findings import Finding, FindingRole, Gap, Measurement
from evalreport.analyze.foreign import tool_figures
from evalreport.analyze.gaps import gaps_of
from evalreport.analyze.judging.model import Ranking
from evalreport.analyze.judging.units import BY_CALL
from evalreport.analyze.missing import answered
from evalreport.analyze.questions import (
    IMPLIED,
    declaration_of,
    doubt_about,
    pairs_of,
    terms_of,
    unanswered,
)
from evalreport.analyze.ranking import rankings_of
from evalreport.analyze.recorded import recorded_findings
from evalreport.analyze.requirements import measure_requirement, published_requirement
from evalreport.analyze.subgroups import subgroups_of
from evalreport.analyze.tables import Table
from evalreport.analyze.terms import Declaration, Terms
from evalreport.layers.human import Human
from evalreport.layers.imported import Imported
from evalreport.layers.judge import Judge
from evalreport.layers.table import AnyLayer
from evalreport.records import Origin, SequentialPlan
from evalreport.spec.asked import datasets_of, exports
from evalreport.spec.models import Spec


@dataclass(frozen=True, slots=True)
class Compared:
    """What follows from columns alone.

    Attributes:
        findings: Every comparison, measured or not, corrected for its family.
        clean: By dataset, what was declared on the items that training has not met.
        measurements: Requirements, and how exports agree with tuned.
        gaps: Improvement on seen items against unseen ones.
        rankings: Three or more arms that were judged in pairs, by strength.
    """

    findings: tuple[Finding, ...]
    clean: Mapping[str, tuple[Finding, ...]]
    measurements: tuple[Measurement, ...]
    gaps: tuple[Gap, ...]
    rankings: tuple[Ranking, ...] = ()


@dataclass(frozen=True, slots=True)
class _Given:
    """What every comparison is made from."""

    spec: Spec
    basis: Basis
    sources: Sources
    terms: Terms


@dataclass(slots=True)
class _Gathered:
    """Findings while they are being collected; `clean` holds those on the clean subset."""

    findings: list[Finding] = field(default_factory=list)
    clean: defaultdict[str, list[Finding]] = field(default_factory=lambda: defaultdict(list))


def compare(spec: Spec, basis: Basis) -> Compared:
    """All findings that were declared, implied or merely measured.

    Args:
        spec: What was declared.
        basis: What was measured.
    """
    terms = terms_of(spec)
    given = _Given(spec, basis, Sources.of(spec), terms)
    gathered = _Gathered()
    for layer in spec.evaluation.layers:
        if layer.name in basis.tables:
            _compare(basis.tables[layer.name], given, gathered)
    gathered.findings += recorded_findings(spec, basis.published, basis.asked, terms)
    gathered.findings += [
        missing_finding(question, column, _silence(layer, basis, question.candidate), terms)
        for question, column, layer in unanswered(spec, gathered.findings)
    ]
    return Compared(
        findings=tuple(correct_families(gathered.findings, terms)),
        clean={name: tuple(found) for name, found in gathered.clean.items()},
        measurements=(
            *_requirements(spec, basis, terms),
            *_agreements(spec, basis, level=terms.level),
            *tool_figures(basis.figures, basis.tables),
        ),
        gaps=tuple(
            gap
            for name, parts in basis.parts.items()
            for gap in gaps_of(name, parts, level=terms.level)
        ),
        rankings=tuple(rankings_of(basis.tables, level=terms.level)),
    )


def _compare(table: Table, given: _Given, gathered: _Gathered) -> None:
    """One finding for each pair of arms and column, and what the declared ones need beside."""
    layer, asked, terms = table.layer, given.basis.asked, given.terms
    dataset, clusters = next(iter(datasets_of(given.spec, layer)), ""), table.clusters
    by = _cluster_key(layer, dataset, given.sources) if clusters is not None else None
    leaked = given.basis.leaked.get(dataset, frozenset())
    if {*table.scores} == {IMPLIED[0]} and layer.name in asked.imported:
        for i, column in enumerate(table.columns):
            declared = declaration_of(given.spec, layer, column, IMPLIED, asked)
            question = Question(layer.name, "", *IMPLIED, by, declared, "", Origin.IMPORTED)
            mine = answered(table.replicates(IMPLIED[0], i))
            gathered.findings.append(lone_finding(question, mine, clusters, terms))
    for pair in pairs_of(layer, given.spec, asked):
        reason = refusal(layer, pair, asked) or _not_judged(table, pair)
        is_foreign = layer.name in asked.imported or any(
            (layer.name, arm) in asked.elsewhere for arm in pair
        )
        origin = Origin.IMPORTED if is_foreign else Origin.RUN
        doubt = doubt_about(pair, layer, asked) if pair != IMPLIED else ""
        for i, column in enumerate(table.columns):
            declared = declaration_of(given.spec, layer, column, pair, asked)
            question = Question(
                layer.name,
                dataset,
                *pair,
                by,
                declared,
                doubt,
                origin,
                is_judged=isinstance(layer, Judge | Human),
                by_people=isinstance(layer, Human),
                sequential=_plan_of(table, pair),
            )
            if reason:
                gathered.findings.append(missing_finding(question, column, reason, terms))
                continue
            mine, theirs = (answered(table.side(*two, i)) for two in (pair, (pair[1], pair[0])))
            whole = build_finding(question, mine, theirs, clusters, terms)
            gathered.findings.append(whole)
            if declared.role in (FindingRole.PRIMARY, FindingRole.GUARD):
                # Subgroups are exploratory, whatever the whole was declared as.
                explored = replace(question, declaration=Declaration())
                groups = subgroups_of(table, given.sources.token_bins(dataset), pair[1])
                gathered.findings[-1] = whole.model_copy(update={"unshown_groups": groups.unshown})
                gathered.findings += [
                    build_finding(
                        explored, mine, theirs, clusters, terms, within=mask, subgroup=name
                    )
                    for name, mask in groups.masks.items()
                ]
            if leaked and declared.role is not FindingRole.EXPLORATORY:
                clean = np.asarray([name not in leaked for name in table.ids], dtype=np.bool_)
                gathered.clean[dataset].append(
                    build_finding(
                        question, mine, theirs, clusters, terms, within=clean, subgroup="clean"
                    )
                )


def _cluster_key(layer: AnyLayer, dataset: str, sources: Sources) -> str:
    """What items hang together by."""
    if isinstance(layer, Imported):
        return layer.cluster_name
    declared = sources.dataset(dataset)
    if isinstance(layer, Judge) and layer.comparisons_per_call > 1:
        named = declared.cluster_by if declared is not None else None
        return f"{named} or {BY_CALL}" if named else BY_CALL
    return sources.cluster_key(dataset)


def _plan_of(table: Table, pair: tuple[str, str]) -> SequentialPlan | None:
    """The plan by which judging of a pair ended; None where all its items were judged."""
    plan = table.sequential
    return plan if plan is not None and pair == plan.pair else None


def _not_judged(table: Table, pair: tuple[str, str]) -> str:
    """Why two arms that were asked alike have no verdicts between them; empty where they have."""
    if not isinstance(table.layer, Judge | Human) or table.is_between(*pair):
        return ""
    return f"{' and '.join(pair)} were not judged against each other"


def _silence(layer: AnyLayer, basis: Basis, candidate: str) -> str:
    """Why a layer gave no score of a declared metric."""
    asked = basis.asked
    if layer.name in basis.published:
        named = [arm for arm in IMPLIED if arm not in basis.published[layer.name].arms]
        return f"{layer.name} records no such number of {' and '.join(named) or 'both'}"
    if candidate not in layer.arms:
        return f"{layer.name} did not ask {candidate}"
    reasons = {
        arm: why for arm in layer.arms if (why := asked.why_missing(layer.name, arm)) is not None
    }
    if not reasons:
        return f"{layer.name} gave no such score"
    if len(set(reasons.values())) == 1:
        return next(iter(reasons.values()))
    return "; ".join(f"{arm}: {why}" for arm, why in reasons.items())


def _requirements(spec: Spec, basis: Basis, terms: Terms) -> tuple[Measurement, ...]:
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
        published_requirement(required, basis.published[required.layer], terms)
        if required.layer in basis.published
        else measure_requirement(required, basis.tables.get(required.layer), terms)
        for required in (*declared, *implied)
    )


def _agreements(spec: Spec, basis: Basis, *, level: float) -> Iterator[Measurement]:
    """One for each layer and export that it asked beside tuned."""
    for layer in spec.evaluation.layers:
        apart = basis.apart.get(layer.name, {})
        for arm in exports(spec):
            if arm in apart:
                found = agreement(basis.tables[layer.name], arm, apart[arm], level=level)
                if found is not None:
                    yield found
