"""Where a value stands: paths to file, line and column, and problems that can show their line."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from evalreport.errors import Further, Problem, printable
from evalreport.spec.yaml12 import Document
from evalreport.spec.yaml_tree import Flaw, Path, Place
from evalreport.values import Json

_WIDEST: Final = 84
_LONGEST_SHOWN: Final = 60
_ANSI: Final = {"where": "1", "caret": "31", "hint": "36", "line": "2"}


@dataclass(frozen=True, slots=True)
class Complaint:
    """A problem of the value at a path; `at_key` points at its key instead of the value."""

    path: Path
    what: str
    hint: str = ""
    at_key: bool = False


@dataclass(frozen=True, slots=True)
class SpecProblem(Problem):
    """A problem with the line that it is about.

    Attributes:
        place: Line and column; None when the problem is not about a line of the file.
        source: Text of the line.
    """

    place: Place | None = None
    source: str = ""

    def with_source(self) -> str:
        """As every command prints it, with the line."""
        return _shown(self, colour=False)


@dataclass(frozen=True, slots=True)
class Positions:
    """Where the values of a loaded spec stand.

    Attributes:
        file: The spec file as the user named it.
        document: Its values and places.
        value: The values with overrides applied.
        overridden: The override that set a value, as it was given, by the value's path.
    """

    file: str
    document: Document
    value: Json
    overridden: Mapping[Path, str]

    def problem(self, complaint: Complaint) -> SpecProblem:
        """The complaint with its place, or with the override that caused it."""
        override = self.override_of(complaint.path)
        name = dotted(complaint.path, self.value)
        if override is not None:
            return SpecProblem(_joined(f"--set {override}", name), complaint.what, complaint.hint)
        place = self.place(complaint.path, at_key=complaint.at_key)
        return self._placed(place, name, complaint.what, complaint.hint)

    def flaw(self, flaw: Flaw) -> SpecProblem:
        """A flaw of the text with its line."""
        name = dotted(flaw.path, self.value) if flaw.path is not None else ""
        return self._placed(flaw.place, name, flaw.what, flaw.hint)

    def _placed(self, place: Place, name: str, what: str, hint: str) -> SpecProblem:
        lines = self.document.lines
        source = lines[place.line - 1] if place.line <= len(lines) else ""
        where = _joined(f"{self.file}:{place.line}:{place.column}", name)
        return SpecProblem(where, what, hint, place, source)

    def where(self, path: Path) -> str:
        """`file:line:column  key.path` of a value, or the override that set it."""
        return self.problem(Complaint(path, "")).where

    def override_of(self, path: Path) -> str | None:
        """The override that set this value, a part of the spec that it stands in, or made it."""
        for i in range(len(path), -1, -1):
            if path[:i] in self.overridden:
                return self.overridden[path[:i]]
        if path in self.document.values:
            return None
        below = (at for at in self.overridden if path and at[: len(path)] == path)
        return next((self.overridden[at] for at in below), None)

    def place(self, path: Path, *, at_key: bool = False) -> Place:
        """Where a value (or its key) stands; for what is not there, the nearest that holds it."""
        for i in range(len(path), -1, -1):
            inner = path[:i]
            value, key = self.document.values.get(inner), self.document.keys.get(inner)
            is_below = value is not None and key is not None and value.line > key.line
            if key is not None and (at_key or i < len(path) or is_below):
                return key
            if value is not None:
                return value
        return Place(1, 1)


def dotted(path: Path, value: Json) -> str:
    """A path as `--set` takes it: list entries by their `name` where they have one."""
    text = ""
    for part in path:
        shown = str(part)
        if isinstance(part, int):
            entry = value[part] if isinstance(value, list) and part < len(value) else None
            name = entry.get("name") if isinstance(entry, dict) else None
            shown = name if isinstance(name, str) and name else f"[{part}]"
            value = entry
        else:
            value = value.get(part) if isinstance(value, dict) else None
        text += shown if not text or shown.startswith("[") else f".{shown}"
    return printable(text)


def _joined(where: str, name: str) -> str:
    return f"{where}  {name}" if name else where


def shown(text: str, *, quoted: bool = True) -> str:
    """Text from the spec for a message: harmless, shortened, in quotation marks."""
    cut = text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 3]}..."
    return f'"{printable(cut)}"' if quoted else printable(cut)


def value_at(root: Json, path: Path) -> Json:
    """The value at a path; None where there is none."""
    for part in path:
        if isinstance(root, dict):
            root = root.get(str(part))
        elif isinstance(root, list) and isinstance(part, int) and part < len(root):
            root = root[part]
        else:
            return None
    return root


def show_problems(problems: Sequence[Problem], *, colour: bool = False) -> str:
    """All problems with the lines that they are about, ready to print.

    Args:
        problems: Of an EvalReportError; only those that carry a line show it.
        colour: Whether the reader is a terminal that understands ANSI colours.
    """
    shown = [_shown(problem, colour=colour) for problem in problems]
    if len(shown) > 1:
        total = sum(one.count if isinstance(one, Further) else 1 for one in problems)
        shown.append(f"{total:,} problems")
    return "\n\n".join(shown)


def _shown(problem: Problem, *, colour: bool) -> str:
    where, what, hint = (printable(one) for one in (problem.where, problem.what, problem.hint))
    lines = [_painted(where, "where", colour=colour)] if where else []
    if isinstance(problem, SpecProblem) and problem.place is not None and problem.source.strip():
        lines += _snippet(problem.source, problem.place, colour=colour)
    lines.append(f"  {what}" if lines else what)
    if hint:
        lines.append(_painted(f"  {hint}", "hint", colour=colour))
    return "\n".join(lines)


def _snippet(source: str, place: Place, *, colour: bool) -> list[str]:
    at = place.column - 1
    start = max(0, at - _WIDEST * 2 // 3) if len(source) > _WIDEST else 0
    part = source[start : start + _WIDEST]
    before = "".join(_visible(c) for c in part[: at - start])
    marked = "".join(_visible(c) for c in part[at - start : at - start + place.width])
    after = "".join(_visible(c) for c in part[at - start + place.width :])
    dots, more = ("..." if start else ""), ("..." if start + _WIDEST < len(source) else "")
    number = f"{place.line:>5}"
    bar = _painted(f"{number} | ", "line", colour=colour)
    gap = _painted(f"{' ' * len(number)} | ", "line", colour=colour)
    pad = " " * _columns(dots + before)
    carets = _painted("^" * max(_columns(marked), 1), "caret", colour=colour)
    return [f"{bar}{dots}{before}{marked}{after}{more}".rstrip(), f"{gap}{pad}{carets}"]


def _visible(character: str) -> str:
    if character == "\t":
        return " "
    return character if character.isprintable() else "\N{REPLACEMENT CHARACTER}"


def _columns(text: str) -> int:
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def _painted(text: str, part: str, *, colour: bool) -> str:
    return f"\x1b[{_ANSI[part]}m{text}\x1b[0m" if colour else text
