"""What holds for every text metric."""

import json
import random
import subprocess
import sys
import time
from collections.abc import Mapping

import jsonschema
import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from evalreport.metrics import TEXT_METRICS, AnyTextMetric
from evalreport.metrics.base import Column, Output, Scale, Score, TextMetric
from evalreport.records import Item, Unscorable
from evalreport.values import Json
from tests.metrics.cases import answer, item, metric, no_answer, scored

_SENTENCES = [
    "The quick brown fox jumps over the lazy dog [1].",
    "A second sentence, which holds 12 words, is rather longer than the first [2].",
    "Yet another one follows with nothing new to say about foxes [1] or dogs [3].",
    "Nobody reads the fourth sentence of an example to its end [2].",
]
_JSON: list[str] = [
    '{"a": 1, "b": ["x", "y"]}',
    '{"a": 2, "b": []}',
    '{"a": 3, "b": ["z"]}',
    '{"a": 4, "b": ["x"]}',
]
_ROW: dict[str, Json] = {"sources": ["1", "2", "3"]}

# for each metric its options, references of its kind, and whether less is better
CASES: Mapping[str, tuple[dict[str, Json], list[str]]] = {
    "exact_match": ({}, _SENTENCES),
    "token_f1": ({}, _SENTENCES),
    "numeric_answer": ({}, ["1", "2.5", "so it is 1,200", "3/4"]),
    "math_equal": ({}, ["1", r"\frac{1}{2}", "x+1", "(1,2)"]),
    "regex": ({"pattern": "[a-z]"}, _SENTENCES),
    "accuracy": ({}, ["yes", "no", "yes", "maybe"]),
    "balanced_accuracy": ({}, ["yes", "no", "yes", "maybe"]),
    "macro_f1": (
        {"labels": ["no", "maybe", "yes"], "ordered": True, "per_class": True},
        ["yes", "no", "yes", "maybe"],
    ),
    "bleu": ({}, _SENTENCES),
    "chrf": ({}, _SENTENCES),
    "rouge_l": ({}, _SENTENCES),
    "json_valid": ({}, _JSON),
    "json_schema": ({"schema": {"type": "object", "required": ["a"]}}, _JSON),
    "field_accuracy": ({"per_field": True, "lists": "multiset"}, _JSON),
    "squared_error": ({"fields": ["a"], "range": [0, 10]}, _JSON),
    "absolute_error": ({"fields": ["a"], "range": [0, 10]}, _JSON),
    "citations": ({"allowed": "sources"}, _SENTENCES),
    "function": ({"function": "evalreport.metrics.normalise:as_text", "range": [0, 1]}, _SENTENCES),
}
SCORING = [
    name for name in CASES if name != "function"
]  # as_text takes one argument: a bad function


def _prepared(name: str) -> tuple[TextMetric, list[Item]]:
    options, references = CASES[name]
    tests = [item(text, f"i{i}", dict(_ROW), i + 1) for i, text in enumerate(references)]
    return metric({"metric": name, **options}), tests


def _total(column: Column, scores: list[Score]) -> float:
    array = np.array(scores, dtype=float)
    match column.scale:
        case Scale.BINARY | Scale.MEAN:
            return float(array.mean())
        case Scale.RATIO:
            return float(array[:, 0].sum() / array[:, 1].sum())
        case Scale.CORPUS:
            assert column.aggregate is not None
            return float(column.aggregate(array.sum(axis=0)))


def test_the_table_holds_every_metric_of_the_design() -> None:
    assert set(TEXT_METRICS) == set(CASES)


@pytest.mark.parametrize("name", SCORING)
def test_the_reference_itself_is_the_best_answer_and_no_answer_the_worst(name: str) -> None:
    one, tests = _prepared(name)
    scorer = one.prepare(tests)
    rows = [scorer.score(test, answer(test.reference)) for test in tests]
    penalties = [scorer.penalty(test) for test in tests]
    for i, column in enumerate(scorer.columns):
        found = []
        for row in rows:
            assert not isinstance(row, Unscorable)
            found.append(row[i])
        best = _total(column, found)
        assert best == pytest.approx(column.high if column.higher_is_better else column.low)
        worst = _total(column, [value for row in penalties if (value := row[i]) is not None])
        if np.isnan(worst):  # the precision of answers that nobody gave
            continue
        assert worst <= best if column.higher_is_better else worst >= best
        assert worst != pytest.approx(best)


