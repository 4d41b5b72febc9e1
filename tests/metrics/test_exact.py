import re
import string
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport.errors import DataError
from evalreport.metrics.base import Scale
from evalreport.values import Json
from tests.metrics.cases import answer, item, items, metric, one, steady


@pytest.mark.parametrize(
    ("spec", "reference", "value", "score"),
    [
        ("exact_match", "Paris", "Paris", 1.0),
        ("exact_match", "Paris", " Paris\n", 1.0),
        ("exact_match", "New York", "New\t York", 1.0),
        ("exact_match", "Paris", "paris", 0.0),
        ("exact_match", "Paris", "Paris.", 0.0),
        ("exact_match", "", "", 1.0),
        ("exact_match", "18", 18, 1.0),
        ("exact_match", "true", True, 1.0),
        ("exact_match", '{"a":1,"b":[]}', {"b": [], "a": 1}, 1.0),
        ("exact_match", '{"items": {"b": 1}, "a": null}', {"a": None, "items": {"b": 1}}, 1.0),
        ("exact_match", '{"items": {"b": 1}, "a": null}', {"a": None, "items": {"b": 2}}, 0.0),
        ("exact_match", '{"a": 1, "b": []}', '{"b": [], "a": 1}', 0.0),
        ("exact_match", "[1, 2] and more", [1, 2], 0.0),
        ("token_f1", '{"b": 1, "a": "x y"}', {"a": "x y", "b": 1}, 1.0),
        ("rouge_l", '{"b": 1, "a": "x y"}', {"a": "x y", "b": 1}, 1.0),
        ({"metric": "exact_match", "normalise": []}, "Paris", "Paris ", 0.0),
        (
            {"metric": "exact_match", "normalise": ["lower", "punctuation"]},
            "Paris",
            "«PARIS»!",
            1.0,
        ),
        ({"metric": "exact_match", "normalise": ["articles"]}, "The cat sat", "cat sat", 1.0),
        ({"metric": "exact_match", "normalise": ["lower"]}, "straße", "STRASSE", 0.0),
    ],
)
def test_exact_match_after_declared_steps(
    spec: Json, reference: str, value: Json, score: float
) -> None:
    assert one(spec, reference, value) == score


def test_further_right_answers_come_from_the_row() -> None:
    test = item("Paris", row={"also": ["City of Light", 75]})
    for spec in ("exact_match", "token_f1"):
        scorer = metric({"metric": spec, "accepted": "also"}).prepare([test])
        assert scorer.score(test, answer("City of Light")) == (1.0,)
        assert scorer.score(test, answer("75")) == (1.0,)
        assert scorer.score(test, answer("London")) == (0.0,)
    with pytest.raises(DataError, match="no list `also`"):
        metric({"metric": "exact_match", "accepted": "also"}).prepare(items("a"))


def test_a_missing_reference_names_item_and_line() -> None:
    with pytest.raises(DataError) as caught:
        metric("exact_match").prepare([item("a"), item(None, "x7", line=12), item(None, "x8")])
    assert [problem.where for problem in caught.value.problems] == [
        "line 12, item x7",
        "line 1, item x8",
    ]
    many = [item(None, f"i{i}") for i in range(1000)]
    with pytest.raises(DataError, match="980 more items") as caught:
        metric("exact_match").prepare(many)
    assert len(caught.value.problems) == 21


def test_scales() -> None:
    assert metric("exact_match").prepare([]).columns[0].scale is Scale.BINARY
    assert metric("token_f1").prepare([]).columns[0].scale is Scale.MEAN


# The official script's functions, written down again from its description.
def _squad_f1(prediction: str, truth: str) -> float:
    def tokens(text: str) -> list[str]:
        text = "".join(c for c in text.lower() if c not in set(string.punctuation))
        return re.sub(r"\b(a|an|the)\b", " ", text).split()

    given, right = tokens(prediction), tokens(truth)
    if not given or not right:
        return float(given == right)
    shared = sum((Counter(given) & Counter(right)).values())
    if shared == 0:
        return 0.0
    precision, recall = shared / len(given), shared / len(right)
    return 2 * precision * recall / (precision + recall)


_words = st.lists(
    st.sampled_from(["the", "a", "An", "cat", "Cat!", "dog's", "sat,", "...", "on", "mat"]),
    max_size=8,
).map(" ".join)


@steady
@given(_words, _words)
def test_token_f1_is_squads(prediction: str, truth: str) -> None:
    score = one("token_f1", truth, prediction)
    assert score == pytest.approx(_squad_f1(prediction, truth), abs=1e-12)
    assert one("token_f1", truth, truth) == 1.0


def test_token_f1_known_value() -> None:
    # 2 of 4 and 2 of 3 words: 2 * (1/2 * 2/3) / (1/2 + 2/3)
    assert one("token_f1", "the black cat sat", "a black cat is here") == pytest.approx(4 / 7)
