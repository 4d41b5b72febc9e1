"""acquire: the files of every imported layer of a spec to results."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from evalreport.digest import digest_of
from evalreport.errors import DataError, Problem
from evalreport.importers.assemble import assemble
from evalreport.importers.base import Gives
from evalreport.importers.collect import Collected
from evalreport.importers.files import Found, found_files
from evalreport.importers.results import Results
from evalreport.importers.table import MADE_OF
from evalreport.layers.imported import Imported

_INSTEAD: Final[dict[Gives, tuple[str, str]]] = {
    "outputs": (
        "it holds what a model wrote, and no score of it",
        "to have it scored here, name it under imported: of a layer of kind generation",
    ),
    "training": (
        "it holds the state of a trainer, and no result",
        "name it under training: {recorded: {trainer_state: ...}}",
    ),
}

_TOLD_AGAIN: Final = "it holds the games of the judgments beside it once more, and was passed over"


def read_results(layer: Imported, folder: Path, file_digest: Callable[[Path], str]) -> Results:
    """All that the files of one layer say.

    Args:
        layer: Which files, and whose.
        folder: Of the spec; paths are relative to it.
        file_digest: SHA-256 of a file, remembered between builds.

    Raises:
        DataError: A file cannot be used, or whose results they are is not clear.
    """
    named = found_files(folder, layer.files, layer.columns.as_mapping())
    found = {arm: _of_results(files) for arm, files in named.items()}
    _refuse_shared(layer, found)
    collected = Collected(layer)
    for arm, files in found.items():
        for file in files:
            if not _is_told_again(file, files):
                collected.take(arm, file)
            elif (note := f"{file.shown}: {_TOLD_AGAIN}") not in collected.passed:
                collected.passed.append(note)
    for of in collected.read.values():
        if all(one.reading.gives in _INSTEAD for one in of):
            raise DataError(_no_results(of[0].file, of[0].reading.gives))
    contents = {arm: [file_digest(one.path) for one in files] for arm, files in found.items()}
    return assemble(
        collected, {arm: digest_of("files", [*sorted(all_)]) for arm, all_ in contents.items()}
    )


def _refuse_shared(layer: Imported, found: Mapping[str, Sequence[Found]]) -> None:
    """One file of two arms, with nothing that tells their rows apart."""
    owner: dict[str, str] = {}
    for arm, files in found.items():
        for file in files:
            other = owner.setdefault(os.path.realpath(file.path), arm)
            if other != arm and not {arm, other} <= {*layer.models}:
                what = f"it is named for {other} and for {arm}, and nothing tells their rows apart"
                hint = "name a file for each, or their names in this file under models:"
                raise DataError(Problem(file.shown, what, hint))


def _is_told_again(file: Found, beside: Sequence[Found]) -> bool:
    """Whether a file is made of others that are read: the same games would count twice."""
    made_of = MADE_OF.get(file.importer.name)
    return any(one.importer.name == made_of for one in beside)


def _of_results(files: list[Found]) -> list[Found]:
    """Files that hold results, with items or without; what stands beside them is passed over.

    Raises:
        DataError: None of them does: says what they hold, and where that is to be named.
    """
    fit = [one for one in files if one.importer.gives not in _INSTEAD]
    if not fit:
        raise DataError(_no_results(files[0], files[0].importer.gives))
    return fit


def _no_results(file: Found, gives: Gives) -> Problem:
    what, instead = _INSTEAD[gives]
    return Problem(file.shown, what, instead)
