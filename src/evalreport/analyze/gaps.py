"""Gaps: how much more training items improved than unseen ones, with the base as control."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evalreport.analyze.findings import Gap
from evalreport.analyze.order import StrArray
from evalreport.analyze.tables import clusters_of
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
from evalreport.numbers import (
    MINUS,
    Measure,
    Scale,
    count_text,
    difference,
    plain_sentence,
    rate_text,
)
from evalreport.records import Item, Itemised, Text, TokenLoss
from evalreport.stats.arguments import few, only_these_differ
from evalreport.stats.clusters import cluster_mean
from evalreport.stats.differences_in_differences import welch
from evalreport.stats.paired_mean import paired_difference

_NATS = Measure(Scale.PLAIN, "nats/token")
_SHARE = Measure(Scale.PERCENT, "%")


def gaps_of(layer: Overfitting, evidence: Evidence, *, level: float) -> tuple[Gap, ...]:
    """The gaps that this layer's answers allow, for tuned against base.

    Improvement is base minus tuned for losses and tuned minus base for recitation, so that a
    positive gap always means: training items changed more. Several training seeds are averaged
    item by item, and the gap is one of these checkpoints.
    """
    answers = _Answers(layer, evidence)
    found = (
        _loss_gap(answers, level=level),
        _recitation_gap(answers, level=level),
        _paraphrase_gap(answers, level=level),
    )
    return tuple(gap for gap in found if gap is not None)


@dataclass(frozen=True, slots=True)
class _Part:
    """What the items of one part gave, where both arms answered in every seed.

    Attributes:
        items: Those items.
        tuned: Their number under tuned, averaged over seeds, shape (n,).
        base: The same under base.
    """

    items: tuple[Item, ...]
    tuned: FloatArray
    base: FloatArray

    @property
    def clusters(self) -> StrArray | None:
        """How the items hang together, when that is declared."""
        return clusters_of(self.items)


@dataclass(frozen=True, slots=True)
class _Answers:
    """One overfitting layer's answers."""

    layer: Overfitting
    evidence: Evidence

    def part(
        self,
        name: str,
        read: Callable[[Itemised, Sequence[Item]], Mapping[str, float]],
        within: Sequence[Item] | None = None,
    ) -> _Part:
        """A part's numbers.

        Args:
            name: Of the part whose blocks are read.
            read: A number by item id, from one block.
            within: The items that are meant, when not those of the part.
        """
        items = self.evidence.items.get((self.layer.name, name), ()) if within is None else within
        arms = [
            [read(block, items) for block in self.evidence.of_arm(self.layer.name, arm, name)]
            for arm in ("tuned", "base")
        ]
        both = tuple(
            item
            for item in items
            if all(blocks and all(item.id in found for found in blocks) for blocks in arms)
        )
        tuned, base = (
            np.asarray([[found[i.id] for found in blocks] for i in both], dtype=np.float64)
            for blocks in arms
        )
        if not both:
            return _Part((), np.zeros(0), np.zeros(0))
        return _Part(both, tuned.mean(axis=1), base.mean(axis=1))


def _losses(block: Itemised, items: Sequence[Item]) -> dict[str, float]:
    """Nats per token by item, where both the item and its answer are there."""
    return {
        item.id: response.nats / response.tokens
        for item in items
        for response in block.responses.get(item.id, ())
        if isinstance(response, TokenLoss)
    }


def _recited(block: Itemised, items: Sequence[Item]) -> dict[str, float]:
    return {
        item.id: float(recites(item, response.text))
        for item in items
        for response in block.responses.get(item.id, ())
        if isinstance(response, Text)
    }


def _loss_gap(answers: _Answers, *, level: float) -> Gap | None:
    seen, unseen = answers.part(SEEN, _losses), answers.part(UNSEEN, _losses)
    if not seen.items or not unseen.items:
        return None
    gains = seen.base - seen.tuned, unseen.base - unseen.tuned
    means = (
        _mean(gains[0], seen.clusters, level=level),
        _mean(gains[1], unseen.clusters, level=level),
    )
    gap = _gap_between(gains, (seen.clusters, unseen.clusters), level=level)
    return Gap(
        layer=answers.layer.name,
        name="gap",
        unit="nats/token",
        seen=means[0],
        unseen=means[1],
        difference=gap,
        n_seen=len(seen.items),
        n_unseen=len(unseen.items),
        generalisation_ratio=_ratio(*gains),
        sentence=(
            f"From base to tuned the loss {_moved(means[0])} on "
            f"{count_text(len(seen.items), 'training item')} and {_moved(means[1])} on "
            f"{count_text(len(unseen.items), 'unseen item')}; the improvement on training items "
            f"differs by {_shown(gap, _NATS)}."
        ),
    )


def _moved(gain: Estimated) -> str:
    """How a loss moved, in words, with the number of the table: a positive gain is a fall."""
    shown = difference(gain, _NATS, "").value
    if not has_value(gain) or shown is None:
        return "moved by an amount that is not known"
    size = shown.text.lstrip(f"+{MINUS}").removesuffix(f" {_NATS.unit}")
    return f"{'fell' if gain.value >= 0 else 'rose'} by {size} nats per token"


