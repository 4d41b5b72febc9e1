"""Kept: the builds that a folder and its repository hold, each once, as series in time order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from evalreport.history.committed import Commit
from evalreport.lineage.builds import Build
from evalreport.report.model import Report

_STAMPS: Final = ("simulated", "smoke")


@dataclass(frozen=True, slots=True)
class Kept:
    """One build, and where it is kept.

    Attributes:
        build: As it was opened.
        folder: Where its report lies today, below the folder that was looked through.
        commits: Those that brought it, oldest first; none where it is not committed.
        is_here: Whether it is the one that lies there today.
        identity: The same of what was made at one time, of one spec, and found the same.
    """

    build: Build
    folder: str
    commits: tuple[Commit, ...]
    is_here: bool
    identity: str

    @property
    def report(self) -> Report:
        """Its report."""
        return self.build.report

    @property
    def named(self) -> str:
        """What `evalreport diff` opens it by."""
        return self.build.named


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A version of a report that cannot be read, and why.

    Attributes:
        where: The file, as a command names it.
        folder: As of `Kept`.
        commit: Which brought it; None for what lies there today.
        reason: What is wrong with it.
        told: What the lock beside it says all the same, in short; empty where there is none.
    """

    where: str
    folder: str
    commit: Commit | None
    reason: str
    told: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """Builds of one spec that lie in one folder, one after the other.

    What `--set` changed, what a simulated model said and a smoke run are series of their own.
    """

    folder: str
    name: str
    overrides: tuple[str, ...]
    stamps: tuple[str, ...]
    builds: tuple[Kept, ...]

    @property
    def is_of_today(self) -> bool:
        """Whether the report that lies there today is one of these builds."""
        return any(kept.is_here for kept in self.builds)


@dataclass(frozen=True, slots=True)
class History:
    """All that was found.

    Attributes:
        series: By folder; in one folder the one of today first, then the newest.
        unreadable: What cannot be read.
        notes: What limits what was found, such as a shallow clone.
    """

    series: tuple[Series, ...]
    unreadable: tuple[Unreadable, ...]
    notes: tuple[str, ...]

    @property
    def builds(self) -> tuple[Kept, ...]:
        """All builds."""
        return tuple(kept for series in self.series for kept in series.builds)

    @property
    def today(self) -> tuple[Kept, ...]:
        """The builds whose reports lie there today, by folder."""
        return tuple(kept for kept in self.builds if kept.is_here)


def history_of(
    kept: Iterable[Kept], unreadable: Sequence[Unreadable], notes: Sequence[str]
) -> History:
    """The history that versions make, in whatever order they come."""
    series: dict[tuple[str, ...], list[Kept]] = {}
    for one in _each_once(kept):
        series.setdefault(_series_of(one), []).append(one)
    told = [
        Series(
            folder=members[0].folder,
            name=members[0].report.name,
            overrides=members[0].report.reproduce.overrides,
            stamps=stamps_of(members[0].report),
            builds=tuple(sorted(members, key=_in_time)),
        )
        for members in series.values()
    ]
    told.sort(key=lambda one: (one.name, one.overrides, one.stamps))
    told.sort(key=lambda one: one.builds[-1].report.built_at, reverse=True)
    told.sort(key=lambda one: (one.folder, not one.is_of_today))
    lost = sorted(
        unreadable, key=lambda one: (one.folder, one.commit.at if one.commit else "", one.where)
    )
    return History(tuple(told), tuple(lost), tuple(notes))


def stamps_of(report: Report) -> tuple[str, ...]:
    """What a report is stamped with, as it counts for nothing."""
    return tuple(name for name in _STAMPS if getattr(report, name))


def _each_once(kept: Iterable[Kept]) -> list[Kept]:
    """One of each build, with all the commits that hold it.

    A build that was committed again, or rendered again, is the same one.
    """
    found: dict[tuple[str, str], Kept] = {}
    for one in sorted(kept, key=_as_named):
        key = (one.folder, one.identity)
        known = found.get(key)
        if known is None:
            found[key] = one
            continue
        # What lies there today is opened where it lies; else the first commit is as good as any.
        found[key] = replace(
            one if one.is_here else known,
            commits=tuple(sorted({*known.commits, *one.commits})),
            is_here=known.is_here or one.is_here,
        )
    return [*found.values()]


def _as_named(one: Kept) -> tuple[bool, tuple[Commit, ...], str]:
    return (not one.commits, one.commits, one.named)


def _series_of(one: Kept) -> tuple[str, ...]:
    report = one.report
    return (one.folder, report.name, *report.reproduce.overrides, "", *stamps_of(report))


def _in_time(one: Kept) -> tuple[str, str]:
    """By when it was built; two of one second in an order that does not depend on how they came."""
    return (one.report.built_at, one.identity)
