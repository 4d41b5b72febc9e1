"""Answers: what the arms said, as judges and people are shown it; texts that are alike tie."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evalreport.layers.transcripts import reference_text
from evalreport.records import Item


@dataclass(frozen=True, slots=True)
class Answers:
    """What the arms answered.

    Attributes:
        texts: By arm and training seed, the text of each item that has one.
        pairs: Candidate and reference of each pair that is compared.
    """

    texts: Mapping[tuple[str, int | None], Mapping[str, str]]
    pairs: tuple[tuple[str, str], ...]

    def seeds(self, arm: str) -> tuple[int | None, ...]:
        """The training seeds of an arm."""
        return tuple(seed for name, seed in self.texts if name == arm)

    def of(self, arm: str, seed: int | None) -> Mapping[str, str]:
        """An arm's texts of a seed, or its only ones where it has no such seed."""
        if (arm, seed) in self.texts:
            return self.texts[arm, seed]
        return self.texts.get((arm, None), {})

    def runs(self, pair: tuple[str, str]) -> tuple[int | None, ...]:
        """The seeds in which a pair is compared: those of both, where both have some."""
        mine, theirs = self.seeds(pair[0]), self.seeds(pair[1])
        shared = tuple(seed for seed in mine if seed in theirs)
        if shared:
            return shared
        return mine if theirs == (None,) else theirs if mine == (None,) else ()


def alike_of(
    items: Sequence[Item], answers: Answers
) -> dict[tuple[str, str, int | None], frozenset[str]]:
    """By pair and seed, the items to which both arms gave the same text."""
    return {
        (*pair, seed): frozenset(
            item.id for item in items if (two := two_of(item, pair, seed, answers)) and is_same(two)
        )
        for pair in answers.pairs
        for seed in answers.runs(pair)
    }


def two_of(
    item: Item, pair: tuple[str, str], seed: int | None, answers: Answers
) -> tuple[str, str] | None:
    """The candidate's and the reference's answer to an item; None where one is missing."""
    mine, theirs = (answers.of(arm, seed).get(item.id) for arm in pair)
    return None if mine is None or theirs is None else (mine, theirs)


def is_same(two: tuple[str, str]) -> bool:
    """Whether two answers are one text, but for the space around them."""
    return two[0].strip() == two[1].strip()


def outputs_of(items: Sequence[Item], answers: Answers) -> dict[str, tuple[int, int]]:
    """By arm, how many different answers there are among how many; of seeds the least varied."""
    named = {item.id for item in items}
    found: dict[str, tuple[int, int]] = {}
    for (arm, _), texts in answers.texts.items():
        said = [text.strip() for name, text in texts.items() if name in named]
        different = len({*said})
        if arm not in found or different < found[arm][0]:
            found[arm] = (different, len(said))
    return found


def references_of(items: Sequence[Item]) -> tuple[int, int] | None:
    """How many different references there are among how many; None where no item has one."""
    found = [text.strip() for item in items if (text := reference_text(item)) is not None]
    return (len({*found}), len(found)) if found else None
