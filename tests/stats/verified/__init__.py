"""The table of docs/statistics.md: for every public function, what it was checked against.

Each entry is executed by `tests/stats/test_verified.py`; a public function without a full one
fails there. `python -m tests.stats.verified` writes the page again.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import ClassVar, Final

from evalreport.estimates import Estimate, NotEstimable, Point, Tested


class Takes(Enum):
    """What a function is given, and so which degenerate input it must be tried with."""

    SCORES = ("no items", "one item", "all equal", "NaN", "infinity")
    CLUSTERED_SCORES = ("no items", "one item", "one cluster", "all equal", "NaN", "infinity")
    COUNTS = ("no items", "negative count", "half a count")
    LABELS = ("no items", "one item", "one label only")
    NUMBERS = ("NaN", "infinity", "out of range")


@dataclass(frozen=True, slots=True)
class Known:
    """A value that is known without our function; where it comes from is its kind, a class below.

    Attributes:
        where: Where a reader finds it, or how to work it out again.
        values: The numbers there.
        found: Ours.
        within: Absolute tolerance: half a unit of the last printed digit, or tighter.
    """

    kind: ClassVar[str]
    meaning: ClassVar[str]

    where: str
    values: tuple[float, ...]
    found: Callable[[], Sequence[float]]
    within: float


@dataclass(frozen=True, slots=True)
class Printed(Known):
    """Anybody can look it up, and it was printed by others."""

    kind: ClassVar[str] = "printed"
    meaning: ClassVar[str] = (
        "stands in public: in a paper, in a manual, or in the tests or the printed output of "
        "another package"
    )


@dataclass(frozen=True, slots=True)
class Computed(Known):
    """Nobody printed it; `where` names the library, its version and the call."""

    kind: ClassVar[str] = "computed"
    meaning: ClassVar[str] = "is what we got from the library and version named"


@dataclass(frozen=True, slots=True)
class ClosedForm(Known):
    """A case so simple that a formula of one line gives it."""

    kind: ClassVar[str] = "closed form"
    meaning: ClassVar[str] = "is a special case that a formula of one line gives"


@dataclass(frozen=True, slots=True)
class OtherProgram(Known):
    """From the project's own notes; the program that gave it is not in the repository."""

    kind: ClassVar[str] = "other program"
    meaning: ClassVar[str] = (
        "was enumerated or simulated once by another program of this project, which is not kept "
        "here"
    )


KINDS: Final[tuple[type[Known], ...]] = (Printed, Computed, ClosedForm, OtherProgram)


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
        known: Values known from elsewhere, at least one.
        second: A second implementation.
        takes: Kind of input.
        degenerate: By name of the degenerate input, a call with it.
        gives: By the same names, what comes of it, as `said` puts it.
    """

    function: Callable[..., object]
    source: str
    known: tuple[Known, ...]
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
