"""analyze: evidence to findings; every declared comparison has one, measured or not."""

from collections.abc import Iterator, Mapping, Sequence

from evalreport.analyze.basis import Observed
from evalreport.analyze.comparisons import compare
from evalreport.analyze.epochs import epoch_rows
from evalreport.analyze.findings import Finding, Findings, Overlap
from evalreport.analyze.judging.card import cards_of
from evalreport.analyze.judging.crowd import crowds
from evalreport.analyze.judging.examples import judged_examples
from evalreport.analyze.judging.model import JudgeCard, JudgedExample
from evalreport.analyze.judging.people_card import people_card
from evalreport.analyze.judging.stops import stop_of
from evalreport.analyze.judging.table import grouping
from evalreport.analyze.overlap import Leaks, training_sets
from evalreport.analyze.questions import terms_of
from evalreport.analyze.texts import look_at_texts
from evalreport.evidence import Evidence
from evalreport.layers.generation import Generation
from evalreport.layers.judge import Judge
from evalreport.spec.models import Spec


def analyze(spec: Spec, evidence: Evidence, observed: Observed) -> Findings:
    """All findings, measurements, gaps and examples that the evidence carries.

    Args:
        spec: What was declared.
        evidence: What was observed.
        observed: The same in columns, see `observe`.
    """
    tables = observed.basis.tables
    compared = compare(spec, observed.basis)
    texts = [
        look_at_texts(layer, tables[layer.name], spec, evidence, terms_of(spec), compared.findings)
        for layer in spec.evaluation.layers
        if isinstance(layer, Generation) and layer.name in tables
    ]
    return Findings(
        findings=compared.findings,
        measurements=compared.measurements,
        health=tuple(row for one in texts for row in one.health),
        health_differences=tuple(row for one in texts for row in one.health_differences),
        same_outputs=tuple(row for one in texts for row in one.same_outputs),
        same_answers=tuple(row for one in texts for row in one.same_answers),
        gaps=compared.gaps,
        overlaps=_overlaps(evidence, observed.leaks, compared.clean),
        confusion=tuple(row for one in texts for row in one.confusion),
        examples=tuple(row for one in texts for row in one.examples),
        epochs=epoch_rows(evidence),
        judge_cards=tuple(_cards(spec, evidence)),
        judged_examples=tuple(_judged_examples(spec, evidence)),
        stops=tuple(
            stop
            for layer in spec.evaluation.layers
            if isinstance(layer, Judge)
            and (judged := evidence.judged.get(layer.name)) is not None
            and (stop := stop_of(layer, judged)) is not None
        ),
        rankings=compared.rankings,
    )


def _judged_examples(spec: Spec, evidence: Evidence) -> Iterator[JudgedExample]:
    """Verdicts for a person to check, of every layer that was judged here."""
    layers = {layer.name: layer for layer in spec.evaluation.layers}
    for name, judged in evidence.judged.items():
        layer = layers[name]
        if isinstance(layer, Judge) and isinstance(on := layers[layer.on], Generation):
            yield from judged_examples(layer, on, judged, evidence)


def _cards(spec: Spec, evidence: Evidence) -> Iterator[JudgeCard]:
    """A card for every judge of every layer that was judged here, and one for its people."""
    people, level = crowds(spec, evidence), terms_of(spec).level
    for layer in spec.evaluation.layers:
        judged = evidence.judged.get(layer.name)
        if isinstance(layer, Judge) and judged is not None:
            families, _ = grouping(judged, layer, evidence)
            beside = people.get(layer.human_labels or "")
            yield from cards_of(layer, judged, families, level=level, people=beside)
        elif layer.name in people:
            yield people_card(people[layer.name], level=level)


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
