"""alpaca_eval: its numbers come out of its files again, and nothing in them does harm."""

import csv
import json
import random
import shutil
import statistics
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evalreport.digest import digest_file, digest_of, digest_text
from evalreport.errors import Problem
from evalreport.importers.acquire import read_results
from evalreport.importers.alpaca_eval.annotations import (
    ALPACA_EVAL_ANNOTATIONS,
    ALPACA_EVAL_LEADERBOARD,
    ALPACA_EVAL_OUTPUTS,
)
from evalreport.importers.alpaca_eval.board import LENGTH_CONTROLLED
from evalreport.importers.alpaca_eval.order import was_shown_first
from evalreport.importers.base import Game, Importer, Row
from evalreport.importers.glimpse import glimpse
from evalreport.importers.plain.tables import PLAIN_OUTPUTS, PLAIN_SCORES
from evalreport.importers.reading import CUT
from evalreport.importers.table import IMPORTERS, importer_of
from evalreport.importers.verdicts import UNREAD
from evalreport.layers.imported import Imported
from evalreport.values import Json
from tests.importers.hostile_rows import BREAKING, mutated, read_all, read_or_refused, without

FIXTURES = Path(__file__).parent / "fixtures" / "alpaca_eval"
TUNED = FIXTURES / "results" / "tiny-tuned"
RUNS = {
    "tiny-base": FIXTURES / "results" / "tiny-base" / "weighted_stand_in",
    "tiny-tuned": TUNED / "weighted_stand_in",
    "tiny-ranked": FIXTURES / "results" / "tiny-ranked" / "ranking_stand_in",
    "tiny-old": FIXTURES / "old",
}
ANNOTATIONS = RUNS["tiny-tuned"] / "annotations.json"
LEADERBOARD = RUNS["tiny-tuned"] / "leaderboard.csv"


def scored(rows: list[Row]) -> list[float]:
    found = [row.scores["win_rate"] for row in rows]
    return [score for score in found if isinstance(score, float)]


def saved(path: Path, rows: list[str]) -> Path:
    path.write_text("[" + ",\n".join(rows) + "]", encoding="utf-8")
    return path


def first_annotations(n: int = 3) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(ANNOTATIONS.read_text())
    return rows[:n]


# The tool's own numbers


@pytest.mark.parametrize("model", RUNS)
def test_win_rate_and_standard_error_are_the_tools(model: str) -> None:
    rows, reading = read_all(ALPACA_EVAL_ANNOTATIONS, RUNS[model] / "annotations.json")
    told = json.loads((RUNS[model] / "winrate.json").read_text())
    scores = scored(rows)
    assert len(scores) == told["n_total"]
    assert statistics.fmean(scores) == pytest.approx(told["win_rate"] / 100, abs=1e-9)
    se = statistics.stdev(scores) / len(scores) ** 0.5
    assert se == pytest.approx(told["standard_error"] / 100, abs=1e-9)
    assert sum(score > 0.5 for score in scores) == told["n_wins"]
    assert sum(score < 0.5 for score in scores) == told["n_wins_base"]
    assert sum(score == 0.5 for score in scores) == told["n_draws"]
    won = statistics.fmean([score > 0.5 or 0.5 * (score == 0.5) for score in scores])
    assert won == pytest.approx(told["discrete_win_rate"] / 100, abs=1e-9)
    assert {row.model for row in rows} == {model}
    assert not reading.left.total


def test_the_leaderboard_beside_gives_what_the_rows_give() -> None:
    rows, _ = read_all(ALPACA_EVAL_ANNOTATIONS, ANNOTATIONS)
    reading = ALPACA_EVAL_LEADERBOARD.read(LEADERBOARD, {})
    (figure,) = reading.figures
    scores = scored(rows)
    assert (figure.model, figure.part, figure.metric) == ("tiny-tuned", "", "win_rate")
    assert figure.value == pytest.approx(statistics.fmean(scores), abs=1e-9)
    assert figure.se == pytest.approx(statistics.stdev(scores) / len(scores) ** 0.5, abs=1e-9)
    assert figure.n == len(scores) == 41


@pytest.mark.parametrize("model", ["tiny-base", "tiny-tuned"])
def test_a_layer_of_two_runs_has_the_tools_win_rates(model: str) -> None:
    files = {arm: str(RUNS[f"tiny-{arm}"] / "annotations.json") for arm in ("tuned", "base")}
    layer = Imported.model_validate({"kind": "imported", "name": "judged", "from": files})
    results = read_results(layer, FIXTURES, digest_file)
    told = json.loads((RUNS[model] / "winrate.json").read_text())
    arm = results.arms[model.removeprefix("tiny-")]
    (column,) = results.columns
    assert (column.metric, column.low, column.high) == ("win_rate", 0.0, 1.0)
    values = arm.values[0][arm.states[0] == 0]
    assert float(values.mean()) == pytest.approx(told["win_rate"] / 100, abs=1e-9)
    assert not results.refused
    assert results.integrity.expected[arm.origin.model.removeprefix("tiny-")][0] == 805


