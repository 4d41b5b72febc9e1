"""How far several raters agree: Fleiss' kappa, Krippendorff's alpha where ratings are missing."""

from collections.abc import Callable, Sequence
from typing import Literal, SupportsIndex, TypeAlias, get_args

import numpy as np
from numpy.typing import ArrayLike

from evalreport.estimates import Estimated, NotEstimable, Point
from evalreport.stats.agreement import ONE_LABEL, beyond_chance, rarely
from evalreport.stats.arguments import (
    NO_ITEMS,
    FloatArray,
    check_draws,
    check_level,
    cluster_codes,
    few,
    only_these_differ,
    sums_by_cluster,
)
from evalreport.stats.corpus import corpus_interval
from evalreport.stats.labels import Label

LabelScale: TypeAlias = Literal["nominal", "ordinal", "interval"]
Ratings: TypeAlias = Sequence[Sequence[Label | None]]

_NOT_RATED_TWICE = "no item has two ratings"


def fleiss_kappa(
    ratings: Ratings,
    clusters: ArrayLike | None = None,
    *,
    level: float,
    skewness: bool = True,
) -> Estimated:
    """Fleiss' kappa: agreement of several raters, who need not be the same for every item.

    Source: Fleiss (1971), Psychological Bulletin 76(5); linearised interval as Gwet (2021),
    Educational and Psychological Measurement 81(4), 781-790.

    Args:
        ratings: For each item as many labels, whole numbers or texts, shape (items, raters).
        clusters: Cluster of each item, or None.
        level: Two-sided confidence, such as 0.95.
        skewness: Whether each end is the wider of t's and Hall's; else it is the textbook's t.

    Returns:
        An estimate cut to [-1, 1]; a point for fewer than 10 items or 5 clusters, or where raters
        split on (or agree on) fewer than six, or give a label other than the commonest to fewer
        than six; not estimable where only one label occurs.

    Raises:
        ValueError: A missing rating (see `krippendorffs_alpha`), fewer than two raters, labels
            that are neither whole numbers nor texts.
    """
    counts, _ = _counts(ratings)
    check_level(level)
    if len(counts) == 0:
        return NotEstimable(not_estimable=NO_ITEMS)
    raters = float(counts[0].sum())
    if (counts.sum(axis=1) != raters).any():
        raise ValueError("items have different numbers of ratings: krippendorffs_alpha bears that")
    if raters < 2:
        raise ValueError("agreement needs two ratings of each item")
    used = counts.mean(axis=0) / raters
    return beyond_chance(
        (counts * (counts - 1)).sum(axis=1) / (raters * (raters - 1)),
        float(used @ used),
        2 * counts @ used / raters,
        counts.max(axis=1) == raters,
        clusters,
        rare=1 - counts[:, int(used.argmax())] / raters,
        level=level,
        name="Fleiss' kappa",
        skewness=skewness,
    )


