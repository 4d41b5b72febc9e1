"""Several generations an item: how much of the error is sampling noise, and what lessens it."""

import math
from typing import SupportsIndex

from numpy.typing import ArrayLike

from evalreport.estimates import Estimated, NotEstimable
from evalreport.stats.arguments import NO_ITEMS, check_count, matrix, only
from evalreport.stats.bounded_mean import Bounds, check_bounds
from evalreport.stats.paired_mean import mean_interval
from evalreport.values import NonNegative, Value


class Generations(Value):
    """The mean over items of the mean over generations, and where its error comes from.

    Attributes:
        mean: With the t interval over item means; generations of one item are no items.
        between: Var(x), the variance of the items' own mean scores; 0 where the noise alone
            explains what is seen.
        within: E[sigma²], the mean variance of a generation around its item's mean.
        items: How many items.
        draws: How many generations an item.
    """

    mean: Estimated
    between: NonNegative
    within: NonNegative
    items: int
    draws: int

    @property
    def noise_share(self) -> float | NotEstimable:
        """The share of sampling noise in the variance of the mean."""
        noise = self.within / self.draws
        total = self.between + noise
        return noise / total if total > 0 else NotEstimable(not_estimable="nothing varies")

    def standard_error(self, items: SupportsIndex, draws: SupportsIndex) -> float:
        """What the standard error would be with so many items and generations an item.

        sqrt((Var(x) + E[sigma²] / K) / n): more generations lessen the second term only.

        Raises:
            ValueError: A count below 1.
        """
        n, k = check_count(items, "items"), check_count(draws, "draws")
        if n == 0 or k == 0:
            raise ValueError("at least one item and one draw are needed")
        return math.sqrt((self.between + self.within / k) / n)


def generations(
    scores: ArrayLike, *, level: float, bounds: Bounds | None = None
) -> Generations | NotEstimable:
    """The mean of several generations an item, and its error split into items and sampling noise.

    The standard error is that of the item means; all items times draws as if independent would be
    too small. For two arms give the differences of their item means to `paired_difference`.
    Source: Miller (2024), Adding Error Bars to Evals, arXiv:2411.00640.

    Args:
        scores: shape (items, draws), at least two draws.
        level: Two-sided confidence, such as 0.95.
        bounds: The least and the greatest score that there can be.

    Raises:
        ValueError: A score outside the bounds, NaN, an infinity, another shape.
    """
    values = matrix(scores, "scores")
    if bounds is not None:
        check_bounds(values.ravel(), bounds)
    items, draws = values.shape
    if items == 0 or draws == 0:
        return NotEstimable(not_estimable=NO_ITEMS)
    means = values.mean(axis=1)
    mean = mean_interval(means, level=level, bounds=bounds)
    if items == 1 or draws == 1:
        few = only(items, "items") if items == 1 else f"{only(draws, 'generations')} an item"
        return NotEstimable(not_estimable=few)
    within = float(values.var(axis=1, ddof=1).mean())
    return Generations(
        mean=mean,
        between=max(0.0, float(means.var(ddof=1)) - within / draws),
        within=within,
        items=items,
        draws=draws,
    )
