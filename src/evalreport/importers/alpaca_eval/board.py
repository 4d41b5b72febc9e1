"""Leaderboards of alpaca_eval: win rates and length-controlled win rates, a line a model."""

import csv
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from evalreport.errors import DataError, Problem
from evalreport.importers.base import ToolFigure
from evalreport.importers.left import Left
from evalreport.importers.reading import number_of, opened, refuse_unreadable
from evalreport.importers.verdicts import WIN_RATE, name_of

LENGTH_CONTROLLED: Final = "length_controlled_winrate"
_LENGTH_NOTE: Final = (
    "fitted as if both answers were equally long; its standard error is the spread of the fitted "
    "values alone, not what other verdicts or instructions would change"
)
_PERCENT: Final = 100
_MOST_ITEMS: Final = 1 << 53


def figures_of(path: Path, left: Left) -> tuple[ToolFigure, ...]:
    """The figures of all models of a leaderboard.

    Raises:
        DataError: It cannot be read, or holds no win rate.
    """
    figures = tuple(one for row in _lines(path, left) for one in _figures(row))
    if not figures:
        hint = "name a leaderboard.csv that alpaca_eval wrote"
        raise DataError(Problem(str(path), "the file holds no win rate of a model", hint))
    return figures


def _lines(path: Path, left: Left) -> Iterator[dict[str, str]]:
    """The lines that name a model and its win rate."""
    try:
        with opened(path) as raw, io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as text:
            reader = csv.reader(text)
            header = next(reader, [])
            for cells in reader:
                row = dict(zip(header, cells, strict=False))
                if fault := _fault(row):
                    left.add(fault, f"{path}:{reader.line_num}")
                else:
                    yield row
    except (OSError, EOFError, zlib.error) as error:
        refuse_unreadable(path, error)
    except UnicodeDecodeError as error:
        hint = "save it as UTF-8 (for example: iconv -f cp1252 -t utf-8)"
        problem = Problem(str(path), f"the file is not UTF-8: {error.reason}", hint)
        raise DataError(problem) from error
    except csv.Error as error:
        problem = Problem(str(path), f"the table cannot be read: {error}", "write it again")
        raise DataError(problem) from error


def _fault(row: dict[str, str]) -> str:
    if not name_of(row.get("", "")):
        return "the line does not name its model"
    rate = _number(row, WIN_RATE)
    return "" if rate is not None and _is_percent(rate) else "the line has no win rate"


def _figures(row: dict[str, str]) -> Iterator[ToolFigure]:
    model, n = name_of(row[""]), _count(row)
    notes = {WIN_RATE: "", LENGTH_CONTROLLED: _LENGTH_NOTE}
    for metric, error in ((WIN_RATE, "standard_error"), (LENGTH_CONTROLLED, "lc_standard_error")):
        value, se = _number(row, metric), _number(row, error)
        if value is None or not _is_percent(value):
            continue
        yield ToolFigure(
            part="",
            metric=metric,
            model=model,
            value=value / _PERCENT,
            se=se / _PERCENT if se is not None and se >= 0 else None,
            is_of_items=metric == WIN_RATE,
            n=n,
            note=notes[metric],
        )


def _is_percent(value: float) -> bool:
    return 0 <= value <= _PERCENT


def _number(row: dict[str, str], name: str) -> float | None:
    return number_of(row.get(name, ""))


def _count(row: dict[str, str]) -> int | None:
    """How many instructions: pandas writes 805 as 805.0 where a model has none."""
    found = _number(row, "n_total")
    is_count = found is not None and 0 <= found < _MOST_ITEMS and found == int(found)
    return int(found) if found is not None and is_count else None
