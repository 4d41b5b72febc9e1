"""Loading a report back from report.json, for every command that reads one."""

import json
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from evalreport.errors import DataError, Problem
from evalreport.report.model import Report
from evalreport.values import Json

_NAME_IT: Final = "name the folder of a report, or its report.json"


def load_report(path: Path) -> Report:
    """The report in a file.

    Raises:
        DataError: It cannot be read, or is no report of this version.
    """
    return report_of(read_json(path), str(path))


def report_of(content: Json, where: str) -> Report:
    """The report that a JSON content is.

    Args:
        content: As a JSON reader gives it; pydantic's own refuses the lone surrogates that a model
            may write.
        where: What to call it in a complaint.

    Raises:
        DataError: It is no report of this version.
    """
    try:
        return Report.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise DataError(
            Problem(
                where,
                f"it is no report of this version: {place}: {first['msg']}",
                "build it again, or use the version of evalreport that wrote it",
            )
        ) from error


def read_json(path: Path) -> Json:
    """What a JSON file holds.

    Raises:
        DataError: It cannot be read, or is no JSON.
    """
    try:
        data = path.read_bytes()
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
