"""The page docs/judge-calibration.md, from what was measured."""

from pathlib import Path
from typing import Final, TypeAlias

from benchmarks.judging.coverage import WORLDS

Measured: TypeAlias = dict[str, dict[str, list[int]]]
"""By world and line: how many intervals hold the truth, of how many that were given."""

MEASURED: Final = Path(__file__).with_name("measured.json")
PAGE: Final = Path(__file__).parents[2] / "docs" / "judge-calibration.md"

COLUMNS: Final = {
    "net_win": "net win",
    "flips": "flips",
    "first_slot": "first slot",
    "ties": "ties",
    "unread": "unread",
    "longer": "longer",
    "win_rate_at_equal_length": "equal length",
    "repeats": "repeats",
    "controls_tied": "controls tied",
    "controls_first": "controls first",
    "canaries": "canaries",
    "wording_0": "wording 0",
    "wording_1": "wording 1",
}

_HEAD: Final = """\
# How often the intervals on a judge's card hold the truth

Written by `python -m benchmarks.judging`. Scripted judges, whose preference for a slot, for length
and for planted instructions is known, judge in the order in which a real one is asked; no request
is made. Of each world samples are drawn, the card of each is made as in a report, and each cell
says in how many of a hundred its interval of nominally 95 % holds what is true of very many items.
With 500 samples such a share has a standard error of 1 point. A dash: no interval is given, or in
fewer than half of the samples. The win rate at equal length is held against what the same
regression gives on 400,000 items.

"""


def page(measured: Measured) -> str:
    """The whole page."""
    head = f"| world | samples | {' | '.join(COLUMNS.values())} |"
    rule = "|---" * (len(COLUMNS) + 2) + "|"
    rows = [_row(name, measured[name]) for name in WORLDS if name in measured]
    return _HEAD + "\n".join([head, rule, *rows]) + "\n"


def _row(name: str, tally: dict[str, list[int]]) -> str:
    runs = max(n for _, n in tally.values())
    cells = [
        f"{100 * k / n:.1f}" if n >= runs / 2 else "–" for k, n in (tally[what] for what in COLUMNS)
    ]
    return f"| {name} | {runs} | {' | '.join(cells)} |"
