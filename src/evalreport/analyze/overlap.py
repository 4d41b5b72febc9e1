"""Overlap: evaluation items that training has seen, word for word, nearly, or by their group."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Final

from evalreport.records import Chat, Corpus, Item, Role

NEAR_JACCARD: Final = 0.8
_WORDS: Final = 5
_PERMUTATIONS: Final = 128
# Signs that change what is asked ("3 - 2", "3 + 2"), where prose punctuation does not.
_SIGN: Final = re.compile(r"([-+*/=<>^%&|~$#@\\])")
_PUNCTUATION: Final = re.compile(r"[^\w\-+*/=<>^%&|~$#@\\]+")


@dataclass(frozen=True, slots=True)
class Leaks:
    """Which evaluation items met which training items; ids of evaluation items throughout.

    Attributes:
        n: How many evaluation items there are.
        exact: Evaluation id to the training id with the same words.
        near: Evaluation id to a training id with at least 0.8 Jaccard of word 5-grams.
        groups: Evaluation ids whose group or cluster occurs in training.
        group_key: The columns by which both sides hang together, joined by "or"; None: by none.
        duplicates: Evaluation items whose text occurs earlier in the same dataset.
    """

    n: int
    exact: Mapping[str, str]
    near: Mapping[str, str]
    groups: frozenset[str]
    group_key: str | None
    duplicates: int

    @property
    def leaked(self) -> frozenset[str]:
        """Items that the clean subset leaves out."""
        return frozenset(self.exact) | frozenset(self.near) | self.groups


@dataclass(frozen=True, slots=True)
class Siblings:
    """The columns by which the items of a dataset hang together: their group, their cluster."""

    group: str = "group"
    cluster: str = "cluster"

    def of(self, item: Item) -> dict[str, str]:
        """What an item has in them."""
        held = ((self.group, item.group), (self.cluster, item.cluster))
        return {column: value for column, value in held if value is not None}

    def values(self, items: Iterable[Item]) -> dict[str, set[str]]:
        """All that occurs in them."""
        found: dict[str, set[str]] = {}
        for item in items:
            for column, value in self.of(item).items():
                found.setdefault(column, set()).add(value)
        return found


def asked_text(item: Item) -> str:
    """What an item asks: its prompt without the system text that all share, turns, and choices."""
    if isinstance(item.prompt, Chat):
        asked = [m.content for m in item.prompt.messages if m.role != "system"]
    else:
        asked = [item.prompt.text or item.reference or ""]
    return "\n".join([*asked, *item.then, *item.choices])


def normalised(text: str) -> str:
    """A text with case, accents' spelling, prose punctuation and spaces out of the way.

    Where nothing would be left, the text stays as it is: two rows of symbols are not the same.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    spaced = _SIGN.sub(r" \1 ", folded)
    return " ".join(_PUNCTUATION.sub(" ", spaced).split()) or " ".join(folded.split())


def find_leaks(
    evaluation: Sequence[Item],
    train: Sequence[Item],
    *,
    siblings: Siblings = Siblings(),
    trained_groups: Mapping[str, Set[str]] | None = None,
) -> Leaks:
    """How an evaluation set meets a training set.

    Exact matches compare what is asked after normalisation; near-duplicates have a Jaccard
    similarity of word 5-grams of at least 0.8, found by MinHash (Broder 1997) and then computed
    exactly. Items shorter than five words are compared exactly only. Groups and clusters are
    compared by the column that they come from, since what one side splits by is often what the
    other one clusters by.

    Args:
        evaluation: Items that are asked.
        train: Items that trained.
        siblings: By which columns the evaluation items hang together.
        trained_groups: What occurs in training, by column; by default what `train` holds, under
            the names of `siblings`.
    """
    texts = {item.id: normalised(asked_text(item)) for item in evaluation}
    trained: dict[str, str] = {}
    for item in train:
        trained.setdefault(normalised(asked_text(item)), item.id)
    exact = {i: trained[text] for i, text in texts.items() if text and text in trained}
    near = _near({i: text for i, text in texts.items() if i not in exact}, trained)
    seen = siblings.values(train) if trained_groups is None else trained_groups
    key, groups = _shared_groups(evaluation, siblings, seen)
    return Leaks(len(texts), exact, near, groups, key, len(texts) - len(set(texts.values())))


def _shared_groups(
    evaluation: Iterable[Item], siblings: Siblings, seen: Mapping[str, Set[str]]
) -> tuple[str | None, frozenset[str]]:
    compared: dict[str, None] = {}
    shared: set[str] = set()
    for item in evaluation:
        for column, value in siblings.of(item).items():
            if column in seen:
                compared[column] = None
                if value in seen[column]:
                    shared.add(item.id)
    return " or ".join(compared) or None, frozenset(shared)


def _shingles(text: str) -> frozenset[str]:
    words = text.split()
    return frozenset(" ".join(words[i : i + _WORDS]) for i in range(len(words) - _WORDS + 1))


def _near(texts: Mapping[str, str], trained: Mapping[str, str]) -> dict[str, str]:
    mine = {i: shingles for i, text in texts.items() if (shingles := _shingles(text))}
    theirs = {i: shingles for text, i in trained.items() if (shingles := _shingles(text))}
    # Whoever is that similar to a text has at least that share of their own shingles in it.
    known = frozenset[str]().union(*theirs.values())
    mine = {i: own for i, own in mine.items() if len(own & known) >= NEAR_JACCARD * len(own)}
    if not mine:
        return {}
    from datasketch import MinHash, MinHashLSH

    def sketches(sets: Mapping[str, frozenset[str]]) -> list[tuple[str, MinHash]]:
        encoded = [[word.encode() for word in sorted(shingles)] for shingles in sets.values()]
        return list(zip(sets, MinHash.bulk(encoded, num_perm=_PERMUTATIONS), strict=True))

    # A lower bound on candidates, so that the sketch's error costs time and not misses.
    index = MinHashLSH(threshold=NEAR_JACCARD - 0.25, num_perm=_PERMUTATIONS)
    for name, sketch in sketches(theirs):
        index.insert(name, sketch)
    near: dict[str, str] = {}
    for name, sketch in sketches(mine):
        best = max(
            ((_jaccard(mine[name], theirs[other]), other) for other in index.query(sketch)),
            default=(0.0, ""),
        )
        if best[0] >= NEAR_JACCARD:
            near[name] = best[1]
    return near


def _jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / len(a | b)


def training_sets(corpora: Mapping[str, object]) -> tuple[Corpus, ...]:
    """Every dataset that trained."""
    return tuple(
        corpus
        for corpus in corpora.values()
        if isinstance(corpus, Corpus) and corpus.role is Role.TRAIN
    )
