"""Units drawn with replacement, and the sums of what was drawn: the inner loop of a bootstrap.

Most of its time goes into drawing indices. They are those that `Generator.integers` gives, to the
last one (with PCG64, numpy's default), made from whole 64-bit words at once in half its time. For
thousands of units and few columns even they are too many: there two draws are made at once.
"""

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evalreport.stats.arguments import FloatArray, IntArray

_CHUNK_CELLS: Final = 1 << 16
_TAKEN_CELLS: Final = 1 << 13
"""So many numbers at once stay in the cache, and the allocator keeps their memory."""

_FEW_COLUMNS: Final = 4
_MANY_UNITS: Final = 4096
_BLOCK: Final = 256
_BLOCK_ROWS: Final = 1024
_WORD: Final = (1 << 64) - 1


def resampled_sums(units: FloatArray, draws: int, rng: np.random.Generator) -> FloatArray:
    """Sums over as many units as there are, drawn with replacement.

    Never by a matrix product: a threaded BLAS on products this thin stalls for seconds when the
    cores are busy, and rounds as its number of threads has it.

    Args:
        units: Counts of each unit, shape (G, k).
        draws: How many resamples.
        rng: Where they come from.

    Returns:
        The sums of each resample, shape (draws, k).
    """
    groups = len(units)
    # Both arms often count the same thing (references), or 1 for each item: no need to add it up.
    places: dict[bytes, int] = {}
    back = [places.setdefault(column.tobytes(), len(places)) for column in units.T]
    columns = np.array([np.frombuffer(column) for column in places])
    sums = np.tile(groups * columns[:, 0], (draws, 1))
    moves = np.any(columns != columns[:, :1], axis=1)
    if moves.any():
        sums[:, moves] = _method(columns[moves])(columns[moves], draws, rng)
    return sums[:, back]


