"""FastChat llm_judge: its numbers come out of its files again, and nothing in them does harm."""

import json
import shutil
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evalreport.digest import digest_file, digest_of
from evalreport.errors import Problem
from evalreport.importers.acquire import read_results
from evalreport.importers.base import Game, Importer, NoScore, Row
from evalreport.importers.fastchat.judgments import (
    FASTCHAT_ANSWERS,
    MT_BENCH_PAIR,
    MT_BENCH_SINGLE,
    RATING,
)
from evalreport.importers.fastchat.votes import MT_BENCH_HUMAN
from evalreport.importers.glimpse import glimpse
from evalreport.importers.plain.tables import PLAIN_OUTPUTS, PLAIN_SCORES
from evalreport.importers.reading import CUT
from evalreport.importers.table import IMPORTERS, importer_of
from evalreport.importers.verdicts import UNREACHED, UNREAD
from evalreport.layers.imported import Imported
from tests.importers.hostile_rows import BREAKING, mutated, read_all, read_or_refused, without

FIXTURES = Path(__file__).parent / "fixtures" / "fastchat"
NUMBERS: dict[str, dict[str, Any]] = json.loads((FIXTURES / "numbers.json").read_text())
BENCH = FIXTURES / "mt_bench"
SINGLE = BENCH / "model_judgment" / "stand-in-judge_single.jsonl"
PAIR = BENCH / "model_judgment" / "stand-in-judge_pair.jsonl"
BASELINE = BENCH / "against_baseline" / "stand-in-judge_pair.jsonl"
ANSWERS = BENCH / "model_answer" / "tiny-tuned.jsonl"
HUMAN = FIXTURES / "human_judgments.jsonl"
FILES: list[tuple[Path, Importer]] = [
    (SINGLE, MT_BENCH_SINGLE),
    (PAIR, MT_BENCH_PAIR),
    (BASELINE, MT_BENCH_PAIR),
    (ANSWERS, FASTCHAT_ANSWERS),
    (HUMAN, MT_BENCH_HUMAN),
]
IMPORTER_OF = {MT_BENCH_SINGLE: SINGLE, MT_BENCH_PAIR: PAIR, FASTCHAT_ANSWERS: ANSWERS}


def scored(rows: list[Row], metric: str, wanted: Callable[[Row], bool]) -> list[float]:
    found = [row.scores[metric] for row in rows if wanted(row)]
    return [score for score in found if isinstance(score, float)]


def raws_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def saved(path: Path, rows: list[str]) -> Path:
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


# The tool's own numbers


@pytest.mark.parametrize("model", ["tiny-base", "tiny-tuned"])
@pytest.mark.parametrize(
    ("head", "turns"), [("First turn", {"1"}), ("Second turn", {"2"}), ("Average", {"1", "2"})]
)
def test_ratings_average_to_what_the_tool_shows(model: str, head: str, turns: set[str]) -> None:
    rows, _ = read_all(MT_BENCH_SINGLE, SINGLE)
    mine = scored(rows, RATING, lambda r: r.model == model and dict(r.groups)["turn"] in turns)
    assert statistics.fmean(mine) == pytest.approx(NUMBERS["single"][head][model], abs=1e-9)


@pytest.mark.parametrize(
    ("path", "shown", "model"),
    [
        (PAIR, "pair", "tiny-tuned"),
        (BASELINE, "baseline", "tiny-tuned"),
        (BASELINE, "baseline", "tiny-base"),
    ],
)
def test_wins_of_pairs_are_the_tools(path: Path, shown: str, model: str) -> None:
    rows, _ = read_all(MT_BENCH_PAIR, path)
    mine = scored(rows, "net_win", lambda row: row.model == model)
    told = NUMBERS[shown][model]
    assert (mine.count(1.0), mine.count(0.0), mine.count(0.5)) == (
        *(told["win"], told["loss"], told["tie"]),
    )
    assert statistics.fmean(mine) == pytest.approx(told["win_rate_adjusted"], abs=1e-9)
    assert mine.count(1.0) / len(mine) == pytest.approx(told["win_rate"], abs=1e-9)
    assert mine.count(0.0) / len(mine) == pytest.approx(told["loss_rate"], abs=1e-9)


def layer_of(*files: str, **more: Any) -> Imported:
    given = {"kind": "imported", "name": "judged", "from": list(files), **more}
    return Imported.model_validate(given)


MODELS = {"base": "tiny-base", "tuned": "tiny-tuned"}


