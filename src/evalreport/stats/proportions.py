"""One rate: Wilson's interval, the exact one, and exact one-sided bounds such as for 0 of n."""

import math
from typing import SupportsIndex

from evalreport.estimates import Estimate, Estimated, NotEstimable
from evalreport.stats.arguments import NO_ITEMS, check_count, check_level
from evalreport.stats.quantiles import beta_quantile, two_sided_z


def wilson(successes: SupportsIndex, trials: SupportsIndex, *, level: float) -> Estimated:
    """A rate k/n with Wilson's score interval.

    Source: Wilson (1927), JASA 22; recommended over k/n ± 1.96 SE by Brown, Cai and DasGupta
    (2001), Statistical Science 16(2).

    Args:
        successes: k.
        trials: n; none at all is `NotEstimable`.
        level: Two-sided confidence, such as 0.95.

    Raises:
        ValueError: A negative count, more successes than trials, a level outside (0, 1).
    """
    k, n = counts(successes, trials)
    z = two_sided_z(check_level(level))
    if n == 0:
        return NotEstimable(not_estimable=NO_ITEMS)
    low, high = wilson_ends(k, n, z)
    return Estimate(value=k / n, low=low, high=high, level=level, method="Wilson score interval")


def clopper_pearson(successes: SupportsIndex, trials: SupportsIndex, *, level: float) -> Estimated:
    """A rate k/n with the exact interval, which covers at least as often as it says.

    Source: Clopper and Pearson (1934), Biometrika 26; quantiles of the beta distribution.

    Raises:
        ValueError: As `wilson`.
    """
    k, n = counts(successes, trials)
    tail = (1 - check_level(level)) / 2
    if n == 0:
        return NotEstimable(not_estimable=NO_ITEMS)
    return Estimate(
        value=k / n,
        low=exact_lower(k, n, tail),
        high=exact_upper(k, n, tail),
        level=level,
        method="Clopper–Pearson interval",
    )


def upper_bound(successes: SupportsIndex, trials: SupportsIndex, *, level: float) -> Estimated:
    """A rate k/n with its exact one-sided upper bound: [0, U].

    At 0 of n the bound is 1 - (1 - level)^(1/n), about 3/n for 95 % ("rule of three").
    Source: Clopper and Pearson (1934); Hanley and Lippman-Hand (1983), JAMA 249.

    Raises:
        ValueError: As `wilson`.
    """
    k, n = counts(successes, trials)
    tail = 1 - check_level(level)
    if n == 0:
        return NotEstimable(not_estimable=NO_ITEMS)
    return Estimate(
        value=k / n,
        low=0,
        high=exact_upper(k, n, tail),
        level=level,
        method="one-sided Clopper–Pearson bound",
    )


def lower_bound(successes: SupportsIndex, trials: SupportsIndex, *, level: float) -> Estimated:
    """A rate k/n with its exact one-sided lower bound: [L, 1].

    Raises:
        ValueError: As `wilson`.
    """
    k, n = counts(successes, trials)
    tail = 1 - check_level(level)
    if n == 0:
        return NotEstimable(not_estimable=NO_ITEMS)
    return Estimate(
        value=k / n,
        low=exact_lower(k, n, tail),
        high=1,
        level=level,
        method="one-sided Clopper–Pearson bound",
    )


def exact_upper(successes: int, trials: int, tail: float) -> float:
    """The rate at which `successes` or fewer have probability `tail`; 1 when all succeeded."""
    if successes == trials:
        return 1.0
    if successes == 0:
        return -math.expm1(math.log(tail) / trials)
    return beta_quantile(1 - tail, successes + 1, trials - successes)


def exact_lower(successes: int, trials: int, tail: float) -> float:
    """The rate at which `successes` or more have probability `tail`; 0 when none succeeded."""
    if successes == 0:
        return 0.0
    if successes == trials:
        return float(tail ** (1 / trials))
    return beta_quantile(tail, successes, trials - successes + 1)


def wilson_ends(successes: int, trials: int, z: float) -> tuple[float, float]:
    """Both ends of Wilson's interval for a normal quantile z.

    They mirror each other, so the upper one is 1 - the lower one of the failures.
    """
    return _wilson_low(successes, trials, z), 1 - _wilson_low(trials - successes, trials, z)


def _wilson_low(successes: int, trials: int, z: float) -> float:
    if successes == 0:
        return 0.0
    rate, w = successes / trials, z * z / trials
    spread = z * math.sqrt(rate * (1 - rate) / trials + w / (4 * trials))
    return (rate + w / 2 - spread) / (1 + w)


def counts(successes: SupportsIndex, trials: SupportsIndex) -> tuple[int, int]:
    """Successes and trials as plain whole numbers.

    Raises:
        ValueError: A negative count, or more successes than trials.
    """
    k, n = check_count(successes, "successes"), check_count(trials, "trials")
    if k > n:
        raise ValueError(f"{k} successes in {n} trials")
    return k, n
