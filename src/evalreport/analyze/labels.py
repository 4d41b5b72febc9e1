"""Labels: which named group each item is in, as numbers beside a list of names."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from evalreport.analyze.order import IntArray

NOWHERE: Final = -1


@dataclass(frozen=True, slots=True)
class Labels:
    """One name an item, of a million items or ten, without a text for each.

    Attributes:
        names: The names, in the order of their first items.
        codes: Index of each item's name, shape (n,); NOWHERE for an item that has none.
    """

    names: tuple[str, ...]
    codes: IntArray

    @classmethod
    def of(cls, given: Iterable[str | None]) -> "Labels":
        """The labels of items that say their names."""
        numbers: dict[Hashable, int] = {None: NOWHERE}
        codes = [numbers.setdefault(name, len(numbers) - 1) for name in given]
        names = tuple(str(name) for name in numbers if name is not None)
        return cls(names, np.asarray(codes, dtype=np.intp))

    def name(self, i: int) -> str | None:
        """The name of one item."""
        code = int(self.codes[i])
        return None if code == NOWHERE else self.names[code]

    @property
    def clusters(self) -> IntArray | None:
        """The cluster of each item, shape (n,); None when no item names one.

        An item that names none beside items that do hangs together with nothing: it is a cluster
        of its own.
        """
        if not self.names:
            return None
        alone = self.codes == NOWHERE
        numbers = np.where(alone, len(self.names) + np.cumsum(alone), self.codes)
        return numbers.astype(np.intp)

    def within(self, keep: Sequence[int] | IntArray) -> "Labels":
        """Those of some of the items."""
        return Labels.of(self.name(int(i)) for i in keep)
