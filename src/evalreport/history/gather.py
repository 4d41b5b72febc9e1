"""Gathering: every report below a folder, and every version of each that git keeps."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Final

from evalreport.digest import digest_of
from evalreport.errors import DataError, Problem
from evalreport.history.committed import (
    Commit,
    Committed,
    Repository,
    TooLarge,
    Wanted,
    repository_around,
)
from evalreport.history.kept import History, Kept, Unreadable, history_of
from evalreport.lineage.builds import Build, build_at
from evalreport.lineage.places import Read
from evalreport.report.files import (
    ITEMS,
    JSON,
    LOCK,
    MOST_BYTES,
    MOST_LOCK_BYTES,
    leads_out,
    read_regular,
    refuse_irregular,
)
from evalreport.report.lock import yaml_of
from evalreport.values import Json

_HINT: Final = "evalreport build SPEC writes a report; name the folder above those that you have"


@dataclass(frozen=True, slots=True)
class _Version:
    """One version of a report's files, not opened yet; `refused` says why it cannot be."""

    named: str
    folder: str
    commit: Commit | None
    files: Mapping[str, bytes]
    refused: str = ""


def gather(folder: Path, *, with_git: bool) -> History:
    """The builds whose reports lie below a folder, and those that git keeps of the same reports.

    Args:
        folder: Which to look through; folders whose name begins with a dot are left out, links to
            folders are not followed, and a link that leads out of it is passed over and named.
        with_git: Whether to read what is committed, too.

    Raises:
        DataError: There is no such folder, or no report in it.
    """
    below = reports_below(folder)
    outward = [(path, name) for path in below if (name := _link_out(path, folder))]
    notes = [
        f"{path / name} is a link that leads out of this folder: its report is passed over."
        for path, name in outward
    ]
    found = [path for path in below if path not in {path for path, _ in outward}]
    if not found:
        what = (
            f"there is no {JSON} in this folder{' but by links that lead out of it' * bool(below)}"
        )
        raise DataError(Problem(str(folder), what, _HINT))
    versions = _lying(folder, found)
    if with_git:
        repository = repository_around(folder)
        if isinstance(repository, Repository):
            names = {repository.name_of(path / JSON): _below(folder, path) for path in found}
            committed = repository.versions([*names])
            versions = chain(versions, _committed(names, committed, repository))
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


def _link_out(path: Path, folder: Path) -> str:
    """Which file of a report is a link to what lies elsewhere."""
    return next((name for name in (JSON, ITEMS, LOCK) if leads_out(path / name, folder)), "")


def _below(folder: Path, path: Path) -> str:
    name = path.relative_to(folder).as_posix()
    return "" if name == "." else name


def _lying(folder: Path, found: Sequence[Path]) -> Iterator[_Version]:
    """What lies in the folder today."""
    for path in found:
        files: dict[str, bytes] = {}
        refused = ""
        for name in (JSON, ITEMS, LOCK):
            try:
                files[name] = _read(path / name)
            except FileNotFoundError:
                continue
            except OSError as error:
                refused = refused or (f"it cannot be read: {error.strerror}" * (name == JSON))
        yield _Version(str(path), _below(folder, path), None, files, refused)


def _read(path: Path) -> bytes:
    """What is read of a file: of the items, the first line, which tells how they were asked."""
    if path.name != ITEMS:
        return read_regular(path, MOST_BYTES if path.name == JSON else MOST_LOCK_BYTES)
    refuse_irregular(path)
    with path.open("rb") as file:
        return file.readline(MOST_BYTES)


def _committed(
    names: Mapping[str, str], versions: Sequence[Committed], repository: Repository
) -> Iterator[_Version]:
    """Every version that is committed, under whatever names it was."""
    wanted = (
        Wanted(
            one.commit.hash,
            _beside(one, name),
            most=MOST_LOCK_BYTES if name == LOCK else MOST_BYTES,
            is_first_line=name == ITEMS,
        )
        for one in versions
        for name in (JSON, ITEMS, LOCK)
    )
    with closing(repository.contents(wanted)) as contents:
        for one in versions:
            given = {name: next(contents) for name in (JSON, ITEMS, LOCK)}
            refused = ""
            if isinstance(given[JSON], TooLarge):
                refused = f"it is larger than {MOST_BYTES >> 20} MiB"
            elif given[JSON] is None:  # the commit has it
                refused = "git does not give it: it is not in this clone, or not named in one line"
            yield _Version(
                named=f"{one.commit.short}:{one.path.rpartition('/')[0]}",
                folder=names[one.followed],
                commit=one.commit,
                files={name: data for name, data in given.items() if isinstance(data, bytes)},
                refused=refused,
            )


def _beside(one: Committed, name: str) -> str:
    folder, _, _ = one.path.rpartition("/")
    return f"{folder}/{name}" if folder else name


def _limits(repository: Repository, committed: Sequence[Committed]) -> Iterator[str]:
    if repository.is_shallow:
        yield (
            "This clone is shallow: builds of older commits are not known here. "
            "`git fetch --unshallow` brings them."
        )
    if not committed:
        yield "None of these reports is committed: earlier builds are read from commits."


def _opened(version: _Version) -> Kept | Unreadable:
    if version.refused:
        return _lost(version, version.refused)
    place = Read(version.named, version.files)
    try:
        build = build_at(place, version.named)
    except DataError as error:
        return _lost(version, "; ".join(problem.what for problem in error.problems))
    return Kept(
        build=_slim(build),
        folder=version.folder,
        commits=() if version.commit is None else (version.commit,),
        is_here=version.commit is None,
        identity=_identity(build),
    )


def _lost(version: _Version, reason: str) -> Unreadable:
    return Unreadable(
        where=version.named,
        folder=version.folder,
        commit=version.commit,
        reason=reason,
        told=_told(version.files.get(LOCK)),
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
        content = yaml_of(lock.decode(), LOCK)
    except (DataError, UnicodeDecodeError):
        return ""
    if not isinstance(content, dict):
        return ""
    by, spec = content.get("evalreport"), content.get("spec")
    told = [
        f"evalreport {by}" if isinstance(by, str) else "",
        f"spec {spec[:12]}" if isinstance(spec, str) else "",
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
