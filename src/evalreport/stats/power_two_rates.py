"""Planning two independent samples of right/wrong items: power, items in each, least gain.

The same items in both arms need far fewer: plan those with `binary_items`.
"""

import math
from typing import SupportsIndex

from evalreport.estimates import NotEstimable
from evalreport.stats.arguments import check_count, check_items_needed, check_level, check_power
from evalreport.stats.quantiles import normal_cdf, normal_quantile
from evalreport.stats.roots import crossing


def two_rates_power(
    items: SupportsIndex, reference: float, candidate: float, *, alpha: float
) -> float:
    """The probability that the z test of two independent rates rejects, in the right direction.

    Source: Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions, section
    4.2, without continuity correction; as R's power.prop.test.

    Args:
        items: Items in each of the two samples, at least one.
        reference: The true rate of one.
        candidate: The true rate of the other, not the same.
        alpha: Two-sided size, such as 0.05.

    Raises:
        ValueError: No items, a rate outside [0, 1], two equal rates.
    """
    n = check_count(items, "items")
    if n == 0:
        raise ValueError("at least one item is needed in each sample")
    _check(reference, candidate)
    return _power(n, reference, candidate, -normal_quantile(check_level(alpha) / 2))


def two_rates_items(reference: float, candidate: float, *, power: float, alpha: float) -> int:
    """Items in each of two independent samples for a power of the z test.

    n = (z_(alpha/2) sqrt(2 p (1 - p)) + z_beta sqrt(p1 (1 - p1) + p2 (1 - p2)))² / (p1 - p2)², p
    being the mean of the two. Source: as `two_rates_power`.

    Args:
        reference: The true rate of one.
        candidate: The true rate of the other, not the same.
        power: Wanted probability to reject, above alpha, such as 0.8.
        alpha: Two-sided size, such as 0.05.

    Raises:
        ValueError: A rate outside [0, 1], two equal rates, alpha outside (0, 1), a power outside
            (alpha, 1), or more items than can be counted.
    """
    _check(reference, candidate)
    z = -normal_quantile(check_level(alpha) / 2)
    pooled, apart = _spreads(reference, candidate)
    root = z * pooled + normal_quantile(check_power(power, alpha)) * apart
    errors = root / (candidate - reference)
    return check_items_needed(errors * errors)


def smallest_detectable_two_rates(
    items: SupportsIndex, reference: float, *, power: float, alpha: float
) -> float | NotEstimable:
    """The least gain over a reference rate that the z test finds with the wanted power.

    Consistent with `two_rates_power`.

    Args:
        items: Items in each of the two samples.
        reference: The rate to be improved on, in [0, 1).
        power: Wanted probability to find it, above alpha, such as 0.8.
        alpha: Two-sided size, such as 0.05.

    Raises:
        ValueError: An argument outside its range.
    """
    n, wanted = check_count(items, "items"), check_power(power, check_level(alpha))
    z = -normal_quantile(alpha / 2)
    if not 0 <= reference < 1:
        raise ValueError(f"a rate to improve on lies in [0, 1), not {reference}")
    if n == 0 or _power(n, reference, 1.0, z) < wanted:
        return NotEstimable(not_estimable=f"samples of {n} cannot show any gain")
    return crossing(
        lambda gain: _power(n, reference, reference + gain, z) - wanted, 0.0, 1 - reference
    )


def _power(items: int, reference: float, candidate: float, z: float) -> float:
    pooled, apart = _spreads(reference, candidate)
    excess = math.sqrt(items) * abs(candidate - reference) - z * pooled
    if apart == 0:  # all wrong against all right: no chance is left in it
        return float(excess >= 0)
    return normal_cdf(excess / apart)


def _spreads(reference: float, candidate: float) -> tuple[float, float]:
    """Standard deviations of a difference of two items, if the rates were equal and as they are."""
    mean = (reference + candidate) / 2
    return math.sqrt(2 * mean * (1 - mean)), math.sqrt(
        reference * (1 - reference) + candidate * (1 - candidate)
    )


def _check(reference: float, candidate: float) -> None:
    for rate in (reference, candidate):
        if not 0 <= rate <= 1:
            raise ValueError(f"a rate lies in [0, 1], not {rate}")
    if reference == candidate:
        raise ValueError(f"two equal rates differ by nothing: {reference}")
