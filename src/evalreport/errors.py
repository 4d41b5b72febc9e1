"""Errors that a user can mend: where, what, what next, and the exit code that goes with each.

EvalReportError
├── SpecError          2  the spec, or something it names, is wrong (all problems at once)
├── DataError          2  a row, file or result cannot be used as it stands
├── StepFailed         3  a step failed or was blocked; the report is written and says so
├── GateNotMet         4  the evaluation is underpowered or would cost too much (`gate` and
                       `recheck` end with 4 too, after printing what they found)
├── StoreDamaged       5  the store cannot be read
└── Refused            2  a command would do something that it must not (overwrite, mix, guess)
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

EXIT_WRITTEN: Final = 0
EXIT_SPEC: Final = 2
EXIT_STEP: Final = 3
EXIT_GATE: Final = 4
EXIT_STORE: Final = 5
EXIT_INTERRUPTED: Final = 130
_LAST_OF_FOUR_DIGITS: Final = 0xFFFF


def printable(text: str) -> str:
    """Text without anything that could move a terminal's cursor, colour it or reverse letters.

    What is replaced is shown as its escape. Line breaks too: whoever joins lines does it after.
    """
    return text if text.isprintable() else "".join(_shown(c) for c in text)


def _shown(c: str) -> str:
    if c.isprintable() or unicodedata.category(c) == "Zs":
        return c
    return f"\\u{ord(c):04x}" if ord(c) <= _LAST_OF_FOUR_DIGITS else f"\\U{ord(c):08x}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where it stands, what it is, and what to do about it."""

    where: str
    what: str
    hint: str = ""

    def __str__(self) -> str:
        """The three parts on up to three lines, as every command prints them."""
        lines = [self.where, f"  {self.what}"] if self.where else [self.what]
        return "\n".join([*lines, f"  {self.hint}"] if self.hint else lines)

    def with_source(self) -> str:
        """The same, with the line that it is about where there is one."""
        return str(self)


@dataclass(frozen=True, slots=True)
class KeyProblem(Problem):
    """A problem of the data that a key of the spec caused; whoever knows the spec's lines adds it.

    Attributes:
        key: Path of the key in the spec.
    """

    key: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True)
class Further(Problem):
    """Stands for problems that are only counted.

    Attributes:
        count: How many.
    """

    count: int = 0


class EvalReportError(Exception):
    """Anything that is the user's to mend; never shown with a traceback.

    Attributes:
        problems: What is wrong, each with where it is and what to do.

    Example:
        >>> try:
        ...     evalreport.load_report("reports/nobody")
        ... except evalreport.EvalReportError as error:
        ...     print(error.problems[0].what)
        there is no such file
    """

    exit_code: ClassVar[int] = EXIT_SPEC

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(str(p) for p in problems))
        self.problems: tuple[Problem, ...] = problems

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows in the place of a traceback, which would show our code."""
        count = len(self.problems)
        head = f"{type(self).__name__}: {count:,} problems" if count > 1 else type(self).__name__
        return [head, *(f"\n{one.with_source()}" for one in self.problems)]

    @classmethod
    def because(cls, what: str, *, where: str = "", hint: str = "") -> "EvalReportError":
        """The error with a single problem."""
        return cls(Problem(where, what, hint))


def in_one_line(error: EvalReportError) -> str:
    """What is wrong, where, and what to do, for a place that has one line."""
    parts: list[str] = []
    for problem in error.problems:
        where = f" ({problem.where})" if problem.where else ""
        parts += [f"{problem.what}{where}", problem.hint]
    return " ".join("; ".join(part for part in parts if part).split())


class SpecError(EvalReportError):
    """The spec cannot be used; carries every problem that was found."""


class DataError(EvalReportError):
    """A data file or a row in it cannot be used; names the file and the line."""


class Refused(EvalReportError):
    """Doing what was asked would lose or falsify something."""


class StepFailed(EvalReportError):
    """At least one step failed or was blocked; the report was still written."""

    exit_code: ClassVar[int] = EXIT_STEP


class GateNotMet(EvalReportError):
    """The evaluation cannot answer its question, or not for what it may cost."""

    exit_code: ClassVar[int] = EXIT_GATE


class StoreDamaged(EvalReportError):
    """The store cannot be read as a whole; single damaged entries are run again instead."""

    exit_code: ClassVar[int] = EXIT_STORE


def worst(codes: Sequence[int]) -> int:
    """The exit code that wins when several apply: 5 before 3 before 4, as the README says."""
    order = (EXIT_INTERRUPTED, EXIT_STORE, EXIT_SPEC, EXIT_STEP, EXIT_GATE)
    return next((code for code in order if code in codes), EXIT_WRITTEN)
