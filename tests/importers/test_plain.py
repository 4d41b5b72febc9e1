"""Plain tables: what was written is read back, and nothing odd in them becomes a number."""

import contextlib
import csv
import gzip
import io
import json
import math
import statistics
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalreport.digest import canonical, digest_text
from evalreport.errors import DataError, Problem
from evalreport.importers import reading
from evalreport.importers.base import Importer, NoScore, Reading, Row
from evalreport.importers.glimpse import glimpse
from evalreport.importers.plain import rows as plain_rows
from evalreport.importers.plain.cells import NO_NUMBER, NOT_FINITE, TEXT, answer, name_of
from evalreport.importers.plain.cells import given as given_of
from evalreport.importers.plain.columns import column_of
from evalreport.importers.plain.tables import PLAIN_OUTPUTS, PLAIN_SCORES
from evalreport.importers.reading import CUT
from evalreport.importers.table import IMPORTERS, importer_of
from evalreport.metrics.base import Scale
from evalreport.values import Json

FORMATS = ["csv", "csv.gz", "tsv", "jsonl", "jsonl.gz", "json", "json.gz", "parquet"]
FIVE_THOUSAND = "9" * 5000
Rows = Sequence[Mapping[str, Any]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all examples of a property."""
    return tmp_path_factory.mktemp("plain")


def saved(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    raw = content.encode() if isinstance(content, str) else content
    path.write_bytes(gzip.compress(raw, mtime=0) if name.endswith(".gz") else raw)
    return path


def csv_text(rows: Rows, delimiter: str = ",") -> str:
    """As anybody's script writes it: None as an empty cell."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [*rows[0]], delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def written(folder: Path, form: str, rows: Rows) -> Path:
    name = f"rows.{form}"
    match form.removesuffix(".gz"):
        case "csv":
            return saved(folder, name, csv_text(rows))
        case "tsv":
            return saved(folder, name, csv_text(rows, "\t"))
        case "jsonl":
            return saved(folder, name, "".join(json.dumps(row) + "\n" for row in rows))
        case "json":
            return saved(folder, name, json.dumps([*rows], indent=1))
        case _:
            import pyarrow as pa
            import pyarrow.parquet as pq

            pq.write_table(pa.Table.from_pylist([*map(dict, rows)]), folder / name)
            return folder / name


def read(
    path: Path, importer: Importer = PLAIN_SCORES, columns: Mapping[str, str] | None = None
) -> tuple[list[Row], Reading]:
    found = importer.read(path, columns or {})
    return [*found.rows], found


def problem_of(action: Callable[[], Any]) -> Problem:
    with pytest.raises(DataError) as caught:
        action()
    (problem,) = caught.value.problems
    assert problem.hint
    return problem


# What was written is read back

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
ids = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=6).filter(
    lambda one: one == one.strip()
)
scores = st.floats(allow_nan=False, allow_infinity=False) | st.none()
table_rows = st.lists(
    st.fixed_dictionaries(
        {"id": ids, "prompt": texts, "output": texts, "score": scores, "passed": st.booleans(), "n": texts}
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda row: row["id"],
)  # fmt: skip


@pytest.mark.parametrize("form", FORMATS)
@settings(max_examples=30)
@given(rows=table_rows)
def test_what_was_written_is_read_back(folder: Path, form: str, rows: Rows) -> None:
    path = written(folder, form, rows)
    found, reading = read(path, columns={"accuracy": "passed", "score": "score"})
    assert not reading.left.total
    assert [row.item for row in found] == [row["id"] for row in rows]
    assert [row.output for row in found] == [row["output"] for row in rows]
    told = [digest_text(row["prompt"]) if row["prompt"] else "" for row in rows]
    assert [row.prompt for row in found] == told
    for mine, row in zip(found, rows, strict=True):
        score = NO_NUMBER if row["score"] is None else row["score"]
        assert mine.scores == {"accuracy": float(row["passed"]), "score": score}
    start = 2 if form.startswith(("csv", "tsv")) else 1
    assert found[0].line == start
    has_lines = form.removesuffix(".gz") in {"csv", "tsv", "jsonl"}
    assert reading.numbered == ("line" if has_lines else "row")


@pytest.mark.parametrize("form", FORMATS)
def test_answers_are_read_back(folder: Path, form: str) -> None:
    rows = [
        {"qid": "a", "question": "2 + 2?", "response": 'four, "4"\nor 5 - 1', "model_name": "x"},
        {"qid": "b", "question": "2 + 2?", "response": "", "model_name": "y"},
    ]
    path = written(folder, form, rows)
    assert importer_of(path) is PLAIN_OUTPUTS
    found, reading = read(path, PLAIN_OUTPUTS)
    assert reading.gives == "outputs"
    assert [(row.item, row.model, row.output, row.scores) for row in found] == [
        ("a", "x", 'four, "4"\nor 5 - 1', {}),
        ("b", "y", "", {}),
    ]
    assert found[0].prompt == found[1].prompt == digest_text("2 + 2?")
    assert not reading.left.total


def test_means_are_those_of_the_numbers(folder: Path) -> None:
    rows = [{"id": i, "accuracy": i % 3 == 0, "score": i / 7} for i in range(50)]
    for form in FORMATS:
        found, _ = read(written(folder, form, rows))
        for metric in ("accuracy", "score"):
            mine = [row.scores[metric] for row in found]
            assert all(isinstance(one, float) for one in mine)
            expected = statistics.fmean(float(row[metric]) for row in rows)
            assert statistics.fmean(one for one in mine if isinstance(one, float)) == pytest.approx(
                expected, abs=1e-12
            )


def test_ids_pair_whatever_the_format(folder: Path) -> None:
    """7, 7.0 (as pandas writes it beside missing ones) and "7" are one item."""
    items = set()
    for form in FORMATS:
        found, _ = read(written(folder, form, [{"id": 7, "score": 1}]))
        items.add(found[0].item)
    found, _ = read(written(folder, "parquet", [{"id": 7.0, "score": 1}, {"id": None, "score": 1}]))
    items.add(found[0].item)
    assert items == {"7"}


def test_row_numbers_of_pandas_are_no_column(folder: Path) -> None:
    found, reading = read(saved(folder, "a.csv", ",id,score\n0,a,0.5\n1,b,0.25\n"))
    assert [(row.item, row.scores) for row in found] == [
        ("a", {"score": 0.5}),
        ("b", {"score": 0.25}),
    ]
    assert all("''" not in note for note in reading.notes)


def test_dates_bytes_and_decimals_in_parquet(folder: Path) -> None:
    import datetime as dt
    from decimal import Decimal

    rows = [{"id": dt.date(2026, 1, 2), "raw": b"\0", "score": Decimal("0.25"), "more": {"a": [1]}}]
    found, reading = read(written(folder, "parquet", rows))
    assert (found[0].item, found[0].scores) == ("2026-01-02", {"score": 0.25})
    assert not reading.left.total


# Cells


@pytest.mark.parametrize(
    ("cell", "score"),
    [
        (1, 1.0), (0.5, 0.5), (-3, -3.0), (True, 1.0), (False, 0.0),
        ("0.5", 0.5), (" 1e-3 ", 0.001), ("+.5", 0.5), ("7.", 7.0), ("-0", 0.0), ("TRUE", 1.0), ("false", 0.0),
        (None, NO_NUMBER), (math.nan, NO_NUMBER), ("", NO_NUMBER), ("  ", NO_NUMBER), ("nan", NO_NUMBER),
        ("NaN", NO_NUMBER), ("null", NO_NUMBER), ("N/A", NO_NUMBER), ("-", NO_NUMBER), ("None", NO_NUMBER),
        ("<NA>", NO_NUMBER),
        (math.inf, NOT_FINITE), (10**400, NOT_FINITE), ("1e999", NOT_FINITE), ("-inf", NOT_FINITE),
        ("Infinity", NOT_FINITE), (FIVE_THOUSAND, NOT_FINITE),
        ("0,5", TEXT), ("1_000", TEXT), ("50 %", TEXT), ("٣", TEXT), ("0x10", TEXT), ("error", TEXT),
        ("1 2", TEXT), ("--", TEXT), ("yes", TEXT), ([], TEXT), ({"a": 1}, TEXT), ([1], TEXT), ("\0", TEXT),
    ],
)  # fmt: skip
def test_cells_of_scores(cell: Json, score: float | NoScore) -> None:
    assert given_of(cell) == score


def test_only_what_was_there_and_could_not_be_read_is_unparsed() -> None:
    assert (NO_NUMBER.is_unparsed, NOT_FINITE.is_unparsed, TEXT.is_unparsed) == (False, False, True)
    assert NO_NUMBER.reason == "no number"


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("a", "a"), (" a ", "a"), (7, "7"), (7.0, "7"), (7.5, "7.5"), (1e300, "1e+300"), (None, ""), ("", ""),
        (math.nan, ""), (True, None), ([], None), ({}, None), ("\ud800", None), ("a\0", None),
    ],
)  # fmt: skip
def test_cells_of_names(cell: Json, name: str | None) -> None:
    assert name_of(cell) == name


