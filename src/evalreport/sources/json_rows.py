"""JSON Lines and JSON files to rows; strict where Python's own reader is lax."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from evalreport.sources.faults import Faults
from evalreport.sources.lines import lines
from evalreport.sources.names import listed
from evalreport.values import Json

NumberedRow = tuple[int, dict[str, Json]]

_SPACE: Final = " \t\r\n"
_ONE_OBJECT: Final = "each line is one JSON object: {...}"


class StrictJson:
    """A JSON decoder that also minds what the standard leaves open or Python lets pass.

    `complaints` holds what is wrong with what was last decoded: keys given twice, NaN, numbers
    beyond a float, and texts with NUL or half a surrogate pair.
    """

    def __init__(self) -> None:
        self.complaints: list[str] = []
        self._decoder = json.JSONDecoder(
            object_pairs_hook=self._object, parse_constant=self._constant, parse_float=self._float
        )

    def decode_at(self, text: str, position: int) -> tuple[Json, int]:
        """The value that starts at a position, and where it ends.

        Raises:
            json.JSONDecodeError: There is no value.
            ValueError: A number has thousands of digits.
            RecursionError: It is nested too deeply.
        """
        self.complaints = []
        value, end = self._decoder.raw_decode(text, position)
        if text.find("\\u", position, end) >= 0:
            self._check_text(value)
        return value, end

    def _object(self, pairs: list[tuple[str, Json]]) -> dict[str, Json]:
        row = dict(pairs)
        if len(row) != len(pairs):
            keys = [key for key, _ in pairs]
            twice = next(key for key in keys if keys.count(key) > 1)
            self.complaints.append(f"the key `{twice:.60}` stands there twice")
        return row

    def _constant(self, name: str) -> float:
        self.complaints.append(f"{name} is not JSON")
        return 0.0

    def _float(self, text: str) -> float:
        value = float(text)
        if not math.isfinite(value):
            self.complaints.append(f"the number {text:.60} is too large")
            return 0.0
        return value

    def _check_text(self, value: Json) -> None:
        if isinstance(value, str):
            if "\0" in value:
                self.complaints.append("a text holds a NUL character")
            if any("\ud800" <= character <= "\udfff" for character in value):
                self.complaints.append("a text holds half a surrogate pair (\\ud800 to \\udfff)")
        elif isinstance(value, list):
            for inner in value:
                self._check_text(inner)
        elif isinstance(value, dict):
            for key, inner in value.items():
                self._check_text(key)
                self._check_text(inner)


def jsonl_rows(path: Path, faults: Faults, encoding: str | None = None) -> Iterator[NumberedRow]:
    """The rows of a JSON Lines file by line; empty lines may only stand at its end."""
    reader = StrictJson()
    empty: list[int] = []
    for number, line in lines(path, faults, encoding):
        text = line.rstrip(_SPACE)
        start = _next(text, 0)
        if start == len(text):
            empty.append(number)
            continue
        while empty:
            faults.add(
                f"{path}:{empty.pop(0)}", "the line is empty", "delete it: no row is skipped"
            )
        where = f"{path}:{number}"
        try:
            value, end = reader.decode_at(text, start)
        except (ValueError, RecursionError) as error:
            faults.add(where, _not_json(error), _jsonl_hint(text))
            continue
        if end < len(text):
            column = _next(text, end) + 1
            faults.add(where, f"there is more after the object, at column {column}", _ONE_OBJECT)
        elif reader.complaints:
            faults.add(where, "; ".join(reader.complaints))
        elif isinstance(value, dict):
            yield number, value
        else:
            faults.add(where, f"the line is {_called(value)}, not an object", _jsonl_hint(text))


def json_rows(path: Path, faults: Faults, encoding: str | None = None) -> Iterator[NumberedRow]:
    """The rows of a JSON file: an array of objects, or an object that holds one array of them.

    Rows are numbered by the line on which they start. The file is held in memory as a whole.
    A file of JSON Lines is taken as such.
    """
    before = faults.count
    text = "".join(text for _, text in lines(path, faults, encoding))
    start = _next(text, 0)
    if faults.count > before or start == len(text):
        return
    reader = StrictJson()
    line, counted = 1, 0
    try:
        array_at = _array_at(text, start, reader)
        if array_at is None:
            yield from jsonl_rows(path, faults, encoding)
            return
        for position, value in _elements(text, array_at, reader):
            line += text.count("\n", counted, position)
            counted = position
            if reader.complaints:
                faults.add(f"{path}:{line}", "; ".join(reader.complaints))
            elif isinstance(value, dict):
                yield line, value
            else:
                faults.add(f"{path}:{line}", f"a row is {_called(value)}, not an object")
    except _Shape as error:
        hint = "a JSON file is an array of objects; one object a line is a .jsonl file"
        faults.add(str(path), str(error), hint)
    except json.JSONDecodeError as error:
        faults.add(f"{path}:{error.lineno}", _not_json(error), "nothing after it can be read")
    except (ValueError, RecursionError) as error:
        faults.add(f"{path}:{line}", f"in a row after this line: {_not_json(error)}")


class _Shape(Exception):
    """The file is JSON, but not a table of rows."""


def _array_at(text: str, start: int, reader: StrictJson) -> int | None:
    """Where the array of rows starts; nothing when the file is JSON Lines."""
    if text[start] == "[":
        return start
    if text[start] != "{":
        raise _Shape("the file is neither an array nor an object")
    _, end = reader.decode_at(text, start)
    if _next(text, end) < len(text):
        return None
    arrays = {
        key: position
        for key, position, value in _members(text, start, reader)
        if isinstance(value, list)
    }
    if len(arrays) != 1:
        held = f"the arrays {listed(arrays)}" if arrays else "no array"
        raise _Shape(f"the file is an object that holds {held}: one array of rows is wanted")
    return next(iter(arrays.values()))


def _members(text: str, start: int, reader: StrictJson) -> Iterator[tuple[str, int, Json]]:
    """Key, position of the value and value, of an object that is known to be whole."""
    position = _next(text, start + 1)
    while text[position] != "}":
        key, end = reader.decode_at(text, position)
        value_at = _next(text, _next(text, end) + 1)
        value, end = reader.decode_at(text, value_at)
        yield str(key), value_at, value
        position = _next(text, end)
        if text[position] == ",":
            position = _next(text, position + 1)


def _elements(text: str, start: int, reader: StrictJson) -> Iterator[tuple[int, Json]]:
    """Position and value of each element of an array, and nothing after a top-level array."""
    position = _next(text, start + 1)
    more = text[position : position + 1] != "]"
    while more:
        value, end = reader.decode_at(text, position)
        yield position, value
        position = _next(text, end)
        mark = text[position : position + 1]
        if mark not in {",", "]"}:
            raise json.JSONDecodeError("Expecting ',' delimiter", text, position)
        more = mark == ","
        if more:
            position = _next(text, position + 1)
    after = _next(text, position + 1)
    if text[_next(text, 0)] == "[" and after < len(text):
        raise json.JSONDecodeError("Extra data after the array", text, after)


def _next(text: str, position: int) -> int:
    while position < len(text) and text[position] in _SPACE:
        position += 1
    return position


def _called(value: Json) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case list():
            return "an array"
        case _:
            return "an object"


def _not_json(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON at column {error.colno}: {error.msg}"
    if isinstance(error, RecursionError):
        return "not readable: nested too deeply"
    return f"not readable: {error}"


def _jsonl_hint(text: str) -> str:
    if text.lstrip().startswith("["):
        return "this looks like a JSON array: call the file .json, or write one object a line"
    if text.lstrip().startswith("{'"):
        return "JSON wants double quotes: write the rows with json.dumps"
    return _ONE_OBJECT
