"""Two JSON values, side by side: where they differ, and in how many values they agree.

Numbers that are the same on one machine may differ in the last digits on another: processors sum
in other orders and their logarithms round otherwise. A difference of up to a billionth is none;
nobody could write a lie into it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from evalreport.values import Json

RELATIVE: Final = 1e-9
_ABSOLUTE: Final = 1e-12
NOTHING: Final = "nothing"
_NAMES: Final = ("id", "rule", "dataset", "name", "seed", "key")


@dataclass(frozen=True, slots=True)
class Difference:
    """One place in which a report is not what its items give.

    Attributes:
        where: JSON path; an entry of a list of named things by its name.
        says: What stands in the report, as JSON; `nothing` where nothing does.
        gives: What stands there when it is made again, in the same form.
        source: What gives that, in words that go before it.
    """

    where: str
    says: Json
    gives: Json
    source: str = "the items give"


@dataclass(slots=True)
class Differ:
    """What was compared so far."""

    agreed: int = 0
    found: list[Difference] = field(default_factory=list)

    def compare(self, where: str, says: Json, gives: Json) -> None:
        """Compare a part of the report with what was computed."""
        if isinstance(says, dict) and isinstance(gives, dict):
            for key in dict.fromkeys((*gives, *says)):
                self.compare(
                    f"{where}.{key}" if where else key,
                    says.get(key, _ABSENT),
                    gives.get(key, _ABSENT),
                )
        elif isinstance(says, list) and isinstance(gives, list):
            self._lists(where, says, gives)
        elif _same(says, gives):
            self.agreed += 1
        else:
            self.found.append(Difference(where, _shown(says), _shown(gives)))

    def _lists(self, where: str, says: Sequence[Json], gives: Sequence[Json]) -> None:
        mine, theirs = _named(says), _named(gives)
        if mine is None or theirs is None:
            mine = {str(i): one for i, one in enumerate(says)}
            theirs = {str(i): one for i, one in enumerate(gives)}
        for name in dict.fromkeys((*theirs, *mine)):
            self.compare(f"{where}[{name}]", mine.get(name, _ABSENT), theirs.get(name, _ABSENT))
        if set(mine) == set(theirs) and list(mine) != list(theirs):
            self.found.append(Difference(where, [*mine], [*theirs]))


_ABSENT: Final = "\0absent"


def _shown(value: Json) -> Json:
    """A whole entry by its name: it is there, or it is not."""
    if value == _ABSENT:
        return NOTHING
    return value


def _same(says: Json, gives: Json) -> bool:
    if isinstance(says, bool) or isinstance(gives, bool):
        return says is gives
    if isinstance(says, int | float) and isinstance(gives, int | float):
        return math.isclose(says, gives, rel_tol=RELATIVE, abs_tol=_ABSOLUTE)
    return says == gives


def _named(entries: Sequence[Json]) -> dict[str, Json] | None:
    """Entries by their names, where all have one and no two the same."""
    for key in _NAMES:
        names = [one.get(key) if isinstance(one, dict) else None for one in entries]
        if entries and all(name is not None for name in names):
            found = {str(name): one for name, one in zip(names, entries, strict=True)}
            if len(found) == len(entries):
                return found
    return None
