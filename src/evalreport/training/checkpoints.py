"""The folder of a training step, and what in it counts as finished.

    training.json           the log of a finished training; written last, and then nothing changes
    best/ last/ epoch-1/    the weights that stay
    running/                gone when training is finished
        checkpoint-12/      what trl needs to go on after step 12; it counts with complete.json
        weights/step-12/    weights that may stay

Everything is written beside its place and moved there whole, so that a kill at any line leaves
either the old state or the new one.
"""

import os
import shutil
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from pydantic import ValidationError

from evalreport.digest import digest_file
from evalreport.records import CurvePoint, TrainingLog
from evalreport.values import Count, Natural, NonNegative, Value

_LOG = "training.json"
_MARK = "complete.json"
_RUNNING = "running"


class Mark(Value):
    """What makes a checkpoint complete, and all that training remembers besides trl's own state.

    Attributes:
        key: Of the training step; a checkpoint of another key is never resumed from.
        step: After which it was taken.
        micro_batch: Rows that a device held at once.
        processes: That trained together.
        curve: One point for each step so far.
        tokens: Seen so far.
        seconds: Spent on the steps so far.
        weights: Digest of the kept weights, by step.
        files: Digest of each file of the checkpoint, by name.
        notes: So far.
    """

    key: str
    step: Count
    micro_batch: Natural
    processes: Natural = 1
    curve: tuple[CurvePoint, ...]
    tokens: Count
    seconds: NonNegative
    weights: dict[int, str]
    files: dict[str, str]
    notes: tuple[str, ...] = ()


class _Finished(Value):
    key: str
    log: TrainingLog


def running_folder(folder: Path) -> Path:
    """Where trl writes its checkpoints."""
    return folder / _RUNNING


def checkpoint_folder(folder: Path, step: int) -> Path:
    """Where trl writes the checkpoint of one step (its own naming)."""
    return folder / _RUNNING / f"checkpoint-{step}"


def weights_folder(folder: Path, step: int) -> Path:
    """Where the weights of one step wait until it is known whether they stay."""
    return folder / _RUNNING / "weights" / f"step-{step}"


def write_whole(path: Path, text: str) -> None:
    """Write a file so that it is there with all of its text, or not at all.

    Raises:
        OSError: It cannot be written.
    """
    beside = path.with_name(f".{path.name}.part")
    with beside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def place_whole(folder: Path, write: Callable[[Path], None]) -> None:
    """Fill a folder so that it is there with all of its files, or not at all.

    Args:
        folder: The place; what stands there is replaced.
        write: Fills an empty folder.

    Raises:
        OSError: It cannot be written.
    """
    beside = folder.with_name(f".{folder.name}.part")
    _remove(beside)
    beside.mkdir(parents=True)
    write(beside)
    _remove(folder)
    beside.rename(folder)


def finished_log(folder: Path, key: str, digest: Callable[[Path], str]) -> TrainingLog | None:
    """The log of a training that is finished and whose weights are still what they were.

    Args:
        folder: Of the training step.
        key: That it must have.
        digest: Of a folder with weights.
    """
    try:
        finished = _Finished.model_validate_json((folder / _LOG).read_bytes())
        intact = finished.key == key and all(
            digest(folder / kept.folder) == kept.digest for kept in finished.log.checkpoints
        )
    except (OSError, ValidationError):
        return None
    if not intact:
        return None
    _sweep(folder)
    return finished.log


def finish(folder: Path, key: str, log: TrainingLog, steps: Mapping[str, int]) -> None:
    """Move the weights that stay to their names, write the log, and clear the rest away.

    Args:
        folder: Of the training step.
        key: Of the training step.
        log: What happened.
        steps: The step of each name that stays.

    Raises:
        OSError: Something cannot be written.
    """
    for name, step in steps.items():
        place_whole(folder / name, partial(_link_files, weights_folder(folder, step)))
    write_whole(folder / _LOG, _Finished(key=key, log=log).model_dump_json())
    _sweep(folder)


def can_go_on(folder: Path) -> bool:
    """Whether a training could be taken up again from what lies in its folder, or is finished."""
    marks = running_folder(folder).glob(f"checkpoint-*/{_MARK}")
    return (folder / _LOG).is_file() or any(marks)


def _sweep(folder: Path) -> None:
    """Clear away what a finished training no longer needs, also after a kill while it did so."""
    _remove(running_folder(folder))
    for left in folder.glob(".*"):
        _remove(left)


def _link_files(source: Path, place: Path) -> None:
    """The same files under another folder; `best` and `last` are often one and the same."""
    for path in source.iterdir():
        try:
            os.link(path, place / path.name)
        except OSError:  # a file system without hard links
            shutil.copy2(path, place / path.name)


def complete_checkpoint(folder: Path, mark: Mark) -> None:
    """Declare trl's checkpoint of this step complete, and drop what it makes superfluous.

    Args:
        folder: Of the training step.
        mark: Without `files`, which are read here.

    Raises:
        OSError: The mark cannot be written.
    """
    place = checkpoint_folder(folder, mark.step)
    files = {path.name: digest_file(path) for path in sorted(place.iterdir()) if path.is_file()}
    marked = mark.model_copy(update={"files": files})
    write_whole(place / _MARK, marked.model_dump_json())
    _keep_only(folder, marked)


def resumable(folder: Path, key: str, digest: Callable[[Path], str]) -> Mark | None:
    """The newest complete checkpoint of this key, when there is one; everything else is removed.

    Args:
        folder: Of the training step.
        key: That the checkpoint must carry.
        digest: Of a folder with weights.

    Raises:
        OSError: What does not count cannot be removed.
    """
    marks = (_read_mark(place) for place in running_folder(folder).glob("checkpoint-*"))
    usable = (
        mark
        for mark in sorted(
            (mark for mark in marks if mark is not None and mark.key == key),
            key=lambda mark: -mark.step,
        )
        if _intact(folder, mark, digest)
    )
    mark = next(usable, None)
    if mark is None:
        _remove(running_folder(folder))
    else:
        _keep_only(folder, mark)
    return mark


def clear(folder: Path) -> None:
    """Remove whatever an earlier training left in the folder, and make it anew.

    Raises:
        OSError: It cannot be removed or made.
    """
    (folder / _LOG).unlink(missing_ok=True)
    _remove(folder)
    folder.mkdir(parents=True)


def _read_mark(place: Path) -> Mark | None:
    try:
        return Mark.model_validate_json((place / _MARK).read_bytes())
    except (OSError, ValidationError):
        return None


def _intact(folder: Path, mark: Mark, digest: Callable[[Path], str]) -> bool:
    place = checkpoint_folder(folder, mark.step)
    try:
        return all(digest_file(place / name) == it for name, it in mark.files.items()) and all(
            digest(weights_folder(folder, step)) == it for step, it in mark.weights.items()
        )
    except OSError:
        return False


def _keep_only(folder: Path, mark: Mark) -> None:
    kept = {f"step-{step}" for step in mark.weights}
    for place in running_folder(folder).glob("checkpoint-*"):
        if place != checkpoint_folder(folder, mark.step):
            _remove(place)
    for place in (running_folder(folder) / "weights").glob("*"):
        if place.name not in kept:
            _remove(place)


def _remove(place: Path) -> None:
    """Remove a folder; a half-removed one must not look whole, so its name goes first."""
    if place.is_file():
        place.unlink()
    elif place.exists():
        gone = place.with_name(f".{place.name.lstrip('.')}.gone")
        if gone == place:
            shutil.rmtree(gone)
            return
        shutil.rmtree(gone, ignore_errors=True)
        place.rename(gone)
        shutil.rmtree(gone)
