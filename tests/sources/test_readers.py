"""Files to rows: every format, and everything that can be wrong with a file or a row."""

import csv
import gzip
import json
import math
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalreport.errors import DataError
from evalreport.sources.faults import Faults
from evalreport.sources.json_rows import NumberedRow
from evalreport.sources.lines import unreadable
from evalreport.sources.readers import read_rows, where
from tests.sources.given import steady

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8", exclude_characters="\0")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc"), inner, max_size=3),
    max_leaves=6,
)
tables = st.lists(
    st.dictionaries(st.text("abcä ", min_size=1), json_values, max_size=4), min_size=1
)


def rows_of(path: Path, **options: Any) -> tuple[list[NumberedRow], list[str]]:
    """The good rows, and each problem as `place: what`."""
    faults = Faults()
    rows = [*read_rows(path, faults, **options)]
    return rows, [f"{one.where.removeprefix(f'{path.parent}/')} {one.what}" for one in faults.shown]


def wrong_with(path: Path, **options: Any) -> list[str]:
    return rows_of(path, **options)[1]


def good_rows(path: Path, **options: Any) -> list[NumberedRow]:
    rows, wrong = rows_of(path, **options)
    assert not wrong
    return rows


def saved(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_lines_end_in_any_way_and_keep_their_numbers(tmp_path: Path) -> None:
    content = '\ufeff{"a": 1}\r\n{"a": "\u2028"}\n{"a": 3}'
    assert good_rows(saved(tmp_path, "x.jsonl", content)) == [
        (1, {"a": 1}),
        (2, {"a": "\u2028"}),
        (3, {"a": 3}),
    ]


def test_empty_lines_may_only_end_a_file(tmp_path: Path) -> None:
    assert good_rows(saved(tmp_path, "x.jsonl", '{"a": 1}\n\n  \n')) == [(1, {"a": 1})]
    assert wrong_with(saved(tmp_path, "y.jsonl", '{"a": 1}\n\n{"a": 2}\n')) == [
        "y.jsonl:2 the line is empty"
    ]
    assert wrong_with(saved(tmp_path, "y.csv", "a,b\n1,2\n\n3,4\n")) == [
        "y.csv:3 the line is empty"
    ]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b'{"a": 1', "not JSON at column 8: Expecting ',' delimiter"),
        (b"{'a': 1}", "not JSON at column 2: Expecting property name enclosed in double quotes"),
        (b'{"a": 1} {"a": 2}', "there is more after the object, at column 10"),
        (b"[1, 2]", "the line is an array, not an object"),
        (b"7", "the line is a number, not an object"),
        (b"null", "the line is null, not an object"),
        (b'{"a": NaN}', "NaN is not JSON"),
        (b'{"a": [-Infinity]}', "-Infinity is not JSON"),
        (b'{"a": 1e999}', "the number 1e999 is too large"),
        (b'{"a": ' + b"1" * 5000 + b"}", "not readable: Exceeds the limit"),
        (b'{"a": 1, "b": {"c": 1, "c": 2}}', "the key `c` stands there twice"),
        (b'{"a": "\x00"}', "the line holds a NUL character"),
        (b'{"a": "\\u0000"}', "a text holds a NUL character"),
        (b'{"a": "\\ud800"}', "a text holds half a surrogate pair"),
        (b'{"a": "caf\xe9"}', "byte 0xE9 at position 11 is not UTF-8"),
        (b'{"a": ' + b"[" * 100_000, "nested too deeply"),
        (b'{"a": "x\ty"}', "Invalid control character"),
    ],
)
def test_a_broken_line_is_named_and_the_others_are_read(
    tmp_path: Path, line: bytes, says: str
) -> None:
    path = saved(tmp_path, "x.jsonl", b'{"a": 0}\n' + line + b'\n{"a": 2}\n')
    rows, wrong = rows_of(path)
    assert [number for number, _ in rows] == [1, 3]
    assert len(wrong) == 1
    assert wrong[0].startswith("x.jsonl:2 ")
    assert says in wrong[0]


def test_escaped_pairs_are_text(tmp_path: Path) -> None:
    assert good_rows(saved(tmp_path, "x.jsonl", '{"a": "\\ud83d\\ude00"}')) == [(1, {"a": "😀"})]


