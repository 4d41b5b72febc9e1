"""Two rates of independent items: Newcombe's interval and Fisher's exact test.

For runs of which only the totals are known. The same items scored for both arms are paired, and
say more: see `tango`.
"""

import math
from typing import SupportsIndex

import numpy as np

from evalreport.estimates import Estimate, Estimated, NotEstimable, Tested
from evalreport.stats.arguments import NO_ITEMS, check_level
from evalreport.stats.proportions import counts, wilson_ends
from evalreport.stats.quantiles import two_sided_z


def newcombe(
    successes_a: SupportsIndex,
    trials_a: SupportsIndex,
    successes_b: SupportsIndex,
    trials_b: SupportsIndex,
    *,
    level: float,
) -> Estimated:
    """The rate of a minus the rate of b, independent items, with Newcombe's hybrid score interval.

    The Wilson intervals of the two rates are combined: it is never of width 0 and never passes
    -1 or 1.

    Source: Newcombe (1998), Statistics in Medicine 17, 873-890, method 10.

    Args:
        successes_a: Successes of the first sample.
        trials_a: Its items.
        successes_b: Successes of the second sample.
        trials_b: Its items; a sample without items is `NotEstimable`.
        level: Two-sided confidence, such as 0.95.

    Raises:
        ValueError: A negative count, more successes than trials, a level outside (0, 1).
    """
    k, n = counts(successes_a, trials_a)
    j, m = counts(successes_b, trials_b)
    z = two_sided_z(check_level(level))
    if n == 0 or m == 0:
        return NotEstimable(not_estimable=NO_ITEMS)
    (low_a, high_a), (low_b, high_b) = wilson_ends(k, n, z), wilson_ends(j, m, z)
    a, b = k / n, j / m
    return Estimate(
        value=a - b,
        low=a - b - math.hypot(a - low_a, high_b - b),
        high=a - b + math.hypot(high_a - a, b - low_b),
        level=level,
        method="Newcombe hybrid score interval, independent",
    )


def fisher_exact(
    successes_a: SupportsIndex,
    trials_a: SupportsIndex,
    successes_b: SupportsIndex,
    trials_b: SupportsIndex,
) -> Tested | NotEstimable:
    """Fisher's exact test that two independent rates are equal, two-sided.

    Given the total of successes, every split no likelier than the observed one counts against
    equality. Where all or none succeeded p is 1.

    Source: Fisher (1935), JRSS 98, 39-82; computed by scipy.stats.fisher_exact.

    Raises:
        ValueError: A negative count, more successes than trials.
    """
    from scipy.stats import fisher_exact as test

    k, n = counts(successes_a, trials_a)
    j, m = counts(successes_b, trials_b)
    if n == 0 or m == 0:
        return NotEstimable(not_estimable=NO_ITEMS)
    p = float(test(np.array([[k, n - k], [j, m - j]])).pvalue)
    return Tested(p_value=min(1.0, p), test="Fisher's exact test")