# What a row becomes


def test_what_a_row_tells() -> None:
    rows, reading = read_all(ALPACA_EVAL_ANNOTATIONS, ANNOTATIONS)
    raw = first_annotations()[0]
    row = rows[0]
    assert row.prompt == digest_text(raw["instruction"])
    assert row.item == digest_of(row.prompt, "helpful_base")
    assert (row.model, row.against) == ("tiny-tuned", "reference")
    assert (row.output, row.other_output) == (raw["output_2"], raw["output_1"])
    assert (row.judge, row.groups) == ("weighted_stand_in", (("dataset", "helpful_base"),))
    assert row.scores["win_rate"] == raw["preference"] - 1
    assert len(row.reply) == 64
    assert (reading.tool, reading.version) == ("alpaca_eval", "0.6.6")
    assert reading.made_at == raw["preference_date"]
    assert (reading.named, reading.judge_named) == ("tiny-tuned", "weighted_stand_in")
    assert reading.expected == {"": 805}
    assert reading.judging is not None
    assert (reading.judging.orders, reading.judging.per_call) == ("random", None)
    assert reading.notes == ("alpaca_eval reckons 0.41 USD for 33 verdicts",)  # 33 of 0.0125


def test_failures_and_draws_of_every_version() -> None:
    rows, reading = read_all(ALPACA_EVAL_ANNOTATIONS, RUNS["tiny-old"] / "annotations.json")
    assert [row.scores["win_rate"] for row in rows] == [
        *(0.0, 1.0, 1.0, 0.5, 0.5, UNREAD, UNREAD, 0.0, 1.0, 0.0, 1.0, 1.0)
    ]
    assert UNREAD.is_unparsed
    assert reading.expected == {}  # of the five sets only four occur
    assert reading.judging is not None
    assert reading.judging.per_call == 1
    assert (reading.named, reading.judge_named) == ("", "")
    assert reading.notes == ("alpaca_eval reckons 0.78 USD for 12 verdicts",)


@pytest.mark.parametrize(
    "preference", ["null", "-1", "NaN", "0.99", "2.0001", "3", "Infinity", "true", '"m"', "[1]"]
)
def test_a_verdict_that_is_none_stays_a_row(tmp_path: Path, preference: str) -> None:
    raw = json.dumps({**first_annotations()[0], "preference": "@"}).replace('"@"', preference)
    (row,), reading = read_all(ALPACA_EVAL_ANNOTATIONS, saved(tmp_path / "a.json", [raw]))
    assert row.scores == {"win_rate": UNREAD}
    assert row.games == ()
    assert not reading.left.total


def test_items_pair_runs_whatever_their_order(tmp_path: Path) -> None:
    rows, _ = read_all(ALPACA_EVAL_ANNOTATIONS, ANNOTATIONS)
    others, _ = read_all(ALPACA_EVAL_ANNOTATIONS, RUNS["tiny-base"] / "annotations.json")
    assert len({row.item for row in rows}) == 42
    assert {row.item for row in rows} == {row.item for row in others}
    raws = [json.dumps(raw) for raw in reversed(json.loads(ANNOTATIONS.read_text()))]
    turned, _ = read_all(ALPACA_EVAL_ANNOTATIONS, saved(tmp_path / "turned.json", raws))
    assert {row.item: row.scores for row in turned} == {row.item: row.scores for row in rows}


def test_a_repeated_instruction_is_an_item_of_its_set(tmp_path: Path) -> None:
    raw = first_annotations()[0]
    rows = [{**raw, "dataset": of} for of in ("koala", "oasst", "koala")]
    both, _ = read_all(
        ALPACA_EVAL_ANNOTATIONS, saved(tmp_path / "a.json", [json.dumps(row) for row in rows])
    )
    assert len({row.item for row in both}) == 3
    assert both[2].item == f"{both[0].item}#2"
    less, _ = read_all(
        ALPACA_EVAL_ANNOTATIONS,
        saved(tmp_path / "b.json", [json.dumps(row) for row in (rows[1], rows[0])]),
    )
    assert [row.item for row in less] == [both[1].item, both[0].item]
    alone, _ = read_all(
        ALPACA_EVAL_ANNOTATIONS, saved(tmp_path / "c.json", [json.dumps(rows[1])])
    )  # what else stands in a file has no part in the name of an item
    assert alone[0].item == both[1].item
    bare = {key: value for key, value in raw.items() if key != "dataset"}
    (row,), _ = read_all(ALPACA_EVAL_ANNOTATIONS, saved(tmp_path / "d.json", [json.dumps(bare)]))
    assert row.item == row.prompt


