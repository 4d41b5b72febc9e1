"""Judged layers as tables: verdicts and ratings as scores, one entry an item.

Of a pair each side has the items that it won, so their difference is the net win. A pair's two
sides are columns of their own (`tuned~base`, `base~tuned`): what tuned won against base says
nothing of what it won against another.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np

from evalreport.analyze.judging.units import units_of
from evalreport.analyze.labels import Labels
from evalreport.analyze.scores import FAILED, SCORED, Scored
from evalreport.analyze.tables import Table, side_name, subgroups_of_items
from evalreport.evidence import Evidence
from evalreport.layers.human import Human
from evalreport.layers.judge import Judge
from evalreport.layers.judge.collapse import (
    Collapsed,
    ItemVerdict,
    NoVerdict,
    Pair,
    unanswered,
    verdicts_of,
)
from evalreport.layers.judge.options import RUBRIC
from evalreport.metrics.base import Column
from evalreport.records import Failure, JudgedLayer, JudgePart, RatedAnswer, Unscorable
from evalreport.records.ratings import PeopleLayer
from evalreport.spec.models import Spec

UNRATED: Final = "the judge's rating could not be read"
NO_RATING: Final = "the judge gave no reply"


def judged_tables(spec: Spec, evidence: Evidence) -> dict[str, Table]:
    """The scores of every layer that judges looked at, by its name."""
    return {
        layer.name: judged_table(layer, judged, *grouping(judged, layer, evidence))
        for layer in spec.evaluation.layers
        if isinstance(layer, Judge) and (judged := evidence.judged.get(layer.name)) is not None
    }


def grouping(
    judged: JudgedLayer | PeopleLayer, layer: Judge | Human, evidence: Evidence
) -> tuple[Labels, dict[str, Labels]]:
    """What the items of a layer that somebody judged belong to: cluster, and subgroup by key."""
    asked = {item.id: item for item in evidence.items.get((layer.on, "main"), ())}
    items = [asked[name] for name in judged.items]
    return Labels.of(item.cluster for item in items), subgroups_of_items(items)


def judged_table(
    layer: Judge,
    judged: JudgedLayer,
    families: Labels,
    subgroups: Mapping[str, Labels],
    *,
    judges: Sequence[str] | None = None,
) -> Table:
    """The scores of a layer that judges gave.

    An item without a verdict, or a rating, of all of them has none by the fault of nobody who
    answered: it leaves the comparison with its count, and what it could change is looked at.

    Args:
        layer: How it was judged.
        judged: What was put to judges, and what they said.
        families: Declared cluster of each of its items.
        subgroups: By key, the subgroup of each.
        judges: Whose verdicts count; all by default.
    """
    columns = layer.columns()
    chosen = judges or judged.judges
    return Table(
        layer=layer,
        ids=judged.items,
        families=units_of(judged, families),
        columns=columns,
        scores=wins_of(
            judged.seeds,
            lambda pair, seed: verdicts_of(judged, pair, seed, chosen),
            columns[0],
        )
        if layer.compares
        else _ratings(judged, columns, chosen),
        subgroups=subgroups,
        sequential=judged.sequential,
    )


def wins_of(
    seeds: Mapping[Pair, Sequence[int | None]],
    said: Callable[[Pair, int | None], Mapping[str, Collapsed]],
    column: Column,
) -> dict[str, tuple[tuple[Scored, ...], ...]]:
    """Both sides of every pair, with a replicate a training seed.

    Args:
        seeds: By pair, the training seeds of its candidate.
        said: What was decided about every item of a pair with a seed, in item order.
        column: What is scored.
    """
    scores: dict[str, tuple[tuple[Scored, ...], ...]] = {}
    for pair, its in seeds.items():
        by_seed = {seed: tuple(said(pair, seed).values()) for seed in its}
        if not by_seed:
            continue
        for arm, other, sign in ((*pair, 1), (*pair[::-1], -1)):
            replicates = tuple(_won(one, sign, column, seed) for seed, one in by_seed.items())
            scores[side_name(arm, other)] = (replicates,)
    return scores


def _won(verdicts: Sequence[Collapsed], sign: int, column: Column, seed: int | None) -> Scored:
    wins = [isinstance(one, ItemVerdict) and one.sign == sign for one in verdicts]
    missing = Counter(one.reason for one in verdicts if isinstance(one, NoVerdict))
    is_read = np.asarray([isinstance(one, ItemVerdict) for one in verdicts], dtype=np.bool_)
    return Scored(
        column=column,
        values=np.asarray(wins, dtype=np.float64),
        state=np.where(is_read, SCORED, FAILED).astype(np.int8),
        penalised=np.zeros(len(wins), dtype=np.bool_),
        reasons=dict(missing),
        seed=seed,
    )


def _ratings(
    judged: JudgedLayer, columns: Sequence[Column], judges: Sequence[str]
) -> dict[str, tuple[tuple[Scored, ...], ...]]:
    """Every arm's ratings, by criterion, with a replicate a training seed."""
    main = {
        (one.arm, one.seed, one.item, one.judge): one
        for one in judged.ratings
        if one.part is JudgePart.MAIN
    }
    told = [(arm, seed) for arm, seed, _, _ in main]
    runs = dict.fromkeys([*judged.lengths, *judged.unanswered, *told])
    scores: dict[str, tuple[tuple[Scored, ...], ...]] = {}
    for arm in dict.fromkeys(arm for arm, _ in runs):
        seeds = [seed for name, seed in runs if name == arm]
        scores[arm] = tuple(
            tuple(_rated(judged, column, arm, seed, main, judges) for seed in seeds)
            for column in columns
        )
    return scores


def _rated(
    judged: JudgedLayer,
    column: Column,
    arm: str,
    seed: int | None,
    main: Mapping[tuple[str, int | None, str, str], RatedAnswer],
    judges: Sequence[str],
) -> Scored:
    criterion = column.metric.removeprefix(RUBRIC)
    silent = unanswered(judged, arm, seed)
    values, missing, is_read = [], Counter[str](), []
    for item in judged.items:
        said = [rating_of(main.get((arm, seed, item, one)), criterion) for one in judges]
        numbers = [one for one in said if isinstance(one, float)]
        why = next((one for one in said if isinstance(one, str)), "")
        if item in silent:
            why = f"there is no answer of {arm} to judge"
        missing.update([why] if why else [])
        is_read.append(not why)
        values.append(0.0 if why else sum(numbers) / len(numbers))
    return Scored(
        column=column,
        values=np.asarray(values, dtype=np.float64),
        state=np.where(is_read, SCORED, FAILED).astype(np.int8),
        penalised=np.zeros(len(values), dtype=np.bool_),
        reasons=dict(missing),
        seed=seed,
    )


def rating_of(rated: RatedAnswer | None, criterion: str) -> float | str:
    """What a judge gave an answer by one criterion, or why there is nothing."""
    if rated is None or isinstance(rated.ratings, Failure):
        return NO_RATING
    if isinstance(rated.ratings, Unscorable) or criterion not in rated.ratings:
        return UNRATED
    return float(rated.ratings[criterion])
