"""lm-eval's files: the figures that it printed come out of its rows, whichever version wrote them."""

import json
import math
import random
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from evalreport.digest import digest_file, digest_text
from evalreport.importers.acquire import read_results
from evalreport.importers.base import Facts
from evalreport.importers.lm_eval.samples import LM_EVAL_SAMPLES
from evalreport.importers.lm_eval.totals import LM_EVAL_RESULTS
from evalreport.importers.table import importer_of
from evalreport.layers.imported import Imported
from evalreport.metrics.base import Scale
from tests.importers.lm_eval_files import (
    BASE,
    CHAT,
    FIXTURES,
    TUNED,
    V044,
    by_item,
    figure_of,
    named,
    raw_rows,
    read,
    results,
    samples,
    scored,
    written,
)

SAMPLES = sorted(FIXTURES.rglob("*.jsonl"))
RESULTS = sorted(FIXTURES.rglob("results*.json"))
OURS = {"acc": "accuracy", "acc_norm": "accuracy_normalized"}
LOGARITHMS = {"perplexity", "word_perplexity", "byte_perplexity"}
CORPUS_LEVEL = {"f1", "brier_score"}


@pytest.mark.parametrize("path", SAMPLES, ids=named)
def test_rows_give_the_figures_that_the_tool_printed(path: Path) -> None:
    assert importer_of(path) is LM_EVAL_SAMPLES
    reading, rows = read(path)
    given = scored(rows)
    (task,) = {row.part.split()[0] for row in rows}
    printed = json.loads(results(path.parent).read_text("utf-8"))["results"][task]
    checked = 0
    for key, value in printed.items():
        metric, _, filter_name = key.partition(",")
        if not filter_name or metric.endswith("_stderr"):
            continue
        part = task if filter_name == "none" else f"{task} {filter_name}"
        if metric in CORPUS_LEVEL:
            assert (part, metric) not in given
            continue
        name = OURS.get(metric, metric)
        own, se = figure_of(given[part, name], reading.column(name))
        told = math.log(value) if metric in LOGARITHMS else value
        assert own == pytest.approx(told, rel=1e-9, abs=1e-12)
        told_se = printed[f"{metric}_stderr,{filter_name}"]
        if told_se != "N/A" and metric not in LOGARITHMS:
            assert se == pytest.approx(told_se, rel=1e-9, abs=1e-12)
        figure = next(f for f in reading.figures if (f.part, f.metric) == (part, name))
        assert figure.value == pytest.approx(told, rel=1e-12, abs=0)
        checked += 1
    assert checked == len(given) > 0
    assert reading.left.total == 0
    assert reading.model == "models/base" or path.parent == TUNED


@pytest.mark.parametrize("path", RESULTS, ids=named)
def test_every_figure_of_a_results_file_is_taken(path: Path) -> None:
    assert importer_of(path) is LM_EVAL_RESULTS
    reading = LM_EVAL_RESULTS.read(path, {})
    printed = json.loads(path.read_text("utf-8"))["results"]
    keys = [
        (name, key)
        for name, figures in printed.items()
        for key in figures
        if "," in key and "_stderr" not in key
    ]
    assert len(reading.figures) == len(keys)
    for figure, (name, key) in zip(reading.figures, keys, strict=True):
        metric, _, filter_name = key.partition(",")
        assert figure.metric == OURS.get(metric, metric)
        assert figure.part == (name if filter_name == "none" else f"{name} {filter_name}")
        value, se = printed[name][key], printed[name][f"{metric}_stderr,{filter_name}"]
        assert figure.value == (math.log(value) if metric in LOGARITHMS else value)
        assert figure.se == (None if se == "N/A" or metric in LOGARITHMS else se)
    assert list(reading.rows) == []
    assert reading.gives == "figures"


def test_two_models_have_the_same_items_and_prompts() -> None:
    for task in ("tiny_choice", "tiny_vowel", "tiny_text"):
        base = by_item(read(samples(BASE, task))[1])
        tuned = by_item(read(samples(TUNED, task))[1])
        assert base.keys() == tuned.keys()
        assert [base[key].prompt for key in base] == [tuned[key].prompt for key in base]
        assert len({row.item for row in base.values()}) == len(
            {row.prompt for row in base.values()}
        )


