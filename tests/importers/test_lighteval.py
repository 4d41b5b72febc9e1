"""lighteval: its numbers come out of its files again, and what is wrong with them is said."""

import json
import math
import shutil
import statistics
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evalreport.digest import digest_file
from evalreport.errors import DataError, Problem
from evalreport.importers.acquire import read_results
from evalreport.importers.base import NoScore, Reading, Row
from evalreport.importers.lighteval.files import LIGHTEVAL_DETAILS, LIGHTEVAL_RESULTS
from evalreport.importers.lighteval.totals import PHANTOM, shots_of
from evalreport.importers.table import importer_of
from evalreport.layers.imported import Imported
from tests.importers.hostile_rows import BREAKING, VALUES, assert_told, mutated

FIXTURES: Final = Path(__file__).parent / "fixtures" / "lighteval"
DATE: Final = "2026-11-27T11-26-05.123456"


def raw(who: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FIXTURES / f"results-{who}.json").read_text())
    return found


def as_written(folder: Path, who: str, task: str, name: str) -> Path:
    """The files of a run where lighteval puts them."""
    results = folder / "results" / f"toy-{who}" / f"results_{DATE}.json"
    details = folder / "details" / f"toy-{who}" / DATE / f"details_{name}_{DATE}.parquet"
    for path, source in ((results, f"results-{who}.json"), (details, f"{task}-{who}.parquet")):
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(FIXTURES / source, path)
    return details


def rows_of(path: Path) -> tuple[list[Row], Reading]:
    reading = LIGHTEVAL_DETAILS.read(path, {})
    return list(reading.rows), reading


@pytest.mark.parametrize("who", ["good", "poor"])
def test_results_have_every_figure_of_the_file(who: str) -> None:
    path = FIXTURES / f"results-{who}.json"
    assert importer_of(path) is LIGHTEVAL_RESULTS
    reading = LIGHTEVAL_RESULTS.read(path, {})
    names = {"accuracy": "acc", "exact_match": "em"}
    told = raw(who)["results"]
    for figure in reading.figures:
        metric = names.get(figure.metric, figure.metric)
        assert figure.value == told[figure.part][metric]
        assert figure.se == told[figure.part][f"{metric}_stderr"]
        assert (figure.model, figure.n) == (f"toy-{who}", None)
    given = [m for values in told.values() for m in values if not m.endswith("_stderr")]
    assert len(reading.figures) + reading.left.total == len(given)
    assert (reading.gives, reading.model, list(reading.rows)) == ("figures", f"toy-{who}", [])


def test_a_zero_that_nobody_measured_is_no_figure() -> None:
    told = raw("poor")["results"]
    assert told["toy:b|2"]["loglikelihood_f1"] == 0.0  # toy:b has no such metric
    reading = LIGHTEVAL_RESULTS.read(FIXTURES / "results-poor.json", {})
    found = {(one.part, one.metric): one for one in reading.figures}
    assert ("toy:b|2", "loglikelihood_f1") not in found
    assert reading.left.counts == {PHANTOM: 1}
    group = found["toy:_average|2", "loglikelihood_f1"]
    assert group.value == told["toy:a|2"]["loglikelihood_f1"] / 2
    assert "counted as 0" in group.note
    assert any("writes 0" in note for note in reading.notes)


def test_a_resampled_error_is_said_to_be_too_small_and_is() -> None:
    reading = LIGHTEVAL_RESULTS.read(FIXTURES / "results-poor.json", {})
    (figure,) = (
        one for one in reading.figures if (one.part, one.metric) == ("toy:a|2", "loglikelihood_f1")
    )
    assert "31.6 times too small" in figure.note
    right = json.loads((FIXTURES / "bootstrap.json").read_text())
    assert figure.value == pytest.approx(right["loglikelihood_f1"], abs=1e-12)
    assert figure.se is not None
    assert right["stderr"] / figure.se == pytest.approx(math.sqrt(1000), rel=1e-9)
    (mean,) = (one for one in reading.figures if (one.part, one.metric) == ("toy:a|2", "accuracy"))
    assert mean.note == ""


