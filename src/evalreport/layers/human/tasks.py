"""What is put to people: comparisons without a name of an arm, and what is known of them here.

A comparison goes by a digest of the item and of both texts in alphabetical order, so that ratings
belong to what was read, whoever wrote it. What stands first hangs on a digest of everything that
the arms wrote, with their names: from a page, which holds the texts without names, it cannot be
computed short of trying all ways to name them. It protects nobody who has the store.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from evalreport.digest import digest_of, digest_text
from evalreport.layers.answers import Answers
from evalreport.layers.blind import candidate_first, shuffled
from evalreport.layers.human.assignment import assigned
from evalreport.layers.human.options import Human
from evalreport.records import Item
from evalreport.records.items import Prompt
from evalreport.values import Json

_SLOT_DIGITS = 16
_ID_DIGITS = 32


@dataclass(frozen=True, slots=True)
class Stands:
    """What a comparison stands for; one of two texts may be that of several arms or seeds.

    Attributes:
        pair: Candidate and reference.
        seed: Training seed of the candidate; None where it has none.
        candidate: Slot digest of what the candidate wrote.
    """

    pair: tuple[str, str]
    seed: int | None
    candidate: str


@dataclass(frozen=True, slots=True)
class Known:
    """One comparison as it is known here, arms and all; no page holds it.

    Attributes:
        id: What page and file call it.
        item: The item's id.
        prompt: What was answered.
        texts: Both answers, in alphabetical order.
        stands_for: The pairs of arms that wrote them.
    """

    id: str
    item: str
    prompt: Prompt
    texts: tuple[str, str]
    stands_for: tuple[Stands, ...]

    @property
    def slots(self) -> tuple[str, str]:
        """The slot digests of both texts."""
        return slot_of(self.texts[0]), slot_of(self.texts[1])


@dataclass(frozen=True, slots=True)
class Blind:
    """One comparison as a person sees it."""

    id: str
    prompt: Prompt
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class RatingTask:
    """Everything that one rater's page holds.

    Attributes:
        title: What the page is called; nothing that tells what is hoped for.
        question: What is asked.
        criteria: What counts.
        ties: Whether "no difference" may be said.
        comparisons: In the order in which they are shown.
        page: Digest of all of it.
        asked: Digest of question, criteria and ties.
        rater: Number of the page, from 1.
        raters: How many pages there are.
    """

    title: str
    question: str
    criteria: str
    ties: bool
    comparisons: tuple[Blind, ...]
    page: str
    asked: str
    rater: int
    raters: int


def slot_of(text: str) -> str:
    """By which a file tells which text stood first."""
    return digest_text(text)[:_SLOT_DIGITS]


def asked_digest(layer: Human) -> str:
    """Identity of what people are asked; ratings that answer something else do not count."""
    return digest_of("asked", layer.asked, layer.what_counts, layer.ties)


def known_comparisons(layer: Human, items: Sequence[Item], answers: Answers) -> tuple[Known, ...]:
    """All that there is to compare, in item order.

    What both wrote alike is not asked: it ties (`alike_of`). Items without one of the two answers
    are left out.

    Args:
        layer: Its name is part of the identities.
        items: Those whose answers are compared.
        answers: By the arms.
    """
    found: list[Known] = []
    for item in items:
        by_texts: dict[tuple[str, str], list[Stands]] = {}
        for pair in answers.pairs:
            for seed in answers.runs(pair):
                mine, theirs = (answers.of(arm, seed).get(item.id) for arm in pair)
                if mine is None or theirs is None or mine.strip() == theirs.strip():
                    continue
                low, high = sorted((mine, theirs))
                by_texts.setdefault((low, high), []).append(Stands(pair, seed, slot_of(mine)))
        prompt = item.prompt.model_dump(mode="json")
        for texts, stands in by_texts.items():
            name = digest_of("compared", layer.name, item.id, prompt, [*texts])[:_ID_DIGITS]
            found.append(Known(name, item.id, item.prompt, texts, tuple(stands)))
    return tuple(found)


def tasks_of(layer: Human, known: Sequence[Known], answers: Answers) -> tuple[RatingTask, ...]:
    """The page of each rater.

    Args:
        layer: How to rate.
        known: What there is to compare.
        answers: By the arms; they decide what stands first.
    """
    secret = _secret(layer, answers)
    by_id = {one.id: one for one in known}
    asked = asked_digest(layer)
    tasks = []
    for number, own in enumerate(assigned(layer, [*dict.fromkeys(k.item for k in known)]), 1):
        mine = [one.id for one in known if one.item in own]
        shown = tuple(
            _blind(by_id[name], secret + number)
            for name in shuffled(layer.seed, mine, f"order of rater {number}")
        )
        page = digest_of(
            "page", layer.name, asked, number, [[b.id, slot_of(b.first)] for b in shown]
        )
        tasks.append(
            RatingTask(
                title=layer.title or "Compare two answers",
                question=layer.asked,
                criteria=layer.what_counts,
                ties=layer.ties,
                comparisons=shown,
                page=page,
                asked=asked,
                rater=number,
                raters=layer.raters,
            )
        )
    return tuple(tasks)


def _secret(layer: Human, answers: Answers) -> int:
    """A number that only who knows which arm wrote what can compute."""
    wrote: Json = {f"{arm} {seed}": {**said} for (arm, seed), said in answers.texts.items()}
    return int(digest_of("who wrote what", layer.seed, wrote), 16)


def _blind(known: Known, secret: int) -> Blind:
    """The comparison with one of its texts first; for another rater it may be the other one."""
    stands = known.stands_for[0]
    is_first = candidate_first(secret, known.item, stands.pair, stands.seed)
    mine, theirs = known.texts if known.slots[0] == stands.candidate else known.texts[::-1]
    first, second = (mine, theirs) if is_first else (theirs, mine)
    return Blind(known.id, known.prompt, first, second)
