"""lm-eval's single values and settings: what is a score, what is none, and in which words."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from evalreport.digest import digest_file, digest_text
from evalreport.errors import DataError
from evalreport.importers.acquire import read_results
from evalreport.importers.base import NoScore
from evalreport.importers.lm_eval.facts import decoding_of, generation_of, precision_of, template_of
from evalreport.importers.lm_eval.metrics import Told, metric_of
from evalreport.layers.imported import Imported
from evalreport.metrics.base import Scale
from evalreport.values import Json
from tests.importers.lm_eval_files import BASE, raw_rows, read, results, samples, written


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
    shares = Told(values={"pass@1": [0.25], "my_acc": [25.0]})
    units = [metric_of(name, shares).column.unit for name in ("pass@1", "my_acc", "pass@10")]
    assert units == ["fraction", "", ""]
    assert metric_of("odd", told).is_averaged_otherwise
    assert not metric_of("acc", told).is_averaged_otherwise
    assert metric_of("pairs", told, [[1, 0]]).kind == "none"


def test_a_value_beyond_what_the_first_rows_told_is_refused_with_its_place(tmp_path: Path) -> None:
    """Were it left out, the mean would be that of the others."""
    rows = raw_rows(samples(BASE, "tiny_choice"))
    for i, row in enumerate(rows):
        row["acc"] = float(i == 6) * 100
    path = written(tmp_path / samples(BASE, "tiny_choice").name, rows)
    with pytest.raises(DataError) as caught:
        read(path)
    (problem,) = caught.value.problems
    assert problem.where == f"{path}:7"
    assert problem.what == "accuracy is 100, and lies between 0 and 1"
    assert "the results file of its run" in problem.hint
    told = json.loads(results(BASE).read_text("utf-8"))
    told["results"]["tiny_choice"]["acc,none"] = 100 / len(rows)
    (tmp_path / results(BASE).name).write_text(json.dumps(told), encoding="utf-8")
    reading, taken = read(path)
    assert taken[6].scores["accuracy"] == 100.0
    assert reading.column("accuracy").high is None


def test_rounding_beyond_a_bound_is_taken_back(tmp_path: Path) -> None:
    rows = raw_rows(samples(BASE, "tiny_choice"))
    rows[6]["acc"] = 1.0000000000000002
    _, taken = read(written(tmp_path / samples(BASE, "tiny_choice").name, rows))
    assert taken[6].scores["accuracy"] == 1.0


def test_a_metric_of_the_task_s_own_is_right_or_wrong_where_its_rows_are(tmp_path: Path) -> None:
    rows = raw_rows(samples(BASE, "tiny_more"))
    for arm in ("tuned", "base"):
        for i, row in enumerate(rows):
            row |= {"metrics": ["zeal"], "zeal": int(i % 2 == 0 or arm == "tuned")}
        (tmp_path / arm).mkdir()
        written(tmp_path / arm / samples(BASE, "tiny_more").name, rows)
    files = {"tuned": "tuned", "base": "base"}
    layer = Imported.model_validate({"kind": "imported", "name": "own", "from": files})
    found = read_results(layer, tmp_path, digest_file)
    (column,) = found.columns
    assert (column.metric, column.scale, column.high) == ("zeal", Scale.BINARY, 1.0)
    assert found.integrity.assumed == ("zeal",)


def emptied(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of a task that gives the model nothing before what it shall go on with."""
    for row in rows:
        for one in row["arguments"].values():
            one["arg_0"] = ""
        row["prompt_hash"] = digest_text("")
    return rows


def test_an_empty_prompt_is_no_question_and_what_is_chosen_from_is(tmp_path: Path) -> None:
    path = samples(BASE, "tiny_more")
    rows = emptied(raw_rows(path))
    _, taken = read(written(tmp_path / path.name, rows))
    assert len({row.prompt for row in taken}) == len(taken)
    for row in rows:  # as 0.4.2 writes it
        row["arguments"] = [[*one.values()] for one in row["arguments"].values()]
        del row["prompt_hash"]
    _, older = read(written(tmp_path / path.name, rows))
    assert [row.prompt for row in older] == [row.prompt for row in taken]


def test_an_empty_prompt_before_a_text_is_none(tmp_path: Path) -> None:
    path = samples(BASE, "tiny_vowel")
    rows = emptied(raw_rows(path))
    _, taken = read(written(tmp_path / path.name, rows))
    assert {row.prompt for row in taken} == {""}
    for row in rows:
        del row["arguments"]
    _, bare = read(written(tmp_path / path.name, [{**row, "arguments": []} for row in rows]))
    assert {row.prompt for row in bare} == {""}


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
    assert [reading.is_guessed(one) for one in ("zeal", "accuracy")] == [True, False]


def test_an_aggregation_that_is_no_mean_is_told(tmp_path: Path) -> None:
    path = samples(BASE, "tiny_vowel")
    told = json.loads(results(BASE).read_text("utf-8"))
    told["configs"]["tiny_vowel"]["metric_list"][0]["aggregation"] = "median"
    (tmp_path / results(BASE).name).write_text(json.dumps(told), encoding="utf-8")
    reading, _ = read(written(tmp_path / path.name, raw_rows(path)))
    assert reading.notes == (
        'The mean over items here, another function of them in lm-eval: "exact_match".',
    )
    assert "does not take the mean of its rows, but median" in reading.figures[0].note


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


def test_several_draws_are_told_and_their_first_text_is_taken(tmp_path: Path) -> None:
    config: dict[str, Json] = {"output_type": "generate_until", "generation_kwargs": {}}
    assert decoding_of(config | {"repeats": 1}) == "greedy"
    assert decoding_of(config | {"repeats": 4}) == "greedy, 4 draws"
    rows = raw_rows(samples(BASE, "tiny_vowel"))
    for row in rows:
        row |= {"resps": [["first", "second"]], "exact_match": 0.5}
    _, taken = read(written(tmp_path / samples(BASE, "tiny_vowel").name, rows))
    assert {row.output for row in taken} == {"first"}
    assert {row.scores["exact_match"] for row in taken} == {0.5}


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
