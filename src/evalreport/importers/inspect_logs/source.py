"""Where the samples of an Inspect log are: one JSON file, or a ZIP archive with one a member."""

import zlib
from collections.abc import Callable, Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn, TypeAlias

from evalreport.errors import DataError, Problem
from evalreport.importers.inspect_logs.archive import CONVERT, DamagedMember, LogArchive
from evalreport.importers.inspect_logs.head import Head
from evalreport.importers.inspect_logs.members import chunks_of, sample_at, sample_names
from evalreport.importers.inspect_logs.samples import Sample, read_sample
from evalreport.importers.inspect_logs.scores import Scores, read_reductions
from evalreport.importers.json_walk import BrokenJson, JsonWalk, OddValue
from evalreport.importers.left import Left
from evalreport.importers.reading import WRITE_AGAIN, opened, refuse_unreadable
from evalreport.values import Json

_VERSION: Final = 2
_WANTED: Final = frozenset({"version", "status", "eval", "plan", "results", "invalidated"})
_UNREADABLE: Final = (OSError, EOFError, zlib.error)
_HEADER: Final = "header.json"
_START: Final = "_journal/start.json"
_REDUCTIONS: Final = "reductions.json"

Samples: TypeAlias = Callable[[Set[str], Left], Iterator[tuple[int, Sample]]]


@dataclass(frozen=True, slots=True)
class Source:
    """A log, its samples still unread.

    Attributes:
        head: All but the samples.
        count: Samples in it, one an epoch.
        scores: Of the log's own reductions of epochs.
        samples: To be read as often as one likes: numbers from 1, and samples, of which some keys
            of metadata are read. What cannot be taken up goes to what is left.
    """

    head: Head
    count: int
    scores: Scores
    samples: Samples


def is_log_archive(path: Path) -> bool:
    """Whether a ZIP is a log; one that cannot be read is taken for what its name says."""
    try:
        with LogArchive.at(path) as archive:
            return archive.has(_HEADER) or archive.has(_START)
    except DataError:
        return path.suffix == ".eval"


def source_of(path: Path) -> Source:
    """A log, opened.

    Raises:
        DataError: It cannot be read as a whole.
    """
    try:
        with opened(path) as file:
            is_archive = file.read(2) == b"PK"
        return _in_archive(path) if is_archive else _in_file(path)
    except (BrokenJson, *_UNREADABLE) as error:
        _refuse_any(path, error)


def _in_file(path: Path) -> Source:
    values: dict[str, Json] = {}
    count, scores = 0, None
    with opened(path) as file:
        walk = JsonWalk(file)
        for key in walk.members():
            if key == "samples":
                count = sum(1 for _ in walk.elements())
            elif key == "reductions":
                scores = Scores(_stems(Head.of(values)))
                read_reductions(walk, scores)
            else:
                _take(walk, key, values)
        walk.end()
    head = _head(values, path)

    def samples(keys: Set[str], left: Left) -> Iterator[tuple[int, Sample]]:
        try:
            with opened(path) as file:
                walk = JsonWalk(file)
                for key in walk.members():
                    for i in walk.elements() if key == "samples" else ():
                        found = read_sample(walk, keys, None)
                        if isinstance(found, Sample):
                            yield i + 1, found
                        else:
                            left.add(found, f"{path} sample {i + 1}")
        except (BrokenJson, *_UNREADABLE) as error:  # it was changed since it was opened
            _refuse_any(path, error)

    return Source(head, count, scores or Scores(_stems(head)), samples)


def _in_archive(path: Path) -> Source:
    with LogArchive.at(path) as archive:
        values: dict[str, Json] = {}
        with _member(archive, _HEADER if archive.has(_HEADER) else _START) as walk:
            for key in walk.members():
                _take(walk, key, values)
        head = _head({"status": "started", **values}, path)
        scores = Scores(_stems(head))
        if archive.has(_REDUCTIONS):
            with _member(archive, _REDUCTIONS) as walk:
                read_reductions(walk, scores)
        names, chunks = sample_names(archive), chunks_of(archive)

    def samples(keys: Set[str], left: Left) -> Iterator[tuple[int, Sample]]:
        with LogArchive.at(path) as archive:
            for i, name in enumerate(names, 1):
                sample = sample_at(archive, chunks, name, keys)
                if isinstance(sample, Sample):
                    yield i, sample
                else:
                    left.add(sample, f"{path} sample {i}")

    return Source(head, len(names), scores, samples)


@contextmanager
def _member(archive: LogArchive, name: str) -> Iterator[JsonWalk]:
    """A member without which the log is none.

    Raises:
        DataError: It cannot be read.
    """
    try:
        with archive.opened(name) as file:
            walk = JsonWalk(file)
            yield walk
            walk.end()
    except DamagedMember as damaged:
        what = f"{name}: {damaged.why}"
        raise DataError(Problem(str(archive.path), what, "copy the whole file again")) from damaged
    except BrokenJson as broken:
        _refuse(archive.path, broken, name)


def _take(walk: JsonWalk, key: str, values: dict[str, Json]) -> None:
    """A value that is wanted; of changes only whether there were any."""
    if key == "config_updates":
        values[key] = walk.mark == "["
    elif key in _WANTED:
        try:
            values[key] = walk.value()
        except OddValue as odd:
            raise BrokenJson(odd.why, walk.line) from odd


def _head(values: Mapping[str, Json], path: Path) -> Head:
    version = values.get("version")
    if version != _VERSION:
        what = "the log is of another version of the log format than 2"
        hint = f"let a current Inspect write it again: {CONVERT}"
        raise DataError(Problem(str(path), what, hint))
    head = Head.of(values)
    if not head.task:
        what = "the log does not say which task it is of"
        raise DataError(Problem(str(path), what, WRITE_AGAIN))
    return head


def _stems(head: Head) -> dict[str, str]:
    return {name: declared.stem for name, declared in head.scorers().items()}


def _refuse_any(path: Path, error: Exception) -> NoReturn:
    if isinstance(error, BrokenJson):
        _refuse(path, error)
    refuse_unreadable(path, error)


def _refuse(path: Path, broken: BrokenJson, member: str = "") -> NoReturn:
    """Says where a log is broken.

    Raises:
        DataError: Always.
    """
    where = f"{path} {member}" if member else f"{path}:{broken.line}"
    if broken.is_cut:
        what = "the file ends before its JSON does: it was cut"
        raise DataError(Problem(where, what, "copy the whole file again")) from broken
    raise DataError(Problem(where, f"not JSON: {broken.what}", WRITE_AGAIN)) from broken