def test_two_models_against_one_baseline_have_the_tools_win_rates() -> None:
    layer = layer_of("against_baseline/stand-in-judge_pair.jsonl", models=MODELS)
    results = read_results(layer, BENCH, digest_file)
    assert [column.metric for column in results.columns] == ["win_rate"]
    for arm, model in (("tuned", "tiny-tuned"), ("base", "tiny-base")):
        one = results.arms[arm]
        values = one.values[0][one.states[0] == 0]
        told = NUMBERS["baseline"][model]["win_rate_adjusted"]
        if arm == "tuned":  # of which no row was written twice
            assert float(values.mean()) == pytest.approx(told, abs=1e-9)
        assert results.integrity.expected[arm][0] == 160
    assert results.integrity.repeated == {"base": 2}
    assert results.integrity.unparsed == {"tuned": 2, "base": 2}


def test_a_file_of_ratings_becomes_two_arms_that_hang_together_by_question() -> None:
    layer = layer_of("model_judgment/stand-in-judge_single.jsonl", models=MODELS)
    results = read_results(layer, BENCH, digest_file)
    (column,) = results.columns
    assert (column.metric, column.unit, column.low, column.high) == (RATING, "points", 1, 10)
    assert results.n == 24
    assert len(set(results.clusters)) == 12
    assert set(results.subgroups) == {"category", "turn"}
    base = results.arms["base"]
    mean = float(base.values[0][base.states[0] == 0].mean())
    assert mean == pytest.approx(NUMBERS["single"]["Average"]["tiny-base"], abs=1e-9)
    assert results.integrity.repeated == {"tuned": 2}
    assert base.reasons[UNREACHED.reason] == 1


# What a row becomes


def test_what_a_rating_tells() -> None:
    rows, reading = read_all(MT_BENCH_SINGLE, SINGLE)
    assert len(rows) == 50
    row = rows[-1]
    assert (row.item, row.cluster, row.model) == ("82 turn 1", "82", "tiny-tuned")
    assert row.groups == (("category", "writing"), ("turn", "1"))
    assert (row.judge, row.scores, row.line) == ("stand-in-judge", {RATING: 10.0}, 50)
    assert (reading.judge_named, reading.expected) == ("stand-in-judge", {"": 160})
    assert reading.facts[""].scorer == "FastChat llm_judge single-v1"
    assert reading.made_at == "2023-11-14T22:14:09+00:00"
    given = [row.scores[RATING] for row in rows]
    lost = [one.is_unparsed for one in given if isinstance(one, NoScore)]
    assert lost == [True, True, False]


def test_the_four_prompts_are_one_way_of_scoring(tmp_path: Path) -> None:
    some = [json.dumps(raw) for raw in raws_of(SINGLE) if raw["judge"][1] == "single-math-v1"]
    reading = MT_BENCH_SINGLE.read(saved(tmp_path / "some.jsonl", some), {})
    assert reading.facts == MT_BENCH_SINGLE.read(SINGLE, {}).facts
    assert reading.judge_named == ""
    other = {**raws_of(SINGLE)[0], "judge": ["me", "my-prompt"]}
    reading = MT_BENCH_SINGLE.read(saved(tmp_path / "own.jsonl", [json.dumps(other)]), {})
    assert reading.facts[""].scorer == "FastChat llm_judge my-prompt"
    assert reading.expected == {}


@pytest.mark.parametrize("key", ["question_id", "judge"])
def test_other_questions_have_no_category(tmp_path: Path, key: str) -> None:
    value: object = {"question_id": 7, "judge": ["j", "single-math-v1"]}[key]
    raw = json.dumps({**raws_of(SINGLE)[0], key: value})
    (row,), reading = read_all(MT_BENCH_SINGLE, saved(tmp_path / "own.jsonl", [raw]))
    assert row.groups == (("turn", "1"),)
    assert reading.expected == {}


@pytest.mark.parametrize(
    ("score", "judgment", "reason"),
    [
        ("-1", '"?"', "no rating could be read from the judge's reply"),
        ("null", '"?"', "no rating could be read from the judge's reply"),
        ("NaN", '"?"', "no rating could be read from the judge's reply"),
        ("true", '"?"', "no rating could be read from the judge's reply"),
        ("-1", '"$ERROR$"', UNREACHED.reason),
        ("0", '"?"', "the rating lies outside 1 to 10"),
        ("10.5", '"?"', "the rating lies outside 1 to 10"),
    ],
)
def test_a_rating_that_is_none_stays_a_row(
    tmp_path: Path, score: str, judgment: str, reason: str
) -> None:
    text = json.dumps({**raws_of(SINGLE)[0], "score": "@", "judgment": "@@"})
    text = text.replace('"@@"', judgment).replace('"@"', score)
    (row,), reading = read_all(MT_BENCH_SINGLE, saved(tmp_path / "a.jsonl", [text]))
    given = row.scores[RATING]
    assert isinstance(given, NoScore)
    assert given.reason == reason
    assert given.is_unparsed == (given != UNREACHED)
    assert not reading.left.total


