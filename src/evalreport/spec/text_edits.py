"""Small edits of a spec's text at the places of its values: all else stays as it was written."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from evalreport.spec.yaml12 import Document
from evalreport.spec.yaml_tree import Path, Place, line_starts

_REST: Final = re.compile(r"[ \t]*(?:#.*)?")
_AFTER: Final = re.compile(r"[ \t]*,[ \t]*")
_BEFORE: Final = re.compile(r",\s*\Z")


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Characters from `start` to before `end`, and what comes in their place."""

    start: int
    end: int
    text: str


class NotEditable(Exception):
    """It is written in a way that takes a person to edit."""


def edited(text: str, edits: Iterable[Edit]) -> str:
    """The text with every edit made; one that several aliases ask for is made once.

    Args:
        text: Before.
        edits: That do not overlap.
    """
    for edit in sorted(set(edits), reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def renamed(text: str, document: Document, path: Path, name: str) -> Edit:
    """Another key for the value at a path."""
    start, end = _span(text, document.keys[path])
    return Edit(start, end, name)


def replaced(text: str, document: Document, path: Path, written: str) -> Edit:
    """Another text for the scalar at a path.

    Raises:
        NotEditable: Its value is none, or repeats what stands elsewhere.
    """
    start, end = _span(text, _scalar(document, path))
    return Edit(start, end, written)


def removed(text: str, document: Document, path: Path) -> Edit:
    """Without the entry at a path; a line that holds nothing else goes with its remark.

    Raises:
        NotEditable: Its value is no scalar, or other things are written around it.
    """
    start, _ = _span(text, document.keys[path])
    _, end = _span(text, _scalar(document, path))
    line = text.rfind("\n", 0, start) + 1
    comma = _AFTER.match(text, end)
    last = comma.end() if comma is not None else end
    rest = _REST.match(text, last)
    stop = rest.end() if rest is not None else last
    if not text[line:start].strip(" \t") and (stop == len(text) or text[stop] in "\r\n"):
        if comma is None and _is_between_braces(text, line):
            raise NotEditable
        after = text.find("\n", stop)
        return Edit(line, len(text) if after < 0 else after + 1, "")
    if comma is not None:
        return Edit(start, last, "")
    before = _BEFORE.search(text, 0, start)
    if before is None or "#" in before.group():
        raise NotEditable
    return Edit(before.start(), end, "")


def _is_between_braces(text: str, line: int) -> bool:
    """Whether a comma or a brace ends what stands before a line: then commas divide its entries."""
    lines = [one for one in text[:line].splitlines() if one.split("#")[0].strip()]
    return bool(lines) and lines[-1].split("#")[0].rstrip().endswith((",", "{"))


def added_first(text: str, document: Document, line: str) -> Edit:
    """One more line before the first key of the whole text.

    Raises:
        NotEditable: The text is in braces.
    """
    first = min(place for path, place in document.keys.items() if len(path) == 1)
    start, _ = _span(text, first)
    if text[:start].rpartition("\n")[2].strip():
        raise NotEditable
    newline = "\r\n" if "\r\n" in text else "\n"
    return Edit(start, start, f"{line}{newline}")


def _scalar(document: Document, path: Path) -> Place:
    """Where the scalar at a path stands.

    Raises:
        NotEditable: It is none, stands on several lines, or the text repeats another.
    """
    place, key = document.values[path], document.keys.get(path)
    is_scalar = not any(other[:-1] == path for other in document.values if other)
    if not is_scalar or (key is not None and place.line != key.line):
        raise NotEditable
    return place


def _span(text: str, place: Place) -> tuple[int, int]:
    start = line_starts(text)[place.line - 1] + place.column - 1
    return start, start + place.width
