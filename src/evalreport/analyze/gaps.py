"""Gaps: how much more training items improved than unseen ones, with the base as control."""

from collections.abc import Sequence

import numpy as np

from evalreport.analyze.findings import Gap
from evalreport.analyze.sentences import difference_text
from evalreport.estimates import Estimate, Estimated, NotEstimable, Point, has_value
from evalreport.evidence import Evidence
from evalreport.layers.overfitting import (
    RECITE_SEEN,
    RECITE_UNSEEN,
    REPHRASED,
    SEEN,
    UNSEEN,
    Overfitting,
    recites,
)
from evalreport.metrics.base import FloatArray
from evalreport.numbers import Measure, Scale, count_text, fraction_text, loss_text
from evalreport.records import Item, Itemised, Text, TokenLoss
from evalreport.stats.differences_in_differences import welch
from evalreport.stats.paired_mean import paired_difference

_NATS = Measure(Scale.PLAIN, "nats/token")
_SHARE = Measure(Scale.PERCENT, "%")


def gaps_of(layer: Overfitting, evidence: Evidence, *, level: float) -> tuple[Gap, ...]:
    """The gaps that this layer's answers allow, for tuned against base, first seed first.

    Improvement is base minus tuned for losses and tuned minus base for recitation, so that a
    positive gap always means: training items changed more.
    """
    tuned, base = _blocks(layer, evidence, "tuned"), _blocks(layer, evidence, "base")
    gaps: list[Gap] = []
    if tuned is None or base is None:
        return ()
    loss = _loss_gap(layer, evidence, tuned, base, (SEEN, UNSEEN), level=level)
    if loss is not None:
        gaps.append(loss)
    recited = _recitation_gap(layer, evidence, tuned, base, level=level)
    if recited is not None:
        gaps.append(recited)
    rephrased = _paraphrase_gap(layer, evidence, tuned, base, level=level)
    if rephrased is not None:
        gaps.append(rephrased)
    return tuple(gaps)


def _blocks(layer: Overfitting, evidence: Evidence, arm: str) -> dict[str, Itemised] | None:
    found = {
        part: blocks[0]
        for part in (SEEN, UNSEEN, RECITE_SEEN, RECITE_UNSEEN, REPHRASED)
        if (blocks := evidence.of_arm(layer.name, arm, part))
    }
    return found or None


def _losses(block: Itemised | None, items: Sequence[Item]) -> dict[str, float]:
    """Nats per token by item, where both the item and its answer are there."""
    losses: dict[str, float] = {}
    for item in items:
        for response in block.responses.get(item.id, ()) if block else ():
            if isinstance(response, TokenLoss):
                losses[item.id] = response.nats / response.tokens
    return losses


def _improvement(
    part: str,
    layer: Overfitting,
    evidence: Evidence,
    tuned: dict[str, Itemised],
    base: dict[str, Itemised],
) -> FloatArray:
    items = evidence.items.get((layer.name, part), ())
    mine, theirs = _losses(tuned.get(part), items), _losses(base.get(part), items)
    return np.asarray([theirs[i] - mine[i] for i in mine if i in theirs], dtype=np.float64)


def _loss_gap(
    layer: Overfitting,
    evidence: Evidence,
    tuned: dict[str, Itemised],
    base: dict[str, Itemised],
    parts: tuple[str, str],
    *,
    level: float,
) -> Gap | None:
    seen = _improvement(parts[0], layer, evidence, tuned, base)
    unseen = _improvement(parts[1], layer, evidence, tuned, base)
    if not len(seen) or not len(unseen):
        return None
    gap = welch(seen, unseen, level=level)
    ratio = _ratio(seen, unseen)
    shown_ratio = (
        f" and by {fraction_text(ratio.value)} of that on unseen ones" if has_value(ratio) else ""
    )
    return Gap(
        layer=layer.name,
        name="gap",
        unit="nats/token",
        seen=paired_difference(seen, level=level),
        unseen=paired_difference(unseen, level=level),
        difference=gap,
        n_seen=len(seen),
        n_unseen=len(unseen),
        generalisation_ratio=ratio,
        sentence=(
            f"The loss fell by {loss_text(float(seen.mean()))} nats per token on "
            f"{count_text(len(seen), 'training item')}{shown_ratio}; "
            f"the gap is {difference_text(gap, _NATS)}."
        ),
    )


