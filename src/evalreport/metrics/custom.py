"""A metric that the user wrote: a function named in the spec."""

import copy
import math
from collections.abc import Sequence
from typing import Any, Literal, Self

from pydantic import model_validator

from evalreport.metrics.base import Column, Output, Scale, Score, TextScorer
from evalreport.metrics.callables import FunctionName, called
from evalreport.metrics.scoring import scorer
from evalreport.records import Item, Unscorable
from evalreport.values import Flag, Number, Value, Words


class FunctionMetric(Value):
    """The number that `module:function` gives for an answer.

    It is called with the extracted answer (text or JSON), the reference (text or None) and the row
    (a mapping), and returns a number or a bool; None or an exception says that the answer cannot
    be scored. With a `range`, such an answer counts as its worse end, and a score outside it is an
    error of the function. Its column is named `function.<name>`; `name` is the function's own
    unless given. Importing it runs code of the user's: a build does, `check` and `plan` do not. One
    that takes more than 30 seconds for an answer ends the build with an error, where the system
    allows.

    Attributes:
        function: As `module:function`.
        name: What findings call it; left out, the function's own name.
        unit: Of its numbers.
        range: The least and the greatest number; an answer that cannot be scored counts as the
            worse end.
        higher_is_better: Whether a greater number is better.
    """

    metric: Literal["function"]
    function: FunctionName
    name: Words | None = None
    unit: Words = "points"
    range: tuple[Number, Number] | None = None
    higher_is_better: Flag = True

    @model_validator(mode="after")
    def _range_is_ordered(self) -> Self:
        if self.range is not None and self.range[0] >= self.range[1]:
            raise ValueError("`range` is [least, greatest]")
        return self

    def prepare(self, items: Sequence[Item]) -> TextScorer:  # noqa: ARG002  # the protocol's
        """The scorer; the function is imported with the first answer, never by a plan."""

        def score(item: Item, output: Output) -> tuple[Score, ...] | Unscorable:
            # a copy: what it does to the row must not reach the next arm
            value, raised = called(
                self.function, output.value, item.reference, copy.deepcopy(item.row)
            )
            if raised:
                return Unscorable(reason=raised)
            number = _number(value)
            if number is None:
                return self._refused("gave no number")
            if self.range is not None and not self.range[0] <= number <= self.range[1]:
                return self._refused(f"gave {number:g}, outside its range {list(self.range)}")
            return (number,)

        low, high = self.range or (None, None)
        worst = low if self.higher_is_better else high
        column = Column(
            metric=self.metric,
            field=self.name or self.function.partition(":")[2],
            unit=self.unit,
            higher_is_better=self.higher_is_better,
            scale=Scale.MEAN,
            low=low,
            high=high,
        )
        return scorer((column,), score, lambda _: (worst,))

    def _refused(self, why: str) -> Unscorable:
        return Unscorable(reason=f"{self.function} {why}")


def _number(value: Any) -> float | None:
    """What a function gave, as a finite number; text is none, whatever it says."""
    if value is None or isinstance(value, str | bytes):
        return None
    try:
        number = float(value)
    except Exception:  # noqa: BLE001  # a user's object may raise anything
        return None
    return number if math.isfinite(number) else None
