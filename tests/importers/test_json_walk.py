"""JSON walked value by value is the JSON that Python reads, whatever the pieces that it comes in."""

import io
import json
import tracemalloc
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport.importers import json_walk
from evalreport.importers.json_walk import BrokenJson, JsonWalk, OddValue

SCALARS: Final = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec="utf-8"))
)
VALUES: Final = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner) | st.dictionaries(st.text('ab"\\\n{[é😀'), inner),
    max_leaves=20,
)


class InPieces(io.BytesIO):
    """Gives so many bytes at a time, however many are asked for."""

    def __init__(self, text: str, size: int) -> None:
        super().__init__(text.encode())
        self.size = size

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(self.size)


def walked(walk: JsonWalk, depth: int) -> Any:
    """The value, walked down to a depth and taken as a whole below it."""
    if depth and walk.mark == "{":
        return {key: walked(walk, depth - 1) for key in walk.members()}
    if depth and walk.mark == "[":
        return [walked(walk, depth - 1) for _ in walk.elements()]
    return walk.value()


def to_the_end(walk: JsonWalk) -> None:
    for _ in walk.members() if walk.mark == "{" else walk.elements():
        walk.skip()
    walk.end()


@given(VALUES, st.integers(1, 9), st.integers(0, 3), st.sampled_from([None, 2]), st.booleans())
def test_what_is_walked_is_what_json_reads(
    value: Any, size: int, depth: int, indent: int | None, is_ascii: bool
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=is_ascii)
    walk = JsonWalk(InPieces(text, size))
    assert walked(walk, depth) == value
    walk.end()


@given(st.lists(VALUES, max_size=6), st.integers(1, 9), st.sets(st.integers(0, 5)))
def test_what_is_passed_over_changes_nothing_of_what_is_taken(
    values: list[Any], size: int, taken: set[int]
) -> None:
    walk = JsonWalk(InPieces(json.dumps({"a": values, "b": 1}), size))
    found: dict[str, Any] = {}
    for key in walk.members():
        if key == "a":
            found = {str(i): walk.value() for i in walk.elements() if i in taken}
        else:
            assert walk.value() == 1
    walk.end()
    assert found == {str(i): value for i, value in enumerate(values) if i in taken}


@given(VALUES.filter(lambda value: isinstance(value, dict | list)), st.data())
def test_what_is_cut_is_told_as_cut(value: Any, data: st.DataObject) -> None:
    text = json.dumps(value)
    cut = data.draw(st.integers(0, len(text) - 1))
    walk = JsonWalk(InPieces(text[:cut], 5))
    with pytest.raises(BrokenJson) as caught:
        walked(walk, 2)
    assert caught.value.is_cut


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('{"a" 1}', "a colon is missing"),
        ('{"a": 1 "b": 2}', "a comma is missing"),
        ("{a: 1}", "a name in quotes is missing"),
        ('{"a": }', "a value is missing"),
        ("[1 2]", "a comma is missing"),
        ("[,]", "a value is missing"),
        ('{"\\x": 1}', "a value is not JSON"),
        ("{} {}", "there is more after the end"),
    ],
)
def test_what_is_broken_says_what_and_where(text: str, what: str) -> None:
    walk = JsonWalk(InPieces(f"\n\n{text}", 3))
    with pytest.raises(BrokenJson, match=what) as caught:
        to_the_end(walk)
    assert (caught.value.line, caught.value.is_cut) == (3, False)


@pytest.mark.parametrize(
    "odd", ["9" * 5000, "[" * 100_000 + "]" * 100_000, "nul", '"\\x"', "1.2.3"]
)
def test_a_value_that_cannot_be_held_harms_none_behind_it(odd: str) -> None:
    walk = JsonWalk(InPieces(f"[{odd}, 7]", 1000))
    found: list[Any] = []
    for _ in walk.elements():
        try:
            found.append(walk.value())
        except OddValue as error:
            found.append(error.why)
    assert isinstance(found[0], str)
    assert found[1] == 7


def test_a_value_beyond_the_longest_is_passed_over() -> None:
    walk = JsonWalk(InPieces(json.dumps(["x" * 5000, "y"]), 100), longest=1000)
    found = []
    for _ in walk.elements():
        try:
            found.append(walk.value())
        except OddValue as error:
            found.append(error.why)
    assert found == ["a value is longer than 0 MiB", "y"]


def test_bytes_that_are_no_utf8_are_told() -> None:
    with pytest.raises(BrokenJson, match="not UTF-8"):
        JsonWalk(io.BytesIO(b'{"a": "\xff"}')).value()


def test_passing_over_a_long_value_takes_the_memory_of_one_chunk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(json_walk, "_CHUNK", 1 << 14)
    text = b'{"a": [' + b'{"k": "some text", "n": [1, 2]},' * 100_000 + b"0], " + b'"b": 1}'
    file = io.BytesIO(text)
    tracemalloc.start()
    walk = JsonWalk(file)
    found = [walk.value() for key in walk.members() if key == "b"]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == [1]
    assert peak < len(text) / 10
