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
    except FileNotFoundError as error:
        raise DataError(Problem(str(path), "there is no such file", _NAME_IT)) from error
    except OSError as error:
        raise DataError(
            Problem(str(path), f"it cannot be read: {error.strerror}", _NAME_IT)
        ) from error
    except (ValueError, RecursionError) as error:
        # Where the reader stopped helps with a damaged report, and with no other file.
        why = f": {error}" if path.suffix == ".json" else ""
        raise DataError(Problem(str(path), f"this is not JSON{why}", _NAME_IT)) from error
    return content
