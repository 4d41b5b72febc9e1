"""Files to lines of text: gzip, encodings, byte order marks, and why a file cannot be read."""

import gzip
import io
import zlib
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import BinaryIO, Final

from evalreport.sources.faults import Faults
from evalreport.sources.names import listed

_BOM_UTF8: Final = b"\xef\xbb\xbf"
_OTHER_BOMS: Final = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_UTF8: Final = frozenset({"utf-8", "utf8", "utf-8-sig", "utf_8"})
_DAMAGED: Final = (EOFError, zlib.error)


def lines(path: Path, faults: Faults, encoding: str | None = None) -> Iterator[tuple[int, str]]:
    """Numbered lines (from 1) with their line ends; only a line feed ends a line.

    A line that is not in the encoding, or holds a NUL, is a fault and is left out; so is whatever
    ends the reading early.

    Args:
        path: The file; `.gz` is unpacked on the way.
        faults: Where problems go.
        encoding: Of the text; UTF-8 when absent, with or without a byte order mark.
    """
    number = 0
    try:
        with _opened(path) as file:
            decoded = (
                _utf8(file, path, faults)
                if encoding is None or encoding.lower() in _UTF8
                else _other(file, path, faults, encoding)
            )
            for number, text in decoded:
                if "\0" in text:
                    faults.add(f"{path}:{number}", "the line holds a NUL character", _NUL)
                else:
                    yield number, text
    except OSError as error:
        what, hint = unreadable(path, error)
        faults.add(str(path), what, hint)
    except _DAMAGED as error:
        faults.add(f"{path}:{number + 1}", f"the compressed file is damaged: {error}")


_NUL: Final = (
    "remove it, or declare the file's `encoding` (utf-16 text read as UTF-8 is full of them)"
)


def _opened(path: Path) -> BinaryIO:
    if path.suffix.lower() == ".gz":
        return io.BufferedReader(gzip.GzipFile(path))
    return path.open("rb")


def _utf8(file: BinaryIO, path: Path, faults: Faults) -> Iterator[tuple[int, str]]:
    for number, raw in enumerate(file, start=1):
        if number == 1:
            for mark, encoding in _OTHER_BOMS:
                if raw.startswith(mark):
                    hint = f"declare `encoding: {encoding}`, or save the file as UTF-8"
                    faults.add(str(path), f"the file is {encoding.upper()}, not UTF-8", hint)
                    return
        line = raw.removeprefix(_BOM_UTF8) if number == 1 else raw
        try:
            yield number, line.decode("utf-8")
        except UnicodeDecodeError as error:
            faults.add(
                f"{path}:{number}",
                f"byte 0x{line[error.start]:02X} at position {error.start + 1} is not UTF-8",
                "save the file as UTF-8, or declare its `encoding`, such as cp1252",
            )


def _other(file: BinaryIO, path: Path, faults: Faults, encoding: str) -> Iterator[tuple[int, str]]:
    number = 0
    try:
        with io.TextIOWrapper(file, encoding=encoding, newline="\n") as text:
            for number, line in enumerate(text, start=1):
                yield number, line.removeprefix("\ufeff") if number == 1 else line
    except UnicodeError as error:
        faults.add(
            f"{path}:{number + 1}",
            f"from about here the file is not {encoding}: {error}",
            "declare the `encoding` in which it was saved",
        )


def unreadable(path: Path, error: OSError) -> tuple[str, str]:
    """What to tell when a file cannot be read: what is wrong, and what to do about it."""
    if isinstance(error, PermissionError):
        return "the file may not be read by this user", "ask its owner for permission to read it"
    if path.is_dir():
        what = f"name a file in it: {listed(_files_in(path))}"
        return "this is a folder, not a file", what
    if isinstance(error, FileNotFoundError):
        near = get_close_matches(path.name, _files_in(path.parent), n=1)
        relative = "a path is relative to the folder of the spec"
        hint = f"did you mean `{path.with_name(near[0])}`?" if near else relative
        return "there is no such file", hint
    return f"the file cannot be read: {error.strerror or error}", ""


def _files_in(folder: Path) -> list[str]:
    try:
        return sorted(each.name for each in folder.iterdir() if each.is_file())
    except OSError:
        return []
