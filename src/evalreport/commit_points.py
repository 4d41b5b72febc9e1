"""Commit points: named moments at which a kill must lose nothing but what was in flight."""

import os
import signal
from typing import Final

POINTS: Final = (
    "response-stored",
    "attempt-begun",
    "checkpoint-written",
    "checkpoint-marked",
    "training-written",
    "step-finished",
    "declared-registered",
    "report-staged",
    "report-written",
    "migration-put",
    "publish-begun",
    "publish-uploaded",
    "publish-committed",
)


def reached(point: str) -> None:
    """Pass a commit point; a rehearsal of crashes (EVALREPORT_DIE_AT) ends the process here.

    Raises:
        ValueError: The point is not in the list, so no rehearsal would ever reach it.
    """
    if point not in POINTS:
        raise ValueError(f"{point} is not a commit point")
    if os.environ.get("EVALREPORT_DIE_AT") == point:
        os.kill(os.getpid(), signal.SIGKILL)
