"""All that is wrong with the data, gathered so that one run names it and not one run a row."""

from typing import Final

from evalreport.errors import DataError, Problem

SHOWN: Final = 20


class Faults:
    """Collects problems while reading goes on; keeps the first 20 and counts the rest."""

    def __init__(self) -> None:
        self.shown: list[Problem] = []
        self.count = 0

    def add(self, where: str, what: str, hint: str = "") -> None:
        """Notes one problem."""
        self.count += 1
        if len(self.shown) < SHOWN:
            self.shown.append(Problem(where, what, hint))

    @property
    def full(self) -> bool:
        """Whether a further problem would only be counted, so that its text need not be made."""
        return len(self.shown) >= SHOWN

    def stop_if_any(self) -> None:
        """Ends the reading when anything was wrong.

        Raises:
            DataError: At least one problem was noted; more than 20 end in "and N more".
        """
        if not self.count:
            return
        more = self.count - len(self.shown)
        raise DataError(*self.shown, *([Problem("", f"and {more} more")] if more else []))
