"""Common: the columns of two builds on the items that both asked, in one order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evalreport.analyze.labels import NOWHERE, Labels
from evalreport.analyze.order import IntArray
from evalreport.analyze.scores import Scored
from evalreport.analyze.tables import Table


@dataclass(frozen=True, slots=True)
class Common:
    """The items that two builds asked in a layer.

    Attributes:
        a: A's scores.
        b: B's scores.
        ids: Those that both asked, in B's order.
        at_a: Where each of them stands in A, shape (n,).
        at_b: The same in B.
        repeated: An id that stands twice in one of the two; empty where none does.
    """

    a: Table
    b: Table
    ids: tuple[str, ...]
    at_a: IntArray
    at_b: IntArray
    repeated: str

    @property
    def only_a(self) -> int:
        """How many items A alone asked."""
        return self.a.n - len(self.ids)

    @property
    def only_b(self) -> int:
        """How many items B alone asked."""
        return self.b.n - len(self.ids)

    @property
    def is_whole(self) -> bool:
        """Whether both asked the same items."""
        return self.only_a == self.only_b == 0

    @property
    def clusters(self) -> IntArray | None:
        """Which items hang together in either build, shape (n,); None where none do.

        What one build alone knows to hang together does so in the other as well.
        """
        mine, theirs = self.a.families.within(self.at_a), self.b.families.within(self.at_b)
        one, other = mine.clusters, theirs.clusters
        if one is None or other is None:
            return one if other is None else other
        return joined(one, other)

    def odd_rows(
        self, columns: frozenset[str], *, by_tokens: bool, by_cluster: bool
    ) -> tuple[str, ...]:
        """Items that both asked and that are not the same: other tokens, subgroups or clusters.

        Of their content nothing is recorded; of what is, this is all.

        Args:
            columns: Whose values name subgroups in both.
            by_tokens: Whether both counted tokens alike, so that other numbers are other prompts.
            by_cluster: Whether both named clusters by the same column.
        """
        odd = np.zeros(len(self.ids), dtype=np.bool_)
        for arm, counted in self.a.prompt_tokens.items() if by_tokens else ():
            if arm in self.b.prompt_tokens:
                mine, theirs = counted[self.at_a], self.b.prompt_tokens[arm][self.at_b]
                odd |= (mine != theirs) & (mine != NOWHERE) & (theirs != NOWHERE)
        for key, labels in self.a.subgroups.items():
            if key in columns and key in self.b.subgroups:
                odd |= _other_names(labels, self.at_a, self.b.subgroups[key], self.at_b)
        if by_cluster:
            odd |= _other_names(self.a.families, self.at_a, self.b.families, self.at_b)
        return tuple(self.ids[int(i)] for i in np.flatnonzero(odd))


def common_items(a: Table, b: Table) -> Common:
    """The items of both tables."""
    places = {name: i for i, name in enumerate(a.ids)}
    shared = [(places[name], i) for i, name in enumerate(b.ids) if name in places]
    twice = next((name for ids in (a.ids, b.ids) for name in _twice(ids)), "")
    at = np.asarray(shared, dtype=np.intp).reshape(-1, 2)
    return Common(a, b, tuple(b.ids[i] for _, i in shared), at[:, 0], at[:, 1], twice)


def taken(scored: Scored, places: IntArray) -> Scored:
    """A column of some of its items."""
    return Scored(
        column=scored.column,
        values=scored.values[places],
        state=scored.state[places],
        penalised=scored.penalised[places],
        reasons={},
        seed=scored.seed,
    )


def joined(one: IntArray, other: IntArray) -> IntArray:
    """Clusters such that items hang together where they do so in either.

    Args:
        one: Number of each item's cluster, shape (n,).
        other: The same by another partition.
    """
    if _is_alike(one, other):
        return one
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    mine, theirs = (np.unique(each, return_inverse=True)[1] for each in (one, other))
    size = int(mine.max()) + 1
    shape = (size + int(theirs.max()) + 1,) * 2
    edges = coo_array((np.ones(len(mine)), (mine, theirs + size)), shape=shape)
    labels = connected_components(edges, directed=False)[1]
    found: IntArray = labels[mine].astype(np.intp)
    return found


def _is_alike(one: IntArray, other: IntArray) -> bool:
    pairs = {*zip(one.tolist(), other.tolist(), strict=True)}
    return len(pairs) == len({*one.tolist()}) == len({*other.tolist()})


def _twice(ids: Sequence[str]) -> tuple[str, ...]:
    seen: Mapping[str, int] = {name: i for i, name in enumerate(ids)}
    return tuple(name for i, name in enumerate(ids) if seen[name] != i)


def _other_names(
    one: Labels, at_one: IntArray, other: Labels, at_other: IntArray
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Where two labels name an item differently; who names none says nothing."""
    named = [(one.name(int(i)), other.name(int(k))) for i, k in zip(at_one, at_other, strict=True)]
    return np.asarray([None not in pair and pair[0] != pair[1] for pair in named], dtype=np.bool_)
