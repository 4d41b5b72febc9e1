"""All that is wrong with the data, gathered so that one run names it and not one run a row."""

from collections import Counter
from typing import Final

from evalreport.errors import DataError, Further, Problem

SHOWN: Final = 20
ALIKE: Final = 3


class Faults:
    """Collects problems while reading goes on; keeps the first 20 and counts the rest."""

    def __init__(self) -> None:
        self.shown: list[Problem] = []
        self.count = 0

    def add(self, where: str, what: str, hint: str = "") -> None:
        """Notes one problem."""
        self.note(Problem(where, what, hint))

    def note(self, problem: Problem) -> None:
        """Notes one problem."""
        self.count += 1
        if len(self.shown) < SHOWN:
            self.shown.append(problem)

    def replace(self, by: Problem, *, rows: int, since: int, what: str) -> None:
        """Tells what every row of a file was reproached with once, for the whole file.

        Args:
            by: The one problem.
            rows: How many rows said it.
            since: How many problems were shown before the file was read.
            what: What they said.
        """
        later = [problem for problem in self.shown[since:] if problem.what != what]
        self.shown[since:] = later
        self.count -= rows
        self.note(by)

    @property
    def full(self) -> bool:
        """Whether a further problem would only be counted, so that its text need not be made."""
        return len(self.shown) >= SHOWN

    def stop_if_any(self) -> None:
        """Ends the reading when anything was wrong.

        Raises:
            DataError: At least one problem was noted. Three rows with the same problem are named;
                further ones, and what comes after 20 problems, end in "and N more".
        """
        if not self.count:
            return
        told: list[Problem] = []
        alike: Counter[tuple[str, str]] = Counter()
        for problem in self.shown:
            alike[problem.what, problem.hint] += 1
            if alike[problem.what, problem.hint] <= ALIKE:
                told.append(problem)
        more = self.count - len(told)
        raise DataError(*told, *([Further("", f"and {more:,} more", count=more)] if more else []))
