"""What one spec, or the files of one report, become: by their steps, and read by their loaders."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from evalreport.commands.migrate_files import NAMES, Brought, Tables
from evalreport.commands.smoke import smoked
from evalreport.errors import DataError, EvalReportError, Problem, SpecError
from evalreport.numbers import count_text
from evalreport.render import json_text
from evalreport.report.files import ITEMS, JSON, LOCK
from evalreport.report.item_rows import ItemsFile
from evalreport.report.load import read_json, report_of
from evalreport.report.lock import lock_of_text, written_lock, yaml_of
from evalreport.report.migrations import (
    ITEMS as ITEMS_FORMAT,
)
from evalreport.report.migrations import (
    LOCK as LOCK_FORMAT,
)
from evalreport.report.migrations import (
    REPORT,
    Tampered,
    migrated,
    migrated_rows,
    resealed,
)
from evalreport.report.model import Report
from evalreport.report.read_items import read_items
from evalreport.report.seals import compact
from evalreport.spec.load import loaded_of, read_text, spec_of_text
from evalreport.spec.migrations import migrated_text
from evalreport.spec.models import Spec
from evalreport.values import Json
from evalreport.versions import CannotMigrate, Standing

_BY_HAND: Final = "change it by hand, or build again: what is done is reused"
_BOM: Final = "\ufeff"


def bring(group: Sequence[Path], tables: Tables) -> list[Brought]:
    """What each file of a report, or a spec, would become.

    Args:
        group: As `migrate_files.find` gives it.
        tables: The steps of every format.
    """
    by_name = {path.name: path for path in group}
    if not by_name.keys() & NAMES.keys():
        (path,) = group
        return [_report(path, tables).brought if path.suffix == ".json" else _spec(path, tables)]
    report = _report(by_name[JSON], tables) if JSON in by_name else None
    brought = [report.brought] if report is not None else []
    if ITEMS in by_name:
        try:
            brought.append(_items(by_name[ITEMS], report, tables))
        except Tampered as error:  # what was changed by hand is not made to look as if it was built
            where = str(by_name[JSON])
            hint = "take report.json as the build wrote it, or build again"
            brought = [
                Brought(by_name[JSON], "report", refused=(Problem(where, str(error), hint),)),
                Brought(by_name[ITEMS], "items"),
            ]
    if LOCK in by_name:
        brought.append(_lock(by_name[LOCK], tables))
    return brought


def _refused(path: Path, error: CannotMigrate | EvalReportError) -> tuple[Problem, ...]:
    if isinstance(error, EvalReportError):
        return error.problems
    return (Problem(str(path), str(error), _BY_HAND),)


# Specs


def _spec(path: Path, tables: Tables) -> Brought:
    try:
        text = read_text(path)
        made = migrated_text(text, tables.specs)
    except (CannotMigrate, SpecError) as error:
        return Brought(path, "spec", refused=_refused(path, error))
    notes: tuple[str, ...] = ()
    try:
        loaded_of(made.content, path, alone=True)
    except SpecError as error:
        if not _is_of_the_language(made.content):
            return Brought(path, "spec", refused=error.problems)
        left = count_text(len(error.problems), "problem")
        notes = (f"`evalreport check {path}` names {left} that no migration can mend",)
    mark = _BOM if path.read_bytes().startswith(_BOM.encode()) else ""
    return Brought(path, "spec", made.changes, mark + text, mark + made.content, notes=notes)


def _is_of_the_language(text: str) -> bool:
    """Whether all that is wrong with a spec is between its sections."""
    try:
        spec_of_text(text, (), "")
    except SpecError:
        return False
    return True


# Reports


@dataclass(frozen=True, slots=True)
class _Old:
    """A report.json before and after, and what it holds."""

    brought: Brought
    before: Json = None
    after: Json = None
    report: Report | None = None

    @property
    def spec(self) -> Spec | None:
        """What it says it was built from."""
        if self.report is None:
            return None
        given = self.report.reproduce
        try:
            spec = spec_of_text(given.spec_yaml, given.overrides, f"{self.brought.path}")
        except SpecError:
            return None
        return smoked(spec) if self.report.smoke else spec


def _report(path: Path, tables: Tables) -> _Old:
    try:
        before = read_json(path)
        made = migrated(before, REPORT, tables.reports, path)
        report = report_of(made.content, path)
    except (CannotMigrate, DataError) as error:
        return _Old(Brought(path, "report", refused=_refused(path, error)))
    if not made.changes:
        return _Old(Brought(path, "report"), before, before, report)
    texts = path.read_bytes().decode("utf-8", "replace"), json_text(made.content)
    return _Old(Brought(path, "report", made.changes, *texts), before, made.content, report)


def _items(path: Path, report: _Old | None, tables: Tables) -> Brought:
    """Raises Tampered where a part of the report is not what the items say was built."""
    file = ItemsFile(path)
    try:
        _, head = next(file.lines(), (1, {}))
        if ITEMS_FORMAT.standing(head) is not Standing.OLDER and not tables.items:
            file.head(file.lines())
        rows = tuple(row for _, row in file.lines()) if tables.items else (head,)
        made = migrated_rows(rows, tables.items, path)
        first, changes = made.content[0], made.changes
        if report is not None and report.brought.changes:
            first = resealed(first, report.before, report.after)
            if first != made.content[0]:
                changes = (*changes, "its seals are those of the changed report.json")
        if not changes:
            return Brought(path, "items")
        text = path.read_bytes().decode("utf-8")
        after = compact(first) + "\n"
        if made.changes:
            after += "".join(f"{compact(row)}\n" for row in made.content[1:])
        else:
            after += text.partition("\n")[2]
        _read_back(path, after, report)
    except Tampered:
        raise
    except (CannotMigrate, DataError) as error:
        return Brought(path, "items", refused=_refused(path, error))
    return Brought(path, "items", changes, text, after)


def _read_back(path: Path, text: str, report: _Old | None) -> None:
    """Read what items become as `recheck` would.

    Raises:
        DataError: They cannot be read.
    """
    spec = report.spec if report is not None else None
    with tempfile.TemporaryDirectory() as folder:
        tried = Path(folder) / path.name
        tried.write_text(text, encoding="utf-8", newline="")
        try:
            if spec is None:
                ItemsFile(tried).head(ItemsFile(tried).lines())
            else:
                read_items(tried, spec)
        except DataError as error:
            raise DataError(
                *(
                    replace(one, where=one.where.replace(str(tried), str(path)))
                    for one in error.problems
                )
            ) from error


def _lock(path: Path, tables: Tables) -> Brought:
    try:
        text = path.read_bytes().decode("utf-8", "replace")
        made = migrated(yaml_of(text, path), LOCK_FORMAT, tables.locks, path)
        after = written_lock(made.content) if made.changes else text
        lock_of_text(after, path)
    except (CannotMigrate, DataError) as error:
        return Brought(path, "lock", refused=_refused(path, error))
    return Brought(path, "lock", made.changes, text, after)
