"""Better, worse or the same on each item: Tango's interval, exact and mid-p McNemar tests.

Serves right/wrong answers of two arms on the same items and win/tie/loss alike; ties stay in n.
"""

import math
from typing import SupportsIndex

from evalreport.estimates import Estimate, Estimated, NotEstimable, Tested
from evalreport.stats.arguments import NO_ITEMS, check_count, check_level
from evalreport.stats.quantiles import binomial_cdf, binomial_pmf, two_sided_z
from evalreport.stats.roots import crossing


def tango(
    better: SupportsIndex, worse: SupportsIndex, items: SupportsIndex, *, level: float
) -> Estimated:
    """The net share (better - worse) / items with Tango's score interval.

    The interval holds every difference that the score test would not reject, with the nuisance
    parameter at its constrained maximum of likelihood. Where nothing differs it is
    ±z² / (n + z²), never of width 0. Fewer than 10 items are computed too: whether to speak about
    them is the caller's decision.

    Source: Tango (1998), Statistics in Medicine 17, 891-908, equations (11) to (13).

    Args:
        better: Items on which the candidate alone is right, or wins.
        worse: Items on which the reference alone is right, or wins.
        items: All items, ties included; none is `NotEstimable`.
        level: Two-sided confidence, such as 0.95.

    Raises:
        ValueError: A negative count, more differing items than items, a level outside (0, 1).
    """
    b, c = check_count(better, "better"), check_count(worse, "worse")
    n = check_count(items, "items")
    if b + c > n:
        raise ValueError(f"{b} better and {c} worse among {n} items")
    z = two_sided_z(check_level(level))
    if n == 0:
        return NotEstimable(not_estimable=NO_ITEMS)
    return Estimate(
        value=(b - c) / n,
        low=-_upper(c, b, n, z),
        high=_upper(b, c, n, z),
        level=level,
        method="Tango score interval, paired",
    )


def exact_mcnemar(better: SupportsIndex, worse: SupportsIndex) -> Tested:
    """The exact McNemar (sign) test: two-sided binomial test of better against worse at 1/2.

    Ties carry no evidence; without any differing item p is 1.
    Source: McNemar (1947), Psychometrika 12; Fagerland, Lydersen and Laake (2013), BMC Medical
    Research Methodology 13:91.

    Raises:
        ValueError: A negative count.
    """
    b, c = check_count(better, "better"), check_count(worse, "worse")
    p = min(1.0, 2 * binomial_cdf(min(b, c), b + c, 0.5))
    return Tested(p_value=p, test="exact McNemar test")


def midp_mcnemar(better: SupportsIndex, worse: SupportsIndex) -> Tested:
    """The mid-p McNemar test: half the probability of the observed split is left out.

    Less conservative than the exact test, and may be chosen only before the results are known.
    Source: Fagerland, Lydersen and Laake (2013), BMC Medical Research Methodology 13:91.

    Raises:
        ValueError: A negative count.
    """
    b, c = check_count(better, "better"), check_count(worse, "worse")
    few, differing = min(b, c), b + c
    p = 2 * binomial_cdf(few, differing, 0.5) - binomial_pmf(few, differing, 0.5)
    # An even split is the most even there is: its p is 1, whatever half of it is left out.
    return Tested(p_value=1.0 if b == c else min(1.0, p), test="mid-p McNemar test")


def _upper(better: int, worse: int, items: int, z: float) -> float:
    """The greatest difference that the score test does not reject.

    The lower end is minus the upper end with better and worse exchanged.
    """
    if better == items:
        return 1.0
    net, n = better - worse, float(items)

    def excess(difference: float) -> float:
        """Squared distance minus z² times the variance; increasing through the upper end."""
        share = _worse_share(better, worse, n, difference)
        variance = n * (2 * share + difference * (1 - difference))
        return (n * difference - net) ** 2 - z * z * variance

    return crossing(excess, net / n, 1.0)


def _worse_share(better: int, worse: int, n: float, difference: float) -> float:
    """The likeliest probability of "worse" given the difference: a quadratic's larger root."""
    linear = (2 * n - better + worse) * difference - better - worse
    constant = -worse * difference * (1 - difference)
    root = math.sqrt(max(0.0, linear * linear - 8 * n * constant))
    if linear > 0:  # the textbook form would subtract two nearly equal numbers
        return -2 * constant / (linear + root)
    return (root - linear) / (4 * n)
