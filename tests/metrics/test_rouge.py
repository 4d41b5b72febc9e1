import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport.errors import DataError
from evalreport.metrics.rouge import longest_common_subsequence, rouge_l
from tests.metrics.cases import items, metric, one, steady

_words = st.lists(st.sampled_from("abcd"), max_size=20)


def _table(first: list[str], second: list[str]) -> int:
    """The textbook recursion."""
    rows = [[0] * (len(second) + 1)]
    for a in first:
        row = [0]
        for j, b in enumerate(second):
            row.append(rows[-1][j] + 1 if a == b else max(rows[-1][j + 1], row[-1]))
        rows.append(row)
    return rows[-1][-1]


@steady
@given(_words, _words)
def test_the_subsequence_is_as_long_as_the_textbooks(first: list[str], second: list[str]) -> None:
    found = longest_common_subsequence(first, second)
    assert found == _table(first, second) == longest_common_subsequence(second, first)


@pytest.mark.parametrize("stem", [True, False])
@steady
@given(
    st.lists(
        st.sampled_from(["The", "cats", "cat", "running", "ran.", "on-top", "42", "é"]), max_size=12
    ),
    st.lists(st.sampled_from(["the", "cat", "run", "on", "top", "42"]), min_size=1, max_size=12),
)
def test_it_is_the_score_of_rouge_score(stem: bool, given_: list[str], right: list[str]) -> None:
    from rouge_score.rouge_scorer import RougeScorer

    reference, text = " ".join(right), " ".join(given_)
    theirs = RougeScorer(["rougeL"], use_stemmer=stem).score(reference, text)["rougeL"].fmeasure
    assert one({"metric": "rouge_l", "stem": stem}, reference, text) == pytest.approx(
        theirs, abs=1e-12
    )
    assert one({"metric": "rouge_l", "stem": stem}, reference, reference) == 1.0


def test_lins_example() -> None:
    # Lin (2004), section 3.1: S2 and S3 against S1 with beta = 1
    s1 = ["police", "killed", "the", "gunman"]
    assert rouge_l(s1, ["police", "kill", "the", "gunman"]) == 3 / 4
    assert rouge_l(s1, ["the", "gunman", "kill", "police"]) == 2 / 4


def test_long_texts_take_neither_gigabytes_nor_minutes() -> None:
    reference, long = [str(i % 97) for i in range(2000)], [str(i % 89) for i in range(200_000)]
    assert 0 < longest_common_subsequence(reference, long) <= 2000


def test_a_reference_without_words_is_refused() -> None:
    with pytest.raises(DataError, match=r"line 2.*\n.*no words\n.*chrf"):
        metric("rouge_l").prepare(items("fine", "漢字"))
