"""A copy of the store in another folder, such as a bucket that outlives the machine.

A bucket is no place for the store itself: SQLite needs locks and shared memory, and most buckets
can neither rename nor change a file. So whole files are written, the database into one of two
slots in turn and then its name and digest, so that a kill at any line leaves a copy to start from.
Files of a training are copied after the database, and hold at least what it speaks of; each carries
a digest there, so that one that was half-copied is not used.

On the way back the files come first and the database last, in one transaction. Until that is done
a mark lies in the store, so that nobody builds on a part of it or saves it over the copy.
"""

import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from evalreport.digest import digest_file
from evalreport.errors import Problem, Refused
from evalreport.values import Json

_DATABASE: Final = "store.sqlite"
_SLOTS: Final = ("store-a.sqlite", "store-b.sqlite")
_LATEST: Final = "latest.json"
_OBJECTS: Final = "objects"
_STATES: Final = "objects.json"  # size and time of each file in `objects` when it was copied
_RESTORING: Final = "restore-under-way"  # in the store; holds the name of the place
_SMALL: Final = 64 << 10  # may be written twice within one tick of the clock: always copied
_UNREADABLE: Final = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)
_PRIMARY: Final = 0xFF  # of an SQLite error code, without its extension


def save_copy(store: Path, place: Path) -> int:
    """Copy a store, also while a build writes into it.

    Args:
        store: Its folder.
        place: Another folder; what it holds of an earlier copy is brought up to date.

    Returns:
        How many files were copied.

    Raises:
        Refused: The store holds a part of a copy; saving it could lose the rest.
        OSError: Something cannot be read or written.
    """
    refuse_half_restored(store)
    place.mkdir(parents=True, exist_ok=True)
    before = _latest(place)
    slot = place / (_SLOTS[1] if before is not None and before.name == _SLOTS[0] else _SLOTS[0])
    with tempfile.TemporaryDirectory() as near:
        whole = Path(near) / _DATABASE
        with (
            closing(sqlite3.connect(store / _DATABASE)) as there,
            closing(sqlite3.connect(whole)) as here,
        ):
            there.backup(here)
        if before is not None and digest_file(whole) == digest_file(before):
            slot = before
        else:
            shutil.copyfile(whole, slot)
        pointer = json.dumps({"file": slot.name, "digest": digest_file(whole)})
    states, copied = _bring_up_to_date(store / _OBJECTS, place / _OBJECTS, _states(place))
    (place / _STATES).write_text(json.dumps(states), encoding="utf-8")
    (place / _LATEST).write_text(pointer, encoding="utf-8")
    # Only now does no database that a restore could take speak of what is gone.
    _prune(place / _OBJECTS, {*states})
    return copied + 1


def restore_copy(place: Path, store: Path) -> bool:
    """Put the newest whole copy in the place of a store that nobody builds in.

    Somebody may look at it meanwhile (`plan`, `store ls`). Killed at any line it leaves a mark,
    and the next restore brings it to its end.

    Args:
        place: What `save_copy` wrote into.
        store: The store's folder; what it holds is replaced.

    Returns:
        Whether there was a copy.

    Raises:
        OSError: Something cannot be read or written.
    """
    found = _latest(place)
    if found is None:
        return False
    store.mkdir(parents=True, exist_ok=True)
    mark = store / _RESTORING
    mark.write_text(place.as_posix(), encoding="utf-8")
    with tempfile.TemporaryDirectory() as near:
        whole = Path(near) / _DATABASE
        shutil.copyfile(found, whole)
        wanted = _take_all(place, store)
        _pour(whole, store / _DATABASE)
    _prune(store / _OBJECTS, wanted)
    mark.unlink()
    return True


def half_restored(store: Path) -> Problem | None:
    """What is wrong with a store whose restore is under way or was killed; None with all others."""
    mark = store / _RESTORING
    try:
        place = mark.read_text(encoding="utf-8")
    except OSError:
        return None
    return Problem(
        mark.as_posix(),
        "`evalreport store restore` has not come to its end here, so the store lacks what the copy "
        "holds",
        f"wait for it, or run `evalreport store restore {place or 'DIR'}` again; remove this file "
        "to go on with what is here",
    )


def refuse_half_restored(store: Path) -> None:
    """Let nobody build on a part of a store, or save it.

    Raises:
        Refused: A restore has not come to its end.
    """
    problem = half_restored(store)
    if problem is not None:
        raise Refused(problem)


