"""Whether the items hold what the declared metrics need: found out before anything is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from evalreport.errors import DataError, Problem
from evalreport.layers.base import Layer
from evalreport.layers.generation import Generation
from evalreport.metrics.base import Scorer
from evalreport.metrics.callables import imported
from evalreport.plan.model import Given
from evalreport.records import Corpus, Item


def refuse_unscorable(given: Given) -> None:
    """Prepare every metric on the items that it will score, and import the user's functions.

    A build calls it, a plan does not: functions of the user are code, which a plan never runs.

    Raises:
        DataError: Items lack what a metric needs, with the file that they come from.
        SpecError: A function cannot be imported.
    """
    for layer in given.spec.evaluation.layers:
        if layer.blocked_reason() is not None or any(
            n not in given.found for n in layer.datasets()
        ):
            continue
        if isinstance(layer, Generation):
            for name in layer.functions():
                imported(name)
        for part, items in layer.items(given.found):
            if part == "main":
                prepared(layer, given.found, items)


def prepared(
    layer: Layer, corpora: Mapping[str, Corpus], items: Sequence[Item]
) -> tuple[Scorer, ...]:
    """The scorers of a layer for these items of its first dataset.

    Raises:
        DataError: Items lack what a metric needs, with the file that they come from.
    """
    try:
        return layer.scorers(items)
    except DataError as error:
        origin = corpora[layer.datasets()[0]].origin
        raise DataError(*(_at(origin, problem) for problem in error.problems)) from error


def _at(origin: str, problem: Problem) -> Problem:
    return replace(problem, where=f"{origin} {problem.where}") if problem.where else problem
