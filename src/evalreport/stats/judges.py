"""A judge's scores corrected by human labels of some items: PPI++, and Rogan–Gladen for rates."""

from dataclasses import dataclass
from typing import Final, SupportsIndex

import numpy as np
from numpy.typing import ArrayLike

from evalreport.estimates import Estimate, Estimated, NotEstimable, Point
from evalreport.stats.arguments import FloatArray, check_count, check_level, only, vector
from evalreport.stats.clusters import commonest
from evalreport.stats.paired_binary import tango
from evalreport.stats.paired_mean import mean_interval
from evalreport.stats.proportions import wilson
from evalreport.stats.quantiles import two_sided_z
from evalreport.stats.spread import Spread, interval_of

FEWEST_LABELS: Final = 50
"""Below so many human labels a corrected number under-covers, or tells no more than they do."""

FEWEST_OF_EACH: Final = 10
"""So many labels must depart from the commonest one: for right and wrong, ten of each."""

WIDER_BELOW: Final = 200
"""Below so many labels the wider of the human-only and the corrected interval decides."""


@dataclass(frozen=True, slots=True)
class Corrected:
    """What people say, what the judge says, and the two together.

    Attributes:
        human_only: From the labelled items alone.
        judge_only: The judge's scores of all items, as if it were right.
        corrected: The judge's scores corrected by the labels.
        decides: The one of `human_only` and `corrected` that a verdict may rest on.
        weight: How far the judge is trusted, lambda: 0 is not at all.
    """

    human_only: Estimated
    judge_only: Estimated
    corrected: Estimated
    decides: Estimated
    weight: float


def ppi(judge: ArrayLike, human: ArrayLike, labelled: ArrayLike, *, level: float) -> Corrected:
    """The mean of human labels with the help of a judge who scored every item: PPI++.

    The judge's mean over the items without label, plus the mean of what people say beyond it where
    both spoke; the judge counts as much as it helps (lambda, tuned and cut to [0, 1]), so that a
    useless one costs next to nothing. To compare two models give differences of each item, tuned
    minus base, by judge and by people: a judge's error differs by model. Zeros and ones alone are
    taken for right and wrong; a -1 anywhere makes them differences. Items are independent.
    Source: Angelopoulos, Duchi and Zrnic (2023), arXiv:2311.01453, "PPI++"; Student's t
    for the normal quantile.

    Protects against few labels as far as measured (95 % asked for, a judge right in 85 %, 1,000
    items): at a true rate of 0.9 and 50 labels the plain interval covers in 90 %, and what decides
    here in 97 %. Does not protect against labels that were chosen: the labelled items must be a
    random subset.

    Args:
        judge: The judge's score of every item, shape (N,).
        human: The human labels on the same scale, shape (N,); what stands at items without label
            is never read.
        labelled: Whether the item has a human label, booleans of shape (N,).
        level: Two-sided confidence, such as 0.95.

    Returns:
        All three estimates. There is none that is corrected with fewer than 50 labels, fewer than
        10 that depart from the commonest one, or no item without label: then people decide. From
        50 to 200 labels the wider interval decides, from 200 on the corrected one.

    Raises:
        ValueError: NaN, an infinity, other lengths.
    """
    known = np.asarray(labelled)
    scores = vector(judge, "judge scores")
    if known.dtype != np.bool_ or known.shape != scores.shape or np.shape(human) != scores.shape:
        raise ValueError("each item needs a judge's score, a human label and a boolean")
    truth = vector(np.asarray(human)[known], "human labels")
    check_level(level)
    # A label of -1 makes 0 and 1 differences, though people may happen to have given none.
    least = -1.0 if (scores < 0).any() or (truth < 0).any() else 0.0
    human_only, judge_only = _mean(truth, least, level), _mean(scores, least, level)
    here, there = scores[known], scores[~known]
    refusal = _refusal(truth, there)
    if refusal:
        missing = NotEstimable(not_estimable=refusal)
        return Corrected(human_only, judge_only, missing, human_only, 0.0)
    n, others = len(here), len(there)
    spread = float(np.var(scores, ddof=1))
    shared = float(np.cov(truth, here, bias=True)[0, 1])  # over n, as in the authors' ppi_py
    weight = min(1.0, max(0.0, shared / ((1 + n / others) * spread))) if spread > 0 else 0.0
    residuals = truth - weight * here
    value = weight * float(there.mean()) + float(residuals.mean())
    elsewhere = float(np.var(there, ddof=1)) if others > 1 else spread
    variance = weight**2 * elsewhere / others + float(np.var(residuals, ddof=1)) / n
    corrected = interval_of(
        value, Spread(variance**0.5, n - 1), level=level, method="PPI++ t interval"
    )
    if isinstance(corrected, Estimate):
        corrected = _within(corrected, truth, least)
    return Corrected(human_only, judge_only, corrected, _decides(human_only, corrected, n), weight)


