"""Equivalence and non-inferiority against a margin fixed before the data were seen.

A difference that is not significant is no equality. These ask the other way round: is a loss, or
a difference, as large as the margin ruled out?
"""

import math
from typing import SupportsIndex

import numpy as np
from numpy.typing import ArrayLike

from evalreport.estimates import Estimate, NotEstimable
from evalreport.stats.arguments import NO_ITEMS, check_count, check_one_sided, cluster_codes, vector
from evalreport.stats.clusters import CLUSTER_METHOD, mean_of_groups
from evalreport.stats.paired_binary import score_z, tango
from evalreport.stats.quantiles import normal_cdf, t_cdf
from evalreport.stats.spread import Spread, interval_of, spread_of
from evalreport.values import Fraction, Number, Value


class Equivalence(Value):
    """What two one-sided tests say.

    Attributes:
        difference: The difference seen.
        low: Lower end of the interval with confidence 1 - 2 alpha.
        high: Its upper end.
        margin: A true difference of this size or more, either way, is to be ruled out.
        alpha: Size of each one-sided test.
        p_loss: p-value against a loss of the margin or more.
        p_gain: p-value against a gain of the margin or more.
        is_equivalent: Whether both are ruled out: low > -margin and high < margin.
        method: Which tests.
    """

    difference: Number
    low: Number
    high: Number
    margin: Number
    alpha: Fraction
    p_loss: Fraction
    p_gain: Fraction
    is_equivalent: bool
    method: str

    @property
    def p_value(self) -> float:
        """The larger of the two p-values: that of the claim of equivalence."""
        return max(self.p_loss, self.p_gain)


class NonInferiority(Value):
    """What the one-sided test against a loss of the margin says.

    Attributes:
        difference: The difference seen.
        bound: Its lower bound with confidence 1 - alpha.
        margin: A true loss of this size or more is to be ruled out.
        alpha: Size of the one-sided test.
        p_value: Against a loss of the margin or more.
        is_non_inferior: Whether it is ruled out: bound > -margin.
        method: Which test.
    """

    difference: Number
    bound: Number
    margin: Number
    alpha: Fraction
    p_value: Fraction
    is_non_inferior: bool
    method: str


def tost(
    differences: ArrayLike, *, margin: float, alpha: float, clusters: ArrayLike | None = None
) -> Equivalence | NotEstimable:
    """Two one-sided t tests that the mean paired difference lies within ±margin.

    Source: Schuirmann (1987), Journal of Pharmacokinetics and Biopharmaceutics 15, 657-680.

    Args:
        differences: Candidate minus reference, one an item, shape (n,).
        margin: Fixed beforehand, positive, in metric units.
        alpha: Size of each one-sided test, such as 0.05; below 0.5.
        clusters: Cluster of each item, if they come in clusters; errors are then cluster-robust.

    Returns:
        Not estimable where t would not hold: fewer than 10 items or 5 clusters, or too few that
        differ from the commonest value.

    Raises:
        ValueError: A margin that is not positive, alpha outside (0, 0.5), NaN, an infinity.
    """
    found = _mean(differences, margin, alpha, clusters)
    if isinstance(found, NotEstimable):
        return found
    interval, se, df = found
    return Equivalence(
        difference=interval.value,
        low=interval.low,
        high=interval.high,
        margin=margin,
        alpha=alpha,
        p_loss=t_cdf(-(interval.value + margin) / se, df),
        p_gain=t_cdf((interval.value - margin) / se, df),
        is_equivalent=-margin < interval.low and interval.high < margin,
        method=f"two one-sided tests, {interval.method}",
    )


def non_inferiority(
    differences: ArrayLike, *, margin: float, alpha: float, clusters: ArrayLike | None = None
) -> NonInferiority | NotEstimable:
    """The one-sided t test that the mean paired difference loses less than a margin.

    Scores of which less is better are to be given with the opposite sign.
    Source: Piaggio and others (2012), JAMA 308, 2594-2604 (CONSORT), for the reading of the bound.

    Args:
        differences: Candidate minus reference, one an item, shape (n,).
        margin: Loss that is still accepted, fixed beforehand, positive, in metric units.
        alpha: One-sided size, such as 0.05; below 0.5.
        clusters: Cluster of each item, if they come in clusters; errors are then cluster-robust.

    Returns:
        Not estimable where t would not hold, as `tost`.

    Raises:
        ValueError: A margin that is not positive, alpha outside (0, 0.5), NaN, an infinity.
    """
    found = _mean(differences, margin, alpha, clusters)
    if isinstance(found, NotEstimable):
        return found
    interval, se, df = found
    return NonInferiority(
        difference=interval.value,
        bound=interval.low,
        margin=margin,
        alpha=alpha,
        p_value=t_cdf(-(interval.value + margin) / se, df),
        is_non_inferior=interval.low > -margin,
        method=f"one-sided {interval.method}",
    )