@pytest.mark.parametrize(
    ("content", "numbers"),
    [
        ('[{"a": 0},\n {"a": 1}]', [1, 2]),
        ('{"version": 1,\n "data": [\n{"a": 0},\n{"a": 1}\n]}\n', [3, 4]),
        ('{"a": 0}\n{"a": 1}\n', [1, 2]),
    ],
)
def test_json_files(tmp_path: Path, content: str, numbers: list[int]) -> None:
    rows = good_rows(saved(tmp_path, "x.json", content))
    assert rows == [(number, {"a": index}) for index, number in enumerate(numbers)]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            '[{"a": 0},\n 7, {"a": NaN}]',
            ["x.json:2 a row is a number, not an object", "x.json:2 NaN is not JSON"],
        ),
        ('[{"a": 0},\n {"a": }]', ["x.json:2 not JSON at column 8: Expecting value"]),
        ('[{"a": 0}\n {"a": 1}]', ["x.json:2 not JSON at column 2: Expecting ',' delimiter"]),
        ('[{"a": 0},\n]', ["x.json:2 not JSON at column 1: Expecting value"]),
        ('[{"a": 0}]\nx', ["x.json:2 not JSON at column 1: Extra data after the array"]),
        ('[{"a": 0}', ["x.json:1 not JSON at column 10: Expecting ',' delimiter"]),
        (
            '{"a": [], "b": []}',
            [
                "x.json the file is an object that holds the arrays `a`, `b`: one array of rows is wanted"
            ],
        ),
        (
            '{"a": 1}',
            ["x.json the file is an object that holds no array: one array of rows is wanted"],
        ),
        ("7", ["x.json the file is neither an array nor an object"]),
        ("[]", ["x.json the file holds no rows"]),
        ("", ["x.json the file holds no rows"]),
        ("[" * 100_000, ["x.json:1 in a row after this line: not readable: nested too deeply"]),
    ],
)
def test_broken_json_files(tmp_path: Path, content: str, says: list[str]) -> None:
    assert wrong_with(saved(tmp_path, "x.json", content)) == says


def test_csv_keeps_cells_as_they_are(tmp_path: Path) -> None:
    content = 'a,b c\n007,"x, ""y""\nz"\n,ä\n'
    rows = good_rows(saved(tmp_path, "x.csv", "\ufeff" + content))
    assert rows == [(2, {"a": "007", "b c": 'x, "y"\nz'}), (4, {"a": "", "b c": "ä"})]
    assert good_rows(saved(tmp_path, "x.tsv", "a\tb\n1\t2\n")) == [(2, {"a": "1", "b": "2"})]
    semicolons = saved(tmp_path, "y.csv", "a;b\r\n1;2\r\n")
    assert good_rows(semicolons, delimiter=";") == [(2, {"a": "1", "b": "2"})]
    latin = saved(tmp_path, "z.csv", "a,b\nä,ß\n".encode("cp1252"))
    assert good_rows(latin, encoding="cp1252") == [(2, {"a": "ä", "b": "ß"})]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            "a,b\n1,2\n1,2,3\n4\n",
            [
                "x.csv:3 the row has 3 cells, the header 2",
                "x.csv:4 the row has 1 cells, the header 2",
            ],
        ),
        ("a,a\n1,2\n", ["x.csv:1 the column `a` stands there twice"]),
        (",a\n1,2\n", ["x.csv:1 column 1 has no name"]),
        ('a,b\n1,"2\n3,4\n', ["x.csv:2 not CSV: unexpected end of data"]),
        ('a,b\n1,"2"x\n3,4\n', ["x.csv:2 not CSV: ',' expected after '\"'"]),
        ("a,b\n", ["x.csv the file holds no rows"]),
        ("", ["x.csv the file holds no rows"]),
        ("a,b\n1,\x00\n", ["x.csv:2 the line holds a NUL character"]),
        (b"a,b\n1,\xe9\n", ["x.csv:2 byte 0xE9 at position 3 is not UTF-8"]),
    ],
)
def test_broken_csv(tmp_path: Path, content: bytes | str, says: list[str]) -> None:
    assert wrong_with(saved(tmp_path, "x.csv", content)) == says


