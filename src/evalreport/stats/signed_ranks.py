"""Signed ranks: the Wilcoxon test and the Hodges–Lehmann estimate with its interval.

They ask about the centre of symmetric differences. A few large differences weigh little in them,
which is their use beside the mean and also why they are not about the mean.
"""

import math
from functools import lru_cache
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from evalreport.estimates import Estimate, Estimated, NotEstimable, Point, Tested
from evalreport.stats.arguments import NO_ITEMS, FloatArray, check_level, only, vector
from evalreport.stats.clusters import negligible
from evalreport.stats.quantiles import normal_cdf, two_sided_z
from evalreport.stats.roots import crossing
from evalreport.stats.sign_flips import signed_sums

Zeros = Literal["wilcoxon", "pratt"]

EXACT_UP_TO = 200
"""Up to so many ranked items the null distribution is enumerated; beyond, it is normal."""

_LONGEST = 2_000_000  # rank sums that are tabulated; among many zeros Pratt's ranks are large
_FEW = 20  # then every sign pattern of so few items can be listed instead


def wilcoxon_signed_rank(
    differences: ArrayLike, *, zeros: Zeros = "pratt"
) -> Tested | NotEstimable:
    """The Wilcoxon signed-rank test that differences are symmetric about 0, two-sided.

    Equal sizes share their mean rank. Up to 200 differences the p-value is exact given those
    ranks, ties or not: all sign patterns are counted. Beyond, and for more than 20 among a great
    many zeros, it is the normal approximation with the variance of the ranks at hand, without a
    continuity correction. The name of the test says which.

    Zeros carry no sign. By "pratt" they are ranked with the others and then dropped, so that a
    difference among many zeros has a high rank (Pratt 1959, JASA 54, 655-667); by "wilcoxon" they
    are dropped first (Wilcoxon 1945, Biometrics Bulletin 1, 80-83). With nothing but zeros p is 1.

    Args:
        differences: Candidate minus reference, one an item, shape (n,).
        zeros: What to do with differences of exactly 0.

    Raises:
        ValueError: NaN, an infinity, another shape, another name for `zeros`.
    """
    values = vector(differences, "differences")
    if zeros not in get_args(Zeros):
        raise ValueError(f"zeros are handled by {' or '.join(get_args(Zeros))}, not {zeros!r}")
    if len(values) == 0:
        return NotEstimable(not_estimable=NO_ITEMS)
    sizes = np.where(np.abs(values) <= negligible(values), 0.0, np.abs(values))
    if zeros == "wilcoxon":
        values, sizes = values[sizes > 0], sizes[sizes > 0]
    twice = _twice_ranks(sizes)[sizes > 0]  # mean ranks are whole or half: whole when doubled
    positive = int(twice[values[sizes > 0] > 0].sum())
    name = f"Wilcoxon signed-rank test, zeros after {zeros.capitalize()}"
    total = int(twice.sum())
    if len(twice) > EXACT_UP_TO or (total > _LONGEST and len(twice) > _FEW):
        distance = abs(positive - total / 2) / (math.sqrt(float((twice**2).sum())) / 2)
        return Tested(p_value=min(1.0, 2 * normal_cdf(-distance)), test=f"{name}, normal")
    if total > _LONGEST:
        sums = signed_sums(twice[:, np.newaxis])
        p = float((np.abs(sums) >= abs(2 * positive - total)).mean())
    else:
        chances = _null(tuple(int(rank) for rank in np.sort(twice)))
        p = 2 * float(chances[: min(positive, total - positive) + 1].sum())
    return Tested(p_value=min(1.0, p), test=f"{name}, exact")


def hodges_lehmann(differences: ArrayLike, *, level: float) -> Estimated:
    """The Hodges–Lehmann centre of symmetric differences with the signed-rank interval.

    The estimate is the median of all pairwise means (Walsh averages), an item with itself
    included; the interval lies between two of them, so far in from both ends as the signed-rank
    test allows. It inverts the test without ties; with ties it covers at least as often.
    Source: Hodges and Lehmann (1963), Annals of Mathematical Statistics 34, 598-611; Hollander
    and Wolfe (1999), Nonparametric Statistical Methods, sections 3.2 and 3.3.

    Args:
        differences: Candidate minus reference, one an item, shape (n,).
        level: Two-sided confidence, such as 0.95; what is attained is at least that.

    Returns:
        An estimate; a point where so few items cannot give that confidence, or where ties leave
        no width.

    Raises:
        ValueError: NaN, an infinity, another shape, a level outside (0, 1).
    """
    values = np.sort(vector(differences, "differences"))
    check_level(level)
    n = len(values)
    if n == 0:
        return NotEstimable(not_estimable=NO_ITEMS)
    averages = n * (n + 1) // 2
    value = (_walsh(values, (averages + 1) // 2) + _walsh(values, averages // 2 + 1)) / 2
    inside = _outside(n, level)
    if inside < 0:
        return Point(value=value, no_interval=only(n, "items"))
    low, high = _walsh(values, inside + 1), _walsh(values, averages - inside)
    if high - low <= negligible(values):
        return Point(value=value, no_interval="ties leave no width")
    return Estimate(
        value=value,
        low=min(low, value),
        high=max(high, value),
        level=level,
        method="Hodges–Lehmann estimate, signed-rank interval",
    )


def _outside(n: int, level: float) -> int:
    """How many Walsh averages lie outside at each end; -1 when not even none would do."""
    tail = (1 - level) / 2
    if n > EXACT_UP_TO:
        spread = math.sqrt(n * (n + 1) * (2 * n + 1) / 24)
        return math.floor(n * (n + 1) / 4 - two_sided_z(level) * spread - 0.5)
    below = np.cumsum(_null(tuple(range(2, 2 * n + 1, 2))))[::2]  # P(W+ <= k) at each rank sum k
    return int(np.searchsorted(below, tail * (1 + 1e-12), side="right")) - 1


def _walsh(values: FloatArray, k: int) -> float:
    """The k-th smallest mean of two values, from sorted values, by counting instead of listing."""

    def short(middle: float) -> float:
        """How many of the averages up to here are lacking, as a number below 0."""
        pairs = int(np.searchsorted(values, 2 * middle - values, side="right").sum())
        alone = int(np.searchsorted(values, middle, side="right"))
        return (pairs + alone) // 2 - k + 0.5

    first, last = float(values[0]), float(values[-1])
    if short(first) > 0:
        return first
    # Values are whole steps of rounding apart; what is found lies on one up to that.
    return crossing(short, first, last)


def _twice_ranks(sizes: FloatArray) -> FloatArray:
    """Twice the mean rank of each size, so that ranks of ties are whole numbers too."""
    scale = float(sizes.max(initial=0.0))
    rounded = np.round(sizes / scale, 12) if scale > 0 else sizes
    _, codes, times = np.unique(rounded, return_inverse=True, return_counts=True)
    last = np.cumsum(times)
    return (2 * last - times + 1).astype(np.float64)[codes]


@lru_cache(maxsize=16)
def _null(twice_ranks: tuple[int, ...]) -> FloatArray:
    """The chances of every sum of positive doubled ranks, 0 to their total, under fair signs."""
    chances = np.zeros(sum(twice_ranks) + 1)
    chances[0] = 1.0
    reached = 0
    for rank in twice_ranks:
        reached += rank
        chances[rank : reached + 1] += chances[: reached + 1 - rank].copy()
        chances[: reached + 1] /= 2
    return chances
