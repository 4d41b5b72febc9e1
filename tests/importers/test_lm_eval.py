"""lm-eval's files: the figures that it printed come out of its rows, whichever version wrote them."""

import gzip
import json
import math
import random
import shutil
import tracemalloc
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from evalreport.digest import digest_file, digest_text
from evalreport.errors import DataError, Problem
from evalreport.importers.acquire import read_results
from evalreport.importers.base import Facts, Given, NoScore, Reading, Row
from evalreport.importers.glimpse import glimpse
from evalreport.importers.lm_eval_facts import generation_of, precision_of, template_of
from evalreport.importers.lm_eval_metrics import Told, metric_of
from evalreport.importers.lm_eval_results import LM_EVAL_RESULTS
from evalreport.importers.lm_eval_samples import LM_EVAL_SAMPLES
from evalreport.importers.table import importer_of
from evalreport.layers.imported import Imported
from evalreport.metrics.base import Column, Scale
from evalreport.values import Json
from tests.importers.hostile_rows import BREAKING, assert_told, mutated, read_or_refused, without

FIXTURES = Path(__file__).parent / "fixtures" / "lm_eval"
SAMPLES = sorted(FIXTURES.rglob("*.jsonl"))
RESULTS = sorted(FIXTURES.rglob("results*.json"))
BASE, TUNED = FIXTURES / "plain" / "models__base", FIXTURES / "plain" / "models__tuned"
OURS = {"acc": "accuracy", "acc_norm": "accuracy_normalized"}
LOGARITHMS = {"perplexity", "word_perplexity", "byte_perplexity"}
CORPUS_LEVEL = {"f1", "brier_score"}


def named(path: Path) -> str:
    return f"{path.parent.parent.name}-{path.parent.name}-{path.stem}"[-60:]


def samples(folder: Path, task: str) -> Path:
    (found,) = folder.glob(f"*_{task}*.jsonl")
    return found


def results(folder: Path) -> Path:
    (found,) = folder.glob("results*.json")
    return found


def raw_rows(path: Path) -> list[dict[str, Any]]:
    text = path.read_text(encoding="utf-8")
    if text.startswith("["):
        found: list[dict[str, Any]] = json.loads(text)
        return found
    return [json.loads(line) for line in text.splitlines()]


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def read(path: Path) -> tuple[Reading, list[Row]]:
    reading = LM_EVAL_SAMPLES.read(path, {})
    return reading, list(reading.rows)


def by_item(rows: list[Row]) -> dict[tuple[str, str], Row]:
    found = {(row.part, row.item): row for row in rows}
    assert len(found) == len(rows)
    return found


def scored(rows: list[Row]) -> dict[tuple[str, str], list[Given]]:
    found: dict[tuple[str, str], list[Given]] = defaultdict(list)
    for row in rows:
        for metric, given in row.scores.items():
            found[row.part, metric].append(given)
    return found


def figure_of(given: list[Given], column: Column) -> tuple[float, float | None]:
    """The figure of rows and the standard error of their mean, by the formula of textbooks."""
    if column.scale is Scale.RATIO:
        pairs = [one for one in given if isinstance(one, tuple)]
        assert len(pairs) == len(given)
        return sum(top for top, _ in pairs) / sum(bottom for _, bottom in pairs), None
    numbers = [one for one in given if isinstance(one, float)]
    assert len(numbers) == len(given)
    n = len(numbers)
    mean = sum(numbers) / n
    return mean, math.sqrt(sum((x - mean) ** 2 for x in numbers) / (n - 1) / n)


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
    chat, templated = read(samples(FIXTURES / "chat" / "models__base", "tiny_vowel"))
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
    told = json.loads(results(FIXTURES / "chat" / "models__base").read_text("utf-8"))
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
    from datetime import datetime

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
    path = samples(FIXTURES / "v0.4.4" / "models__base", "tiny_vowel")
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
    path = samples(FIXTURES / "v0.4.4" / "models__base", "tiny_vowel")
    shutil.copy(results(path.parent), tmp_path)
    rows = raw_rows(path)
    reading, taken = read(written(tmp_path / path.name, [*rows, rows[0]]))
    assert len(taken) == 14
    assert reading.left.counts == {"it cannot be told which filter the row is of": 1}
    assert list(reading.left.first.values()) == [f"{tmp_path / path.name}:15"]


def test_a_limited_run_says_so() -> None:
    reading, _ = read(samples(FIXTURES / "v0.4.4" / "models__base", "tiny_vowel"))
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


# What lies beside


def copied(folder: Path, *files: Path, **names: str) -> Path:
    folder.mkdir(parents=True)
    for file in files:
        shutil.copy(file, folder / names.get(file.stem.partition("_")[0], file.name))
    return folder


