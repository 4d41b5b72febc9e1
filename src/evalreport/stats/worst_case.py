"""What a mean difference could be when items have no outcome in one arm or both (Manski bounds)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evalreport.stats.arguments import FloatArray, vector
from evalreport.stats.bounded_mean import Bounds, check_bounds


@dataclass(frozen=True, slots=True)
class WorstCase:
    """Differences at both ends of what the missing outcomes could have been.

    Attributes:
        least: Differences with the gaps filled against the candidate, shape (n,).
        greatest: Differences with the gaps filled in its favour, shape (n,).
    """

    least: FloatArray
    greatest: FloatArray

    @property
    def bounds(self) -> Bounds:
        """The least and the greatest mean difference."""
        return float(self.least.mean()), float(self.greatest.mean())


def worst_case(
    candidate: ArrayLike,
    reference: ArrayLike,
    *,
    candidate_known: ArrayLike,
    reference_known: ArrayLike,
    bounds: Bounds,
) -> WorstCase:
    """The differences when every missing score takes the metric's extreme, once at each end.

    A verdict holds if it holds for both. Nothing is assumed about why outcomes are missing.
    Source: Horowitz and Manski (2000), JASA 95(449); Manski (2003), Partial Identification.

    Args:
        candidate: Scores, shape (n,); what stands at unknown places is never read.
        reference: Scores of the other arm on the same items, shape (n,).
        candidate_known: Whether the candidate has an outcome, booleans of shape (n,).
        reference_known: Whether the reference has one.
        bounds: The least and the greatest score of the metric.

    Raises:
        ValueError: No items, other lengths, known scores that are NaN or outside the bounds.
    """
    a, a_known = _known(candidate, candidate_known, bounds, "candidate scores")
    b, b_known = _known(reference, reference_known, bounds, "reference scores")
    if len(a) != len(b) or len(a) == 0:
        raise ValueError(f"both arms need scores of the same items: {len(a)} and {len(b)}")
    low, high = check_bounds(np.zeros(0), bounds)
    return WorstCase(
        least=np.where(a_known, a, low) - np.where(b_known, b, high),
        greatest=np.where(a_known, a, high) - np.where(b_known, b, low),
    )


def _known(
    scores: ArrayLike, known: ArrayLike, bounds: Bounds, name: str
) -> tuple[FloatArray, FloatArray]:
    mask = np.asarray(known)
    if mask.dtype != np.bool_ or mask.shape != np.shape(scores):
        raise ValueError(f"{name} need one boolean each, not {mask.dtype} of shape {mask.shape}")
    values = vector(np.where(mask, np.asarray(scores, dtype=np.float64), bounds[0]), name)
    check_bounds(values, bounds)
    return values, mask
