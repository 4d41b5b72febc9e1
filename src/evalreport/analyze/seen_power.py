"""What a comparison could have seen: from the declared effect and the observed spread.

Never from the observed effect: that is the p-value in other clothes.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from evalreport.analyze.compare import FEWEST_ITEMS, spread_over_recipe
from evalreport.analyze.findings import Power
from evalreport.analyze.order import IntArray
from evalreport.analyze.samples import Sample, run_differences, runs_of
from evalreport.analyze.sentences import items_text
from evalreport.analyze.terms import Declaration, Terms
from evalreport.estimates import NotEstimable, Point
from evalreport.metrics.base import Column, FloatArray
from evalreport.numbers import count_text, fraction_text, gain_size_text, measure_of, or_more_text
from evalreport.stats.arguments import cluster_codes, few, only_these_differ, sums_by_cluster
from evalreport.stats.clusters import design_effect, negligible
from evalreport.stats.design_errors import DesignErrors, design_errors
from evalreport.stats.power_binary import binary_items, smallest_detectable_binary
from evalreport.stats.power_mean import (
    INDEPENDENT,
    Grouping,
    errors_to_exceed,
    mean_items,
    mean_margin_items,
    smallest_detectable_mean,
    smallest_margin_mean,
)
from evalreport.stats.power_retention import binary_margin_items, smallest_margin_binary
from evalreport.stats.quantiles import normal_quantile, two_sided_z
from evalreport.stats.spread import Spread

_NO_EFFECT = 1e-9  # what rounding leaves of groups that are all alike
_NO_INTERVAL = "computed from the observed spread, not estimated"


@dataclass(frozen=True, slots=True)
class _Design:
    """What the power of a comparison over items depends on.

    Attributes:
        n: Items.
        spread: Share of items that differ (binary), else standard deviation of their difference.
        binary: Whether McNemar's test decides.
        is_margin: Whether retention is to be shown instead of a difference.
        grouping: How items hang together.
    """

    n: int
    spread: float
    binary: bool
    is_margin: bool
    grouping: Grouping


def seen_power(mine: Sample, theirs: Sample, declared: Declaration, terms: Terms) -> Power:
    """The smallest true difference that this comparison shows with the declared power.

    For a guard it is the smallest margin that would be shown if nothing were lost. With three or
    more training seeds it rests on the spread of the seeds as well, and no number of items alone
    is then said to be enough.
    """
    target = declared.gain_at_least or declared.lose_at_most
    is_margin = declared.gain_at_least is None and declared.lose_at_most is not None
    if mine.n < FEWEST_ITEMS:
        return _unknown(f"only {count_text(mine.n, 'item')}", target)
    runs = run_differences(mine, theirs)
    if isinstance(runs, NotEstimable):
        return _unknown(runs.not_estimable, target)
    d = runs.mean(axis=0)
    grouping = grouping_of(d, mine.clusters)
    both_binary = mine.is_binary and theirs.is_binary
    binary = both_binary and grouping is INDEPENDENT
    disagreement = float((d != 0).mean()) if both_binary else None
    spread = disagreement if binary and disagreement is not None else float(np.std(d, ddof=1))
    if spread <= negligible(d):
        return _unknown("no two items differ in what separates the arms", target)
    if not binary and (why := _too_few_differ(d, mine.clusters)):
        return _unknown(why, target)
    design = _Design(mine.n, spread, binary, is_margin, grouping)
    recipe = spread_over_recipe(mine, theirs)
    seeds = runs_of(mine, theirs) if recipe else 1
    smallest, required = _over_items(design, target, terms)
    if recipe is not None:
        smallest, required = _over_seeds(recipe, terms, is_margin=is_margin), None
    errors = _errors(smallest, target, terms, is_margin=is_margin)
    return Power(
        smallest_detectable=(
            smallest
            if isinstance(smallest, NotEstimable)
            else Point(value=smallest, no_interval=_NO_INTERVAL)
        ),
        n_required=required,
        target=target,
        spread=spread,
        spread_source=(
            "share of items that differ, observed"
            if binary
            else "standard deviation of an item's difference, observed"
        ),
        design_effect=None if grouping is INDEPENDENT else grouping.design_effect,
        disagreement=disagreement,
        power_at_target=None if errors is None else errors.power,
        exaggeration=None if errors is None else errors.exaggeration,
        note=_note(design, smallest, required, target, mine.column, terms, seeds),
    )


def unforetold(why: str, declared: Declaration) -> Power:
    """That nothing is said of what a comparison could have seen, and why.

    Args:
        why: In words.
        declared: For the effect that was asked for.
    """
    return _unknown(why, declared.gain_at_least or declared.lose_at_most)


def power_of_counts(
    differing: int, n: int, declared: Declaration, terms: Terms, column: Column
) -> Power:
    """The same of pairs of which only wins, losses and ties are known.

    Args:
        differing: Pairs that were not ties.
        n: All pairs.
        declared: With the gain worth having or the margin.
        terms: Error rates.
        column: The metric.
    """
    target = declared.gain_at_least or declared.lose_at_most
    if n < FEWEST_ITEMS:
        return _unknown(f"only {count_text(n, 'pair')}", target)
    if differing == 0:
        return _unknown("no pair separates the arms", target)
    is_margin = declared.gain_at_least is None and declared.lose_at_most is not None
    design = _Design(n, differing / n, True, is_margin, INDEPENDENT)
    smallest, required = _over_items(design, target, terms)
    return Power(
        smallest_detectable=(
            smallest
            if isinstance(smallest, NotEstimable)
            else Point(value=smallest, no_interval=_NO_INTERVAL)
        ),
        n_required=required,
        target=target,
        spread=design.spread,
        spread_source="share of pairs that are decisive, as recorded",
        disagreement=design.spread,
        note=_note(design, smallest, required, target, column, terms, 1),
    )


def _errors(
    smallest: float | NotEstimable, target: float | None, terms: Terms, *, is_margin: bool
) -> DesignErrors | None:
    """What significance is worth if the true gain is the declared one; none for a margin."""
    if is_margin or target is None or isinstance(smallest, NotEstimable) or smallest <= 0:
        return None
    error = smallest / (two_sided_z(terms.level) + normal_quantile(terms.power))
    return design_errors(target, error, alpha=terms.alpha)


def _too_few_differ(d: FloatArray, clusters: IntArray | None) -> str:
    """Why no normal theory can foretell anything: the interval rests on an exact bound instead."""
    codes, groups = cluster_codes(clusters, len(d))
    values, counts = np.unique(np.round(d, 12), return_counts=True)
    common = float(values[counts.argmax()])
    sums = np.abs(sums_by_cluster(d - common, codes, groups))
    differing = int((sums > negligible(d) * len(d)).sum())
    unit = "items" if clusters is None else "groups"
    return only_these_differ(differing, unit) if few(differing, groups) else ""


def grouping_of(differences: FloatArray, clusters: IntArray | None) -> Grouping:
    """How items hang together: mean cluster size, and the design effect that the data show."""
    if clusters is None:
        return INDEPENDENT
    size = len(differences) / len(np.unique(clusters))
    effect = design_effect(differences, clusters)
    if isinstance(effect, NotEstimable) or effect <= _NO_EFFECT:
        return Grouping(size=size, design_effect=1.0)
    return Grouping(size=size, design_effect=effect)


@lru_cache(maxsize=4096)
def _over_items(
    design: _Design, target: float | None, terms: Terms
) -> tuple[float | NotEstimable, int | None]:
    """The smallest difference (or margin) that these items show, and the items for the target."""
    power, alpha = terms.power, terms.alpha
    n, spread, grouping = design.n, design.spread, design.grouping
    needed: int | NotEstimable | None = None
    smallest: float | NotEstimable
    match design.is_margin, design.binary:
        case True, True:
            smallest = smallest_margin_binary(n, spread, power=power, alpha=alpha)
            if target is not None:
                needed = binary_margin_items(min(target, 1.0), spread, power=power, alpha=alpha)
        case True, False:
            here = grouping.widened(n)
            smallest = smallest_margin_mean(n, spread, power=power, alpha=alpha, grouping=here)
            if target is not None:
                needed = mean_margin_items(
                    target, spread, power=power, alpha=alpha, grouping=grouping
                )
                if not isinstance(needed, NotEstimable):
                    there = grouping.widened(needed)
                    needed = mean_margin_items(
                        target, spread, power=power, alpha=alpha, grouping=there
                    )
        case False, True:
            smallest = smallest_detectable_binary(n, spread, power=power, alpha=alpha)
            if target is not None:
                needed = binary_items(min(target, 1.0), spread, power=power, alpha=alpha)
        case _:
            here = grouping.widened(n)
            smallest = smallest_detectable_mean(n, spread, power=power, alpha=alpha, grouping=here)
            if target is not None:
                needed = mean_items(target, spread, power=power, alpha=alpha, grouping=grouping)
                there = grouping.widened(needed)
                needed = mean_items(target, spread, power=power, alpha=alpha, grouping=there)
    return smallest, None if isinstance(needed, NotEstimable) else needed


def _over_seeds(recipe: Spread, terms: Terms, *, is_margin: bool) -> float:
    """The same from the standard error that holds seeds and items, with its degrees of freedom."""
    size = terms.alpha if is_margin else terms.alpha / 2
    return errors_to_exceed(terms.power, recipe.df, size) * recipe.se


def _note(
    design: _Design,
    smallest: float | NotEstimable,
    required: int | None,
    target: float | None,
    column: Column,
    terms: Terms,
    seeds: int,
) -> str:
    """What could be seen and what would settle it, in one or two sentences."""
    if isinstance(smallest, NotEstimable):
        return ""
    measure = measure_of(column.metric, column.unit)
    size = None if design.grouping is INDEPENDENT else design.grouping.size
    sample = items_text(design.n, size)
    if seeds > 1:
        sample += f" and {count_text(seeds, 'seed')}"

    def told(of: float) -> str:
        up = column.higher_is_better is not design.is_margin
        return gain_size_text(of, measure, higher_is_better=up)

    about, often = two_digits(smallest), fraction_text(terms.power)
    seen = or_more_text(about, measure, higher_is_better=column.higher_is_better)
    note = (
        f"If nothing were lost, {sample} would show retention within about {told(about)} {often} "
        "of the time."
        if design.is_margin
        else f"With {sample}, a true difference of about {seen} is found {often} of the time."
    )
    if required is not None and target is not None and required > design.n:
        needed = items_text(required, size)
        note += f" For {told(target)} a fresh set of about {needed} is needed."
    return note


def two_digits(value: float) -> float:
    """What stands behind an "about"."""
    return round(value, 1 - math.floor(math.log10(value))) if value > 0 else value


def _unknown(reason: str, target: float | None) -> Power:
    return Power(
        smallest_detectable=NotEstimable(not_estimable=reason),
        n_required=None,
        target=target,
        spread=None,
        spread_source="none",
        note="",
    )