def rogan_gladen(
    judged_right: SupportsIndex,
    items: SupportsIndex,
    *,
    right_found: SupportsIndex,
    right: SupportsIndex,
    wrong_found: SupportsIndex,
    wrong: SupportsIndex,
    level: float,
) -> Estimated:
    """A judge's rate corrected by its sensitivity and specificity, whose own error is counted.

    (p + q0 - 1) / (q0 + q1 - 1), p the judged rate, q1 the sensitivity, q0 the specificity. The
    interval adds pseudo-counts to each (z² to p, two to q0 and q1), shifts for the skew and uses
    the delta method. Unlike `ppi` it bears labelled items whose share of right ones was chosen.
    Source: Rogan and Gladen (1978), American Journal of Epidemiology 107(1); interval of Lang and
    Reiczigel (2014), Preventive Veterinary Medicine 113(1), as Lee et al. (2025),
    arXiv:2511.21140, use it for judges.

    Args:
        judged_right: Items that the judge calls right.
        items: Items that it judged, other than the labelled ones.
        right_found: Of the items labelled right, those that the judge calls right.
        right: Items labelled right.
        wrong_found: Of the items labelled wrong, those that the judge calls wrong.
        wrong: Items labelled wrong.
        level: Two-sided confidence, such as 0.95.

    Returns:
        An estimate within [0, 1]; not estimable where the judge does no better than chance
        (q0 + q1 <= 1), or for fewer than 10 labels of a kind.

    Raises:
        ValueError: A negative count, or one beyond its total.
    """
    k, n = _of(judged_right, items, "judged_right")
    k1, m1 = _of(right_found, right, "right_found")
    k0, m0 = _of(wrong_found, wrong, "wrong_found")
    z = two_sided_z(check_level(level))
    if n == 0:
        return NotEstimable(not_estimable="no items")
    for labels, kind in ((m1, "right"), (m0, "wrong")):
        if labels < FEWEST_OF_EACH:
            return NotEstimable(not_estimable=f"{only(labels, 'items')} labelled {kind}")
    if k0 * m1 + k1 * m0 <= m0 * m1:
        return NotEstimable(not_estimable="the judge does no better than chance")
    value = (k / n + k0 / m0 - 1) / (k0 / m0 + k1 / m1 - 1)
    value = min(1.0, max(0.0, value))
    p, q0, q1 = (k + z * z / 2) / (n + z * z), (k0 + 1) / (m0 + 2), (k1 + 1) / (m1 + 2)
    informed = q0 + q1 - 1
    if informed <= 0:
        return Point(value=value, no_interval="the judge may do no better than chance")
    middle = (p + q0 - 1) / informed
    noise0, noise1 = q0 * (1 - q0) / (m0 + 2), q1 * (1 - q1) / (m1 + 2)
    shift = 2 * z * z * (middle * noise1 - (1 - middle) * noise0)
    variance = p * (1 - p) / (n + z * z) + (1 - middle) ** 2 * noise0 + middle**2 * noise1
    half = z * variance**0.5 / informed
    return Estimate(
        value=value,
        low=min(value, max(0.0, middle + shift - half)),
        high=max(value, min(1.0, middle + shift + half)),
        level=level,
        method="Rogan–Gladen, Lang–Reiczigel interval",
    )


def _refusal(truth: FloatArray, without_label: FloatArray) -> str:
    """Why there can be no corrected number, or nothing."""
    if len(truth) < FEWEST_LABELS:
        return only(len(truth), "human labels") if len(truth) else "no human labels"
    departing = int((truth != commonest(truth)).sum())
    if departing < FEWEST_OF_EACH:
        some = only(departing, "labels") if departing else "no labels"
        return f"{some} depart{'s' if departing == 1 else ''} from the commonest"
    return "" if len(without_label) else "every item has a human label"


def _mean(values: FloatArray, least: float, level: float) -> Estimated:
    """Wilson for right and wrong, Tango for differences of them, t for anything else."""
    if least == 0 and np.isin(values, (0.0, 1.0)).all():
        return wilson(int(values.sum()), len(values), level=level)
    if np.isin(values, (-1.0, 0.0, 1.0)).all():
        return tango(int((values > 0).sum()), int((values < 0).sum()), len(values), level=level)
    return mean_interval(values, level=level)


def _within(estimate: Estimate, truth: FloatArray, least: float) -> Estimate:
    """Cut to what rates, and differences of rates, can be."""
    if not np.isin(truth, (-1.0, 0.0, 1.0)).all():
        return estimate
    value = min(1.0, max(least, estimate.value))
    ends = {
        "low": max(least, min(value, estimate.low)),
        "high": min(1.0, max(value, estimate.high)),
    }
    return estimate.model_copy(update={"value": value, **ends})


def _decides(human_only: Estimated, corrected: Estimated, labels: int) -> Estimated:
    """The corrected one, or the wider one of the two while labels are few."""
    if not isinstance(corrected, Estimate):
        return human_only
    if labels >= WIDER_BELOW or not isinstance(human_only, Estimate):
        return corrected
    wider = human_only.high - human_only.low >= corrected.high - corrected.low
    return human_only if wider else corrected


def _of(part: SupportsIndex, whole: SupportsIndex, name: str) -> tuple[int, int]:
    some, total = check_count(part, name), check_count(whole, "a total")
    if some > total:
        raise ValueError(f"{name} is {some} of {total}")
    return some, total
