"""Writing a report's files: all staged first, then put in place one by one, the JSON last."""

import fcntl
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import psutil

from evalreport.commit_points import reached
from evalreport.errors import EvalReportError, Problem, Refused, printable
from evalreport.render import render_html, render_json, render_markdown, render_model_card
from evalreport.render.pictures import FOLDER as PICTURE_FOLDER
from evalreport.render.pictures import PICTURES, NotDrawn, pngs_of, svgs_of
from evalreport.report.files import ITEMS, JSON, LOCK
from evalreport.report.model import ExamplesShown, Report

Content: TypeAlias = str | bytes | Iterable[str]
_STAGING: Final = ".staging-"
_PID_DIGITS: Final = 10  # no process has so long a number
_DAY_SECONDS: Final = 24 * 60 * 60
NAMES = {"markdown": "report.md", "html": "report.html", "model_card": "model_card.md"}


def refuse_to_replace(target: Path, option: str, *given: Path | None) -> None:
    """What is written beside a report must not stand where the report or its spec does.

    Args:
        target: Where it would go.
        option: That names it.
        given: What else the user named, which is read and never written.

    Raises:
        Refused: It is one of these.
    """
    place = target.resolve()
    is_given = any(one is not None and one.resolve() == place for one in given)
    is_part = place.name in (JSON, ITEMS, LOCK, *NAMES.values()) and (place.parent / JSON).exists()
    if is_given or is_part:
        what = "this is what it reads" if is_given else "this is a file of a report"
        raise Refused(
            Problem(f"{option} {target}", f"{what}, which would be written over", "name another")
        )


@dataclass(frozen=True, slots=True)
class Outputs:
    """What is written beside each other.

    Attributes:
        report: From which every rendering is made.
        formats: Which renderings.
        card_examples: The most that the card may show of single items.
        pictures: Whether Markdown and card may have pictures.
        items: Lines of items.jsonl.
        lock: Text of spec.lock.yaml.
    """

    report: Report
    formats: Sequence[str]
    card_examples: ExamplesShown
    pictures: bool
    items: Iterable[str]
    lock: str


def write_outputs(folder: Path, outputs: Outputs) -> None:
    """Write everything, so that a reader never sees half a file.

    Raises:
        EvalReportError: The folder cannot be written, or the disk is full; what stood there stays.
    """
    texts: dict[str, Content] = {
        **_drawn_and_rendered(
            outputs.report, outputs.formats, outputs.card_examples, pictures=outputs.pictures
        )
    }
    texts[ITEMS] = (f"{line}\n" for line in outputs.items)
    texts[LOCK] = outputs.lock
    texts[JSON] = render_json(outputs.report)
    with alone_in(folder):
        put(folder, texts)
        _remove_others(folder, texts)


def render_all(
    folder: Path,
    report: Report,
    formats: Sequence[str],
    card_examples: ExamplesShown,
    *,
    pictures: bool,
) -> list[Path]:
    """Render a loaded report again.

    Raises:
        EvalReportError: The folder cannot be written.
    """
    texts = _drawn_and_rendered(report, formats, card_examples, pictures=pictures)
    put(folder, texts)
    _remove_others(folder, texts)
    return [folder / name for name in texts]


def _drawn_and_rendered(
    report: Report, formats: Sequence[str], card_examples: ExamplesShown, *, pictures: bool
) -> dict[str, str | bytes]:
    """Pictures, where there are any and something can draw them, and the texts with or without."""
    drawn: dict[str, bytes] = {}
    if pictures and {"markdown", "model_card"} & set(formats) and (svgs := svgs_of(report)):
        match pngs_of(svgs):
            case NotDrawn(reason):
                sys.stderr.write(f"written without pictures: {printable(reason)}\n")
            case pngs:
                drawn = pngs
    return {**drawn, **renderings(report, formats, card_examples, pictured=bool(drawn))}


