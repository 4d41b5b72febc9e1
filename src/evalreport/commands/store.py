"""store: what it holds, what of it is whole, what nothing needs any more; a copy elsewhere."""

import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from evalreport.commands.opening import STORE, now
from evalreport.errors import EXIT_STORE, EXIT_WRITTEN, EvalReportError, Problem
from evalreport.numbers import bytes_text, count_text
from evalreport.store import BuildLock
from evalreport.store.copying import half_restored, refuse_half_restored, restore_copy, save_copy
from evalreport.store.index import Index
from evalreport.store.store import Store
from evalreport.training.checkpoints import can_go_on

_COPYING: Final = ("save", "restore")


def store(verb: str, place: Path | None = None) -> int:
    """List, check, clean or copy the store in this directory, or take it from a copy.

    Args:
        verb: What to do.
        place: Where the copy lies, for `save` and `restore`.

    Returns:
        0, or 5 when `check` found something damaged.

    Raises:
        EvalReportError: There is no store here, or no place was given, or it cannot be used.
    """
    folder = Path(STORE)
    if (verb in _COPYING) != (place is not None):
        copying = {"save": "name the folder to copy to", "restore": "name the folder of the copy"}
        what = "a folder is missing" if verb in copying else f"store {verb} takes no folder"
        hint = (
            f"{copying[verb]}: evalreport store {verb} DIR"
            if verb in copying
            else (f"it looks at {STORE} in this directory: evalreport store {verb}")
        )
        raise EvalReportError(Problem(f"evalreport store {verb}", what, hint))
    if verb == "restore" and place is not None:
        return _restore(folder, place)
    if not (folder / "store.sqlite").exists():
        raise EvalReportError(
            Problem(str(folder), "there is no store here", "`evalreport build` makes one")
        )
    if place is not None:
        return _save(folder, place)
    if verb == "ls":
        problem = half_restored(folder)
        if problem is not None:
            _say(f"warning: {problem.what}")
    opened = Store(folder, now, to_look=verb == "ls")
    try:
        match verb:
            case "ls":
                return _list(opened)
            case "check":
                refuse_half_restored(folder)
                return _check(opened)
            case _:
                with BuildLock(folder, "store gc", wait=False, say=_say):
                    refuse_half_restored(folder)
                    return _collect(opened)
    finally:
        opened.close()


def _save(folder: Path, place: Path) -> int:
    """Nobody has to wait: what a build writes meanwhile is in the next copy."""
    with _copying(place):
        copied = save_copy(folder, place)
    _say(f"{count_text(copied, 'file')} copied to {place.as_posix()}")
    return EXIT_WRITTEN


def _restore(folder: Path, place: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    with BuildLock(folder, "store restore", wait=False, say=_say), _copying(place):
        found = restore_copy(place, folder)
    _say(
        f"the store was taken from {place.as_posix()}"
        if found
        else f"nothing was saved in {place.as_posix()} yet"
    )
    return EXIT_WRITTEN


@contextmanager
def _copying(place: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        what = getattr(error, "strerror", None) or str(error)
        where = getattr(error, "filename", None) or place
        raise EvalReportError(
            Problem(str(where), f"the copy failed: {what}", "make room or mend the mount")
        ) from error


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")


def _list(opened: Store) -> int:
    for step in opened.steps():
        sys.stdout.write(f"{step.key[:12]}  {step.kind.value:<9}  {step.spec}  {step.id}\n")
    responses, failures = opened.counts()
    size = sum(file.stat().st_size for file in opened.folder.rglob("*") if file.is_file())
    sys.stdout.write(
        f"{count_text(responses, 'response')}, {count_text(failures, 'failure')}, "
        f"{bytes_text(size)}\n"
    )
    return EXIT_WRITTEN


def _check(opened: Store) -> int:
    """Read everything; what is damaged is named, dropped, and run again by the next build."""
    index = Index(opened, thorough=True)
    for step in opened.steps():
        index.finished(step.key)
    responses = opened.check_responses()
    damaged = [*index.damaged, *responses]
    for entry in damaged:
        sys.stdout.write(f"damaged and dropped: {entry}\n")
    if not damaged:
        sys.stdout.write("everything is whole\n")
        return EXIT_WRITTEN
    sys.stdout.write("the next build runs these again\n")
    return EXIT_STORE


def _collect(opened: Store) -> int:
    """Remove folders of no use to any step, and left-over job files.

    A training that was interrupted may be hours of work: what it can go on from stays.
    """
    kept = {opened.objects(step.key).name for step in opened.steps()}
    removed = 0
    for folder in sorted((opened.folder / "objects").glob("*")):
        if folder.name in kept:
            continue
        if can_go_on(folder):
            sys.stdout.write(
                f"kept {folder.as_posix()}: a training that was interrupted goes on from there; "
                "remove it by hand if it never will\n"
            )
            continue
        shutil.rmtree(folder)
        sys.stdout.write(f"removed {folder.as_posix()}\n")
        removed += 1
    shutil.rmtree(opened.folder / "jobs", ignore_errors=True)
    sys.stdout.write(f"{count_text(removed, 'unfinished folder')} removed\n")
    return EXIT_WRITTEN