def krippendorffs_alpha(
    ratings: Ratings,
    clusters: ArrayLike | None = None,
    *,
    scale: LabelScale = "nominal",
    labels: Sequence[Label] | None = None,
    level: float,
    draws: SupportsIndex = 2000,
    rng: np.random.Generator,
) -> Estimated:
    """Krippendorff's alpha: agreement of any number of raters, with ratings missing.

    The interval is a bootstrap over items (or clusters) with expanded percentiles, as of any
    corpus metric: items are what another study would draw anew. Items with one rating count for
    nothing. It covers 91 to 95 % at a nominal 95 %, least with 30 items and rare labels.
    Source: Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, University of
    Pennsylvania; Hayes and Krippendorff (2007), Communication Methods and Measures 1(1).

    Args:
        ratings: For each item its ratings, None where a rater gave none.
        clusters: Cluster of each item, or None.
        scale: Whether labels differ or not (nominal), are ranks, or numbers with distances.
        labels: All labels in their order; texts need it on the ordinal scale.
        level: Two-sided confidence, such as 0.95.
        draws: Resamples.
        rng: Where they come from.

    Returns:
        An estimate; a point for fewer than 30 items (with two ratings) or 10 clusters, or where
        raters split on fewer than six, or give a label other than the commonest to fewer than six;
        not estimable where only one label occurs.

    Raises:
        ValueError: Ratings that are neither whole numbers nor texts (a missing one is None, not
            NaN), texts without order on the ordinal scale, or on the interval scale.
    """
    counts, names = _counts(ratings, labels)
    check_level(level)
    check_draws(draws)
    difference = _difference(scale, names, labels)
    codes, _ = cluster_codes(clusters, len(counts))
    if len(counts) == 0:
        return NotEstimable(not_estimable=NO_ITEMS)
    paired = counts.sum(axis=1) >= 2
    counts = counts[paired]
    if len(counts) == 0:
        return NotEstimable(not_estimable=_NOT_RATED_TWICE)
    kept, groups = cluster_codes(codes[paired], len(counts))
    if (counts.sum(axis=0) > 0).sum() == 1:
        return NotEstimable(not_estimable=ONE_LABEL)
    k = len(names)
    rows, columns = np.triu_indices(k, 1)
    pairs = counts[:, rows] * counts[:, columns] / (counts.sum(axis=1, keepdims=True) - 1)

    def alpha(sums: FloatArray) -> FloatArray:
        """From (..., k + pairs of labels): how often labels occur, and meet in an item."""
        totals, met = sums[..., :k], sums[..., k:]
        apart = difference(totals)[..., rows, columns]
        chance = (totals[..., rows] * totals[..., columns] * apart).sum(axis=-1)
        seen = (totals.sum(axis=-1) - 1) * (met * apart).sum(axis=-1)
        return np.where(chance > 0, 1 - seen / np.where(chance > 0, chance, 1.0), np.nan)

    found = corpus_interval(
        np.concatenate((counts, pairs), axis=1),
        alpha,
        None if clusters is None else kept,
        level=level,
        draws=draws,
        rng=rng,
    )
    if isinstance(found, NotEstimable | Point):
        return found
    unit = "items" if clusters is None else "groups"
    split = int((sums_by_cluster((pairs > 0).any(axis=1) * 1.0, kept, groups) > 0).sum())
    if few(split, groups):
        return Point(value=found.value, no_interval=only_these_differ(split, unit))
    rare = 1 - counts[:, int(counts.sum(axis=0).argmax())] / counts.sum(axis=1)
    refusal = rarely(rare, kept, groups, unit)
    return Point(value=found.value, no_interval=refusal) if refusal else found


def _difference(
    scale: str, names: Sequence[Label], labels: Sequence[Label] | None
) -> Callable[[FloatArray], FloatArray]:
    """Squared differences between labels, (..., k) to (..., k, k), from how often each occurs."""
    if scale not in get_args(LabelScale):
        raise ValueError(f"scales are {', '.join(get_args(LabelScale))}, not {scale}")
    texts = any(isinstance(name, str) for name in names)
    if texts and scale == "interval":
        raise ValueError("texts have no distances: use the ordinal scale")
    if texts and scale == "ordinal" and labels is None:
        raise ValueError("the ordinal scale needs `labels`, all of them in their order")
    places = np.arange(len(names)) if texts else np.array(names, dtype=np.float64)
    if scale == "ordinal":

        def ranks(totals: FloatArray) -> FloatArray:
            # The ratings between two labels, and half of those at either end.
            middle = np.cumsum(totals, axis=-1) - totals / 2
            return np.square(middle[..., :, np.newaxis] - middle[..., np.newaxis, :])

        return ranks
    fixed = np.subtract.outer(places, places) ** 2.0
    if scale == "nominal":
        fixed = (fixed > 0).astype(np.float64)
    return lambda totals: np.broadcast_to(fixed, (*totals.shape, len(names)))


def _counts(
    ratings: Ratings, labels: Sequence[Label] | None = None
) -> tuple[FloatArray, tuple[Label, ...]]:
    """How often each item got each label, shape (items, labels), and the labels."""
    given = [[_label(rating) for rating in item if rating is not None] for item in ratings]
    seen = {label for item in given for label in item}
    if len({type(label) for label in seen}) > 1:
        raise ValueError("some labels are texts and others whole numbers")
    names = tuple(sorted(seen)) if labels is None else tuple(labels)
    places = {name: place for place, name in enumerate(names)}
    if len(places) < len(names):
        raise ValueError("`labels` names one twice")
    unknown = sorted(str(label) for label in seen - set(names))
    if unknown:
        raise ValueError(f"`labels` does not name {', '.join(unknown)}")
    counts = np.zeros((len(given), len(names)))
    for row, item in zip(counts, given, strict=True):
        for label in item:
            row[places[label]] += 1
    return counts, names


def _label(rating: object) -> Label:
    if isinstance(rating, str):
        return str(rating)
    if isinstance(rating, bool | int | np.integer | np.bool_):
        return int(rating)
    raise ValueError(f"a rating is a whole number, a text or None, not {rating!r}")