def test_a_renamed_file_takes_its_task_from_the_only_results_file(tmp_path: Path) -> None:
    chat = FIXTURES / "chat" / "models__base"
    files = (samples(chat, "tiny_vowel"), results(chat))
    folder = copied(tmp_path / "run", *files, samples="mine.jsonl", results="results.json")
    reading, rows = read(folder / "mine.jsonl")
    assert {row.part for row in rows} == {"tiny_vowel strict-match", "tiny_vowel flexible-extract"}
    assert (reading.model, reading.named, reading.notes) == ("models/base", "", ())
    (folder / "results.json").unlink()
    reading, rows = read(folder / "mine.jsonl")
    assert {row.part for row in rows} == {"strict-match", "flexible-extract"}
    assert reading.notes[-1] == "Neither its name nor a results file beside it tells its task."
    assert reading.made_at == ""


def test_of_several_results_files_the_one_of_the_same_date_counts(tmp_path: Path) -> None:
    folder = copied(tmp_path / "run", *BASE.iterdir(), *TUNED.iterdir())
    for model, of in (("models/base", BASE), ("models/tuned", TUNED)):
        reading, _ = read(folder / samples(of, "tiny_vowel").name)
        assert reading.model == model
    renamed = (folder / samples(BASE, "tiny_vowel").name).rename(folder / "x.jsonl")
    assert "There are 2 results files beside it" in read(renamed)[0].notes[0]


def test_a_results_file_of_another_date_or_model_tells_nothing(tmp_path: Path) -> None:
    path = samples(BASE, "tiny_vowel")
    folder = copied(tmp_path / "run", path, results(TUNED))
    assert read(folder / path.name)[0].notes[0].startswith("No results file of its run")
    folder = copied(tmp_path / "models__base", path, results(TUNED), results="results.json")
    reading, _ = read(folder / path.name)
    assert reading.model == ""
    assert reading.notes[0].endswith("is about another model than the folder is called after.")


def test_a_broken_results_file_is_named_and_does_no_harm(tmp_path: Path) -> None:
    path = samples(BASE, "tiny_vowel")
    folder = copied(tmp_path / "run", path, results(BASE))
    beside = folder / results(BASE).name
    beside.write_text(beside.read_text("utf-8")[:500], encoding="utf-8")
    reading, rows = read(folder / path.name)
    assert len(rows) == 24
    what = "cannot be read: the file ends before its JSON does: it was cut."
    assert reading.notes[0] == f"The results file {beside.name} beside it {what}"
    beside.write_text('{"results": {"other": {"acc,none": 1}}, "versions": {}}', encoding="utf-8")
    assert read(folder / path.name)[0].notes == (
        "The results file beside it tells nothing of this task.",
    )


def test_a_run_that_only_kept_answers_gives_outputs(tmp_path: Path) -> None:
    rows = raw_rows(samples(BASE, "tiny_vowel"))[:12]
    for row in rows:
        row.pop("exact_match")
        row |= {"metrics": ["bypass"], "bypass": None, "filter": "none"}
    reading, taken = read(written(tmp_path / samples(BASE, "tiny_vowel").name, rows))
    assert reading.gives == "outputs"
    assert {len(row.scores) for row in taken} == {0}
    assert all(row.output for row in taken)
    assert reading.notes[-1] == "The run kept answers and scored nothing."


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


# Values


@pytest.mark.parametrize(
    ("metric", "value", "score"),
    [
        ("acc", 1, 1.0),
        ("acc", True, 1.0),
        ("acc", "0.5", 0.5),
        ("acc", "True", 1.0),  # numpy's, which the harness writes as text
        ("acc", "N/A", "the value is no number"),
        ("acc", None, "the value is null"),
        ("acc", math.nan, "the value is not finite"),
        ("acc", -math.inf, "the value is not finite"),
        ("acc", 10**400, "the value is no number"),
        ("acc", [1.0], "the value is no number"),
        ("acc", 55.0, "the value lies outside of what the metric can be"),
        ("perplexity", -2.5, 2.5),
        ("perplexity", "-Infinity", "the value is no number"),
        ("word_perplexity", [-10.0, 4], (10.0, 4.0)),
        ("word_perplexity", ["-10.0", "4"], (10.0, 4.0)),
        ("word_perplexity", -10.0, "the value is no log-likelihood with a number of parts"),
        ("word_perplexity", [-10.0, 0], "the value is no log-likelihood with a number of parts"),
        ("word_perplexity", [1, 2, 3], "the value is no log-likelihood with a number of parts"),
        ("word_perplexity", [math.nan, 2], "the value is no log-likelihood with a number of parts"),
        ("bits_per_byte", [-math.log(2), 4], (1.0, 4.0)),
        ("inst_level_loose_acc", [True, False, True], (2.0, 3.0)),
        ("inst_level_loose_acc", [], "the value is no list of right and wrong"),
        ("inst_level_loose_acc", [2], "the value is no list of right and wrong"),
    ],
)
def test_a_value_is_a_score_or_says_why_not(metric: str, value: Json, score: object) -> None:
    given = metric_of(metric, Told()).score(value)
    if isinstance(score, str):
        assert given == NoScore(score)
    else:
        assert given == score
        assert type(given) is type(score)