def resampled_rows(groups: int, draws: int, rng: np.random.Generator) -> Iterator[IntArray]:
    """Which units each resample holds, in chunks of shape (chunk, G): each is good until the next.

    Yields:
        Indices from 0 to G - 1.
    """
    rows = min(draws, max(1, _CHUNK_CELLS // groups))
    for start, numbers in zip(
        range(0, draws, rows), uniform_below(groups, rows * groups, rng), strict=False
    ):
        yield numbers.reshape(rows, groups)[: draws - start]


def uniform_below(limit: int, size: int, rng: np.random.Generator) -> Iterator[IntArray]:
    """Whole numbers from 0 to limit - 1, all equally likely, without end.

    Source: Lemire (2019), ACM Transactions on Modeling and Computer Simulation 29(1): the upper
    half of a product, unless the lower half falls below 2^32 mod limit.

    Yields:
        So many of them, in memory that the next ones overwrite.
    """
    products = np.empty(size + 1, dtype=np.uint64)
    spare = np.zeros(0, dtype=np.intp)
    while True:
        numbers = spare
        while len(numbers) < size:
            half = (size - len(numbers) + 1) // 2
            words = rng.integers(0, _WORD, size=half, dtype=np.uint64, endpoint=True)
            fresh = _accepted(words, limit, products[: 2 * half])
            numbers = np.concatenate((numbers, fresh)) if len(numbers) else fresh
        yield numbers[:size]
        spare = numbers[size:].copy()


def _accepted(words: NDArray[np.uint64], limit: int, products: NDArray[np.uint64]) -> IntArray:
    """Numbers from the two halves of each word, the lower one first, made in given memory."""
    np.copyto(products, words.astype("<u8", copy=False).view("<u4"))
    np.multiply(products, np.uint64(limit), out=products)
    lower, least = products.astype(np.uint32), np.uint32((1 << 32) % limit)
    np.right_shift(products, np.uint64(32), out=products)
    numbers = products.view(np.int64).astype(np.intp, copy=False)
    return numbers if lower.min() >= least else numbers[lower >= least]


def _by_taking(columns: FloatArray, draws: int, rng: np.random.Generator) -> FloatArray:
    """(k, G) to (draws, k), fastest for few: two at a time, as the parts of complex numbers."""
    k, groups = columns.shape
    padded = np.concatenate((columns, np.zeros((k % 2, groups))))
    pairs = padded[0::2] + 1j * padded[1::2]
    sums = np.empty((draws, len(pairs)), dtype=np.complex128)
    rows = max(1, _TAKEN_CELLS // groups)
    taken = np.empty((rows, groups), dtype=np.complex128)
    start = 0
    for chosen in resampled_rows(groups, draws, rng):
        for at in range(0, len(chosen), rows):
            some = chosen[at : at + rows]
            into, stop = taken[: len(some)], start + len(some)
            for column, pair in enumerate(pairs):
                # Indices are in range; "wrap" is what costs least.
                pair.take(some, out=into, mode="wrap").sum(axis=1, out=sums[start:stop, column])
            start = stop
    return sums.view(np.float64)[:, :k]


def _by_blocks(columns: FloatArray, draws: int, rng: np.random.Generator) -> FloatArray:
    """The same for thousands of units, with half as much to draw and to add up.

    How many draws fall on each block of 256 units is multinomial. Within a block two draws are one
    of 256² pairs, all equally likely: a random number of 16 bits is the pair, and the place of its
    sum in a table.
    """
    k, groups = columns.shape
    blocks, rest = divmod(groups, _BLOCK)
    shares = np.full(blocks, _BLOCK / groups)
    drawn = rng.multinomial(groups, np.append(shares, rest / groups) if rest else shares, draws)
    sums = np.zeros((draws, k))
    for block in range(blocks):
        units = columns[:, block * _BLOCK : (block + 1) * _BLOCK]
        pairs = (units[:, :, np.newaxis] + units[:, np.newaxis, :]).reshape(k, _BLOCK * _BLOCK)
        for start in range(0, draws, _BLOCK_ROWS):
            here = slice(start, start + _BLOCK_ROWS)
            twice, odd = np.divmod(drawn[here, block], 2)
            count = int(twice.sum())
            words = rng.integers(0, _WORD, size=count // 4 + 1, dtype=np.uint64, endpoint=True)
            sums[here] += _segments(pairs, words.view(np.uint16)[:count].astype(np.intp), twice)
            sums[here] += _segments(units, rng.integers(0, _BLOCK, size=int(odd.sum())), odd)
    if rest:
        last = drawn[:, blocks]
        chosen = rng.integers(0, rest, size=int(last.sum()))
        sums += _segments(columns[:, blocks * _BLOCK :], chosen, last)
    return sums


def _segments(columns: FloatArray, chosen: IntArray, lengths: IntArray) -> FloatArray:
    """Sums over the chosen places, segment by segment: (k, m) and lengths (rows,) to (rows, k)."""
    sums, filled = np.zeros((len(lengths), len(columns))), lengths > 0
    if filled.any():
        starts = (np.cumsum(lengths) - lengths)[filled]
        for column, values in enumerate(columns):
            sums[filled, column] = np.add.reduceat(values.take(chosen), starts)
    return sums


def _method(columns: FloatArray) -> Callable[[FloatArray, int, np.random.Generator], FloatArray]:
    """What is fastest; below 4,096 units the resamples are those of `Generator.integers`."""
    if len(columns) > _FEW_COLUMNS:
        return _by_weights
    return _by_taking if columns.shape[1] < _MANY_UNITS else _by_blocks


def _by_weights(columns: FloatArray, draws: int, rng: np.random.Generator) -> FloatArray:
    """The same from how often each unit was drawn, fastest for many columns."""
    k, groups = columns.shape
    sums = np.empty((draws, k))
    start = 0
    for chosen in resampled_rows(groups, draws, rng):
        shifted = chosen + groups * np.arange(len(chosen))[:, np.newaxis]
        drawn = np.bincount(shifted.ravel(), minlength=chosen.size).reshape(chosen.shape)
        rows = sums[start : start + len(chosen)]
        np.einsum("rg,kg->rk", drawn.astype(np.float64), columns, out=rows)
        start += len(chosen)
    return sums