def test_cells_of_answers() -> None:
    values: list[Json] = ["a", "", None, 4, 0.5, True, math.nan]
    assert [answer(one) for one in values] == ["a", "", None, "4", "0.5", "true", None]
    odds: list[Json] = [["a"], {"a": 1}]
    for odd in odds:
        with pytest.raises(ValueError, match="no text"):
            answer(odd)


def test_a_text_among_numbers_is_no_number_and_is_counted(folder: Path) -> None:
    path = saved(folder, "a.csv", "id,accuracy\na,1\nb,error\nc,\nd,0\n")
    found, reading = read(path)
    assert [row.scores["accuracy"] for row in found] == [1.0, TEXT, NO_NUMBER, 0.0]
    assert not reading.left.total


def test_a_text_after_the_first_rows_is_no_number(folder: Path) -> None:
    rows: Rows = [
        *[{"id": i, "points": 1} for i in range(150)],
        {"id": 150, "points": "timeout"},
    ]
    found, _ = read(written(folder, "jsonl", rows))
    assert found[-1].scores == {"points": TEXT}


# Which column is what


@pytest.mark.parametrize(
    ("header", "importer", "roles", "metrics"),
    [
        ("id,score", PLAIN_SCORES, {"id": "id"}, ["score"]),
        ("index,item_id,id,score", PLAIN_SCORES, {"id": "id"}, ["score"]),
        ("index,qid,score", PLAIN_SCORES, {"id": "qid"}, ["score"]),
        ("Question_ID,Score", PLAIN_SCORES, {"id": "Question_ID"}, ["Score"]),
        ("id, score", PLAIN_SCORES, {"id": "id"}, ["score"]),
        ("prompt,bleu,chrf", PLAIN_SCORES, {"prompt": "prompt"}, ["bleu", "chrf"]),
        ("id,model,part,cluster,f1", PLAIN_SCORES, {"id": "id", "model": "model", "part": "part", "cluster": "cluster"}, ["f1"]),
        ("id,answer,correct", PLAIN_SCORES, {"id": "id"}, ["correct"]),
        ("id,Answer,target,correct", PLAIN_SCORES, {"id": "id", "output": "Answer", "reference": "target"}, ["correct"]),
        ("id,answer,response,correct", PLAIN_SCORES, {"id": "id", "output": "response"}, ["correct"]),
        ("id,answer,seconds", PLAIN_OUTPUTS, {"id": "id", "output": "answer"}, []),
        ("id,response,seconds", PLAIN_OUTPUTS, {"id": "id", "output": "response"}, []),
        ("id,answer,prediction", PLAIN_OUTPUTS, {"id": "id", "output": "prediction"}, []),
        ("id,input,output,target", PLAIN_OUTPUTS, {"id": "id", "prompt": "input", "output": "output", "reference": "target"}, []),
    ],
)  # fmt: skip
def test_names_tell_the_columns(
    folder: Path, header: str, importer: Importer, roles: dict[str, str], metrics: list[str]
) -> None:
    names = [name.strip() for name in header.split(",")]
    rows = [f"{i}" + f",{i - 1}" * (len(names) - 1) for i in (1, 2)]
    path = saved(folder, "a.csv", "\n".join([header, *rows]))
    assert importer_of(path) is importer
    found, reading = read(path, importer)
    assert [*found[0].scores] == metrics
    told = [f"{role} {name!r}" for role, name in roles.items()]
    for one in told:
        assert one in reading.notes[0]
    assert reading.notes[0].count("'") == 2 * (len(roles) + len(metrics))


