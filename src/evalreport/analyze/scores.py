"""Scores: one arm's answers through one scorer, as columns in item order, nothing left out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evalreport.metrics.base import Column, FloatArray, Scale, Score, Scorer
from evalreport.records import Item, Itemised, Unscorable

SCORED, UNSCORABLE, FAILED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Scored:
    """One column of one arm and one seed.

    Attributes:
        column: Which metric.
        values: One row an item, shape (n,) or (n, k); the declared penalty stands where the
            answer could not be scored, and 0 where nothing is known (see `state`, `penalised`).
        state: SCORED, UNSCORABLE or FAILED for each item, shape (n,).
        penalised: Whether a value stands for an unscorable answer, shape (n,).
        reasons: How many answers could not be scored, or are missing, by reason.
        seed: Training seed.
    """

    column: Column
    values: FloatArray
    state: np.ndarray[tuple[int], np.dtype[np.int8]]
    penalised: np.ndarray[tuple[int], np.dtype[np.bool_]]
    reasons: Mapping[str, int]
    seed: int | None

    @property
    def has_value(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Whether an item has a number at all: scored, or penalised as declared."""
        known: np.ndarray[tuple[int], np.dtype[np.bool_]] = self.penalised | (self.state == SCORED)
        return known


def score_block(scorer: Scorer, items: Sequence[Item], block: Itemised) -> tuple[Scored, ...]:
    """All columns of a scorer for one block, every item of the layer in its place.

    Args:
        scorer: Prepared for these items.
        items: The layer's items, in order.
        block: One arm's answers, one seed.
    """
    width = len(scorer.columns)
    rows: list[list[Score]] = [[] for _ in range(width)]
    penalised: list[list[bool]] = [[] for _ in range(width)]
    state: list[int] = []
    reasons: Counter[str] = Counter()
    for item in items:
        responses = block.responses.get(item.id)
        if responses is None:
            failure = block.failures.get(item.id)
            reasons[f"no answer: {failure.reason if failure else 'it was never asked'}"] += 1
            state.append(FAILED)
            for i in range(width):
                rows[i].append(0.0)
                penalised[i].append(False)
            continue
        given = scorer.score(item, responses)
        if isinstance(given, Unscorable):
            reasons[given.reason] += 1
            state.append(UNSCORABLE)
            for i, worst in enumerate(scorer.penalty(item)):
                rows[i].append(0.0 if worst is None else worst)
                penalised[i].append(worst is not None)
            continue
        state.append(SCORED)
        for i, score in enumerate(given):
            rows[i].append(score)
            penalised[i].append(False)
    states = np.asarray(state, dtype=np.int8)
    return tuple(
        Scored(
            column=column,
            values=_array(column, rows[i]),
            state=states,
            penalised=np.asarray(penalised[i], dtype=np.bool_),
            reasons=dict(reasons),
            seed=block.seed,
        )
        for i, column in enumerate(scorer.columns)
    )


def _array(column: Column, scores: Sequence[Score]) -> FloatArray:
    if column.scale in (Scale.BINARY, Scale.MEAN):
        return np.asarray(scores, dtype=np.float64)
    # A ratio without any answer still has its two sums; a corpus metric has no known width then.
    fewest = 2 if column.scale is Scale.RATIO else 1
    width = max((len(score) for score in scores if isinstance(score, tuple)), default=fewest)
    empty = (0.0,) * width
    return np.asarray(
        [score if isinstance(score, tuple) else empty for score in scores], dtype=np.float64
    )
