"""The table of docs/statistics.md: for every public function, what it was checked against.

Each entry is executed by `tests/stats/test_verified.py`; a public function without a full one
fails there. `python -m tests.stats.verified` writes the page again.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial

from evalreport.estimates import Estimate, NotEstimable, Point, Tested


class Takes(Enum):
    """What a function is given, and so which degenerate input it must be tried with."""

    SCORES = ("no items", "one item", "all equal", "NaN", "infinity")
    CLUSTERED_SCORES = ("no items", "one item", "one cluster", "all equal", "NaN", "infinity")
    COUNTS = ("no items", "negative count", "half a count")
    LABELS = ("no items", "one item", "one label only")
    NUMBERS = ("NaN", "infinity", "out of range")


@dataclass(frozen=True, slots=True)
class Published:
    """A value that somebody printed, or that the library of record gives.

    Attributes:
        where: Paper, table or package with version, so that a reader finds it.
        printed: The numbers there.
        found: Ours.
        within: Absolute tolerance: half a unit of the last printed digit.
    """

    where: str
    printed: tuple[float, ...]
    found: Callable[[], Sequence[float]]
    within: float


@dataclass(frozen=True, slots=True)
class Second:
    """Another implementation: a library, an enumeration, the formula written out another way.

    Attributes:
        what: Its name, as the table prints it.
        compare: Ours and theirs, on several inputs.
        within: Absolute tolerance.
    """

    what: str
    compare: Callable[[], tuple[Sequence[float], Sequence[float]]]
    within: float = 1e-9


@dataclass(frozen=True, slots=True)
class Verified:
    """One public function and what it was checked against.

    Attributes:
        function: The function.
        source: Paper or book of the formula, in short.
        published: Printed values, at least one.
        second: A second implementation.
        takes: Kind of input.
        degenerate: By name of the degenerate input, a call with it.
        gives: By the same names, what comes of it, as `said` puts it.
    """

    function: Callable[..., object]
    source: str
    published: tuple[Published, ...]
    second: Second
    takes: Takes
    degenerate: dict[str, Callable[[], object]]
    gives: dict[str, str]


def ends(estimated: object) -> tuple[float, float]:
    """Both ends of an interval; fails where there is none."""
    assert isinstance(estimated, Estimate), estimated
    return estimated.low, estimated.high


def value_of(estimated: object) -> float:
    """A value, with or without an interval; fails where there is none."""
    assert isinstance(estimated, Estimate | Point), estimated
    return estimated.value


def p_of(tested: object) -> float:
    """A p-value; fails where there is none."""
    assert isinstance(tested, Tested), tested
    return tested.p_value


def said(call: Callable[[], object]) -> str:
    """What a call gives, in the few words of the table."""
    try:
        result = call()
    except ValueError as error:
        return f"ValueError: {error}"
    match result:
        case NotEstimable():
            return f"not estimable: {result.not_estimable}"
        case Point():
            return f"{result.value:.4g}, no interval: {result.no_interval}"
        case Estimate():
            assert result.low < result.high, result
            return f"{result.value:.4g} ({result.low:.4g} to {result.high:.4g})"
        case Tested():
            return f"p = {result.p_value:.4g}"
        case dict():
            parts = {key: said(partial(dict.get, result, key)) for key in result}
            return "; ".join(f"{key}: {part}" for key, part in parts.items())
        case float():
            assert not math.isnan(result)
            return f"{result:.4g}"
        case _:
            return str(result)
