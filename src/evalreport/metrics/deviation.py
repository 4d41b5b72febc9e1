"""How far numbers in an answer lie from the reference's: squared and absolute error."""

import math
from collections.abc import Callable, Sequence
from typing import Literal, Self

from pydantic import model_validator

from evalreport.errors import DataError, Problem
from evalreport.metrics.base import Column, Output, Scale, Score, TextScorer
from evalreport.metrics.json_paths import at_path
from evalreport.metrics.json_text import NotJson, decode
from evalreport.metrics.numerals import number_in, plain_number
from evalreport.metrics.scoring import place, reference_of, require, scorer
from evalreport.records import Item, Unscorable
from evalreport.values import Json, Number, Value, Words


class DeviationOptions(Value):
    """What the two errors share.

    Attributes:
        fields: Places of numbers in a JSON answer, such as `quantity` or `traits.formality`; each
            yields a column, and their average another. Left out, answer and reference are one
            number each.
        range: The least and the greatest number that makes sense; no single error counts for more
            than the worst that an answer within it could make.
        unparsed: An answer without all of its numbers counts as that worst error (`worst`, which
            needs `range`), or has no error at all and leaves the column without a form over all
            items (`fail`). Left out, `worst` where there is a range.
        unit: Of the numbers.
    """

    fields: tuple[Words, ...] = ()
    range: tuple[Number, Number] | None = None
    unparsed: Literal["worst", "fail"] | None = None
    unit: Words = "points"

    @model_validator(mode="after")
    def _range_fits(self) -> Self:
        if self.range is not None and self.range[0] >= self.range[1]:
            raise ValueError("`range` is [least, greatest]")
        if self.unparsed == "worst" and self.range is None:
            raise ValueError("`unparsed: worst` needs `range: [least, greatest]` to be a number")
        return self


class SquaredError(DeviationOptions):
    """The squared difference from the reference; lower is better."""

    metric: Literal["squared_error"]

    def prepare(self, items: Sequence[Item]) -> TextScorer:
        """The scorer for these items.

        Raises:
            DataError: A reference lacks a number, or one lies outside the range.
        """
        return _scorer(self.metric, self, items, lambda distance: distance * distance, "²")


class AbsoluteError(DeviationOptions):
    """The absolute difference from the reference; lower is better."""

    metric: Literal["absolute_error"]

    def prepare(self, items: Sequence[Item]) -> TextScorer:
        """The scorer for these items.

        Raises:
            DataError: A reference lacks a number, or one lies outside the range.
        """
        return _scorer(self.metric, self, items, lambda distance: distance, "")


def _scorer(
    metric: str,
    options: DeviationOptions,
    items: Sequence[Item],
    loss: Callable[[float], float],
    power: str,
) -> TextScorer:
    """The scorer of one error, `loss` being what a distance costs."""
    require(
        items,
        lambda item: _reference_problem(options, item),
        metric=metric,
        hint="`fields:` names places in the reference's JSON; `range:` must hold its numbers",
    )
    bounds = options.range
    fields = options.fields

    def worst(right: float) -> float | None:
        return None if bounds is None else loss(max(bounds[1] - right, right - bounds[0]))

    def cost(given: float, right: float) -> float:
        found, most = loss(abs(given - right)), worst(right)
        return found if most is None else min(found, most)

    def score(item: Item, output: Output) -> tuple[Score, ...] | Unscorable:
        given = _numbers(fields, output.value)
        if isinstance(given, str):
            return Unscorable(reason=given)
        right = _right_numbers(options, item)
        costs = [cost(*pair) for pair in zip(given, right, strict=True)]
        if not all(map(math.isfinite, costs)):
            return Unscorable(reason="a number is too large")
        return _with_average(fields, costs)

    def penalty(item: Item) -> tuple[Score | None, ...]:
        costs = [worst(right) for right in _right_numbers(options, item)]
        known = [value for value in costs if value is not None]
        if options.unparsed == "fail" or len(known) < len(costs):
            return (None,) * (1 + len(fields))
        return _with_average(fields, known)

    high = None if bounds is None else loss(bounds[1] - bounds[0])
    columns = [_column(metric, field, options.unit + power, high) for field in (None, *fields)]
    return scorer(columns, score, penalty)


def _column(metric: str, field: str | None, unit: str, high: float | None) -> Column:
    return Column(
        metric=metric,
        field=field,
        unit=unit,
        higher_is_better=False,
        scale=Scale.MEAN,
        low=0.0,
        high=high,
    )


def _with_average(fields: Sequence[str], costs: Sequence[float]) -> tuple[Score, ...]:
    """The average first; without fields the one error is all there is."""
    return (sum(costs) / len(costs), *costs) if fields else tuple(costs)


def _numbers(fields: Sequence[str], value: Json) -> list[float] | str:
    """The numbers of an answer or reference in the order of the fields, or what is missing."""
    if not fields:
        number = number_in(value)
        return "no number" if number is None else [float(number)]
    if isinstance(value, str):
        try:
            value = decode(value)
        except NotJson as error:
            return str(error)
    found = {field: plain_number(at_path(value, field)) for field in fields}
    missing = [field for field, number in found.items() if number is None]
    if missing:
        return f"no number at {', '.join(missing)}"
    return [float(number) for number in found.values() if number is not None]


def _right_numbers(options: DeviationOptions, item: Item) -> list[float]:
    """The numbers of a reference.

    Raises:
        DataError: It lacks one.
    """
    numbers = _numbers(options.fields, reference_of(item))
    if isinstance(numbers, str):
        raise DataError(Problem(place(item), f"the reference has {numbers}", ""))
    return numbers


def _reference_problem(options: DeviationOptions, item: Item) -> str | None:
    if item.reference is None:
        return "there is no reference to hold the answer against"
    numbers = _numbers(options.fields, item.reference)
    if isinstance(numbers, str):
        return f"the reference has {numbers}"
    bounds = options.range
    if bounds is not None and not all(bounds[0] <= number <= bounds[1] for number in numbers):
        return f"the reference holds a number outside the range {list(bounds)}"
    return None