def test_a_group_s_error_is_said_to_be_a_mean_of_errors_and_is() -> None:
    reading = LIGHTEVAL_RESULTS.read(FIXTURES / "results-good.json", {})
    found = {one.part: one for one in reading.figures if one.metric == "accuracy"}
    group, tasks = found["toy:_average|2"], [found["toy:a|2"], found["toy:b|2"]]
    assert group.se == statistics.fmean(one.se for one in tasks if one.se is not None)
    assert "mean of theirs" in group.note
    assert "mean of theirs" in found["all"].note


def test_facts_of_tasks_are_those_of_the_run() -> None:
    good, poor = (
        LIGHTEVAL_RESULTS.read(FIXTURES / f"results-{who}.json", {}) for who in ("good", "poor")
    )
    assert good.facts == poor.facts
    assert set(good.facts) == {"toy:a|2", "toy:b|2", "write|0"}
    choice, write = good.facts["toy:a|2"], good.facts["write|0"]
    assert (choice.decoding, choice.shots) == ("log-likelihood", 2)
    assert choice.scorer == "lighteval toy:a version 1"
    assert write.decoding.startswith("temperature 0, at most 16 tokens, stops ")
    assert (write.shots, write.template, write.precision) == (0, "", "")


def test_the_model_s_settings_are_facts(tmp_path: Path) -> None:
    log = raw("good")
    log["config_general"]["model_config"].update(
        dtype="bfloat16", override_chat_template=True, system_prompt="Be brief."
    )
    path = tmp_path / f"results_{DATE}.json"
    path.write_text(json.dumps(log))
    reading = LIGHTEVAL_RESULTS.read(path, {})
    facts = reading.facts["write|0"]
    assert facts.precision == "dtype bfloat16"
    assert facts.template.startswith("system prompt ")
    assert facts.template.endswith(", chat template")
    assert reading.made_at == "2026-11-27T11:26:05.123456"


@pytest.mark.parametrize(
    ("task", "shots"),
    [("toy:a|2", 2), ("lighteval|mmlu:law|5|0", 5), ("all", None), ("a|x", None), ("a|1|2", 2)],
)
def test_shots_stand_in_the_name_of_a_task(task: str, shots: int | None) -> None:
    assert shots_of(task) == shots


@pytest.mark.parametrize(
    ("who", "task", "name"),
    [("good", "toy-a", "toy:a|2"), ("poor", "toy-a", "toy:a|2"), ("good", "write", "write|0")],
)
def test_items_give_the_numbers_of_the_tool(who: str, task: str, name: str, tmp_path: Path) -> None:
    path = as_written(tmp_path, who, task, name)
    assert importer_of(path) is LIGHTEVAL_DETAILS
    rows, reading = rows_of(path)
    assert [row.line for row in rows] == list(range(1, 9))
    assert {row.part for row in rows} == {name}
    assert reading.figures
    for figure in reading.figures:
        scores = [row.scores[figure.metric] for row in rows]
        numbers = [score for score in scores if isinstance(score, float)]
        assert statistics.fmean(numbers) == pytest.approx(figure.value, abs=1e-12)
        error = statistics.stdev(numbers) / math.sqrt(8)
        assert error == pytest.approx(figure.se, abs=1e-12)
    assert (reading.model, reading.left.total) == (f"toy-{who}", 0)
    assert reading.facts[name].shots == int(name[-1])
    assert reading.facts[name].decoding


def test_two_runs_pair_by_item_and_prompt() -> None:
    good, poor = (rows_of(FIXTURES / f"toy-a-{who}.parquet")[0] for who in ("good", "poor"))
    assert [(row.item, row.prompt) for row in good] == [(row.item, row.prompt) for row in poor]
    assert len({row.prompt for row in good}) == 8
    assert [row.scores for row in good] != [row.scores for row in poor]
    written = rows_of(FIXTURES / "write-good.parquet")[0]
    assert {row.output for row in good} == {None}  # a choice, which nobody wrote
    assert "somewhere else" in {row.output for row in written}


