"""Labels that raters give, whole numbers or texts, as places among all labels."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from evalreport.stats.arguments import IntArray

Label: TypeAlias = str | int


def label_codes(
    first: ArrayLike,
    second: ArrayLike,
    labels: Sequence[Label] | None,
    *,
    spread: bool = False,
    ordered: bool = False,
) -> tuple[IntArray, IntArray, tuple[Label, ...]]:
    """Both raters' labels as places among all labels, and those labels.

    Args:
        first: One label an item.
        second: The other rater's.
        labels: All of them in order; those that occur, sorted, if None.
        spread: Whether whole numbers that do not occur stand between those that do.
        ordered: Whether texts need `labels`, for their order.

    Raises:
        ValueError: No labels, other lengths, a label that is not among `labels`.
    """
    a, b = _labels(first, "first labels"), _labels(second, "second labels")
    if len(a) != len(b):
        raise ValueError(f"lengths differ: {len(a)} and {len(b)}")
    seen = {label for one in (a, b) for label in one}
    if len({type(label) for label in seen}) > 1:
        raise ValueError("one rater's labels are texts and the other's whole numbers")
    if labels is None:
        numbers = [label for label in seen if isinstance(label, int)]
        if ordered and len(numbers) < len(seen):
            raise ValueError("weights need `labels`, all of them in their order")
        names: tuple[Label, ...] = (
            tuple(range(min(numbers), max(numbers) + 1))
            if spread and numbers
            else tuple(sorted(seen))
        )
    else:
        names = tuple(labels)
        if len(set(names)) < len(names):
            raise ValueError("`labels` names one twice")
        unknown = sorted(str(label) for label in seen - set(names))
        if unknown:
            raise ValueError(f"`labels` does not name {', '.join(unknown)}")
    places = {label: place for place, label in enumerate(names)}
    return (
        np.array([places[label] for label in a], dtype=np.intp),
        np.array([places[label] for label in b], dtype=np.intp),
        names,
    )


def _labels(values: ArrayLike, name: str) -> list[Label]:
    array = np.asarray(values)
    if array.ndim != 1:
        raise ValueError(f"{name} must have one dimension, not {array.ndim}")
    if array.size == 0:
        return []
    found: list[Label] = array.tolist()
    if array.dtype.kind in "biu":
        return [int(label) for label in found]
    if array.dtype.kind == "U" or all(isinstance(label, str) for label in found):
        return found
    raise ValueError(f"{name} must be whole numbers or texts, not {array.dtype}")
