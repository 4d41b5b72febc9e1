"""How often a judge prefers what stands first: both orders of an item are one look at it."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from evalreport.estimates import Estimate, Estimated, NotEstimable, Point
from evalreport.stats.arguments import (
    FEWEST_GROUPS,
    FEWEST_ITEMS,
    check_level,
    cluster_codes,
    few,
    only,
    same_length,
    sums_by_cluster,
    vector,
)
from evalreport.stats.bounded_mean import common_value_interval
from evalreport.stats.ratio import ratio

_HALF: Final = 0.5
NOTHING_DECISIVE: Final = "no verdict is decisive"


def slot_share(
    first: ArrayLike, second: ArrayLike, clusters: ArrayLike | None, *, level: float
) -> Estimated:
    """The share of decisive verdicts that went to whatever stood first.

    An item that was judged alike in both orders gives one verdict to each slot, whatever is true of
    the judge: its two verdicts are one observation, and the share is a ratio of sums over items (or
    clusters). Where fewer than six items lean to a slot at all, normal theory fails, and the shares
    that lean to either are bounded exactly; likewise where fewer than six have any verdict for one
    of the slots, as of a judge that always prefers the other.

    Source: the ratio as Cochran (1977), Sampling Techniques, section 6.4; the bound as
    `common_value_interval`.

    Args:
        first: Decisive verdicts of each item for what stood first, shape (n,).
        second: Those for what stood second.
        clusters: Cluster of each item, or None.
        level: Two-sided confidence, such as 0.95.

    Returns:
        A fraction; a point for fewer than 10 items or 5 clusters with a decisive verdict; not
        estimable without any.

    Raises:
        ValueError: Negative counts, NaN, an infinity, other lengths.
    """
    one, other = vector(first, "first"), vector(second, "second")
    same_length(one, other)
    if (one < 0).any() or (other < 0).any():
        raise ValueError("a count is negative")
    check_level(level)
    codes, _ = cluster_codes(clusters, len(one))
    decisive = one + other
    keep = decisive > 0
    if not keep.any():
        return NotEstimable(not_estimable=NOTHING_DECISIVE)
    units, codes = np.unique(codes[keep], return_inverse=True)
    groups = len(units)
    value = float(one.sum() / decisive.sum())
    if int(keep.sum()) < FEWEST_ITEMS:
        return Point(value=value, no_interval=only(int(keep.sum()), "items"))
    if groups < FEWEST_GROUPS:
        return Point(value=value, no_interval=only(groups, "groups"))
    firsts, seconds = (sums_by_cluster(of[keep], codes, groups) for of in (one, other))
    leaning = firsts - seconds
    for common, below, above in (
        (_HALF, int((leaning < 0).sum()), int((leaning > 0).sum())),
        (1.0, int((seconds > 0).sum()), 0),
        (0.0, 0, int((firsts > 0).sum())),
    ):
        if few(below + above, groups):
            held = sums_by_cluster(decisive[keep], codes, groups)
            return common_value_interval(
                value,
                common=common,
                below=below,
                above=above,
                units=groups,
                weight=float(held.max()) * groups / float(held.sum()),
                bounds=(0.0, 1.0),
                level=level,
            )
    found = ratio(one[keep], decisive[keep], None if clusters is None else codes, level=level)
    if not isinstance(found, Estimate):
        return found
    ends = {"low": max(0.0, found.low), "high": min(1.0, found.high)}
    return found.model_copy(update=ends)