def test_two_runs_become_one_paired_comparison(tmp_path: Path) -> None:
    paths = {
        arm: as_written(tmp_path / arm, who, "toy-a", "toy:a|2")
        for arm, who in (("tuned", "good"), ("base", "poor"))
    }
    layer = Imported.model_validate(
        {
            "kind": "imported",
            "name": "toy",
            "from": {arm: [str(path.relative_to(tmp_path))] for arm, path in paths.items()},
        }
    )
    found = read_results(layer, tmp_path, digest_file)
    assert found.refused == {}
    tuned, base = (found.arms[arm].values[0].mean() for arm in ("tuned", "base"))
    assert (tuned, base) == (1.0, 0.625)


def test_what_does_not_lie_beside_is_said_to_be_missing() -> None:
    _, reading = rows_of(FIXTURES / "toy-a-good.parquet")
    notes = " ".join(reading.notes)
    assert "do not lie where lighteval puts them" in notes
    assert "over all items together" in notes  # its F1
    assert (reading.figures, reading.model) == ((), "")
    assert reading.facts["toy:a|2"].shots == 2


def test_units_and_directions_are_known() -> None:
    for name, unit, is_more_better in (
        ("accuracy", "fraction", True),
        ("rougeL", "fraction", True),
        ("pass@k:k=1&n=4", "fraction", True),
        ("bleu", "points", True),
        ("ppl", "points", False),
        ("bits_per_byte", "bits/byte", False),
    ):
        column = LIGHTEVAL_RESULTS.read(FIXTURES / "results-good.json", {}).column(name)
        assert (column.unit, column.higher_is_better) == (unit, is_more_better)
        assert (column.low == 0.0) == (unit == "fraction")


def in_percent(path: Path) -> Path:
    """The same results with an accuracy that is given in percent."""
    log = raw("good")
    log["results"]["toy:a|2"]["acc"] = 62.5
    path.write_text(json.dumps(log), encoding="utf-8")
    return path


def test_a_figure_beyond_a_share_is_none(tmp_path: Path) -> None:
    reading = LIGHTEVAL_RESULTS.read(in_percent(tmp_path / "results.json"), {})
    column = reading.column("accuracy")
    assert (column.unit, column.low, column.high) == ("points", None, None)
    assert reading.column("exact_match").high == 1.0


def test_an_item_beyond_a_share_is_refused_unless_the_results_say_so(tmp_path: Path) -> None:
    path = details(tmp_path / "d.parquet", {"acc": 62.5})
    with pytest.raises(DataError) as caught:
        rows_of(path)
    (problem,) = caught.value.problems
    assert problem.where == f"{path} row 1"
    assert problem.what == "accuracy is 62.5, and lies between 0 and 1"
    assert "the results of the run" in problem.hint
    path = as_written(tmp_path, "good", "toy-a", "toy:a|2")
    in_percent(next((tmp_path / "results").rglob("*.json")))
    rows, reading = rows_of(details(path, {"acc": 62.5}, task_name="toy:a|2"))
    assert {row.scores["accuracy"] for row in rows} == {62.5}
    assert reading.column("accuracy").high is None


# Odd content


def assert_sound(reading: Reading) -> None:
    for figure in reading.figures:
        assert figure.part.isprintable()
        assert figure.metric.isprintable()
        assert math.isfinite(figure.value)
        reading.column(figure.metric)
    for facts in reading.facts.values():
        assert all(one.isprintable() for one in (facts.decoding, facts.scorer, facts.template))
    assert all(text.isprintable() for text in (reading.model, reading.made_at, *reading.notes))
    assert_told(reading.left)


def test_no_value_of_results_does_harm(tmp_path: Path) -> None:
    log, path = raw("poor"), tmp_path / "log.json"
    for key in ("summary_tasks", "summary_general"):
        del log[key]
    del log["config_tasks"]["toy:b|2"], log["results"]["write|0"]
    reads = 0
    for text in mutated(log, VALUES[::4]):
        path.write_text(text, encoding="utf-8")
        assert_sound(LIGHTEVAL_RESULTS.read(path, {}))
        reads += 1
    assert reads > 500


