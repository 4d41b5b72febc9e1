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
from evalreport.importers.plain.tables import PLAIN_OUTPUTS, PLAIN_SCORES, plain_importer
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


def importer_of(path: Path, columns: Mapping[str, str] | None = None) -> Importer:
    """The importer of a file, by its content.

    Args:
        path: The file.
        columns: What the spec says of columns: a table of which it says some is a plain one.

    Raises:
        DataError: The file cannot be read, or is of no known format.
    """
    seen = glimpse(path)
    found = plain_importer(seen, columns or {}) or next(
        (one for one in IMPORTERS if one.recognises(seen)), None
    )
    if found is None:
        what = f"no importer knows this file ({_looks_like(seen)})"
        known = ", ".join(dict.fromkeys(one.name for one in IMPORTERS))
        hint = f"known: {known}; of a table say which column is which with columns: {{id: ...}}"
        raise DataError(Problem(str(path), what, hint))
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
