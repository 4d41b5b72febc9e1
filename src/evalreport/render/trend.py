"""Trends to drawings and rows: one metric over builds, with its breaks and why they are there."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from shlex import quote
from typing import Final, TypeAlias

from evalreport.analyze.findings import Finding, FindingRole
from evalreport.analyze.shown import shown_difference, shown_value
from evalreport.estimates import Estimate, Estimated, has_value
from evalreport.history.kept import Kept, Series
from evalreport.history.picking import scored_on
from evalreport.history.trend import Course, Point, Trend
from evalreport.lineage.aspect import Aspect, AspectState
from evalreport.numbers import (
    Measure,
    Scale,
    Shown,
    ShownEstimate,
    absent,
    coordinate,
    count_text,
    measure_of,
    tick_text,
)
from evalreport.render.drawings import (
    Drawing,
    Shape,
    circle,
    factor_ticks,
    label,
    line,
    round_ticks,
)
from evalreport.render.words import OUTCOMES, Label
from evalreport.rules.picked import by_chance

MOST_BUILDS: Final = 60  # that a page shows of a series: the newest
_HEIGHT, _TOP, _BOTTOM = 178, 26, 146
_LEFT, _RIGHT = 7.0, 98.0  # percent between which builds stand
_MOST_NUMBERS: Final = 16
_MARKS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class BuildRow:
    """One build of a series."""

    number: str
    built_at: str
    commit: str
    outcome: Label
    version: str
    changed: str
    command: str


@dataclass(frozen=True, slots=True)
class TrendRow:
    """A metric in one build, or in several that tell the same numbers of the same weights.

    `mark` names the break after which it stands; empty where it may be compared with the row
    before it in time.
    """

    builds: str
    mark: str
    base: ShownEstimate
    tuned: ShownEstimate
    difference: ShownEstimate
    n: Shown


@dataclass(frozen=True, slots=True)
class TrendFigure:
    """One metric over the builds of a series."""

    name: str
    role: str
    arms: tuple[str, str]
    unit: str
    value_unit: str
    difference: Drawing | None
    values: Drawing | None
    rows: tuple[TrendRow, ...]
    on_trust: tuple[str, ...]
    has_gain: bool
    has_again: bool


@dataclass(frozen=True, slots=True)
class Break:
    """Why numbers may not be compared across a place in a series."""

    mark: str
    before: str
    layers: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SeriesView:
    """The builds of one spec, and how its metrics went.

    `flat` names metrics of which every build tells the same.
    """

    title: str
    summary: str
    is_of_today: bool
    builds: tuple[BuildRow, ...]
    declared: tuple[TrendFigure, ...]
    others: tuple[TrendFigure, ...]
    flat: tuple[str, ...]
    breaks: tuple[Break, ...]
    picked: str
    left_out: str


def series_view(course: Course, everything: Sequence[Kept]) -> SeriesView:
    """A series as a page shows it: its newest builds, and every metric but those of subgroups.

    Args:
        course: Of two builds at least.
        everything: All builds that are known, for how many models were scored on a test set.
    """
    series = course.series
    first = max(1, len(series.builds) - MOST_BUILDS + 1)
    shown = [(t, _runs(t, first)) for t in course.trends if t.newest.subgroup is None]
    moving = [(t, runs) for t, runs in shown if len(runs) > 1]
    breaks = _breaks(runs for _, runs in moving)
    span = (first, len(series.builds))
    figures = [(t, _figure(t, runs, breaks, span)) for t, runs in moving]
    return SeriesView(
        title=series_title(series),
        summary=f"Trend over {count_text(len(series.builds), 'build')}"
        + ("" if series.is_of_today else f" of {series_title(series)}"),
        is_of_today=series.is_of_today,
        builds=tuple(reversed([*_build_rows(series, first)])),
        declared=tuple(figure for t, figure in figures if _is_declared(t)),
        others=tuple(figure for t, figure in figures if not _is_declared(t)),
        flat=tuple(_name(t.newest) for t, runs in shown if len(runs) == 1),
        breaks=tuple(
            Break(mark, str(key[0]), _layers(key, moving), key[1]) for key, mark in breaks.items()
        ),
        picked=picked_text(course.primary, everything),
        left_out=f"{count_text(first - 1, 'earlier build')} not shown here: --json has all."
        if first > 1
        else "",
    )


_Moving: TypeAlias = tuple[Trend, Sequence[Sequence[Point]]]


def _layers(key: tuple[int, tuple[str, ...]], moving: Sequence[_Moving]) -> str:
    """The layers whose metrics are broken there for these reasons."""
    names = (
        t.newest.layer
        for t, runs in moving
        for run in runs[1:]
        if run[0].number == key[0] and broken_text(run[0]) == key[1]
    )
    return ", ".join(dict.fromkeys(names))


def _breaks(trends: Iterable[Sequence[Sequence[Point]]]) -> dict[tuple[int, tuple[str, ...]], str]:
    """A letter for each break: the number of the build after it, and the reasons."""
    keys = {
        (run[0].number, broken_text(run[0]))
        for runs in trends
        for run in runs[1:]
        if run[0].difference_breaks
    }
    return {key: _MARKS[i] if i < len(_MARKS) else str(i + 1) for i, key in enumerate(sorted(keys))}


def series_title(series: Series) -> str:
    """A series by name, with what sets it apart from others in its folder."""
    apart = [*series.overrides, *(stamp.upper() for stamp in series.stamps)]
    return f"{series.name} ({', '.join(apart)})" if apart else series.name


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


def _is_declared(trend: Trend) -> bool:
    return trend.newest.role is not FindingRole.EXPLORATORY


def _name(f: Finding) -> str:
    name = f"{f.layer} {f.metric}" + (f".{f.field}" if f.field else "")
    return name if f.arms == ("tuned", "base") else f"{name}: {f.arms[0]} against {f.arms[1]}"


def _runs(trend: Trend, first: int) -> list[list[Point]]:
    """The points in runs that tell the same numbers of the same weights."""
    runs: list[list[Point]] = []
    for point in trend.points:
        if point.number < first:
            continue
        if runs and point.is_again:
            runs[-1].append(point)
        else:
            runs.append([point])
    return runs


def _build_rows(series: Series, first: int) -> Iterator[BuildRow]:
    before: Kept | None = None
    for number, kept in enumerate(series.builds, 1):
        if number >= first:
            report = kept.report
            yield BuildRow(
                number=str(number),
                built_at=report.built_at,
                commit=commit_text(kept),
                outcome=OUTCOMES[report.verdict.outcome],
                version=report.evalreport,
                changed=_unsealed(kept),
                command=diff_command(before, kept) if before else "",
            )
        before = kept


def _unsealed(kept: Kept) -> str:
    parts = kept.build.unsealed
    return f"changed after it was built: {', '.join(parts)}" if parts else ""


def commit_text(kept: Kept) -> str:
    """Which commit brought a build, and when."""
    if not kept.commits:
        return "lies here"
    first = kept.commits[0]
    more = f", and {len(kept.commits) - 1} more" if len(kept.commits) > 1 else ""
    return f"{first.short} of {first.at[:10]}{more}"


def diff_command(before: Kept, after: Kept) -> str:
    """The command that pairs the items of two builds."""
    return f"evalreport diff {quote(before.named)} {quote(after.named)}"


def _figure(
    trend: Trend,
    runs: Sequence[Sequence[Point]],
    breaks: Mapping[tuple[int, tuple[str, ...]], str],
    span: tuple[int, int],
) -> TrendFigure:
    f = trend.newest
    measure = measure_of(f.metric, f.unit)
    marks = {
        run[0].number: breaks[run[0].number, broken_text(run[0])]
        for run in runs[1:]
        if run[0].difference_breaks
    }
    place = _Places(*span)
    at = [(place.between(number), mark) for number, mark in marks.items()]
    points = [point for run in runs for point in run]
    gain = _common_gain(points)
    name = _name(f)
    text = f"{count_text(len(points), 'build')}; the numbers stand in the table below."
    differences = [_Line("tuned", tuple(_spots(points, of="difference")))]
    values = [_Line("tuned", tuple(_spots(points, of="tuned")))]
    values.append(_Line("base", tuple(_spots(points, of="base"))))
    return TrendFigure(
        name=name,
        role=f.role.value,
        arms=f.arms,
        unit=_unit(measure),
        value_unit=f"in {measure.value_unit}" if measure.value_unit else "",
        difference=_drawing(
            differences,
            at,
            place,
            measure,
            zero=True,
            gain=gain,
            title=f"Difference in {name} by build",
            text=text,
        ),
        values=_drawing(
            values,
            at,
            place,
            measure,
            title=f"{f.arms[0]} and {f.arms[1]} in {name} by build",
            text=text,
        ),
        rows=tuple(_row(run, marks) for run in reversed(runs)),
        on_trust=tuple(dict.fromkeys(r for p in points for r in reasons(p.on_trust))),
        has_gain=gain is not None,
        has_again=any(point.is_again for point in points),
    )


def _unit(measure: Measure) -> str:
    if measure.scale is Scale.RATIO:
        return "as a ratio"
    return f"in {measure.difference_unit}" if measure.difference_unit else ""


def _row(run: Sequence[Point], marks: Mapping[int, str]) -> TrendRow:
    point = run[0]
    f = point.finding
    last = run[-1].number
    return TrendRow(
        builds=str(point.number) if len(run) == 1 else f"{point.number} to {last}",
        mark=marks.get(point.number, ""),
        base=shown_value(f, f.base),
        tuned=shown_value(f, f.tuned),
        difference=shown_difference(f),
        n=absent("not stated") if f.n_missing else Shown(count_text(f.n)),
    )


def broken_text(point: Point) -> tuple[str, ...]:
    """Why a point is not joined to the one before, and what of it is."""
    told = reasons(point.difference_breaks)
    if point.other_reference is not None and not point.breaks:
        arm = point.finding.arms[0]
        told = (*told, f"the difference is from another model, while {arm} was measured alike")
    return told


def picked_text(trend: Trend | None, everything: Iterable[Kept]) -> str:
    """That the best of several on the newest test set is partly luck, where there are several."""
    if trend is None:
        return ""
    f = trend.newest
    facts = trend.points[-1].kept.report.datasets.get(f.dataset)
    if facts is None:
        return ""
    count = scored_on(everything, facts.digest)
    if count < 2:
        return ""
    luck = by_chance(f, count)
    adds = (
        ""
        if luck is None
        else f": picking the best of {count} that are equal adds at most about {luck.text} "
        "by chance alone"
    )
    return (
        f"{count_text(count)} trained models are known to have been scored on these test items, so "
        f"the best of them is partly luck{adds}. Confirm a choice on items that no other was "
        "scored on."
    )


# Drawing


@dataclass(frozen=True, slots=True)
class _Places:
    """Where builds stand, in percent of the width."""

    first: int
    last: int

    def at(self, number: float) -> float:
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
class _Spot:
    number: int
    estimated: Estimated
    is_joined: bool
    is_again: bool


@dataclass(frozen=True, slots=True)
class _Line:
    style: str
    spots: tuple[_Spot, ...]


def _spots(points: Sequence[Point], *, of: str) -> Iterator[_Spot]:
    for i, point in enumerate(points):
        breaks = point.breaks if of == "tuned" else point.difference_breaks
        estimated: Estimated = getattr(point.finding, of)
        yield _Spot(point.number, estimated, i > 0 and not breaks, point.is_again)


def _common_gain(points: Sequence[Point]) -> float | None:
    """The gain worth having, on the scale of differences, where all builds ask for the same."""
    asked = {(p.finding.gain_at_least, p.finding.higher_is_better) for p in points}
    gain, is_up = asked.pop()
    return None if asked or gain is None else (gain if is_up else -gain)


def _drawing(
    lines: Sequence[_Line],
    breaks: Sequence[tuple[float, str]],
    place: _Places,
    measure: Measure,
    *,
    title: str,
    text: str,
    zero: bool = False,
    gain: float | None = None,
) -> Drawing | None:
    """Lines over builds with intervals, broken where their spots are not joined."""
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
    for at, mark in breaks:
        shapes.append(line(at, _TOP - 6, at, _BOTTOM, "break"))
        shapes.append(label(at, _TOP - 11, mark, "mark-text"))
    shapes += [
        label(place.at(number), _BOTTOM + 18, str(number), "tick-text")
        for number in place.numbers()
    ]
    shift = 0.4 if len(lines) > 1 else 0.0
    for i, one in enumerate(lines):
        shapes += _line_shapes(one, place, down, shift * (2 * i - 1) if shift else 0.0)
    return Drawing(title, text, coordinate(_HEIGHT), tuple(shapes))


def _ends(estimated: Estimated) -> tuple[float, ...]:
    if isinstance(estimated, Estimate):
        return (estimated.low, estimated.high)
    return (estimated.value,) if has_value(estimated) else ()


def _line_shapes(
    one: _Line, place: _Places, down: Callable[[float], float], shift: float
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
        if spot.is_again:
            dots.append(circle(x, y, 2.5, f"again {one.style}"))
        elif isinstance(spot.estimated, Estimate) and one.style == "tuned":
            dots.append(circle(x, y, 4.5, f"spot {one.style}"))
        else:
            dots.append(circle(x, y, 4, f"hole {one.style}"))
    yield from dots
