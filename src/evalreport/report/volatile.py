"""What of a report depends on the clock, the host or the course of a run, and on nothing else.

Two builds of the same evidence agree in every other byte of report.json, Markdown, HTML and card.
"""

import json
from collections.abc import Iterator
from typing import Final

from evalreport.report.model import Report
from evalreport.values import Json

# Path (a star stands for every entry of a list) and what a settled report holds there.
VOLATILE: Final[dict[str, Json]] = {
    # the clock
    "built_at": "1970-01-01T00:00:00Z",
    "declared.first_scored_at": "1970-01-01T00:00:00Z",
    "declared.changes": [],
    "health.*.seconds_per_item": 0.0,
    "training.seconds": 0.0,
    "training.runs.*.seconds": 0.0,
    "steps.*.seconds": 0.0,
    "cost.lines.*.amount": 0.0,  # machine time is measured hours times the price
    "cost.lines.*.seconds": 0.0,
    "cost.total": 0.0,
    "cost.seconds_per_call": 0.0,
    "cost.own_per_call": 0.0,
    "cost.break_even.*.state": "unknown",
    "cost.break_even.*.calls": 0,
    "cost.break_even.*.range": {"not_estimable": ""},
    "cost.break_even.*.sentence": "",
    # the host
    "environment": {},
    "training.peak_bytes": 0,
    "training.runs.*.peak_bytes": 0,
    # the course of the run: what was there already, and where a training was taken up again
    "steps.*.outcome": "done",
    "steps.*.reason": "",
    "training.runs.*.resumed_from": None,
}
# Words that say the same about a report: the step is finished.
_FINISHED: Final = ("reused", "done")


def settled(report: Report) -> Report:
    """The report with every volatile field at a fixed value; a field that is absent stays absent.

    A step that failed, was blocked or waits keeps its outcome and its reason: that is no accident
    of the run.
    """
    content: Json = json.loads(report.model_dump_json(by_alias=True))
    settle(content)
    return Report.model_validate_json(json.dumps(content))


def settle(content: Json) -> None:
    """Put every volatile field of what report.json holds at a fixed value, in its place."""
    for path, value in VOLATILE.items():
        *way, last = path.split(".")
        for place in _places(content, way):
            kept = place.get("outcome", "done") not in _FINISHED and last in ("outcome", "reason")
            if not kept and (value is None or place.get(last) is not None):
                place[last] = value


def _places(value: Json, way: list[str]) -> Iterator[dict[str, Json]]:
    """The objects at the end of a path."""
    if not way:
        if isinstance(value, dict):
            yield value
    elif way[0] == "*":
        for entry in value if isinstance(value, list) else ():
            yield from _places(entry, way[1:])
    elif isinstance(value, dict):
        yield from _places(value.get(way[0]), way[1:])
