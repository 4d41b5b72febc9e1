"""Left: rows of a file that could not be taken up, by reason, so that none vanishes."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Left:
    """Rows that could not be taken up: how many by reason, and where the first of each stands."""

    counts: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)

    def add(self, why: str, where: str) -> None:
        """One more row.

        Args:
            why: In words, without anything that the file says: reasons are counted.
            where: `file:line`.
        """
        self.counts[why] += 1
        self.first.setdefault(why, where)

    @property
    def total(self) -> int:
        """How many rows in all."""
        return self.counts.total()