@pytest.mark.parametrize(
    ("winners", "net"),
    [
        (("model_1", "model_1"), 1.0),
        (("model_2", "model_2"), 0.0),
        (("tie", "tie"), 0.5),
        (("model_1", "tie"), 0.5),
        (("tie", "model_2"), 0.5),
        (("model_2", "model_1"), 0.5),
        (("error", "model_1"), UNREAD),
        (("model_1", "error"), UNREAD),
        (("somebody", "somebody"), UNREAD),
    ],
)
def test_a_win_needs_both_games(
    tmp_path: Path, winners: tuple[str, str], net: float | NoScore
) -> None:
    raw = {**raws_of(PAIR)[0], "g1_winner": winners[0], "g2_winner": winners[1]}
    path = saved(tmp_path / "pair.jsonl", [json.dumps(raw)])
    (row,), reading = read_all(MT_BENCH_PAIR, path)
    points = {"model_1": 1.0, "model_2": 0.0, "tie": 0.5}
    assert row.scores == {"net_win": net}
    assert row.games == (
        Game(points.get(winners[0]), was_first=True),
        Game(points.get(winners[1]), was_first=False),
    )
    assert (row.model, row.against) == ("tiny-tuned", "tiny-base")
    assert reading.judging is not None
    assert (reading.judging.orders, reading.judging.per_call) == ("both", 1)


def test_a_judge_that_was_not_reached_gave_no_unread_verdict(tmp_path: Path) -> None:
    raw = {**raws_of(PAIR)[0], "g1_winner": "error", "g1_judgment": "$ERROR$"}
    (row,), _ = read_all(MT_BENCH_PAIR, saved(tmp_path / "pair.jsonl", [json.dumps(raw)]))
    assert row.scores == {"net_win": UNREACHED}
    assert not UNREACHED.is_unparsed


def test_answers_are_a_row_a_turn(tmp_path: Path) -> None:
    rows, reading = read_all(FASTCHAT_ANSWERS, ANSWERS)
    assert [row.item for row in rows[:2]] == ["81 turn 1", "81 turn 2"]
    assert rows[1].output == "tiny-tuned adds to 81."
    assert {row.model for row in rows} == {"tiny-tuned"} == {reading.named}
    assert {row.cluster for row in rows} == {
        row.cluster for row in read_all(MT_BENCH_PAIR, PAIR)[0]
    }
    raw = raws_of(ANSWERS)[0]
    raw["choices"] = [{"turns": ["one", {"content": "two"}, 3]}, {"turns": ["other"]}]
    rows, reading = read_all(FASTCHAT_ANSWERS, saved(tmp_path / "a.jsonl", [json.dumps(raw)]))
    assert [row.output for row in rows] == ["one", "two"]
    assert set(reading.left.counts.values()) == {1}
    assert len(reading.left.counts) == 2


def test_every_vote_of_people_is_an_item_of_its_own() -> None:
    rows, reading = read_all(MT_BENCH_HUMAN, HUMAN)
    assert len({row.item for row in rows}) == len(rows) == 24
    assert {row.judge for row in rows} == {"people"}
    assert rows[0].item == "81 turn 1 by expert_1"
    assert (rows[1].model, rows[1].against) == ("tiny-tuned", "tiny-base")
    assert (rows[3].output, rows[3].other_output) == (
        "tiny-base adds to 81.",
        "tiny-tuned adds to 81.",
    )
    assert rows[0].prompt == digest_of("Question 81?")
    assert rows[3].prompt == digest_of("Question 81?", "And then?")
    assert not reading.left.total
    layer = layer_of("human_judgments.jsonl", models=MODELS)
    results = read_results(layer, FIXTURES, digest_file)
    raws = raws_of(HUMAN)
    won = sum(
        {"model_a": raw["model_a"], "model_b": raw["model_b"]}.get(raw["winner"]) == "tiny-tuned"
        for raw in raws
    )
    assert float(results.arms["tuned"].values[0].sum()) == won > 0
    assert len(set(results.clusters)) == 4
    assert results.judging is not None
    assert results.judging.by_people


