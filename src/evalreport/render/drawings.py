"""Numbers to drawings: shapes with their coordinates ready, which a template only places as SVG.

Widths are percentages and heights are pixels, so that a drawing fits any column while its text
keeps its size; curves live in a nested viewport that stretches. Colours come from the style sheet.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log, log10
from typing import Final, Literal

from evalreport.estimates import Estimate, Estimated, NotEstimable, Point, has_value
from evalreport.numbers import Measure, Scale, coordinate, tick_text, with_unit
from evalreport.render.words import Tone

Tag = Literal["line", "rect", "circle", "text", "polyline"]

ROW_HEIGHT: Final = 28
_PAD_PERCENT: Final = 3.0  # room at both ends of an axis
_MOST_TICKS: Final = 5
_FACTOR_DIGITS: Final = (1.0, 1.25, 1.5, 2.0, 3.0, 5.0, 7.0)
_LEAST_APART: Final = 0.18  # share of the range between the labels of a factor axis
_LONG_TEXT: Final = 8  # characters; a longer text turns inwards from the sides of the drawing
_SIDE_PERCENT: Final = 45.0


@dataclass(frozen=True, slots=True)
class Shape:
    """One SVG element: its tag, its class in the style sheet, its attributes and its text."""

    tag: Tag
    style: str
    attributes: tuple[tuple[str, str], ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing with what it shows in words.

    `curves` are shapes in a viewport of 1000 x 1000 that is stretched over the whole drawing.
    """

    title: str
    description: str
    height: str
    shapes: tuple[Shape, ...]
    curves: tuple[Shape, ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """A line across an axis at a value, such as a declared threshold."""

    value: float
    text: str


@dataclass(frozen=True, slots=True)
class Axis:
    """A range that several drawings share, in raw metric units."""

    low: float
    high: float
    ticks: tuple[float, ...]
    measure: Measure

    def percent(self, value: float) -> float:
        """Where a value lies, in percent of the width."""
        share = (value - self.low) / (self.high - self.low)
        return _PAD_PERCENT + share * (100 - 2 * _PAD_PERCENT)


def axis_over(estimates: Sequence[Estimated], marks: Sequence[float], measure: Measure) -> Axis:
    """The least range with round ticks that holds zero, every interval and every mark."""
    values = [0.0, *marks]
    for estimated in estimates:
        match estimated:
            case Estimate():
                values += [estimated.low, estimated.high]
            case NotEstimable():
                pass
            case _:
                values.append(estimated.value)
    low, high = min(values), max(values)
    is_ratio = measure.scale is Scale.RATIO
    ticks = factor_ticks(low, high) if is_ratio else round_ticks(low, high)
    return Axis(ticks[0], ticks[-1], ticks, measure)


def round_ticks(low: float, high: float) -> tuple[float, ...]:
    """Round numbers at equal steps, the first at or below `low`, the last at or above `high`."""
    if high <= low:
        low, high = low - 0.5, high + 0.5
    raw = (high - low) / (_MOST_TICKS - 1)
    power = 10.0 ** floor(log10(raw))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw * 0.999)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return tuple(round(i * step, 12) for i in range(first, last + 1))


def factor_ticks(low: float, high: float) -> tuple[float, ...]:
    """Logarithms of round factors that span the range, the ends, 1, and what fits between."""
    factors = [digit * 10.0**power for power in range(-9, 9) for digit in _FACTOR_DIGITS]
    spanning = sorted({round(log(f), 12) for f in (*factors, 0.9, 1.1)})
    inside = [
        tick
        for i, tick in enumerate(spanning)
        if (i + 1 == len(spanning) or spanning[i + 1] > low) and (i == 0 or spanning[i - 1] < high)
    ]
    if len(inside) == 1:
        return (round(log(0.9), 12), 0.0, round(log(1.1), 12))
    kept = {inside[0], 0.0, inside[-1]}
    apart = _LEAST_APART * (inside[-1] - inside[0])
    for tick in inside:
        if all(abs(tick - other) >= apart for other in kept):
            kept.add(tick)
    return tuple(sorted(kept))


