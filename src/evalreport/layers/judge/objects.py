"""JSON objects in a judge's reply: where they stand, and what is in them.

Broader than RFC 8259 where judges are: a string may hold line breaks, and a backslash that escapes
nothing is itself (judges write LaTeX). Nothing else is mended. One regular expression finds whole
objects of up to four levels; all its repetitions are possessive and each level is tried once, so
it takes linear time.
"""

import json
import re
from collections.abc import Sequence
from enum import Enum
from functools import cache
from typing import Final

_SPACE = r"[ \t\r\n]*+"
_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_SCALAR = (
    rf"(?:{_STRING}|-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?(?![0-9.eE+-])"
    r"|(?:true|false|null)\b)"
)


def _full(value: str) -> str:
    pair = rf"{_STRING}{_SPACE}:{_SPACE}{value}{_SPACE}"
    return rf"\{{{_SPACE}{pair}(?:,{_SPACE}{pair})*+\}}"


def _object(value: str) -> str:
    return rf"(?:\{{{_SPACE}\}}|{_full(value)})"


def _array(value: str) -> str:
    return rf"\[{_SPACE}(?:{value}{_SPACE}(?:,{_SPACE}{value}{_SPACE})*+)?+\]"


def _nested(levels: int) -> str:
    if levels == 0:
        return _SCALAR
    inner = _nested(levels - 1)
    return rf"(?:{_SCALAR}|{_object(inner)}|{_array(inner)})"


_OBJECT: Final = _full(_nested(3))
_BACKSLASH: Final = re.compile(r'\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}|)')


class Odd(Enum):
    """What may stand in the place of a value."""

    ABSENT = "absent"
    CONTRADICTED = "contradicted"


# Compiling takes a tenth of a second each: for those who read replies, not for every start.
@cache
def object_pattern() -> re.Pattern[str]:
    """An object with something in it."""
    return re.compile(_OBJECT, re.DOTALL)


@cache
def _alone_pattern() -> re.Pattern[str]:
    """An object that is all of a text, perhaps as one block of code."""
    around = r"\s*+(?:[`~]{1,8}(?i:json)?+)?+\s*+", r"\s*+[`~]{0,8}+\s*+"
    return re.compile(rf"{around[0]}({_OBJECT}){around[1]}", re.DOTALL)


def alone(text: str) -> str | None:
    """The object that a text consists of, or None when there is more or less."""
    found = _alone_pattern().fullmatch(text)
    return found[1] if found else None


def parsed(source: str) -> dict[str, object] | None:
    """The object that a source is, or None where it cannot be read.

    A key that stands twice with different values has `Odd.CONTRADICTED`.
    """
    mended = _BACKSLASH.sub(_kept, source) if "\\" in source else source
    try:
        value = json.loads(mended, strict=False, object_pairs_hook=_merged, parse_int=float)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def field(value: dict[str, object], name: str) -> object:
    """What an object has under a name, whatever the case of its letters; or `Odd`."""
    found = [one for key, one in value.items() if key.strip().lower() == name.lower()]
    if not found:
        return Odd.ABSENT
    return found[0] if all(one == found[0] for one in found) else Odd.CONTRADICTED


def _kept(escape: re.Match[str]) -> str:
    return escape[0] if len(escape[0]) > 1 else "\\\\"


def _merged(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    merged: dict[str, object] = {}
    for key, value in pairs:
        is_other = key in merged and merged[key] != value
        merged[key] = Odd.CONTRADICTED if is_other else value
    return merged