@pytest.mark.parametrize("odd", BREAKING, ids=range(len(BREAKING)))
def test_results_that_no_reader_takes_are_refused(odd: str, tmp_path: Path) -> None:
    path = tmp_path / "log.json"
    path.write_text(json.dumps({**raw("good"), "versions": "@@"}).replace('"@@"', odd))
    with pytest.raises(DataError) as caught:
        LIGHTEVAL_RESULTS.read(path, {})
    (problem,) = caught.value.problems
    assert problem.where.startswith(str(path))
    assert problem.hint


def details(path: Path, metric: object, **doc: object) -> Path:
    row = {
        "doc": {"id": "1", "task_name": "t|0", "query": "q", **doc},
        "metric": metric,
        "model_response": {"text": ["a"]},
    }
    pq.write_table(pa.Table.from_pylist([row, row]), path)
    return path


@pytest.mark.parametrize(
    ("metric", "given"),
    [
        ({"acc": True}, 1.0),
        ({"acc": 0.25}, 0.25),
        ({"acc": "0.5"}, 0.5),
        ({"acc": math.nan}, NoScore("the score is no finite number", is_unparsed=True)),
        ({"acc": math.inf}, NoScore("the score is no finite number", is_unparsed=True)),
        ({"acc": "no"}, NoScore("the score is no finite number", is_unparsed=True)),
        ({"acc": None}, NoScore("the item has no score")),
    ],
)
def test_scores_of_any_type_are_numbers_or_say_why_not(
    metric: Mapping[str, object], given: object, tmp_path: Path
) -> None:
    rows, _ = rows_of(details(tmp_path / "d.parquet", metric))
    assert [(row.item, row.scores) for row in rows] == [
        ("1", {"accuracy": given}),
        ("1#2", {"accuracy": given}),  # another split of the task has items of the same number
    ]


@pytest.mark.parametrize("doc", [{"id": None}, {"task_name": "a\nb"}, {"id": "x" * 5000}])
def test_rows_without_a_name_are_left_out_with_their_count(
    doc: dict[str, object], tmp_path: Path
) -> None:
    rows, reading = rows_of(details(tmp_path / "d.parquet", {"acc": 1}, **doc))
    assert rows == []
    assert reading.left.counts == {"the row has no id, or no task": 2}


def test_a_metric_without_a_name_is_left_out_with_its_count(tmp_path: Path) -> None:
    rows, reading = rows_of(details(tmp_path / "d.parquet", {"acc": 1, "a\n\u202e": 2}))
    assert [row.scores for row in rows] == [{"accuracy": 1.0}] * 2
    assert reading.left.counts == {"a metric has no name that could stand in a report": 1}


@pytest.mark.parametrize("doc", [{"query": 7}, {"choices": "x"}, {"fewshot_samples": [1, 2]}])
def test_other_types_than_lighteval_s_do_no_harm(doc: dict[str, object], tmp_path: Path) -> None:
    rows, _ = rows_of(details(tmp_path / "d.parquet", {"acc": 1}, **doc))
    assert len({row.prompt for row in rows}) == 1
    assert len(rows) == 2


@pytest.mark.parametrize("metric", [{"f1": {"golds": [1], "preds": 1}}, [1], 1])
def test_a_file_whose_items_have_no_scores_is_refused(metric: object, tmp_path: Path) -> None:
    path = details(tmp_path / "d.parquet", metric)
    with pytest.raises(DataError) as caught:
        LIGHTEVAL_DETAILS.read(path, {})
    (problem,) = caught.value.problems
    assert problem == Problem(
        str(path),
        "no metric of the file is a score of single items",
        "use the results file of the run",
    )


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "d.parquet"
    content = bytearray((FIXTURES / "write-good.parquet").read_bytes())
    path.write_bytes(content[:-50])
    with pytest.raises(DataError, match="not a readable Parquet file"):
        LIGHTEVAL_DETAILS.read(path, {})
    path.write_bytes(b"PAR1" + b"\xff" * 3000 + bytes(content[3004:]))
    with pytest.raises(DataError, match="not a readable Parquet file"):
        rows_of(path)


def test_other_parquet_files_are_none(tmp_path: Path) -> None:
    path = tmp_path / "other.parquet"
    pq.write_table(pa.table({"id": ["a"], "score": [1.0]}), path)
    assert importer_of(path) is not LIGHTEVAL_DETAILS
