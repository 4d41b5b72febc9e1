"""Held: what the arms of a layer have, item by item, once all files were read."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from evalreport.errors import DataError, Problem
from evalreport.importers.clusters import astray_of, clusters_of
from evalreport.importers.collect import Collected
from evalreport.importers.columns import HeldArm, IntArray
from evalreport.importers.measured import Measured, measured_of
from evalreport.importers.names import listed, shown_name, without_controls
from evalreport.importers.results import SCORED, compared_of
from evalreport.importers.verdicts import NET_WIN, WIN_RATE
from evalreport.metrics.base import Column, Scale
from evalreport.numbers import count_text

_FEWEST: Final = 2
_COMPARED: Final = ("tuned", "base")
_UNTOLD: Final = ("", "points")  # units of what a tool does not tell the unit of


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
        alike: How many items have one prompt that is taken for no question, since most have it.
        strangers: By further arm, how many items it alone has.
        torn: Groups that files put items into differently, with how many rows; they are left out.
        astray: By further arm, how many of its rows put an item to another question than others.
    """

    collected: Collected
    ids: tuple[str, ...]
    places: IntArray
    arms: Mapping[str, HeldArm]
    measured: Mapping[str, Measured]
    columns: tuple[Column, ...]
    clusters: tuple[str, ...]
    alike: int
    strangers: Mapping[str, int]
    torn: Mapping[str, int]
    astray: Mapping[str, int]

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
        DataError: Items hang together in one file otherwise than in another, of arms that are
            compared.
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
    clusters = clusters_of(collected, keys, places, arms)
    return Held(
        collected=collected,
        ids=_ids(keys),
        places=places,
        arms=arms,
        measured={arm: measured_of(collected, arm) for arm in order},
        clusters=clusters.names,
        alike=clusters.alike,
        columns=tuple(_column(collected, name, arms) for name in _metrics(collected, arms, keys)),
        strangers={arm: k for arm in order if (k := int((present[arm] & ~kept).sum()))},
        torn={key: coded.torn for key, coded in collected.groups.items() if coded.torn},
        astray=astray_of(collected, places),
    )


def _refuse_torn(collected: Collected) -> None:
    k = collected.clusters.torn
    if k:
        verb = "puts" if k == 1 else "put"
        what = f"{count_text(k, 'row')} {verb} an item to another question than an earlier row does"
        hint = "name files of one set of items, or count items as independent with cluster: false"
        raise DataError(Problem(without_controls(collected.clusters.torn_at), what, hint))


def _ids(keys: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """A name of each item that no other has."""
    plain = tuple(f"{part}/{item}" if part else item for part, item in keys)
    if len(set(plain)) == len(plain):
        return plain
    return tuple(json.dumps(key, ensure_ascii=False) for key in keys)


def _metrics(
    collected: Collected, arms: Mapping[str, HeldArm], keys: Sequence[tuple[str, str]]
) -> tuple[str, ...]:
    """The metrics that are taken: those that the spec names, else what several arms have.

    Of several parts that are taken as one, a metric has to be one of every part: else the items of
    the others would be missing by nobody's doing.

    Raises:
        DataError: There is no such metric, or none that all parts have.
    """
    had = [name for one in arms.values() for name in one.columns]
    least = min(_FEWEST, len(arms))
    wanted = collected.layer.metrics or tuple(
        name for name in dict.fromkeys(had) if had.count(name) >= least
    )
    parts = _parts_with_scores(arms, keys) if len(collected.layer.part or ()) > 1 else {}
    everywhere = {part for of in parts.values() for part in of}
    short = {name: everywhere - parts.get(name, set()) for name in wanted} if parts else {}
    found = tuple(name for name in wanted if name in had and not short.get(name))
    if collected.layer.metrics and len(found) < len(wanted):
        name = next(one for one in wanted if one not in found)
        raise DataError(_no_metric(collected, name, had, short.get(name, set())))
    if wanted and not found:
        raise DataError(_no_metric(collected, wanted[0], had, short[wanted[0]]))
    return found


def _parts_with_scores(
    arms: Mapping[str, HeldArm], keys: Sequence[tuple[str, str]]
) -> dict[str, set[str]]:
    """By metric, the parts in which some arm has a score."""
    names = sorted({part for part, _ in keys})
    numbers = {part: i for i, part in enumerate(names)}
    codes = np.asarray([numbers[part] for part, _ in keys])
    found: dict[str, set[str]] = {}
    for one in arms.values():
        for metric, column in one.columns.items():
            there = np.unique(codes[column.states == SCORED])
            found.setdefault(metric, set()).update(names[int(code)] for code in there)
    return found


def _no_metric(
    collected: Collected, name: str, had: Sequence[str], short: Collection[str]
) -> Problem:
    _, first = next(collected.every)
    shown = shown_name(name)
    if short:
        what = f"{shown} is no metric of part {listed(sorted(short))}"
        return Problem(first.file.shown, what, "make a layer of each part, with its own metrics")
    there = listed(dict.fromkeys(had))
    return Problem(first.file.shown, f"the files hold no {shown}", f"they hold {there}")


def _column(collected: Collected, name: str, arms: Mapping[str, HeldArm]) -> Column:
    """What a metric is, its scale decided by all scores of all arms.

    What has only the scores 0 and 1 in every arm, and no bounds and no unit by its tool, is taken
    as a share of right items.
    """
    columns = collected.known.columns
    known = columns.get(name) or replace(columns[NET_WIN], metric=WIN_RATE)
    told = collected.layer.higher_is_better.get(name)
    if told is not None:
        known = replace(known, higher_is_better=told)
    mine = [one.columns[name] for one in arms.values() if name in one.columns]
    if any(one.is_ratio for one in mine):
        return replace(known, scale=Scale.RATIO)
    is_whole = all(one.is_whole for one in mine)
    has_none = (known.low, known.high) == (None, None) and known.unit in _UNTOLD
    if is_whole and has_none and any((one.states == SCORED).any() for one in mine):
        known = replace(known, unit="fraction", low=0.0, high=1.0)
    is_binary = is_whole and (known.low, known.high) == (0.0, 1.0)
    return replace(known, scale=Scale.BINARY if is_binary else Scale.MEAN)
