"""The table of importers: a format is one file and one line here, tried in this order."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from evalreport.errors import DataError, Problem
from evalreport.importers.alpaca_eval.annotations import (
    ALPACA_EVAL_ANNOTATIONS,
    ALPACA_EVAL_LEADERBOARD,
    ALPACA_EVAL_OUTPUTS,
)
from evalreport.importers.arena_hard.judgments import ARENA_HARD_BATTLES, ARENA_HARD_JUDGMENTS
from evalreport.importers.base import Importer
from evalreport.importers.fastchat.judgments import FASTCHAT_ANSWERS, MT_BENCH_PAIR, MT_BENCH_SINGLE
from evalreport.importers.fastchat.votes import MT_BENCH_HUMAN
from evalreport.importers.glimpse import Glimpse, glimpse
from evalreport.importers.inspect_logs.logs import INSPECT_LOG
from evalreport.importers.lighteval.files import LIGHTEVAL_DETAILS, LIGHTEVAL_RESULTS
from evalreport.importers.lm_eval.samples import LM_EVAL_SAMPLES
from evalreport.importers.lm_eval.totals import LM_EVAL_RESULTS
from evalreport.importers.plain.columns import SEPARATED
from evalreport.importers.plain.tables import (
    PLAIN_OUTPUTS,
    PLAIN_SCORES,
    guessed_layout,
    plain_importer,
)
from evalreport.importers.trainer_state import TRAINER_STATE

IMPORTERS: Final[tuple[Importer, ...]] = (
    ALPACA_EVAL_ANNOTATIONS,
    ALPACA_EVAL_OUTPUTS,
    ALPACA_EVAL_LEADERBOARD,
    MT_BENCH_SINGLE,
    MT_BENCH_PAIR,
    MT_BENCH_HUMAN,
    FASTCHAT_ANSWERS,
    ARENA_HARD_JUDGMENTS,
    ARENA_HARD_BATTLES,
    LM_EVAL_SAMPLES,
    LM_EVAL_RESULTS,
    INSPECT_LOG,
    LIGHTEVAL_RESULTS,
    LIGHTEVAL_DETAILS,
    TRAINER_STATE,
    PLAIN_SCORES,  # these two know any table: a line for another format stands above them
    PLAIN_OUTPUTS,
)

# Files that a tool makes of others of its own: where both are given they hold the same games.
MADE_OF: Final[Mapping[str, str]] = {ARENA_HARD_BATTLES.name: ARENA_HARD_JUDGMENTS.name}

_KNOWN: Final = (
    "known are files of lm-eval, Inspect, alpaca_eval, FastChat, arena-hard and lighteval, a "
    "trainer_state.json, and tables with a row for each item"
)


def importer_of(path: Path, columns: Mapping[str, str] | None = None) -> Importer:
    """The importer of a file, by its content.

    Args:
        path: The file.
        columns: What the spec says of columns: a table of which it says some is a plain one. None
            where there is no spec, as on the command line, so that none can say any.

    Raises:
        DataError: The file cannot be read, or is of no known format.
    """
    seen = glimpse(path)
    found = plain_importer(seen, columns or {}) or next(
        (one for one in IMPORTERS if one.recognises(seen)), None
    )
    if found is None:
        what = f"no importer knows this file ({_looks_like(seen)})"
        raise DataError(Problem(str(path), what, _hint(seen, is_in_spec=columns is not None)))
    return found


def recognised(paths: Iterable[Path]) -> list[tuple[Path, Importer]]:
    """The files that some importer knows, of files that may be anything, such as a folder's.

    Raises:
        DataError: A file cannot be read.
    """
    found = []
    for path in paths:
        try:
            found.append((path, importer_of(path)))
        except DataError:
            continue
    return found


def _hint(seen: Glimpse, *, is_in_spec: bool) -> str:
    """What to do about a file of no known format, where it is named."""
    totals = "totals without items go into a spec as numbers, in a layer of kind: recorded"
    if seen.shape == "object":
        return f"{_KNOWN}; {totals}"
    layout = guessed_layout(seen)
    if layout is None:
        return _KNOWN
    if len(seen.header) == 1 and ";" in seen.header[0]:
        return SEPARATED
    if not layout.has_items:
        name = "say which does with columns: {id: ...}" if is_in_spec else "call one that does id"
        return f"no column tells the items apart: {name}; {totals}"
    name = (
        "say which is one with columns: {scores: {accuracy: ...}} or {output: ...}"
        if is_in_spec
        else "call one score or output"
    )
    return f"no column holds numbers, or answers: {name}"


def _looks_like(seen: Glimpse) -> str:
    names = ", ".join(f"{name[:60]!r}" for name in [*seen.first, *seen.header][:8])
    shapes = {
        "lines": "one JSON object a line",
        "array": "a JSON array",
        "object": "one JSON object",
        "zip": "a ZIP archive",
        "parquet": "Parquet",
        "table": "a table",
        "other": "neither JSON nor a table",
    }
    return shapes[seen.shape] + (f" with {names}" if names else "")
