"""Complete example reports: one story each, for the tests of rendering and for screenshots.

The numbers are made up and consistent with each other; nothing here was measured.
"""

from collections.abc import Callable
from typing import Final

from evalreport.report.model import Report
from tests.reports.hostile import HOSTILE, hostile
from tests.reports.stories import (
    changed,
    clear_win,
    failures,
    invalid_evidence,
    long_names,
    many_subgroups,
    mixed,
    no_training,
    noise,
    simulated,
)

__all__ = [
    "EXAMPLES",
    "HOSTILE",
    "changed",
    "clear_win",
    "failures",
    "hostile",
    "invalid_evidence",
    "long_names",
    "many_subgroups",
    "mixed",
    "no_training",
    "noise",
    "simulated",
]

EXAMPLES: Final[dict[str, Callable[[], Report]]] = {
    "clear_win": clear_win,
    "noise": noise,
    "mixed": mixed,
    "invalid_evidence": invalid_evidence,
    "simulated": simulated,
    "no_training": no_training,
    "many_subgroups": many_subgroups,
    "failures": failures,
    "long_names": long_names,
    "hostile": hostile,
}
