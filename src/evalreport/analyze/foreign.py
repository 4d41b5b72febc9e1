"""Foreign: what other tools measured, as the tables and the course that everything is made from."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from evalreport.analyze.comparable import Block, Course
from evalreport.analyze.findings import Measurement
from evalreport.analyze.labels import Labels
from evalreport.analyze.scores import FAILED, SCORED, Scored
from evalreport.analyze.tables import Table
from evalreport.estimates import Point
from evalreport.importers.base import protocol_of
from evalreport.importers.results import SCORED as HAS_SCORE
from evalreport.importers.results import ArmResults, FigureCheck, Results
from evalreport.layers.imported import Imported
from evalreport.metrics.base import Column
from evalreport.numbers import count_text


def foreign_table(layer: Imported, results: Results) -> Table:
    """The scores of a layer that other tools measured.

    What they could not read, or did not measure, has no score by nobody's doing that is measured
    here: it leaves the comparison with its count, and what it could change is looked at.
    """
    return Table(
        layer=layer.model_copy(update={"arms": tuple(results.arms)}),
        ids=results.ids,
        families=Labels.of(name or None for name in results.clusters),
        columns=results.columns,
        scores={
            arm: tuple((_scored(one, i, column),) for i, column in enumerate(results.columns))
            for arm, one in results.arms.items()
        },
        subgroups={
            key: Labels.of(name or None for name in names)
            for key, names in results.subgroups.items()
        },
    )


def _scored(one: ArmResults, i: int, column: Column) -> Scored:
    has_score = one.states[i] == HAS_SCORE
    return Scored(
        column=column,
        values=one.values[i],
        state=np.where(has_score, SCORED, FAILED).astype(np.int8),
        penalised=np.zeros(len(has_score), dtype=np.bool_),
        reasons=one.reasons,
        seed=None,
    )


def tool_figures(
    figures: Mapping[str, Sequence[FigureCheck]], tables: Mapping[str, Table]
) -> Iterator[Measurement]:
    """What the tools say of their own items, each beside what the items give.

    Args:
        figures: By layer.
        tables: Its scores, by layer.
    """
    for layer, checks in figures.items():
        for one in checks:
            unit = next((c.unit for c in tables[layer].columns if c.metric == one.metric), "")
            yield Measurement(
                id=f"{layer}.{one.metric}:{one.arm}:tool",
                layer=layer,
                name=f"{one.metric}, as the tool gives it",
                arm=one.arm,
                n=one.n if one.told_n is None else one.told_n,
                unit=unit,
                value=Point(value=one.value, no_interval=_error(one.se)),
                note=_beside(one),
            )


def _beside(one: FigureCheck) -> str:
    """What the items give, and what a reader must know of the tool's number."""
    own = "" if one.own_se is None else f" with a standard error of {one.own_se:.6g}"
    told = f"the items give {one.own_value:.6g}{own}"
    if one.told_n is not None and one.told_n != one.n:
        counted = count_text(one.told_n, "item")
        told = f"the tool's number is of {counted}; the {count_text(one.n)} that have a score here "
        told += f"give {one.own_value:.6g}{own}"
    return f"{told}; {one.note}" if one.note else told


def _error(se: float | None) -> str:
    if se is None:
        return "the tool gives neither that nor a standard error"
    return f"the tool gives a standard error, {se:.6g}"


def foreign_course(course: Course, results: Mapping[str, Results]) -> Course:
    """How arms were asked, with those that other tools asked."""
    if not results:
        return course
    blocks = {
        (name, arm): (Block(seed=None, protocol=protocol_of(one.origin.facts), weights=None),)
        for name, of in results.items()
        for arm, one in of.arms.items()
        if of.ids
    }
    return Course(
        blocks={**course.blocks, **blocks},
        missing={
            place: why
            for place, why in course.missing.items()
            if place not in blocks and place[0] not in results
        },
        prompted=course.prompted,
        elsewhere=course.elsewhere,
        imported=frozenset(results),
        refused={
            (name, *pair): why for name, of in results.items() for pair, why in of.refused.items()
        },
    )
