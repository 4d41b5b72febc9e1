"""The win rate at equal length: what is left of a preference when neither answer is longer."""

import math
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from evalreport.estimates import Estimate, Estimated, NotEstimable, Point
from evalreport.stats.arguments import (
    FEWEST_GROUPS,
    FEWEST_ITEMS,
    NO_ITEMS,
    FloatArray,
    IntArray,
    check_level,
    cluster_codes,
    few,
    only,
    only_these_differ,
    same_length,
    sums_by_cluster,
    vector,
)
from evalreport.stats.bounded_mean import check_bounds
from evalreport.stats.clusters import commonest, departing, mean_of_groups
from evalreport.stats.quantiles import two_sided_t
from evalreport.stats.spread import FEWEST_DF, satterthwaite

_STEPS: Final = 200
_SMALL: Final = 1e-12
_METHOD: Final = "fractional logistic regression on length, jackknife sandwich"


def win_rate_at_equal_length(
    outcomes: ArrayLike,
    lengths: ArrayLike,
    other_lengths: ArrayLike,
    clusters: ArrayLike | None,
    *,
    level: float,
) -> Estimated:
    """The expected outcome of a pair whose two answers are equally long.

    logit E[outcome] = a + b x, with x = (length - other) / (length + other): it is 0 at equal
    length and changes sign with the arms, so that exchanging them turns the rate r into 1 - r. The
    rate is logit⁻¹(a). Its interval is a ± t se on the logit scale, with the sandwich estimator in
    the form of the jackknife over items or clusters (CR3, one step from the estimate), which needs
    no outcome to be binomial, and Satterthwaite's degrees of freedom less one for the slope.

    Only lengths that overlap say anything of equal length: with fewer than 10 pairs on either side
    of it, the model would only tell of itself. Like every adjustment it takes the length for a
    cause of the preference, and not for a sign of quality.

    Source: Papke and Wooldridge (1996), Journal of Applied Econometrics 11(6), on fractional
    logistic regression; Bell and McCaffrey (2002), Survey Methodology 28(2), on the jackknife form;
    Dubois et al. (2024), arXiv:2404.04475, on the question.

    Args:
        outcomes: 1 where the candidate wins, 0 where it loses, 1/2 for a tie, shape (n,).
        lengths: Of the candidate's answers, not negative, shape (n,).
        other_lengths: Of the reference's.
        clusters: Cluster of each pair, or None.
        level: Two-sided confidence, such as 0.95.

    Returns:
        A fraction; a point for fewer than 5 clusters; not estimable where lengths do not overlap,
        where fewer than six pairs (or clusters) have another outcome than the commonest, or where
        length separates wins from losses.

    Raises:
        ValueError: An outcome outside [0, 1], a negative length, NaN, an infinity, other shapes.
    """
    y = vector(outcomes, "outcomes")
    x = _longer_by(vector(lengths, "lengths"), vector(other_lengths, "other lengths"))
    same_length(y, x)
    check_bounds(y, (0.0, 1.0))
    check_level(level)
    codes, groups = cluster_codes(clusters, len(y))
    unit = "items" if clusters is None else "groups"
    if len(y) == 0:
        return NotEstimable(not_estimable=NO_ITEMS)
    if not x.any():
        return mean_of_groups(
            y, codes, groups, level=level, bounds=(0.0, 1.0), unit=unit,
            method="t interval of the mean, all answers being equally long",
        )  # fmt: skip
    why = _why_not(y, x, codes, groups, unit)
    if why:
        return NotEstimable(not_estimable=why)
    fitted = _fit(y, x)
    if fitted is None:
        return NotEstimable(not_estimable="the regression on length did not converge")
    intercept, se, shares = _jackknifed(y, fitted, codes, groups)
    value = _rate(intercept)
    df = satterthwaite(shares) - 1
    if groups < FEWEST_GROUPS or df < FEWEST_DF:
        return Point(value=value, no_interval=only(groups, unit))
    half = two_sided_t(level, df) * se
    return Estimate(
        value=value,
        low=_rate(intercept - half),
        high=_rate(intercept + half),
        level=level,
        method=_METHOD,
    )


