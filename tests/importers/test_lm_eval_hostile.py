"""lm-eval's files when they are cut, damaged or made to do harm, and the memory that they take."""

import gzip
import json
import math
import shutil
import tracemalloc
from pathlib import Path

import pytest

from evalreport.errors import DataError, Problem
from evalreport.importers.base import NoScore
from evalreport.importers.glimpse import glimpse
from evalreport.importers.lm_eval.samples import LM_EVAL_SAMPLES
from evalreport.importers.lm_eval.totals import LM_EVAL_RESULTS
from evalreport.importers.table import importer_of
from tests.importers.hostile_rows import BREAKING, assert_told, mutated, read_or_refused, without
from tests.importers.lm_eval_files import BASE, raw_rows, read, results, samples, written


def test_a_file_that_is_cut_loses_one_row_and_says_so(tmp_path: Path) -> None:
    path = samples(BASE, "tiny_choice")
    shutil.copy(results(BASE), tmp_path)
    cut = tmp_path / path.name
    cut.write_bytes(path.read_bytes()[:-300])
    reading, rows = read(cut)
    assert len(rows) == 11
    assert reading.left.counts == {"the file ends in the middle of a row": 1}
    assert reading.expected == {"tiny_choice": 12}
    packed = tmp_path / f"{path.name}.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert importer_of(packed) is LM_EVAL_SAMPLES
    assert len(read(packed)[1]) == 12
    packed.write_bytes(packed.read_bytes()[:-200])
    with pytest.raises(DataError, match="damaged"):
        read(packed)


def test_what_is_no_samples_file_is_refused_in_three_parts(tmp_path: Path) -> None:
    path = written(tmp_path / "other.jsonl", [{"doc_id": 1}, {"doc_id": 2}])
    found = read_or_refused(LM_EVAL_SAMPLES, path)
    assert isinstance(found, Problem)
    assert found.what == "the file holds no samples of lm-eval"
    path = tmp_path / "results.json"
    path.write_text('{"results": {"a": {"acc": []}}, "versions": {}, "config": {}}', "utf-8")
    empty = read_or_refused(LM_EVAL_RESULTS, path)
    assert isinstance(empty, Problem)
    assert empty.what == "the file holds no figure of lm-eval"


@pytest.mark.parametrize("task", ["tiny_choice", "tiny_vowel", "tiny_text", "tiny_rules"])
def test_a_hostile_row_is_its_own_fault(task: str, tmp_path: Path) -> None:
    path = samples(BASE, task)
    shutil.copy(results(BASE), tmp_path)
    lines = path.read_text("utf-8").splitlines()
    row = json.loads(lines[0])
    beyond = {json.dumps({**row, metric: -1}) for metric in row["metrics"]}  # none of its row
    odd = [*(text for text in mutated(row) if text not in beyond), *without(row), *BREAKING]
    file = tmp_path / path.name
    file.write_text("\n".join([*lines[1:], *odd]) + "\n", encoding="utf-8")
    reading, rows = read(file)
    assert len(rows) + sum(
        k for why, k in reading.left.counts.items() if "100 metrics" not in why
    ) == len(lines) - 1 + len(odd)
    assert len(rows) > len(odd) / 2
    assert [row.item for row in rows][: len(lines) - 1] == [one.item for one in read(path)[1][1:]]
    for one in rows:
        assert all(text.isprintable() for text in (one.item, one.part, one.prompt, *one.scores))
        for metric, given in one.scores.items():
            column = reading.column(metric)
            assert column.metric == metric
            numbers = given if isinstance(given, tuple) else (given,)
            if not isinstance(given, NoScore):
                assert all(type(x) is float and math.isfinite(x) for x in numbers)
                if column.high is not None and isinstance(given, float):
                    assert 0.0 <= given <= column.high
    assert_told(reading.left)


def test_a_hostile_results_file_never_raises_anything_but_a_refusal(tmp_path: Path) -> None:
    told = json.loads(results(BASE).read_text("utf-8"))
    by_task = ("results", "configs", "versions", "n-shot", "higher_is_better", "n-samples")
    run = ("groups", "group_subtasks", "config", "date", "lm_eval_version", "model_name")
    prompted = ("chat_template_sha", "system_instruction_sha", "fewshot_as_multiturn")
    told = {key: told[key] for key in (*by_task, *run, *prompted)}
    for key in by_task:
        told[key] = {
            name: told[key][name] for name in ("tiny_vowel", "tiny_pair") if name in told[key]
        }
    keep = ("metric_list", "generation_kwargs", "output_type", "repeats")
    config = told["configs"]["tiny_vowel"]
    told["configs"] = {"tiny_vowel": {key: config[key] for key in keep}}
    path = samples(BASE, "tiny_vowel")
    shutil.copy(path, tmp_path)
    beside = tmp_path / results(BASE).name
    seen = 0
    values = ("null", "[]", '"\\ud800\\u202e"', "NaN", "9" * 400, "[[1]]", '{"a": 1}')
    for text in [*mutated(told, values), *without(told), *BREAKING]:
        beside.write_text(text, encoding="utf-8")
        found = read_or_refused(LM_EVAL_RESULTS, beside)
        seen += not isinstance(found, Problem)
        reading = LM_EVAL_SAMPLES.read(tmp_path / path.name, {})
        assert all(note.isprintable() for note in reading.notes)
        for facts in reading.facts.values():
            assert all(str(text).isprintable() for _, text in facts)
    assert seen > 300


def test_an_odd_name_in_a_results_file_stays_a_name(tmp_path: Path) -> None:
    told = json.loads(results(BASE).read_text("utf-8"))
    of = told["results"]["tiny_choice"]
    told |= {"results": {"\ud800\n": {"a\u0000cc,no\tne": of["acc,none"]}}, "groups": {}}
    path = tmp_path / "results.json"
    path.write_text(json.dumps(told), encoding="utf-8")
    reading = LM_EVAL_RESULTS.read(path, {})
    (figure,) = reading.figures
    assert figure.part.isprintable()
    assert figure.metric.isprintable()
    assert reading.column(figure.metric).metric == figure.metric


def test_reading_needs_the_memory_of_a_few_rows(tmp_path: Path) -> None:
    row = raw_rows(samples(BASE, "tiny_vowel"))[0]
    row["doc"]["q"] = "word " * 250
    path = tmp_path / samples(BASE, "tiny_vowel").name
    with path.open("w", encoding="utf-8") as file:
        for i in range(20_000):
            file.write(json.dumps(row | {"doc_id": i}) + "\n")
    assert path.stat().st_size > 36_000_000
    assert glimpse(path).shape == "lines"
    reading = LM_EVAL_SAMPLES.read(path, {})
    tracemalloc.start()
    try:
        count = sum(1 for _ in reading.rows)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 20_000
    assert peak < 2_000_000
