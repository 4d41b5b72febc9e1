"""Text to plain values with places: YAML 1.2 core values, and none of the traps of YAML 1.1.

`2e-4` and `1e6` are numbers; `no`, `on`, `12:30` and dates are text, as are numbers with leading
zeros, which other readers take for octal. A key that stands twice, a tag and a second document are
errors. Anchors and merge keys work, but what they expand to is bounded. Nothing is ever
constructed but text, numbers, booleans, null, lists and mappings.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from evalreport.spec.yaml_words import in_words
from evalreport.values import Json

Path: TypeAlias = tuple[str | int, ...]

MOST_NODES: Final = 50_000
MOST_LEVELS: Final = 64
_MOST_DIGITS: Final = 300

_NULL: Final = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS: Final = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_LINE_BREAK: Final = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands, counted from 1; `width` is its length on that line."""

    line: int
    column: int
    width: int = 1


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something that is wrong with the text itself, and the path of the value that it spoils."""

    place: Place
    what: str
    hint: str = ""
    path: Path | None = None


class Unreadable(Exception):
    """The text is no YAML at all, or not one that may be read: nothing can be made of it."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.what)
        self.flaw = flaw


@dataclass(frozen=True, slots=True)
class Document:
    """The values of a text and where each of them stands.

    Attributes:
        value: The root.
        values: Place of each value, by its path.
        keys: Place of each mapping entry's key, by the path of the entry.
        numbers: How each number was written, by its path: `1.10` where a revision is wanted is
            the text 1.10, not a number.
        flaws: What is wrong but did not stop the reading; the value is complete without it.
        lines: The lines of the text.
    """

    value: Json
    values: Mapping[Path, Place]
    keys: Mapping[Path, Place]
    numbers: Mapping[Path, str]
    flaws: tuple[Flaw, ...]
    lines: tuple[str, ...]


class _Mark(Protocol):
    """Of the parser: from 0."""

    @property
    def line(self) -> int: ...

    @property
    def column(self) -> int: ...


@dataclass(slots=True)
class _Scalar:
    place: Place
    text: str
    is_plain: bool


@dataclass(slots=True)
class _List:
    place: Place
    entries: list["_Placed"] = field(default_factory=list)


@dataclass(slots=True)
class _Mapping:
    place: Place
    entries: list[tuple["_Placed", "_Placed"]] = field(default_factory=list)


_Node: TypeAlias = _Scalar | _List | _Mapping


@dataclass(slots=True)
class _Placed:
    """A node where it is used: an alias stands elsewhere than what it repeats."""

    place: Place
    node: _Node


def compose(text: str) -> Document:
    """Reads one YAML document.

    Raises:
        Unreadable: A syntax error, a character that YAML forbids, an alias without an anchor,
            more than one document, or more nodes or levels than allowed.
    """
    lines = tuple(_LINE_BREAK.split(text))
    _refuse_characters(text)
    flaws: list[Flaw] = []
    try:
        root = _Composer(yaml.parse(text, Loader=yaml.SafeLoader), flaws).document()
    except yaml.MarkedYAMLError as error:
        raise Unreadable(_syntax_flaw(error)) from None
    expansion = _Expansion(flaws)
    value = expansion.value(root, ())
    return Document(value, expansion.values, expansion.keys, expansion.numbers, tuple(flaws), lines)


def _refuse_characters(text: str) -> None:
    found = yaml.reader.Reader.NON_PRINTABLE.search(text)
    if found is None:
        return
    before = _LINE_BREAK.split(text[: found.start()])
    raise Unreadable(
        Flaw(
            Place(len(before), len(before[-1]) + 1),
            f"the character U+{ord(found.group()):04X} may not stand in YAML",
            'remove it; inside double quotes it can be written as an escape, such as "\\x07"',
        )
    )


def _syntax_flaw(error: yaml.MarkedYAMLError) -> Flaw:
    mark = error.problem_mark or error.context_mark
    place = _place(mark)
    opened = _place(error.context_mark) if error.context_mark else None
    what, hint = in_words(
        error.problem or str(error),
        opened=(opened.line, opened.column) if opened else None,
        context=error.context or "",
    )
    return Flaw(place, what, hint)


