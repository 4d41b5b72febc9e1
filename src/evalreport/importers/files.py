"""Files of a layer: patterns and folders to files, each with the importer that knows it."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evalreport.errors import DataError, Problem
from evalreport.importers.base import Gives, Importer
from evalreport.importers.reading import opened, refuse_unreadable
from evalreport.importers.table import importer_of

_OURS: Final = (("report.json", "items.jsonl"), ("specs", "audits"))
_HEAD: Final = 1 << 10  # bytes
_STORE: Final = ".evalreport"
_WANTED: tuple[Gives, ...] = ("scores", "verdicts")


@dataclass(frozen=True, slots=True)
class Found:
    """One file that an importer knows.

    Attributes:
        path: Where it lies.
        shown: Its name as the spec gives it.
        importer: Whose format it is.
    """

    path: Path
    shown: str
    importer: Importer


def found_files(
    folder: Path, given: Mapping[str, Sequence[str]], columns: Mapping[str, str]
) -> dict[str, list[Found]]:
    """The files of each arm.

    A file that is named must be one that some importer knows; of a folder or pattern, those are
    taken that are. Where there are items, totals beside them are left to the importers of items.

    Args:
        folder: Of the spec; paths are relative to it.
        given: Paths, folders and patterns by arm.
        columns: What the spec says of columns.

    Raises:
        DataError: There is no such file, or no importer knows it.
    """
    return {arm: _with_items(_every(folder, paths, columns)) for arm, paths in given.items()}


def found_outputs(folder: Path, given: Sequence[str], columns: Mapping[str, str]) -> list[Found]:
    """The files that hold what a model wrote.

    Args:
        folder: Of the spec; paths are relative to it.
        given: Paths, folders and patterns.
        columns: What the spec says of columns.

    Raises:
        DataError: There is no such file, or no importer knows it.
    """
    found = _every(folder, given, columns)
    written = [one for one in found if one.importer.gives == "outputs"]
    return written or [one for one in found if one.importer.gives != "training"] or found


def walked(folder: Path) -> list[Path]:
    """The files of a folder and of the folders in it, in order; what we wrote ourselves is none.

    Stores, reports and the specs of audits hold what was found in files, and are no results.
    """
    return sorted(_below(folder))


def _below(folder: Path) -> Iterator[Path]:
    (report, items), audits = _OURS
    for root, folders, names in os.walk(folder):
        here = Path(root)
        is_above = here.resolve().name == audits[0]
        folders[:] = [
            one for one in folders if one != _STORE and not (is_above and one == audits[1])
        ]
        if report in names and items in names and _is_ours(here / report):
            folders.clear()
            continue
        yield from (path for path in (here / name for name in names) if path.is_file())


def _is_ours(path: Path) -> bool:
    try:
        with opened(path) as file:
            return b'"evalreport"' in file.read(_HEAD)
    except OSError:
        return False


def _every(folder: Path, given: Sequence[str], columns: Mapping[str, str]) -> list[Found]:
    """The files that several paths, folders and patterns stand for, each once."""
    found = [one for path in given for one in _found(folder, path, columns)]
    return list({os.path.realpath(one.path): one for one in reversed(found)}.values())[::-1]


def _with_items(found: list[Found]) -> list[Found]:
    items = [one for one in found if one.importer.gives in _WANTED]
    return items or found


def _found(folder: Path, given: str, columns: Mapping[str, str]) -> list[Found]:
    """What a path, a folder or a pattern stands for."""
    if not given.strip():
        hint = "name a file, a folder or a pattern; a path is relative to the folder of the spec"
        raise DataError(Problem(str(folder), "a path is empty", hint))
    target = folder / given
    if _is_there(target) and not target.is_dir():
        return [Found(target, given, importer_of(target, columns))]
    if _is_there(target):
        paths, what = walked(target), "in this folder"
    else:
        pattern = any(mark in given for mark in "*?[")
        paths = _matching(folder, given) if pattern else []
        what = "that this pattern names" if pattern else ""
    known = [one for path in paths for one in _known(path, folder, columns)]
    if not known:
        raise DataError(_nothing(target, paths, what))
    return known


def _matching(folder: Path, pattern: str) -> list[Path]:
    """The files that a pattern names.

    Raises:
        DataError: It is none.
    """
    root = Path("/") if pattern.startswith("/") else folder
    hint = "write it such as runs/*/samples_*.jsonl; ** stands for folders, between two /"
    problem = Problem(str(folder / pattern), "this is no pattern", hint)
    if any("**" in part and part != "**" for part in pattern.split("/")):
        raise DataError(problem)
    try:
        return sorted(one for one in root.glob(pattern.lstrip("/")) if one.is_file())
    except (ValueError, NotImplementedError, OSError) as error:
        raise DataError(problem) from error


def _is_there(path: Path) -> bool:
    """Whether there is anything of this name.

    Raises:
        DataError: No file can have it.
    """
    try:
        return path.exists()
    except OSError as error:
        refuse_unreadable(path, error)


def _known(path: Path, folder: Path, columns: Mapping[str, str]) -> list[Found]:
    """A file of a folder, if some importer knows it; what is merely beside it is passed over."""
    try:
        importer = importer_of(path, columns)
    except DataError:
        return []
    try:
        shown = path.relative_to(folder).as_posix()
    except ValueError:
        shown = path.as_posix()
    return [Found(path, shown, importer)]


def _nothing(target: Path, paths: Sequence[Path], what: str) -> Problem:
    if not what:
        near = "paths are relative to the folder of the spec"
        return Problem(str(target), "there is no such file", near)
    if not paths:
        return Problem(str(target), f"there is no file {what}", "name the files that hold results")
    hint = f"name one of them, and what is wrong with it is said: {paths[0].name}"
    return Problem(str(target), f"no importer knows any of the {len(paths)} files {what}", hint)