def test_a_chat_template_leaves_the_items_and_changes_the_prompts() -> None:
    plain, rows = read(samples(BASE, "tiny_vowel"))
    chat, templated = read(samples(CHAT, "tiny_vowel"))
    mine, theirs = by_item(rows), by_item(templated)
    assert mine.keys() == theirs.keys()
    assert all(mine[key].prompt != theirs[key].prompt for key in mine)
    part = "tiny_vowel strict-match"
    assert plain.facts[part] == Facts(
        decoding='greedy, at most 12 tokens, until "Q:" or "\\n\\n"',
        scorer="lm-eval task tiny_vowel version 1.5, filter strict-match",
        shots=1,
        template="none",
        precision="float32",
    )
    told = json.loads(results(CHAT).read_text("utf-8"))
    sha, system = told["chat_template_sha"][:12], told["system_instruction_sha"][:12]
    assert chat.facts[part].template == f"{sha}, system prompt {system}, shots as turns"
    assert chat.facts[part].scorer == plain.facts[part].scorer


def test_what_a_file_tells_of_itself() -> None:
    reading, rows = read(samples(BASE, "tiny_choice"))
    assert (reading.tool, reading.version, reading.model) == ("lm-eval", "0.4.13", "models/base")
    assert reading.named == "models__base"
    date = json.loads(results(BASE).read_text("utf-8"))["date"]
    assert reading.made_at.endswith("+00:00")
    assert math.floor(date) == pytest.approx(_seconds(reading.made_at))
    assert reading.expected == {"tiny_choice": 12}
    assert reading.facts["tiny_choice"].decoding == "log-likelihood"
    assert reading.notes == (
        'Not taken up item by item, since only lm-eval adds it up: "f1", "brier_score".',
    )
    accuracy = reading.column("accuracy")
    assert (accuracy.unit, accuracy.low, accuracy.high) == ("fraction", 0.0, 1.0)
    assert accuracy.higher_is_better
    raw = raw_rows(samples(BASE, "tiny_choice"))
    assert [row.scores for row in rows] == [
        {"accuracy": one["acc"], "accuracy_normalized": one["acc_norm"]} for one in raw
    ]
    assert [row.line for row in rows] == [*range(1, 13)]


def _seconds(told: str) -> float:
    return datetime.fromisoformat(told).timestamp()


def test_texts_are_taken_where_texts_were_asked_for() -> None:
    _, rows = read(samples(BASE, "tiny_vowel"))
    told = [row["resps"][0][0] for row in raw_rows(samples(BASE, "tiny_vowel"))]
    assert [row.output for row in rows] == told
    for task in ("tiny_choice", "tiny_text", "tiny_last"):
        assert {row.output for row in read(samples(BASE, task))[1]} == {None}


def test_perplexities_are_logarithms_of_which_rows_are_parts() -> None:
    reading, _ = read(samples(BASE, "tiny_text"))
    columns = {name: reading.column(name) for name in ("word_perplexity", "bits_per_byte")}
    assert [one.unit for one in columns.values()] == ["nats/word", "bits/byte"]
    assert {one.scale for one in columns.values()} == {Scale.RATIO}
    assert not any(one.higher_is_better for one in columns.values())
    (word,) = [one for one in reading.figures if one.metric == "word_perplexity"]
    own = json.loads(results(BASE).read_text("utf-8"))["results"]["tiny_text"]
    assert f"lm-eval gives {own['word_perplexity,none']:.6g}" in word.note
    last, _ = read(samples(BASE, "tiny_last"))
    (figure,) = [one for one in last.figures if one.metric == "perplexity"]
    assert figure.se is None
    assert "by bootstrap, 200 draws" in figure.note


def test_a_group_says_what_its_standard_error_is() -> None:
    reading = LM_EVAL_RESULTS.read(results(BASE), {})
    (group,) = [one for one in reading.figures if one.part == "tiny_pair"]
    assert group.n == 17
    assert group.note.startswith("over the 2 tasks of a group: its standard error is pooled")
    assert group.note.endswith("depends on lm-eval's version (version 0.4.13)")
    assert reading.facts["tiny_pair"].scorer == "lm-eval group tiny_pair version 3, filter none"
    assert "tiny_more" not in [f.part for f in read(samples(BASE, "tiny_choice"))[0].figures]


# Layouts of older versions


@pytest.mark.parametrize("version", ["v0.4.2", "v0.4.4/models__base"])
def test_older_layouts_have_the_items_of_today(version: str) -> None:
    today = by_item(read(samples(BASE, "tiny_more"))[1])
    old = by_item(read(samples(FIXTURES / version, "tiny_more"))[1])
    assert old.keys() == today.keys()
    assert [row.prompt for row in old.values()] == [today[key].prompt for key in old]
    # With worked examples the versions ask the same items otherwise: they draw other examples.
    path = samples(FIXTURES / version, "tiny_vowel")
    vowels, raw = read(path)[1], raw_rows(path)
    assert len(by_item(vowels)) == 14
    assert by_item(vowels).keys() <= by_item(read(samples(BASE, "tiny_vowel"))[1]).keys()
    assert [row.output for row in vowels] == [row["resps"][0][0] for row in raw]
    assert [row.prompt for row in vowels] == [digest_text(prompt_of(row)) for row in raw]