def _place(start: _Mark | None, end: _Mark | None = None) -> Place:
    if start is None:
        return Place(1, 1)
    width = end.column - start.column if end is not None and end.line == start.line else 1
    return Place(start.line + 1, start.column + 1, max(width, 1))


class _Composer:
    """From parser events to a tree; anchors are looked up, not yet expanded."""

    def __init__(self, events: Iterator[Event], flaws: list[Flaw]) -> None:
        self._events = events
        self._flaws = flaws
        self._anchors: dict[str, _Node] = {}
        self._unfinished: set[int] = set()
        self._count = 0

    def document(self) -> _Placed:
        root: _Placed | None = None
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                if root is not None:
                    raise Unreadable(
                        Flaw(
                            _place(event.start_mark),
                            "a second document starts here",
                            "a spec is one document: remove the --- or make it a file of its own",
                        )
                    )
                root = self._node(next(self._events), 1)
        if root is None:
            raise Unreadable(
                Flaw(Place(1, 1), "there is nothing in it", "`evalreport init` writes a spec")
            )
        return root

    def _node(self, event: Event, level: int) -> _Placed:
        place = _place(event.start_mark, event.end_mark)
        self._count += 1
        if level > MOST_LEVELS or self._count > MOST_NODES:
            raise Unreadable(_too_much(place, is_deep=level > MOST_LEVELS))
        if isinstance(event, AliasEvent):
            return _Placed(place, self._anchored(event, place))
        match event:
            case ScalarEvent():
                scalar = _Scalar(place, event.value, is_plain=event.style is None)
                self._begin(event, event.tag, scalar)
                self._unfinished.discard(id(scalar))
                return _Placed(place, scalar)
            case SequenceStartEvent():
                entries = _List(Place(place.line, place.column))
                self._begin(event, event.tag, entries)
                while not isinstance(inner := next(self._events), SequenceEndEvent):
                    entries.entries.append(self._node(inner, level + 1))
                self._unfinished.discard(id(entries))
                return _Placed(entries.place, entries)
            case MappingStartEvent():
                pairs = _Mapping(Place(place.line, place.column))
                self._begin(event, event.tag, pairs)
                while not isinstance(inner := next(self._events), MappingEndEvent):
                    key = self._node(inner, level + 1)
                    pairs.entries.append((key, self._node(next(self._events), level + 1)))
                self._unfinished.discard(id(pairs))
                return _Placed(pairs.place, pairs)
            case _:
                raise AssertionError(event)

    def _begin(self, event: NodeEvent, tag: str | None, node: _Node) -> None:
        if tag is not None:
            self._flaws.append(_tag_flaw(tag, node.place))
        if event.anchor is not None:
            self._anchors[event.anchor] = node
            self._unfinished.add(id(node))

    def _anchored(self, event: AliasEvent, place: Place) -> _Node:
        name = event.anchor
        if name not in self._anchors:
            known = ", ".join(f"&{anchor}" for anchor in self._anchors)
            raise Unreadable(
                Flaw(
                    place,
                    f"*{name} repeats an anchor that was not set above",
                    f"anchors above: {known}" if known else "text that starts with * wants quotes",
                )
            )
        if id(self._anchors[name]) in self._unfinished:
            raise Unreadable(Flaw(place, f"*{name} stands inside what it repeats", "remove it"))
        return self._anchors[name]


def _tag_flaw(tag: str, place: Place) -> Flaw:
    shown = tag.replace("tag:yaml.org,2002:", "!!")
    return Flaw(
        place,
        f"tags such as {shown} are not allowed",
        "remove the tag; text that starts with ! wants quotes",
    )


def _too_much(place: Place, *, is_deep: bool) -> Flaw:
    what = f"more than {MOST_LEVELS} levels" if is_deep else f"more than {MOST_NODES:,} values"
    return Flaw(place, f"{what} deep" if is_deep else what, "a spec is smaller than that")


