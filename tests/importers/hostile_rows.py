"""Rows of other tools in which any value was replaced by one that no tool should write."""

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from evalreport.digest import canonical
from evalreport.errors import DataError, Problem
from evalreport.importers.base import Importer, NoScore, Reading, Row
from evalreport.importers.left import Left

_MARK: Final = "@@replaced@@"

VALUES: Final = (
    *(
        "null",
        "true",
        "false",
        "NaN",
        "Infinity",
        "-Infinity",
        "1e999",
        "-1e999",
        "0",
        "-1",
        "1e-320",
    ),
    *('""', '"\\ud800"', '"a\\u0000b"', '"\\u202e\\n\\u001b[31m"', '"1e400"', '"nan"', '"1_0"'),
    *("[]", "{}", "[null]", "[[1]]", '{"m": [1]}', '[{"turns": 3}]', "[1, 2]", '"{0.__class__}"'),
    *("9" * 400, "-" + "9" * 400, '"' + "x" * 5000 + '"', "[" * 90 + "]" * 90),
)
"""As JSON text; each is a row's fault at most."""

BREAKING: Final = ("9" * 5000, "[" * 100_000 + "]" * 100_000, "nul", '"\\x"', "1,,2")
"""What no reader of JSON takes: the end of its line, and of the whole of a file in one piece."""


def places(value: Any, depth: int = 6) -> Iterator[tuple[str | int, ...]]:
    """Paths to every value within a row."""
    children = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, child in children:
        yield (key,)
        if depth > 1:
            yield from ((key, *rest) for rest in places(child, depth - 1))


def _replaced(value: Any, path: tuple[str | int, ...], given: Any) -> Any:
    if not path:
        return given
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _replaced(copy[path[0]], path[1:], given)
    return copy


def without(row: Mapping[str, Any]) -> Iterator[str]:
    """The row without each of its keys in turn."""
    for key in row:
        yield json.dumps({name: value for name, value in row.items() if name != key})


def mutated(row: Mapping[str, Any], values: tuple[str, ...] = VALUES) -> Iterator[str]:
    """The row as JSON text with each of its values replaced by each of some."""
    for path in places(row):
        text = json.dumps(_replaced(row, path, _MARK))
        for value in values:
            yield text.replace(f'"{_MARK}"', value)


def assert_sound(rows: list[Row], reading: Reading) -> None:
    """What may be said of any row, however odd its file: texts can be written, scores are scores."""
    for row in rows:
        names = [row.item, row.part, row.model, row.against, row.cluster, row.judge, row.reply]
        names += [text for pair in row.groups for text in pair]
        assert all(name.isprintable() for name in names)
        assert row.item
        assert {type(row.output), type(row.other_output)} <= {str, type(None)}
        for metric, given in row.scores.items():
            column = reading.column(metric)
            if isinstance(given, NoScore):
                assert given.reason.isprintable()
                continue
            numbers = given if isinstance(given, tuple) else (given,)
            assert all(type(number) is float and math.isfinite(number) for number in numbers)
            share = given[0] / given[1] if isinstance(given, tuple) else given
            assert column.low is not None
            assert column.high is not None
            assert column.low <= share <= column.high
        assert all(game.score in {0.0, 0.5, 1.0, None} for game in row.games)
    canonical([reading.version, reading.made_at, reading.named, *reading.notes])
    assert all(text.isprintable() for text in (reading.version, reading.made_at, *reading.notes))
    assert_told(reading.left)


def assert_told(left: Left) -> None:
    """Reasons are words of ours, and each has a place."""
    assert left.counts.keys() == left.first.keys()
    assert all(reason.isprintable() and len(reason) < 90 for reason in left.counts)


def read_or_refused(importer: Importer, path: Path) -> tuple[list[Row], Reading] | Problem:
    """All rows of a file, or the one problem that it has, in three parts."""
    try:
        reading = importer.read(path, {})
        rows = list(reading.rows)
    except DataError as error:
        (problem,) = error.problems
        assert problem.where.startswith(str(path))
        assert problem.what
        assert problem.hint
        return problem
    assert_sound(rows, reading)
    return rows, reading


def read_all(importer: Importer, path: Path) -> tuple[list[Row], Reading]:
    """All rows of a file that can be used."""
    found = read_or_refused(importer, path)
    assert not isinstance(found, Problem), found
    return found
