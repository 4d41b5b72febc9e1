"""Overlap: evaluation items that training has seen, word for word, nearly, or by their group."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
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
        groups: Evaluation ids whose group (or cluster) value occurs in training.
        group_key: Which declaration the groups come from.
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


def asked_text(item: Item) -> str:
    """What an item asks: its prompt without the system text that all share, and its choices."""
    if isinstance(item.prompt, Chat):
        asked = [m.content for m in item.prompt.messages if m.role != "system"]
    else:
        asked = [item.prompt.text or item.reference or ""]
    return "\n".join([*asked, *item.choices])


def normalised(text: str) -> str:
    """A text with case, accents' spelling, prose punctuation and spaces out of the way.

    Where nothing would be left, the text stays as it is: two rows of symbols are not the same.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    spaced = _SIGN.sub(r" \1 ", folded)
    return " ".join(_PUNCTUATION.sub(" ", spaced).split()) or " ".join(folded.split())


def find_leaks(evaluation: Sequence[Item], train: Sequence[Item]) -> Leaks:
    """How an evaluation set meets a training set.

    Exact matches compare what is asked after normalisation; near-duplicates have a Jaccard
    similarity of word 5-grams of at least 0.8, found by MinHash (Broder 1997) and then computed
    exactly. Items shorter than five words are compared exactly only.
    """
    texts = {item.id: normalised(asked_text(item)) for item in evaluation}
    trained: dict[str, str] = {}
    for item in train:
        trained.setdefault(normalised(asked_text(item)), item.id)
    exact = {i: trained[text] for i, text in texts.items() if text and text in trained}
    near = _near({i: text for i, text in texts.items() if i not in exact}, trained)
    key, groups = _shared_groups(evaluation, train)
    return Leaks(len(texts), exact, near, groups, key, len(texts) - len(set(texts.values())))


def _shared_groups(
    evaluation: Iterable[Item], train: Sequence[Item]
) -> tuple[str | None, frozenset[str]]:
    for key in ("group", "cluster"):
        seen = {getattr(item, key) for item in train} - {None}
        declared = [item for item in evaluation if getattr(item, key) is not None]
        if seen and declared:
            return key, frozenset(item.id for item in declared if getattr(item, key) in seen)
    return None, frozenset()


def _shingles(text: str) -> frozenset[str]:
    words = text.split()
    return frozenset(" ".join(words[i : i + _WORDS]) for i in range(len(words) - _WORDS + 1))


def _near(texts: Mapping[str, str], trained: Mapping[str, str]) -> dict[str, str]:
    mine = {i: shingles for i, text in texts.items() if (shingles := _shingles(text))}
    theirs = {i: shingles for text, i in trained.items() if (shingles := _shingles(text))}
    if not mine or not theirs:
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


def training_items(corpora: Mapping[str, object]) -> tuple[Item, ...]:
    """Every item that trained: all datasets whose role is train."""
    return tuple(
        item
        for corpus in corpora.values()
        if isinstance(corpus, Corpus) and corpus.role is Role.TRAIN
        for item in corpus.items
    )
