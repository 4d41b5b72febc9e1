"""Loading a report back from report.json, for every command that reads one."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from evalreport.errors import DataError, Problem, printable
from evalreport.report.files import read_regular
from evalreport.report.migrations import REPORT, REPORTS, migrated
from evalreport.report.model import Report
from evalreport.values import Json
from evalreport.versions import CannotMigrate

_NAME_IT: Final = "name the folder of a report, or its report.json"
_OTHERWISE: Final = "build it again, or use the version of evalreport that wrote it"


def load_report(path: Path) -> Report:
    """The report in a file.

    Raises:
        DataError: It cannot be read, is no report, or is not of the version that is read here.
    """
    return report_of(read_json(path), path)


def report_of(content: Json, path: object) -> Report:
    """The report that a report.json holds.

    Args:
        content: What the file holds.
        path: What to call it in a complaint.

    Raises:
        DataError: It is no report, or not of the version that is read here.
    """
    problem = REPORT.problem(content, path)
    if problem is not None:
        raise DataError(problem)
    try:
        # Not pydantic's own JSON reader: it refuses the lone surrogates that a model may write.
        return Report.model_validate(content)
    except ValidationError as error:
        raise DataError(_unreadable(content, path, error)) from error


@dataclass(frozen=True, slots=True)
class ReadReport:
    """A report that may have been brought up to date as it was read; the file is as it was.

    Attributes:
        report: Of the current version.
        changes: What was changed in memory, in words; empty when it was of this version and form.
    """

    report: Report
    changes: tuple[str, ...]


def read_report(content: Json, path: object) -> ReadReport:
    """The report that a report.json of this or an older version holds.

    For commands that show old reports beside new ones, such as those in a history; who writes it
    again asks for `evalreport migrate` first.

    Args:
        content: What the file holds.
        path: What to call it in a complaint.

    Raises:
        DataError: It is no report, is of a newer version, or cannot be brought up to date.
    """
    try:
        brought = migrated(content, REPORT, REPORTS, path)
    except CannotMigrate as error:
        raise DataError(Problem(str(path), str(error), _OTHERWISE)) from error
    return ReadReport(report_of(brought.content, path), brought.changes)


def _unreadable(content: Json, path: object, error: ValidationError) -> Problem:
    """Why a report of this version cannot be read; first of all, that it can be migrated."""
    try:
        brought = migrated(content, REPORT, REPORTS, path)
        Report.model_validate(brought.content)
    except (CannotMigrate, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        place = printable(".".join(str(part) for part in first["loc"]))
        what = f"it is no report of version {REPORT.current}: {place}: {printable(first['msg'])}"
        return Problem(str(path), what, _OTHERWISE)
    return Problem(
        str(path),
        f"an evalreport from before version {REPORT.current} was released wrote it: today "
        + "; ".join(brought.changes),
        f"`evalreport migrate {path}` shows what it would change",
    )


def read_json(path: Path) -> Json:
    """What a JSON file holds.

    Raises:
        DataError: It cannot be read, or is no JSON.
    """
    try:
        data = read_regular(path)
    except FileNotFoundError as error:
        raise DataError(Problem(str(path), "there is no such file", _NAME_IT)) from error
    except OSError as error:
        raise DataError(
            Problem(str(path), f"it cannot be read: {error.strerror}", _NAME_IT)
        ) from error
    return json_of(data, str(path))


def json_of(data: bytes, where: str) -> Json:
    """What the bytes of a JSON file say.

    Args:
        data: The bytes.
        where: What to call them in a complaint.

    Raises:
        DataError: They are no JSON.
    """
    try:
        content: Json = json.loads(data)
    except (ValueError, RecursionError) as error:
        # Where the reader stopped helps with a damaged report, and with no other file.
        why = f": {error}" if where.endswith(".json") else ""
        raise DataError(Problem(where, f"this is not JSON{why}", _NAME_IT)) from error
    return content
