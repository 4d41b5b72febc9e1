"""Numbers over builds to drawings: lines with intervals, broken where nothing joins two of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from evalreport.estimates import Estimate, Estimated, has_value
from evalreport.numbers import Measure, Scale, coordinate, tick_text
from evalreport.render.drawings import (
    Drawing,
    Shape,
    circle,
    factor_ticks,
    label,
    line,
    round_ticks,
)

_HEIGHT, _TOP, _BOTTOM = 178, 26, 146
_LEFT, _RIGHT = 7.0, 98.0  # percent between which builds stand
_MOST_NUMBERS: Final = 16
_APART: Final = 0.4  # percent by which two lines stand beside each other


@dataclass(frozen=True, slots=True)
class Places:
    """Where builds stand, in percent of the width."""

    first: int
    last: int

    def at(self, number: float) -> float:
        """Of a build, or of a place between two."""
        count = self.last - self.first + 1
        return _LEFT + (number - self.first + 0.5) / count * (_RIGHT - _LEFT)

    def between(self, number: int) -> float:
        """Just before a build."""
        return self.at(number - 0.5)

    def numbers(self) -> Iterator[int]:
        """The builds that are numbered: not more than fit, the last one always."""
        step = -(-(self.last - self.first + 1) // _MOST_NUMBERS)
        yield from range(self.last, self.first - 1, -step)


@dataclass(frozen=True, slots=True)
class Spot:
    """A number in one build: whether it is joined to the one before, told again, or void."""

    number: int
    estimated: Estimated
    is_joined: bool
    is_again: bool
    is_void: bool


@dataclass(frozen=True, slots=True)
class BuildLine:
    """One line, of the candidate (`tuned`) or of the reference (`base`)."""

    style: str
    spots: tuple[Spot, ...]


def over_builds(
    lines: Sequence[BuildLine],
    marks: Mapping[int, str],
    place: Places,
    measure: Measure,
    *,
    title: str,
    text: str,
    zero: bool = False,
    gain: float | None = None,
) -> Drawing | None:
    """Lines over builds with intervals, broken where their spots are not joined.

    Args:
        lines: What is drawn; None is drawn where there is no number.
        marks: A letter for each break, by the number of the build after it.
        place: Where builds stand.
        measure: How the numbers read.
        title: What it is.
        text: What it shows.
        zero: Whether the numbers are differences, so that no difference is drawn too.
        gain: The gain worth having, on their scale.
    """
    values = [v for one in lines for spot in one.spots for v in _ends(spot.estimated)]
    if not values:
        return None
    values += [0.0] if zero else []
    values += [] if gain is None else [gain]
    is_ratio = measure.scale is Scale.RATIO
    ticks = (factor_ticks if is_ratio else round_ticks)(min(values), max(values))

    def down(value: float) -> float:
        return _BOTTOM - (value - ticks[0]) / (ticks[-1] - ticks[0]) * (_BOTTOM - _TOP)

    shapes: list[Shape] = []
    for tick in ticks:
        style = "zero" if zero and tick == 0 else "grid"
        shapes.append(line(0, down(tick), 100, down(tick), style))
        tick_shown = tick_text(tick, measure)
        tick_shown = tick_shown if zero else tick_shown.removeprefix("+")
        shapes.append(label(0, down(tick) - 4, tick_shown, "tick-text", anchor="start"))
    if gain is not None:
        shapes.append(line(0, down(gain), 100, down(gain), "bound"))
    for number, mark in marks.items():
        at = place.between(number)
        shapes.append(line(at, _TOP - 6, at, _BOTTOM, "break"))
        shapes.append(label(at, _TOP - 11, mark, "mark-text"))
    shapes += [
        label(place.at(number), _BOTTOM + 18, str(number), "tick-text")
        for number in place.numbers()
    ]
    for i, one in enumerate(lines):
        shift = _APART * (2 * i - 1) if len(lines) > 1 else 0.0
        shapes += _line_shapes(one, place, down, shift)
    return Drawing(title, text, coordinate(_HEIGHT), tuple(shapes))


def _ends(estimated: Estimated) -> tuple[float, ...]:
    if isinstance(estimated, Estimate):
        return (estimated.low, estimated.high)
    return (estimated.value,) if has_value(estimated) else ()


def _line_shapes(
    one: BuildLine, place: Places, down: Callable[[float], float], shift: float
) -> Iterator[Shape]:
    before: tuple[float, float] | None = None
    dots: list[Shape] = []
    for spot in one.spots:
        if not has_value(spot.estimated):
            before = None
            continue
        x, y = place.at(spot.number) + shift, down(spot.estimated.value)
        if spot.is_joined and before is not None:
            yield line(*before, x, y, f"join {one.style}")
        if isinstance(spot.estimated, Estimate) and not spot.is_again:
            low, high = down(spot.estimated.low), down(spot.estimated.high)
            yield line(x, low, x, high, f"whisker {one.style}")
        before = (x, y)
        if spot.is_void:
            dots.append(circle(x, y, 4, f"hole void {one.style}"))
        elif spot.is_again:
            dots.append(circle(x, y, 2.5, f"again {one.style}"))
        elif isinstance(spot.estimated, Estimate) and one.style == "tuned":
            dots.append(circle(x, y, 4.5, f"spot {one.style}"))
        else:
            dots.append(circle(x, y, 4, f"hole {one.style}"))
    yield from dots
