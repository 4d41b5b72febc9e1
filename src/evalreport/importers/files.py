"""Files of a layer: patterns and folders to files, each with the importer that knows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evalreport.errors import DataError, Problem
from evalreport.importers.base import Gives, Importer
from evalreport.importers.table import importer_of

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
    return {
        arm: _with_items([one for path in paths for one in _found(folder, path, columns)])
        for arm, paths in given.items()
    }


def found_outputs(folder: Path, given: Sequence[str], columns: Mapping[str, str]) -> list[Found]:
    """The files that hold what a model wrote.

    Args:
        folder: Of the spec; paths are relative to it.
        given: Paths, folders and patterns.
        columns: What the spec says of columns.

    Raises:
        DataError: There is no such file, or no importer knows it.
    """
    found = [one for path in given for one in _found(folder, path, columns)]
    written = [one for one in found if one.importer.gives == "outputs"]
    return written or [one for one in found if one.importer.gives != "training"] or found


def _with_items(found: list[Found]) -> list[Found]:
    items = [one for one in found if one.importer.gives in _WANTED]
    return items or found


def _found(folder: Path, given: str, columns: Mapping[str, str]) -> list[Found]:
    """What a path, a folder or a pattern stands for."""
    target = folder / given
    if target.is_file():
        return [Found(target, given, importer_of(target, columns))]
    if target.is_dir():
        paths, what = sorted(one for one in target.rglob("*") if one.is_file()), "in this folder"
    else:
        pattern = any(mark in given for mark in "*?[")
        paths = sorted(one for one in _matching(folder, given) if one.is_file()) if pattern else []
        what = "that this pattern names" if pattern else ""
    known = [one for path in paths for one in _known(path, folder, columns)]
    if not known:
        raise DataError(_nothing(target, paths, what))
    return known


def _matching(folder: Path, pattern: str) -> Sequence[Path]:
    if pattern.startswith("/"):
        root = Path("/")
        return list(root.glob(pattern.lstrip("/")))
    return list(folder.glob(pattern))


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