def test_the_spec_decides_over_names(folder: Path) -> None:
    path = saved(
        folder, "a.csv", "id,Nr,what,Exact Match (%),score\n1,a,hello,0.5,7\n2,b,there,1,8\n"
    )
    asked = {"id": "Nr", "output": "what", "exact_match": "Exact Match (%)"}
    assert importer_of(path, asked) is PLAIN_SCORES
    found, _ = read(path, columns=asked)
    assert [(row.item, row.output, row.scores) for row in found] == [
        ("a", "hello", {"exact_match": 0.5}),
        ("b", "there", {"exact_match": 1.0}),
    ]
    assert importer_of(path, {"id": "Nr", "output": "what"}) is PLAIN_OUTPUTS
    assert importer_of(path, {"id": "Nr"}) is PLAIN_SCORES
    assert (
        importer_of(saved(folder, "b.csv", "a,b\nx,y\n"), {"id": "a", "output": "b"})
        is PLAIN_OUTPUTS
    )


def test_a_column_that_the_spec_names_is_taken_for_nothing_else(folder: Path) -> None:
    path = saved(folder, "a.csv", "id,answer,reference,points\n1,0.5,42,9\n")
    found, _ = read(path, columns={"score": "answer"})
    assert (found[0].output, found[0].scores) == (None, {"score": 0.5})
    found, _ = read(path)
    assert (found[0].output, found[0].scores) == ("0.5", {"points": 9.0})
    assert (
        "no column holds numbers"
        in problem_of(lambda: read(path, columns={"reference": "points"})).what
    )


