"""Reading foreign files: row by row, in little memory, with a count of what could not be read.

Python's JSON reader is used with care: NaN and infinities come out as floats (tools write them for
"no score"), numbers with thousands of digits and deep nests are faults of their row, and a row that
ends in the middle, as after a crash, is counted and not guessed.
"""

import errno
import gzip
import io
import json
import math
import os
import re
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple, NoReturn, TypeAlias

from evalreport.errors import DataError, Problem
from evalreport.importers.left import Left
from evalreport.sources.lines import unreadable
from evalreport.values import Json

NumberedObject: TypeAlias = tuple[int, dict[str, Json]]

LONGEST_LINE: Final = 1 << 28  # bytes; a row beyond is no row of results
LARGEST_OBJECT: Final = 1 << 30  # bytes of a file that has to be read as a whole
_MOST_DIGITS: Final = 4000  # of a whole number; Python itself stops a little later
_BOM: Final = b"\xef\xbb\xbf"
CUT: Final = "the file ends in the middle of a row"
NOT_UTF8: Final = "the line is not UTF-8"


class CannotBegin(Exception):
    """The file is not of the shape that is being read: nothing of it was read."""


class NotRegular(OSError):
    """What is named is a pipe, a device or a socket: reading it may wait for ever, or never end."""


def opened(path: Path) -> BinaryIO:
    """A file to be read as bytes; `.gz` is unpacked on the way.

    Raises:
        OSError: It cannot be opened.
        NotRegular: It is no file that can be read twice.
    """
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        raise NotRegular(str(path))
    if path.suffix.lower() == ".gz":
        return io.BufferedReader(gzip.GzipFile(path))
    return path.open("rb")


def refuse_unreadable(path: Path, error: Exception) -> NoReturn:
    """Say why a file cannot be read.

    Raises:
        DataError: Always.
    """
    if isinstance(error, NotRegular):
        hint = "write what it gives to a file, and name that"
        raise DataError(Problem(str(path), "this is not a regular file", hint)) from error
    if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
        hint = "give the file a shorter name, or name it from a folder nearer to it"
        raise DataError(Problem(str(path), "the path is too long", hint)) from error
    if isinstance(error, OSError) and not isinstance(error, gzip.BadGzipFile):
        what, hint = unreadable(path, error)
        raise DataError(Problem(str(path), what, hint)) from error
    hint = "fetch or copy it again"
    raise DataError(Problem(str(path), f"the compressed file is damaged: {error}", hint)) from error


def json_lines(path: Path, left: Left | None = None) -> Iterator[NumberedObject]:
    """The objects of a JSON Lines file with their lines, from 1.

    Args:
        path: The file, perhaps `.gz`.
        left: Where lines go that hold no object; without it they are passed over, for a glimpse.

    Raises:
        DataError: The file cannot be read to its end.
        CannotBegin: Without `left`: its first line is no object.
    """
    is_begun = False
    for line in raw_lines(path):
        if not line.raw.strip():
            continue
        row = _object_of(line)
        if isinstance(row, dict):
            yield line.number, row
        elif left is not None:
            left.add(row, f"{path}:{line.number}")
        elif not is_begun:
            raise CannotBegin
        is_begun = True


class RawLine(NamedTuple):
    """One line of a file, as bytes.

    Attributes:
        number: From 1.
        raw: With its line feed, where it has one; without the mark that a file may begin with.
        is_last: Whether nothing follows it.
        is_too_long: Whether it is longer than any row of results; `raw` is its beginning then.
    """

    number: int
    raw: bytes
    is_last: bool
    is_too_long: bool


def raw_lines(path: Path) -> Iterator[RawLine]:
    """The lines of a file, of which at most two are in memory.

    Raises:
        DataError: The file cannot be read to its end.
    """
    try:
        with opened(path) as file:
            number, line = 1, file.readline(LONGEST_LINE)
            while line:
                whole = line.removeprefix(_BOM) if number == 1 else line
                is_too_long = False
                while len(line) == LONGEST_LINE and not line.endswith(b"\n"):
                    line = file.readline(LONGEST_LINE)
                    is_too_long = is_too_long or bool(line)
                following = file.readline(LONGEST_LINE)
                yield RawLine(number, whole, not following, is_too_long)
                number, line = number + 1, following
    except (OSError, EOFError, zlib.error) as error:
        refuse_unreadable(path, error)


