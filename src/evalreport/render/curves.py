"""Training curves to drawings: lines over steps, named at their ends."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Final

from evalreport.numbers import Measure, Scale, coordinate, tick_text
from evalreport.render.drawings import Drawing, Shape, circle, label, line, round_ticks
from evalreport.render.quoting import Prepared

_HEIGHT: Final = 250
_TOP: Final = 20
_BOTTOM: Final = 208
_MOST_POINTS: Final = 600
_NAME_GAP: Final = 15
_NAME_ROOM: Final = 6  # above the steps' axis
_STRETCH: Final = 1000  # side of the nested viewport
_PLAIN: Final = Measure(Scale.PLAIN, "")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a curve: its points as (x, y), its class and its name at the end."""

    points: tuple[tuple[float, float], ...]
    style: str
    name: str
    has_dots: bool


def curve(
    lines: Sequence[Line], chosen: tuple[float, str] | None, *, x_name: str, title: str, text: str
) -> Drawing | None:
    """Lines over steps, with the chosen step marked; None when there is no point to draw."""
    points = [point for drawn in lines for point in drawn.points]
    if not points:
        return None
    x_high = max(x for x, _ in points) or 1.0
    y_ticks = round_ticks(min(y for _, y in points), max(y for _, y in points))

    def across(x: float) -> float:
        return 1 + 98 * x / x_high

    def down(y: float) -> float:
        return _BOTTOM - (y - y_ticks[0]) / (y_ticks[-1] - y_ticks[0]) * (_BOTTOM - _TOP)

    shapes: list[Shape] = []
    for tick in y_ticks:
        shapes.append(line(0, down(tick), 100, down(tick), "grid"))
        shapes.append(label(0, down(tick) - 4, _tick(tick), "tick-text", anchor="start"))
    steps = [tick for tick in round_ticks(0.0, x_high) if tick <= x_high]
    shapes += [label(across(tick), _BOTTOM + 16, _tick(tick), "tick-text") for tick in steps]
    is_left = chosen is not None and chosen[0] > x_high / 2
    side, anchor = (1, "start") if is_left else (99, "end")
    shapes.append(label(side, _BOTTOM + 34, x_name, "tick-text", anchor=anchor))
    if chosen is not None:
        step, name = chosen
        shapes.append(line(across(step), _TOP - 8, across(step), _BOTTOM, "chosen"))
        shapes.append(label(across(step), _BOTTOM + 34, name, "mark-text"))
    for drawn in lines:
        if drawn.has_dots:
            style = f"dot {drawn.style}"
            shapes += [circle(across(x), down(y), 3.5, style) for x, y in drawn.points]
    shapes += _names(lines, down)
    curves = tuple(_polyline(drawn, across, down) for drawn in lines)
    return Drawing(title, text, coordinate(_HEIGHT), tuple(shapes), curves)


def thinned(points: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """At most so many points as a drawing can show: the lowest and highest of each stretch."""
    if len(points) <= _MOST_POINTS:
        return tuple(points)
    size = -(-len(points) * 2 // _MOST_POINTS)
    kept: list[tuple[float, float]] = []
    for start in range(0, len(points), size):
        stretch = points[start : start + size]
        ends = {min(stretch, key=lambda p: p[1]), max(stretch, key=lambda p: p[1])}
        kept += sorted(ends)
    return tuple(kept)


def _tick(value: float) -> str:
    return tick_text(value, _PLAIN).removeprefix("+")


def _polyline(
    drawn: Line, across: Callable[[float], float], down: Callable[[float], float]
) -> Shape:
    """A line's points in the stretched viewport."""
    points = " ".join(
        f"{coordinate(across(x) / 100 * _STRETCH)},{coordinate(down(y) / _HEIGHT * _STRETCH)}"
        for x, y in thinned(drawn.points)
    )
    return Shape("polyline", f"curve {drawn.style}", (("points", Prepared(points)),))


def _names(lines: Sequence[Line], down: Callable[[float], float]) -> list[Shape]:
    """The lines' names at their ends: the upper line's above it, the others' below, all inside."""
    ends = [(down(drawn.points[-1][1]), drawn) for drawn in lines if drawn.points and drawn.name]
    ordered = sorted(ends, key=lambda pair: pair[0])
    heights: list[float] = []
    for i, (end, _) in enumerate(ordered):
        above = heights[-1] if heights else -inf
        heights.append(max(end - 11 if i == 0 else end + 18, above + _NAME_GAP))
    raised = max(0.0, heights[-1] - (_BOTTOM - _NAME_ROOM)) if heights else 0.0
    return [
        label(97, height - raised, drawn.name, f"name {drawn.style}", anchor="end")
        for height, (_, drawn) in zip(heights, ordered, strict=True)
    ]