def interval_bar(
    estimated: Estimated,
    axis: Axis,
    marks: Sequence[Mark],
    tone: Tone,
    *,
    title: str,
    text: str,
    inner: Sequence[float] = (),
) -> Drawing | None:
    """One row's interval on the axis of its table; None where there is no value to draw."""
    if not has_value(estimated):
        return None
    middle = ROW_HEIGHT / 2
    shapes = [upright(axis.percent(0.0), ROW_HEIGHT, "zero")]
    shapes += [upright(axis.percent(mark.value), ROW_HEIGHT, "bound") for mark in marks]
    shapes += interval_marks(estimated, axis.percent, middle, tone, inner=inner)
    return Drawing(title, text, coordinate(ROW_HEIGHT), tuple(shapes))


def clipped_bar(
    estimated: Estimate | Point,
    axis: Axis,
    marks: Sequence[Mark],
    tone: Tone,
    *,
    title: str,
    text: str,
) -> Drawing:
    """An interval on an axis that others share and that need not hold all of it.

    What lies beyond an end of the axis is not drawn there: an arrow at that end says that it goes
    on.
    """
    middle = ROW_HEIGHT / 2
    shapes = [upright(axis.percent(0.0), ROW_HEIGHT, "zero")]
    shapes += [upright(axis.percent(mark.value), ROW_HEIGHT, "bound") for mark in marks]
    ends = (
        (estimated.low, estimated.high)
        if isinstance(estimated, Estimate)
        else (estimated.value, estimated.value)
    )
    low, high = (min(max(end, axis.low), axis.high) for end in ends)
    if low < high:
        shapes.append(
            line(axis.percent(low), middle, axis.percent(high), middle, f"interval {tone}")
        )
    if isinstance(estimated, Estimate):
        shapes += [
            line(
                axis.percent(end), middle - 5, axis.percent(end), middle + 5, f"interval-end {tone}"
            )
            for end in ends
            if axis.low <= end <= axis.high
        ]
    if axis.low <= estimated.value <= axis.high:
        style = "dot" if isinstance(estimated, Estimate) else "ring"
        shapes.append(circle(axis.percent(estimated.value), middle, 4.5, f"{style} {tone}"))
    if ends[0] < axis.low:
        shapes.append(label(0, middle + 4.5, "◀", f"beyond {tone}", anchor="start"))
    if ends[1] > axis.high:
        shapes.append(label(100, middle + 4.5, "▶", f"beyond {tone}", anchor="end"))
    return Drawing(title, text, coordinate(ROW_HEIGHT), tuple(shapes))


def axis_ruler(axis: Axis) -> Drawing:
    """The ticks of a table's axis, for its head."""
    unit = axis.measure.difference_unit or "factor"
    shapes = [
        shape
        for tick in axis.ticks
        for shape in (
            line(axis.percent(tick), 16, axis.percent(tick), 20, "tick"),
            label(axis.percent(tick), 11, tick_text(tick, axis.measure), _tick_style(tick, axis)),
        )
    ]
    ends = f"{tick_text(axis.low, axis.measure)} to {tick_text(axis.high, axis.measure)}"
    return Drawing(f"Axis from {ends} {unit}", "", "20", tuple(shapes))


def _tick_style(tick: float, axis: Axis) -> str:
    """Ends and zero are always shown; the rest gives way where there is little room."""
    return "tick-text" if tick in {axis.low, 0.0, axis.high} else "tick-text minor"


def verdict_bar(
    estimated: Estimated, axis: Axis, marks: Sequence[Mark], tone: Tone, *, title: str, text: str
) -> Drawing:
    """The primary difference, large, with its axis, no difference and what was asked for."""
    zero, top, bottom = axis.percent(0.0), 38, 78
    shapes = [
        line(_PAD_PERCENT, bottom, 100 - _PAD_PERCENT, bottom, "rule"),
        line(zero, top - 22, zero, bottom, "zero"),
        label(zero, 12, "no difference", "mark-text"),
    ]
    for tick in axis.ticks:
        at = axis.percent(tick)
        unit = axis.measure.difference_unit if tick == axis.high else ""
        text_at = with_unit(tick_text(tick, axis.measure), unit)
        shapes.append(line(at, bottom, at, bottom + 4, "tick"))
        shapes.append(label(at, bottom + 17, text_at, "tick-text"))
    for mark in marks:
        at = axis.percent(mark.value)
        shapes.append(line(at, top - 6, at, bottom, "bound"))
        shapes.append(label(at, 28, mark.text, "mark-text"))
    shapes += interval_marks(estimated, axis.percent, (top + bottom) / 2, tone, large=True)
    return Drawing(title, text, "100", tuple(shapes))