def test_an_answer_beside_scores_is_an_output_where_the_spec_says_so(folder: Path) -> None:
    """It may be the reference, which two arms have alike."""
    path = saved(folder, "a.csv", "id,answer,correct,points\n1,42,1,9\n")
    for columns, output in (
        ({}, None),
        ({"id": "id"}, None),
        ({"score": "points"}, None),
        ({"output": "answer", "score": "points"}, "42"),
    ):
        found, _ = read(path, columns=columns)
        assert found[0].output == output
    found, _ = read(path, PLAIN_OUTPUTS, {"output": "answer"})
    assert found[0].output == "42"


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_rows_tell_the_columns_in_every_format(folder: Path, form: str) -> None:
    """A text in the eighth row: no column of numbers, however many rows a glimpse holds."""
    rows: Rows = [{"id": i, "points": "late" if i == 8 else "1"} for i in range(1, 20)]
    path = written(folder, form, rows)
    assert "no column holds numbers" in problem_of(lambda: importer_of(path)).hint


def test_a_table_that_is_damaged_behind_its_first_rows_is_one(folder: Path) -> None:
    """Of a folder it would else be passed over without a word."""
    rows = ",".join(json.dumps({"id": i, "score": 1}) for i in range(20))
    path = saved(folder, "a.json", f"[{rows} {rows}]")
    assert importer_of(path) is PLAIN_SCORES
    assert "a comma is missing" in problem_of(lambda: read(path)).what


def test_columns_that_look_like_numbers_and_are_not_taken_are_named(folder: Path) -> None:
    path = saved(
        folder, "a.csv", "id,score,Exact Match (%),rough,text\n1,1,50,1,a\n2,0,70,x,b\n3,0,70,2,c\n"
    )
    found, reading = read(path)
    assert [*found[0].scores] == ["score"]
    assert (
        "Not taken as scores, though they hold numbers: 'Exact Match (%)', 'rough'."
        in reading.notes
    )


def test_prompts_tell_items_apart_where_there_are_no_ids(folder: Path) -> None:
    turns: Json = [{"role": "user", "content": "hi"}]
    rows: Rows = [
        {"prompt": "a", "score": 1},
        {"prompt": turns, "score": 0},
        {"prompt": "", "score": 1},
    ]
    found, reading = read(written(folder, "jsonl", rows))
    assert [row.item for row in found] == [digest_text("a"), digest_text(canonical(turns))]
    assert [row.prompt for row in found] == [row.item for row in found]
    assert dict(reading.left.counts) == {"the row has no id": 1}
    several = [{"prompt": "a", "model": model, "score": 1} for model in ("x", "y")]
    assert len(read(written(folder, "csv", several))[0]) == 2
    twice = [{"prompt": "a", "score": 1}, {"prompt": "b", "score": 1}, {"prompt": "a", "score": 0}]
    problem = problem_of(lambda: read(written(folder, "csv", twice)))
    assert problem.where.endswith("rows.csv:4")
    assert "so it tells no item apart" in problem.what
    assert "columns: {id: ...}" in problem.hint


