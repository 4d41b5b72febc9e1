"""Several tests at once: p-values adjusted by Holm, or by Benjamini and Hochberg."""

import math
from collections.abc import Sequence
from typing import Final, SupportsIndex

import numpy as np

from evalreport.stats.arguments import check_count
from evalreport.stats.quantiles import normal_cdf

_REACH: Final = 12.0
_HALF: Final = 800


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjusted p-values, in the given order: at most alpha means rejected, family-wise.

    Source: Holm (1979), Scandinavian Journal of Statistics 6(2).

    Raises:
        ValueError: A p-value is outside [0, 1], or no number.
    """
    order = _ascending(p_values)
    adjusted = [0.0] * len(p_values)
    reached = 0.0
    for rank, index in enumerate(order):
        reached = max(reached, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = reached
    return tuple(adjusted)


def benjamini_hochberg(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjusted p-values, in the given order: at most q keeps the false discovery rate at q.

    A screen, not a verdict. Source: Benjamini and Hochberg (1995), JRSS B 57(1).

    Raises:
        ValueError: A p-value is outside [0, 1], or no number.
    """
    order = _ascending(p_values)
    adjusted = [0.0] * len(p_values)
    reached = 1.0
    for rank, index in reversed(list(enumerate(order, start=1))):
        reached = min(reached, len(p_values) / rank * p_values[index])
        adjusted[index] = reached
    return tuple(adjusted)


def expected_maximum(count: SupportsIndex) -> float:
    """How many standard errors the best of so many equal estimates lies above the truth.

    The mean of the largest of k independent standard normal numbers, by Simpson's rule on
    k x phi(x) Phi(x)^(k - 1): 0.564 for 2, 1.539 for 10. Estimates on the same items correlate, and
    then it is less. Source: Tippett (1925), Biometrika 17(3/4), 364-387.

    Args:
        count: k, at least 1.

    Raises:
        ValueError: It is less than 1, or beyond 2^53.
    """
    k = check_count(count, "count")
    if k < 1:
        raise ValueError(f"there is no best of {k}")
    x = np.linspace(-_REACH, _REACH, 2 * _HALF + 1)
    log_below = np.array([_log_normal_cdf(float(one)) for one in x])
    density = np.exp((k - 1) * log_below - x * x / 2) / math.sqrt(2 * math.pi)
    weights = np.ones(len(x))
    weights[1:-1:2], weights[2:-1:2] = 4, 2
    return float((weights * k * x * density).sum() * (x[1] - x[0]) / 3)


def _log_normal_cdf(x: float) -> float:
    """Log of P(Z <= x); near 1, what is missing keeps its digits, which a power of it needs."""
    return math.log1p(-normal_cdf(-x)) if x > 0 else math.log(normal_cdf(x))


def _ascending(p_values: Sequence[object]) -> list[int]:
    numbers = []
    for p in p_values:
        if not isinstance(p, int | float | np.floating | np.integer) or not 0 <= p <= 1:
            raise ValueError(f"a p-value lies in [0, 1], not {p}")
        numbers.append(float(p))
    return sorted(range(len(numbers)), key=lambda index: numbers[index])
