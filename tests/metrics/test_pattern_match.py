import pytest
from pydantic import ValidationError

from evalreport.records import Unscorable
from evalreport.values import Json
from tests.metrics.cases import answer, item, metric, no_answer, one


@pytest.mark.parametrize(
    ("pattern", "value", "score"),
    [
        ("^Dear ", "Dear Sir", 1.0),
        ("^Dear ", "dear", 0.0),
        ("(?i)sorry", "I am SORRY", 1.0),
        ("[0-9]", {"a": 1}, 1.0),
        ("", "", 1.0),
        (r"\p{L}", "é", 1.0),
    ],
)
def test_a_pattern_occurs_or_not(pattern: str, value: Json, score: float) -> None:
    assert one({"metric": "regex", "pattern": pattern}, "", value) == score


def test_what_must_not_occur_is_penalised_as_occurring() -> None:
    scorer = metric({"metric": "regex", "pattern": "sorry", "higher_is_better": False}).prepare([])
    assert not scorer.columns[0].higher_is_better
    assert scorer.score(item(), answer("sorry")) == (1.0,)
    assert scorer.score(item(), no_answer()) == Unscorable(reason="nothing found")
    assert scorer.penalty(item()) == (1.0,)
    assert metric({"metric": "regex", "pattern": "ok"}).prepare([]).penalty(item()) == (0.0,)


def test_a_pattern_that_runs_away_is_stopped() -> None:
    found = one({"metric": "regex", "pattern": "(a|aa)+$"}, "", "a" * 60 + "b")
    assert isinstance(found, Unscorable)
    assert "took more than 1 s" in found.reason


def test_a_bad_pattern_is_an_error_of_the_spec() -> None:
    with pytest.raises(ValidationError, match="missing \\)"):
        metric({"metric": "regex", "pattern": "(a"})
    with pytest.raises(ValidationError, match="pattern"):
        metric("regex")
