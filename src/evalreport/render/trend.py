"""Trends to figures and rows: one metric over the builds of a series, and the builds."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from shlex import quote
from typing import Final

from evalreport import __version__
from evalreport.analyze.findings import Finding, FindingRole
from evalreport.analyze.shown import common_decimals, shown_difference, shown_value
from evalreport.estimates import Estimate, Estimated
from evalreport.history.kept import Kept, Series
from evalreport.history.picking import scored_on
from evalreport.history.trend import Course, Point, Trend
from evalreport.numbers import (
    Measure,
    Scale,
    Shown,
    ShownEstimate,
    absent,
    count_text,
    fraction_text,
    measure_of,
    plain_sentence,
)
from evalreport.render.breaks import Break, breaks_of, marks_in, marks_of, reasons
from evalreport.render.drawings import Drawing
from evalreport.render.over_builds import BuildLine, Places, Spot, over_builds
from evalreport.render.results import bounds_of
from evalreport.render.words import OUTCOMES, ROLE_ORDER, Label
from evalreport.rules.picked import by_chance

MOST_BUILDS: Final = 60  # that a page shows of a series: the newest


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
    before it in time. `void` says where a broken rule voids it.
    """

    builds: str
    mark: str
    void: str
    then: str
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
    has_void: bool


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
    trends = sorted(course.trends, key=lambda t: ROLE_ORDER.index(t.newest.role))
    shown = [(t, _runs(t, first)) for t in trends if t.newest.subgroup is None]
    moving = [(t, runs) for t, runs in shown if len(runs) > 1]
    marks = marks_of(runs for _, runs in moving)
    places = Places(first, len(series.builds))
    figures = [(t, _figure(t, runs, marks_in(runs, marks), places)) for t, runs in moving]
    return SeriesView(
        title=series_title(series),
        summary=_summary(series),
        is_of_today=series.is_of_today,
        builds=tuple(reversed([*_build_rows(series, first)])),
        declared=tuple(figure for t, figure in figures if _is_declared(t)),
        others=tuple(figure for t, figure in figures if not _is_declared(t)),
        flat=tuple(_name(t.newest) for t, runs in shown if len(runs) == 1),
        breaks=breaks_of(moving, marks),
        picked=picked_text(course.primary, everything),
        left_out=f"{count_text(first - 1, 'earlier build')} not shown here: --json has all."
        if first > 1
        else "",
    )


def _summary(series: Series) -> str:
    count = count_text(len(series.builds), "build")
    told = f"Trend over {count}" if len(series.builds) > 1 else count
    return told if series.is_of_today else f"{told} of {series_title(series)}"


def series_title(series: Series) -> str:
    """A series by name, with what sets it apart from others in its folder."""
    apart = [*series.overrides, *(stamp.upper() for stamp in series.stamps)]
    return f"{series.name} ({', '.join(apart)})" if apart else series.name


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
                changed=unsealed_text(kept),
                command=diff_command(before, kept) if before else "",
            )
        before = kept


def unsealed_text(kept: Kept) -> str:
    """What of a report is not as it was built; empty where all is."""
    # Another version may seal other parts, or in another way.
    parts = kept.build.unsealed if kept.report.evalreport == __version__ else ()
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
    marks: Mapping[int, str],
    places: Places,
) -> TrendFigure:
    f = trend.newest
    measure = measure_of(f.metric, f.unit)
    points = [point for run in runs for point in run]
    gain = _common_gain(points)
    name = _name(f)
    decimals = trend_decimals(trend)
    differences = [BuildLine("tuned", tuple(_spots(points, of="difference")))]
    values = [BuildLine("tuned", tuple(_spots(points, of="tuned")))]
    values.append(BuildLine("base", tuple(_spots(points, of="base"))))
    return TrendFigure(
        name=name,
        role=f.role.value,
        arms=f.arms,
        unit=_unit(measure),
        value_unit=f"in {measure.value_unit}" if measure.value_unit else "",
        difference=over_builds(
            differences,
            marks,
            places,
            measure,
            zero=True,
            gain=gain,
            title=f"Difference in {name} by build",
            text=_course_text(runs, _told_difference, decimals),
        ),
        values=over_builds(
            values,
            marks,
            places,
            measure,
            title=f"{f.arms[0]} and {f.arms[1]} in {name} by build",
            text=_course_text(runs, _told_values, decimals),
        ),
        rows=tuple(_row(run, marks, f, decimals) for run in reversed(runs)),
        on_trust=tuple(dict.fromkeys(r for p in points for r in reasons(p.on_trust))),
        has_gain=gain is not None,
        has_again=any(point.is_again for point in points),
        has_void=any(point.is_void for point in points),
    )


