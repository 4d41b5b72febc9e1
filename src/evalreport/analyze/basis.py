"""Basis: all that findings are computed from, in columns; items.jsonl holds the same."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from evalreport.analyze.comparable import Block, Course
from evalreport.analyze.datasets import Sources
from evalreport.analyze.exports import Distances, distances_of
from evalreport.analyze.foreign import foreign_course, foreign_table
from evalreport.analyze.judging.course import judged_course
from evalreport.analyze.judging.crowd import people_tables
from evalreport.analyze.judging.table import judged_tables
from evalreport.analyze.overlap import Leaks, find_leaks, training_sets
from evalreport.analyze.parts import Parts, parts_of
from evalreport.analyze.tables import Table, score
from evalreport.evidence import Evidence
from evalreport.importers.results import FigureCheck
from evalreport.layers.imported import Imported
from evalreport.layers.overfitting import Overfitting
from evalreport.records import Corpus, Origin, Published, Role
from evalreport.spec.models import Spec


@dataclass(frozen=True, slots=True)
class Basis:
    """What every comparison, requirement and gap is computed from; no text of a row, no answer.

    Attributes:
        tables: The scores of every layer that asks item by item, by its name.
        asked: How its arms were asked.
        leaked: By dataset that met training items, the ids of its items that did.
        apart: By layer and export, how far the export is from tuned.
        parts: By overfitting layer, what its seen and unseen items gave.
        published: By recorded layer, what others measured.
        figures: By imported layer, what the tools say of their own items.
    """

    tables: Mapping[str, Table]
    asked: Course
    leaked: Mapping[str, frozenset[str]]
    apart: Mapping[str, Mapping[str, Distances]]
    parts: Mapping[str, Parts]
    published: Mapping[str, Published] = field(default_factory=dict)
    figures: Mapping[str, tuple[FigureCheck, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Observed:
    """A basis, and what else was seen on the way to it: how data sets meet training items."""

    basis: Basis
    leaks: Mapping[str, Leaks]

    def with_tables(self, tables: Mapping[str, Table]) -> "Observed":
        """The same with other scores."""
        return replace(self, basis=replace(self.basis, tables=tables))


def observe(spec: Spec, evidence: Evidence) -> Observed:
    """Everything that findings need of the evidence, each thing computed once.

    Raises:
        DataError: Items lack what a declared metric needs.
    """
    tables = score(spec, evidence) | {
        layer.name: foreign_table(layer, evidence.results[layer.name])
        for layer in spec.evaluation.layers
        if isinstance(layer, Imported) and _has_items(layer.name, evidence)
    }
    tables |= judged_tables(spec, evidence) | people_tables(spec, evidence)
    leaks = _leaks(evidence, Sources.of(spec))
    layers = spec.evaluation.layers
    basis = Basis(
        tables=tables,
        asked=judged_course(
            foreign_course(course_of(spec, evidence), evidence.results), spec, evidence
        ),
        leaked={name: found.leaked for name, found in leaks.items() if found.leaked},
        apart={
            layer.name: distances
            for layer in layers
            if layer.name in tables and (distances := distances_of(layer, spec, evidence))
        },
        parts={
            layer.name: parts_of(layer, evidence)
            for layer in layers
            if isinstance(layer, Overfitting)
        },
        published=evidence.published,
        figures={
            name: one.integrity.figures
            for name, one in evidence.results.items()
            if one.integrity.figures
        },
    )
    return Observed(basis, leaks)


def _has_items(layer: str, evidence: Evidence) -> bool:
    return layer in evidence.results and bool(evidence.results[layer].ids)


def course_of(spec: Spec, evidence: Evidence) -> Course:
    """How every arm of every layer was asked, without what it answered."""
    places = [(layer.name, arm) for layer in spec.evaluation.layers for arm in layer.arms]
    missing = {place: evidence.why_missing(*place) for place in places}
    return Course(
        blocks={
            place: tuple(
                Block(seed=one.seed, protocol=one.protocol, weights=one.weights) for one in found
            )
            for place in places
            if (found := evidence.of_arm(*place))
        },
        missing={place: why for place, why in missing.items() if why is not None},
        prompted=frozenset(arm for arm in evidence.arms if evidence.has_own_prompt(arm)),
        elsewhere=frozenset(
            (place.layer, place.arm)
            for place, block in evidence.blocks.items()
            if block.origin is Origin.IMPORTED
        ),
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