def _ratio(seen: FloatArray, unseen: FloatArray) -> Estimated:
    """Improvement on unseen items as a share of that on seen ones."""
    if seen.mean() <= 0:
        return NotEstimable(not_estimable="the loss on training items did not fall")
    return Point(value=float(unseen.mean() / seen.mean()), no_interval="a ratio of two noisy means")


def _recitation_gap(answers: _Answers, *, level: float) -> Gap | None:
    seen, unseen = answers.part(RECITE_SEEN, _recited), answers.part(RECITE_UNSEEN, _recited)
    if not seen.items or not unseen.items:
        return None
    gains = seen.tuned - seen.base, unseen.tuned - unseen.base
    differing = int((gains[0] != 0).sum() + (gains[1] != 0).sum())
    if few(differing, len(gains[0]) + len(gains[1])):
        # A normal theory on a handful of recitations would call any of them beyond doubt.
        gap: Estimated = Point(
            value=float(gains[0].mean() - gains[1].mean()),
            no_interval=only_these_differ(differing, "items"),
        )
    else:
        gap = _gap_between(gains, (seen.clusters, unseen.clusters), level=level)
    return Gap(
        layer=answers.layer.name,
        name="regurgitation",
        unit="fraction",
        seen=_mean(gains[0], seen.clusters, bounds=(-1, 1), level=level),
        unseen=_mean(gains[1], unseen.clusters, bounds=(-1, 1), level=level),
        difference=gap,
        n_seen=len(seen.items),
        n_unseen=len(unseen.items),
        generalisation_ratio=NotEstimable(not_estimable="recitation is a share, not a gain"),
        sentence=(
            f"Given the first half, tuned goes on word for word in "
            f"{rate_text(float(seen.tuned.mean()))} of "
            f"{count_text(len(seen.items), 'training completion')} "
            f"(base {rate_text(float(seen.base.mean()))}) and "
            f"{rate_text(float(unseen.tuned.mean()))} of {len(unseen.items):,} unseen ones "
            f"(base {rate_text(float(unseen.base.mean()))}); "
            f"the excess on training items is {_shown(gap, _SHARE)}."
        ),
    )


def _paraphrase_gap(answers: _Answers, *, level: float) -> Gap | None:
    """Improvement on training prompts as they were, minus improvement on them rephrased."""
    changed = answers.part(REPHRASED, _losses)
    asked = answers.part(SEEN, _losses, within=changed.items)
    changed = answers.part(REPHRASED, _losses, within=asked.items)
    if not asked.items:
        return None
    gains = asked.base - asked.tuned, changed.base - changed.tuned
    means = tuple(_mean(gain, asked.clusters, level=level) for gain in gains)
    gap = _mean(gains[0] - gains[1], asked.clusters, level=level)
    return Gap(
        layer=answers.layer.name,
        name="paraphrase_gap",
        unit="nats/token",
        seen=means[0],
        unseen=means[1],
        difference=gap,
        n_seen=len(asked.items),
        n_unseen=len(asked.items),
        generalisation_ratio=_ratio(*gains),
        sentence=(
            f"On {count_text(len(asked.items), 'training item')} the loss {_moved(means[0])} in "
            f"the words of the training set and {_moved(means[1])} when asked in other words: "
            f"a difference of {_shown(gap, _NATS)}."
        ),
    )


def gap_is_above_zero(gap: Gap) -> bool:
    """Whether training items improved more than unseen ones, beyond doubt."""
    return isinstance(gap.difference, Estimate) and gap.difference.low > 0


def _shown(estimated: Estimated, measure: Measure) -> str:
    return plain_sentence(difference(estimated, measure, ""))


def _mean(
    gains: FloatArray,
    clusters: StrArray | None,
    *,
    bounds: tuple[float, float] | None = None,
    level: float,
) -> Estimated:
    if clusters is not None:
        return cluster_mean(gains, clusters, bounds=bounds, level=level)
    return paired_difference(gains, bounds=bounds, level=level)


def _gap_between(
    gains: tuple[FloatArray, FloatArray],
    clusters: tuple[StrArray | None, StrArray | None],
    *,
    level: float,
) -> Estimated:
    """The difference of two independent means; Welch's interval, robust where items hang together.

    There is none where so few clusters depart from the common value that a mean alone has none.
    """
    first, second = gains
    if all(names is None for names in clusters):
        return welch(first, second, level=level)
    given = [
        np.arange(len(values)).astype(np.str_) if names is None else names
        for values, names in zip(gains, clusters, strict=True)
    ]
    for values, names in zip(gains, given, strict=True):
        one = cluster_mean(values, names, level=level)
        if not isinstance(one, Estimate):
            reason = one.no_interval if isinstance(one, Point) else one.not_estimable
            return Point(value=float(first.mean() - second.mean()), no_interval=reason)
    return welch(first, second, clusters=(given[0], given[1]), level=level)
