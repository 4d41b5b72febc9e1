"""Glimpse: what a file looks like at its beginning, which is all that recognising it may need."""

import csv
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final, Literal, TypeAlias

from evalreport.errors import DataError, Problem
from evalreport.importers.arrays import json_array
from evalreport.importers.json_walk import BrokenJson, JsonWalk, OddValue
from evalreport.importers.reading import (
    CannotBegin,
    json_lines,
    json_object,
    opened,
    refuse_unreadable,
)
from evalreport.values import Json

Shape: TypeAlias = Literal["lines", "array", "object", "zip", "parquet", "table", "other"]

_HEAD_BYTES: Final = 1 << 16
_PIECE: Final = 1 << 20
_LARGE: Final = 1 << 24  # bytes of a file, unpacked
_LONGEST: Final = 1 << 20  # characters of a value
_SEVERAL: Final = 32  # values that are taken; of a hostile file there are millions
_MOST: Final = 1 << 12  # names
_ZIP: Final = b"PK\x03\x04"
_PARQUET: Final = b"PAR1"
_MARKS: Final = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
_TABLES: Final = {".csv": ",", ".tsv": "\t"}


@dataclass(frozen=True, slots=True)
class Glimpse:
    """A file and what it begins with.

    Attributes:
        path: The file.
        shape: JSON Lines (`lines`), a JSON array, one JSON object, a ZIP, Parquet, a delimited
            table, or something else.
        rows: The first objects of `lines` and `array`, at most five; the whole of an `object`, of
            a large one without its large values, which are empty.
        header: Names of the columns of a `table`.
    """

    path: Path
    shape: Shape
    rows: tuple[Mapping[str, Json], ...] = ()
    header: tuple[str, ...] = ()

    @property
    def first(self) -> Mapping[str, Json]:
        """The first object; empty where there is none."""
        return self.rows[0] if self.rows else {}

    def has(self, *keys: str) -> bool:
        """Whether the first object has all of these keys."""
        return all(key in self.first for key in keys)


def glimpse(path: Path) -> Glimpse:
    """Look at the beginning of a file.

    Raises:
        DataError: It cannot be read, is empty, or is text in another encoding than UTF-8.
    """
    try:
        with opened(path) as file:
            head = file.read(_HEAD_BYTES)
    except (OSError, EOFError, zlib.error) as error:
        refuse_unreadable(path, error)
    if head.startswith(_ZIP):
        return Glimpse(path, "zip")
    if head.startswith(_PARQUET):
        return Glimpse(path, "parquet")
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            hint = "save it as UTF-8 (for example: iconv -t utf-8)"
            raise DataError(Problem(str(path), f"the file is {encoding}, not UTF-8", hint))
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text:
        raise DataError(Problem(str(path), "the file is empty", "name a file that holds results"))
    suffix = Path(path.name.removesuffix(".gz")).suffix.lower()
    if suffix in _TABLES:  # whose first name may begin with a bracket, or be empty
        header = head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
        return Glimpse(path, "table", header=_header(header, _TABLES[suffix]))
    if text.startswith(b"["):
        return Glimpse(path, "array", _some(path, "array"))
    if text.startswith(b"{"):
        if b"\n" not in text and _is_large(path, up_to_a_line=True):
            row, is_all = _walked(path)
            return _single(path, (row,)) if is_all else Glimpse(path, "lines", (row,))
        is_a_row = b"\n" not in text or text.split(b"\n", 1)[0].rstrip().endswith(b"}")
        lines = _some(path, "lines") if is_a_row else ()
        if len(lines) > 1:
            return Glimpse(path, "lines", lines)
        return Glimpse(path, "object", (_whole(path),)) if not lines else _single(path, lines)
    return Glimpse(path, "other")


def _whole(path: Path) -> dict[str, Json]:
    """The object of a file; a large one, such as a log, is not taken into memory to be known."""
    if not _is_large(path):
        return json_object(path)
    found, is_all = _walked(path)
    if not is_all:
        hint = "name a file that holds one object, or one object a line"
        raise DataError(Problem(str(path), "there is more after the end of its object", hint))
    return found


def _walked(path: Path) -> tuple[dict[str, Json], bool]:
    """An object without its large values, and whether it is all that the file holds."""
    found: dict[str, Json] = {}
    with opened(path) as file:
        walk = JsonWalk(file, longest=_LONGEST)
        try:
            for key in walk.members():
                if len(found) == _MOST:
                    return found, True
                empty: Json = {} if walk.mark == "{" else [] if walk.mark == "[" else None
                try:
                    found[key] = walk.value() if len(found) < _SEVERAL else empty
                except OddValue:
                    found[key] = empty
            is_all = not walk.mark
        except BrokenJson as broken:
            hint = "copy the whole file again"
            raise DataError(Problem(f"{path}:{broken.line}", broken.what, hint)) from broken
        except (OSError, EOFError, zlib.error) as error:
            refuse_unreadable(path, error)
    return found, is_all


def _is_large(path: Path, *, up_to_a_line: bool = False) -> bool:
    """Whether a file, or its first line, holds much: unpacked, whatever it takes on the disk."""
    try:
        size = path.stat().st_size
        if path.suffix.lower() != ".gz" and (size <= _LARGE or not up_to_a_line):
            return size > _LARGE
        with opened(path) as file:
            seen = 0
            while seen <= _LARGE and (chunk := file.read(_PIECE)):
                if up_to_a_line and b"\n" in chunk:
                    return seen + chunk.index(b"\n") > _LARGE
                seen += len(chunk)
            return seen > _LARGE
    except (OSError, EOFError, zlib.error) as error:
        refuse_unreadable(path, error)


def _single(path: Path, lines: tuple[Mapping[str, Json], ...]) -> Glimpse:
    """One line that is an object: one row where the name says so, else a file of one object."""
    name = path.name.lower().removesuffix(".gz")
    return Glimpse(path, "lines" if name.endswith((".jsonl", ".ndjson")) else "object", lines)


def _some(path: Path, shape: Literal["lines", "array"]) -> tuple[Mapping[str, Json], ...]:
    """The first objects, as far as there are any."""
    rows = json_lines(path) if shape == "lines" else json_array(path)
    try:
        return tuple(row for _, row in islice(rows, 5))
    except CannotBegin:
        return ()


def _header(text: bytes, delimiter: str) -> tuple[str, ...]:
    """The names of the columns, as far as the first line has any; reading says what is wrong."""
    first = text.split(b"\n", 1)[0].decode("utf-8", "replace").rstrip("\r")
    try:
        return tuple(next(csv.reader([first], delimiter=delimiter), ()))
    except csv.Error:
        return ()
