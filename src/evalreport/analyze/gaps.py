"""Gaps: how much more training items improved than unseen ones, with the base as control."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evalreport.analyze.findings import Gap
from evalreport.analyze.order import IntArray
from evalreport.analyze.parts import Parts
from evalreport.estimates import Estimate, Estimated, NotEstimable, Point, has_value
from evalreport.layers.overfitting import RECITE_SEEN, RECITE_UNSEEN, REPHRASED, SEEN, UNSEEN
from evalreport.metrics.base import FloatArray
from evalreport.numbers import (
    MINUS,
    Measure,
    Scale,
    count_text,
    difference,
    plain_sentence,
    rate_text,
    row_decimals,
)
from evalreport.stats.arguments import FEWEST_ITEMS
from evalreport.stats.clusters import cluster_mean
from evalreport.stats.differences_in_differences import welch
from evalreport.stats.mover import mover
from evalreport.stats.paired_binary import tango
from evalreport.stats.paired_mean import paired_difference

_NATS = Measure(Scale.PLAIN, "nats/token")
_SHARE = Measure(Scale.PERCENT, "%")


def gaps_of(layer: str, parts: Parts, *, level: float) -> tuple[Gap, ...]:
    """The gaps that a layer's answers allow, for tuned against base.

    Improvement is base minus tuned for losses and tuned minus base for recitation, so that a
    positive gap always means: training items changed more. Several training seeds are averaged
    item by item, and the gap is one of these checkpoints.

    Args:
        layer: Its name.
        parts: What it got.
        level: Confidence of the intervals.
    """
    found = (
        _loss_gap(layer, parts, level=level),
        _recitation_gap(layer, parts, level=level),
        _paraphrase_gap(layer, parts, level=level),
    )
    return tuple(gap for gap in found if gap is not None)


@dataclass(frozen=True, slots=True)
class _Answered:
    """What the items of one part gave, where both arms answered in every seed.

    Attributes:
        ids: Those items.
        tuned: Their number under tuned, averaged over seeds, shape (n,).
        base: The same under base.
        clusters: How the items hang together, when that is declared.
    """

    ids: tuple[str, ...]
    tuned: FloatArray
    base: FloatArray
    clusters: IntArray | None


def _answered(parts: Parts, name: str, within: Sequence[str] | None = None) -> _Answered:
    """A part's numbers, of these items where some are named."""
    part = parts.get(name)
    if part is None or not all(part.values.values()):
        return _Answered((), np.zeros(0), np.zeros(0), None)
    known = np.logical_and.reduce([~np.isnan(row) for rows in part.values.values() for row in rows])
    if within is None:
        places = np.flatnonzero(known)
    else:
        place = {part.ids[i]: i for i in np.flatnonzero(known).tolist()}
        places = np.asarray([place[one] for one in within if one in place], dtype=np.intp)
    tuned, base = (
        np.stack([row[places] for row in part.values[arm]], axis=1).mean(axis=1)
        for arm in ("tuned", "base")
    )
    ids = tuple(part.ids[i] for i in places.tolist())
    return _Answered(ids, tuned, base, part.families.within(places).clusters)


def _loss_gap(layer: str, parts: Parts, *, level: float) -> Gap | None:
    seen, unseen = _answered(parts, SEEN), _answered(parts, UNSEEN)
    if not seen.ids or not unseen.ids:
        return None
    gains = seen.base - seen.tuned, unseen.base - unseen.tuned
    means = (
        _mean(gains[0], seen.clusters, level=level),
        _mean(gains[1], unseen.clusters, level=level),
    )
    gap = welch(*gains, clusters=(seen.clusters, unseen.clusters), level=level)
    decimals = row_decimals(*means, gap, _NATS)
    return Gap(
        layer=layer,
        name="gap",
        unit="nats/token",
        seen=means[0],
        unseen=means[1],
        difference=gap,
        n_seen=len(seen.ids),
        n_unseen=len(unseen.ids),
        generalisation_ratio=_ratio(*gains),
        sentence=(
            f"From base to tuned the loss {_moved(means[0], decimals)} on "
            f"{count_text(len(seen.ids), 'training item')} and {_moved(means[1], decimals)} on "
            f"{count_text(len(unseen.ids), 'unseen item')}; the improvement on training items "
            f"differs by {_shown(gap, _NATS, decimals)}."
        ),
    )


def _moved(gain: Estimated, decimals: int | None) -> str:
    """How a loss moved, in words, with the number of the table: a positive gain is a fall."""
    shown = difference(gain, _NATS, "", decimals=decimals).value
    if not has_value(gain) or shown is None:
        return "moved by an amount that is not known"
    size = shown.text.lstrip(f"+{MINUS}").removesuffix(f" {_NATS.unit}")
    return f"{'fell' if gain.value >= 0 else 'rose'} by {size} nats per token"


