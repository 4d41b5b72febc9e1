from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from evalreport.errors import DataError
from evalreport.metrics.base import FloatArray, Output, Scale
from evalreport.metrics.classification import Accuracy, balanced_accuracy, macro_f1, quadratic_kappa
from evalreport.metrics.labels import confusion, label_space, majority_share
from evalreport.records import Item, Unscorable
from evalreport.values import Json
from tests.metrics.cases import answer, item, items, metric, no_answer, one, scored, steady, summed

LABELS = ("low", "mid", "high")


def _pairs(references: list[int], answers: list[int]) -> list[tuple[Item, Output]]:
    tests = items(*(LABELS[i] for i in references))
    return [(test, answer(LABELS[i])) for test, i in zip(tests, answers, strict=True)]


_rated = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=30)


def _by_hand(pairs: list[tuple[int, int]]) -> tuple[float, float]:
    """Balanced accuracy and macro F1, class by class from the definitions."""
    recalls, scores = [], []
    for k in range(3):
        hits = sum(r == a == k for r, a in pairs)
        named, given_ = sum(r == k for r, _ in pairs), sum(a == k for _, a in pairs)
        if named:
            recalls.append(hits / named)
        if named or given_:
            precision, recall = hits / given_ if given_ else 0.0, hits / named if named else 0.0
            scores.append(2 * precision * recall / (precision + recall) if hits else 0.0)
    return sum(recalls) / len(recalls), sum(scores) / len(scores)


@steady
@given(_rated)
def test_class_means_are_their_definitions(rated: list[tuple[int, int]]) -> None:
    pairs = _pairs([r for r, _ in rated], [a for _, a in rated])
    tests = [test for test, _ in pairs]
    found = []
    for name in ("balanced_accuracy", "macro_f1"):
        scorer = metric({"metric": name, "labels": list(LABELS)}).prepare(tests)
        aggregate = scorer.columns[0].aggregate
        assert aggregate is not None
        found.append(float(aggregate(summed(scored(scorer, pairs)))))
    assert found == pytest.approx(_by_hand(rated), abs=1e-12)


@steady
@given(_rated)
def test_quadratic_kappa_is_the_weighted_kappa_of_statsmodels(rated: list[tuple[int, int]]) -> None:
    from statsmodels.stats.inter_rater import cohens_kappa  # type: ignore[import-untyped]

    table = np.zeros((3, 3))
    for right, given_ in rated:
        table[right, given_] += 1
    pairs = _pairs([r for r, _ in rated], [a for _, a in rated])
    spec = {"metric": "macro_f1", "labels": list(LABELS), "ordered": True}
    scorer = metric(spec).prepare([test for test, _ in pairs])
    (column,) = (c for c in scorer.columns if c.field == "quadratic_kappa")
    assert column.aggregate is not None
    kappa = float(column.aggregate(summed(scored(scorer, pairs, 1))))
    if np.trace(table) == table.max() == table.sum():
        assert np.isnan(kappa)  # one class on both sides: nothing to agree on
        return
    theirs = cohens_kappa(table, wt="quadratic", return_results=False)
    assert kappa == pytest.approx(theirs, abs=1e-9)
    assert -1.0 - 1e-12 <= kappa <= 1.0


def test_an_example_by_hand() -> None:
    # recall: low 2/2, mid 1/2, high 0/1; F1: 2*2/(2+3), 2*1/(2+2), 0
    pairs = _pairs([0, 0, 1, 1, 2], [0, 0, 1, 0, 1])
    tests = [test for test, _ in pairs]
    scorer = metric({"metric": "macro_f1", "labels": list(LABELS), "per_class": True}).prepare(
        tests
    )
    values = {
        column.field: float(column.aggregate(summed(scored(scorer, pairs, i))))
        for i, column in enumerate(scorer.columns)
        if column.aggregate is not None
    }
    assert values == pytest.approx(
        {
            None: (0.8 + 0.5 + 0) / 3,
            "precision.low": 2 / 3,
            "precision.mid": 1 / 2,
            "precision.high": np.nan,  # no answer says so
            "recall.low": 1,
            "recall.mid": 1 / 2,
            "recall.high": 0,
        },
        nan_ok=True,
    )
    found = scored(metric("balanced_accuracy").prepare(tests), pairs)
    assert float(balanced_accuracy(summed(found))) == pytest.approx((1 + 0.5 + 0) / 3)
    assert scored(metric("accuracy").prepare(tests), pairs) == [1.0, 1.0, 1.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("aggregate", "width"), [(balanced_accuracy, 6), (macro_f1, 9), (quadratic_kappa, 8)]
)
def test_aggregates_of_a_stack_are_those_of_its_rows(
    aggregate: Callable[[FloatArray], FloatArray], width: int
) -> None:
    stack = np.random.default_rng(1).integers(0, 9, size=(2, 5, width)).astype(float)
    found = aggregate(stack)
    assert found.shape == (2, 5)
    for i in range(2):
        for j in range(5):
            assert found[i, j] == pytest.approx(
                float(aggregate(stack[i, j])), abs=1e-12, nan_ok=True
            )


def test_without_evidence_the_aggregates_stay_finite() -> None:
    assert float(balanced_accuracy(np.zeros(6))) == 0.0
    assert float(macro_f1(np.zeros(9))) == 0.0


