"""Units: which items hang together by their clusters, or because a judge read them in one call."""

from collections.abc import Iterable, Mapping
from typing import Final

from evalreport.analyze.labels import Labels
from evalreport.records import Comparison, JudgedLayer, JudgePart

BY_CALL: Final = "call of the judge"


def units_of(
    judged: JudgedLayer, families: Labels, comparisons: Iterable[Comparison] | None = None
) -> Labels:
    """The independent units of a layer's items: clusters, joined where items share a call.

    Verdicts of one call read each other, so its items are one unit, whichever judge read them.

    Args:
        judged: What was put to judges.
        families: Declared cluster of each item, as far as it names one.
        comparisons: Whose calls count; by default those that the verdicts come from.

    Returns:
        The clusters as they were declared where no call held several items.
    """
    if comparisons is None:
        comparisons = (one for one in judged.comparisons if one.part is JudgePart.MAIN)
    calls = [items for items in _by_call(comparisons).values() if len(items) > 1]
    if not calls:
        return families
    joined = _Joined()
    for i, item in enumerate(judged.items):
        family = families.name(i)
        joined.join(("item", item), ("item", item) if family is None else ("family", family))
    for items in calls:
        first = next(iter(items))
        for item in items:
            joined.join(("item", first), ("item", item))
    # Each unit is called by its first item, so that the names hang on nothing but the evidence.
    named: dict[tuple[str, str], str] = {}
    return Labels.of(named.setdefault(joined.root(("item", item)), item) for item in judged.items)


def _by_call(comparisons: Iterable[Comparison]) -> Mapping[str, dict[str, None]]:
    found: dict[str, dict[str, None]] = {}
    for one in comparisons:
        if one.call:
            found.setdefault(one.call, {})[one.item] = None
    return found


class _Joined:
    """Things that hang together, by a chain of any length (union-find)."""

    def __init__(self) -> None:
        self._above: dict[tuple[str, str], tuple[str, str]] = {}

    def root(self, thing: tuple[str, str]) -> tuple[str, str]:
        above = self._above.setdefault(thing, thing)
        while above != self._above[above]:
            above = self._above[above]
        self._above[thing] = above
        return above

    def join(self, one: tuple[str, str], other: tuple[str, str]) -> None:
        self._above[self.root(one)] = self.root(other)
