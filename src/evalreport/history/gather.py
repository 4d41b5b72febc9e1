"""Gathering: every report below a folder, and every version of each that git keeps."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import yaml

from evalreport.digest import digest_of
from evalreport.errors import DataError, Problem
from evalreport.history.committed import Commit, Committed, Repository, repository_around
from evalreport.history.kept import History, Kept, Unreadable, history_of
from evalreport.lineage.builds import Build, build_at
from evalreport.lineage.places import OnDisk, Read
from evalreport.report.files import ITEMS, JSON, LOCK
from evalreport.values import Json

_HINT: Final = "evalreport build SPEC writes a report; name the folder above those that you have"


@dataclass(frozen=True, slots=True)
class _Version:
    """One version of a report's files, not opened yet."""

    named: str
    folder: str
    commit: Commit | None
    files: Mapping[str, bytes]


def gather(folder: Path, *, with_git: bool) -> History:
    """The builds whose reports lie below a folder, and those that git keeps of the same reports.

    Args:
        folder: Which to look through; folders whose name begins with a dot are left out, and links
            are not followed.
        with_git: Whether to read what is committed, too.

    Raises:
        DataError: There is no such folder, or no report in it.
    """
    found = reports_below(folder)
    if not found:
        raise DataError(Problem(str(folder), f"there is no {JSON} in this folder", _HINT))
    versions = [*_lying(folder, found)]
    notes: list[str] = []
    if with_git:
        repository = repository_around(folder)
        if isinstance(repository, Repository):
            committed = [*_committed(folder, found, repository)]
            versions += committed
            notes += _limits(repository, committed)
        else:
            notes.append(
                f"Only what lies here today is known, since {repository}: earlier builds are read "
                "from the commits of a git repository."
            )
    kept: list[Kept] = []
    unreadable: list[Unreadable] = []
    for version in versions:
        opened = _opened(version)
        if isinstance(opened, Unreadable):
            unreadable.append(opened)
        else:
            kept.append(opened)
    return history_of(kept, unreadable, notes)


def reports_below(folder: Path) -> tuple[Path, ...]:
    """Where reports lie, in the order of their names.

    Raises:
        DataError: There is no such folder, or it cannot be read.
    """
    if not folder.is_dir():
        what = "there is no such folder" if not folder.exists() else "this is no folder"
        raise DataError(Problem(str(folder), what, "name the folder that holds your reports"))

    def complain(error: OSError) -> None:
        what = f"it cannot be read: {error.strerror}"
        raise DataError(Problem(str(error.filename), what, "check its permissions")) from error

    found: list[Path] = []
    for place, below, names in os.walk(folder, onerror=complain):
        below[:] = sorted(name for name in below if not name.startswith("."))
        if JSON in names:
            found.append(Path(place))
    return tuple(sorted(found, key=lambda path: path.relative_to(folder).as_posix()))


def _below(folder: Path, path: Path) -> str:
    name = path.relative_to(folder).as_posix()
    return "" if name == "." else name


def _lying(folder: Path, found: Sequence[Path]) -> Iterator[_Version]:
    """What lies in the folder today."""
    for path in found:
        place = OnDisk(path)
        files: dict[str, bytes] = {}
        for name in (JSON, ITEMS, LOCK):
            content = place.read(name)
            if content is not None:
                files[name] = _needed(name, content)
        yield _Version(str(path), _below(folder, path), None, files)


def _committed(folder: Path, found: Sequence[Path], repository: Repository) -> Iterator[_Version]:
    """Every version that is committed, under whatever names it was."""
    today = {repository.name_of(path / JSON): _below(folder, path) for path in found}
    versions = repository.versions([*today])
    wanted = [
        (one.commit.hash, _beside(one, name)) for one in versions for name in (JSON, ITEMS, LOCK)
    ]
    contents = repository.contents(wanted)
    for one in versions:
        files = {name: content for name in (JSON, ITEMS, LOCK) if (content := next(contents))}
        yield _Version(
            named=f"{one.commit.short}:{one.path.rpartition('/')[0]}",
            folder=today[one.followed],
            commit=one.commit,
            files={name: _needed(name, content) for name, content in files.items()},
        )


def _beside(one: Committed, name: str) -> str:
    folder, _, _ = one.path.rpartition("/")
    return f"{folder}/{name}" if folder else name


def _needed(name: str, content: bytes) -> bytes:
    """What is read of a file: of the items, the first line, which tells how they were asked."""
    return content.partition(b"\n")[0] + b"\n" if name == ITEMS else content


def _limits(repository: Repository, committed: Sequence[_Version]) -> Iterator[str]:
    if repository.is_shallow:
        yield (
            "This clone is shallow: builds of older commits are not known here. "
            "`git fetch --unshallow` brings them."
        )
    if not committed:
        yield "None of these reports is committed: earlier builds are read from commits."


def _opened(version: _Version) -> Kept | Unreadable:
    place = Read(version.named, version.files)
    try:
        build = build_at(place, version.named)
    except DataError as error:
        return Unreadable(
            where=version.named,
            folder=version.folder,
            commit=version.commit,
            reason="; ".join(problem.what for problem in error.problems),
            told=_told(version.files.get(LOCK)),
        )
    return Kept(
        build=_slim(build),
        folder=version.folder,
        commits=() if version.commit is None else (version.commit,),
        is_here=version.commit is None,
        identity=_identity(build),
    )


def _identity(build: Build) -> str:
    """Of one build: when, of what, and all that it found."""
    report, content = build.report, build.content
    found = content["findings"] if isinstance(content, dict) else None
    overrides: list[Json] = [*report.reproduce.overrides]
    return digest_of(report.built_at, report.spec_digest, report.name, overrides, found)


def _told(lock: bytes | None) -> str:
    """What a lock says of a build whose report cannot be read."""
    if lock is None:
        return ""
    try:
        content = yaml.safe_load(lock)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError):
        return ""
    if not isinstance(content, dict):
        return ""
    told = [
        f"evalreport {content['evalreport']}" if isinstance(content.get("evalreport"), str) else "",
        f"spec {content['spec'][:12]}" if isinstance(content.get("spec"), str) else "",
    ]
    return ", ".join(one for one in told if one)


def _slim(build: Build) -> Build:
    """A build without what no trend asks for: hundreds are held at once."""
    report = build.report.model_copy(
        update={
            "examples": (),
            "judged_examples": (),
            "health": (),
            "health_differences": (),
            "confusion": (),
            "training": None,
        }
    )
    return replace(build, content=None, place=Read(build.named, {}), report=report)