def _latest(place: Path) -> Path | None:
    """The newest database that is whole; None when there is none."""
    named = _named(place)
    if named is not None:
        return named
    slots = [place / name for name in _SLOTS if (place / name).is_file()]
    return next(filter(_is_whole, sorted(slots, key=lambda s: -s.stat().st_mtime)), None)


def _named(place: Path) -> Path | None:
    """The database that the copy names; None before the first, or after a kill at the name."""
    try:
        pointer = json.loads((place / _LATEST).read_bytes())
        named = place / str(pointer["file"])
        is_whole = named.name in _SLOTS and digest_file(named) == pointer["digest"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return named if is_whole else None


def _is_whole(database: Path) -> bool:
    try:
        with closing(
            sqlite3.connect(f"{database.absolute().as_uri()}?immutable=1", uri=True)
        ) as it:
            return bool(it.execute("PRAGMA quick_check").fetchone() == ("ok",))
    except sqlite3.DatabaseError:
        return False


def _pour(whole: Path, database: Path) -> None:
    """Write a database over another, in one transaction of the other.

    The file stays the same one: another in its place would get the log of whoever has the old one
    open, or opens one meanwhile, played back into it.
    """
    try:
        _transfer(whole, database)
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & _PRIMARY not in _UNREADABLE:
            raise
        for left in database.parent.glob(f"{database.name}*"):  # nobody can have opened it
            left.unlink()
        _transfer(whole, database)


def _transfer(whole: Path, database: Path) -> None:
    with (
        closing(sqlite3.connect(f"{whole.absolute().as_uri()}?immutable=1", uri=True)) as there,
        closing(sqlite3.connect(database, timeout=60)) as here,
    ):
        here.execute("PRAGMA journal_mode = WAL")
        there.backup(here)


# Files of trainings. Their folders go by a step's key, which says what a training was to read and
# not what came out: a training that runs again writes other bytes, often as many of them, under
# the same name. Nor will digests do: those in the database stand for finished trainings alone, and
# reading gigabytes every few minutes to compare them costs more than copying what is new. So a
# file is copied when its size or its time of writing changed. Those times are noted beside the
# files, since many buckets keep none.


def _states(place: Path) -> dict[str, Json]:
    """Size and time, by name, of what is whole in a copy; empty before the first."""
    try:
        said = json.loads((place / _STATES).read_bytes())
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def _bring_up_to_date(
    source: Path, target: Path, before: dict[str, Json]
) -> tuple[dict[str, Json], int]:
    """Copy what changed; what vanishes meanwhile is left out.

    Returns:
        The state of each file, seen before it was copied, so that a file that was written to
        meanwhile is copied again; and how many were copied.
    """
    states: dict[str, Json] = {}
    copied = 0
    for part, path in _files(source):
        there = target / part
        try:
            size, state = path.stat().st_size, _state(path)
            if size <= _SMALL or before.get(part) != state or not _has_size(there, size):
                there.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, there)
                copied += 1
        except FileNotFoundError:
            continue
        states[part] = state
    return states, copied


def _take_all(place: Path, store: Path) -> set[str]:
    """Copy every file, whatever lies there: it may be damaged, which no time tells.

    Each is put in its place whole, since a `plan` that reads half of one drops its training.

    Returns:
        Their names.
    """
    taken: set[str] = set()
    states = _states(place)
    incoming = store / f"{_RESTORING}.part"
    for part, path in _files(place / _OBJECTS):
        shutil.copyfile(path, incoming)
        match states.get(part):  # so that the next save knows it again
            case [int(size), int(written)] if size == incoming.stat().st_size:
                with suppress(OSError):
                    os.utime(incoming, ns=(written, written))
        there = store / _OBJECTS / part
        there.parent.mkdir(parents=True, exist_ok=True)
        incoming.replace(there)
        taken.add(part)
    return taken


def _prune(folder: Path, wanted: set[str]) -> None:
    """Remove all files but those of these names, and folders that hold none."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_file() and path.relative_to(folder).as_posix() not in wanted:
            path.unlink(missing_ok=True)
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        if not path.is_dir():
            yield path.relative_to(folder).as_posix(), path


def _state(path: Path) -> Json:
    stat = path.stat()
    return [stat.st_size, stat.st_mtime_ns]


def _has_size(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size
