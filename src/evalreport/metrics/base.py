"""What a metric is: columns of scores, how they are computed, and what an unscorable item costs.

A metric is a frozen model with its options (parsed straight from YAML) and one verb, `prepare`.
It never sees an arm, a seed or an interval; it gives the same score for the same answer whoever
gave it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeAlias

from evalreport.records import Item, Response, Unscorable
from evalreport.values import Json

if TYPE_CHECKING:  # a spec is checked without numpy
    import numpy as np
    from numpy.typing import NDArray

FloatArray: TypeAlias = "NDArray[np.float64]"

# One number, or (RATIO, CORPUS) a vector of additive counts, all of one length per column.
Score: TypeAlias = float | tuple[float, ...]


class Scale(StrEnum):
    """How item scores add up to the metric, which decides the statistics.

    BINARY: each item is 0 or 1, the metric is their mean. MEAN: each item is a number, the metric
    is the mean. RATIO: each item is (numerator, denominator), the metric is the ratio of sums.
    CORPUS: each item is a vector of counts, the metric is a function of the summed vector.
    """

    BINARY = "binary"
    MEAN = "mean"
    RATIO = "ratio"
    CORPUS = "corpus"


@dataclass(frozen=True, slots=True)
class Column:
    """One series of scores that a metric yields.

    Attributes:
        metric: Name as the spec and the findings use it, such as `field_accuracy`.
        field: The part of the answer that it looks at, when a metric yields several columns.
        unit: `fraction`, `nats/token`, `bits/byte`, or the metric's own unit, such as `points`.
        low: The least value that the metric can take, when there is one.
        high: The greatest, when there is one.
        chance: The value of guessing, when it is defined.
        undefined: RATIO and CORPUS only: why there is no number where nothing that was said counts.
        aggregate: CORPUS only: sums of the item vectors, shape (..., k) -> (...,). It must work on
            a stack of sums at once, since a bootstrap calls it with thousands.
    """

    metric: str
    unit: str
    higher_is_better: bool
    scale: Scale
    field: str | None = None
    low: float | None = None
    high: float | None = None
    chance: float | None = None
    undefined: str = ""
    aggregate: Callable[[FloatArray], FloatArray] | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """The answer read from a model's text: `value` is what extraction found.

    `problem` says why nothing was found; `value` is None then, and `text` is still the whole text
    (after reasoning blocks were removed, when the layer says so).
    """

    text: str
    value: Json
    problem: str = ""


@dataclass(frozen=True, slots=True)
class TextScorer:
    """A text metric made ready for a set of items (class labels, fields and ranges are known).

    Attributes:
        columns: What it yields, in the order of the scores.
        score: One score per column, or why the model's output cannot be scored.
        penalty: What an unscorable output counts as, one per column; None where no penalty is
            declared (then the column has no all-items form).
    """

    columns: tuple[Column, ...]
    score: Callable[[Item, Output], tuple[Score, ...] | Unscorable]
    penalty: Callable[[Item], tuple[Score | None, ...]]


@dataclass(frozen=True, slots=True)
class Scorer:
    """As TextScorer, one level up: from all stored draws of an item to one score per column."""

    columns: tuple[Column, ...]
    score: Callable[[Item, tuple[Response, ...]], tuple[Score, ...] | Unscorable]
    penalty: Callable[[Item], tuple[Score | None, ...]]


class TextMetric(Protocol):
    """A metric on free text; each is a frozen model whose `metric` field is its tag in YAML."""

    @property
    def metric(self) -> str:
        """Its tag."""
        ...

    def prepare(self, items: Sequence[Item]) -> TextScorer:
        """The scorer for these items.

        Raises:
            DataError: The items lack what the metric needs (a JSON reference, a label, ...).
        """
        ...
