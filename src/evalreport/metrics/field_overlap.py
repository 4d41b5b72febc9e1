"""Two JSON values compared path by path: how many paths there are, how many are exactly right."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from evalreport.digest import canonical
from evalreport.metrics.json_text import NotJson, decode
from evalreport.metrics.normalise import Step, normalise
from evalreport.values import Json

ListOrder: TypeAlias = Literal["in_order", "multiset"]
FieldStep: TypeAlias = Step | Literal["numbers"]

# In `multiset`, how many pairs of unequal entries of two lists are weighed against each other. An
# answer with more entries than that allows has the rest counted as extra: it must not take minutes.
MAX_WEIGHED_PAIRS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Overlap:
    """`right` of the `paths` that the reference, the answer or both have."""

    right: int
    paths: int

    def __add__(self, other: "Overlap") -> "Overlap":
        return Overlap(self.right + other.right, self.paths + other.paths)

    @property
    def share(self) -> float:
        """The share that is right; 1 when neither side has any path."""
        return self.right / self.paths if self.paths else 1.0


NOTHING: Final = Overlap(0, 0)


def normal_form(value: Json, steps: Iterable[FieldStep]) -> Json:
    """A value after the declared steps, in which equal scalars are equal texts in JSON.

    Steps change string values, never keys. `numbers` makes a number of a string that is one in
    JSON. Whole numbers lose their decimals always: 3.0 is 3.
    """
    chosen = frozenset(steps)
    words = [step for step in chosen if step != "numbers"]

    def of(value: Json) -> Json:
        if isinstance(value, dict):
            return {key: of(entry) for key, entry in value.items()}
        if isinstance(value, list):
            return [of(entry) for entry in value]
        if isinstance(value, str):
            text = normalise(value, words)
            number = _number(text) if "numbers" in chosen else None
            return text if number is None else of(number)
        is_whole = isinstance(value, float) and value.is_integer() and abs(value) < 2**53
        return int(value) if is_whole and isinstance(value, float) else value

    return of(value)


def overlap(reference: Json, answer: Json, lists: ListOrder) -> Overlap:
    """How far an answer agrees with a reference; both in normal form.

    A path leads to a scalar, or to an empty object or list. Objects are compared by key, lists by
    position (`in_order`) or by the pairing of entries that gets most paths right (`multiset`).
    A path that only one side has is not right, and counts.
    """
    if isinstance(reference, dict) and isinstance(answer, dict) and reference and answer:
        total = NOTHING
        for key in reference.keys() | answer.keys():
            if key not in answer:
                total += Overlap(0, leaves(reference[key]))
            elif key not in reference:
                total += Overlap(0, leaves(answer[key]))
            else:
                total += overlap(reference[key], answer[key], lists)
        return total
    if isinstance(reference, list) and isinstance(answer, list) and reference and answer:
        return (
            _best_pairing(reference, answer)
            if lists == "multiset"
            else _in_order(reference, answer, lists)
        )
    if isinstance(reference, dict | list) or isinstance(answer, dict | list):
        return Overlap(1, 1) if reference == answer else _apart(reference, answer)
    is_same = isinstance(reference, bool) == isinstance(answer, bool) and reference == answer
    return Overlap(int(is_same), 1)


def leaves(value: Json) -> int:
    """How many paths a value has: one for each scalar and each empty object or list."""
    if isinstance(value, dict):
        return sum(map(leaves, value.values())) or 1
    if isinstance(value, list):
        return sum(map(leaves, value)) or 1
    return 1


def _number(text: str) -> int | float | None:
    try:
        value = decode(text)
    except NotJson:
        return None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _apart(reference: Json, answer: Json) -> Overlap:
    return Overlap(0, leaves(reference) + leaves(answer))


def _in_order(reference: Sequence[Json], answer: Sequence[Json], lists: ListOrder) -> Overlap:
    total = NOTHING
    for right, given in zip(reference, answer, strict=False):
        total += overlap(right, given, lists)
    rest = [*reference[len(answer) :], *answer[len(reference) :]]
    return total + Overlap(0, sum(map(leaves, rest)))


def _best_pairing(reference: Sequence[Json], answer: Sequence[Json]) -> Overlap:
    """The pairing with most right paths; of several such, one with fewest paths.

    Equal entries are paired first, which loses nothing: with A = B, the sets of right paths obey
    |A and C| + |A and D| <= |A| + |C and D|. What is left is an assignment problem.
    """
    total, lacking, extra = _equal_entries(reference, answer)
    weighed = extra[: MAX_WEIGHED_PAIRS // len(lacking)] if lacking else []
    pairs = [[overlap(r, a, "multiset") for a in weighed] for r in lacking]
    chosen = _assigned(pairs, lacking, weighed) if lacking and weighed else []
    for i, j in chosen:
        total += pairs[i][j]
    paired_lacking, paired_extra = {i for i, _ in chosen}, {j for _, j in chosen}
    alone = [entry for i, entry in enumerate(lacking) if i not in paired_lacking]
    alone += [entry for j, entry in enumerate(extra) if j not in paired_extra]
    return total + Overlap(0, sum(map(leaves, alone)))


def _equal_entries(
    reference: Sequence[Json], answer: Sequence[Json]
) -> tuple[Overlap, list[Json], list[Json]]:
    """The overlap of all equal entries, and what each side has besides."""
    waiting: dict[str, list[int]] = {}
    for i, entry in enumerate(answer):
        waiting.setdefault(canonical(entry), []).append(i)
    taken: set[int] = set()
    total, lacking = NOTHING, list[Json]()
    for entry in reference:
        if equals := waiting.get(canonical(entry)):
            taken.add(equals.pop())
            total += Overlap(leaves(entry), leaves(entry))
        else:
            lacking.append(entry)
    return total, lacking, [entry for i, entry in enumerate(answer) if i not in taken]


def _assigned(
    pairs: Sequence[Sequence[Overlap]], lacking: Sequence[Json], weighed: Sequence[Json]
) -> list[tuple[int, int]]:
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    here, there = [leaves(entry) for entry in lacking], [leaves(entry) for entry in weighed]
    # paths that two entries share are paths that their pair does not count twice
    shared = [
        [here[i] + there[j] - pair.paths for j, pair in enumerate(row)]
        for i, row in enumerate(pairs)
    ]
    right = np.array([[pair.right for pair in row] for row in pairs])
    gain = right * (1 + sum(here) + sum(there)) + np.array(shared)
    rows, columns = linear_sum_assignment(gain, maximize=True)
    return [(int(i), int(j)) for i, j in zip(rows, columns, strict=True)]
