"""A copy of the store in another folder, such as a bucket that outlives the machine.

A bucket is no place for the store itself: SQLite needs locks and shared memory, and most buckets
can neither rename nor change a file. So whole files are written, the database into one of two
slots in turn and then its name and digest, so that a kill at any line leaves a copy to start from.
Files of a training are copied after the database, and hold at least what it speaks of; each carries
a digest there, so that one that was half-copied is not used.
"""

import json
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Final

from evalreport.digest import digest_file

_DATABASE: Final = "store.sqlite"
_SLOTS: Final = ("store-a.sqlite", "store-b.sqlite")
_LATEST: Final = "latest.json"
_OBJECTS: Final = "objects"
_SMALL: Final = 64 << 10  # so small a file may change and keep its size: it is always copied


def save_copy(store: Path, place: Path) -> int:
    """Copy a store, also while a build writes into it.

    Args:
        store: Its folder.
        place: Another folder; what it holds of an earlier copy is brought up to date.

    Returns:
        How many files were copied.

    Raises:
        OSError: Something cannot be read or written.
    """
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
    copied = _mirror(store / _OBJECTS, place / _OBJECTS)
    (place / _LATEST).write_text(pointer, encoding="utf-8")
    return copied + 1


def restore_copy(place: Path, store: Path) -> bool:
    """Put the newest whole copy in the place of a store that nobody uses.

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
    for left in store.glob(f"{_DATABASE}*"):
        left.unlink()
    _mirror(place / _OBJECTS, store / _OBJECTS)
    beside = store / f".{_DATABASE}.part"
    shutil.copyfile(found, beside)
    beside.replace(store / _DATABASE)
    return True


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


def _mirror(source: Path, target: Path) -> int:
    """Make a folder hold the files of another; what vanishes meanwhile is left out."""
    copied = 0
    wanted: set[Path] = set()
    for path in sorted(source.rglob("*")):
        part = path.relative_to(source)
        there = target / part
        try:
            if path.is_dir():
                continue
            size = path.stat().st_size
            same = size > _SMALL and there.is_file() and there.stat().st_size == size
            if not same:
                there.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, there)
                copied += 1
        except FileNotFoundError:
            continue
        wanted.add(part)
    for path in sorted(target.rglob("*"), reverse=True):
        if path.is_file() and path.relative_to(target) not in wanted:
            path.unlink(missing_ok=True)
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()
    return copied
