"""Breaks: why two numbers of a trend may not be compared, in words, and a letter for each place."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, TypeAlias

from evalreport.history.trend import Point, Trend
from evalreport.lineage.aspect import Aspect, AspectState

_MARKS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

Runs: TypeAlias = Sequence[Sequence[Point]]  # points that tell the same again stand together
Marks: TypeAlias = Mapping[tuple[int, tuple[str, ...]], str]


@dataclass(frozen=True, slots=True)
class Break:
    """Why numbers may not be compared across a place in a series."""

    mark: str
    before: str
    layers: str
    reasons: tuple[str, ...]


def marks_of(trends: Iterable[Runs]) -> Marks:
    """A letter for each break: the number of the build after it, and the reasons."""
    keys = {_key(run[0]) for runs in trends for run in runs[1:] if run[0].difference_breaks}
    return {key: _MARKS[i] if i < len(_MARKS) else str(i + 1) for i, key in enumerate(sorted(keys))}


def marks_in(runs: Runs, marks: Marks) -> dict[int, str]:
    """The letters of one trend, by the number of the build after each break."""
    return {run[0].number: marks[_key(run[0])] for run in runs[1:] if run[0].difference_breaks}


def breaks_of(trends: Sequence[tuple[Trend, Runs]], marks: Marks) -> tuple[Break, ...]:
    """Every break, with the layers whose metrics it concerns."""
    told = []
    for key, mark in marks.items():
        layers = (t.newest.layer for t, runs in trends for run in runs[1:] if _key(run[0]) == key)
        told.append(Break(mark, str(key[0]), ", ".join(dict.fromkeys(layers)), key[1]))
    return tuple(told)


def _key(point: Point) -> tuple[int, tuple[str, ...]]:
    return (point.number, broken_text(point))


def broken_text(point: Point) -> tuple[str, ...]:
    """Why a point is not joined to the one before, and what of it is."""
    told = reasons(point.difference_breaks)
    if point.other_reference is not None and not point.breaks:
        arm = point.finding.arms[0]
        told = (*told, f"the difference is from another model, while {arm} was measured alike")
    return told


def reasons(aspects: Sequence[Aspect]) -> tuple[str, ...]:
    """Why two numbers may not be compared, one sentence a reason."""
    told: list[str] = []
    for (state, why), group in groupby(
        sorted(aspects, key=lambda a: (a.state, a.why)), key=lambda a: (a.state, a.why)
    ):
        members = [*group]
        if state is AspectState.DIFFERS:
            told += [_changed(aspect) for aspect in members]
            continue
        *names, last = [aspect.name for aspect in members]
        named = f"{', '.join(names)} and {last}" if names else last
        verb = "are" if names or last.endswith("s") else "is"
        kind = "taken on trust" if state is AspectState.ON_TRUST else "not known to be the same"
        told.append(f"{named} {verb} {kind}" + (f": {why}" if why else ""))
    return tuple(told)


def _changed(aspect: Aspect) -> str:
    text = f"{aspect.name} changed"
    if aspect.one or aspect.other:
        text += f": {aspect.one or 'none'} before, {aspect.other or 'none'} after"
    return f"{text} ({aspect.why})" if aspect.why else text
