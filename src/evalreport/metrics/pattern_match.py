"""The share of answers that a regular expression matches."""

from collections.abc import Sequence
from typing import Literal

from evalreport.metrics.base import Output, Scale, TextScorer
from evalreport.metrics.normalise import as_text
from evalreport.metrics.patterns import RegularExpression, TookTooLong, occurs
from evalreport.metrics.scoring import fraction, scorer
from evalreport.records import Item, Unscorable
from evalreport.values import Flag, Value


class RegexMatch(Value):
    """Whether a pattern occurs in the answer. 0 or 1.

    A pattern for what must not occur is better when absent: `higher_is_better: false`.

    Attributes:
        pattern: A regular expression for what is looked for.
        higher_is_better: `false` for what must not occur.
    """

    metric: Literal["regex"]
    pattern: RegularExpression
    higher_is_better: Flag = True

    def prepare(self, items: Sequence[Item]) -> TextScorer:  # noqa: ARG002  # the protocol's
        """The scorer; it needs no reference."""

        def score(item: Item, output: Output) -> tuple[float] | Unscorable:  # noqa: ARG001
            try:
                return (float(occurs(self.pattern, as_text(output.value))),)
            except TookTooLong as error:
                return Unscorable(reason=str(error))

        column = fraction(self.metric, scale=Scale.BINARY, higher_is_better=self.higher_is_better)
        return scorer((column,), score, lambda _: (0.0 if self.higher_is_better else 1.0,))
