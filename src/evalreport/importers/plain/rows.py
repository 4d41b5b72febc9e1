"""Plain tables to rows: CSV, TSV, JSON Lines, a JSON array or Parquet, one row after another."""

import csv
import decimal
import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

from evalreport.errors import DataError, Problem
from evalreport.importers.arrays import json_array
from evalreport.importers.glimpse import Shape
from evalreport.importers.left import Left
from evalreport.importers.reading import (
    CUT,
    LONGEST_LINE,
    NOT_UTF8,
    json_lines,
    raw_lines,
    refuse_unreadable,
)
from evalreport.sources.table_rows import holds_bytes, plain_value
from evalreport.values import Json

NumberedCells: TypeAlias = tuple[int, Mapping[str, Json]]
TableShape: TypeAlias = Literal["lines", "array", "table", "parquet"]

TABLES: Final[Mapping[Shape, TableShape]] = {
    "lines": "lines",
    "array": "array",
    "table": "table",
    "parquet": "parquet",
}
_ROWS_AT_ONCE: Final = 256
_AS_UTF8: Final = "save it as UTF-8 (for example: iconv -f cp1252 -t utf-8)"
_WRONG: Final = {
    "end of data": "a quote that is opened is not closed before the file ends",
    "new-line": "the line holds a carriage return that no quotes enclose",
    "": "the line is not CSV: a quote in a quoted cell is not doubled",
}


@dataclass(frozen=True, slots=True)
class Table:
    """A file that is a table.

    Attributes:
        path: The file.
        shape: How its rows are written.
    """

    path: Path
    shape: TableShape

    def rows(self, left: Left, only: Collection[str] = ()) -> Iterator[NumberedCells]:
        """Its rows, each with its line, or its number where rows have no lines.

        Args:
            left: Where rows go that cannot be read.
            only: The columns that are needed; all when empty. More may come.

        Raises:
            DataError: The file is damaged, not UTF-8, or its header cannot be used.
        """
        match self.shape:
            case "lines":
                yield from _lines(self.path, left)
            case "array":
                yield from json_array(self.path, left)
            case "table":
                yield from _cells(self.path, left)
            case "parquet":
                yield from _parquet(self.path, only)

    def where(self, number: int) -> str:
        """How a message names a row."""
        return f"{self.path}{':' if self.numbered == 'line' else ' row '}{number}"

    @property
    def numbered(self) -> Literal["line", "row"]:
        """What the numbers of its rows count."""
        return "line" if self.shape in {"lines", "table"} else "row"


def _lines(path: Path, left: Left) -> Iterator[NumberedCells]:
    """As `json_lines`, but rows in another encoding are no few that may be missing."""
    for row in json_lines(path, left):
        _refuse_other_encodings(left)
        yield row
    _refuse_other_encodings(left)


def _refuse_other_encodings(left: Left) -> None:
    if NOT_UTF8 in left.first:
        raise DataError(Problem(left.first[NOT_UTF8], NOT_UTF8, _AS_UTF8))


def _cells(path: Path, left: Left) -> Iterator[NumberedCells]:
    """Rows of a delimited table by the line on which they start; every cell is a text."""
    csv.field_size_limit(LONGEST_LINE)
    is_tabs = path.name.lower().removesuffix(".gz").endswith(".tsv")
    texts = _Texts(path)
    reader = csv.reader(texts.all(), delimiter="\t" if is_tabs else ",", strict=True)
    header: list[str] = []
    while True:
        start = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            _lose(path, range(start, reader.line_num + 1), left, error)
            continue
        if not cells:
            continue
        if not header:
            header = _header(cells, path)
        elif len(cells) == len(header):
            yield start, dict(zip(header, cells, strict=True))
        else:
            left.add(_ragged(cells, header, texts), f"{path}:{start}")


def _lose(path: Path, numbers: range, left: Left, error: csv.Error) -> None:
    """The lines that a wrong quote takes with it; each may have been a row."""
    if "field larger" in str(error):
        what = f"a cell that begins here is longer than {LONGEST_LINE >> 20} MiB"
        raise DataError(Problem(f"{path}:{numbers[0]}", what, "a quote may not be closed"))
    why = next(words for key, words in _WRONG.items() if key in str(error))
    for number in numbers:
        left.add(why, f"{path}:{number}")


@dataclass(slots=True)
class _Texts:
    """The lines of a text file, and whether what was given last ended in the middle of one."""

    path: Path
    is_cut: bool = False

    def all(self) -> Iterator[str]:
        """Every line with its line end."""
        for line in raw_lines(self.path):
            where = f"{self.path}:{line.number}"
            if line.is_too_long:
                what = f"the line is longer than {LONGEST_LINE >> 20} MiB"
                raise DataError(Problem(where, what, "a table has one row a line"))
            self.is_cut = line.is_last and not line.raw.endswith(b"\n")
            try:
                yield line.raw.decode("utf-8")
            except UnicodeDecodeError as error:
                raise DataError(Problem(where, NOT_UTF8, _AS_UTF8)) from error


def _ragged(cells: list[str], header: list[str], texts: _Texts) -> str:
    if len(cells) > len(header):
        return "the row has more cells than the header (a comma in a cell stands between quotes)"
    return CUT if texts.is_cut else "the row has fewer cells than the header"


def _header(cells: list[str], path: Path) -> list[str]:
    """The names of the columns; one without a name, as pandas writes its row numbers, is kept.

    Raises:
        DataError: Two have the same name, or the file is in another encoding.
    """
    names = [cell.strip() for cell in cells]
    where = f"{path}:1"
    if any("\0" in name for name in names):
        what = "the header holds NUL characters, as UTF-16 read as UTF-8 does"
        raise DataError(Problem(where, what, "save it as UTF-8 (for example: iconv -t utf-8)"))
    twice = next((name for name in names if name and names.count(name) > 1), None)
    if twice is not None:
        raise DataError(
            Problem(where, f"the column {twice[:60]!r} stands there twice", "rename one")
        )
    return names


def _parquet(path: Path, only: Collection[str]) -> Iterator[NumberedCells]:
    """Rows of a Parquet file, from 1; columns that hold bytes are passed over."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path, pre_buffer=False, buffer_size=1 << 20) as file:
            schema = file.schema_arrow
            if len(set(schema.names)) < len(schema.names):
                raise DataError(Problem(str(path), "two columns have the same name", "rename one"))
            names = [
                field.name
                for field in schema
                if (not only or field.name in only) and not holds_bytes(field.type)
            ]
            number = 0
            for batch in file.iter_batches(batch_size=_ROWS_AT_ONCE, columns=names):
                for row in batch.to_pylist():
                    number += 1
                    yield number, {key: _plain(value) for key, value in row.items()}
    except OSError as error:
        refuse_unreadable(path, error)
    except pa.ArrowException as error:
        hint = "write the file again, or fetch or copy it again"
        raise DataError(Problem(str(path), "not a readable Parquet file", hint)) from error


def _plain(value: object) -> Json:
    """A typed value as JSON would hold it; NaN and what JSON has no form for stay what they are."""
    match value:
        case str() | float():
            return value
        case decimal.Decimal():
            return float(value)
        case _:
            try:
                return plain_value(value)
            except ValueError:
                return [] if isinstance(value, list | dict) else math.nan
