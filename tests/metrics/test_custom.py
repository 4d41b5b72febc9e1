from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from evalreport.errors import SpecError, StepFailed
from evalreport.metrics import callables
from evalreport.metrics.base import Scale
from evalreport.metrics.extract import AnyExtract
from evalreport.records import Unscorable
from evalreport.values import Json
from tests.metrics.cases import answer, item, metric, no_answer

SOURCE = """
def length_gap(answer, reference, row):
    if answer == "nothing":
        return None
    if answer == "far":
        return 1000
    if answer == "nan":
        return float("nan")
    return abs(len(answer) - len(reference)) * row.get("weight", 1)

def is_polite(answer, reference, row):
    return "please" in answer

def consumes(answer, reference, row):
    return row.pop("weight")

def leaves(answer, reference, row):
    raise SystemExit(2)

def says(answer, reference, row):
    return "0.5"

def waits(text):
    import time
    time.sleep(60)

def hangs(answer, reference, row):
    while True:
        try:
            while True:
                pass
        except ValueError:
            pass
"""


@pytest.fixture(autouse=True)
def _module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_metrics.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(str(tmp_path))


GAP: dict[str, Json] = {
    "metric": "function",
    "function": "my_metrics:length_gap",
    "unit": "characters",
    "range": [0, 100],
    "higher_is_better": False,
}


def test_the_function_gets_answer_reference_and_row() -> None:
    scorer = metric(GAP).prepare([])
    assert scorer.score(item("abc"), answer("abcde")) == (2.0,)
    assert scorer.score(item("abc", row={"weight": 3}), answer("abcde")) == (6.0,)
    (column,) = scorer.columns
    assert (column.metric, column.field, column.unit, column.low, column.high) == (
        "function",
        "length_gap",
        "characters",
        0,
        100,
    )
    assert column.scale is Scale.MEAN
    assert not column.higher_is_better


def test_a_bool_is_a_number_and_a_name_can_be_given() -> None:
    scorer = metric(
        {"metric": "function", "function": "my_metrics:is_polite", "name": "polite"}
    ).prepare([])
    assert scorer.score(item(""), answer("please")) == (1.0,)
    assert scorer.columns[0].field == "polite"
    assert scorer.penalty(item()) == (None,)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("nothing", "gave no number"),
        ("nan", "gave no number"),
        ("far", "outside its range"),
        (3, "TypeError"),
    ],
)
def test_what_the_function_cannot_score_costs_the_worse_end(value: Json, why: str) -> None:
    scorer = metric(GAP).prepare([])
    found = scorer.score(item("abc"), answer(value))
    assert isinstance(found, Unscorable)
    assert why in found.reason
    assert isinstance(scorer.score(item("abc"), no_answer()), Unscorable)
    assert scorer.penalty(item()) == (100.0,)
    assert metric({**GAP, "higher_is_better": True}).prepare([]).penalty(item()) == (0.0,)


def test_a_function_cannot_change_the_row_for_the_next_arm() -> None:
    scorer = metric({"metric": "function", "function": "my_metrics:consumes"}).prepare([])
    test = item("abc", row={"weight": 3})
    assert scorer.score(test, answer("x")) == scorer.score(test, answer("y")) == (3.0,)


def test_what_leaves_or_gives_text_is_unscorable() -> None:
    for name, why in (("leaves", "raised SystemExit"), ("says", "gave no number")):
        scorer = metric({"metric": "function", "function": f"my_metrics:{name}"}).prepare([])
        found = scorer.score(item("abc"), answer("x"))
        assert isinstance(found, Unscorable)
        assert why in found.reason


def test_a_function_that_hangs_is_an_error_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callables, "LIMIT_SECONDS", 0.2)
    scorer = metric({"metric": "function", "function": "my_metrics:hangs"}).prepare([])
    with pytest.raises(StepFailed, match=r"more than 0\.2 s for one answer"):
        scorer.score(item("abc"), answer("x"))
    reader: TypeAdapter[Any] = TypeAdapter(AnyExtract)
    with pytest.raises(StepFailed, match="my_metrics:waits"):
        reader.validate_python({"function": "my_metrics:waits"}).read("x")


def test_names_are_checked_when_parsed_and_imported_when_an_answer_is_scored() -> None:
    with pytest.raises(ValidationError, match="module:function"):
        metric({"metric": "function", "function": "my_metrics.length_gap"})
    with pytest.raises(ValidationError, match="least, greatest"):
        metric({**GAP, "range": [1, 0]})
    scorer = metric({**GAP, "function": "my_metrics:gone"}).prepare([])
    with pytest.raises(SpecError, match="cannot be imported"):
        scorer.score(item("abc"), answer("x"))