def _object_of(line: RawLine) -> dict[str, Json] | str:
    """The object of a line, or why there is none."""
    if line.is_too_long:
        return f"the line is longer than {LONGEST_LINE >> 20} MiB"
    is_cut = line.is_last and not line.raw.endswith(b"\n")
    try:
        text = line.raw.strip().decode("utf-8")
    except UnicodeDecodeError:
        return CUT if is_cut else NOT_UTF8
    try:
        value = DECODER.decode(text)
    except json.JSONDecodeError:
        return CUT if is_cut else "the line is not JSON"
    except (ValueError, RecursionError) as error:
        return odd_number(error)
    if not isinstance(value, dict):
        return "the line is JSON, but no object"
    return value


WRITE_AGAIN: Final = "write the file again with the tool that made it"


def json_object(path: Path) -> dict[str, Json]:
    """The one object of a JSON file.

    Raises:
        DataError: It cannot be read, is not JSON, holds no object, or is too large to be read as a
            whole; with its line where there is one.
    """
    try:
        with opened(path) as file:
            raw = file.read(LARGEST_OBJECT + 1)
    except (OSError, EOFError, zlib.error) as error:
        refuse_unreadable(path, error)
    if len(raw) > LARGEST_OBJECT:
        what = f"the file is larger than {LARGEST_OBJECT >> 30} GiB and has to be read as a whole"
        raise DataError(Problem(str(path), what, "write it in the tool's format of one row a line"))
    try:
        value = DECODER.decode(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        hint = "save it as UTF-8 (for example: iconv -f cp1252 -t utf-8)"
        raise DataError(
            Problem(str(path), f"the file is not UTF-8: {error.reason}", hint)
        ) from error
    except json.JSONDecodeError as error:
        is_cut = ends_early(error)
        what = (
            "the file ends before its JSON does: it was cut" if is_cut else f"not JSON: {error.msg}"
        )
        hint = "copy the whole file again" if is_cut else WRITE_AGAIN
        raise DataError(Problem(f"{path}:{error.lineno}", what, hint)) from error
    except (ValueError, RecursionError) as error:
        raise DataError(Problem(str(path), odd_number(error), WRITE_AGAIN)) from error
    if not isinstance(value, dict):
        raise DataError(Problem(str(path), "the file holds no JSON object", WRITE_AGAIN))
    return value


def ends_early(error: json.JSONDecodeError) -> bool:
    """Whether a text is no JSON because it was cut, as far as its end can tell.

    Of an unfinished word, number or escape Python's reader tells only where it begins.
    """
    rest = error.doc[error.pos :].rstrip()
    return not rest or "Unterminated" in error.msg or _UNFINISHED.fullmatch(rest) is not None


_WORDS: Final = ("true", "false", "null", "NaN", "-Infinity")
_UNFINISHED: Final = re.compile(
    "|".join(re.escape(word[:k]) for word in _WORDS for k in range(1, len(word)))
    + r"|I[a-z]{0,6}"  # Infinity
    + r"|\.|[eE][-+]?"  # what follows the 1 of 1.5 and 1e-5
    + r"|u[0-9a-fA-F]{0,4}"  # what follows the stroke of \u0041
)


def odd_number(error: Exception) -> str:
    """Why a value is none that can be held."""
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return "a number has thousands of digits"


def _whole(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise ValueError("a number has thousands of digits")
    return int(digits)


DECODER: Final = json.JSONDecoder(parse_int=_whole)


# Values as tools write them


def number_of(value: Json) -> float | None:
    """A finite number, also of true and false and of a text such as "0.5"; None for all else.

    Tools write scores as text in some places; a number beyond a float is none.
    """
    if isinstance(value, bool):
        return float(value)
    if not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and ("_" in value or not value.isascii()):
        return None  # Python reads 1_000 and other scripts' digits; no tool writes them
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def text_of(value: Json) -> str:
    """A text; empty where the value is none."""
    return value if isinstance(value, str) else ""


def object_of(value: Json) -> dict[str, Json]:
    """An object; empty where the value is none."""
    return value if isinstance(value, dict) else {}


def list_of(value: Json) -> list[Json]:
    """A list; empty where the value is none."""
    return value if isinstance(value, list) else []


def count_of(value: Json) -> int | None:
    """A whole number of 0 or more; None for all else, true and false among it."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0 or value >= 1 << 53:
        return None
    return value