@pytest.mark.parametrize(
    ("content", "columns", "what", "hint"),
    [
        ("name,score\na,1\n", {}, "no column tells the items apart", "the columns are 'name', 'score': name one with columns: {id: ...}"),
        ("id,name\n1,a\n", {}, "no column holds numbers", "columns: {scores: {accuracy: ...}}"),
        ("id,score\n1,1\n", {"id": "nr"}, "there is no column 'nr' for id", "the columns are 'id', 'score'"),
        ("id,score\n1,1\n", {"accuracy": "acc"}, "there is no column 'acc' for accuracy", "'id', 'score'"),
        ("id,score\n1,1\n", {"a b": "score"}, "'a b' cannot be the name of a metric", "letters"),
        ("id;score\n1;1\n", {}, "the header is one cell with semicolons in it", "commas"),
        ("id,score,score\n1,1,2\n", {}, "the column 'score' stands there twice", "rename"),
        ("id,score\n", {}, "the table has no rows", "no row"),
        ("id,score\n1,2,3\n4,5,6\n", {}, "the row has more cells than the header", "no row"),
        ("id," + ",".join(f"m{i}" for i in range(60)) + "\n" + ",".join("1" * 61), {}, "60 columns hold numbers", "say which"),
        ("id,a\x1b[31m\n1,x\n", {}, "no column holds numbers", "'a\\x1b[31m'"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_used_says_what_it_has(
    folder: Path, content: str, columns: dict[str, str], what: str, hint: str
) -> None:
    path = saved(folder, "a.csv", content)
    problem = problem_of(lambda: PLAIN_SCORES.read(path, columns))
    assert problem.where.startswith(str(path))
    assert what in problem.what
    assert hint in problem.hint


def test_outputs_need_a_column_of_them(folder: Path) -> None:
    path = saved(folder, "a.csv", "id,text\n1,a\n")
    problem = problem_of(lambda: PLAIN_OUTPUTS.read(path, {}))
    assert "no column holds answers" in problem.what
    assert "'id', 'text': name one with columns: {output: ...}" in problem.hint
    assert read(path, PLAIN_OUTPUTS, {"output": "text"})[0][0].output == "a"


def test_what_is_no_table(folder: Path) -> None:
    for name, content in (("a.json", '{"id": 1, "score": 1}'), ("a.txt", "hello")):
        path = saved(folder, name, content)
        assert not PLAIN_SCORES.recognises(glimpse(path))
        assert not PLAIN_OUTPUTS.recognises(glimpse(path))
        with pytest.raises(DataError, match="the file is no table"):
            PLAIN_SCORES.read(path, {})
        with pytest.raises(DataError, match="no importer knows this file"):
            importer_of(path)


@pytest.mark.parametrize(
    ("columns", "do"),
    [(None, "call one that does id"), ({}, "say which does with columns: {id: ...}")],
)
def test_an_unknown_table_is_told_with_its_columns(
    columns: Mapping[str, str] | None, do: str, folder: Path
) -> None:
    """On the command line nobody can say which column is which."""
    path = saved(folder, "a.csv", "name,\x1btext\na,b\n")
    problem = problem_of(lambda: importer_of(path, columns))
    assert problem.what == "no importer knows this file (a table with 'name', '\\x1btext')"
    assert problem.hint.startswith(f"no column tells the items apart: {do}; totals ")
    assert "kind: recorded" in problem.hint


def test_other_formats_are_tried_first() -> None:
    assert IMPORTERS[-2:] == (PLAIN_SCORES, PLAIN_OUTPUTS)


# What the numbers are


@pytest.mark.parametrize(
    ("metric", "unit", "is_up", "low", "high"),
    [
        ("accuracy", "fraction", True, 0.0, 1.0),
        ("correct", "fraction", True, 0.0, 1.0),
        ("passed", "fraction", True, 0.0, 1.0),
        ("token_f1", "fraction", True, 0.0, 1.0),
        ("bleu", "points", True, 0.0, 100.0),
        ("absolute_error", "points", False, 0.0, None),
        ("squared_error", "points²", False, 0.0, None),
        ("nll", "nats/token", False, 0.0, None),
        ("loss", "", False, None, None),
        ("eval_loss", "nats/token", False, None, None),
        ("bits_per_byte", "bits/byte", False, 0.0, None),
        ("helpfulness", "", True, None, None),
    ],
)
def test_known_names_tell_unit_direction_and_bounds(
    metric: str, unit: str, is_up: bool, low: float | None, high: float | None
) -> None:
    column = column_of(metric)
    assert (column.unit, column.higher_is_better, column.low, column.high) == (
        unit,
        is_up,
        low,
        high,
    )
    assert (column.metric, column.scale) == (metric, Scale.MEAN)


def test_an_assumed_direction_is_known_as_such(folder: Path) -> None:
    _, reading = read(saved(folder, "a.csv", "id,accuracy,helpfulness\n1,1,7\n"))
    assert [reading.is_guessed(one) for one in ("helpfulness", "accuracy")] == [True, False]
    _, reading = read(saved(folder, "a.csv", "id,accuracy\n1,1\n"))
    assert len(reading.notes) == 1


@pytest.mark.parametrize(
    ("metric", "value"),
    [("accuracy", "85"), ("correct", "3"), ("bleu", "-1"), ("nll", "-0.1"), ("perplexity", "0.5")],
)
def test_a_number_that_the_metric_cannot_have_is_refused(
    folder: Path, metric: str, value: str
) -> None:
    path = saved(folder, "a.csv", f"id,{metric}\n1,1\n2,{value}\n")
    problem = problem_of(lambda: read(path))
    assert problem.where == f"{path}:3"
    assert problem.what.startswith(f"{metric} is {value}, and lies between ")
    found, _ = read(path, columns={"own": metric})
    assert found[1].scores == {"own": float(value)}


def test_rounding_beyond_a_bound_is_taken_back(folder: Path) -> None:
    found, _ = read(saved(folder, "a.csv", "id,accuracy\n1,1.0000000000000002\n2,-1e-17\n"))
    assert [row.scores["accuracy"] for row in found] == [1.0, 0.0]


def test_perplexity_is_kept_as_its_logarithm(folder: Path) -> None:
    found, reading = read(saved(folder, "a.csv", "id,perplexity\n1,1\n2,32000\n"))
    assert [row.scores["perplexity"] for row in found] == [0.0, pytest.approx(math.log(32000))]
    assert any("logarithm" in note for note in reading.notes)


# Cut, damaged and hostile files


def test_rows_that_are_no_rows_are_counted(folder: Path) -> None:
    content = 'id,score\n1,1\n2\n3,1,1\n\n,1\n4,"1"x\n5,"1\n6,0\n'
    path = saved(folder, "a.csv", content)
    found, reading = read(path)
    assert [row.item for row in found] == ["1"]
    assert reading.left.first == {
        "the row has fewer cells than the header": f"{path}:3",
        "the row has more cells than the header (a comma in a cell stands between quotes)": f"{path}:4",
        "the row has no id": f"{path}:6",
        "the line is not CSV: a quote in a quoted cell is not doubled": f"{path}:7",
        "a quote that is opened is not closed before the file ends": f"{path}:8",
    }
    assert reading.left.counts["a quote that is opened is not closed before the file ends"] == 2
    assert reading.left.total == 6


def test_rows_of_json_that_are_no_rows_are_counted(folder: Path) -> None:
    lines = [
        '{"id": 1, "score": 1}',
        "7",
        '{"id": [1], "score": 1}',
        '{"id": 2, "score": 1, "prompt": [NaN]}',
        '{"id": 3, "score": 1, "output": ["a", "b"]}',
        '{"id": 4, "score": 1, "cluster": {}}',
        '{"id": 5}',
        '{"id": 6, "sc',
    ]
    path = saved(folder, "a.jsonl", "\n".join(lines))
    found, reading = read(path)
    assert [(row.item, row.line, row.scores) for row in found] == [
        ("1", 1, {"score": 1.0}),
        ("5", 7, {"score": NO_NUMBER}),
    ]
    assert dict(reading.left.counts) == {
        "the line is JSON, but no object": 1,
        "the id is neither a text nor a number": 1,
        "the prompt cannot be read": 1,
        "the output is no text": 1,
        "the cluster is neither a text nor a number": 1,
        CUT: 1,
    }
    rows: Rows = [{"id": 1, "model": "a", "score": 1}, {"id": 1, "model": None, "score": 1}]
    for form in ("json", "parquet"):
        path = written(folder, form, rows)
        assert read(path)[1].left.first == {"the row names no model": f"{path} row 2"}


@pytest.mark.parametrize("form", FORMATS)
def test_a_cut_file_says_so_or_loses_one_row(folder: Path, form: str) -> None:
    rows = [{"id": i, "output": f"answer {i * 7919}", "score": i} for i in range(300)]
    path = written(folder, form, rows)
    raw = path.read_bytes()
    for share in (0.3, 0.51, 0.9, 0.999):
        path.write_bytes(raw[: int(len(raw) * share)])
        if form == "parquet" or form.endswith(".gz"):
            problem = problem_of(lambda: read(path))
            assert "damaged" in problem.what or "not a readable Parquet file" in problem.what
            continue
        found, reading = read(path)
        n = len(found)
        assert [row.scores["score"] for row in found[: n - 1]] == [float(i) for i in range(n - 1)]
        assert reading.left.total <= 1
        assert 0 < n + reading.left.total < 300 or share == 0.999
        if form in {"json", "jsonl"}:
            assert reading.left.counts[CUT] == 1


def test_a_damaged_parquet_file_is_a_fault(folder: Path) -> None:
    path = written(folder, "parquet", [{"id": i, "score": i} for i in range(300)])
    raw = path.read_bytes()
    path.write_bytes(raw[:-60] + bytes(52) + raw[-8:])
    assert problem_of(lambda: read(path)).what == "not a readable Parquet file"
    assert (
        "may not be read"
        not in problem_of(lambda: PLAIN_SCORES.read(folder / "no.parquet", {})).what
    )


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.tsv", "a.jsonl", "a.json"])
def test_other_encodings_are_refused_with_their_place(folder: Path, name: str) -> None:
    rows = [{"id": 1, "prompt": "a", "score": 1}, {"id": 2, "prompt": "ä", "score": 1}]
    form = name.removeprefix("a.").removesuffix(".gz")
    text = {
        "csv": csv_text(rows),
        "tsv": csv_text(rows, "\t"),
        "jsonl": "\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n",
        "json": json.dumps(rows, ensure_ascii=False, indent=1),
    }[form]
    path = saved(folder, name, text.encode("cp1252"))
    problem = problem_of(lambda: read(path))
    assert "not UTF-8" in problem.what
    assert "iconv" in problem.hint
    assert problem.where.rpartition(":")[2].isdigit()
    path = saved(folder, name, text.encode("utf-16"))
    assert problem_of(lambda: read(path)).what == "the file is UTF-16, not UTF-8"
    path = saved(folder, name, text.encode("utf-16-be"))
    problem_of(lambda: read(path))


def test_a_quote_that_never_ends_does_not_fill_the_memory(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plain_rows, "LONGEST_LINE", 1000)
    path = saved(folder, "a.csv", 'id,score\n1,1\n2,"1\n' + "3,1\n" * 1000)
    problem = problem_of(lambda: read(path))
    assert (problem.where, problem.hint) == (f"{path}:3", "a quote may not be closed")
    monkeypatch.setattr(reading, "LONGEST_LINE", 1000)
    path = saved(folder, "a.csv", "id,score\n1,1\n2," + "1" * 2000)
    assert problem_of(lambda: read(path)).where == f"{path}:3"


HOSTILE: list[Json] = [
    None, True, 0, -1, 10**400, 10**3000, 1e308, math.nan, math.inf, -math.inf, "", " ", "\0", "\x1b[31m", "\ud800",
    "'; --", "{{ 7 * 7 }}", "{0}", "%s", "a\nb\r\nc", '"', FIVE_THOUSAND, "9" * 5, [], [[]], {}, {"id": 1}, [math.nan],
    ["\ud800"], {"\ud800": None}, "\u202e", "x" * 10_000,
]  # fmt: skip
VALID: dict[str, Json] = {
    "id": "a", "prompt": "p", "output": "o", "reference": "r", "model": "m", "cluster": "c", "part": "t",
    "accuracy": 1, "score": 0.5,
}  # fmt: skip


def rows_or_fault(path: Path, importer: Importer) -> list[Row]:
    try:
        found = importer.read(path, {})
        rows = [*found.rows]
    except DataError:
        return []
    for row in rows:
        assert row.item
        assert isinstance(row.item, str)
        for score in row.scores.values():
            assert isinstance(score, NoScore) or (isinstance(score, float) and math.isfinite(score))
    reasons = {*found.left.counts}
    told = " ".join([*reasons, *found.notes])
    assert "\x1b" not in told
    assert "{{" not in told
    return rows


@pytest.mark.parametrize("importer", [PLAIN_SCORES, PLAIN_OUTPUTS], ids=lambda one: one.name)
@pytest.mark.parametrize("form", ["jsonl", "json", "csv"])
@pytest.mark.parametrize("key", [*VALID])
def test_no_hostile_value_is_more_than_a_fault(
    folder: Path, importer: Importer, form: str, key: str
) -> None:
    sound = [{**VALID, "id": f"{i}"} for i in range(3)]
    for value in HOSTILE:
        rows = [*sound, {**VALID, key: value}]
        if form == "csv":
            text = csv_text([{k: str(v) for k, v in row.items()} for row in rows])
            raw = text.encode("utf-8", "surrogatepass")
        else:
            raw = written(folder, form, rows).read_bytes()
        path = saved(folder, f"a.{form}", raw)
        found = rows_or_fault(path, importer)
        assert [row.item for row in found[:3]] == ["0", "1", "2"][: len(found)]


names = st.text(st.characters(codec="utf-8"), max_size=6) | st.sampled_from(
    [*VALID, "perplexity", "x\x1b"]
)
hostile_rows = st.lists(st.dictionaries(names, st.sampled_from(HOSTILE), max_size=5), max_size=4)


@given(rows=hostile_rows)
def test_no_hostile_table_is_more_than_a_fault(folder: Path, rows: list[dict[str, Json]]) -> None:
    for form in ("jsonl", "json"):
        path = saved(folder, f"h.{form}", b"")
        text = "\n".join(map(json.dumps, rows)) if form == "jsonl" else json.dumps(rows)
        path = saved(folder, f"h.{form}", text)
        for importer in (PLAIN_SCORES, PLAIN_OUTPUTS):
            rows_or_fault(path, importer)
        with contextlib.suppress(DataError):
            assert importer_of(path) in IMPORTERS


@given(
    raw=st.binary(max_size=60),
    form=st.sampled_from(["csv", "tsv", "csv.gz", "jsonl", "json", "parquet"]),
)
def test_no_bytes_are_more_than_a_fault(folder: Path, raw: bytes, form: str) -> None:
    for begin in (b"", b"id,score\n1,1\n", b'{"id": 1, "score": 1}\n', b"PAR1"):
        path = folder / f"b.{form}"
        content = begin + raw
        path.write_bytes(
            gzip.compress(content)[: len(content) + 12] if form.endswith("gz") else content
        )
        for importer in (PLAIN_SCORES, PLAIN_OUTPUTS):
            rows_or_fault(path, importer)


@pytest.mark.parametrize("form", ["csv", "jsonl", "json", "parquet", "csv.gz"])
def test_memory_does_not_grow_with_the_table(folder: Path, form: str) -> None:
    peaks = []
    for n in (1_000, 10_000):
        rows = [
            {"id": i, "prompt": f"{i}" + "x" * 200, "output": "y" * 200, "score": i}
            for i in range(n)
        ]
        path = written(folder, form, rows)
        del rows
        tracemalloc.start()
        found = PLAIN_SCORES.read(path, {})
        assert sum(1 for _ in found.rows) == n
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0] + (6 << 20) * (form == "json")