def test_two_models_in_one_file_share_their_items(tmp_path: Path) -> None:
    raw = first_annotations()[0]
    rows = [json.dumps({**raw, "generator_2": model}) for model in ("one", "two")]
    found, _ = read_all(ALPACA_EVAL_ANNOTATIONS, saved(tmp_path / "a.json", rows))
    assert found[0].item == found[1].item
    assert [row.model for row in found] == ["one", "two"]


# Which answer stood first


def test_replies_tell_the_order_that_the_tool_drew() -> None:
    """The tool's own rule: a choice seeded with the instruction, for every row that tells."""
    told = 0
    for model in ("tiny-base", "tiny-tuned", "tiny-ranked"):
        path = RUNS[model] / "annotations.json"
        raws = json.loads(path.read_text())
        rows, _ = read_all(ALPACA_EVAL_ANNOTATIONS, path)
        for raw, row in zip(raws, rows, strict=True):
            seeded = random.Random(f"is_switched_outputs{raw['instruction']}0")
            (game,) = row.games or (Game(None, None),)
            if game.was_first is not None:
                told += 1
                assert game.was_first == seeded.choices([False, True], k=1)[0]
    assert told > 90


def test_an_order_that_is_not_told() -> None:
    assert was_shown_first(None, "m", 1.2) is None
    assert was_shown_first({"m": "output_1", "M": "output_1"}, None, 1.0) is None
    assert was_shown_first({"m": ["output_1"], "M": {}}, None, 1.0) is None
    far: Json = {"logprobs": {"content": [{"top_logprobs": [{"token": "m", "logprob": -1e308}]}]}}
    assert was_shown_first(None, far, 1.0) is False
    assert was_shown_first(None, far, 1.5) is None
    even: list[Json] = [{"token": name, "logprob": -1} for name in "mM"]
    assert was_shown_first(None, {"logprobs": {"content": [{"top_logprobs": even}]}}, 1.5) is None


# Outputs and leaderboards


def test_outputs_are_items_of_the_annotations() -> None:
    outputs, reading = read_all(ALPACA_EVAL_OUTPUTS, TUNED / "model_outputs.json")
    rows, _ = read_all(ALPACA_EVAL_ANNOTATIONS, ANNOTATIONS)
    by_item = {row.item: row for row in outputs}
    assert all(by_item[row.item].output == row.output for row in rows)
    assert all(by_item[row.item].prompt == row.prompt for row in rows)
    assert {row.model for row in outputs} == {"tiny-tuned"}
    assert all(not row.scores for row in outputs)
    assert reading.expected == {"": 805}


def test_a_published_board_with_length_control(tmp_path: Path) -> None:
    path = tmp_path / "leaderboard.csv"
    path.write_text(
        ",win_rate,standard_error,n_wins,n_wins_base,n_draws,n_total,discrete_win_rate,mode,avg_length,"
        "length_controlled_winrate,lc_standard_error\n"
        "Null,76.9,0.909,676,129,0,805,83.97,community,872,86.45,0.1418\n"
        "Old,50.0,,,,,805.0,,minimal,2049,,\n"
        ",1,,,,,,,,,,\n"
        "NoRate,nan,,,,,,,,,,\n"
        "TooMuch,101,,,,,,,,,,\n"
    )
    assert importer_of(path) is ALPACA_EVAL_LEADERBOARD
    reading = ALPACA_EVAL_LEADERBOARD.read(path, {})
    shown = [(one.model, one.metric, one.value, one.se, one.n) for one in reading.figures]
    assert shown == [
        ("Null", "win_rate", pytest.approx(0.769), pytest.approx(0.00909), 805),
        ("Null", LENGTH_CONTROLLED, pytest.approx(0.8645), pytest.approx(0.001418), 805),
        ("Old", "win_rate", 0.5, None, 805),
    ]
    assert "spread of the fitted values" in reading.figures[1].note
    assert reading.left.counts == {
        "the line does not name its model": 1,
        "the line has no win rate": 2,
    }
    assert reading.left.first["the line has no win rate"] == f"{path}:5"
    assert reading.column(LENGTH_CONTROLLED).high == 1
    assert reading.column("win_rate").higher_is_better


# Recognising


