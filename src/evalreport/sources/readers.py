"""Files to rows, by their extension. Nothing is skipped: what is no row is a fault."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from evalreport.sources.faults import Faults
from evalreport.sources.json_rows import NumberedRow, json_rows, jsonl_rows
from evalreport.sources.table_rows import csv_rows, parquet_rows

_DELIMITERS: Final = {".csv": ",", ".tsv": "\t"}
_KNOWN: Final = ".jsonl, .json, .csv, .tsv (also with .gz) and .parquet"


def read_rows(
    path: Path,
    faults: Faults,
    *,
    delimiter: str | None = None,
    encoding: str | None = None,
    notes: list[str] | None = None,
) -> Iterator[NumberedRow]:
    """The rows of a file, one at a time, with the line on which each starts (Parquet: its number).

    Args:
        path: The file; its extension says the format.
        faults: Where everything that is wrong goes; the rows given are good.
        delimiter: Of CSV, when it is not the usual one.
        encoding: Of text, when it is not UTF-8.
        notes: Where facts about the reading go that a report must pass on.
    """
    count, before = 0, faults.count
    for row in _rows(path, faults, delimiter, encoding, [] if notes is None else notes):
        count += 1
        yield row
    if not count and faults.count == before:
        faults.add(str(path), "the file holds no rows", "write at least one")


def where(path: Path | str, line: int) -> str:
    """How a message names a row: `file:line`, or `name row N` where rows have no lines."""
    has_no_lines = str(path).startswith("hub:") or str(path).endswith((".parquet", ".pq"))
    return f"{path} row {line}" if has_no_lines else f"{path}:{line}"


def _rows(
    path: Path, faults: Faults, delimiter: str | None, encoding: str | None, notes: list[str]
) -> Iterator[NumberedRow]:
    name = path.name.lower().removesuffix(".gz")
    suffix = Path(name).suffix
    if suffix in {".jsonl", ".ndjson"}:
        yield from jsonl_rows(path, faults, encoding)
    elif suffix == ".json":
        yield from json_rows(path, faults, encoding)
    elif suffix in _DELIMITERS:
        yield from csv_rows(path, faults, delimiter or _DELIMITERS[suffix], encoding)
    elif suffix in {".parquet", ".pq"} and path.suffix.lower() != ".gz":
        yield from parquet_rows(path, faults, notes)
    else:
        what = f"the format `{suffix}` is not known" if suffix else "the file has no extension"
        faults.add(str(path), what, f"datasets are {_KNOWN}")