class _Expansion:
    """From the tree to plain values: aliases and merge keys resolved, every value placed."""

    def __init__(self, flaws: list[Flaw]) -> None:
        self.values: dict[Path, Place] = {}
        self.keys: dict[Path, Place] = {}
        self.numbers: dict[Path, str] = {}
        self._flaws = flaws
        self._seen = 0

    def value(self, placed: _Placed, path: Path) -> Json:
        self._seen += 1
        if self._seen > MOST_NODES or len(path) > MOST_LEVELS:
            raise Unreadable(_too_much(placed.place, is_deep=len(path) > MOST_LEVELS))
        self.values[path] = placed.place
        match placed.node:
            case _Scalar() as scalar:
                return self._scalar(scalar, path)
            case _List(entries=entries):
                return [self.value(entry, (*path, i)) for i, entry in enumerate(entries)]
            case _Mapping() as mapping:
                return {
                    name: self._entry(key, value, (*path, name))
                    for name, (key, value) in self._entries(mapping, path, set()).items()
                }

    def _entry(self, key: Place, value: _Placed, path: Path) -> Json:
        self.keys[path] = key
        return self.value(value, path)

    def _scalar(self, scalar: _Scalar, path: Path) -> Json:
        text = self._whole(scalar)
        value = resolve(text) if scalar.is_plain else text
        if isinstance(value, int | float) and not isinstance(value, bool):
            self.numbers[path] = text
        return value

    def _whole(self, scalar: _Scalar) -> str:
        """The text, with characters that JSON escapes in two halves put together."""
        if not _SURROGATE.search(scalar.text):
            return scalar.text
        pairs = scalar.text.encode("utf-16-le", "surrogatepass")
        text = pairs.decode("utf-16-le", "replace")
        if "\N{REPLACEMENT CHARACTER}" in text:
            what = "half a character is escaped here"
            hint = "write the character itself, or \\U with eight digits"
            self._flaws.append(Flaw(scalar.place, what, hint))
        return text

    def _entries(
        self, mapping: _Mapping, path: Path, merging: set[int]
    ) -> dict[str, tuple[Place, _Placed]]:
        """The entries by key: those written here, then those that merge keys bring in."""
        own: dict[str, tuple[Place, _Placed]] = {}
        merged: dict[str, tuple[Place, _Placed]] = {}
        for key, value in mapping.entries:
            if not isinstance(key.node, _Scalar):
                self._flaws.append(_key_flaw(key, path))
                continue
            name = self._whole(key.node)
            if key.node.is_plain and name == "<<":
                for source in self._merged(value):
                    self._seen += len(source.entries)
                    if self._seen > MOST_NODES or len(merging) > MOST_LEVELS:
                        raise Unreadable(_too_much(key.place, is_deep=len(merging) > MOST_LEVELS))
                    for inner, entry in self._entries(source, path, {*merging, id(source)}).items():
                        merged.setdefault(inner, entry)
            elif name in own:
                first = own[name][0]
                self._flaws.append(
                    Flaw(
                        key.place,
                        f"the key {name} stands twice; the first is in line {first.line}",
                        "remove one of them",
                        (*path, name),
                    )
                )
            else:
                own[name] = (key.place, value)
        return own | {name: entry for name, entry in merged.items() if name not in own}

    def _merged(self, value: _Placed) -> list[_Mapping]:
        several = value.node.entries if isinstance(value.node, _List) else [value]
        found = [entry.node for entry in several if isinstance(entry.node, _Mapping)]
        if len(found) < len(several):
            self._flaws.append(
                Flaw(value.place, "<< merges a mapping", "write <<: *name_of_an_anchor")
            )
        return found


def _key_flaw(key: _Placed, path: Path) -> Flaw:
    if isinstance(key.node, _Mapping):
        what = "braces without quotes: YAML takes this for a mapping inside a mapping"
        return Flaw(key.place, what, 'put the template in quotes: "{{ field }}"', path)
    return Flaw(key.place, "a key is text, not a list", "put the key in quotes", path)


def resolve(text: str) -> Json:
    """The value of a plain scalar by the YAML 1.2 core schema.

    Numbers that would not survive (leading zeros, infinities, beyond double precision) stay text,
    so that a field that wants a number refuses them and one that wants text takes them whole.
    """
    if text in _NULL:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if len(text) <= _MOST_DIGITS:
        if _INTEGER.fullmatch(text):
            return int(text)
        if _FLOAT.fullmatch(text) and math.isfinite(number := float(text)):
            return number
    return text
