"""Sign-flip tests: if the arms were equal, each item's difference might as well be its opposite.

All 2^m sign patterns are taken when there are no more of them than draws; otherwise random ones,
with the observed pattern counted in (Phipson and Smyth 2010, Statistical Applications in Genetics
and Molecular Biology 9:39), so that a p-value is never 0.

Drawing is by blocks of eight units: one random byte chooses among the 256 signed sums of a block,
which costs an eighth of drawing every sign and needs memory for one block only.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import SupportsIndex

import numpy as np
from numpy.typing import ArrayLike

from evalreport.estimates import NotEstimable, Tested
from evalreport.stats.arguments import (
    NO_ITEMS,
    FloatArray,
    check_draws,
    cluster_codes,
    sums_by_cluster,
    vector,
)

_BLOCK = 8
_BLOCKS_AT_ONCE = 64
_TIE_TOLERANCE = 1e-12


def sign_flip(
    differences: ArrayLike, *, draws: SupportsIndex = 9999, rng: np.random.Generator
) -> Tested | NotEstimable:
    """Two-sided sign-flip permutation test that differences are symmetric about 0.

    The statistic is |sum|; sums equal to the observed one up to rounding count as at least as
    extreme. Exact when 2^m <= draws + 1, where m counts the differences that are not 0.
    Source: Fisher (1935), The Design of Experiments, section 21; Good (2005), Permutation,
    Parametric and Bootstrap Tests of Hypotheses, chapter 3.

    Args:
        differences: Candidate minus reference, one an item, shape (n,).
        draws: Random sign patterns when there are too many to take all.
        rng: Where they come from.

    Raises:
        ValueError: NaN, an infinity, another shape, no draws.
    """
    values = vector(differences, "differences")
    if len(values) == 0:
        return NotEstimable(not_estimable=NO_ITEMS)
    return _test(values, draws, rng, "sign-flip permutation test")


def cluster_sign_flip(
    differences: ArrayLike,
    clusters: ArrayLike,
    *,
    draws: SupportsIndex = 9999,
    rng: np.random.Generator,
) -> Tested | NotEstimable:
    """Sign-flip test in which a whole cluster changes sign at once: its sum is the unit.

    Valid however items depend on each other within a cluster. With G clusters the least p-value
    is 2 / 2^G: fewer than six cannot reject at 5 %.

    Args:
        differences: Candidate minus reference, one an item, shape (n,).
        clusters: Cluster of each item, shape (n,).
        draws: Random sign patterns when there are too many to take all.
        rng: Where they come from.

    Raises:
        ValueError: As `sign_flip`, or clusters of another length.
    """
    values = vector(differences, "differences")
    codes, groups = cluster_codes(clusters, len(values))
    if groups == 0:
        return NotEstimable(not_estimable=NO_ITEMS)
    sums = sums_by_cluster(values, codes, groups)
    sizes = sums_by_cluster(np.abs(values), codes, groups)
    return _test(exact_ties(sums, sizes), draws, rng, "cluster sign-flip permutation test")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a permutation test found.

    Attributes:
        p_value: Share of the patterns at least as extreme as the observed one.
        exact: Whether every pattern was taken.
        patterns: How many were taken, the observed one not counted when they were drawn.
        undefined: On how many of them the statistic was undefined.
    """

    p_value: float
    exact: bool
    patterns: int
    undefined: int

    def named(self, test: str) -> str:
        """The name of a test with how its patterns were taken."""
        return f"{test}, exact" if self.exact else f"{test}, {self.patterns} draws"


