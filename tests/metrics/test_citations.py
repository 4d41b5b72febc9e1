import pytest

from evalreport.errors import DataError
from evalreport.metrics.base import Scale
from evalreport.records import Unscorable
from tests.metrics.cases import answer, item, metric, no_answer

SPEC = {"metric": "citations", "allowed": "sources"}
GIVEN = item("It is so [1] and so [2].", row={"sources": [1, 2, "doc-3"]})


@pytest.mark.parametrize(
    ("text", "scores"),
    [
        ("So [1] and [2], again [1].", (1.0, (0.0, 1.0), (2.0, 2.0))),
        ("So [1].", (1.0, (0.0, 1.0), (1.0, 2.0))),
        ("So [doc-3] [9].", (1.0, (1.0, 1.0), (0.0, 2.0))),
        ("Nothing cited.", (0.0, (0.0, 0.0), (0.0, 2.0))),
        ("", (0.0, (0.0, 0.0), (0.0, 2.0))),
        ("[" * 100_000, (0.0, (0.0, 0.0), (0.0, 2.0))),
    ],
    ids=range(6),
)
def test_any_invented_and_coverage(text: str, scores: tuple[object, ...]) -> None:
    assert metric(SPEC).prepare([GIVEN]).score(GIVEN, answer(text)) == scores


def test_columns_and_penalties() -> None:
    scorer = metric(SPEC).prepare([GIVEN])
    assert [(c.field, c.scale, c.higher_is_better) for c in scorer.columns] == [
        ("any", Scale.BINARY, True),
        ("invented", Scale.RATIO, False),
        ("coverage", Scale.RATIO, True),
    ]
    assert scorer.penalty(GIVEN) == (0.0, (1.0, 1.0), (0.0, 2.0))
    assert isinstance(scorer.score(GIVEN, no_answer()), Unscorable)
    alone = metric("citations").prepare([item("nothing expected")])
    assert [c.field for c in alone.columns] == ["any"]
    assert alone.penalty(item()) == (0.0,)


def test_expected_sources_may_stand_in_the_row() -> None:
    test = item(None, row={"gold": ["a", "b"]})
    scorer = metric({"metric": "citations", "expected": "gold", "pattern": r"\((\w)\)"}).prepare(
        [test]
    )
    assert scorer.score(test, answer("(a) (c)")) == (1.0, (1.0, 2.0))


def test_a_row_without_its_list_is_an_error() -> None:
    with pytest.raises(DataError, match="no list `sources`"):
        metric(SPEC).prepare([GIVEN, item("x", "b", row={"sources": "1, 2"})])
    with pytest.raises(DataError, match="no list `gold`"):
        metric({"metric": "citations", "expected": "gold"}).prepare([GIVEN])


def test_a_pattern_that_runs_away_makes_the_answer_unscorable() -> None:
    scorer = metric({"metric": "citations", "pattern": "(a|aa)+$"}).prepare([item(None)])
    assert isinstance(scorer.score(item(None), answer("a" * 60 + "b")), Unscorable)
    with pytest.raises(DataError, match="the reference cannot be read"):
        metric({"metric": "citations", "pattern": "(a|aa)+$"}).prepare([item("a" * 60 + "b")])
