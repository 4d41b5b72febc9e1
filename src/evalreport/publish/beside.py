"""What leaves of the files beside a report: made anew from it, or read and held to its form.

Nothing is copied as it lies there: a file may hold more than a build writes.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from evalreport.errors import DataError, Problem
from evalreport.publish.model import LeftOut, PlannedFile, made_file, text_file
from evalreport.publish.reduced import reasons_of, reduced_items
from evalreport.render.pictures import NotDrawn, is_shown_beside, pngs_of, svgs_of
from evalreport.report.files import ITEMS, LOCK
from evalreport.report.item_rows import ItemsFile
from evalreport.report.lock import lock_content, lock_of_text, written_lock
from evalreport.report.model import ExamplesShown, Report
from evalreport.report.seals import seals_of_report
from evalreport.values import Json

_AGAIN: Final = "evalreport build writes it again: all is reused"
_CHANGE: Final = ("digest", "spec", "at")


def lock_file(folder: Path, report: Report, leaving: Report) -> PlannedFile | Problem:
    """spec.lock.yaml, where one of this report lies there: written anew from the report.

    Args:
        folder: Of the report.
        report: As it was built.
        leaving: As it leaves.
    """
    path = folder / LOCK
    try:
        held = lock_of_text(path.read_text(encoding="utf-8"), path)
        changes = _changes(held)
    except DataError as error:
        return error.problems[0]
    except (OSError, UnicodeDecodeError):
        return Problem(str(path), "it is not beside the report, or is no YAML", _AGAIN)
    except ValueError:
        what = "declared.changes: not as a build writes it"
        return Problem(str(path), what, _AGAIN)
    if held.get("spec") != report.spec_digest:
        return Problem(str(path), "it is not of this report: it locks another spec", _AGAIN)
    return text_file(
        LOCK,
        written_lock(lock_content(leaving, changes)),
        origin="written again from what may leave",
        why="keys, digests, versions",
    )


def _changes(held: Mapping[str, Json]) -> list[Json]:
    """What was declared since the first declaration, which no report holds.

    Raises:
        ValueError: It is not as a build writes it.
    """
    declared = held.get("declared")
    changes = declared.get("changes", []) if isinstance(declared, dict) else []
    for one in changes if isinstance(changes, list) else (None,):
        if not isinstance(one, dict) or set(one) != {*_CHANGE}:
            raise ValueError(one)
        if not all(isinstance(value, str) for value in one.values()):
            raise ValueError(one)
    return changes if isinstance(changes, list) else []


def items_file(
    folder: Path, report: Report, leaving: Report, shown: ExamplesShown
) -> PlannedFile | Problem:
    """items.jsonl with the rows and keys that a build writes, and no others.

    Args:
        folder: Of the report.
        report: As it was built.
        leaving: As it leaves.
        shown: What may leave of test rows.
    """
    path = folder / ITEMS
    try:
        rows = list(
            reduced_items(
                ItemsFile(path),
                shown,
                report.examples_shown,
                seals_of_report(leaving),
                reasons_of(report),
            )
        )
    except DataError as error:
        (first, *_) = error.problems
        what = f"publish.items is set, and it cannot leave: {first.what}"
        return Problem(first.where, what, _AGAIN)
    return text_file(
        ITEMS,
        "".join(f"{row}\n" for row in rows),
        origin="the report's folder, its seals made for what leaves",
        why="ids and scores, from which recheck computes the report again",
    )


def drawn_pictures(folder: Path, leaving: Report) -> Mapping[str, bytes] | NotDrawn:
    """The report's pictures, drawn again, where they lie beside it; of the files nothing leaves.

    What lies there may show other pixels than it says, and hold anything besides.
    """
    if not is_shown_beside(folder, leaving):
        return NotDrawn("no text that leaves shows it")
    return pngs_of(svgs_of(leaving))


def picture_files(
    folder: Path, drawn: Mapping[str, bytes] | NotDrawn
) -> Iterator[PlannedFile | LeftOut]:
    """The pictures that the texts show; whatever else lies among them stays."""
    pictures = {} if isinstance(drawn, NotDrawn) else drawn
    for name, content in pictures.items():
        yield made_file(name, content, origin="drawn again", why="a picture of report.md")
    why = drawn.reason if isinstance(drawn, NotDrawn) else "no text that leaves shows it"
    for path in sorted((folder / "figures").glob("*")):
        if (name := f"figures/{path.name}") not in pictures:
            yield LeftOut(name, why)