@pytest.mark.parametrize(
    ("judge", "winner", "shown", "score"),
    [
        (["gpt-4", "pair-v2"], "tie (inconsistent)", "gpt-4", 0.5),
        ("gpt4_pair", "model_b", "gpt4_pair", 0.0),
        ("gpt4_pair", "both", "gpt4_pair", UNREAD),
    ],
)
def test_votes_of_a_model_in_a_json_array(
    tmp_path: Path, judge: object, winner: str, shown: str, score: float | NoScore
) -> None:
    path = tmp_path / "votes.json"
    path.write_text(json.dumps([{**raws_of(HUMAN)[0], "judge": judge, "winner": winner}]))
    assert importer_of(path) is MT_BENCH_HUMAN
    (row,), _ = read_all(MT_BENCH_HUMAN, path)
    assert (row.judge, row.item, row.scores) == (shown, "81 turn 1", {"net_win": score})


# Recognising


@pytest.mark.parametrize(("path", "importer"), FILES)
def test_each_file_is_known_by_its_content_alone(
    tmp_path: Path, path: Path, importer: Importer
) -> None:
    renamed = tmp_path / "anything.jsonl"
    shutil.copy(path, renamed)
    assert importer_of(renamed) is importer
    knowing = [one for one in IMPORTERS if one.recognises(glimpse(renamed))]
    assert [one for one in knowing if one not in {PLAIN_SCORES, PLAIN_OUTPUTS}] == [importer]


def test_votes_of_the_arena_are_not_those_of_mt_bench(tmp_path: Path) -> None:
    raw = {**raws_of(HUMAN)[0], "question_id": "58210e39b3fd4441a2bd4a518bb44c2d"}
    path = saved(tmp_path / "arena.jsonl", [json.dumps(raw)] * 2)
    assert not MT_BENCH_HUMAN.recognises(glimpse(path))


@pytest.mark.parametrize("importer", dict.fromkeys(one for _, one in FILES))
@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"[1, 2]", b'{"a": 1}\n', b"a,b\n1,2\n", b"\x89PNG\r\n\x1a\n\x00", b"\xff"],
)
def test_another_file_is_refused_in_three_parts(
    tmp_path: Path, importer: Importer, content: bytes
) -> None:
    path = tmp_path / "other.jsonl"
    path.write_bytes(content)
    assert isinstance(read_or_refused(importer, path), Problem)


# Damage


@pytest.mark.parametrize(("path", "importer"), FILES)
def test_a_file_that_was_cut(tmp_path: Path, path: Path, importer: Importer) -> None:
    raw = path.read_bytes()
    whole, _ = read_all(importer, path)
    cut = tmp_path / "cut.jsonl"
    cut.write_bytes(raw[:-20])
    rows, reading = read_all(importer, cut)
    lost = 2 if importer is FASTCHAT_ANSWERS else 1
    assert len(rows) == len(whole) - lost
    assert reading.left.counts == {CUT: 1}
    for k in range(0, len(raw), 499):
        cut.write_bytes(raw[:k])
        read_or_refused(importer, cut)


@pytest.mark.parametrize(("path", "importer"), FILES)
def test_hostile_values_are_faults_of_their_row(
    tmp_path: Path, path: Path, importer: Importer
) -> None:
    raw = raws_of(path)[1]
    texts = [*mutated(raw), *mutated(raw, BREAKING), *without(raw)]
    rows, reading = read_all(importer, saved(tmp_path / "hostile.jsonl", texts))
    assert len(texts) > 300
    lines = {row.line for row in rows}
    if importer is FASTCHAT_ANSWERS:  # of which a row may be taken up in part
        assert len(lines) + reading.left.total >= len(texts)
    else:
        assert len(lines) == len(rows) == len(texts) - reading.left.total


def test_votes_of_an_array_are_cited_as_rows(tmp_path: Path) -> None:
    first, second = raws_of(HUMAN)[:2]
    del second["judge"]
    why = "the row does not name its judge"
    texts = [json.dumps(one, indent=1) for one in (first, second)]
    path = tmp_path / "votes.json"
    path.write_text("[" + ",\n".join(texts) + "]", encoding="utf-8")
    rows, reading = read_all(MT_BENCH_HUMAN, path)
    assert (len(rows), reading.numbered) == (1, "row")
    assert reading.left.first == {why: f"{path} row 2"}
    path = saved(tmp_path / "votes.jsonl", [json.dumps(one) for one in (first, second)])
    _, reading = read_all(MT_BENCH_HUMAN, path)
    assert (reading.numbered, reading.left.first) == ("line", {why: f"{path}:2"})
