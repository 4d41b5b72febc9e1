"""Ranking: three or more arms that were judged in pairs, on one scale of strength."""

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
from scipy.special import expit

from evalreport.analyze.compare import DRAWS, rng
from evalreport.analyze.judging.model import RankedArm, Ranking
from evalreport.analyze.scores import SCORED
from evalreport.analyze.tables import Table, side_name
from evalreport.estimates import Estimate, Estimated, NotEstimable, Point
from evalreport.layers.human import Human
from evalreport.layers.judge import Judge
from evalreport.stats.bradley_terry import bradley_terry

_FEWEST_ARMS: Final = 3
_REFERENCE: Final = "base"
_ZERO: Final = "all others are held against it"
_CHECKPOINTS: Final = (
    "over several training seeds it speaks of these checkpoints, not of the recipe"
)


def rankings_of(tables: Mapping[str, Table], *, level: float) -> Iterator[Ranking]:
    """One for each layer in which three or more arms were judged in pairs.

    Args:
        tables: The scores of all layers.
        level: Two-sided confidence.
    """
    for name, table in tables.items():
        layer = table.layer
        if isinstance(layer, Human) or (isinstance(layer, Judge) and layer.compares):
            found = _ranking(name, table, level=level)
            if found is not None:
                yield found


def _ranking(name: str, table: Table, *, level: float) -> Ranking | None:
    arms = [arm for arm in table.layer.arms if _takes_part(arm, table)]
    if len(arms) < _FEWEST_ARMS or table.sequential is not None:
        return None
    first: list[str] = []
    second: list[str] = []
    outcomes: list[float] = []
    items: list[int] = []
    seeds = 1
    units = table.clusters if table.clusters is not None else np.arange(table.n)
    for i, arm in enumerate(arms):
        for other in arms[i + 1 :]:
            if not table.is_between(arm, other):
                continue
            mine, theirs = table.side(arm, other, 0), table.side(other, arm, 0)
            seeds = max(seeds, len(mine))
            for one, against in zip(mine, theirs, strict=True):
                known = np.flatnonzero((one.state == SCORED) & (against.state == SCORED))
                first += [arm] * len(known)
                second += [other] * len(known)
                outcomes += ((1 + one.values[known] - against.values[known]) / 2).tolist()
                items += units[known].tolist()
    reference = _REFERENCE if _REFERENCE in arms else arms[-1]
    pairs = {arm: first.count(arm) + second.count(arm) for arm in arms}
    strengths = (
        bradley_terry(
            first, second, outcomes, items, reference=reference, level=level, draws=DRAWS, rng=rng()
        )
        if outcomes
        else NotEstimable(not_estimable="there are no verdicts")
    )
    if isinstance(strengths, NotEstimable):
        return Ranking(
            layer=name,
            reference=reference,
            arms=tuple(
                RankedArm(arm=arm, log_odds=strengths, preferred=strengths, pairs=pairs[arm])
                for arm in arms
            ),
            items=len(set(items)),
            not_estimable=strengths.not_estimable,
        )
    known_strengths: dict[str, Estimated] = {str(arm): one for arm, one in strengths.items()} | {
        reference: Point(value=0.0, no_interval=_ZERO)
    }
    ranked = sorted(arms, key=lambda arm: -_strength(known_strengths[arm]))
    return Ranking(
        layer=name,
        reference=reference,
        arms=tuple(
            RankedArm(
                arm=arm,
                log_odds=known_strengths[arm],
                preferred=_chance(known_strengths[arm]),
                pairs=pairs[arm],
            )
            for arm in ranked
        ),
        items=len(set(items)),
        note=_CHECKPOINTS if seeds > 1 else "",
    )


def _takes_part(arm: str, table: Table) -> bool:
    return any(side_name(arm, other) in table.scores for other in table.layer.arms if other != arm)


def _strength(one: Estimated) -> float:
    return one.value if not isinstance(one, NotEstimable) else 0.0


def _chance(one: Estimated) -> Estimated:
    """Log-odds of being preferred as a chance; monotone, so that ends stay ends."""
    match one:
        case Estimate():
            value, low, high = (float(expit(x)) for x in (one.value, one.low, one.high))
            return one.model_copy(update={"value": value, "low": low, "high": high})
        case Point():
            return one.model_copy(update={"value": float(expit(one.value))})
        case _:
            return one
