"""Items and outputs for the tests of metrics."""

from collections.abc import Sequence

import numpy as np
from hypothesis import settings
from pydantic import TypeAdapter

from evalreport.metrics import AnyTextMetric
from evalreport.metrics.base import FloatArray, Output, Score, TextMetric, TextScorer
from evalreport.records import Item, Raw, Unscorable
from evalreport.values import Json

_METRIC: TypeAdapter[TextMetric] = TypeAdapter(AnyTextMetric)


def metric(spec: object) -> TextMetric:
    """A metric as YAML would give it."""
    return _METRIC.validate_python(spec)


def item(
    reference: str | None = None, name: str = "a", row: dict[str, Json] | None = None, line: int = 1
) -> Item:
    return Item(id=name, prompt=Raw(text="?"), reference=reference, row=row or {}, line=line)


def items(*references: str) -> list[Item]:
    return [item(text, f"i{i}", line=i + 1) for i, text in enumerate(references)]


def answer(value: Json, text: str | None = None) -> Output:
    """What extraction found."""
    return Output(text if text is not None else str(value), value)


def no_answer(text: str = "") -> Output:
    return Output(text, None, "nothing found")


def one(spec: object, reference: str, value: Json) -> Score | Unscorable:
    """The first score of an answer to a single item."""
    test = item(reference)
    found = metric(spec).prepare([test]).score(test, answer(value))
    return found if isinstance(found, Unscorable) else found[0]


def scored(
    scorer: TextScorer, pairs: Sequence[tuple[Item, Output]], column: int = 0
) -> list[Score]:
    """Scores of one column; every answer must be scorable."""
    scores: list[Score] = []
    for test, output in pairs:
        found = scorer.score(test, output)
        assert not isinstance(found, Unscorable), found
        scores.append(found[column])
    return scores


def summed(scores: Sequence[Score]) -> FloatArray:
    sums: FloatArray = np.array(scores, dtype=np.float64).sum(axis=0)
    return sums


# Machines are shared: no deadline; and the same examples on every run.
steady = settings(deadline=None, derandomize=True)
