"""Texts: what the numbers of a generation layer do not tell."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evalreport.analyze.confusion import confusion_of
from evalreport.analyze.examples import choose_examples
from evalreport.analyze.findings import Finding
from evalreport.analyze.health import health_differences, health_of, observe, same_outputs
from evalreport.analyze.missing import known
from evalreport.analyze.questions import IMPLIED, first_declared, pairs_of
from evalreport.analyze.same_answer import same_answer
from evalreport.analyze.tables import Table
from evalreport.analyze.terms import Terms
from evalreport.analyze.text_findings import (
    ConfusionMatrix,
    Example,
    Health,
    HealthDifference,
    SameAnswer,
    SameOutputs,
)
from evalreport.evidence import Evidence
from evalreport.layers.generation import Generation
from evalreport.metrics.base import Scale
from evalreport.metrics.labels import LabelOptions
from evalreport.spec.models import Spec


@dataclass(frozen=True, slots=True)
class Texts:
    """What one layer's texts look like, apart from their scores."""

    health: tuple[Health, ...]
    health_differences: tuple[HealthDifference, ...]
    same_outputs: tuple[SameOutputs, ...]
    same_answers: tuple[SameAnswer, ...]
    confusion: tuple[ConfusionMatrix, ...]
    examples: tuple[Example, ...]


def look_at_texts(
    layer: Generation,
    table: Table,
    spec: Spec,
    evidence: Evidence,
    terms: Terms,
    findings: Sequence[Finding],
) -> Texts:
    """Health, confusion matrices and examples of a layer.

    Health counts all training seeds; matrices and examples show the first.
    """
    items = evidence.items[layer.name, "main"]
    blocks = {arm: found for arm in layer.arms if (found := evidence.of_arm(layer.name, arm))}
    observed = {arm: observe(layer, table, items, found) for arm, found in blocks.items()}
    column = _column(layer, table, spec)
    repeated = same_answer(layer, table, items, blocks.get(IMPLIED[0], ()), spec)
    return Texts(
        health=tuple(health_of(layer, items, one) for one in observed.values()),
        health_differences=tuple(
            row
            for candidate, reference in pairs_of(layer, spec, evidence)
            if candidate in observed and reference in observed
            for row in health_differences(
                layer, table, observed[candidate], observed[reference], terms
            )
        ),
        same_outputs=tuple(row for one in observed.values() for row in same_outputs(layer, one)),
        same_answers=() if repeated is None else (repeated,),
        confusion=tuple(
            confusion_of(layer, metric, items, found[0], findings if len(found) == 1 else ())
            for found in blocks.values()
            for metric in [m for m in layer.metrics if isinstance(m, LabelOptions)][:1]
        ),
        examples=_examples(layer, table, evidence, column)
        if column is not None and all(arm in blocks for arm in IMPLIED)
        else (),
    )


def _column(layer: Generation, table: Table, spec: Spec) -> int | None:
    """The layer's declared metric, else its first one, with a score an item; None without one."""
    scored = (
        i
        for i, column in enumerate(table.columns)
        if column.scale in (Scale.BINARY, Scale.MEAN) and column.field is None
    )
    return first_declared(spec, layer, table.columns, scored)


def _examples(
    layer: Generation, table: Table, evidence: Evidence, place: int
) -> tuple[Example, ...]:
    arms = [
        (evidence.of_arm(layer.name, arm)[0], table.replicates(arm, place)[0]) for arm in IMPLIED
    ]
    keep = known([arms[0][1]]) & known([arms[1][1]])
    return choose_examples(
        layer,
        table.columns[place],
        evidence.items[layer.name, "main"],
        arms[0][1].values[keep] - arms[1][1].values[keep],
        [int(i) for i in np.flatnonzero(keep)],
        arms,
    )
