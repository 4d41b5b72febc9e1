"""Bounds: a score beyond those of its metric is of another quantity, and refused with its place."""

import math
from typing import Final

from evalreport.errors import DataError, Problem
from evalreport.importers.base import Given, NoScore
from evalreport.importers.names import shown_name
from evalreport.metrics.base import Column

_ROUNDING: Final = 1e-9


def is_within(number: float, column: Column) -> bool:
    """Whether a metric can be this number, but for rounding."""
    return abs(_nearest(number, column) - number) <= _ROUNDING


def within(score: Given, column: Column, where: str, hint: str) -> Given:
    """A score that its metric can have; what rounding put beyond a bound is the bound.

    Args:
        score: As the file has it; a ratio, and what is none, stay as they are.
        column: With the bounds.
        where: Its row.
        hint: What to do where it cannot be.

    Raises:
        DataError: It is beyond the metric's bounds, so the numbers are of another quantity; were it
            left out, the others would be taken for what they are not.
    """
    if isinstance(score, NoScore | tuple):
        return score
    if not is_within(score, column):
        low = -math.inf if column.low is None else column.low
        high = math.inf if column.high is None else column.high
        name = shown_name(column.metric)
        what = f"{name} is {score:g}, and lies between {low:g} and {high:g}"
        raise DataError(Problem(where, what, hint))
    return _nearest(score, column)


def _nearest(number: float, column: Column) -> float:
    low = -math.inf if column.low is None else column.low
    return max(low, number if column.high is None else min(column.high, number))
