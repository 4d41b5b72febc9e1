"""Answers held against the reference as a number."""

from collections.abc import Sequence
from typing import Literal

from evalreport.metrics.base import Output, Scale, TextScorer
from evalreport.metrics.numerals import last_number, number_in
from evalreport.metrics.scoring import fraction, fraction_scorer, reference_of, require
from evalreport.records import Item, Unscorable
from evalreport.values import NonNegative, Value


class NumericAnswer(Value):
    """Whether the answer is the reference's number, within a tolerance. 0 or 1.

    Both sides are the last number of their text, so that a worked solution that ends with its
    result can be the reference. Right when |answer - reference| <= max(absolute, relative *
    |reference|), as in `math.isclose` with the reference as the measure.

    Attributes:
        absolute: Largest difference that is still right.
        relative: The same as a share of the reference; the larger of the two counts.
    """

    metric: Literal["numeric_answer"]
    absolute: NonNegative = 0.0
    relative: NonNegative = 1e-9

    def prepare(self, items: Sequence[Item]) -> TextScorer:
        """The scorer for these items.

        Raises:
            DataError: A reference holds no number.
        """
        require(
            items,
            lambda item: (
                None
                if last_number(item.reference or "") is not None
                else f"the reference {_start(item.reference)} holds no number"
            ),
            metric=self.metric,
            hint="numbers are written like -1,234.5 or 3/4; `fields:` can cut one out of a text",
        )

        def score(item: Item, output: Output) -> float | Unscorable:
            given, right = number_in(output.value), last_number(reference_of(item))
            if given is None or right is None:
                return Unscorable(reason="no number")
            return float(abs(given - right) <= max(self.absolute, self.relative * abs(right)))

        return fraction_scorer(fraction(self.metric, scale=Scale.BINARY), score)


def _start(text: str | None) -> str:
    return "(none)" if text is None else repr(text if len(text) <= 40 else text[:39] + "…")
