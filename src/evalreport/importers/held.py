"""Held: what the arms of a layer have, item by item, once all files were read."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from evalreport.errors import DataError, Problem
from evalreport.importers.clusters import clusters_of
from evalreport.importers.collect import NET_WIN, WIN_RATE, Collected
from evalreport.importers.columns import HeldArm, IntArray
from evalreport.importers.measured import Measured, measured_of
from evalreport.importers.results import compared_of
from evalreport.metrics.base import Column, Scale
from evalreport.numbers import count_text

_FEWEST: Final = 2
_COMPARED: Final = ("tuned", "base")


@dataclass(frozen=True, slots=True)
class Held:
    """What was collected, in its final order.

    Attributes:
        collected: All of it.
        ids: The items: those of tuned and base where both are there, else of any arm.
        places: Where each stands among all that was collected.
        arms: What each arm has of them, tuned and base first.
        measured: How each was measured.
        columns: The metrics that are taken.
        clusters: What each item hangs together with; nothing where every item stands alone.
        strangers: By further arm, how many items it alone has.
        torn: Groups that files put items into differently, with how many rows; they are left out.
    """

    collected: Collected
    ids: tuple[str, ...]
    places: IntArray
    arms: Mapping[str, HeldArm]
    measured: Mapping[str, Measured]
    columns: tuple[Column, ...]
    clusters: tuple[str, ...]
    strangers: Mapping[str, int]
    torn: Mapping[str, int]

    @property
    def compared(self) -> tuple[str, ...]:
        """The arms whose items must be the same: tuned and base, else all."""
        return compared_of(self.arms)

    @property
    def is_direct(self) -> bool:
        """Whether rows are about a pair of two arms."""
        return bool(self.collected.direct)


def held(collected: Collected) -> Held:
    """What the arms of a layer have.

    Raises:
        DataError: Items hang together in one file otherwise than in another.
    """
    _refuse_torn(collected)
    growing, n = collected.arms, len(collected.index)
    named = [*_COMPARED, *collected.layer.told_arms]
    order = [arm for arm in dict.fromkeys([*named, *growing]) if arm in growing]
    present = {arm: growing[arm].present(n) for arm in order}
    own = [arm for arm in _COMPARED if arm in present]
    kept = np.logical_or.reduce([present[arm] for arm in (own if len(own) == _FEWEST else order)])
    places: IntArray = np.flatnonzero(kept)
    arms = {arm: growing[arm].held(n, places) for arm in order}
    keys = [key for key, there in zip(collected.index, kept, strict=True) if there]
    return Held(
        collected=collected,
        ids=_ids(keys),
        places=places,
        arms=arms,
        measured={arm: measured_of(collected, arm) for arm in order},
        clusters=clusters_of(collected, keys, places, arms),
        columns=tuple(_column(collected, name, arms) for name in _metrics(collected, arms)),
        strangers={arm: k for arm in order if (k := int((present[arm] & ~kept).sum()))},
        torn={key: coded.torn for key, coded in collected.groups.items() if coded.torn},
    )


def _refuse_torn(collected: Collected) -> None:
    k = collected.clusters.torn
    if k:
        files = [read.file.shown for _, read in collected.every]
        what = f"{count_text(k, 'row')} put an item to another question than an earlier row does"
        hint = "name files of one set of items, or count items as independent with cluster: false"
        raise DataError(Problem(files[0], what, hint))


def _ids(keys: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """A name of each item that no other has."""
    plain = tuple(f"{part}/{item}" if part else item for part, item in keys)
    if len(set(plain)) == len(plain):
        return plain
    return tuple(json.dumps(key, ensure_ascii=False) for key in keys)


def _metrics(collected: Collected, arms: Mapping[str, HeldArm]) -> tuple[str, ...]:
    """The metrics that are taken: those that the spec names, else what several arms have."""
    had = [name for one in arms.values() for name in one.columns]
    if collected.layer.metrics:
        return tuple(name for name in collected.layer.metrics if name in had)
    least = min(_FEWEST, len(arms))
    return tuple(name for name in dict.fromkeys(had) if had.count(name) >= least)


def _column(collected: Collected, name: str, arms: Mapping[str, HeldArm]) -> Column:
    """What a metric is, its scale decided by all scores of all arms."""
    columns = collected.known.columns
    known = columns.get(name) or replace(columns[NET_WIN], metric=WIN_RATE)
    told = collected.layer.higher_is_better.get(name)
    if told is not None:
        known = replace(known, higher_is_better=told)
    mine = [one.columns[name] for one in arms.values() if name in one.columns]
    if any(one.is_ratio for one in mine):
        return replace(known, scale=Scale.RATIO)
    is_binary = (known.low, known.high) == (0.0, 1.0) and all(one.is_whole for one in mine)
    return replace(known, scale=Scale.BINARY if is_binary else Scale.MEAN)
