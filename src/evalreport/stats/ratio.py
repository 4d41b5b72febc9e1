"""Ratios of sums, such as loss per token: the document is the sample, not the token.

A ratio R = sum(numerators) / sum(denominators) is linearised: document i contributes
(numerator_i - R denominator_i) / mean(denominators), and the mean of such contributions gets the
interval of any mean (`stats.spread`), cluster-robust where documents are grouped, and with the
fewer degrees of freedom that unequal documents leave (Cochran 1977, Sampling Techniques,
section 6.4).
"""

from dataclasses import dataclass
from typing import SupportsIndex

import numpy as np
from numpy.typing import ArrayLike

from evalreport.estimates import Estimated, NotEstimable, Point, Tested
from evalreport.stats.arguments import (
    FEWEST_GROUPS,
    FEWEST_ITEMS,
    LARGEST,
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
from evalreport.stats.sign_flips import exact_ties, tail_share
from evalreport.stats.spread import interval_of, spread_of

_NOTHING_COUNTED = NotEstimable(not_estimable="the denominators sum to 0")
_TOO_LARGE = NotEstimable(not_estimable="the denominators are all but 0 beside the numerators")
_ROUNDING = 1e-12


def ratio(
    numerators: ArrayLike,
    denominators: ArrayLike,
    clusters: ArrayLike | None,
    *,
    level: float,
    skewness: bool = True,
) -> Estimated:
    """A ratio of sums with a linearised t interval.

    Args:
        numerators: One a document, shape (n,), such as its summed loss in nats.
        denominators: Not negative, shape (n,), such as its scored tokens.
        clusters: Cluster of each document, or None.
        level: Two-sided confidence, such as 0.95.
        skewness: Whether each end is the wider of t's and Hall's; else it is the textbook's t.

    Returns:
        An estimate; a point for fewer than 10 documents or 5 clusters, or where nothing varies.

    Raises:
        ValueError: A negative denominator, NaN, an infinity, other lengths.
    """
    arm = _arm(numerators, denominators)
    codes, groups = cluster_codes(clusters, len(arm.tops))
    check_level(level)
    undefined = _undefined(arm)
    if undefined:
        return undefined
    refusal = _too_small(len(arm.tops), groups)
    if refusal:
        return Point(value=arm.ratio, no_interval=refusal)
    method = _method("ratio of sums", clusters, skewness=skewness)
    spread = spread_of(arm.contributions(), codes, groups, arm.bottoms).counting(skewness=skewness)
    least = _ROUNDING * arm.size
    return interval_of(arm.ratio, spread, level=level, method=method, least=least)


def ratio_difference(
    numerators_candidate: ArrayLike,
    denominators_candidate: ArrayLike,
    numerators_reference: ArrayLike,
    denominators_reference: ArrayLike,
    clusters: ArrayLike | None,
    *,
    level: float,
    skewness: bool = True,
) -> Estimated:
    """The difference of two ratios of sums over the same documents, candidate minus reference.

    The contributions of the two arms are subtracted document by document, so what both arms find
    hard does not widen the interval. The denominators of the arms may differ, as with two
    tokenizers (where bits per byte, whose denominators are equal, are the better metric).

    Returns:
        As `ratio`; also a point where fewer than six documents (or clusters) differ at all.

    Raises:
        ValueError: As `ratio`.
    """
    candidate = _arm(numerators_candidate, denominators_candidate)
    reference = _arm(numerators_reference, denominators_reference)
    same_length(candidate.tops, reference.tops)
    codes, groups = cluster_codes(clusters, len(candidate.tops))
    check_level(level)
    undefined = _undefined(candidate, reference)
    if undefined:
        return undefined
    value = candidate.ratio - reference.ratio
    refusal = _too_small(len(candidate.tops), groups)
    if refusal:
        return Point(value=value, no_interval=refusal)
    moving = int(np.any(_gaps(candidate, reference, codes, groups) != 0, axis=1).sum())
    if few(moving, groups):
        unit = "items" if clusters is None else "groups"
        return Point(value=value, no_interval=only_these_differ(moving, unit))
    residuals = candidate.contributions() - reference.contributions()
    method = _method("difference of ratios of sums, paired", clusters, skewness=skewness)
    sizes = (
        candidate.bottoms / candidate.bottoms.sum() + reference.bottoms / reference.bottoms.sum()
    )
    spread = spread_of(residuals, codes, groups, sizes).counting(skewness=skewness)
    least = _ROUNDING * (candidate.size + reference.size)
    return interval_of(value, spread, level=level, method=method, least=least)


def ratio_sign_flip(
    numerators_candidate: ArrayLike,
    denominators_candidate: ArrayLike,
    numerators_reference: ArrayLike,
    denominators_reference: ArrayLike,
    clusters: ArrayLike | None,
    *,
    draws: SupportsIndex = 9999,
    rng: np.random.Generator,
) -> Tested | NotEstimable:
    """Two-sided test of equal ratios: the arms are swapped on random documents, both sums at once.

    Exchanging the two arms of a document changes the sign of its differences, so that each
    pattern gives both ratios anew; the statistic is their absolute difference. Valid if the arms
    are exchangeable on each document (or cluster), whatever its length. Linearised contributions
    are not flipped: they hold the estimate and are not symmetric. With equal denominators this is
    the sign-flip test on the summed differences of the numerators.

    Raises:
        ValueError: As `ratio`, or no draws.
    """
    candidate = _arm(numerators_candidate, denominators_candidate)
    reference = _arm(numerators_reference, denominators_reference)
    same_length(candidate.tops, reference.tops)
    codes, groups = cluster_codes(clusters, len(candidate.tops))
    undefined = _undefined(candidate, reference)
    if undefined:
        return undefined
    top = float(candidate.tops.sum() + reference.tops.sum())
    bottom = float(candidate.bottoms.sum() + reference.bottoms.sum())

    def gap(signed: FloatArray) -> FloatArray:
        """|R candidate - R reference| from signed sums of differences, (patterns, 2)."""
        tops, bottoms = signed[:, 0], signed[:, 1]
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.abs((top + tops) / (bottom + bottoms) - (top - tops) / (bottom - bottoms))

    outcome = tail_share(
        _gaps(candidate, reference, codes, groups),
        gap,
        scale=candidate.size + reference.size,
        draws=draws,
        rng=rng,
    )
    return Tested(p_value=outcome.p_value, test=outcome.named("sign-flip test of a ratio"))


@dataclass(frozen=True, slots=True)
class _Arm:
    """Numerators and denominators of one arm, one a document."""

    tops: FloatArray
    bottoms: FloatArray

    @property
    def ratio(self) -> float:
        return float(self.tops.sum()) / float(self.bottoms.sum())

    @property
    def size(self) -> float:
        """The ratio of the absolute sums: what rounding is measured against."""
        return float(np.abs(self.tops).sum()) / float(self.bottoms.sum())

    def contributions(self) -> FloatArray:
        """Each document's deviation from the ratio, in its unit; they sum to 0."""
        deviations: FloatArray = (self.tops - self.ratio * self.bottoms) / self.bottoms.mean()
        return deviations


def _arm(numerators: ArrayLike, denominators: ArrayLike) -> _Arm:
    tops, bottoms = vector(numerators, "numerators"), vector(denominators, "denominators")
    same_length(tops, bottoms)
    if (bottoms < 0).any():
        raise ValueError("a denominator is negative")
    return _Arm(tops, bottoms)


def _undefined(*arms: _Arm) -> NotEstimable | None:
    """Why the ratio of an arm is no number, if so."""
    if not all(arm.bottoms.sum() > 0 for arm in arms):
        return _NOTHING_COUNTED
    # Not by the quotient, which may be no float.
    tops = [float(np.abs(arm.tops).sum()) for arm in arms]
    if any(top > LARGEST * float(arm.bottoms.sum()) for top, arm in zip(tops, arms, strict=True)):
        return _TOO_LARGE
    return None


def _gaps(candidate: _Arm, reference: _Arm, codes: IntArray, groups: int) -> FloatArray:
    """Differences that change sign together, shape (G, 2), with rounding noise as 0."""
    a = np.stack((candidate.tops, candidate.bottoms), axis=1)
    b = np.stack((reference.tops, reference.bottoms), axis=1)
    sums = sums_by_cluster(a - b, codes, groups)
    return exact_ties(sums, sums_by_cluster(np.abs(a) + np.abs(b), codes, groups))


def _method(what: str, clusters: ArrayLike | None, *, skewness: bool) -> str:
    kind = "t interval" if clusters is None else "cluster-robust t interval (CR2)"
    return f"linearised {kind}{', widened for skewness' if skewness else ''}, {what}"


def _too_small(documents: int, groups: int) -> str:
    """Why there can be no interval, or nothing."""
    if documents < FEWEST_ITEMS:
        return only(documents, "items")
    return only(groups, "groups") if groups < FEWEST_GROUPS else ""
