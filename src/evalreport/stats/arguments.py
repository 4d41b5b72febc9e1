"""What statistics accept: finite numbers, whole counts, one cluster a value. Anything else raises.

A NaN or an infinity among scores is a fault of the caller, never a result: what could not be
scored has a value of its own long before it comes here.
"""

import math
import operator
from collections.abc import Callable
from typing import Final, SupportsIndex, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.intp]
Aggregate: TypeAlias = Callable[[FloatArray], FloatArray]

LARGEST: Final = 1e100
"""Beyond this, squares overflow; no score is that large."""

MOST_COUNTED: Final = 2**53
"""Beyond this a float skips whole numbers; nobody counts that many."""

FEWEST_ITEMS: Final = 10
"""Below this many items there is no interval; the items themselves can be listed."""

FEWEST_GROUPS: Final = 5
"""Below this many independent groups the data can only be described."""

FEWEST_DIFFERING: Final = 6
"""With fewer departing items no exact two-sided test can reject at 5 % (2/2^5 = 0.0625)."""

FEWEST_SEEDS: Final = 3
"""From so many training seeds on, an interval speaks about the recipe; two give a range."""

NO_ITEMS: Final = "no items"


def check_level(level: float) -> float:
    """The level itself, strictly between 0 and 1.

    Raises:
        ValueError: It is not.
    """
    if not 0 < level < 1:
        raise ValueError(f"a level lies strictly between 0 and 1, not {level}")
    return float(level)


def check_one_sided(alpha: float) -> float:
    """The size of a one-sided test, strictly between 0 and 0.5.

    Raises:
        ValueError: It is not; from 0.5 on, the bound would lie on the far side of the estimate.
    """
    if not 0 < alpha < 0.5:
        raise ValueError(f"a one-sided alpha lies strictly between 0 and 0.5, not {alpha}")
    return float(alpha)


def check_power(power: float, alpha: float) -> float:
    """A wanted power, above the size of the test.

    Raises:
        ValueError: It is outside (0, 1), or no more than what chance alone gives.
    """
    if check_level(power) <= alpha:
        raise ValueError(f"a wanted power lies above alpha = {alpha}, not at {power}")
    return float(power)


def check_count(value: SupportsIndex, name: str) -> int:
    """A whole number that is not negative, as a plain int.

    Raises:
        ValueError: It is negative, beyond 2^53, or no whole number.
    """
    try:
        count = operator.index(value)
    except TypeError:
        raise ValueError(f"{name} must be a whole number, not {value!r}") from None
    if count < 0:
        raise ValueError(f"{name} cannot be negative: {count}")
    if count > MOST_COUNTED:
        raise ValueError(f"{name} cannot be beyond 2^53")
    return count


def check_items_needed(items: float) -> int:
    """What a formula says is needed, as a whole number of items, at least one.

    Raises:
        ValueError: It is no number: the effect is all but 0 beside its spread.
    """
    if not math.isfinite(items):
        raise ValueError("no number of items would do: the effect is too small")
    return max(1, math.ceil(items))


def check_draws(draws: SupportsIndex) -> int:
    """How many random draws to make, at least one.

    Raises:
        ValueError: It is less than one.
    """
    count = check_count(draws, "draws")
    if count == 0:
        raise ValueError("at least one draw is needed")
    return count


def _numbers(values: ArrayLike, name: str) -> FloatArray:
    array = np.asarray(values)
    if array.dtype.kind not in "biuf" and array.size:
        raise ValueError(f"{name} must be numbers, not {array.dtype}")
    numbers = array.astype(np.float64)
    if not np.isfinite(numbers).all():
        raise ValueError(f"{name} hold NaN or an infinity")
    if numbers.size and np.abs(numbers).max() > LARGEST:
        raise ValueError(f"{name} hold a number beyond ±{LARGEST:g}")
    return numbers


def vector(values: ArrayLike, name: str) -> FloatArray:
    """Finite numbers in one dimension, shape (n,).

    Raises:
        ValueError: Another shape, NaN, an infinity, a text.
    """
    numbers = _numbers(values, name)
    if numbers.ndim != 1:
        raise ValueError(f"{name} must have one dimension, not {numbers.ndim}")
    return numbers


def matrix(values: ArrayLike, name: str) -> FloatArray:
    """Finite numbers in two dimensions, shape (rows, columns).

    Raises:
        ValueError: Another shape, NaN, an infinity, a text.
    """
    numbers = _numbers(values, name)
    if numbers.ndim != 2:
        raise ValueError(f"{name} must have two dimensions, not {numbers.ndim}")
    return numbers


def same_length(first: FloatArray, second: FloatArray) -> None:
    """Nothing, when two arrays have as many rows.

    Raises:
        ValueError: They have not.
    """
    if len(first) != len(second):
        raise ValueError(f"lengths differ: {len(first)} and {len(second)}")


def cluster_codes(clusters: ArrayLike | None, items: int) -> tuple[IntArray, int]:
    """Each item's cluster as 0 to G-1, shape (n,), and G; without clusters each item is its own.

    Args:
        clusters: One integer or text an item, shape (n,); equal values mean the same cluster.
        items: How many items there are.

    Raises:
        ValueError: Another shape or length, or floats (a NaN would be a cluster of its own).
    """
    if clusters is None:
        return np.arange(items, dtype=np.intp), items
    labels = np.asarray(clusters)
    if labels.shape != (items,):
        raise ValueError(f"clusters have shape {labels.shape}, items {(items,)}")
    if items == 0:
        return np.zeros(0, dtype=np.intp), 0
    if labels.dtype.kind not in "biuU" and not all(isinstance(label, str) for label in labels):
        raise ValueError(f"clusters must be integers or texts, not {labels.dtype}")
    distinct, codes = np.unique(
        labels.astype(str) if labels.dtype.kind == "O" else labels, return_inverse=True
    )
    return codes.astype(np.intp), len(distinct)


def sums_by_cluster(values: FloatArray, codes: IntArray, groups: int) -> FloatArray:
    """Sums within clusters: (n,) to (G,), or (n, k) to (G, k)."""
    if values.ndim == 1:
        return np.bincount(codes, weights=values, minlength=groups).astype(np.float64)
    columns = [np.bincount(codes, weights=column, minlength=groups) for column in values.T]
    return np.stack(columns, axis=1) if columns else np.zeros((groups, 0))


def few(differing: int, units: int) -> bool:
    """Whether so few units depart from the common value that a normal theory cannot be trusted.

    Exact enumeration for scores of 0 and 1, where skewness is worst: the least coverage of the t
    interval over all rates is 0.26 as it stands, and 0.91 once fewer than six departures are
    handled otherwise, for every n from 20 to 10,000. What counts is how many depart, not their
    share.
    """
    return differing < FEWEST_DIFFERING and 2 * differing < units


def only(count: int, unit: str) -> str:
    """The reason why a count does not suffice: `only 3 groups`, `only 1 item`."""
    return f"only {count} {unit.removesuffix('s') if count == 1 else unit}"


def only_these_differ(count: int, unit: str) -> str:
    """The reason when too little differs: `no items differ`, `only 1 group differs`."""
    if count == 0:
        return f"no {unit} differ"
    return f"{only(count, unit)} differ{'s' if count == 1 else ''}"
