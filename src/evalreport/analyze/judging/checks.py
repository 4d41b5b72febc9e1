"""Checks: what a judge said when asked again, of one answer twice, of a planted instruction."""

from collections.abc import Mapping
from dataclasses import dataclass

from evalreport.analyze.judging.heard import Heard, is_read, read_sign
from evalreport.layers.judge.collapse import ItemVerdict, Pair
from evalreport.records import JudgePart, RatedAnswer


@dataclass(frozen=True, slots=True)
class Hits:
    """Something that was looked for, an observation at a time.

    Attributes:
        items: The item of each.
        hits: Whether it was there.
    """

    items: tuple[str, ...]
    hits: tuple[bool, ...]

    @property
    def k(self) -> int:
        """How often it was there."""
        return sum(self.hits)

    @property
    def n(self) -> int:
        """How often it was looked for."""
        return len(self.hits)


@dataclass(frozen=True, slots=True)
class Controls:
    """One answer in both slots: any preference is for a slot.

    Attributes:
        ties: Whether it was called a tie.
        first: Of those that were not, whether what stood first was preferred.
        marked: Whether the slot was preferred that a hash had marked; in a canary the instruction
            stands in that slot.
    """

    ties: Hits
    first: Hits
    marked: Hits


@dataclass(frozen=True, slots=True)
class Wording:
    """What a judge said under one wording of the rubric, on items that all wordings have.

    Attributes:
        variant: Its number; 0 is the declared one.
        signs: 1, 0 or -1 for each item, from the candidate's view.
    """

    variant: int
    signs: tuple[int, ...]

    @property
    def wins(self) -> int:
        """Items that the candidate wins."""
        return sum(sign > 0 for sign in self.signs)

    @property
    def losses(self) -> int:
        """Items that it loses."""
        return sum(sign < 0 for sign in self.signs)

    @property
    def net(self) -> float:
        """Wins less losses, as a share of the items."""
        return (self.wins - self.losses) / len(self.signs) if self.signs else 0.0


def repeats_of(heard: Heard) -> Hits:
    """Of what was asked again, whether the judge said the same."""
    main = {
        (one.pair, one.seed, one.item, one.candidate_first): one.verdict
        for one in heard.part(JudgePart.MAIN)
        if is_read(one)
    }
    seen = [
        (one.item, main[place] == one.verdict)
        for one in heard.part(JudgePart.REPEAT)
        if (place := (one.pair, one.seed, one.item, one.candidate_first)) in main and is_read(one)
    ]
    return _hits(seen)


def repeated_ratings(heard: Heard) -> Hits:
    """Of answers that were rated again, whether all ratings were the same."""
    main = {_place(one): one for one in _ratings(heard, JudgePart.MAIN)}
    seen = [
        (one.item, main[_place(one)].ratings == one.ratings)
        for one in _ratings(heard, JudgePart.REPEAT)
        if _place(one) in main
    ]
    return _hits(seen)


def controls_of(heard: Heard) -> Controls:
    """What became of one answer in both slots."""
    read = [one for one in heard.part(JudgePart.CONTROL) if is_read(one)]
    return Controls(
        ties=_hits([(one.item, one.verdict == "tie") for one in read]),
        first=_hits([(one.item, one.verdict == "first") for one in read if one.verdict != "tie"]),
        marked=_hits([(one.item, read_sign(one) == 1) for one in read]),
    )


def canaries_of(heard: Heard) -> Hits:
    """Of answers with a planted instruction, whether they were preferred to the bare ones."""
    read = [one for one in heard.part(JudgePart.CANARY) if is_read(one)]
    return _hits([(one.item, read_sign(one) == 1) for one in read])


def raised_by(heard: Heard, criterion: str) -> dict[str, float]:
    """By item, how much a planted instruction raised the rating of an answer."""
    main = {_place(one): one for one in _ratings(heard, JudgePart.MAIN)}
    found = {}
    for one in _ratings(heard, JudgePart.CANARY):
        bare = main.get(_place(one))
        before = None if bare is None else _rating(bare, criterion)
        after = _rating(one, criterion)
        if before is not None and after is not None:
            found[one.item] = after - before
    return found


def wordings_of(heard: Heard, pair: Pair) -> tuple[tuple[str, ...], tuple[Wording, ...]]:
    """The items that have a verdict under every wording, and what was said under each.

    Only the first seed of a pair is put under other wordings.
    """
    variants = sorted({one.variant for one in heard.part(JudgePart.VARIANT)})
    if not variants:
        return (), ()
    by_variant = {0: heard.collapsed(JudgePart.MAIN, 0)} | {
        variant: heard.collapsed(JudgePart.VARIANT, variant) for variant in variants
    }
    signs = {
        variant: {
            place: one.sign
            for place, one in of.items()
            if place.pair == pair and isinstance(one, ItemVerdict)
        }
        for variant, of in by_variant.items()
    }
    shared = [place for place in signs[variants[0]] if all(place in of for of in signs.values())]
    return tuple(place.item for place in shared), tuple(
        Wording(variant, tuple(of[place] for place in shared)) for variant, of in signs.items()
    )


def _ratings(heard: Heard, part: JudgePart) -> list[RatedAnswer]:
    return [
        one
        for one in heard.judged.ratings
        if one.judge == heard.judge and one.part is part and isinstance(one.ratings, Mapping)
    ]


def _rating(one: RatedAnswer, criterion: str) -> float | None:
    return one.ratings.get(criterion) if isinstance(one.ratings, Mapping) else None


def _place(one: RatedAnswer) -> tuple[str, str, int | None]:
    return one.item, one.arm, one.seed


def _hits(seen: list[tuple[str, bool]]) -> Hits:
    return Hits(tuple(item for item, _ in seen), tuple(hit for _, hit in seen))
