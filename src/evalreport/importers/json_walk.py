"""A JSON text walked value by value: what is wanted is decoded, all else is passed over unread.

A log of an agent holds a little that is wanted between much that is not. Passing over a value needs
the memory of one chunk, however long the value is.
"""

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NoReturn, Protocol

from evalreport.importers.reading import DECODER, LONGEST_LINE, odd_number
from evalreport.values import Json

_CHUNK: Final = 1 << 20  # bytes
_SPACE: Final = re.compile(r"[ \t\r\n]*+")
_SCALAR: Final = re.compile(r"[^\s,:\"\[\]{}]*+")
_IN_STRING: Final = re.compile(r"(?:[^\"\\]++|\\.)*+", re.DOTALL)
_PLAIN_NAME: Final = re.compile(r"\"([^\"\\\x00-\x1f]*+)\"[ \t\r\n]*+:")
# Up to a bracket, or past all that stands in three pairs of brackets at most: the deeper the fewer.
_FLAT: Final = r"[^\"\[\]{}]*+(?:\"(?:[^\"\\]++|\\.)*+\"[^\"\[\]{}]*+)*+"
_ONCE: Final = rf"{_FLAT}(?:[\[{{]{_FLAT}[\]}}]{_FLAT})*+"
_TWICE: Final = rf"{_FLAT}(?:[\[{{]{_ONCE}[\]}}]{_FLAT})*+"
_INSIDE: Final = re.compile(rf"{_FLAT}(?:[\[{{]{_TWICE}[\]}}]{_FLAT})*+", re.DOTALL)
_OPENING: Final = "[{"


class Readable(Protocol):
    """Anything that gives bytes."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end."""
        ...


class BrokenJson(Exception):
    """What follows cannot be read.

    Attributes:
        what: Is wrong, in words.
        line: Where, from 1.
        is_cut: Whether the text ends before its JSON does.
    """

    def __init__(self, what: str, line: int, *, is_cut: bool = False) -> None:
        super().__init__(what)
        self.what, self.line, self.is_cut = what, line, is_cut


