"""History to page and table: all reports of a folder on one page, that works without a server."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from evalreport import __version__
from evalreport.analyze.shown import shown_difference, shown_value
from evalreport.errors import printable
from evalreport.history.kept import History, Kept, Series, Unreadable
from evalreport.history.trend import Course, Point
from evalreport.lineage.aspect import Aspect
from evalreport.numbers import count_text, plain_sentence
from evalreport.render.index import Choice, Choices, Entry, Lying, choices_of, entries_of
from evalreport.render.templating import inlined, rendered
from evalreport.render.trend import (
    broken_text,
    commit_text,
    diff_command,
    picked_text,
    series_title,
    series_view,
)
from evalreport.render.words import OUTCOMES
from evalreport.values import Json

_TITLE: Final = "Did the fine-tuning work?"
_LEGEND: Final = (
    "Bars share one scale: from the solid line (no difference) to the dashed line is the gain that "
    "each spec asked for, whatever its metric and unit, and right is better. An arrow at an edge "
    "means that it goes on."
)


class Place(Protocol):
    """Where a page goes, and what lies around it."""

    def link(self, folder: str) -> str:
        """A report's folder, as the page's links begin."""
        ...

    def files(self, folder: str) -> frozenset[str]:
        """The names of the files in a report's folder."""
        ...


@dataclass(frozen=True, slots=True)
class Select:
    """A filter with one choice at a time."""

    name: str
    label: str
    all: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class LostRow:
    """A version that cannot be read, and why."""

    where: str
    commit: str
    reason: str
    told: str


@dataclass(frozen=True, slots=True)
class IndexPage:
    """One page over all reports."""

    title: str
    kicker: str
    summary: str
    notes: tuple[str, ...]
    legend: str
    choices: Choices
    selects: tuple[Select, ...]
    entries: tuple[Entry, ...]
    unreadable: tuple[LostRow, ...]
    version: str
    made: str


def render_index(history: History, courses: Sequence[Course], place: Place) -> str:
    """The page: the same reports, and the same commits, give the same page, byte for byte.

    Args:
        history: All that was found.
        courses: How its series went.
        place: Where the page goes.
    """
    everything = history.builds
    lying = [
        Lying(
            report=kept.report,
            folder=place.link(kept.folder),
            name=kept.folder,
            files=place.files(kept.folder),
            history=tuple(
                series_view(course, everything)
                for course in courses
                if course.series.folder == kept.folder
                and (len(course.series.builds) > 1 or not course.series.is_of_today)
            ),
        )
        for kept in history.today
    ]
    entries = entries_of(lying)
    choices = choices_of(entries)
    selects = (
        Select("strength", "Evidence", "any strength", choices.strengths),
        Select("kind", "Kind", "builds and audits", choices.kinds),
        Select("stamp", "Models", "real or not", choices.stamps),
        Select("model", "Base model", "any base model", choices.models),
    )
    counts = Counter(one.report.verdict.outcome for one in lying)
    told = ", ".join(
        f"{counts[outcome]} {label.text.lower()}"
        for outcome, label in OUTCOMES.items()
        if counts[outcome]
    )
    page = IndexPage(
        title=_TITLE,
        kicker="Index of evaluation reports",
        summary=f"{count_text(len(lying), 'report')}: {told}.",
        notes=history.notes,
        unreadable=tuple(lost_row(one) for one in history.unreadable),
        legend=_LEGEND if any(entry.bar is not None for entry in entries) else "",
        choices=choices,
        selects=tuple(one for one in selects if one.choices),
        entries=entries,
        version=__version__,
        made=f"Made by evalreport {__version__}.",
    )
    return rendered(
        "index.html.j2",
        page=page,
        base=inlined("report.css"),
        style=inlined("index.css"),
        script=inlined("index.js"),
    )


def lost_row(one: Unreadable) -> LostRow:
    """What is said of a version that cannot be read."""
    commit = "lies here" if one.commit is None else f"{one.commit.short} of {one.commit.at[:10]}"
    return LostRow(one.where, commit, one.reason, one.told)


# The terminal


def history_text(history: History, courses: Sequence[Course]) -> str:
    """Every series with its builds, as lines: verdict, and the primary metric's trend."""
    lines: list[str] = []
    for course in courses:
        series = course.series
        title = printable(series.builds[-1].report.title)
        lines += [f"{printable(series.folder or '.')}  {printable(series_title(series))}: {title}"]
        lines += [f"  {line}" for line in _series_lines(course, history.builds)]
        lines.append("")
    for one in history.unreadable:
        row = lost_row(one)
        told = f" (its lock tells: {row.told})" if row.told else ""
        lines += [
            f"cannot be read: {printable(row.where)}, {row.commit}: {printable(row.reason)}{told}"
        ]
    lines += [printable(note) for note in history.notes]
    return "\n".join(lines).rstrip("\n") + "\n"


def _series_lines(course: Course, everything: Sequence[Kept]) -> Iterator[str]:
    series, primary = course.series, course.primary
    points = {} if primary is None else {point.number: point for point in primary.points}
    if primary is not None:
        yield f"{printable(primary.id)}: {' -> '.join(reversed(primary.newest.arms))}, difference"
    for run in _alike(series, points):
        (number, kept), (last, _) = run[0], run[-1]
        point = points.get(number)
        for reason in broken_text(point) if point else ():
            yield f"{'':>9}  -- not to be compared with what is above: {printable(reason)}"
        verdict = OUTCOMES[kept.report.verdict.outcome].text
        numbers = str(number) if number == last else f"{number} to {last}"
        when = f"{kept.report.built_at}  {commit_text(kept)}"
        yield f"{numbers:>9}  {when}  {verdict}{_told(point)}"
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


def _told(point: Point | None) -> str:
    if point is None:
        return ""
    if point.is_again:
        published = point.finding.is_foreign
        return f"  the same {'published ' if published else ''}numbers again"
    f = point.finding
    values = [shown_value(f, one) for one in (f.base, f.tuned)]
    told = [plain_sentence(one) if one.value is None else one.value.text for one in values]
    return f"  {' -> '.join(told)}, {plain_sentence(shown_difference(f))}"


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
