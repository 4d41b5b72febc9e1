"""CSV, TSV and Parquet files to rows."""

import csv
import datetime as dt
import decimal
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from evalreport.sources.faults import Faults
from evalreport.sources.json_rows import NumberedRow
from evalreport.sources.lines import lines, unreadable
from evalreport.sources.names import listed
from evalreport.values import Json

_LONGEST_CELL: Final = 2**31 - 1
_ROWS_AT_ONCE: Final = 1024


def csv_rows(
    path: Path, faults: Faults, delimiter: str, encoding: str | None = None
) -> Iterator[NumberedRow]:
    """The rows of a CSV file by the line on which they start; every cell is a text."""
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(
        (text for _, text in lines(path, faults, encoding)), delimiter=delimiter, strict=True
    )
    header: list[str] | None = None
    empty: list[int] = []
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            hint = "a quote inside a quoted cell is written twice"
            faults.add(f"{path}:{number}", f"not CSV: {error}", hint)
            continue
        if not cells:
            empty.append(number)
            continue
        while empty:
            faults.add(
                f"{path}:{empty.pop(0)}", "the line is empty", "delete it: no row is skipped"
            )
        if header is None:
            if not _good_header(cells, path, faults):
                return
            header = cells
        elif len(cells) != len(header):
            hint = "a cell that holds the delimiter or a line break stands between quotes"
            what = f"the row has {len(cells)} cells, the header {len(header)}"
            faults.add(f"{path}:{number}", what, hint)
        else:
            yield number, dict(zip(header, cells, strict=True))


def _good_header(names: Sequence[str], path: Path, faults: Faults) -> bool:
    before = faults.count
    for position, name in enumerate(names, start=1):
        if not name.strip():
            hint = "name it; it may be the row numbers that pandas writes without `index=False`"
            faults.add(f"{path}:1", f"column {position} has no name", hint)
    for name in sorted({name for name in names if name.strip() and names.count(name) > 1}):
        faults.add(f"{path}:1", f"the column `{name:.60}` stands there twice", "rename one")
    return faults.count == before


def parquet_rows(path: Path, faults: Faults, notes: list[str]) -> Iterator[NumberedRow]:
    """The rows of a Parquet file by number (from 1); dates become ISO text, decimals text.

    Columns that hold bytes are not read, and a note says so.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            schema = file.schema_arrow
            twice = sorted({name for name in schema.names if schema.names.count(name) > 1})
            if twice:
                faults.add(str(path), f"the columns {listed(twice)} stand there twice")
                return
            binary = [field.name for field in schema if holds_bytes(field.type)]
            if binary:
                notes.append(f"The columns {listed(binary)} hold bytes and were not read.")
            columns = [name for name in schema.names if name not in binary]
            number = 0
            for batch in file.iter_batches(batch_size=_ROWS_AT_ONCE, columns=columns):
                for row in batch.to_pylist():
                    number += 1
                    try:
                        yield number, {key: plain_value(value) for key, value in row.items()}
                    except ValueError as error:
                        faults.add(f"{path} row {number}", str(error))
    except OSError as error:
        what, hint = unreadable(path, error)
        faults.add(str(path), what, hint)
    except pa.ArrowException as error:
        faults.add(str(path), f"not a readable Parquet file: {error}")


def holds_bytes(kind: Any) -> bool:
    """Whether an Arrow type is binary, or holds something binary."""
    import pyarrow.types as pt

    if pt.is_binary(kind) or pt.is_large_binary(kind) or pt.is_fixed_size_binary(kind):
        return True
    return any(holds_bytes(kind.field(index).type) for index in range(kind.num_fields))


def plain_value(value: object) -> Json:
    """A value of a typed table as JSON: dates, times and durations as text, decimals as text.

    Raises:
        ValueError: NaN, an infinity, a NUL, or a type that JSON has no form for.
    """
    match value:
        case None | bool() | int():
            return value
        case str():
            if "\0" in value:
                raise ValueError("a text holds a NUL character")
            return value
        case float():
            if not math.isfinite(value):
                raise ValueError(f"{value} is not a number that JSON knows; missing is null")
            return value
        case dt.datetime() | dt.date() | dt.time():
            return value.isoformat()
        case dt.timedelta() | decimal.Decimal():
            return str(value)
        case dict():
            return {str(key): plain_value(inner) for key, inner in value.items()}
        case list() | tuple():
            return [plain_value(inner) for inner in value]
        case _:
            raise ValueError(f"a {type(value).__name__} has no form in JSON")
