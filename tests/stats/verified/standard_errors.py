"""The standard error of a coefficient of agreement: from its interval, and from its slopes."""

import math
from collections.abc import Callable

import numpy as np

from evalreport.stats.arguments import FloatArray, IntArray
from tests.stats.second_opinion import stats as scipy_stats
from tests.stats.verified import ends


def error_of(estimated: object, n: int) -> float:
    """The standard error of an interval, as the source has it: over n, not n - 1."""
    low, high = ends(estimated)
    return (high - low) / 2 / float(scipy_stats.t.ppf(0.975, n - 1)) * math.sqrt((n - 1) / n)


def slope_error(
    coefficient: Callable[[FloatArray], float], n: int, codes: IntArray | None = None
) -> float:
    """The standard error from how a coefficient moves with the weight of each item, or cluster."""
    step, slopes = 1e-5, []
    units = np.arange(n) if codes is None else codes
    for unit in np.unique(units):
        up, down = np.ones(n), np.ones(n)
        up[units == unit], down[units == unit] = 1 + step, 1 - step
        slopes.append((coefficient(up) - coefficient(down)) / (2 * step))
    return float(np.sqrt(np.square(slopes).sum()))
