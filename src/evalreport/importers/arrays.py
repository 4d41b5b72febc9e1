"""A JSON array read element by element, so that a large file needs the memory of one element."""

import io
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

from evalreport.errors import DataError, Problem
from evalreport.importers.left import Left
from evalreport.importers.reading import (
    CUT,
    DECODER,
    LONGEST_LINE,
    WRITE_AGAIN,
    CannotBegin,
    NumberedObject,
    odd_number,
    opened,
    refuse_unreadable,
)
from evalreport.values import Json

_CHUNK: Final = 1 << 20  # characters
_SPACE: Final = " \t\r\n"


def json_array(path: Path, left: Left | None = None) -> Iterator[NumberedObject]:
    """The objects of a file that is one JSON array, with their number in it, from 1.

    Args:
        path: The file, perhaps `.gz`.
        left: Where elements go that are no objects, and what was cut; without it they are passed
            over, for a glimpse.

    Raises:
        DataError: The file cannot be read, or is not JSON from some place on: what follows a
            fault in the middle of an array cannot be found again.
        CannotBegin: It does not begin with `[`.
    """
    try:
        with opened(path) as file, io.TextIOWrapper(file, encoding="utf-8-sig") as text:
            for number, value in enumerate(_Elements(path, text).all(), 1):
                if isinstance(value, dict):
                    yield number, value
                elif left is not None:
                    why = CUT if isinstance(value, _Cut) else "the element is no object"
                    left.add(why, f"{path} row {number}")
    except (OSError, EOFError, zlib.error) as error:
        refuse_unreadable(path, error)
    except UnicodeDecodeError as error:
        hint = "save it as UTF-8 (for example: iconv -f cp1252 -t utf-8)"
        what = f"the file is not UTF-8: {error.reason}"
        raise DataError(Problem(str(path), what, hint)) from error


class _Cut:
    """Stands for an element that the end of the file cuts."""


@dataclass(slots=True)
class _Elements:
    """The elements of an array, with as much of the file in memory as one of them takes."""

    path: Path
    text: TextIO
    buffer: str = ""
    position: int = 0
    lines_before: int = 0
    is_open: bool = True

    def all(self) -> Iterator[Json | _Cut]:
        """Every element in order; the last may be cut."""
        if self._next_mark() != "[":
            raise CannotBegin
        self.position += 1
        if self._next_mark() == "]":
            return
        while True:
            if not self._next_mark():
                yield _Cut()
                return
            value = self._element()
            yield value
            mark = "" if isinstance(value, _Cut) else self._next_mark()
            if mark == "," and not isinstance(value, _Cut):
                self.position += 1
                continue
            if not mark and not isinstance(value, _Cut):
                yield _Cut()
            elif mark not in {"", "]"}:
                hint = "elements of an array are separated by commas"
                raise DataError(Problem(self._here(), "not JSON: a comma is missing", hint))
            return

    def _element(self) -> Json | _Cut:
        """The value at the position; reads on until it is here as a whole."""
        while True:
            try:
                value, end = DECODER.raw_decode(self.buffer, self.position)
            except json.JSONDecodeError as error:
                if self._read_on():  # it may only not be here as a whole yet
                    continue
                if error.pos >= len(self.buffer.rstrip()) or "Unterminated" in error.msg:
                    return _Cut()
                self.position = error.pos
                hint = f"what follows this place cannot be read: {WRITE_AGAIN}"
                problem = Problem(self._here(), f"not JSON: {error.msg}", hint)
                raise DataError(problem) from error
            except (ValueError, RecursionError) as error:
                raise DataError(Problem(self._here(), odd_number(error), WRITE_AGAIN)) from error
            if end == len(self.buffer) and self._read_on():
                continue  # a number may go on
            self.position = end
            found: Json = value
            return found

    def _next_mark(self) -> str:
        """The next character that is no space; empty at the end of the file."""
        while True:
            while self.position < len(self.buffer):
                if self.buffer[self.position] not in _SPACE:
                    return self.buffer[self.position]
                self.position += 1
            if not self._read_on():
                return ""

    def _read_on(self) -> bool:
        """Drops what was read, reads on; each time as much again as there is, never char by char.

        Returns:
            Whether there was more.
        """
        rest = len(self.buffer) - self.position
        if not self.is_open or rest > LONGEST_LINE:
            return False
        chunk = self.text.read(max(_CHUNK, rest))
        self.is_open = bool(chunk)
        self.lines_before += self.buffer.count("\n", 0, self.position)
        self.buffer, self.position = self.buffer[self.position :] + chunk, 0
        return self.is_open

    def _here(self) -> str:
        line = self.lines_before + self.buffer.count("\n", 0, self.position) + 1
        return f"{self.path}:{line}"