def test_a_cell_may_be_long(tmp_path: Path) -> None:
    ((_, row),) = good_rows(saved(tmp_path, "x.csv", "a,b\n1," + "x" * 1_000_000 + "\n"))
    assert len(str(row["b"])) == 1_000_000


def write_parquet(path: Path, columns: dict[str, Sequence[Any]]) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table(columns), path)
    return path


def test_parquet(tmp_path: Path) -> None:
    import datetime as dt
    import decimal

    path = write_parquet(
        tmp_path / "x.parquet",
        {
            "text": ["a", None],
            "list": [[1, 2], []],
            "object": [{"x": 0.5}, {"x": None}],
            "day": [dt.date(2026, 1, 31), None],
            "price": [decimal.Decimal("1.50"), None],
            "image": [b"\x89PNG", b""],
        },
    )
    notes: list[str] = []
    rows = good_rows(path, notes=notes)
    assert rows == [
        (
            1,
            {
                "text": "a",
                "list": [1, 2],
                "object": {"x": 0.5},
                "day": "2026-01-31",
                "price": "1.50",
            },
        ),
        (2, {"text": None, "list": [], "object": {"x": None}, "day": None, "price": None}),
    ]
    assert notes == ["The columns `image` hold bytes and were not read."]


def test_broken_parquet(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "x.parquet", {"a": [1.0, math.nan, math.inf]})
    rows, wrong = rows_of(path)
    assert len(rows) == 1
    assert wrong == [
        "x.parquet row 2 nan is not a number that JSON knows; missing is null",
        "x.parquet row 3 inf is not a number that JSON knows; missing is null",
    ]
    (wrong_file,) = wrong_with(saved(tmp_path, "y.parquet", b"PAR1 and no more"))
    assert wrong_file.startswith("y.parquet not a readable Parquet file")
    assert wrong_with(write_parquet(tmp_path / "z.parquet", {"a": []})) == [
        "z.parquet the file holds no rows"
    ]
    assert wrong_with(tmp_path / "none.parquet") == ["none.parquet there is no such file"]


def test_gzip(tmp_path: Path) -> None:
    packed = gzip.compress(b'{"a": 1}\n{"a": 2}\n' * 1000)
    assert len(good_rows(saved(tmp_path, "x.jsonl.gz", packed))) == 2000
    (cut,) = wrong_with(saved(tmp_path, "y.jsonl.gz", packed[:-20]))
    assert "the compressed file is damaged" in cut
    (not_gzip,) = wrong_with(saved(tmp_path, "z.csv.gz", b"a,b\n1,2\n"))
    assert "the file cannot be read: Not a gzipped file" in not_gzip


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "cp1252"])
def test_other_encodings(tmp_path: Path, encoding: str) -> None:
    path = saved(tmp_path, "x.jsonl", '{"a": "ä"}\r\n{"a": "ß"}\r\n'.encode(encoding))
    assert good_rows(path, encoding=encoding) == [(1, {"a": "ä"}), (2, {"a": "ß"})]
    assert wrong_with(path)


def test_an_undeclared_encoding_is_guessed_only_in_the_hint(tmp_path: Path) -> None:
    faults = Faults()
    path = saved(tmp_path, "x.jsonl", '{"a": 1}'.encode("utf-16"))
    assert [*read_rows(path, faults)] == []
    assert faults.shown[0].what == "the file is UTF-16, not UTF-8"
    assert faults.shown[0].hint == "declare `encoding: utf-16`, or save the file as UTF-8"