def _longer_by(mine: FloatArray, theirs: FloatArray) -> FloatArray:
    """By how much the first is longer, between -1 and 1; 0 where both are empty."""
    same_length(mine, theirs)
    if (mine < 0).any() or (theirs < 0).any():
        raise ValueError("a length is negative")
    both = mine + theirs
    found: FloatArray = np.divide(mine - theirs, both, out=np.zeros(len(both)), where=both > 0)
    return found


def _why_not(y: FloatArray, x: FloatArray, codes: IntArray, groups: int, unit: str) -> str:
    """Why nothing can be said of equal length; empty where something can."""
    for side, holds in (("longer", x >= 0), ("shorter", x <= 0)):
        if int(holds.sum()) < FEWEST_ITEMS:
            counted = only(int(holds.sum()), "items") if holds.any() else "no items"
            return (
                f"lengths do not overlap: {counted} with the candidate's answer {side} or as long"
            )
    below, above = departing(y, commonest(y), codes, groups)
    if few(below + above, groups):
        return only_these_differ(below + above, unit)
    won, lost = x[y > 0], x[y < 1]
    if won.max() <= lost.min() or lost.max() <= won.min():
        return "length alone separates wins from losses"
    return ""


def _fit(y: FloatArray, x: FloatArray) -> tuple[FloatArray, FloatArray] | None:
    """Coefficients and the design of the maximum of quasi-likelihood, by Newton's steps."""
    # In units of its size, so that a slope on nearly equal lengths is no huge number.
    design = np.stack((np.ones(len(x)), x / float(np.sqrt(np.square(x).mean()))), axis=1)
    beta = np.zeros(2)
    for _ in range(_STEPS):
        eta = design @ beta
        now = float((y * eta - np.logaddexp(0, eta)).sum())
        p = _rates(eta)
        gradient = design.T @ (y - p)
        if float(np.abs(gradient).max()) <= _SMALL * len(y):
            return beta, design
        hessian = (design * (p * (1 - p))[:, np.newaxis]).T @ design
        step = np.linalg.solve(hessian, gradient).astype(np.float64)
        size = 1.0
        while size > _SMALL:  # a full step may pass the maximum; at the maximum it only rounds
            ahead = design @ (beta + size * step)
            after = float((y * ahead - np.logaddexp(0, ahead)).sum())
            if after >= now - _SMALL * (1 + abs(now)):
                break
            size /= 2
        beta = beta + size * step
    gradient = design.T @ (y - _rates(design @ beta))
    return (beta, design) if float(np.abs(gradient).max()) <= 1e-9 * len(y) else None


def _jackknifed(
    y: FloatArray,
    fitted: tuple[FloatArray, FloatArray],
    codes: IntArray,
    groups: int,
) -> tuple[float, float, FloatArray]:
    """The intercept, its standard error over units, and each unit's share of the information."""
    beta, design = fitted
    p = _rates(design @ beta)
    weights = p * (1 - p)
    scores = sums_by_cluster(design * (y - p)[:, np.newaxis], codes, groups)
    products = np.stack(
        (weights, weights * design[:, 1], weights * np.square(design[:, 1])), axis=1
    )
    held = sums_by_cluster(products, codes, groups)
    whole = held.sum(axis=0)
    rest = whole - held
    # (H - H_g)⁻¹ U_g, first row: by how much leaving a unit out moves the intercept.
    determinant = rest[:, 0] * rest[:, 2] - np.square(rest[:, 1])
    least = _SMALL * float(whole[0] * whole[2])
    moved = (rest[:, 2] * scores[:, 0] - rest[:, 1] * scores[:, 1]) / np.maximum(determinant, least)
    variance = (groups - 1) / groups * float(np.square(moved - moved.mean()).sum())
    shares = held[:, 0] / float(held[:, 0].sum())
    return float(beta[0]), math.sqrt(variance), shares


def _rates(eta: FloatArray) -> FloatArray:
    rates: FloatArray = 0.5 * (1 + np.tanh(eta / 2))
    return rates


def _rate(eta: float) -> float:
    return 0.5 * (1 + math.tanh(eta / 2))
