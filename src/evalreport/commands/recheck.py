"""recheck: does a report say what its items give? Everything that they carry is computed again."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path

from evalreport import __version__
from evalreport.commands.smoke import smoked
from evalreport.commands.writing import NAMES, alone_in, renderings
from evalreport.errors import EXIT_GATE, EXIT_WRITTEN, DataError, Problem, printable
from evalreport.numbers import count_text
from evalreport.recheck.differ import Differ, Difference
from evalreport.recheck.pictures import check_pictures, is_pictured
from evalreport.recheck.recheck import Rechecked, recheck
from evalreport.recheck.wording import Looked, difference_text, result_text
from evalreport.render.pictures import PICTURES
from evalreport.report.files import ITEMS, JSON, LOCK, MOST_LOCK_BYTES, read_regular
from evalreport.report.load import load_report, read_json
from evalreport.report.lock import lock_content, lock_of_text, yaml_of
from evalreport.report.migrations import LOCK as LOCK_FORMAT
from evalreport.report.model import Report
from evalreport.report.read_items import read_items
from evalreport.spec.load import spec_of_text
from evalreport.spec.models import Spec
from evalreport.versions import Standing


@dataclass(frozen=True, slots=True)
class Again:
    """A report, and what came of computing it again.

    Attributes:
        report: As it was loaded.
        found: What its items give.
        files: The files beside it that were looked at.
        differences: Every place where it, or one of them, says something else.
        unchecked: What nothing here can check.
        result: All of that in a sentence.
    """

    report: Report
    found: Rechecked
    files: tuple[str, ...]
    differences: tuple[Difference, ...]
    unchecked: tuple[str, ...]
    result: str


def recheck_report(path: Path, items: Path | None, *, as_json: bool) -> int:
    """Print what of a report was computed again from its items, and every difference.

    Returns:
        0 when everything agrees; 4 when something differs.

    Raises:
        DataError: There is no report or no items.jsonl, or it cannot be read.
        SpecError: What the report holds as its spec is none.
    """
    again = computed_again(path, items)
    if as_json:
        _print_json(again)
    else:
        _print(again)
    return EXIT_GATE if again.differences else EXIT_WRITTEN


def computed_again(path: Path, items: Path | None = None) -> Again:
    """A report held against its items and against the files beside it.

    Args:
        path: The report.json, or its folder.
        items: The items.jsonl; None for the one beside it.

    Raises:
        DataError: There is no report or no items.jsonl, or it cannot be read.
        SpecError: What the report holds as its spec is none.
    """
    source = path / JSON if path.is_dir() else path
    folder = source.parent
    with (
        _of_some_depth(source),
        alone_in(folder),
    ):  # a build that is ending writes items.jsonl first and the report last
        report = load_report(source)
        where = f"{source}: reproduce.spec_yaml"
        spec = spec_of_text(report.reproduce.spec_yaml, report.reproduce.overrides, where)
        asked = smoked(spec) if report.smoke else spec
        if items is None and not (folder / ITEMS).exists():
            raise DataError(
                Problem(
                    str(folder / ITEMS),
                    "the items of this report are not beside it",
                    f"name them: evalreport recheck {path} ITEMS",
                )
            )
        read = read_items(items or folder / ITEMS, asked)
        found = recheck(report, read_json(source), asked, read)
        beside = dict([*_lock(folder, report), *_rendered(folder, report, spec)])
        pictures, unchecked = _pictures(folder, report)
        beside |= pictures
    looked = Looked(
        source=source,
        items=items or folder / ITEMS,
        rows=read.rows,
        miscounted=read.miscounted,
        reproduce=report.reproduce,
        inside=found.differences,
        lock=beside.get(LOCK, ()),
        rendered=[name for name, found in beside.items() if found and name != LOCK],
    )
    return Again(
        report=report,
        found=found,
        files=tuple(beside),
        differences=(*found.differences, *(one for ones in beside.values() for one in ones)),
        unchecked=(*found.unchecked, *unchecked),
        result=result_text(looked),
    )


def refuse_other_items(path: Path, report: Report, spec: Spec) -> None:
    """Items that do not give what their report says are nobody's evidence.

    Args:
        path: The report.json; what has no items beside it has none that could be others.
        report: As loaded.
        spec: The one that it holds.

    Raises:
        DataError: They give something else, or cannot be read.
    """
    items = path.parent / ITEMS
    if report.smoke or not items.exists():
        return
    with _of_some_depth(path), alone_in(path.parent):
        found = recheck(report, read_json(path), spec, read_items(items, spec))
    if found.differences:
        count = count_text(len(found.differences), "difference")
        raise DataError(
            Problem(
                str(items),
                f"it does not give what {JSON} says: {count}, first "
                f"{difference_text(found.differences[0])}",
                "evalreport recheck names them all; build again, and all is reused",
            )
        )


@contextmanager
def _of_some_depth(source: Path) -> Iterator[None]:
    """Whatever a report holds, nothing that a build writes is nested so deep."""
    try:
        yield
    except RecursionError as error:
        what = "it, or a file beside it, is nested deeper than any build writes"
        hint = "take them as the build wrote them, or build again"
        raise DataError(Problem(str(source), what, hint)) from error


# The files beside it


def _lock(folder: Path, report: Report) -> Iterator[tuple[str, list[Difference]]]:
    """The lock, where it is there, against the report: keys, digests, versions."""
    if not (folder / LOCK).exists():
        return
    try:
        text = read_regular(folder / LOCK, MOST_LOCK_BYTES).decode()
        content = yaml_of(text, folder / LOCK)
    except (OSError, UnicodeDecodeError, DataError):
        yield LOCK, [Difference(LOCK, "no YAML", "a lock")]
        return
    if LOCK_FORMAT.standing(content) in (Standing.NEWER, Standing.OLDER):
        content = lock_of_text(text, folder / LOCK)
    declared = content.get("declared") if isinstance(content, dict) else None
    changes = declared.get("changes") if isinstance(declared, dict) else None
    differ = Differ()
    differ.compare(LOCK, content, json.loads(json.dumps(lock_content(report, changes))))
    yield LOCK, [replace(one, source="report.json says") for one in differ.found]


def _rendered(folder: Path, report: Report, spec: Spec) -> Iterator[tuple[str, list[Difference]]]:
    """What people read, where this version wrote it: the renderings of this very report."""
    present = [form for form, name in NAMES.items() if (folder / name).exists()]
    if report.evalreport != __version__ or not present:
        return
    texts = renderings(report, present, spec.report.card_examples, pictured=is_pictured(folder))
    for name, text in texts.items():
        try:
            given = read_regular(folder / name).decode("utf-8", "replace")
        except OSError as error:
            says = f"what cannot be read ({error.strerror})"
            yield name, [Difference(name, says, "a page", source="report.json renders to")]
            continue
        yield name, [] if given == text else [_first(name, given, text)]


def _pictures(folder: Path, report: Report) -> tuple[dict[str, list[Difference]], tuple[str, ...]]:
    """The pictures beside it, where this version drew them."""
    if report.evalreport != __version__ or not is_pictured(folder):
        return {}, ()
    return check_pictures(folder, report)


def _first(name: str, given: str, rendered: str) -> Difference:
    """The first line that differs."""
    lines = zip_longest(given.split("\n"), rendered.split("\n"), fillvalue="nothing more")
    number, (says, gives) = next(
        (number, pair) for number, pair in enumerate(lines, 1) if pair[0] != pair[1]
    )
    return Difference(f"{name}:{number}", says, gives, source="report.json renders to")


# Words


def _print(again: Again) -> None:
    found = again.found
    for one in again.differences:
        sys.stdout.write(f"{printable(difference_text(one))}\n")
    rules = sum(part.name.startswith("remarks[") for part in found.parts)
    parts = [part.name for part in found.parts if not part.name.startswith("remarks[")]
    rows = [
        ("items", f"{found.items:,}"),
        ("recomputed", f"{', '.join(parts)}, and the remarks of {count_text(rules, 'rule')}"),
        ("agrees", count_text(found.agreed, "value")),
        ("beside", ", ".join(_files(again.files)) or "no other file"),
        ("as built", f"not recomputed, but unchanged: {', '.join(found.sealed)}"),
        ("", f"the remarks of {count_text(len(found.unseen), 'rule')} (--json names them)"),
        *(("unchecked", one) for one in again.unchecked),
        ("result", again.result),
    ]
    sys.stdout.write("".join(f"{name:<12}{printable(text)}\n" for name, text in rows))


def _files(names: Sequence[str]) -> list[str]:
    """The files by name, pictures by number."""
    pictures = sum(name in PICTURES for name in names)
    named = [name for name in names if name not in PICTURES]
    return [*named, *([count_text(pictures, "picture")] if pictures else [])]


def _print_json(again: Again) -> None:
    found = again.found
    content = {
        "agrees": not again.differences,
        "items": found.items,
        "recomputed": {part.name: part.agreed for part in found.parts},
        "beside": list(again.files),
        "sealed": list(found.sealed),
        "rules_not_recomputed": list(found.unseen),
        "not_checked": list(again.unchecked),
        "differences": [
            {"where": one.where, "says": one.says, "gives": one.gives, "source": one.source}
            for one in again.differences
        ],
    }
    sys.stdout.write(json.dumps(content, indent=2) + "\n")