def _ratio(seen: FloatArray, unseen: FloatArray) -> Estimated:
    """Improvement on unseen items as a share of that on seen ones."""
    if seen.mean() <= 0:
        return NotEstimable(not_estimable="the loss on training items did not fall")
    return Point(value=float(unseen.mean() / seen.mean()), no_interval="a ratio of two noisy means")


def _recitation_gap(layer: str, parts: Parts, *, level: float) -> Gap | None:
    seen, unseen = _answered(parts, RECITE_SEEN), _answered(parts, RECITE_UNSEEN)
    if not seen.ids or not unseen.ids:
        return None
    means = (
        _excess(seen.tuned - seen.base, seen.clusters, level=level),
        _excess(unseen.tuned - unseen.base, unseen.clusters, level=level),
    )
    # From the two intervals, which know what 0 of 20 leaves open: the spread of such a sample is 0,
    # and a normal theory would take a handful of recitations on the other side for beyond doubt.
    gap = mover(*means)
    decimals = row_decimals(*means, gap, _SHARE)
    return Gap(
        layer=layer,
        name="regurgitation",
        unit="fraction",
        seen=means[0],
        unseen=means[1],
        difference=gap,
        n_seen=len(seen.ids),
        n_unseen=len(unseen.ids),
        generalisation_ratio=NotEstimable(not_estimable="recitation is a share, not a gain"),
        sentence=(
            f"Given the first half, tuned goes on word for word in "
            f"{rate_text(float(seen.tuned.mean()))} of "
            f"{count_text(len(seen.ids), 'training completion')} "
            f"(base {rate_text(float(seen.base.mean()))}) and "
            f"{rate_text(float(unseen.tuned.mean()))} of {len(unseen.ids):,} unseen ones "
            f"(base {rate_text(float(unseen.base.mean()))}); "
            f"the excess on training items is {_shown(gap, _SHARE, decimals)}."
        ),
    )


def _paraphrase_gap(layer: str, parts: Parts, *, level: float) -> Gap | None:
    """Improvement on training prompts as they were, minus improvement on them rephrased."""
    changed = _answered(parts, REPHRASED)
    asked = _answered(parts, SEEN, within=changed.ids)
    changed = _answered(parts, REPHRASED, within=asked.ids)
    if not asked.ids:
        return None
    gains = asked.base - asked.tuned, changed.base - changed.tuned
    means = (
        _mean(gains[0], asked.clusters, level=level),
        _mean(gains[1], asked.clusters, level=level),
    )
    gap = _mean(gains[0] - gains[1], asked.clusters, level=level)
    decimals = row_decimals(*means, gap, _NATS)
    return Gap(
        layer=layer,
        name="paraphrase_gap",
        unit="nats/token",
        seen=means[0],
        unseen=means[1],
        difference=gap,
        n_seen=len(asked.ids),
        n_unseen=len(asked.ids),
        generalisation_ratio=_ratio(*gains),
        sentence=(
            f"On {count_text(len(asked.ids), 'training item')} the loss "
            f"{_moved(means[0], decimals)} in the words of the training set and "
            f"{_moved(means[1], decimals)} when asked in other words: "
            f"a difference of {_shown(gap, _NATS, decimals)}."
        ),
    )


def gap_is_above_zero(gap: Gap) -> bool:
    """Whether training items improved more than unseen ones, beyond doubt."""
    return isinstance(gap.difference, Estimate) and gap.difference.low > 0


def _shown(estimated: Estimated, measure: Measure, decimals: int | None) -> str:
    return plain_sentence(difference(estimated, measure, "", decimals=decimals))


def _mean(
    gains: FloatArray,
    clusters: IntArray | None,
    *,
    bounds: tuple[float, float] | None = None,
    level: float,
) -> Estimated:
    if clusters is not None:
        return cluster_mean(gains, clusters, bounds=bounds, level=level)
    return paired_difference(gains, bounds=bounds, level=level)


def _excess(recited: FloatArray, clusters: IntArray | None, *, level: float) -> Estimated:
    """How much more often tuned recites than base: -1, 0 or 1 an item, or between over seeds."""
    n = len(recited)
    if clusters is None and n >= FEWEST_ITEMS and np.isin(recited, (-1.0, 0.0, 1.0)).all():
        return tango(int((recited > 0).sum()), int((recited < 0).sum()), n, level=level)
    return _mean(recited, clusters, bounds=(-1, 1), level=level)