def _remove_others(folder: Path, written: Container[str]) -> None:
    """Pictures of ours that an earlier report had and this one has not; nothing else."""
    for name in PICTURES:
        if name not in written:
            with suppress(OSError):  # mostly: it is not there
                (folder / name).unlink()
    with suppress(OSError):  # it is not there, or holds what is not ours
        (folder / PICTURE_FOLDER).rmdir()


def renderings(
    report: Report,
    formats: Sequence[str],
    card_examples: ExamplesShown,
    *,
    pictured: bool = False,
) -> dict[str, str]:
    """File names and texts.

    Args:
        report: The report.
        formats: Which of them.
        card_examples: The most that the card may show of single items.
        pictured: Whether Markdown and card show the pictures that lie beside them.
    """
    texts: dict[str, str] = {}
    if "markdown" in formats:
        texts[NAMES["markdown"]] = render_markdown(report, pictured=pictured)
    if "html" in formats:
        texts[NAMES["html"]] = render_html(report)
    if "model_card" in formats:
        texts[NAMES["model_card"]] = render_model_card(
            report, show=card_examples, pictured=pictured
        )
    return texts


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Wait until no other command writes into a report's folder: its files are of one report.

    What is not there needs no waiting, and some shared file systems lock no folders; on those two
    commands at once are not kept apart.
    """
    held = None
    try:
        with suppress(OSError):
            held = os.open(folder, os.O_RDONLY)
            fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        if held is not None:
            os.close(held)


def put(folder: Path, texts: Mapping[str, Content]) -> None:
    """Stage all files in the folder's file system, then move each into place.

    A text may come in pieces, so that a million items need not be held at once.

    Raises:
        EvalReportError: The folder cannot be written, or the disk is full.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with staging_in(folder) as staging:
            for name, text in texts.items():
                place = staging / name
                place.parent.mkdir(exist_ok=True)
                with place.open("wb") as file:
                    file.writelines(_bytes(text))
                    file.flush()
                    os.fsync(file.fileno())
            reached("report-staged")
            for name in texts:
                (folder / name).parent.mkdir(exist_ok=True)
                (staging / name).replace(folder / name)
            reached("report-written")
    except OSError as error:
        raise EvalReportError(
            Problem(
                str(folder),
                f"the report cannot be written ({error.strerror or error})",
                "check space and permissions and build again: everything computed is kept",
            )
        ) from error


@contextmanager
def staging_in(folder: Path) -> Iterator[Path]:
    """A folder beside the files that are going to be replaced, gone afterwards.

    What a command left there that was killed is removed first.

    Raises:
        OSError: It cannot be made.
    """
    for left in folder.glob(f"{_STAGING}*"):
        if _is_abandoned(left):
            shutil.rmtree(left, ignore_errors=True)
    mine = f"{_STAGING}{os.getpid()}-{platform.node()}-"
    with tempfile.TemporaryDirectory(prefix=mine, dir=folder) as staging:
        yield Path(staging)


def _bytes(content: Content) -> Iterator[bytes]:
    """What is written of it: bytes as they are, text as UTF-8 with plain line ends."""
    match content:
        case bytes():
            yield content
        case str():
            yield content.encode()
        case _:
            yield from (piece.encode() for piece in content)


def _is_abandoned(staging: Path) -> bool:
    """Whether the command that made a staging folder is surely gone.

    The number of a process says nothing on another machine that writes into the same folder, and
    may be somebody else's by now: there only age tells.
    """
    number, _, rest = staging.name.removeprefix(_STAGING).partition("-")
    is_local = number.isdigit() and rest.rpartition("-")[0] == platform.node()
    if is_local and len(number) < _PID_DIGITS and not psutil.pid_exists(int(number)):
        return True
    try:
        return time.time() - staging.stat().st_mtime > _DAY_SECONDS
    except FileNotFoundError:
        return False  # removed meanwhile
