"""The parser's events to a tree with places: no tags, one document, bounded in size and depth."""

import re
from collections.abc import Iterator
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

Path: TypeAlias = tuple[str | int, ...]

MOST_NODES: Final = 50_000
MOST_LEVELS: Final = 64
_LINE_BREAK: Final = re.compile("\r\n|[\r\n\x85\u2028\u2029]")


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


class _Mark(Protocol):
    """Of the parser: from 0."""

    @property
    def line(self) -> int: ...

    @property
    def column(self) -> int: ...


@dataclass(slots=True)
class Scalar:
    """Text that stands for a value; plain when it has no quotation marks."""

    place: Place
    text: str
    is_plain: bool


@dataclass(slots=True)
class ListNode:
    """A list, in the order of its entries."""

    place: Place
    entries: list["Placed"] = field(default_factory=list)


@dataclass(slots=True)
class MappingNode:
    """A mapping as it was written: keys may stand twice."""

    place: Place
    entries: list[tuple["Placed", "Placed"]] = field(default_factory=list)


Node: TypeAlias = Scalar | ListNode | MappingNode


@dataclass(slots=True)
class Placed:
    """A node where it is used: an alias stands elsewhere than what it repeats."""

    place: Place
    node: Node


def read_tree(text: str) -> tuple[Placed, list[Flaw]]:
    """The tree of a text, anchors looked up but not expanded, and what is wrong in it.

    Raises:
        Unreadable: A syntax error, a character that YAML forbids, an alias without an anchor,
            more than one document, or more nodes or levels than allowed.
    """
    _refuse_characters(text)
    flaws: list[Flaw] = []
    try:
        return _Composer(yaml.parse(text, Loader=yaml.SafeLoader), flaws).document(), flaws
    except yaml.MarkedYAMLError as error:
        raise Unreadable(_syntax_flaw(error)) from None


def lines_of(text: str) -> tuple[str, ...]:
    """The lines of a text as YAML counts them."""
    return tuple(_LINE_BREAK.split(text))


def line_starts(text: str) -> tuple[int, ...]:
    """Where each line begins, in characters from 0, as YAML counts lines."""
    return (0, *(found.end() for found in _LINE_BREAK.finditer(text)))


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
        self._anchors: dict[str, Node] = {}
        self._unfinished: set[int] = set()
        self._count = 0

    def document(self) -> Placed:
        root: Placed | None = None
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

    def _node(self, event: Event, level: int) -> Placed:
        place = _place(event.start_mark, event.end_mark)
        self._count += 1
        if level > MOST_LEVELS or self._count > MOST_NODES:
            raise Unreadable(too_much(place, is_deep=level > MOST_LEVELS))
        if isinstance(event, AliasEvent):
            return Placed(place, self._anchored(event, place))
        match event:
            case ScalarEvent():
                scalar = Scalar(place, event.value, is_plain=event.style is None)
                self._begin(event, event.tag, scalar)
                self._unfinished.discard(id(scalar))
                return Placed(place, scalar)
            case SequenceStartEvent():
                entries = ListNode(Place(place.line, place.column))
                self._begin(event, event.tag, entries)
                while not isinstance(inner := next(self._events), SequenceEndEvent):
                    entries.entries.append(self._node(inner, level + 1))
                self._unfinished.discard(id(entries))
                return Placed(entries.place, entries)
            case MappingStartEvent():
                pairs = MappingNode(Place(place.line, place.column))
                self._begin(event, event.tag, pairs)
                while not isinstance(inner := next(self._events), MappingEndEvent):
                    key = self._node(inner, level + 1)
                    pairs.entries.append((key, self._node(next(self._events), level + 1)))
                self._unfinished.discard(id(pairs))
                return Placed(pairs.place, pairs)
            case _:
                raise AssertionError(event)

    def _begin(self, event: NodeEvent, tag: str | None, node: Node) -> None:
        if tag is not None:
            self._flaws.append(_tag_flaw(tag, node.place))
        if event.anchor is not None:
            self._anchors[event.anchor] = node
            self._unfinished.add(id(node))

    def _anchored(self, event: AliasEvent, place: Place) -> Node:
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


def too_much(place: Place, *, is_deep: bool) -> Flaw:
    """The flaw of a text that holds, or expands to, more than any spec."""
    what = f"more than {MOST_LEVELS} levels" if is_deep else f"more than {MOST_NODES:,} values"
    return Flaw(place, f"{what} deep" if is_deep else what, "a spec is smaller than that")
