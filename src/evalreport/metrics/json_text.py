"""JSON in a model's text: strict decoding, and the first value that parses, in linear time.

Strict means RFC 8259 and finite: no NaN, no number beyond a double, no integer of more than 300
digits, no nesting beyond 64 levels. With these bounds no later step can overflow or recurse away.
"""

import json
import math
import re
from typing import Final

from evalreport.values import Json

MAX_DEPTH: Final = 64
MAX_DIGITS: Final = 300

_STRING = r'"[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+"'
_SCALAR = (
    r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?(?![0-9.eE+-])|(?:true|false|null)\b"
)
_TOKEN = re.compile(
    rf"[ \t\n\r]*+(?:([{{\[])|([}}\]])|({_STRING})|({_SCALAR})|([,:]))",
)
_OPEN, _CLOSE, _QUOTED, _PLAIN, _MARK = range(1, 6)
_OPENING = re.compile(r"[{\[]")
_DEPTH_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[{\[]|[}\]]', re.DOTALL)
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")


class NotJson(ValueError):
    """The text holds no JSON value that can be used; the message says why, in a few words."""


def decode(text: str) -> Json:
    """The JSON value that a whole text is.

    Of a key that stands twice the last one counts, as everywhere in Python. Escaped halves of a
    character become U+FFFD: they could be written to no file.

    Raises:
        NotJson: The text is not JSON, or beyond the bounds of this module.
    """
    if _is_too_deep(text):
        raise NotJson(f"JSON nested deeper than {MAX_DEPTH} levels")
    try:
        value: Json = json.loads(
            text, parse_constant=_refused, parse_float=_finite, parse_int=_bounded
        )
    except json.JSONDecodeError as error:
        raise NotJson(f"not JSON: {error.msg} at character {error.pos}") from None
    return _printable(value) if "\\u" in text or _LONE_SURROGATE.search(text) else value


def decode_first(text: str) -> Json:
    """The first JSON object in a text that parses, by where it opens; without one, the first array.

    An object within an array is a piece of it and not meant: `see [1]: {"a": 1}` holds an object,
    `[{"a": 1}]` an array.
    A piece of a value that breaks off or breaks down is no answer: `[{"a": 1}, {"b"` holds none,
    so an output that was cut does not pass for a valid one. What only looks like an opening
    (`[Note: {"a": 1}]`) is passed over.

    One pass with an explicit stack: where the grammar breaks, everything that is open is broken
    too, and no opening is tried twice. The search goes on at the break, or inside the string
    before it, since a stray quotation mark turns text into strings and strings into text.

    Raises:
        NotJson: There is none, or it is beyond the bounds of this module.
    """
    at = 0
    array: str | None = None
    while opening := _OPENING.search(text, at):
        is_whole, end = _scan(text, opening.start())
        found = text[opening.start() : end]
        if is_whole and opening[0] == "{":
            return decode(found)
        if is_whole and array is None:
            array = found
        at = end
    if array is None:
        raise NotJson("no JSON object or array")
    return decode(array)


def _scan(text: str, start: int) -> tuple[bool, int]:
    """Whether the container that opens at `start` is whole; its end, or where to search on."""
    open_marks: list[str] = []
    expected = "value"
    at, resume = start, start + 1
    while token := _TOKEN.match(text, at):
        kind, mark = token.lastindex, text[token.start(token.lastindex or 0)]
        following = _step(kind, mark, expected, open_marks)
        if following is None:
            break
        expected, at = following, token.end()
        if not open_marks:
            return True, at
        resume = token.start(kind) + 1 if kind == _QUOTED else at
    return False, resume


def _step(kind: int | None, mark: str, expected: str, open_marks: list[str]) -> str | None:
    """What the grammar expects after a token, or None where it does not stand; moves the stack."""
    if kind == _OPEN and expected.startswith("value"):
        if len(open_marks) == MAX_DEPTH:
            raise NotJson(f"JSON nested deeper than {MAX_DEPTH} levels")
        open_marks.append(mark)
        return "key or }" if mark == "{" else "value or ]"
    if kind == _CLOSE and expected.endswith(mark):
        open_marks.pop()
        return _after_value(open_marks)
    if kind == _QUOTED and expected.startswith("key"):
        return ":"
    if kind in {_QUOTED, _PLAIN} and expected.startswith("value"):
        return _after_value(open_marks)
    if kind == _MARK and mark == ":" and expected == ":":
        return "value"
    if kind == _MARK and mark == "," and expected.startswith(","):
        return "key" if expected.endswith("}") else "value"
    return None


def _after_value(open_marks: list[str]) -> str:
    return ", or }" if open_marks and open_marks[-1] == "{" else ", or ]"


def _is_too_deep(text: str) -> bool:
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return False
    depth = 0
    for token in _DEPTH_TOKEN.finditer(text):
        mark = token.group()
        if mark in {"{", "["}:
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif mark in {"}", "]"}:
            depth -= 1
    return False


def _refused(name: str) -> Json:
    raise NotJson(f"not JSON: {name} is not a number")


def _finite(digits: str) -> Json:
    number = float(digits)
    if math.isinf(number):
        raise NotJson("a number is too large")
    return number


def _bounded(digits: str) -> Json:
    if len(digits) > MAX_DIGITS:
        raise NotJson(f"a number has more than {MAX_DIGITS} digits")
    return int(digits)


def _printable(value: Json) -> Json:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_printable(entry) for entry in value]
    if isinstance(value, dict):
        return {str(_printable(key)): _printable(entry) for key, entry in value.items()}
    return value
