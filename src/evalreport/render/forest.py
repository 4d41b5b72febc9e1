"""Intervals one below another, in panels that each have an axis of their own (a forest plot).

A row is a name, an interval, the same in figures, the number of items and the outcome in a word.
What cannot be estimated is a row with its reason. Texts are cut for a drawing of `WIDTH` pixels;
a wider one has room to spare.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from evalreport.estimates import Estimated, has_value
from evalreport.numbers import coordinate, tick_text, with_unit
from evalreport.render.drawings import (
    Axis,
    Drawing,
    Mark,
    Shape,
    interval_marks,
    label,
    line,
    rect,
)
from evalreport.render.lettering import fitted, lines_of, width_of
from evalreport.render.words import Label

WIDTH: Final = 760
_SIZE: Final = 12  # pixels of the text
_SMALL: Final = 11
_NAME_END: Final = 28.5  # the columns, in percent
_PLOT: Final = (30.0, 57.5)
_FIGURES: Final = 60.0
_N_END: Final = 86.0
_OUTCOME: Final = 88.0
_N_ROOM: Final = 52  # pixels of a number of items
_INDENT: Final = 1.2
_ROW: Final = 23
_LINE: Final = 14  # for each further line of text in a row
_BAND: Final = 27
_HEAD: Final = 44
_PANEL_GAP: Final = 26


@dataclass(frozen=True, slots=True)
class Row:
    """One interval with its words; `figures` is empty where there is a reason instead."""

    name: str
    note: str
    estimated: Estimated
    marks: tuple[Mark, ...]
    figures: str
    reason: str
    n: str
    outcome: Label
    inner: tuple[float, ...] = ()
    is_loss: bool = False
    is_whole: bool = False
    is_worded: bool = True


@dataclass(frozen=True, slots=True)
class Band:
    """Rows that belong together, under a heading."""

    heading: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """Bands on one axis. `figures` heads the column of figures; `whole` is drawn through all."""

    heading: str
    axis: Axis | None
    figures: str
    bands: tuple[Band, ...]
    whole: float | None = None


def forest(panels: Sequence[Panel], *, title: str, text: str) -> Drawing:
    """The panels one below another."""
    shapes: list[Shape] = []
    at = 0.0
    for i, panel in enumerate(panels):
        at += _PANEL_GAP if i else 0
        drawn, at = _panel(panel, at)
        shapes += drawn
    return Drawing(title, text, coordinate(at + 2), tuple(shapes))


def _panel(panel: Panel, top: float) -> tuple[list[Shape], float]:
    first = top + (_HEAD if panel.axis is not None else _HEAD - 18)
    rows, bottom = _bands(panel, first)
    behind = list(_axis(panel, top, first, bottom))
    return [*_tints(panel, first), *behind, *_heads(panel, top), *rows], bottom


def _heads(panel: Panel, top: float) -> Iterator[Shape]:
    room = _pixels(_FIGURES - 1)
    y = top + 13
    yield _text(0, y, fitted(panel.heading, room, _SIZE, bold=True), "panel")
    yield _text(_FIGURES, y, panel.figures, "column")
    yield label(_N_END, y, "Items", "column", anchor="end")
    yield _text(_OUTCOME, y, "Outcome", "column")
    yield line(0, top + 20, 100, top + 20, "head-rule")


def _axis(panel: Panel, top: float, first: float, bottom: float) -> Iterator[Shape]:
    """Ticks, and lines from them through all rows; no difference stands out."""
    axis = panel.axis
    if axis is None:
        return
    for tick in axis.ticks:
        x = _across(axis, tick)
        yield line(x, first - 6, x, bottom, "zero" if tick == 0 else "grid")
        unit = axis.measure.difference_unit if len(axis.measure.difference_unit) == 1 else ""
        text = with_unit(tick_text(tick, axis.measure), unit)
        yield label(x, top + 34, text, "tick-text", anchor="middle")
    if panel.whole is not None:
        x = _across(axis, panel.whole)
        yield line(x, first - 6, x, bottom, "whole")


def _tints(panel: Panel, first: float) -> Iterator[Shape]:
    """A tint behind what got worse, under everything else."""
    at = first
    for band in panel.bands:
        at += _BAND if band.heading else 0
        for row in band.rows:
            height = _height(row)
            if row.is_loss:
                yield rect(0, at, 100, height, "loss-row")
            at += height


def _bands(panel: Panel, first: float) -> tuple[list[Shape], float]:
    shapes: list[Shape] = []
    at = first
    for band in panel.bands:
        if band.heading:
            heading = fitted(band.heading, _pixels(_PLOT[0]) * 2, _SIZE)
            shapes.append(_text(0, at + 17, heading, "band"))
            at += _BAND
        for row in band.rows:
            shapes += _row(row, panel.axis, at)
            at += _height(row)
    return shapes, at


def _row(row: Row, axis: Axis | None, top: float) -> Iterator[Shape]:
    height, first = _height(row), top + 15.5
    indent = 0.0 if row.is_whole else _INDENT
    room = _pixels(_NAME_END - indent)
    style = "row-name whole-name" if row.is_whole else "row-name"
    yield _text(indent, first, fitted(row.name, room, _SIZE, bold=row.is_whole), style)
    for i, one in enumerate(_note_lines(row)):
        yield _text(indent, first + _LINE * (i + 1), one, "row-note")
    middle = top + _ROW / 2
    if axis is not None and has_value(row.estimated):
        for mark in row.marks:
            x = _across(axis, mark.value)
            yield line(x, top + 2, x, top + height - 2, "bound")
        yield from interval_marks(
            row.estimated,
            lambda value: _across(axis, value),
            middle,
            row.outcome.tone,
            inner=row.inner,
        )
    for i, one in enumerate(_figure_lines(row)):
        yield _text(_FIGURES, first + _LINE * i, one, "figure")
    for i, one in enumerate(_reason_lines(row)):
        yield _text(_PLOT[0], first + _LINE * i, one, "reason")
    yield label(_N_END, first, fitted(row.n, _N_ROOM, _SMALL), "count", anchor="end")
    if row.is_worded:
        word = fitted(row.outcome.text, _pixels(100 - _OUTCOME), _SIZE, bold=True)
        yield _text(_OUTCOME, first, word, f"outcome {row.outcome.tone}")


def _height(row: Row) -> float:
    more = max(len(_note_lines(row)), len(_reason_lines(row)) - 1, len(_figure_lines(row)) - 1)
    return _ROW + _LINE * more


def _note_lines(row: Row) -> tuple[str, ...]:
    return lines_of(row.note, _pixels(_NAME_END - _INDENT), _SMALL, most=2)


def _figure_lines(row: Row) -> tuple[str, ...]:
    """The figures in one line, else the interval below the value: digits are never cut."""
    room = _pixels(_N_END - _FIGURES) - _N_ROOM
    value, bracket, interval = row.figures.partition(" (")
    if width_of(row.figures, _SIZE) <= room or not bracket:
        return (row.figures,) if row.figures else ()
    return value, f"({interval}"


def _reason_lines(row: Row) -> tuple[str, ...]:
    """Why there is no number, where the number would stand."""
    return lines_of(row.reason, _pixels(_N_END - _PLOT[0]) - _N_ROOM, _SMALL, most=2)


def _across(axis: Axis, value: float) -> float:
    low, high = _PLOT
    return low + (high - low) * axis.percent(value) / 100


def _pixels(percent: float) -> float:
    return WIDTH * percent / 100


def _text(x: float, y: float, text: str, style: str) -> Shape:
    return label(x, y, text, style, anchor="start")
