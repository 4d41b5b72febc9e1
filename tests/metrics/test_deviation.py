import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from evalreport.errors import DataError
from evalreport.metrics.base import Scale
from evalreport.records import Unscorable
from evalreport.values import Json
from tests.metrics.cases import answer, item, items, metric, no_answer, one, steady

TRAITS: Json = {"metric": "squared_error", "fields": ["formality", "mood.joy"], "range": [1, 10]}


def test_one_number_without_fields() -> None:
    assert one("absolute_error", "5", "about 7") == 2.0
    assert one("squared_error", "5", 3) == 4.0
    assert one("squared_error", "5", "5") == 0.0
    scorer = metric("squared_error").prepare(items("5"))
    assert [(c.field, c.unit, c.low, c.high, c.scale) for c in scorer.columns] == [
        (None, "points²", 0.0, None, Scale.MEAN)
    ]
    assert not scorer.columns[0].higher_is_better
    assert scorer.penalty(item("5")) == (None,)  # nothing is declared, so nothing is made up


def test_a_column_for_the_average_and_for_each_field() -> None:
    test = item('{"formality": 7, "mood": {"joy": 2}}')
    scorer = metric(TRAITS).prepare([test])
    assert [c.field for c in scorer.columns] == [None, "formality", "mood.joy"]
    assert [c.high for c in scorer.columns] == [81.0] * 3
    assert scorer.score(test, answer({"formality": 5, "mood": {"joy": "3 points"}})) == (
        2.5,
        4.0,
        1.0,
    )
    assert scorer.score(test, answer('{"formality": 7, "mood": {"joy": 2}}')) == (0.0, 0.0, 0.0)
    assert scorer.penalty(test) == (50.0, 36.0, 64.0)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({"formality": 5}, "no number at mood.joy"),
        ({"formality": "high", "mood": {}}, "no number at formality, mood.joy"),
        ([], "no number at formality, mood.joy"),
        ({"formality": "7 of 10", "mood": {"joy": "3/10"}}, "no number at formality, mood.joy"),
        ("no JSON", "not JSON"),
        ({"formality": True, "mood": {"joy": 1}}, "no number at formality"),
    ],
)
def test_an_answer_without_all_its_numbers_cannot_be_scored(value: Json, why: str) -> None:
    test = item('{"formality": 7, "mood": {"joy": 2}}')
    found = metric(TRAITS).prepare([test]).score(test, answer(value))
    assert isinstance(found, Unscorable)
    assert why in found.reason
    assert metric(TRAITS).prepare([test]).score(test, no_answer()) == Unscorable(
        reason="nothing found"
    )


def test_no_single_error_counts_for_more_than_the_worst_in_range() -> None:
    spec: Json = {"metric": "absolute_error", "range": [0, 50]}
    assert one(spec, "50", 51) == 1.0
    assert one(spec, "50", 1000) == 50.0
    assert one(spec, "10", -1000) == 40.0
    assert one(spec, "10", "9" * 300) == 40.0
    assert one("squared_error", "10", "9" * 300) == Unscorable(reason="a number is too large")


@steady
@given(st.floats(0, 50), st.floats(allow_nan=False, allow_infinity=False))
def test_errors_lie_between_zero_and_the_penalty(right: float, given_: float) -> None:
    test = item(json.dumps(right))
    for name in ("squared_error", "absolute_error"):
        scorer = metric({"metric": name, "range": [0, 50]}).prepare([test])
        (found,), (worst,) = scorer.score(test, answer(given_)), scorer.penalty(test)
        (column,) = scorer.columns
        assert isinstance(found, float)
        assert isinstance(worst, float)
        assert column.high is not None
        assert 0.0 <= found <= worst <= column.high
        assert scorer.score(test, answer(right)) == (0.0,)


def test_fail_declares_no_penalty_even_with_a_range() -> None:
    spec: Json = {"metric": "squared_error", "range": [0, 1], "unparsed": "fail", "unit": "stars"}
    scorer = metric(spec).prepare(items("1"))
    assert scorer.penalty(item("1")) == (None,)
    assert scorer.columns[0].unit == "stars²"


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ({"unparsed": "worst"}, "needs `range"),
        ({"range": [5, 5]}, "least, greatest"),
        ({"range": [1]}, "range"),
        ({"range": ["0", "1"]}, "number"),
        ({"fields": "quantity"}, "tuple|array|list"),
    ],
)
def test_contradictory_options_are_errors_of_the_spec(spec: dict[str, Json], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        metric({"metric": "squared_error", **spec})


def test_unusable_references_are_errors() -> None:
    with pytest.raises(DataError, match=r"the reference has no number at mood\.joy"):
        metric(TRAITS).prepare(items('{"formality": 3}'))
    with pytest.raises(DataError, match="outside the range"):
        metric({"metric": "absolute_error", "range": [1, 10]}).prepare(items("5", "11"))
    with pytest.raises(DataError, match="has no number"):
        metric("absolute_error").prepare(items("many"))
    with pytest.raises(DataError, match="no reference"):
        metric("absolute_error").prepare([item(None)])
