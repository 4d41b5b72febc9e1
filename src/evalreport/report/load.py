"""Loading a report back from report.json, for every command that reads one."""

import json
from pathlib import Path

from pydantic import ValidationError

from evalreport.errors import DataError, Problem
from evalreport.report.model import Report
from evalreport.values import Json


def load_report(path: Path) -> Report:
    """The report in a file.

    Raises:
        DataError: It cannot be read, or is no report of this version.
    """
    try:
        # Not pydantic's own JSON reader: it refuses the lone surrogates that a model may write.
        return Report.model_validate(read_json(path))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise DataError(
            Problem(
                str(path),
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
        content: Json = json.loads(path.read_bytes())
    except OSError as error:
        raise DataError(
            Problem(str(path), f"it cannot be read: {error.strerror}", "name a report.json")
        ) from error
    except (ValueError, RecursionError) as error:
        raise DataError(
            Problem(str(path), f"it is no JSON: {error}", "name a report.json")
        ) from error
    return content
