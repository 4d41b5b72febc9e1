"""A JSON array read element by element, so that a large file needs the memory of one element."""

import codecs
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from evalreport.errors import DataError, Problem
from evalreport.importers.left import Left
from evalreport.importers.reading import (
    CUT,
    DECODER,
    LONGEST_LINE,
    WRITE_AGAIN,
    CannotBegin,
    NumberedObject,
    ends_early,
    odd_number,
    opened,
    refuse_unreadable,
)
from evalreport.values import Json

CHUNK: Final = 1 << 20  # bytes
_SPACE: Final = re.compile(r"[ \t\r\n]*+")
_MAY_GO_ON: Final = frozenset({"", ".", "e", "E", "e+", "e-", "E+", "E-"})  # behind a number


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
        with opened(path) as file:
            for number, value in enumerate(_Elements(path, file).all(), 1):
                if isinstance(value, dict):
                    yield number, value
                elif left is not None:
                    why = CUT if isinstance(value, _Cut) else "the element is no object"
                    left.add(why, f"{path} row {number}")
    except (OSError, EOFError, zlib.error) as error:
        refuse_unreadable(path, error)


class _Cut:
    """Stands for an element that the end of the file cuts."""


@dataclass(slots=True)
class _Elements:
    """The elements of an array, with as much of the file in memory as one of them takes."""

    path: Path
    file: BinaryIO
    decoder: codecs.IncrementalDecoder = field(
        default_factory=codecs.getincrementaldecoder("utf-8-sig")
    )
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
            self.position += 1
            self._end()
            return
        while self._next_mark():
            value = self._element()
            yield value
            if isinstance(value, _Cut):
                return
            mark = self._next_mark()
            self.position += 1
            if mark == "]":
                self._end()
                return
            if mark and mark != ",":
                hint = "elements of an array are separated by commas"
                raise DataError(Problem(self._here(), "not JSON: a comma is missing", hint))
        yield _Cut()

    def _end(self) -> None:
        """Nothing may follow the array, such as a second one that was appended to the file."""
        if self._next_mark():
            hint = "one file holds one array: split it, or write one object a line"
            raise DataError(Problem(self._here(), "there is more after the array", hint))

    def _element(self) -> Json | _Cut:
        """The value at the position; reads on until it is here as a whole."""
        while True:
            try:
                value, end = DECODER.raw_decode(self.buffer, self.position)
            except json.JSONDecodeError as error:
                if ends_early(error):
                    if self._read_on():  # it may only not be here as a whole yet
                        continue
                    return _Cut()
                self.position = error.pos
                hint = f"what follows this place cannot be read: {WRITE_AGAIN}"
                problem = Problem(self._here(), f"not JSON: {error.msg}", hint)
                raise DataError(problem) from error
            except (ValueError, RecursionError) as error:
                raise DataError(Problem(self._here(), odd_number(error), WRITE_AGAIN)) from error
            if isinstance(value, int | float) and self.buffer[end : end + 3] in _MAY_GO_ON:
                if self._read_on():
                    continue
                return _Cut()
            self.position = end
            found: Json = value
            return found

    def _next_mark(self) -> str:
        """The next character that is no space; empty at the end of the file."""
        while True:
            found = _SPACE.match(self.buffer, self.position)
            self.position = found.end() if found else self.position
            if self.position < len(self.buffer):
                return self.buffer[self.position]
            if not self._read_on():
                return ""

    def _read_on(self) -> bool:
        """Drops what was read, reads on; each time as much again as there is, never char by char.

        Returns:
            Whether there was more.
        """
        rest = len(self.buffer) - self.position
        if rest > LONGEST_LINE:
            what = f"an element is longer than {LONGEST_LINE >> 20} MiB"
            raise DataError(Problem(self._here(), what, WRITE_AGAIN))
        if not self.is_open:
            return False
        raw = self.file.read(max(CHUNK, rest))
        self.is_open = bool(raw)
        self.lines_before += self.buffer.count("\n", 0, self.position)
        self.buffer, self.position = self.buffer[self.position :], 0
        text = self._decoded(raw)
        self.buffer += text
        return self.is_open or bool(text)

    def _decoded(self, raw: bytes) -> str:
        """The text of further bytes; of a character that the end of the file cuts, a stand-in.

        Raises:
            DataError: They are not UTF-8.
        """
        if not raw:
            pending, _ = self.decoder.getstate()
            return "\ufffd" if pending else ""
        try:
            return self.decoder.decode(raw)
        except UnicodeDecodeError as error:
            self.buffer += "\n" * error.object.count(b"\n", 0, error.start)
            self.position = len(self.buffer)
            hint = "save it as UTF-8 (for example: iconv -f cp1252 -t utf-8)"
            what = f"the file is not UTF-8: {error.reason}"
            raise DataError(Problem(self._here(), what, hint)) from error

    def _here(self) -> str:
        line = self.lines_before + self.buffer.count("\n", 0, self.position) + 1
        return f"{self.path}:{line}"