def _course_text(
    runs: Sequence[Sequence[Point]],
    told: Callable[[Finding, int | None], str],
    decimals: int | None,
) -> str:
    """What a drawing shows, in words: its ends, where it is broken, and what does not count."""
    points = [point for run in runs for point in run]
    void = sum(point.is_void for point in points)
    broken = sum(bool(point.difference_breaks) for point in points[1:])
    parts = [f"{count_text(len(points), 'build')}"]
    for run, number in ((runs[0], points[0].number), (runs[-1], points[-1].number)):
        doubt = f" ({_void_text(run)})" if _void_text(run) else ""
        parts.append(f"build {number}: {told(run[-1].finding, decimals)}{doubt}")
    parts += [f"broken {count_text(broken, 'time')}, so not one line"] if broken else []
    parts += [f"{count_text(void, 'build does', 'builds do')} not count"] if void else []
    return f"{'; '.join(parts)}. All numbers stand in the table below."


def _told_difference(f: Finding, decimals: int | None) -> str:
    return plain_sentence(shown_difference(f, decimals=decimals))


def _told_values(f: Finding, decimals: int | None) -> str:
    values = zip(f.arms, (f.tuned, f.base), strict=True)
    return ", ".join(
        f"{arm} {plain_sentence(shown_value(f, value, decimals=decimals))}" for arm, value in values
    )


def _unit(measure: Measure) -> str:
    if measure.scale is Scale.RATIO:
        return "as a ratio"
    return f"in {measure.difference_unit}" if measure.difference_unit else ""


def trend_decimals(trend: Trend) -> int | None:
    """With how many decimals its numbers are shown; None where its builds tell other units."""
    units = {point.finding.unit for point in trend.points}
    return common_decimals(p.finding for p in trend.points) if len(units) == 1 else None


def _row(
    run: Sequence[Point], marks: Mapping[int, str], newest: Finding, decimals: int | None
) -> TrendRow:
    point = run[0]
    f = run[-1].finding  # of the same answers, the intervals of the newest method
    last = run[-1].number
    return TrendRow(
        builds=str(point.number) if len(run) == 1 else f"{point.number} to {last}",
        mark=marks.get(point.number, ""),
        void=_void_text(run),
        then=_then(run, newest),
        base=shown_value(f, f.base, decimals=decimals),
        tuned=shown_value(f, f.tuned, decimals=decimals),
        difference=shown_difference(f, decimals=decimals),
        n=absent("not stated") if f.n_missing else Shown(count_text(f.n)),
    )


def _then(run: Sequence[Point], newest: Finding) -> str:
    """What was declared of it then, where it is not what is declared now, and at which level."""
    told: dict[str, None] = {}
    for f in (point.finding for point in run):
        if f.role is not newest.role:
            told[f"{f.role.value} then"] = None
        elif (f.gain_at_least, f.lose_at_most) != (newest.gain_at_least, newest.lose_at_most):
            bounds = " · ".join(mark.text for mark in bounds_of(f)) or "no bound declared"
            told[f"then {bounds}"] = None
        if isinstance(f.difference, Estimate) and isinstance(newest.difference, Estimate):
            level = f.difference.level
            if level != newest.difference.level:
                told[f"intervals of {fraction_text(level)} then"] = None
    return "; ".join(told)


def _void_text(run: Sequence[Point]) -> str:
    """Where a broken rule voids a number: in all of these builds, or in which."""
    numbers = [str(point.number) for point in run if point.is_void]
    if len(numbers) == len(run):
        return "does not count: a broken rule voids it"
    builds = f"build{'' if len(numbers) == 1 else 's'} {', '.join(numbers)}"
    return f"does not count in {builds}: a broken rule voids it" if numbers else ""


def picked_text(trend: Trend | None, everything: Iterable[Kept]) -> str:
    """That the best of several on the newest test set is partly luck, where there are several."""
    if trend is None:
        return ""
    f = trend.newest
    facts = trend.points[-1].kept.report.datasets.get(f.dataset)
    if facts is None:
        return ""
    digests = {
        known.digest
        for point in trend.points
        if (known := point.kept.report.datasets.get(point.finding.dataset)) is not None
    }
    count = scored_on(everything, digests)
    if count < 2:
        return ""
    luck = by_chance(f, count)
    adds = (
        ""
        if luck is None
        else f": picking the best of {count} that are equal adds at most about {luck.text} "
        "by chance alone"
    )
    earlier = ", or on those of the set as it was before" if len(digests) > 1 else ""
    return (
        f"{count_text(count)} trained models are known to have been scored on these test "
        f"items{earlier}, so the best of them is partly luck{adds}. Confirm a choice on items "
        "that no other was scored on."
    )


def _spots(points: Sequence[Point], *, of: str) -> Iterator[Spot]:
    for i, point in enumerate(points):
        breaks = point.breaks if of == "tuned" else point.difference_breaks
        estimated: Estimated = getattr(point.finding, of)
        yield Spot(point.number, estimated, i > 0 and not breaks, point.is_again, point.is_void)


def _common_gain(points: Sequence[Point]) -> float | None:
    """The gain worth having, on the scale of differences, where all builds ask for the same."""
    asked = {(p.finding.gain_at_least, p.finding.higher_is_better) for p in points}
    gain, is_up = asked.pop()
    return None if asked or gain is None else (gain if is_up else -gain)
