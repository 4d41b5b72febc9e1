import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport.errors import DataError
from evalreport.metrics.base import Scale
from evalreport.values import Json
from tests.metrics.cases import answer, items, metric, no_answer, scored, steady, summed

_WORDS = [
    "the",
    "cat",
    "sat",
    "on",
    "mat",
    "Mat",
    "mat.",
    "hello,",
    "ünïcode",
    "1,000",
    "a-b",
    "漢字",
]
_sentences = st.lists(st.sampled_from(_WORDS), max_size=12).map(" ".join)
_corpora = st.lists(st.tuples(_sentences, _sentences), min_size=1, max_size=8)

SPECS: list[dict[str, Json]] = [
    {"metric": "bleu"},
    {"metric": "bleu", "lowercase": True, "tokenize": "intl"},
    {"metric": "bleu", "tokenize": "char"},
    {"metric": "chrf"},
    {"metric": "chrf", "word_order": 2},
    {"metric": "chrf", "lowercase": True, "word_order": 1},
]


def _sacrebleu(spec: dict[str, Json], answers: list[str], references: list[str]) -> float:
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF

    options = {key: value for key, value in spec.items() if key != "metric"}
    library = BLEU(**options) if spec["metric"] == "bleu" else CHRF(**options)
    return float(library.corpus_score(answers, [references]).score)


@pytest.mark.parametrize("spec", SPECS, ids=str)
@steady
@given(_corpora)
def test_summed_counts_give_sacrebleus_corpus_score(
    spec: dict[str, Json], corpus: list[tuple[str, str]]
) -> None:
    tests = items(*(reference for _, reference in corpus))
    scorer = metric(spec).prepare(tests)
    pairs = [(test, answer(text)) for test, (text, _) in zip(tests, corpus, strict=True)]
    (column,) = scorer.columns
    assert column.aggregate is not None
    assert column.scale is Scale.CORPUS
    ours = float(column.aggregate(summed(scored(scorer, pairs))))
    assert ours == pytest.approx(
        _sacrebleu(spec, [a for a, _ in corpus], [r for _, r in corpus]), abs=1e-9
    )
    assert 0.0 <= ours <= 100.0 + 1e-9


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_a_stack_of_sums_is_aggregated_at_once(spec: dict[str, Json]) -> None:
    rng = np.random.default_rng(7)
    texts = [" ".join(rng.choice(_WORDS, size=rng.integers(0, 12))) for _ in range(40)]
    tests = items(*texts[:20])
    scorer = metric(spec).prepare(tests)
    vectors = np.array(
        scored(scorer, [(t, answer(a)) for t, a in zip(tests, texts[20:], strict=True)])
    )
    stack = rng.multinomial(20, np.full(20, 0.05), size=(3, 11)) @ vectors
    aggregate = scorer.columns[0].aggregate
    assert aggregate is not None
    found = aggregate(stack.astype(float))
    assert found.shape == (3, 11)
    single = [[float(aggregate(stack[i, j].astype(float))) for j in range(11)] for i in range(3)]
    np.testing.assert_allclose(found, single, rtol=0, atol=1e-12)


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_the_reference_itself_scores_100_and_an_unscorable_output_as_an_empty_one(
    spec: dict[str, Json],
) -> None:
    text = "The quick brown fox jumps over the lazy dog."
    (test,) = items(text)
    scorer = metric(spec).prepare([test])
    aggregate = scorer.columns[0].aggregate
    assert aggregate is not None
    assert float(aggregate(summed(scored(scorer, [(test, answer(text))])))) == pytest.approx(100)
    assert scorer.penalty(test) == scorer.score(test, answer(""))
    assert not isinstance(scorer.score(test, no_answer()), tuple)
    assert (
        float(aggregate(summed([value for value in scorer.penalty(test) if value is not None])))
        == 0.0
    )


def test_the_worked_example_of_papineni() -> None:
    # "the" seven times against a reference with two: clipped precision 2/7, no higher n-gram
    (test,) = items("the cat is on the mat")
    counts = (
        metric({"metric": "bleu", "tokenize": "none"})
        .prepare([test])
        .score(test, answer("the the the the the the the"))
    )
    assert counts == ((7, 6, 2, 0, 0, 0, 7, 6, 5, 4),)


def test_references_are_needed() -> None:
    for name in ("bleu", "chrf", "rouge_l", "token_f1"):
        with pytest.raises(DataError, match="line 1"):
            metric(name).prepare([items("a")[0].model_copy(update={"reference": None})])
