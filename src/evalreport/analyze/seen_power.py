"""What a comparison could have seen: from the declared effect and the observed spread.

Never from the observed effect: that is the p-value in other clothes.
"""

import math

import numpy as np

from evalreport.analyze.compare import Sample, item_differences
from evalreport.analyze.findings import Power
from evalreport.analyze.terms import Declaration, Terms
from evalreport.estimates import Estimated, NotEstimable, Point, has_value
from evalreport.metrics.base import FloatArray, Scale
from evalreport.numbers import bound_text, count_text, measure_of
from evalreport.stats.clusters import design_effect
from evalreport.stats.power_binary import (
    binary_items,
    binary_margin_items,
    smallest_detectable_binary,
    smallest_margin_binary,
)
from evalreport.stats.power_mean import (
    INDEPENDENT,
    Grouping,
    margin_items,
    mean_items,
    smallest_detectable_mean,
    smallest_margin,
)

_FEWEST = 10
_NO_INTERVAL = "computed from the observed spread, not estimated"


def seen_power(mine: Sample, theirs: Sample, declared: Declaration, terms: Terms) -> Power:
    """The smallest true difference that these items show with the declared power.

    For a guard it is the smallest margin that would be shown if nothing were lost.
    """
    target = declared.gain_at_least or declared.lose_at_most
    is_margin = declared.gain_at_least is None and declared.lose_at_most is not None
    d = item_differences(mine, theirs)
    if d is None or mine.column.scale is Scale.RATIO:
        return _unknown("power is computed for means over items only", target)
    if len(d) < _FEWEST:
        return _unknown(f"only {count_text(len(d), 'item')}", target)
    grouping = grouping_of(d, mine)
    binary = mine.is_binary and theirs.is_binary and grouping is INDEPENDENT
    spread = float((d != 0).mean()) if binary else float(np.std(d, ddof=1))
    if spread <= 0:
        return _unknown("no item differs between the two", target)
    smallest = _smallest(len(d), spread, terms, grouping, binary=binary, is_margin=is_margin)
    required = _required(target, spread, terms, grouping, binary=binary, is_margin=is_margin)
    source = (
        "share of items that differ, observed"
        if binary
        else "standard deviation of an item's difference, observed"
    )
    return Power(
        smallest_detectable=(
            smallest
            if isinstance(smallest, NotEstimable)
            else Point(value=smallest, no_interval=_NO_INTERVAL)
        ),
        n_required=required,
        target=target,
        spread=spread,
        spread_source=source,
        design_effect=None if grouping is INDEPENDENT else grouping.design_effect,
        disagreement=float((d != 0).mean()) if mine.is_binary and theirs.is_binary else None,
        note=_note(len(d), smallest, required, target, mine, is_margin=is_margin),
    )


def grouping_of(differences: FloatArray, one: Sample) -> Grouping:
    """How items hang together: mean cluster size, and the design effect that the data show."""
    if one.clusters is None:
        return INDEPENDENT
    size = len(differences) / len(np.unique(one.clusters))
    effect = design_effect(differences, one.clusters)
    if isinstance(effect, NotEstimable) or effect <= 0:
        return Grouping(size=size, design_effect=1.0)
    return Grouping(size=size, design_effect=effect)


def _smallest(
    n: int, spread: float, terms: Terms, grouping: Grouping, *, binary: bool, is_margin: bool
) -> float | NotEstimable:
    power, alpha = terms.power, terms.alpha
    if is_margin:
        if binary:
            return smallest_margin_binary(n, spread, power=power, alpha=alpha)
        return smallest_margin(n, spread, power=power, alpha=alpha, grouping=grouping)
    if binary:
        return smallest_detectable_binary(n, spread, power=power, alpha=alpha)
    return smallest_detectable_mean(n, spread, power=power, alpha=alpha, grouping=grouping)


def _required(
    target: float | None,
    spread: float,
    terms: Terms,
    grouping: Grouping,
    *,
    binary: bool,
    is_margin: bool,
) -> int | None:
    if target is None:
        return None
    power, alpha = terms.power, terms.alpha
    if is_margin:
        items = (
            binary_margin_items(min(target, 1.0), spread, power=power, alpha=alpha)
            if binary
            else margin_items(target, spread, power=power, alpha=alpha, grouping=grouping)
        )
        return None if isinstance(items, NotEstimable) else items
    if binary:
        return binary_items(min(target, 1.0), spread, power=power, alpha=alpha)
    return mean_items(target, spread, power=power, alpha=alpha, grouping=grouping)


def _note(
    n: int,
    smallest: float | NotEstimable,
    required: int | None,
    target: float | None,
    one: Sample,
    *,
    is_margin: bool,
) -> str:
    """What would settle it, in one or two sentences."""
    measure = measure_of(one.column.metric, one.column.unit)
    sentences: list[str] = []
    if not isinstance(smallest, NotEstimable):
        what = "margin that" if is_margin else "difference that"
        shown = bound_text(_two_digits(smallest), measure)
        sentences.append(f"The smallest {what} {count_text(n, 'item')} can show is about {shown}.")
    if required is not None and target is not None and required > n:
        more = count_text(required - n, "more item")
        sentences.append(f"{more} would settle {bound_text(target, measure)}.")
    return " ".join(sentences)


def _two_digits(value: float) -> float:
    return round(value, 1 - math.floor(math.log10(value))) if value > 0 else value


def _unknown(reason: str, target: float | None) -> Power:
    absent: Estimated = NotEstimable(not_estimable=reason)
    return Power(
        smallest_detectable=absent,
        n_required=None,
        target=target,
        spread=None,
        spread_source="none",
        note="",
    )


def detects(power: Power, effect: float) -> bool:
    """Whether an effect is at least the smallest that could be seen."""
    smallest = power.smallest_detectable
    return has_value(smallest) and smallest.value <= effect