def _ratio(seen: FloatArray, unseen: FloatArray) -> Estimated:
    """Improvement on unseen items as a share of that on seen ones."""
    if seen.mean() <= 0:
        return NotEstimable(not_estimable="the loss on training items did not fall")
    return Point(value=float(unseen.mean() / seen.mean()), no_interval="a ratio of two noisy means")


def _recitation_gap(
    layer: Overfitting,
    evidence: Evidence,
    tuned: dict[str, Itemised],
    base: dict[str, Itemised],
    *,
    level: float,
) -> Gap | None:
    gains: dict[str, FloatArray] = {}
    shares: dict[str, tuple[float, float]] = {}
    for part in (RECITE_SEEN, RECITE_UNSEEN):
        items = evidence.items.get((layer.name, part), ())
        mine = _recited(tuned.get(part), items)
        theirs = _recited(base.get(part), items)
        both = [i for i in mine if i in theirs]
        if not both:
            return None
        gains[part] = np.asarray([mine[i] - theirs[i] for i in both], dtype=np.float64)
        shares[part] = (
            float(np.mean([mine[i] for i in both])),
            float(np.mean([theirs[i] for i in both])),
        )
    seen, unseen = gains[RECITE_SEEN], gains[RECITE_UNSEEN]
    gap = welch(seen, unseen, level=level)
    mine_seen, base_seen = shares[RECITE_SEEN]
    mine_unseen, base_unseen = shares[RECITE_UNSEEN]
    return Gap(
        layer=layer.name,
        name="regurgitation",
        unit="fraction",
        seen=paired_difference(seen, bounds=(-1, 1), level=level),
        unseen=paired_difference(unseen, bounds=(-1, 1), level=level),
        difference=gap,
        n_seen=len(seen),
        n_unseen=len(unseen),
        generalisation_ratio=NotEstimable(not_estimable="recitation is a share, not a gain"),
        sentence=(
            f"Given the first half, tuned goes on word for word in {fraction_text(mine_seen)} of "
            f"training completions (base {fraction_text(base_seen)}) and "
            f"{fraction_text(mine_unseen)} of unseen ones (base {fraction_text(base_unseen)}); "
            f"the excess on training items is {difference_text(gap, _SHARE)}."
        ),
    )


def _recited(block: Itemised | None, items: Sequence[Item]) -> dict[str, float]:
    found: dict[str, float] = {}
    for item in items:
        for response in block.responses.get(item.id, ()) if block else ():
            if isinstance(response, Text):
                found[item.id] = float(recites(item, response.text))
    return found


def _paraphrase_gap(
    layer: Overfitting,
    evidence: Evidence,
    tuned: dict[str, Itemised],
    base: dict[str, Itemised],
    *,
    level: float,
) -> Gap | None:
    """Improvement on training prompts as they were, minus improvement on them rephrased."""
    items = evidence.items.get((layer.name, REPHRASED), ())
    if not items:
        return None
    arms = (tuned, base)
    asked = [_losses(arm.get(SEEN), items) for arm in arms]
    other = [_losses(arm.get(REPHRASED), items) for arm in arms]
    ids = [i.id for i in items if all(i.id in found for found in (*asked, *other))]
    if not ids:
        return None
    original = np.asarray([asked[1][i] - asked[0][i] for i in ids], dtype=np.float64)
    changed = np.asarray([other[1][i] - other[0][i] for i in ids], dtype=np.float64)
    gap = paired_difference(original - changed, level=level)
    return Gap(
        layer=layer.name,
        name="paraphrase_gap",
        unit="nats/token",
        seen=paired_difference(original, level=level),
        unseen=paired_difference(changed, level=level),
        difference=gap,
        n_seen=len(ids),
        n_unseen=len(ids),
        generalisation_ratio=_ratio(original, changed),
        sentence=(
            f"On {count_text(len(ids), 'training item')} asked in other words, the improvement "
            f"differs by {difference_text(gap, _NATS)} from that on the words of the training set."
        ),
    )


def gap_is_above_zero(gap: Gap) -> bool:
    """Whether training items improved more than unseen ones, beyond doubt."""
    return isinstance(gap.difference, Estimate) and gap.difference.low > 0