def test_a_declared_encoding_that_does_not_fit(tmp_path: Path) -> None:
    path = saved(tmp_path, "x.jsonl", b'{"a": 1}\n{"a": "\xe9"}\n')
    (only,) = wrong_with(path, encoding="ascii")
    assert "from about here the file is not ascii" in only


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    saved(tmp_path, "train.jsonl", "{}")
    (tmp_path / "folder.jsonl").mkdir()
    saved(tmp_path / "folder.jsonl", "part.csv", "")
    faults = Faults()
    for name in ("trian.jsonl", "nothing-like-it.csv", "folder.jsonl", "x.xlsx", "plain"):
        assert [*read_rows(tmp_path / name, faults)] == []
    assert [(one.what, one.hint) for one in faults.shown] == [
        ("there is no such file", f"did you mean `{tmp_path / 'train.jsonl'}`?"),
        ("there is no such file", "a path is relative to the folder of the spec"),
        ("this is a folder, not a file", "name a file in it: `part.csv`"),
        (
            "the format `.xlsx` is not known",
            "datasets are .jsonl, .json, .csv, .tsv (also with .gz) and .parquet",
        ),
        (
            "the file has no extension",
            "datasets are .jsonl, .json, .csv, .tsv (also with .gz) and .parquet",
        ),
    ]
    assert unreadable(tmp_path, PermissionError())[0] == "the file may not be read by this user"
    assert (
        "Input/output error"
        in unreadable(tmp_path / "train.jsonl", OSError(5, "Input/output error"))[0]
    )


def test_files_that_an_ordinary_user_may_not_read(tmp_path: Path) -> None:
    names = [
        tmp_path / "x.jsonl",
        tmp_path / "x.csv",
        write_parquet(tmp_path / "x.parquet", {"a": [1]}),
    ]
    for path in names[:2]:
        path.write_text("{}")
    for path in names:
        path.chmod(0)
    me = os.geteuid()
    if me == 0:  # root may read anything
        os.seteuid(65534)
    try:
        wrong = [one for path in names for one in wrong_with(path)]
    finally:
        os.seteuid(me)
    assert [one.partition(" ")[2] for one in wrong] == ["the file may not be read by this user"] * 3


def test_three_rows_of_one_kind_are_named_and_the_rest_is_counted(tmp_path: Path) -> None:
    path = saved(tmp_path, "x.jsonl", '{"a": 1}\n' + "nonsense\n" * 50)
    faults = Faults()
    assert len([*read_rows(path, faults)]) == 1
    with pytest.raises(DataError) as caught:
        faults.stop_if_any()
    assert len(caught.value.problems) == 4
    assert caught.value.problems[2].where.endswith("x.jsonl:4")
    assert caught.value.problems[-1].what == "and 47 more"


def test_twenty_problems_are_shown_and_the_rest_is_counted() -> None:
    faults = Faults()
    for row in range(50):
        faults.add(f"x.jsonl:{row}", f"problem {row}")
    with pytest.raises(DataError) as caught:
        faults.stop_if_any()
    assert len(caught.value.problems) == 21
    assert caught.value.problems[-1].what == "and 30 more"
    assert caught.value.exit_code == 2


def test_places() -> None:
    assert where("data/x.jsonl", 3) == "data/x.jsonl:3"
    assert where("data/x.parquet", 3) == "data/x.parquet row 3"


@settings(steady, max_examples=60)
@given(tables)
def test_every_format_gives_back_what_was_written(rows: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lines = "".join(json.dumps(row, ensure_ascii=len(row) % 2 == 0) + "\n" for row in rows)
        expected = list(enumerate(rows, start=1))
        assert good_rows(saved(folder, "x.jsonl", lines)) == expected
        for indent in (None, 1):
            array = json.dumps(rows, indent=indent)
            assert [row for _, row in good_rows(saved(folder, "x.json", array))] == rows
            wrapped = json.dumps({"a": {"b": [1]}, "rows": rows}, indent=indent)
            assert [row for _, row in good_rows(saved(folder, "y.json", wrapped))] == rows


@settings(steady, max_examples=60)
@given(
    st.lists(
        st.tuples(*[st.text(st.characters(codec="utf-8", exclude_characters="\0"))] * 3), min_size=1
    )
)
def test_csv_gives_back_what_was_written(rows: list[tuple[str, str, str]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "x.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, quoting=csv.QUOTE_ALL).writerows([("a", "b", "c"), *rows])
        assert [tuple(row.values()) for _, row in good_rows(path)] == rows


@settings(steady, max_examples=200)
@given(st.binary(max_size=200), st.sampled_from([".jsonl", ".json", ".csv", ".parquet", ".csv.gz"]))
def test_any_bytes_give_rows_or_problems_and_nothing_else(content: bytes, suffix: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        rows, wrong = rows_of(saved(Path(name), "x" + suffix, content))
        assert rows or wrong