def test_an_answer_without_a_label_costs_its_class() -> None:
    tests = items("low", "high")
    spec = {"metric": "macro_f1", "labels": list(LABELS), "ordered": True}
    scorer = metric(spec).prepare(tests)
    assert scorer.score(tests[0], answer("perhaps")) == Unscorable(reason="not one of the labels")
    assert scorer.score(tests[0], no_answer()) == Unscorable(reason="nothing found")
    assert scorer.penalty(tests[0]) == (
        (0, 0, 0, 0, 0, 0, 1, 0, 0),  # missing from recall, answered as nothing
        (0, 4, 1, 0, 0, 0, 0, 1),  # not read; for kappa as far away as can be
    )
    assert scorer.penalty(items("mid")[0])[1] == (0, 1, 0, 1, 0, 1, 0, 0)
    assert metric("accuracy").prepare(tests).penalty(tests[0]) == (0.0,)


@pytest.mark.parametrize(
    ("spec", "reference", "value", "score"),
    [
        ({}, "Positive", " positive\n", 1.0),
        ({}, "positive", "negative", 0.0),
        ({"field": "label"}, '{"label": "positive", "why": "x"}', {"label": "Positive"}, 1.0),
        ({"field": "a.label"}, '{"a": {"label": 3}}', {"a": {"label": 3}}, 1.0),
        ({"field": "label"}, '{"label": true}', {"label": True}, 1.0),
        ({"normalise": []}, "positive", "Positive", None),
        ({"field": "label"}, '{"label": "positive"}', {"class": "positive"}, None),
        ({"field": "label"}, '{"label": "positive"}', "positive", None),
        ({"field": "label"}, '{"label": "positive"}', '{"label": "Positive"}', 1.0),
    ],
)
def test_where_and_how_a_label_is_read(
    spec: dict[str, Json], reference: str, value: Json, score: float | None
) -> None:
    tests = [
        item(reference),
        item("negative" if "field" not in spec else '{"label": "negative", "a": {"label": 1}}'),
    ]
    found = metric({"metric": "accuracy", **spec}).prepare(tests).score(tests[0], answer(value))
    assert isinstance(found, Unscorable) if score is None else found == (score,)


def test_chance_and_majority() -> None:
    tests = items("a", "a", "b", "c")
    column = metric("accuracy").prepare(tests).columns[0]
    assert column.chance == pytest.approx(1 / 3)
    assert column.scale is Scale.BINARY
    assert (
        metric({"metric": "balanced_accuracy", "labels": ["a", "b", "c", "d"]})
        .prepare(tests)
        .columns[0]
        .chance
        == 0.25
    )
    space = label_space("accuracy", Accuracy(metric="accuracy"), tests)
    assert space.labels == ("a", "b", "c")
    assert majority_share(space, tests) == 0.5
    assert metric("accuracy").prepare([]).columns[0].chance is None


def test_the_confusion_matrix_keeps_what_names_no_class() -> None:
    tests = items("a", "a", "b")
    space = label_space("accuracy", Accuracy(metric="accuracy"), tests)
    found = confusion(space, list(zip(tests, [answer("b"), no_answer(), answer("b")], strict=True)))
    assert found.labels == ("a", "b")
    assert found.counts.tolist() == [[0, 1, 1], [0, 1, 0]]


def test_unusable_labels_are_errors() -> None:
    with pytest.raises(DataError, match=r"line 2.*\n.*'c' is none of `labels:`"):
        metric({"metric": "accuracy", "labels": ["a", "b"]}).prepare(items("a", "c"))
    with pytest.raises(DataError, match="no label at `x`"):
        metric({"metric": "macro_f1", "field": "x"}).prepare(items("{}"))
    with pytest.raises(DataError, match="no label"):
        metric("balanced_accuracy").prepare([item(None)])
    with pytest.raises(DataError, match="the same after normalisation"):
        metric({"metric": "accuracy", "labels": ["A", "a"]}).prepare(items("a"))
    with pytest.raises(DataError, match="do not look like classes"):
        metric("accuracy").prepare(items(*map(str, range(501))))
    with pytest.raises(ValidationError, match="`ordered` needs `labels:`"):
        metric({"metric": "macro_f1", "ordered": True})


def test_numeric_labels_may_be_written_as_numbers() -> None:
    assert one({"metric": "accuracy", "labels": [1, 2, 3]}, "2", 2) == 1.0


def test_answers_that_name_no_class_have_no_kappa() -> None:
    """All of them at the farthest class would be -0.8: a number of the penalty alone."""
    spec = {"metric": "macro_f1", "labels": list(LABELS), "ordered": True}
    tests = [test for test, _ in _pairs([0, 1, 2, 2], [0, 0, 0, 0])]
    scorer = metric(spec).prepare(tests)
    (column,) = (c for c in scorer.columns if c.field == "quadratic_kappa")
    assert column.aggregate is not None
    penalties = [scorer.penalty(test)[1] for test in tests]
    found = [one for one in penalties if one is not None]
    assert np.isnan(float(column.aggregate(summed(found))))
    assert "no answer names a class" in column.undefined
    (read,) = scored(scorer, [_pairs([0], [0])[0]], 1)
    assert np.isfinite(float(column.aggregate(summed([read, *found[1:]]))))