HOSTILE: list[Json] = [
    "", " ", "\x00\x1b[31m\u202e", "\ud800", "{" * 50_000, "[" * 50_000 + "]" * 50_000, '{"a": "x' * 20_000, "9" * 50_000, "-" * 50_000,
    '{"a": 1e999}', '{"a": ' + "9" * 5000 + "}", "<script>alert(1)</script>", "a " * 100_000, "\n" * 100_000, "😀" * 20_000,
    None, True, 0, -0.0, 1e308, 10**299, [], {}, [[[]]], {"": ""}, {"a": None}, {"a": {"a": [1, "x", None]}}, ["\x00"] * 1000,
]  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_no_answer_makes_scoring_raise_and_scores_stay_in_range(name: str) -> None:
    one, tests = _prepared(name)
    scorer = one.prepare(tests)
    # long hostile mathematics runs into its time limit, which its own tests show once
    hostile = [v for v in HOSTILE if name != "math_equal" or len(str(v)) < 1000]
    outputs = [answer(value, "text") for value in hostile] + [no_answer(), Output("x", None, "cut")]
    for output in outputs:
        row, penalty = scorer.score(tests[0], output), scorer.penalty(tests[0])
        if isinstance(row, Unscorable):
            assert row.reason
        found = penalty if isinstance(row, Unscorable) else row
        for column, value, worst in zip(scorer.columns, found, penalty, strict=True):
            if column.scale in {Scale.BINARY, Scale.MEAN}:
                assert isinstance(value, float)
                assert column.scale is Scale.MEAN or value in {0.0, 1.0}
                assert column.low is None or value >= column.low
                assert column.high is None or value <= column.high
            else:
                assert isinstance(value, tuple)
                assert isinstance(worst, tuple)
                assert len(value) == len(worst)
                assert np.isfinite(value).all()


@pytest.mark.parametrize("name", SCORING)
def test_neither_the_order_nor_the_names_of_items_matter(name: str) -> None:
    one, tests = _prepared(name)
    answers = [answer(test.reference) for test in tests[1:]] + [answer(tests[0].reference)]
    pairs = list(zip(tests, answers, strict=True))
    shuffled = random.Random(3).sample(pairs, len(pairs))
    renamed = [(t.model_copy(update={"id": f"other {t.id}", "line": 0}), o) for t, o in shuffled]
    here, there = one.prepare([t for t, _ in pairs]), one.prepare([t for t, _ in renamed])
    assert [c.field for c in here.columns] == [c.field for c in there.columns]
    for i, column in enumerate(here.columns):
        totals = [_total(column, scored(s, p, i)) for s, p in ((here, pairs), (there, renamed))]
        assert totals[0] == pytest.approx(totals[1], abs=1e-12)


@pytest.mark.parametrize("name", SCORING)
def test_an_extraction_that_failed_is_unscorable_but_for_validity(name: str) -> None:
    one, tests = _prepared(name)
    found = one.prepare(tests).score(tests[0], no_answer())
    if name in {"json_valid", "json_schema"}:
        assert found == (0.0,)
    else:
        assert found == Unscorable(reason="nothing found")


@pytest.mark.parametrize("name", CASES)
def test_a_metric_survives_being_written_out(name: str) -> None:
    one, _ = _prepared(name)
    adapter: TypeAdapter[TextMetric] = TypeAdapter(AnyTextMetric)
    assert adapter.validate_json(adapter.dump_json(one)) == one
    assert adapter.validate_python({"metric": name, **CASES[name][0]}) == one


def test_short_and_full_forms_and_unknown_keys() -> None:
    adapter: TypeAdapter[TextMetric] = TypeAdapter(AnyTextMetric)
    schema = adapter.json_schema()
    accepts = jsonschema.Draft202012Validator(schema).is_valid
    for name in TEXT_METRICS:
        needs_options = name in {"regex", "json_schema", "function"}
        assert accepts(name) is not needs_options
        if needs_options:
            with pytest.raises(ValidationError):
                adapter.validate_python(name)
        else:
            assert adapter.validate_python(name) == adapter.validate_python({"metric": name})
        full: dict[str, Json] = {"metric": name, **CASES[name][0]}
        assert accepts(full)
        assert not accepts({**full, "colour": 1})
        with pytest.raises(ValidationError):
            adapter.validate_python({**full, "colour": 1})
    wrongs: list[Json] = ["exact_matc", 3, {"metric": "bleau"}, {"normalise": []}]
    for wrong in wrongs:
        assert not accepts(wrong)
        with pytest.raises(ValidationError):
            adapter.validate_json(json.dumps(wrong))


def test_names_of_metrics_load_no_heavy_library() -> None:
    code = "import sys, evalreport.metrics; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = "torch sacrebleu rouge_score nltk math_verify sympy jsonschema scipy regex transformers"
    assert set(heavy.split()).isdisjoint(found.stdout.split())


@pytest.mark.parametrize(
    "name",
    [
        "exact_match",
        "numeric_answer",
        "accuracy",
        "macro_f1",
        "field_accuracy",
        "squared_error",
        "citations",
    ],
)
def test_ten_times_the_items_take_ten_times_the_time(name: str) -> None:
    one, few = _prepared(name)

    def seconds(n: int) -> float:
        tests = [few[i % len(few)].model_copy(update={"id": str(i)}) for i in range(n)]
        began = time.process_time()
        scorer = one.prepare(tests)
        for test in tests:
            scorer.score(test, answer(test.reference))
        return time.process_time() - began

    seconds(200)
    assert seconds(5000) < 30 * seconds(500) + 0.2