def flips_bar(parts: Sequence[tuple[int, str]], *, title: str, text: str) -> Drawing:
    """Counts side by side as one bar, each a share of the whole; an empty part has no width."""
    whole = sum(count for count, _ in parts)
    shapes, at = [], 0.0
    for count, style in parts:
        width = 100 * count / whole if whole else 0.0
        if count:
            shapes.append(rect(at, 0, width, 18, f"flip {style}"))
        at += width
    return Drawing(title, text, "18", tuple(shapes))


def line(x1: float, y1: float, x2: float, y2: float, style: str) -> Shape:
    """A straight line; x in percent of the width, y in pixels."""
    ends = {"x1": f"{coordinate(x1)}%", "y1": coordinate(y1)}
    ends |= {"x2": f"{coordinate(x2)}%", "y2": coordinate(y2)}
    return Shape("line", style, tuple(ends.items()))


def upright(x: float, height: float, style: str) -> Shape:
    """A line from top to bottom."""
    return line(x, 0, x, height, style)


def circle(x: float, y: float, radius: float, style: str) -> Shape:
    """A dot of so many pixels."""
    at = (("cx", f"{coordinate(x)}%"), ("cy", coordinate(y)), ("r", coordinate(radius)))
    return Shape("circle", style, at)


def rect(x: float, y: float, width: float, height: float, style: str) -> Shape:
    """A box; x and width in percent, y and height in pixels."""
    at = {"x": f"{coordinate(x)}%", "y": coordinate(y)}
    at |= {"width": f"{coordinate(width)}%", "height": coordinate(height)}
    return Shape("rect", style, tuple(at.items()))


def label(x: float, y: float, text: str, style: str, *, anchor: str = "") -> Shape:
    """Text at a point, centred; a long one grows inwards from the sides."""
    side = _SIDE_PERCENT if len(text) > _LONG_TEXT else 0.0
    inwards = "start" if x < side else "end" if x > 100 - side else "middle"
    at = (("x", f"{coordinate(x)}%"), ("y", coordinate(y)), ("text-anchor", anchor or inwards))
    return Shape("text", style, at, text)


def interval_marks(
    estimated: Estimated,
    across: Callable[[float], float],
    y: float,
    tone: Tone,
    *,
    large: bool = False,
    inner: Sequence[float] = (),
) -> list[Shape]:
    """An interval as a line with ends and a mark at its value; a bare value is a hollow mark.

    The mark's shape says what its colour says: a square is bad, what is hollow decides nothing.
    `inner` are bounds within the interval, as shorter ends.
    """
    dot, end = (7, 9) if large else (4.5, 5)
    match estimated:
        case NotEstimable():
            return []
        case Estimate():
            low, high = across(estimated.low), across(estimated.high)
            return [
                line(low, y, high, y, f"interval {tone}"),
                line(low, y - end, low, y + end, f"interval-end {tone}"),
                line(high, y - end, high, y + end, f"interval-end {tone}"),
                *(
                    line(x, y - end + 1.5, x, y + end - 1.5, f"interval-end {tone}")
                    for x in map(across, inner)
                ),
                _mark(across(estimated.value), y, dot, tone, hollow=tone is Tone.NEUTRAL),
            ]
        case _:
            return [_mark(across(estimated.value), y, dot, tone, hollow=True)]


def _mark(x: float, y: float, radius: float, tone: Tone, *, hollow: bool) -> Shape:
    style = f"{'ring' if hollow else 'dot'} {tone}"
    if tone is not Tone.BAD:
        return circle(x, y, radius, style)
    side = 1.8 * radius  # as large as the circle to the eye
    at = {"x": f"{coordinate(x)}%", "y": coordinate(y - side / 2)}
    at |= {"width": coordinate(side), "height": coordinate(side)}
    at |= {"transform": f"translate({coordinate(-side / 2)} 0)"}
    return Shape("rect", style, tuple(at.items()))
