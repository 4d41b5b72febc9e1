"""Better, worse or the same on each item: Tango's interval, exact and mid-p McNemar tests.

Serves right/wrong answers of two arms on the same items and win/tie/loss alike; ties stay in n.
"""

import math
from functools import lru_cache
from typing import SupportsIndex

import numpy as np
from numpy.typing import ArrayLike

from evalreport.estimates import Estimate, Estimated, NotEstimable, Tested
from evalreport.stats.arguments import NO_ITEMS, check_count, check_level, cluster_codes, vector
from evalreport.stats.clusters import CLUSTER_METHOD, cluster_mean
from evalreport.stats.quantiles import binomial_cdf, binomial_pmf, two_sided_t, two_sided_z
from evalreport.stats.roots import crossing
from evalreport.stats.spread import spread_of


def tango(
    better: SupportsIndex, worse: SupportsIndex, items: SupportsIndex, *, level: float
) -> Estimated:
    """The net share (better - worse) / items with Tango's score interval.

    The interval holds every difference that the score test would not reject, with the nuisance
    parameter at its constrained maximum of likelihood. Where nothing differs it is
    ±z² / (n + z²), never of width 0. Fewer than 10 items are computed too: whether to speak about
    them is the caller's decision.

    Source: Tango (1998), Statistics in Medicine 17, 891-908.

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


def tango_in_clusters(differences: ArrayLike, clusters: ArrayLike, *, level: float) -> Estimated:
    """The net share of right/wrong items that come in clusters, with the wider of two intervals.

    The cluster-robust t interval trusts a standard error that is small whenever few losses happen
    to be drawn: where losses are rare, exact enumeration finds a bound meant to fail in 5 % of
    cases to fail in 10.7 %. Tango's interval at the effective number of items (n over the design
    effect), with t in place of z, does not; so each end is the wider of the two.
    Source: Korn and Graubard (1998), Survey Methodology 24, and Franco, Little, Louis and Slud
    (2019), Journal of Survey Statistics and Methodology 7(3), on score and exact intervals at the
    effective size.

    Args:
        differences: 1, 0 or -1 for each item, shape (n,).
        clusters: Cluster of each item, shape (n,).
        level: Two-sided confidence, such as 0.95.

    Returns:
        As `cluster_mean` with the bounds (-1, 1).

    Raises:
        ValueError: A difference that is not 1, 0 or -1, or as `cluster_mean`.
    """
    values = vector(differences, "differences")
    if not np.isin(values, (-1.0, 0.0, 1.0)).all():
        raise ValueError("differences of right/wrong items are 1, 0 or -1")
    robust = cluster_mean(values, clusters, level=level, bounds=(-1, 1))
    if not isinstance(robust, Estimate) or robust.method != CLUSTER_METHOD:
        return robust
    codes, groups = cluster_codes(clusters, len(values))
    # As many independent items would have this standard error; copies of an item add none.
    spread = spread_of(values - values.mean(), codes, groups)
    n = 1 + float(values.var()) / spread.se**2
    b, c = n * float((values > 0).mean()), n * float((values < 0).mean())
    t = two_sided_t(level, spread.df)
    return Estimate(
        value=robust.value,
        low=min(robust.low, -_upper(c, b, n, t)),
        high=max(robust.high, _upper(b, c, n, t)),
        level=level,
        method=f"{CLUSTER_METHOD}, or Tango's at the effective number of items, if wider",
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


def sign_test(wins: SupportsIndex, losses: SupportsIndex) -> Tested:
    """The exact two-sided sign test of decisive pairs: would a fair coin split them so?

    Ties are left out of it; without any decisive pair p is 1. On right/wrong items it is the
    exact McNemar test under its other name.
    Source: Dixon and Mood (1946), JASA 41, 557-566.

    Args:
        wins: Pairs that the candidate wins.
        losses: Pairs that the reference wins.

    Raises:
        ValueError: A negative count.
    """
    w, k = check_count(wins, "wins"), check_count(losses, "losses")
    p = min(1.0, 2 * binomial_cdf(min(w, k), w + k, 0.5))
    return Tested(p_value=p, test="exact sign test")


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


def bound_is_below(difference: float, better: float, worse: float, items: float, z: float) -> bool:
    """Whether the upper end of Tango's interval lies below a difference, without computing it."""
    if better == items or difference * items <= better - worse:
        return False
    share = _worse_share(better, worse, items, difference)
    variance = items * (2 * share + difference * (1 - difference))
    return (items * difference - (better - worse)) ** 2 > z * z * variance


def score_z(better: float, worse: float, items: float, difference: float) -> float:
    """How far the net share lies above a difference, in standard errors under that difference.

    Tango's score statistic, for a difference strictly between -1 and 1; 0 where neither the items
    nor the difference say that anything differs.
    """
    if difference > 0:  # by mirroring, so that both ends are computed alike
        return -score_z(worse, better, items, -difference)
    share = _worse_share(better, worse, items, difference)
    variance = items * (2 * share + difference * (1 - difference))
    distance = better - worse - items * difference
    return distance / math.sqrt(variance) if variance > 0 else 0.0


@lru_cache(maxsize=4096)
def _upper(better: float, worse: float, items: float, z: float) -> float:
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


def _worse_share(better: float, worse: float, n: float, difference: float) -> float:
    """The likeliest probability of "worse" given the difference: a quadratic's larger root."""
    linear = (2 * n - better + worse) * difference - better - worse
    constant = -worse * difference * (1 - difference)
    root = math.sqrt(max(0.0, linear * linear - 8 * n * constant))
    if linear > 0:  # the textbook form would subtract two nearly equal numbers
        return -2 * constant / (linear + root)
    return (root - linear) / (4 * n)
