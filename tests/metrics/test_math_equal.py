import gc
import threading

import pytest

from evalreport.errors import DataError
from evalreport.metrics.base import TextScorer
from evalreport.metrics.math_equal import Comparer
from evalreport.metrics.math_worker import is_bare
from evalreport.records import Unscorable
from tests.metrics.cases import answer, item, items, metric

EQUAL = [
    (r"\frac{1}{2}", "0.5"),
    (r"$\frac{1}{2}$", "The answer is 1/2."),
    ("72", "so the answer is 72"),
    ("x^2+1", "$1+x^2$"),
    ("2x+3", "3 + 2x"),
    (r"3\sqrt{2}", r"therefore \boxed{3\sqrt{2}}"),
    (r"$\{1,2\}$", "$2,1$"),
    ("(1,2)", "(1, 2)"),
    ("x=5", "5"),
    ("1,234", "1234"),
    ("50%", "0.5"),
    ("[0,1)", "$[0,1)$"),
]
DIFFERENT = [
    ("1/2", "1/3"),
    ("2x+3", "2"),
    (r"3\sqrt{2}", "3"),
    ("x^2", "$x^3$"),
    ("(1,2)", "(2,1)"),
]


@pytest.fixture(scope="module")
def scorer() -> TextScorer:
    return metric("math_equal").prepare(items(*(reference for reference, _ in EQUAL + DIFFERENT)))


@pytest.mark.parametrize(("reference", "given"), EQUAL)
def test_equal_mathematics(scorer: TextScorer, reference: str, given: str) -> None:
    assert scorer.score(item(reference), answer(given)) == (1.0,)
    assert scorer.score(item(reference), answer(reference)) == (1.0,)


@pytest.mark.parametrize(("reference", "given"), DIFFERENT)
def test_different_mathematics(scorer: TextScorer, reference: str, given: str) -> None:
    assert scorer.score(item(reference), answer(given)) == (0.0,)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("", "no mathematical expression"),
        ("\x00\x1b\ud800", "no mathematical expression"),
        ("1" * 5000, "no mathematical expression"),
        ("$9^{9^{9}}$", "ran out of"),
    ],
    ids=["empty", "control", "digits", "tower"],
)
def test_hostile_mathematics_cannot_be_scored(scorer: TextScorer, given: str, why: str) -> None:
    found = scorer.score(item("3"), answer(given))
    assert isinstance(found, Unscorable)
    assert why in found.reason
    assert scorer.score(item("1/2"), answer("0.50")) == (1.0,)  # the next one is none the worse


def test_of_a_long_text_the_end_counts(scorer: TextScorer) -> None:
    assert scorer.score(item("72"), answer("word " * 100_000 + "so it is 72")) == (1.0,)


def test_it_works_in_any_thread(scorer: TextScorer) -> None:
    found: list[object] = []
    threads = [
        threading.Thread(target=lambda: found.append(scorer.score(item("1/2"), answer("0.5"))))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [(1.0,)] * 4


def test_a_reference_without_mathematics_is_an_error() -> None:
    with pytest.raises(DataError, match=r"line 2.*\n.*no mathematical expression in the reference"):
        metric("math_equal").prepare(items("1", "..."))
    with pytest.raises(DataError, match="no reference"):
        metric("math_equal").prepare([item(None)])


def test_the_process_ends_with_its_comparer() -> None:
    comparer = Comparer()
    assert comparer.compare("1", "1.0") is True
    process = comparer._process
    assert process is not None
    assert process.poll() is None
    del comparer
    gc.collect()
    assert process.poll() is not None


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("2x + 3", True),
        (r"\sqrt{2}", True),
        ("$x$", False),
        (r"\boxed{3}", False),
        ("the answer is x", False),
        ("72", False),
        ("1/2", False),
        ("x\ny", False),
        ("x=5", True),
        ("(1, 2)", True),
        ("-1,234.5 %", False),
    ],
)
def test_bare_expressions_get_delimiters(text: str, bare: bool) -> None:
    assert is_bare(text) is bare
