"""Text to plain values with places: YAML 1.2 core values, and none of the traps of YAML 1.1.

`2e-4` and `1e6` are numbers; `no`, `on`, `12:30` and dates are text, as are numbers with leading
zeros, which other readers take for octal. A key that stands twice, a tag and a second document are
errors. Anchors and merge keys work, but what they expand to is bounded. Nothing is ever
constructed but text, numbers, booleans, null, lists and mappings.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from evalreport.spec.yaml_tree import (
    MOST_LEVELS,
    MOST_NODES,
    Flaw,
    ListNode,
    MappingNode,
    Path,
    Place,
    Placed,
    Scalar,
    Unreadable,
    lines_of,
    read_tree,
    too_much,
)
from evalreport.values import Json

_MOST_DIGITS: Final = 300

_NULL: Final = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS: Final = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


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


def compose(text: str) -> Document:
    """Reads one YAML document.

    Raises:
        Unreadable: A syntax error, a character that YAML forbids, an alias without an anchor,
            more than one document, or more nodes or levels than allowed.
    """
    root, flaws = read_tree(text)
    expansion = _Expansion(flaws)
    value = expansion.value(root, ())
    return Document(
        value, expansion.values, expansion.keys, expansion.numbers, tuple(flaws), lines_of(text)
    )


class _Expansion:
    """From the tree to plain values: aliases and merge keys resolved, every value placed."""

    def __init__(self, flaws: list[Flaw]) -> None:
        self.values: dict[Path, Place] = {}
        self.keys: dict[Path, Place] = {}
        self.numbers: dict[Path, str] = {}
        self._flaws = flaws
        self._seen = 0

    def value(self, placed: Placed, path: Path) -> Json:
        self._seen += 1
        if self._seen > MOST_NODES or len(path) > MOST_LEVELS:
            raise Unreadable(too_much(placed.place, is_deep=len(path) > MOST_LEVELS))
        self.values[path] = placed.place
        match placed.node:
            case Scalar() as scalar:
                return self._scalar(scalar, path)
            case ListNode(entries=entries):
                return [self.value(entry, (*path, i)) for i, entry in enumerate(entries)]
            case MappingNode() as mapping:
                return {
                    name: self._entry(key, value, (*path, name))
                    for name, (key, value) in self._entries(mapping, path, set()).items()
                }

    def _entry(self, key: Place, value: Placed, path: Path) -> Json:
        self.keys[path] = key
        return self.value(value, path)

    def _scalar(self, scalar: Scalar, path: Path) -> Json:
        text = self._whole(scalar)
        value = resolve(text) if scalar.is_plain else text
        if isinstance(value, int | float) and not isinstance(value, bool):
            self.numbers[path] = text
        return value

    def _whole(self, scalar: Scalar) -> str:
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
        self, mapping: MappingNode, path: Path, merging: set[int]
    ) -> dict[str, tuple[Place, Placed]]:
        """The entries by key: those written here, then those that merge keys bring in."""
        own: dict[str, tuple[Place, Placed]] = {}
        merged: dict[str, tuple[Place, Placed]] = {}
        for key, value in mapping.entries:
            if not isinstance(key.node, Scalar):
                self._flaws.append(_key_flaw(key, path))
                continue
            name = self._whole(key.node)
            if key.node.is_plain and name == "<<":
                for source in self._merged(value):
                    self._seen += len(source.entries)
                    if self._seen > MOST_NODES or len(merging) > MOST_LEVELS:
                        raise Unreadable(too_much(key.place, is_deep=len(merging) > MOST_LEVELS))
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

    def _merged(self, value: Placed) -> list[MappingNode]:
        several = value.node.entries if isinstance(value.node, ListNode) else [value]
        found = [entry.node for entry in several if isinstance(entry.node, MappingNode)]
        if len(found) < len(several):
            self._flaws.append(
                Flaw(value.place, "<< merges a mapping", "write <<: *name_of_an_anchor")
            )
        return found


def _key_flaw(key: Placed, path: Path) -> Flaw:
    if isinstance(key.node, MappingNode):
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