@pytest.mark.parametrize(
    ("path", "importer"),
    [
        *((folder / "annotations.json", ALPACA_EVAL_ANNOTATIONS) for folder in RUNS.values()),
        (TUNED / "model_outputs.json", ALPACA_EVAL_OUTPUTS),
        (LEADERBOARD, ALPACA_EVAL_LEADERBOARD),
    ],
)
def test_each_file_is_known_by_its_content_alone(
    tmp_path: Path, path: Path, importer: Importer
) -> None:
    renamed = tmp_path / f"anything{path.suffix}"
    shutil.copy(path, renamed)
    assert importer_of(renamed) is importer
    knowing = [one for one in IMPORTERS if one.recognises(glimpse(renamed))]
    assert [one for one in knowing if one not in {PLAIN_SCORES, PLAIN_OUTPUTS}] == [importer]


@pytest.mark.parametrize(
    "importer", [ALPACA_EVAL_ANNOTATIONS, ALPACA_EVAL_OUTPUTS, ALPACA_EVAL_LEADERBOARD]
)
@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"[1, 2]", b'{"a": 1}', b"a,b\n1,2\n", b"\x89PNG\r\n\x1a\n\x00", b"\xff"],
)
def test_another_file_is_refused_in_three_parts(
    tmp_path: Path, importer: Importer, content: bytes
) -> None:
    path = tmp_path / "other.json"
    path.write_bytes(content)
    assert isinstance(read_or_refused(importer, path), Problem)


# Damage


@pytest.mark.parametrize(
    ("path", "importer"),
    [(ANNOTATIONS, ALPACA_EVAL_ANNOTATIONS), (TUNED / "model_outputs.json", ALPACA_EVAL_OUTPUTS)],
)
def test_a_file_that_was_cut(tmp_path: Path, path: Path, importer: Importer) -> None:
    raw = path.read_bytes()
    cut = tmp_path / "cut.json"
    cut.write_bytes(raw[: len(raw) // 2])
    rows, reading = read_all(importer, cut)
    assert 15 < len(rows) < 27
    assert reading.left.counts == {CUT: 1}
    for k in range(0, len(raw), 997):
        cut.write_bytes(raw[:k])
        read_or_refused(importer, cut)


def hostile_files(rows: list[dict[str, Any]]) -> Iterator[list[str]]:
    for row in rows:
        yield [*mutated(row), *without(row)]
        for text in mutated(row, BREAKING):
            yield [json.dumps(row), text]


@pytest.mark.parametrize("importer", [ALPACA_EVAL_ANNOTATIONS, ALPACA_EVAL_OUTPUTS])
def test_hostile_values_are_faults_of_their_row(tmp_path: Path, importer: Importer) -> None:
    path = TUNED / "model_outputs.json" if importer is ALPACA_EVAL_OUTPUTS else ANNOTATIONS
    rows = json.loads(path.read_text())[:2]
    mutable = tmp_path / "hostile.json"
    for texts in hostile_files(rows[1:]):
        found = read_or_refused(importer, saved(mutable, texts))
        if not isinstance(found, Problem):
            assert len(found[0]) + found[1].left.total == len(texts)


def test_hostile_cells_of_a_board(tmp_path: Path) -> None:
    lines = list(csv.reader(LEADERBOARD.read_text().splitlines()))
    path = tmp_path / "leaderboard.csv"
    cells = ["", "\x00", "nan", "-1", "9" * 5000, "1e999", '"', "\ud800", "x" * 200_000, "1_0"]
    for column in range(len(lines[0])):
        for cell in cells:
            row = [*lines[1][:column], cell, *lines[1][column + 1 :]]
            text = "\n".join(",".join(line) for line in (lines[0], row, lines[1]))
            path.write_bytes(text.encode("utf-8", "surrogatepass"))
            found = read_or_refused(ALPACA_EVAL_LEADERBOARD, path)
            if not isinstance(found, Problem):
                figures = found[1].figures
                assert all(0 <= one.value <= 1 for one in figures)
                assert len({one.model for one in figures}) <= 2


def test_long_outputs_need_the_memory_of_a_few(tmp_path: Path) -> None:
    raw = {**first_annotations()[0], "output_1": "x" * 100_000, "output_2": "y" * 100_000}
    rows = [json.dumps({**raw, "instruction": f"i{k}"}) for k in range(60)]
    path = saved(tmp_path / "long.json", rows)
    del rows
    tracemalloc.start()
    reading = ALPACA_EVAL_ANNOTATIONS.read(path, {})
    assert sum(len(row.output or "") for row in reading.rows) == 6_000_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8_000_000 < path.stat().st_size
