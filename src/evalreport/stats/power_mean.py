"""Planning with scores that are averaged: power, items needed, least effect, margins, clusters.

Everything rests on the standard deviation of the item difference and on the noncentral t with the
degrees of freedom that the analysis will have; for many items it tends to the textbook formula
n = (z_alpha + z_beta)² SD² / effect².
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, SupportsIndex

import numpy as np

from evalreport.estimates import NotEstimable
from evalreport.stats.arguments import (
    FloatArray,
    check_count,
    check_items_needed,
    check_level,
    check_one_sided,
    check_power,
    only,
)
from evalreport.stats.quantiles import normal_quantile, t_cdf, t_quantile
from evalreport.stats.roots import crossing

TYPICAL_SD: Final = 0.36
"""Median SD of the item difference over nine real tuned/base pairs, scores in [0, 1]."""

PESSIMISTIC_SD: Final = 0.50
"""The largest of the same nine; the least was 0.25."""

_GUESSED_UP_TO = 1e12  # where the normal formula is no number any more
_TINY = 1e-300  # keeps a quotient from being 0
_MANY_GROUPS = 30  # above, sign flips attain any level closely enough
_NO_ROOM = "the loss would be as large as the margin"
_NEAR_NORMAL_DF = 10_000
_REACH = 10.0


@dataclass(frozen=True, slots=True)
class Grouping:
    """How items depend on each other.

    Attributes:
        size: Mean number of items in a cluster, at least 1.
        design_effect: How many times as many items are needed as if they were independent;
            measured on earlier results, or `design_effect_of` an assumed correlation.
    """

    size: float
    design_effect: float

    def __post_init__(self) -> None:
        if not (1 <= self.size < math.inf and 0 < self.design_effect < math.inf):
            raise ValueError(f"clusters of {self.size} with design effect {self.design_effect}")

    def widened(self, items: float) -> "Grouping":
        """The same with what it costs that intervals are widened for skewness (`stats.spread`).

        Of normal units an effect must be larger by 1 + 0.5/G + 2.3/G² for the same power, by
        simulation of 60,000 samples with 6 to 200 units, powers of 0.8 and 0.9.

        Args:
            items: How many there are, or are thought to be.
        """
        groups = max(2.0, items / self.size)
        factor = 1 + 0.5 / groups + 2.3 / groups**2
        return Grouping(self.size, self.design_effect * factor**2)


INDEPENDENT: Final = Grouping(size=1, design_effect=1)


def design_effect_of(size: float, icc: float) -> float:
    """1 + (size - 1) icc: what clusters cost (Kish 1965, Survey Sampling, section 5.4).

    Args:
        size: Mean number of items in a cluster, at least 1.
        icc: Correlation of two items of the same cluster, in [0, 1].

    Raises:
        ValueError: An argument outside its range.
    """
    if not (1 <= size < math.inf and 0 <= icc <= 1):
        raise ValueError(f"clusters of {size} items with correlation {icc}")
    return 1 + (size - 1) * icc


def mean_power(
    items: SupportsIndex,
    effect: float,
    sd: float,
    *,
    alpha: float,
    grouping: Grouping = INDEPENDENT,
) -> float | NotEstimable:
    """The probability that a t test of the mean difference rejects.

    Args:
        items: All items.
        effect: The true difference, positive.
        sd: Standard deviation of the item difference, positive.
        alpha: Two-sided size, such as 0.05.
        grouping: Clusters of items; t then has (number of clusters - 1) degrees of freedom.

    Raises:
        ValueError: An argument outside its range.
    """
    design = _design(items, sd, grouping)
    if isinstance(design, NotEstimable):
        return design
    se, df = design
    shift, size = _positive(effect, "effect") / se, check_level(alpha) / 2
    return _exceeds(shift, df, size) + _exceeds(-shift, df, size)


def smallest_detectable_mean(
    items: SupportsIndex,
    sd: float,
    *,
    power: float,
    alpha: float,
    grouping: Grouping = INDEPENDENT,
) -> float | NotEstimable:
    """The least true difference that is found with the wanted power, in metric units.

    Raises:
        ValueError: An argument outside its range.
    """
    design = _design(items, sd, grouping)
    wanted = check_power(power, check_level(alpha))
    if isinstance(design, NotEstimable):
        return design
    se, df = design
    size = _attained(df + 1, alpha, grouping) / 2
    if size == 0:
        few = only(math.floor(df + 1), "groups")
        return NotEstimable(not_estimable=f"{few}: no test of so few can reject")
    return (
        max(
            errors_to_exceed(wanted, df, size),
            _all_alike(df + 1, wanted, size, grouping),
        )
        * se
    )


def mean_items(
    effect: float, sd: float, *, power: float, alpha: float, grouping: Grouping = INDEPENDENT
) -> int:
    """Items for a power against an effect, in whole clusters when items come in clusters.

    Args:
        effect: The true difference, positive.
        sd: Standard deviation of the item difference, positive.
        power: Wanted probability to reject, above alpha, such as 0.8.
        alpha: Two-sided size, such as 0.05.
        grouping: Clusters of items; more items then mean more clusters, not larger ones.

    Raises:
        ValueError: An argument outside its range.
    """
    return _fewest(
        _positive(effect, "effect") / _positive(sd, "sd"),
        grouping,
        power=check_power(power, check_level(alpha)),
        size=alpha / 2,
        flips_decide=True,
    )


def mean_margin_power(
    items: SupportsIndex,
    margin: float,
    sd: float,
    *,
    alpha: float,
    true_difference: float = 0.0,
    grouping: Grouping = INDEPENDENT,
) -> float | NotEstimable:
    """The probability that the one-sided interval shows a loss below a margin.

    Args:
        items: All items.
        margin: Loss that is still accepted, positive.
        sd: Standard deviation of the item difference, positive.
        alpha: One-sided size, such as 0.05; below 0.5.
        true_difference: What the difference truly is, above -margin.
        grouping: Clusters of items; t then has (number of clusters - 1) degrees of freedom.

    Raises:
        ValueError: An argument outside its range.
    """
    design = _design(items, sd, grouping)
    room, size = _room(margin, true_difference), check_one_sided(alpha)
    if room <= 0:
        return NotEstimable(not_estimable=_NO_ROOM)
    if isinstance(design, NotEstimable):
        return design
    se, df = design
    return _exceeds(room / se, df, size)


def mean_margin_items(
    margin: float,
    sd: float,
    *,
    power: float,
    alpha: float,
    true_difference: float = 0.0,
    grouping: Grouping = INDEPENDENT,
) -> int | NotEstimable:
    """Items to show by the one-sided interval that no more than a margin is lost.

    For right/wrong items use sd = sqrt(disagreement).

    Args:
        margin: Loss that is still accepted, positive.
        sd: Standard deviation of the item difference, positive.
        power: Wanted probability to show it, above alpha, such as 0.8.
        alpha: One-sided size, such as 0.05; below 0.5.
        true_difference: What the difference truly is, above -margin.
        grouping: Clusters of items.

    Raises:
        ValueError: An argument outside its range.
    """
    room, spread, size = _room(margin, true_difference), _positive(sd, "sd"), check_one_sided(alpha)
    wanted = check_power(power, size)
    if room <= 0:
        return NotEstimable(not_estimable=_NO_ROOM)
    return _fewest(room / spread, grouping, power=wanted, size=size)


def smallest_margin_mean(
    items: SupportsIndex,
    sd: float,
    *,
    power: float,
    alpha: float,
    grouping: Grouping = INDEPENDENT,
) -> float | NotEstimable:
    """The least margin that would be shown with the wanted power if nothing were lost.

    Args:
        items: All items.
        sd: Standard deviation of the item difference, positive.
        power: Wanted probability to show it, above alpha, such as 0.8.
        alpha: One-sided size, such as 0.05; below 0.5.
        grouping: Clusters of items.

    Raises:
        ValueError: An argument outside its range.
    """
    design = _design(items, sd, grouping)
    wanted = check_power(power, check_one_sided(alpha))
    if isinstance(design, NotEstimable):
        return design
    se, df = design
    return errors_to_exceed(wanted, df, alpha) * se


def _design(
    items: SupportsIndex, sd: float, grouping: Grouping
) -> tuple[float, float] | NotEstimable:
    """Standard error of the mean and degrees of freedom."""
    n, spread = check_count(items, "items"), _positive(sd, "sd")
    groups = n / grouping.size
    if groups < 2:
        unit = "items" if grouping.size == 1 else "groups"
        return NotEstimable(not_estimable=only(math.floor(groups), unit))
    return spread * math.sqrt(grouping.design_effect / n), groups - 1


def _attained(groups: float, alpha: float, grouping: Grouping) -> float:
    """The largest p-value up to alpha that flipping the signs of so many groups can give.

    There are 2^G sign patterns, and a pattern and its mirror count together: with five groups no
    p-value lies below 2/32, so the test that decides cannot reject at 0.05.
    """
    if grouping.size == 1 or groups > _MANY_GROUPS:
        return alpha
    patterns = 2.0 ** (math.floor(groups) - 1)
    return math.floor(alpha * patterns + 1e-9) / patterns


def _all_alike(groups: float, power: float, size: float, grouping: Grouping) -> float:
    """The effect, in standard errors, at which all groups point one way with this power.

    It is needed where only that pattern rejects, as with six groups at 0.05; else 0. Each of G
    normal group means is positive with probability Phi(effect / sqrt(G)).
    """
    if grouping.size == 1 or groups > _MANY_GROUPS or size * 2.0 ** math.floor(groups) > 1.5:
        return 0.0
    return normal_quantile(power ** (1 / math.floor(groups))) * math.sqrt(groups)


def _fewest(
    effect_in_sd: float,
    grouping: Grouping,
    *,
    power: float,
    size: float,
    flips_decide: bool = False,
) -> int:
    """The least number of items, in whole clusters, that has the power in one direction.

    The other tail of a two-sided test adds less than 1e-5 to any power above one half.
    """

    def enough(groups: int) -> bool:
        shift = effect_in_sd * math.sqrt(groups * grouping.size / grouping.design_effect)
        attained = _attained(groups, 2 * size, grouping) / 2 if flips_decide else size
        if attained == 0:
            return False
        if flips_decide and shift < _all_alike(groups, power, attained, grouping):
            return False
        return _exceeds(shift, groups - 1, attained) >= power

    low, high = 1, 2
    errors = (normal_quantile(power) - normal_quantile(size)) / max(effect_in_sd, _TINY)
    needed = check_items_needed(errors * errors * grouping.design_effect)
    guess = needed / grouping.size
    if 2 * _MANY_GROUPS < guess < _GUESSED_UP_TO and not enough(below := int(0.98 * guess)):
        low, high = below, int(1.02 * guess) + 5
    while not enough(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return math.ceil(high * grouping.size)


@lru_cache(maxsize=4096)
def errors_to_exceed(power: float, df: float, size: float) -> float:
    """The true effect, in standard errors, that exceeds the critical value with this power.

    Args:
        power: Wanted probability, such as 0.8.
        df: Degrees of freedom of Student's t.
        size: One-sided size: half of alpha for a two-sided test.
    """
    near = t_quantile(power, df) - t_quantile(size, df)
    return crossing(
        lambda shift: _exceeds(shift, df, size) - power, 0.0, 2 * near + 1, tolerance=1e-6 * near
    )


def _exceeds(shift: float, df: float, size: float) -> float:
    """P(T' >= t) of a noncentral t, where t is the upper `size` quantile of the central one.

    P(Z + shift >= t S) averaged over S = sqrt(chi²/df), by Gauss's rule on S: 64 points are good to
    1e-12 from four degrees of freedom on, and 256 to 1e-13 at two and 4e-4 at one.
    """
    critical = -t_quantile(size, df)
    if df > _NEAR_NORMAL_DF:
        return t_cdf(shift - critical, df)
    reach = _REACH / math.sqrt(2 * df)
    low, high = max(0.0, 1 - reach), 1 + reach
    points, weights = _gauss(64 if df >= 4 else 256)
    s = low + (high - low) / 2 * (points + 1)
    log_density = (df - 1) * np.log(s) + df / 2 * (1 - s * s)
    weights = weights * np.exp(log_density - log_density.max())
    tails = np.array([math.erfc(x) for x in ((critical * s - shift) / math.sqrt(2)).tolist()]) / 2
    return float((weights * tails).sum() / weights.sum())


@lru_cache(maxsize=2)
def _gauss(points: int) -> tuple[FloatArray, FloatArray]:
    """Points and weights of the Gauss-Legendre rule on [-1, 1]."""
    return np.polynomial.legendre.leggauss(points)


def _room(margin: float, true_difference: float) -> float:
    """How far the true difference lies above what the margin allows."""
    if not math.isfinite(true_difference):
        raise ValueError(f"the true difference must be finite, not {true_difference}")
    return _positive(margin, "margin") + true_difference


def _positive(value: float, name: str) -> float:
    if not (value > 0 and math.isfinite(value)):
        raise ValueError(f"{name} must be positive, not {value}")
    return float(value)