class OddValue(Exception):
    """A value cannot be held, such as a number of thousands of digits; the walk stands behind it.

    Attributes:
        why: In words.
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(slots=True)
class JsonWalk:
    """A place in a JSON text, which only moves on.

    Attributes:
        file: The text as UTF-8.
        longest: Characters of the longest value that may be taken.
    """

    file: Readable
    longest: int = LONGEST_LINE
    _decoder: codecs.IncrementalDecoder = field(
        default_factory=codecs.getincrementaldecoder("utf-8-sig")
    )
    _buffer: str = ""
    _at: int = 0
    _lines_before: int = 0
    _is_open: bool = True
    _is_before_value: bool = True
    _kept: list[str] | None = None
    _kept_from: int = 0
    _kept_size: int = 0

    @property
    def mark(self) -> str:
        """The first character of the value that comes next; empty at the end of the text."""
        if self._at < len(self._buffer) and self._buffer[self._at] > " ":
            return self._buffer[self._at]
        while True:
            found = _SPACE.match(self._buffer, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._more():
                return ""

    @property
    def line(self) -> int:
        """Where the walk stands, from 1."""
        return self._lines_before + self._buffer.count("\n", 0, self._at) + 1

    def members(self) -> Iterator[str]:
        """The keys of an object; behind each, its value may be taken, walked or left.

        A value that is no object is passed over and has none.

        Raises:
            BrokenJson: What follows cannot be read.
        """
        if self.mark != "{":
            self.skip()
            return
        self._is_before_value = False
        self._at += 1
        if self.mark == "}":
            self._at += 1
            return
        while True:
            if self.mark != '"':
                self._refuse("a name in quotes is missing")
            key = self._name()
            self._is_before_value = True
            yield key
            if self._is_before_value:
                self.skip()
            if self._is_last("}"):
                return

    def elements(self) -> Iterator[int]:
        """The numbers of an array's elements, from 0; each may be taken, walked or left.

        A value that is no array is passed over and has none.

        Raises:
            BrokenJson: What follows cannot be read.
        """
        if self.mark != "[":
            self.skip()
            return
        self._is_before_value = False
        self._at += 1
        if self.mark == "]":
            self._at += 1
            return
        number = 0
        while True:
            self._is_before_value = True
            yield number
            if self._is_before_value:
                self.skip()
            if self._is_last("]"):
                return
            number += 1

    def value(self) -> Json:
        """The value that comes next.

        Raises:
            BrokenJson: It is cut, or there is none.
            OddValue: It cannot be held.
        """
        if not self.mark:
            self._refuse("")
        self._kept, self._kept_from, self._kept_size = [], self._at, 0
        try:
            self.skip()
            text = "".join([*self._kept, self._buffer[self._kept_from : self._at]])
        finally:
            is_too_long, self._kept = self._kept_size > self.longest, None
        if is_too_long:
            raise OddValue(f"a value is longer than {self.longest >> 20} MiB")
        try:
            found: Json = DECODER.decode(text)
        except json.JSONDecodeError as error:
            if not self.mark:
                self._refuse("")
            raise OddValue("a value is not JSON") from error
        except (ValueError, RecursionError) as error:
            raise OddValue(odd_number(error)) from error
        return found

    def skip(self) -> None:
        """Passes over the value that comes next.

        Raises:
            BrokenJson: It is cut, or there is none.
        """
        self._is_before_value = False
        mark = self.mark
        if mark == '"':
            self._string()
        elif mark and mark in _OPENING:
            self._nest()
        else:
            self._scalar()

    def end(self) -> None:
        """Nothing may follow.

        Raises:
            BrokenJson: Something does.
        """
        if self.mark:
            self._refuse("there is more after the end")

    def _is_last(self, closing: str) -> bool:
        mark = self.mark
        if mark not in {",", closing}:
            self._refuse("a comma is missing")
        self._at += 1
        return mark == closing

    def _name(self) -> str:
        found = _PLAIN_NAME.match(self._buffer, self._at)
        if found:
            self._at = found.end()
            return found[1]
        try:
            name = self.value()
        except OddValue as error:
            self._refuse(error.why)
        if self.mark != ":":
            self._refuse("a colon is missing")
        self._at += 1
        return str(name)

    def _scalar(self) -> None:
        length = 0
        while True:
            found = _SCALAR.match(self._buffer, self._at)
            end = found.end() if found else self._at
            length += end - self._at
            self._at = end
            if end < len(self._buffer) or not self._more():
                break
        if not length:
            self._refuse("a value is missing")

    def _string(self) -> None:
        self._at += 1
        while True:
            found = _IN_STRING.match(self._buffer, self._at)
            self._at = found.end() if found else self._at
            if self._buffer.startswith('"', self._at):
                self._at += 1
                return
            if not self._more():
                self._refuse("")

    def _nest(self) -> None:
        self._at += 1
        depth = 1
        while True:
            found = _INSIDE.match(self._buffer, self._at)
            self._at = found.end() if found else self._at
            if self._at == len(self._buffer):
                if not self._more():
                    self._refuse("")
                continue
            mark = self._buffer[self._at]
            if mark == '"':  # a string that goes on behind the buffer
                self._string()
                continue
            self._at += 1
            depth += 1 if mark in _OPENING else -1
            if not depth:
                return

    def _more(self) -> bool:
        """Drops what was passed, reads on; tells whether there was more."""
        if self._kept is not None:
            self._kept_size += self._at - self._kept_from
            if self._kept_size <= self.longest:
                self._kept.append(self._buffer[self._kept_from : self._at])
            self._kept_from = 0
        if not self._is_open:
            self._kept_from = self._at if self._kept is not None else 0
            return False
        self._lines_before += self._buffer.count("\n", 0, self._at)
        chunk = self.file.read(_CHUNK)
        self._is_open = bool(chunk)
        try:
            text = self._decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            self._buffer, self._at = "", 0
            raise BrokenJson("it is not UTF-8", self._lines_before + 1) from error
        self._buffer, self._at = self._buffer[self._at :] + text, 0
        return self._is_open

    def _refuse(self, what: str) -> NoReturn:
        """What is wrong here; where the text ends, or nothing else is, that it ends."""
        if not what or not self.mark:
            raise BrokenJson("it ends before its JSON does", self.line, is_cut=True)
        raise BrokenJson(what, self.line)
