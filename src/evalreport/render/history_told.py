"""History to the terminal and to programs: every build of every series, and what broke a line."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from evalreport.analyze.shown import shown_difference, shown_value
from evalreport.errors import printable
from evalreport.history.kept import History, Kept, Series
from evalreport.history.trend import Course, Point
from evalreport.lineage.aspect import Aspect
from evalreport.numbers import plain_sentence
from evalreport.render.breaks import broken_text
from evalreport.render.lost import lost_row
from evalreport.render.trend import (
    commit_text,
    diff_command,
    picked_text,
    series_title,
    trend_decimals,
)
from evalreport.render.words import OUTCOMES
from evalreport.values import Json

# The terminal


def history_text(history: History, courses: Sequence[Course]) -> str:
    """Every series with its builds, as lines: verdict, and the primary metric's trend."""
    lines: list[str] = []
    for course in courses:
        series = course.series
        title = series.builds[-1].report.title
        lines += [f"{series.folder or '.'}  {series_title(series)}: {title}"]
        lines += [f"  {line}" for line in _series_lines(course, history.builds)]
        lines.append("")
    for one in history.unreadable:
        row = lost_row(one)
        told = f" (its lock tells: {row.told})" if row.told else ""
        lines += [f"cannot be read: {row.where}, {row.commit}: {row.reason}{told}"]
    lines += history.notes
    # Whatever a report, a lock or a name holds: no line moves the terminal.
    return "\n".join(map(printable, lines)).rstrip("\n") + "\n"


def _series_lines(course: Course, everything: Sequence[Kept]) -> Iterator[str]:
    series, primary = course.series, course.primary
    points = {} if primary is None else {point.number: point for point in primary.points}
    decimals = None if primary is None else trend_decimals(primary)
    if primary is not None:
        yield f"{primary.id}: {' -> '.join(reversed(primary.newest.arms))}, difference"
    before = ""
    for run in _alike(series, points):
        (number, kept), (last, _) = run[0], run[-1]
        point = points.get(number)
        for reason in broken_text(point) if point else ():
            yield f"{'':>9}  -- not to be compared with what is above: {reason}"
        verdict = OUTCOMES[kept.report.verdict.outcome].text
        numbers = str(number) if number == last else f"{number} to {last}"
        when = f"{kept.report.built_at}  {commit_text(kept)}"
        yield f"{numbers:>9}  {when}  {verdict}{_told(point, decimals)}"
        newest = points.get(last)
        if point is None or newest is None:
            continue
        told = plain_sentence(shown_difference(newest.finding, decimals=decimals))
        if point.is_again and told != before:
            yield f"{'':>9}  its interval was computed anew since: {told}"
        before = told
    luck = picked_text(primary, everything)
    if luck:
        yield luck
    if len(series.builds) > 1:
        yield f"to test the last two: {diff_command(*series.builds[-2:])}"


def _alike(series: Series, points: Mapping[int, Point]) -> list[list[tuple[int, Kept]]]:
    """Builds one after the other that say the same again, in one line."""
    runs: list[list[tuple[int, Kept]]] = []
    for number, kept in enumerate(series.builds, 1):
        point = points.get(number)
        before = runs[-1][-1] if runs else None
        was = None if before is None else points.get(before[0])
        if (
            before is not None
            and point is not None
            and was is not None
            and point.is_again
            and was.is_again
            and before[1].report.verdict.outcome is kept.report.verdict.outcome
        ):
            runs[-1].append((number, kept))
        else:
            runs.append([(number, kept)])
    return runs


def _told(point: Point | None, decimals: int | None) -> str:
    if point is None:
        return ""
    if point.is_again:
        published = point.finding.is_foreign
        return f"  the same {'published ' if published else ''}numbers again"
    f = point.finding
    values = [shown_value(f, one, decimals=decimals) for one in (f.base, f.tuned)]
    told = [plain_sentence(one) if one.value is None else one.value.text for one in values]
    difference = shown_difference(f, decimals=decimals)
    void = " (does not count: a broken rule voids it)" if point.is_void else ""
    return f"  {' -> '.join(told)}, {plain_sentence(difference)}{void}"


# For programs


def history_json(history: History, courses: Sequence[Course], page: Path) -> str:
    """All of it, with every metric, subgroups too."""
    content = {
        "page": str(page),
        "series": [_series_json(course) for course in courses],
        "unreadable": [
            {
                "where": one.where,
                "folder": one.folder,
                "commit": one.commit.hash if one.commit else None,
                "reason": one.reason,
                "lock": one.told,
            }
            for one in history.unreadable
        ],
        "notes": [*history.notes],
    }
    return json.dumps(content, indent=2) + "\n"


def _series_json(course: Course) -> Json:
    series = course.series
    return {
        "folder": series.folder,
        "name": series.name,
        "overrides": [*series.overrides],
        "stamps": [*series.stamps],
        "is_of_today": series.is_of_today,
        "builds": [
            {
                "number": number,
                "named": kept.named,
                "built_at": kept.report.built_at,
                "spec_digest": kept.report.spec_digest,
                "evalreport": kept.report.evalreport,
                "commits": [{"hash": one.hash, "at": one.at} for one in kept.commits],
                "is_of_today": kept.is_here,
                "verdict": {
                    "outcome": kept.report.verdict.outcome.value,
                    "strength": kept.report.verdict.strength.value,
                },
                "changed_since_built": [*kept.build.unsealed],
            }
            for number, kept in enumerate(series.builds, 1)
        ],
        "trends": [
            {"id": trend.id, "points": [_point_json(point) for point in trend.points]}
            for trend in course.trends
        ],
    }


def _point_json(point: Point) -> Json:
    f = point.finding
    n: Json = {"not_estimable": f.n_missing} if f.n_missing else f.n
    return {
        "build": point.number,
        "n": n,
        "unit": f.unit,
        "role": f.role.value,
        "tuned": f.tuned.model_dump(),
        "base": f.base.model_dump(),
        "difference": f.difference.model_dump(),
        "is_again": point.is_again,
        "is_void": point.is_void,
        "breaks": [_aspect_json(one) for one in point.breaks],
        "other_reference": _aspect_json(point.other_reference) if point.other_reference else None,
        "on_trust": [_aspect_json(one) for one in point.on_trust],
    }


def _aspect_json(aspect: Aspect) -> Json:
    return {
        "aspect": aspect.name,
        "state": aspect.state.value,
        "before": aspect.one,
        "after": aspect.other,
        "why": aspect.why,
    }