def prompt_of(row: dict[str, Any]) -> str:
    requests = row["arguments"]
    told = requests[0][0] if isinstance(requests, list) else requests["gen_args_0"]["arg_0"]
    assert isinstance(told, str)
    return told


def test_rows_of_today_without_what_older_versions_lack_read_the_same(tmp_path: Path) -> None:
    """The transformation to the layout of 0.4.2, but for one row a line."""
    path = samples(BASE, "tiny_vowel")
    older = []
    for row in raw_rows(path):
        old = {key: row[key] for key in ("doc_id", "doc", "target", "resps", "filtered_resps")}
        requests = row["arguments"].values()
        old["arguments"] = [[one["arg_0"], one["arg_1"]] for one in requests]
        older.append({**old, "exact_match": row["exact_match"]})
    shutil.copy(results(BASE), tmp_path)
    _, rows = read(written(tmp_path / path.name, older))
    assert rows == read(path)[1]


def test_filters_are_told_apart_without_a_results_file(tmp_path: Path) -> None:
    path = samples(V044, "tiny_vowel")
    shutil.copy(path, tmp_path)
    reading, rows = read(tmp_path / path.name)
    assert [row.part for row in rows] == ["tiny_vowel"] * 7 + ["tiny_vowel filter 2"] * 7
    (note,) = reading.notes
    assert note.startswith("No results file of its run lies beside it: what that would tell")
    assert reading.facts == {
        "": Facts(decoding='greedy, at most 12 tokens, until "Q:" or "\\n\\n"')
    }
    assert reading.made_at[:10] == path.stem[-26:-16]
    assert (reading.model, reading.figures, reading.expected) == ("", (), {})


def test_more_rows_of_an_item_than_filters_are_left_with_their_place(tmp_path: Path) -> None:
    path = samples(V044, "tiny_vowel")
    shutil.copy(results(path.parent), tmp_path)
    rows = raw_rows(path)
    reading, taken = read(written(tmp_path / path.name, [*rows, rows[0]]))
    assert len(taken) == 14
    assert reading.left.counts == {"it cannot be told which filter the row is of": 1}
    assert list(reading.left.first.values()) == [f"{tmp_path / path.name}:15"]


def test_a_limited_run_says_so() -> None:
    reading, _ = read(samples(V044, "tiny_vowel"))
    assert reading.expected == dict.fromkeys(
        ("tiny_vowel strict-match", "tiny_vowel flexible-extract"), 7
    )
    assert "Of the 12 items of the task, 7 were asked." in reading.notes


def test_the_order_of_lines_does_not_matter(tmp_path: Path) -> None:
    path = samples(BASE, "tiny_vowel")
    shuffled = raw_rows(path)
    random.Random(5).shuffle(shuffled)
    shutil.copy(results(BASE), tmp_path)
    _, rows = read(written(tmp_path / path.name, shuffled))
    first, second = by_item(read(path)[1]), by_item(rows)
    assert first.keys() == second.keys()
    assert all(first[key].scores == second[key].scores for key in first)


def test_rows_of_0_3_figures_are_plain_keys(tmp_path: Path) -> None:
    told = {
        "results": {"boolq": {"acc": 0.5, "acc_stderr": 0.25, "em": "none"}},
        "versions": {"boolq": 1},
        "config": {"model": "gpt2", "model_args": "pretrained=gpt2", "bootstrap_iters": 100000},
    }
    path = tmp_path / "out.json"
    path.write_text(json.dumps(told), encoding="utf-8")
    assert importer_of(path) is LM_EVAL_RESULTS
    reading = LM_EVAL_RESULTS.read(path, {})
    (figure,) = reading.figures
    assert (figure.part, figure.metric, figure.value, figure.se) == ("boolq", "accuracy", 0.5, 0.25)
    assert (reading.model, reading.facts["boolq"].shots) == ("gpt2", None)
    assert reading.notes == ("1 figure of the file could not be taken as a number.",)


def test_two_arms_reach_a_comparison() -> None:
    layer = Imported.model_validate(
        {
            "kind": "imported",
            "name": "vowels",
            "from": {"base": "plain/models__base", "tuned": "plain/models__tuned"},
            "part": "tiny_vowel flexible-extract",
        }
    )
    found = read_results(layer, FIXTURES, digest_file)
    assert found.n == 12
    assert not found.refused
    assert [one.metric for one in found.columns] == ["exact_match"]
    assert found.integrity.expected == {"tuned": (12, "lm-eval"), "base": (12, "lm-eval")}
    assert len(found.integrity.figures) == 2
    assert all(
        one.agrees and one.own_se == pytest.approx(one.se) for one in found.integrity.figures
    )
