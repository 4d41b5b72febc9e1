"""Seals: a digest of each part of report.json, so that a part that was changed since is named."""

import json
from typing import Final

from evalreport.digest import digest_of
from evalreport.report.model import Report
from evalreport.report.volatile import settle
from evalreport.values import Json

_DIGITS: Final = 16


def seals_of(content: Json) -> dict[str, str]:
    """By key of report.json, a digest of what stands there, apart from the clock and the host.

    Args:
        content: What report.json holds, as any JSON reader gives it.
    """
    copy: Json = json.loads(compact(content))
    settle(copy)
    if not isinstance(copy, dict):
        return {}
    return {key: digest_of("sealed", key, value)[:_DIGITS] for key, value in copy.items()}


def seals_of_report(report: Report) -> dict[str, str]:
    """The same of a report that is going to be written."""
    return seals_of(json.loads(json.dumps(report.model_dump(by_alias=True))))


def compact(value: Json) -> str:
    """JSON in one line, in the order given; what has no UTF-8 form is escaped."""
    text = _ENCODER.encode(value)
    return text if text.isprintable() else _ESCAPING.encode(value)


_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_ESCAPING: Final = json.JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(",", ":"))
