"""Foreign files as bytes: whole, cut, damaged, hostile, in another encoding, in pieces of any size."""

import gzip
import json
import math
import os
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport.errors import DataError
from evalreport.importers import arrays, reading
from evalreport.importers.arrays import json_array
from evalreport.importers.glimpse import Glimpse, glimpse
from evalreport.importers.left import Left
from evalreport.importers.reading import (
    CUT,
    NOT_UTF8,
    CannotBegin,
    count_of,
    ends_early,
    json_lines,
    json_object,
    list_of,
    number_of,
    object_of,
    text_of,
)
from evalreport.values import Json

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text('aä\\"'), inner, max_size=3)
    ),
    max_leaves=6,
)
objects = st.dictionaries(st.text("abcä\n ", max_size=3), json_values, max_size=3)
elements = st.lists(objects | json_values, max_size=5)
layouts = st.sampled_from(
    [
        {"ensure_ascii": False},
        {"ensure_ascii": True},
        {"indent": 2},
        {"separators": (",", ":"), "ensure_ascii": False},
    ]
)

sizes = st.sampled_from([1, 2, 3, 7, 64, 1 << 20])

FIVE_THOUSAND = "9" * 5000
DEEP = "[" * 100_000
HINTED = {"copy the whole file again", "fetch or copy it again"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all examples of a property."""
    return tmp_path_factory.mktemp("read")


@pytest.fixture
def in_pieces() -> Iterator[Callable[[int], None]]:
    """Sets how many bytes of an array are read at once."""
    with pytest.MonkeyPatch.context() as patch:
        yield lambda size: patch.setattr(arrays, "CHUNK", size)


def saved(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    raw = content.encode() if isinstance(content, str) else content
    path.write_bytes(gzip.compress(raw, mtime=0) if name.endswith(".gz") else raw)
    return path


def array(path: Path) -> tuple[list[tuple[int, dict[str, Json]]], Left]:
    left = Left()
    return [*json_array(path, left)], left


def lines(path: Path) -> tuple[list[tuple[int, dict[str, Json]]], Left]:
    left = Left()
    return [*json_lines(path, left)], left


def wrong_with(action: Callable[[], Any]) -> tuple[str, str, str]:
    """The three parts of what a user is told: where without its folder, what, what next."""
    with pytest.raises(DataError) as caught:
        action()
    (problem,) = caught.value.problems
    return Path(problem.where).name, problem.what, problem.hint


# Arrays


@given(size=sizes, values=elements, layout=layouts, mark=st.sampled_from([b"", b"\xef\xbb\xbf"]))
def test_an_array_is_read_as_json_reads_it_whatever_the_size_of_the_pieces(
    folder: Path, size: int, values: list[Json], layout: dict[str, Any], mark: bytes
) -> None:
    path = saved(folder, "a.json", mark + json.dumps(values, **layout).encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrays, "CHUNK", size)
        rows, left = array(path)
    expected = [(i, row) for i, row in enumerate(values, 1) if isinstance(row, dict)]
    assert rows == expected
    assert left.total == len(values) - len(expected)
    assert set(left.counts) <= {"the element is no object"}


@given(size=sizes, data=st.data(), values=st.lists(objects, min_size=1, max_size=4), layout=layouts)
def test_of_a_cut_array_the_whole_rows_are_read_and_one_is_counted(
    folder: Path,
    size: int,
    data: st.DataObject,
    values: list[dict[str, Json]],
    layout: dict[str, Any],
) -> None:
    raw = json.dumps(values, **layout).encode()
    cut = data.draw(st.integers(1, len(raw) - 1))
    path = saved(folder, "a.json", raw[:cut])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrays, "CHUNK", size)
        rows, left = array(path)
    assert [row for _, row in rows] == values[: len(rows)]
    assert dict(left.counts) == {CUT: 1}
    assert left.first[CUT].startswith(f"{path} row ")


@pytest.mark.parametrize("size", range(1, 12))
@pytest.mark.parametrize("number", ["1.5", "-1.5e-7", "1E+5", "-0.0", "123", "NaN", "-Infinity"])
def test_a_number_between_two_pieces_is_one_number(
    folder: Path, in_pieces: Callable[[int], None], number: str, size: int
) -> None:
    in_pieces(size)
    rows, left = array(saved(folder, "a.json", f'[{number},{number} , {{"a": {number}}}]'))
    ((place, row),) = rows
    assert place == 3
    assert json.dumps(row["a"]) == json.dumps(json.loads(number))
    assert dict(left.counts) == {"the element is no object": 2}


@pytest.mark.parametrize(
    "end", ["1", "1.", "1e", "1e-", "-", "tru", "fals", "nul", "Na", "-Inf", "Infi"]
)
def test_words_and_numbers_that_the_end_cuts(folder: Path, end: str) -> None:
    for text in (f'[{{"a": 1}}, {end}', f'[{{"a": 1}}, {{"b": {end}'):
        rows, left = array(saved(folder, "a.json", text))
        assert (rows, dict(left.counts)) == ([(1, {"a": 1})], {CUT: 1}), text


@pytest.mark.parametrize(
    "end", ['"\\', '"\\u', '"\\u00', '"\\u0041', '"\\ud83d\\u', '"\\ud83d\\ude0', "ä".encode()[:1]]
)
def test_texts_that_the_end_cuts(folder: Path, end: str | bytes) -> None:
    raw = b'[{"a": 1}, {"b": "x' + (end.removeprefix('"').encode() if isinstance(end, str) else end)
    rows, left = array(saved(folder, "a.json", raw))
    assert (rows, dict(left.counts)) == ([(1, {"a": 1})], {CUT: 1})


@pytest.mark.parametrize(
    ("content", "where", "what"),
    [
        ('[{"a": 1}\n{"b": 2}]', "a.json:2", "not JSON: a comma is missing"),
        ('[{"a": 1},\n{b: 2}]', "a.json:2", "not JSON: Expecting property name"),
        ('[{"a": 1},\n\n{"b": tru}]', "a.json:3", "not JSON: Expecting value"),
        ('[{"a": 1},]', "a.json:1", "not JSON: "),
        ('[{"a": "\\u00zz"}]', "a.json:1", "not JSON: Invalid \\uXXXX escape"),
        ('[{"a": 1}]\n[{"b": 2}]', "a.json:2", "there is more after the array"),
        ("[] x", "a.json:1", "there is more after the array"),
        (b"[1]\xc3", "a.json:1", "there is more after the array"),
        (f'[{{"a": 1}},\n{{"b": {FIVE_THOUSAND}}}]', "a.json:2", "a number has thousands of digits"),
        (DEEP, "a.json:1", "it is nested too deeply"),
        (b'[{"a": 1},\n{"b": "\xe4"}]', "a.json:2", "the file is not UTF-8: "),
        ('[{"a": 1}]'.encode("utf-16-le"), "a.json:1", "not JSON: "),
    ],
)  # fmt: skip
@pytest.mark.parametrize("size", [1, 1 << 20])
def test_what_is_no_array_of_json_is_said_with_its_line(
    folder: Path,
    in_pieces: Callable[[int], None],
    content: bytes | str,
    where: str,
    what: str,
    size: int,
) -> None:
    in_pieces(size)
    path = saved(folder, "a.json", content)
    place, told, hint = wrong_with(lambda: array(path))
    assert place == where
    assert told.startswith(what)
    assert hint


def test_what_is_no_array_cannot_begin(folder: Path) -> None:
    for content in ('{"a": 1}', "x", '"[]"', b"\xef\xbb"):
        path = saved(folder, "a.json", content)
        with pytest.raises(CannotBegin):
            [*json_array(path)]


def test_an_element_without_end_does_not_fill_the_memory(
    folder: Path, in_pieces: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    in_pieces(64)
    monkeypatch.setattr(arrays, "LONGEST_LINE", 1024)
    good = json.dumps({"a": "x" * 900})
    path = saved(folder, "a.json", f'[{good},\n{{"a": "{"x" * 100_000}"}}]')
    rows = json_array(path, Left())
    assert next(rows)[0] == 1
    place, what, hint = wrong_with(lambda: next(rows))
    assert (place, what) == ("a.json:2", "an element is longer than 0 MiB")
    assert hint


def test_a_large_array_needs_the_memory_of_one_element(folder: Path) -> None:
    row = json.dumps({"a": "x" * 1000})
    path = saved(folder, "large.json", "[" + ",\n".join([row] * 20_000) + "]")
    tracemalloc.start()
    n = sum(1 for _ in json_array(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert n == 20_000
    assert peak < path.stat().st_size / 2


def test_not_a_number_comes_out_as_a_float(folder: Path) -> None:
    rows, left = array(saved(folder, "a.json", '[{"a": NaN, "b": Infinity, "c": -Infinity}]'))
    row = rows[0][1]
    assert isinstance(row["a"], float)
    assert math.isnan(row["a"])
    assert (row["b"], row["c"]) == (math.inf, -math.inf)
    assert not left.total


# Lines


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
@given(
    rows=st.lists(objects, min_size=1, max_size=5),
    end=st.sampled_from(["", "\n", "\r\n", "\n\n \n"]),
)
def test_lines_are_read_as_they_were_written(
    folder: Path, name: str, rows: list[dict[str, Json]], end: str
) -> None:
    text = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + end
    read, left = lines(saved(folder, name, b"\xef\xbb\xbf" + text.encode()))
    assert read == [*enumerate(rows, 1)]
    assert not left.total


@given(data=st.data(), rows=st.lists(objects, min_size=2, max_size=4))
def test_of_cut_lines_the_whole_rows_are_read_and_one_is_counted(
    folder: Path, data: st.DataObject, rows: list[dict[str, Json]]
) -> None:
    texts = [json.dumps(row, ensure_ascii=False).encode() for row in rows]
    cut = data.draw(st.integers(1, len(texts[-1]) - 1))
    read, left = lines(saved(folder, "a.jsonl", b"\n".join([*texts[:-1], texts[-1][:cut]])))
    assert [row for _, row in read] == rows[:-1]
    assert dict(left.counts) == {CUT: 1}


def test_every_line_that_holds_no_object_is_counted_by_its_reason(folder: Path) -> None:
    content = b"\n".join(
        [
            b'{"a": 1}',
            b"[1]",
            b'{"a": ',
            b'{"a": "\xe4"}',
            f'{{"a": {FIVE_THOUSAND}}}'.encode(),
            f'{{"a": -{FIVE_THOUSAND}}}'.encode(),
            b'{"a": ' + DEEP.encode(),
            b"   ",
            b'{"a": 2} {"a": 3}',
            b'{"a": 2}\n',
        ]
    )
    path = saved(folder, "a.jsonl", content)
    read, left = lines(path)
    assert read == [(1, {"a": 1}), (10, {"a": 2})]
    assert left.first == {
        "the line is JSON, but no object": f"{path}:2",
        "the line is not JSON": f"{path}:3",
        NOT_UTF8: f"{path}:4",
        "a number has thousands of digits": f"{path}:5",
        "it is nested too deeply": f"{path}:7",
    }
    assert dict(left.counts) == {
        "the line is JSON, but no object": 1,
        "the line is not JSON": 2,
        NOT_UTF8: 1,
        "a number has thousands of digits": 2,
        "it is nested too deeply": 1,
    }
    assert left.total == 7


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("at", [1, 2, 3])
@pytest.mark.parametrize("length", [63, 64, 65, 100, 128, 129, 1000])
def test_a_line_that_is_too_long_is_one_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, mark: bytes, at: int, length: int
) -> None:
    monkeypatch.setattr(reading, "LONGEST_LINE", 64)
    rows = [b'{"a": %d}' % i for i in (1, 2, 3)]
    rows[at - 1] = b'{"a": "' + b"x" * (length - 9) + b'"}'
    assert len(rows[at - 1]) == length
    read, left = lines(saved(folder, "a.jsonl", mark + b"\n".join(rows)))
    used = length + (len(mark) if at == 1 else 0)
    if used < 64 or (used == 64 and at == 3):
        assert [number for number, _ in read] == [1, 2, 3]
        assert not left.total
    elif left.total:
        assert [number for number, _ in read] == [i for i in (1, 2, 3) if i != at]
        assert dict(left.counts) == {"the line is longer than 0 MiB": 1}
    else:
        assert used == 64  # the line feed alone is beyond


def test_what_is_behind_a_too_long_row_is_not_taken_for_its_end(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LONGEST_LINE", 64)
    row = b'{"a": 1}' + b" " * 80 + b"x\n" + b'{"a": 2}\n'
    read, left = lines(saved(folder, "a.jsonl", row))
    assert read == [(2, {"a": 2})]
    assert left.total == 1


def test_a_glimpse_at_lines_ends_at_once_where_the_first_is_no_object(folder: Path) -> None:
    path = saved(folder, "a.json", '\n \n{\n"a":\n{"b": 1}\n}\n')
    with pytest.raises(CannotBegin):
        [*json_lines(path)]
    assert glimpse(path) == Glimpse(path, "object", ({"a": {"b": 1}},))


# One object


def test_one_object_is_read_as_json_reads_it(folder: Path) -> None:
    content = json.dumps({"a": [1, {"b": "ä"}]}, indent=2)
    for raw in (content.encode(), b"\xef\xbb\xbf" + content.encode()):
        assert json_object(saved(folder, "a.json", raw)) == {"a": [1, {"b": "ä"}]}
    assert json_object(saved(folder, "a.json.gz", content)) == {"a": [1, {"b": "ä"}]}


@given(data=st.data(), value=st.dictionaries(st.text('aä\\"'), json_values, min_size=1, max_size=3))
def test_a_cut_object_is_said_to_be_cut(
    folder: Path, data: st.DataObject, value: dict[str, Json]
) -> None:
    text = json.dumps(value)
    cut = data.draw(st.integers(1, len(text) - 1))
    where, what, hint = wrong_with(lambda: json_object(saved(folder, "a.json", text[:cut])))
    assert where == "a.json:1"
    assert what == "the file ends before its JSON does: it was cut"
    assert hint in HINTED


@pytest.mark.parametrize(
    ("content", "where", "what"),
    [
        ("[1]", "a.json", "the file holds no JSON object"),
        ('{"a": 1,\n b}', "a.json:2", "not JSON: Expecting property name"),
        ('{"a": "\\uzzzz"}', "a.json:1", "not JSON: Invalid \\uXXXX escape"),
        (f'{{"a": {FIVE_THOUSAND}}}', "a.json", "a number has thousands of digits"),
        (f'{{"a": {DEEP}', "a.json", "it is nested too deeply"),
        (b'{"a": "\xe4"}', "a.json", "the file is not UTF-8: "),
        ('{"a": 1}'.encode("utf-16"), "a.json", "the file is not UTF-8: "),
        ("", "a.json:1", "the file ends before its JSON does"),
    ],
)
def test_what_is_no_object_is_said(
    folder: Path, content: bytes | str, where: str, what: str
) -> None:
    path = saved(folder, "a.json", content)
    place, told, hint = wrong_with(lambda: json_object(path))
    assert place == where
    assert told.startswith(what)
    assert hint


def test_an_object_is_not_read_beyond_what_memory_allows(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LARGEST_OBJECT", 20)
    assert json_object(saved(folder, "a.json", '{"a": "xxxxxxxxxxx"}')) == {"a": "x" * 11}
    path = saved(folder, "a.json", '{"a": "xxxxxxxxxxxx"}')
    _, what, _ = wrong_with(lambda: json_object(path))
    assert what.startswith("the file is larger than")


@given(value=json_values)
def test_a_whole_text_never_ends_early(value: Json) -> None:
    text = json.dumps(value) + " x"
    with pytest.raises(json.JSONDecodeError) as caught:
        json.loads(text)
    assert not ends_early(caught.value)


# Files that cannot be read


@pytest.mark.parametrize("damage", ["cut", "flipped", "none", "behind"])
@pytest.mark.parametrize("read", [array, lines, json_object, glimpse])
def test_damaged_gz_is_said_to_be(folder: Path, read: Callable[[Path], Any], damage: str) -> None:
    rows: list[Json] = [{"a": i, "b": str(i * 7919)} for i in range(4000)]
    content: Json = {"rows": rows} if read is json_object else rows
    text = "\n".join(map(json.dumps, rows)) if read is lines else json.dumps(content)
    raw = bytearray(gzip.compress(text.encode(), mtime=0))
    if damage == "cut":
        del raw[len(raw) // 2 :]
    elif damage == "flipped":
        for i in range(200, 260):
            raw[i] ^= 0xFF
    elif damage == "none":
        raw = bytearray(text.encode())
    else:
        raw += b"xyz"
    path = folder / "a.json.gz"
    path.write_bytes(raw)
    where, what, hint = wrong_with(lambda: read(path))
    assert where == "a.json.gz"
    assert what.startswith("the compressed file is damaged: ")
    assert hint in HINTED


@pytest.mark.parametrize("read", [array, lines, json_object, glimpse])
def test_files_that_are_not_there(folder: Path, read: Callable[[Path], Any]) -> None:
    saved(folder, "results.json", "[]")
    assert wrong_with(lambda: read(folder / "result.json"))[1] == "there is no such file"
    assert wrong_with(lambda: read(folder))[1] == "this is a folder, not a file"


# Values as tools write them


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (1, 1.0), (0.5, 0.5), (True, 1.0), (False, 0.0), ("0.5", 0.5), (" 1e-3 ", 0.001), ("-7", -7.0),
        ("nan", None), ("inf", None), (math.nan, None), (math.inf, None), (10**400, None), ("1e999", None),
        (FIVE_THOUSAND, None), ("1_000", None), ("٣", None), ("0,5", None), ("", None), (None, None),
        ([], None), ({}, None), ("0x10", None),
    ],
)  # fmt: skip
def test_numbers(value: Json, number: float | None) -> None:
    assert number_of(value) == number


def test_other_values() -> None:
    assert (text_of("a"), text_of(1), text_of(None)) == ("a", "", "")
    assert (object_of({"a": 1}), object_of([1])) == ({"a": 1}, {})
    assert (list_of([1]), list_of({"a": 1})) == ([1], [])
    values: list[Json] = [0, 7, True, -1, 1.0, "1", 1 << 53, None]
    assert [count_of(one) for one in values] == [0, 7, None, None, None, None, None, None]


def test_left_counts_by_reason_and_keeps_the_first_place() -> None:
    left = Left()
    for why, where in (("a", "f:3"), ("b", "f:4"), ("a", "f:5")):
        left.add(why, where)
    assert (dict(left.counts), left.first, left.total) == (
        {"a": 2, "b": 1},
        {"a": "f:3", "b": "f:4"},
        3,
    )


# Glimpses


@pytest.mark.parametrize(
    ("name", "content", "shape", "rows", "header"),
    [
        ("a.jsonl", '{"a": 1}\n{"a": 2}\n', "lines", 2, ()),
        ("a.txt", '{"a": 1}\n{"a": 2}\n', "lines", 2, ()),
        ("a.jsonl", '{"a": 1}\n' * 9, "lines", 5, ()),
        ("a.jsonl", '{"a": 1}', "lines", 1, ()),
        ("a.jsonl.gz", '{"a": 1}', "lines", 1, ()),
        ("a.json", '{"a": 1}', "object", 1, ()),
        ("a.json", '{\n"a": 1}', "object", 1, ()),
        ("a.json", ' \n[{"a": 1}, 2, {"a": 3}]', "array", 2, ()),
        ("a.json", "[]", "array", 0, ()),
        ("a.json.gz", '[{"a": 1}]', "array", 1, ()),
        ("a.json", '\ufeff[{"a": 1}]', "array", 1, ()),
        ("a.csv", "\ufeffid,score\r\n1,2\r\n", "table", 0, ("id", "score")),
        ("a.csv.gz", 'id,"my, score"\n', "table", 0, ("id", "my, score")),
        ("a.tsv", "\tname\tscore\n0\ta\t1\n", "table", 0, ("", "name", "score")),
        ("a.csv", "[id],[score]\n1,2\n", "table", 0, ("[id]", "[score]")),
        ("a.csv", "id,score\r1,2\r", "table", 0, ()),
        ("a.csv", b"\x00\r\x00", "table", 0, ()),
        ("a.txt", "hello", "other", 0, ()),
        ("a.txt", b"\x00\x01", "other", 0, ()),
        ("a.eval", b"PK\x03\x04....", "zip", 0, ()),
        ("a.parquet", b"PAR1....", "parquet", 0, ()),
    ],
)
def test_shapes(
    folder: Path, name: str, content: bytes | str, shape: str, rows: int, header: tuple[str, ...]
) -> None:
    seen = glimpse(saved(folder, name, content))
    assert (seen.shape, len(seen.rows), seen.header) == (shape, rows, header)
    assert seen.has("a") is (rows > 0)
    assert not seen.has("a", "b")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ('[{"a": 1}]'.encode("utf-16"), "the file is UTF-16, not UTF-8"),
        (b"\xfe\xff" + '[{"a": 1}]'.encode("utf-16-be"), "the file is UTF-16, not UTF-8"),
        ('[{"a": 1}]'.encode("utf-32"), "the file is UTF-32, not UTF-8"),
        (b"\x00\x00\xfe\xff" + '[{"a": 1}]'.encode("utf-32-be"), "the file is UTF-32, not UTF-8"),
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf \n", "the file is empty"),
        (b'[{"a": 1}, {]', "not JSON: "),
        (b'{"a":\n', "the file ends before its JSON does"),
    ],
)
def test_what_a_glimpse_refuses(folder: Path, content: bytes, what: str) -> None:
    path = saved(folder, "a.json", content)
    _, told, hint = wrong_with(lambda: glimpse(path))
    assert told.startswith(what)
    assert hint


# Small on the disk and large in memory


def packed(folder: Path, name: str, *pieces: tuple[bytes, int]) -> Path:
    """A file that unpacks to each piece so many times."""
    path = folder / name
    with gzip.open(path, "wb", compresslevel=1) as file:
        for piece, times in pieces:
            file.write(piece * times)
    return path


def peak_of(read: Callable[[], Any]) -> int:
    tracemalloc.start()
    read()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_spaces_are_passed_over_at_once(folder: Path) -> None:
    path = packed(folder, "a.json.gz", (b"[", 1), (b" " * 1000, 40_000), (b'{"a": 1}]', 1))
    began = time.process_time()
    assert [*json_array(path)] == [(1, {"a": 1})]
    assert time.process_time() - began < 2  # character by character it takes ten


@pytest.mark.parametrize("line_feed", [b"", b"\n"])
def test_a_packed_object_is_glimpsed_in_little_memory(folder: Path, line_feed: bytes) -> None:
    value = b'["many", "texts"], '
    path = packed(
        folder, "a.json.gz", (b"{" + line_feed + b'"b": [', 1), (value, 1_500_000), (b'1], "a": 2}', 1)
    )  # fmt: skip
    seen: list[Glimpse] = []
    assert peak_of(lambda: seen.append(glimpse(path))) < 24 << 20
    assert (seen[0].shape, seen[0].rows) == ("object", ({"b": [], "a": 2},))


def test_an_object_of_millions_of_names_is_glimpsed_in_little_memory(folder: Path) -> None:
    names = b"".join(b'"name %d": 7, ' % i for i in range(10_000))
    path = packed(folder, "a.json.gz", (b'{"a": 1, ', 1), (names, 40), (b'"z": 1}', 1))
    seen: list[Glimpse] = []
    assert peak_of(lambda: seen.append(glimpse(path))) < 24 << 20
    assert seen[0].shape == "object"
    assert seen[0].has("a", "name 4000")


def test_rows_of_which_the_first_is_very_long_are_lines(folder: Path) -> None:
    long = b'{"a": 1, "b": "' + b"x" * (17 << 20) + b'"}\n'
    path = folder / "a.txt"
    path.write_bytes(long + b'{"a": 2}\n')
    seen = glimpse(path)
    assert seen.shape == "lines"
    assert seen.first == {"a": 1, "b": None}


# What is no file


@pytest.mark.parametrize("read", [array, lines, json_object, glimpse])
def test_a_pipe_is_not_waited_for(tmp_path: Path, read: Callable[[Path], Any]) -> None:
    pipe, link = tmp_path / "pipe.json", tmp_path / "link.json"
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    for path in (pipe, link, Path("/dev/zero")):
        place, what, hint = wrong_with(lambda path=path: read(path))  # type: ignore[misc]
        assert (place, what) == (path.name, "this is not a regular file")
        assert hint


@pytest.mark.parametrize("read", [array, lines, json_object, glimpse])
def test_a_path_that_no_file_can_have(folder: Path, read: Callable[[Path], Any]) -> None:
    _, what, hint = wrong_with(lambda: read(folder / ("x" * 300)))
    assert what == "the path is too long"
    assert hint