def tost_binary(
    better: SupportsIndex,
    worse: SupportsIndex,
    items: SupportsIndex,
    *,
    margin: float,
    alpha: float,
) -> Equivalence | NotEstimable:
    """Two one-sided score tests that the net share of paired right/wrong items is within ±margin.

    Source: Tango (1998), Statistics in Medicine 17, 891-908, used at both ends.

    Args:
        better: Items on which the candidate alone is right, or wins.
        worse: Items on which the reference alone is right, or wins.
        items: All items, ties included; none is `NotEstimable`.
        margin: Fixed beforehand, a share in (0, 1).
        alpha: Size of each one-sided test, such as 0.05; below 0.5.

    Raises:
        ValueError: As `tango`, a margin outside (0, 1), alpha outside (0, 0.5).
    """
    found = _share(better, worse, items, margin, alpha)
    if isinstance(found, NotEstimable):
        return found
    interval, b, c, n = found
    return Equivalence(
        difference=interval.value,
        low=interval.low,
        high=interval.high,
        margin=margin,
        alpha=alpha,
        p_loss=normal_cdf(-score_z(b, c, n, -margin)),
        p_gain=normal_cdf(score_z(b, c, n, margin)),
        is_equivalent=-margin < interval.low and interval.high < margin,
        method=f"two one-sided tests, {interval.method}",
    )


def non_inferiority_binary(
    better: SupportsIndex,
    worse: SupportsIndex,
    items: SupportsIndex,
    *,
    margin: float,
    alpha: float,
) -> NonInferiority | NotEstimable:
    """The one-sided score test that paired right/wrong items lose less than a margin.

    Source: Tango (1998), Statistics in Medicine 17, 891-908.

    Args:
        better: Items on which the candidate alone is right, or wins.
        worse: Items on which the reference alone is right, or wins.
        items: All items, ties included; none is `NotEstimable`.
        margin: Loss that is still accepted, fixed beforehand, a share in (0, 1).
        alpha: One-sided size, such as 0.05; below 0.5.

    Raises:
        ValueError: As `tango`, a margin outside (0, 1), alpha outside (0, 0.5).
    """
    found = _share(better, worse, items, margin, alpha)
    if isinstance(found, NotEstimable):
        return found
    interval, b, c, n = found
    return NonInferiority(
        difference=interval.value,
        bound=interval.low,
        margin=margin,
        alpha=alpha,
        p_value=normal_cdf(-score_z(b, c, n, -margin)),
        is_non_inferior=interval.low > -margin,
        method=f"one-sided {interval.method}",
    )


def _mean(
    differences: ArrayLike, margin: float, alpha: float, clusters: ArrayLike | None
) -> tuple[Estimate, float, float] | NotEstimable:
    """The interval with confidence 1 - 2 alpha, its standard error and degrees of freedom."""
    values = vector(differences, "differences")
    _check(margin, alpha, math.inf)
    codes, groups = cluster_codes(clusters, len(values))
    interval = mean_of_groups(
        values,
        codes,
        groups,
        level=1 - 2 * alpha,
        bounds=None,
        method="paired t interval" if clusters is None else CLUSTER_METHOD,
        unit="items" if clusters is None else "groups",
    )
    if isinstance(interval, NotEstimable):
        return interval
    if not isinstance(interval, Estimate):
        return NotEstimable(not_estimable=interval.no_interval)
    # The test is t; what widens an interval for skewness is no part of it.
    found = spread_of(values - np.mean(values), codes, groups)
    plain = interval_of(
        interval.value,
        Spread(found.se, found.df),
        level=interval.level,
        method="paired t interval" if clusters is None else "cluster-robust t interval (CR2)",
    )
    return (
        (plain, found.se, found.df)
        if isinstance(plain, Estimate)
        else NotEstimable(not_estimable=plain.no_interval)
    )


def _share(
    better: SupportsIndex, worse: SupportsIndex, items: SupportsIndex, margin: float, alpha: float
) -> tuple[Estimate, int, int, int] | NotEstimable:
    """Tango's interval with confidence 1 - 2 alpha, and the counts."""
    _check(margin, alpha, 1)
    interval = tango(better, worse, items, level=1 - 2 * alpha)
    if not isinstance(interval, Estimate):
        return NotEstimable(not_estimable=NO_ITEMS)
    return (
        interval,
        check_count(better, "better"),
        check_count(worse, "worse"),
        check_count(items, "items"),
    )


def _check(margin: float, alpha: float, most: float) -> None:
    if not 0 < margin < most:
        raise ValueError(f"a margin lies strictly between 0 and {most:g}, not {margin}")
    check_one_sided(alpha)