def test_a_metric_is_what_the_results_file_tells() -> None:
    told = Told(
        aggregations={"perplexity": "mean", "mine": "perplexity", "odd": "def f(x):\n return 0"},
        higher_is_better={"mine": False, "acc": False},
        values={"acc": [40.0]},
    )
    assert metric_of("perplexity", told).score(3.0) == 3.0
    assert metric_of("mine", told).score(-3.0) == 3.0
    assert not metric_of("mine", told).is_guessed
    percent = metric_of("acc", told)
    assert (percent.column.unit, percent.column.high) == ("", None)
    assert percent.score(40.0) == 40.0
    assert not percent.column.higher_is_better
    assert metric_of("unheard_of", told).is_guessed
    assert not metric_of("odd", told).is_averaged
    assert metric_of("pairs", told, [[1, 0]]).kind == "none"


def test_a_task_with_acc_and_accuracy_keeps_both(tmp_path: Path) -> None:
    rows = raw_rows(samples(BASE, "tiny_more"))
    for row in rows:
        row |= {"metrics": ["acc", "accuracy"], "accuracy": 0.5}
    reading, taken = read(written(tmp_path / samples(BASE, "tiny_more").name, rows))
    assert taken[0].scores == {"acc": rows[0]["acc"], "accuracy": 0.5}
    assert reading.column("acc").unit == "fraction"


def test_metrics_without_a_direction_are_told(tmp_path: Path) -> None:
    rows = raw_rows(samples(BASE, "tiny_more"))
    for row in rows:
        row |= {"metrics": ["zeal"], "zeal": "7", "acc": 1}
    reading, taken = read(written(tmp_path / samples(BASE, "tiny_more").name, rows))
    assert taken[0].scores == {"zeal": 7.0}
    assert reading.notes[-1] == 'It was assumed that higher is better: "zeal".'


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"do_sample": False, "temperature": 0.7, "top_p": 0.9}, "greedy"),
        ({"temperature": 0, "max_gen_toks": 5}, "greedy, at most 5 tokens"),
        ({"temperature": 0.8, "max_tokens": 5}, "sampled at 0.8, at most 5 tokens"),
        ({"do_sample": True, "top_p": 0.9}, "sampled, top_p 0.9"),
        ({"until": "\n"}, 'greedy, until "\\n"'),
        ({"until": ["b", "a"], "num_beams": 4}, 'greedy, until "a" or "b", num_beams 4'),
        ({"until": []}, "greedy"),
        ({"until": ["x" * 20, "y" * 20]}, "greedy, until one of 2 stops (0ec7ddbb191d)"),
    ],
)
def test_equal_settings_give_equal_words(settings: Mapping[str, Json], told: str) -> None:
    assert generation_of(settings) == told


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"model_dtype": "torch.bfloat16", "model_args": "dtype=auto"}, "bfloat16"),
        ({"model_args": "pretrained=x,dtype=float16,load_in_4bit=True"}, "float16, 4 bits"),
        ({"model_args": {"load_in_8bit": True}}, "8 bits"),
        ({"model_args": {"dtype": "auto", "quantization": "awq"}}, "awq"),
        ({"model_args": [1]}, ""),
    ],
)
def test_precision_is_what_the_arguments_tell(config: Mapping[str, Json], told: str) -> None:
    assert precision_of(config) == told


def test_a_template_is_known_only_where_the_version_tells() -> None:
    sha = "ab" * 32
    assert template_of({}, has_shots=True) == ""
    assert template_of({"chat_template_sha": None}, has_shots=True) == "none"
    told: dict[str, Json] = {"chat_template_sha": sha, "fewshot_as_multiturn": True}
    assert template_of(told, has_shots=True) == "abababababab, shots as turns"
    assert template_of(told, has_shots=False) == "abababababab"
    odd: dict[str, Json] = {"chat_template_sha": "\u202e\n"}
    assert template_of(odd, has_shots=False).isalnum()


# Files that are damaged or hostile


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
    odd = [*mutated(row), *without(row), *BREAKING]
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
    keep = {"tiny_choice", "tiny_vowel", "tiny_pair"}
    for key in ("results", "configs", "versions", "n-shot", "higher_is_better", "n-samples"):
        told[key] = {name: of for name, of in told[key].items() if name in keep}
    told["configs"] = {"tiny_vowel": told["configs"]["tiny_vowel"]}
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
    assert seen > 500


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