def tail_share(
    units: FloatArray,
    statistic: Callable[[FloatArray], FloatArray],
    *,
    scale: float,
    draws: SupportsIndex,
    rng: np.random.Generator,
) -> Outcome:
    """How often a sign-flipped statistic is at least as large as the observed one.

    Args:
        units: Differences that change sign together, shape (m, k).
        statistic: Signed sums, shape (patterns, k), to values, shape (patterns,); larger is more
            extreme. A NaN counts as extreme, so that what is undefined never makes a p smaller.
        scale: Size of the terms whose rounding decides what is a tie, in the statistic's unit.
        draws: Random patterns when there are more than draws + 1.
        rng: Where they come from.

    Raises:
        ValueError: No draws.
    """
    count = check_draws(draws)
    moving = units[np.any(units != 0, axis=1)]
    observed = float(statistic(moving.sum(axis=0)[np.newaxis])[0])
    exact = len(moving) < 64 and 2 ** len(moving) <= count + 1
    sums = signed_sums(moving) if exact else random_signed_sums(moving, count, rng)
    values = statistic(sums)
    undefined = ~np.isfinite(values)
    extreme = undefined | (values >= observed - _TIE_TOLERANCE * scale)
    hits = int(np.count_nonzero(extreme))
    return Outcome(
        p_value=hits / len(values) if exact else (hits + 1) / (count + 1),
        exact=exact,
        patterns=len(values),
        undefined=int(np.count_nonzero(undefined)),
    )


def signed_sums(units: FloatArray) -> FloatArray:
    """The sums under all 2^m sign patterns: (m, k) to (2^m, k)."""
    sums = np.zeros((1, units.shape[1]))
    for unit in units:
        sums = np.concatenate((sums + unit, sums - unit))
    return sums


def random_signed_sums(units: FloatArray, draws: int, rng: np.random.Generator) -> FloatArray:
    """The sums under random sign patterns: (m, k) to (draws, k)."""
    total = np.zeros((draws, units.shape[1]))
    whole = len(units) - len(units) % _BLOCK
    for start in range(0, whole, _BLOCK * _BLOCKS_AT_ONCE):
        chunk = units[start : min(start + _BLOCK * _BLOCKS_AT_ONCE, whole)]
        tables = _signed_sums_of_blocks(chunk)
        choices = _random_bytes(len(tables), draws, rng)
        _add(total, tables, choices)
    if whole < len(units):
        table = signed_sums(units[whole:])
        choice = rng.integers(0, len(table), size=draws, dtype=np.uint8)
        _add(total, table[np.newaxis], choice[np.newaxis])
    return total


def _signed_sums_of_blocks(units: FloatArray) -> FloatArray:
    """`signed_sums` of every eight units at once: (8 b, k) to (b, 256, k)."""
    blocks = units.reshape(-1, _BLOCK, 1, units.shape[1])
    sums = np.zeros((len(blocks), 1, units.shape[1]))
    for i in range(_BLOCK):
        sums = np.concatenate((sums + blocks[:, i], sums - blocks[:, i]), axis=1)
    return sums


def _random_bytes(
    blocks: int, draws: int, rng: np.random.Generator
) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """One byte a block and draw: the bytes that `rng.integers` gives block by block, in one call.

    It takes them four at a time from 32 random bits, the lowest first, and begins each block anew.
    """
    words = rng.integers(0, 1 << 32, size=(blocks, -(-draws // 4)), dtype=np.uint32)
    return words.astype("<u4", copy=False).view(np.uint8)[:, :draws]


def _add(
    total: FloatArray,
    tables: FloatArray,
    choices: np.ndarray[tuple[int, int], np.dtype[np.uint8]],
) -> None:
    """Add the chosen sum of every block, block after block."""
    chosen, places = np.empty(len(total)), choices.astype(np.intp)
    for column in range(total.shape[1]):
        own, sums = np.ascontiguousarray(tables[:, :, column]), total[:, column].copy()
        for table, choice in zip(own, places, strict=True):
            np.take(table, choice, out=chosen, mode="clip")  # no choice lies outside
            sums += chosen
        total[:, column] = sums


def _test(units: FloatArray, draws: SupportsIndex, rng: np.random.Generator, name: str) -> Tested:
    outcome = tail_share(
        units[:, np.newaxis],
        lambda sums: np.abs(sums[:, 0]),
        scale=float(np.abs(units).sum()),
        draws=draws,
        rng=rng,
    )
    return Tested(p_value=outcome.p_value, test=outcome.named(name))


def exact_ties(sums: FloatArray, sizes: FloatArray) -> FloatArray:
    """Sums that cancel up to rounding, as 0: noise must not count as a unit that differs.

    Args:
        sums: Sums of differences by cluster.
        sizes: Sums of the sizes of what was subtracted or added, in the same shape.
    """
    return np.where(np.abs(sums) <= _TIE_TOLERANCE * sizes, 0.0, sums)
