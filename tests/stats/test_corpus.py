import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalreport import estimates
from evalreport.estimates import Estimate, NotEstimable, Point
from evalreport.stats.arguments import Aggregate, FloatArray
from evalreport.stats.corpus import approximate_randomisation, corpus_difference, corpus_interval
from evalreport.stats.paired_mean import paired_difference
from evalreport.stats.sign_flips import sign_flip
from tests.stats.second_opinion import stats


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def mean(sums: FloatArray) -> FloatArray:
    """(sum, count) to the mean."""
    return np.divide(sums[..., 0], sums[..., 1])


def macro_f1(sums: FloatArray) -> FloatArray:
    """(tp, fp, fn) for each of three classes to macro-F1."""
    tp, wrong = sums[..., 0::3], sums[..., 1::3] + sums[..., 2::3]
    return np.asarray((2 * tp / (2 * tp + wrong)).mean(axis=-1))


def counted(x: np.ndarray) -> np.ndarray:
    return np.stack((x, np.ones(len(x))), axis=1)


def classified(truth: np.ndarray, guess: np.ndarray) -> np.ndarray:
    columns = []
    for label in range(3):
        is_true, is_guess = truth == label, guess == label
        columns += [is_true & is_guess, ~is_true & is_guess, is_true & ~is_guess]
    return np.stack(columns, axis=1).astype(float)


def estimate(found: object) -> Estimate:
    assert isinstance(found, Estimate)
    return found


def p_value(found: object) -> float:
    assert isinstance(found, estimates.Tested)
    return found.p_value


@pytest.mark.parametrize("n", [30, 50, 400])
def test_the_bootstrap_of_a_mean_is_close_to_t(n: int) -> None:
    generator = rng(n)
    a, b = generator.normal(0.2, 1, size=n), generator.normal(0, 1, size=n)
    found = estimate(
        corpus_difference(counted(a), counted(b), mean, None, level=0.95, draws=20_000, rng=rng(1))
    )
    t = estimate(paired_difference(a - b, level=0.95))
    assert found.value == pytest.approx(t.value)
    assert found.high - found.low == pytest.approx(t.high - t.low, rel=0.06)


def test_plain_percentiles_would_be_scipys() -> None:
    x = rng(2).normal(size=2_000)
    found = estimate(corpus_interval(counted(x), mean, None, level=0.95, draws=10_000, rng=rng(3)))
    other = stats.bootstrap((x,), np.mean, method="percentile", n_resamples=10_000, rng=rng(4))
    low, high = other.confidence_interval
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.08 * (high - low))


def test_coverage_of_macro_f1() -> None:
    # The true difference of two guessers, each right with its own probability.
    def sample(generator: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        truth = generator.choice(3, p=[0.5, 0.3, 0.2], size=n)
        arms = []
        for right in (0.8, 0.7):
            other = (truth + generator.integers(1, 3, size=n)) % 3
            arms.append(classified(truth, np.where(generator.random(n) < right, truth, other)))
        return arms[0], arms[1]

    a, b = sample(rng(0), 400_000)
    true = float(macro_f1(a.sum(axis=0)) - macro_f1(b.sum(axis=0)))
    covered = []
    for seed in range(200):
        a, b = sample(rng(seed + 1), 60)
        found = estimate(corpus_difference(a, b, macro_f1, None, level=0.95, draws=600, rng=rng(9)))
        covered.append(found.low <= true <= found.high)
    assert np.mean(covered) == pytest.approx(0.95, abs=0.05)


def test_clusters_widen_and_copies_do_not_narrow() -> None:
    x = rng(5).normal(0.3, 1, size=40)
    three, codes = np.tile(x, 3), np.tile(np.arange(40), 3)
    once = estimate(corpus_interval(counted(x), mean, None, level=0.95, rng=rng(6)))
    often = estimate(corpus_interval(counted(three), mean, codes, level=0.95, rng=rng(6)))
    naive = estimate(corpus_interval(counted(three), mean, None, level=0.95, rng=rng(6)))
    assert (once.low, once.high) == pytest.approx((often.low, often.high))
    assert naive.high - naive.low < 0.7 * (often.high - often.low)


def test_swapping_the_arms_swaps_the_signs() -> None:
    truth = rng(7).integers(0, 3, size=80)
    a = classified(truth, np.where(rng(8).random(80) < 0.9, truth, 0))
    b = classified(truth, np.where(rng(9).random(80) < 0.6, truth, 1))
    one = estimate(corpus_difference(a, b, macro_f1, None, level=0.95, rng=rng(1)))
    other = estimate(corpus_difference(b, a, macro_f1, None, level=0.95, rng=rng(1)))
    assert (one.low, one.value, one.high) == pytest.approx((-other.high, -other.value, -other.low))
    first = approximate_randomisation(a, b, macro_f1, None, draws=499, rng=rng(1))
    assert p_value(first) == p_value(
        approximate_randomisation(b, a, macro_f1, None, draws=499, rng=rng(1))
    )


def test_the_same_seed_gives_the_same_answer() -> None:
    x = rng(10).normal(size=50)
    found = [corpus_interval(counted(x), mean, None, level=0.95, rng=rng(4)) for _ in range(2)]
    assert found[0] == found[1]


def test_randomisation_is_the_enumeration_of_swaps() -> None:
    generator = rng(11)
    truth = generator.integers(0, 3, size=9)
    a = classified(truth, np.where(generator.random(9) < 0.9, truth, 0))
    b = classified(truth, np.where(generator.random(9) < 0.4, truth, 1))

    def gap(first: np.ndarray, second: np.ndarray) -> float:
        with np.errstate(all="ignore"):
            return abs(float(macro_f1(first.sum(axis=0)) - macro_f1(second.sum(axis=0))))

    gaps = []
    for swap in itertools.product((False, True), repeat=9):
        s = np.array(swap)[:, np.newaxis]
        gaps.append(gap(np.where(s, b, a), np.where(s, a, b)))
    assert np.isfinite(gaps).all()
    expected = np.mean(np.array(gaps) >= gap(a, b) - 1e-12)
    found = approximate_randomisation(a, b, macro_f1, None, rng=rng())
    assert p_value(found) == pytest.approx(expected)
    assert isinstance(found, estimates.Tested)
    assert found.test == "approximate randomisation, exact"


def test_randomisation_of_a_mean_is_the_sign_flip() -> None:
    a, b = rng(12).normal(size=(2, 10))
    found = p_value(approximate_randomisation(counted(a), counted(b), mean, None, rng=rng()))
    assert found == pytest.approx(p_value(sign_flip(a - b, rng=rng())))


def test_size_of_the_drawn_test() -> None:
    generator, rejected = rng(13), []
    for _ in range(300):
        truth = generator.integers(0, 3, size=60)
        a, b = (
            classified(
                truth,
                np.where(generator.random(60) < 0.7, truth, generator.integers(0, 3, size=60)),
            )
            for _ in range(2)
        )
        rejected.append(
            p_value(approximate_randomisation(a, b, macro_f1, None, draws=199, rng=generator))
            <= 0.05
        )
    assert np.mean(rejected) == pytest.approx(0.05, abs=0.04)


def test_whole_clusters_swap() -> None:
    a, b = np.ones(30), np.zeros(30)
    codes = [f"g{k % 3}" for k in range(30)]
    found = approximate_randomisation(counted(a), counted(b), mean, codes, rng=rng())
    assert p_value(found) == pytest.approx(2 / 8)


def undefined_without(needed: int) -> Aggregate:
    def metric(sums: FloatArray) -> FloatArray:
        """The mean, undefined (0/0) unless at least so many items of a kind are drawn."""
        enough = np.where(sums[..., 2] >= needed, sums[..., 1], 0.0)
        return np.asarray(np.where(enough > 0, sums[..., 0], 0.0) / enough)

    return metric


def test_resamples_on_which_the_metric_is_undefined() -> None:
    x = np.stack((rng(14).normal(size=40), np.ones(40), np.arange(40) < 8), axis=1)
    rare = corpus_interval(x, undefined_without(2), None, level=0.95, rng=rng(1))
    assert estimate(rare).method.endswith("undefined resamples left out")
    often = corpus_interval(x, undefined_without(4), None, level=0.95, rng=rng(1))
    assert isinstance(often, NotEstimable)
    assert "not defined on" in often.not_estimable
    never = corpus_interval(x, undefined_without(9), None, level=0.95, rng=rng(1))
    assert never == NotEstimable(not_estimable="the metric is not defined on these items")


def test_a_metric_that_one_arm_does_not_have_is_not_tested() -> None:
    base = np.stack((rng(15).normal(size=20), np.ones(20), np.ones(20)), axis=1)
    other = base * [2, 1, 1]
    metric = undefined_without(1)
    fine = approximate_randomisation(base, other, metric, None, rng=rng(1))
    assert isinstance(fine, estimates.Tested)
    short = other.copy()
    short[:, 2] = 0
    short[:, 0] = 0
    gone = approximate_randomisation(base, short, metric, None, rng=rng(1))
    assert gone == NotEstimable(not_estimable="the metric is not defined on these items")


def test_equal_arms_and_few_differences() -> None:
    x = counted(rng(16).normal(size=50))
    same = corpus_difference(x, x, mean, None, level=0.95, rng=rng())
    assert same == Point(value=0, no_interval="no items differ")
    assert p_value(approximate_randomisation(x, x, mean, None, rng=rng())) == 1
    five = x.copy()
    five[:5, 0] += 1
    few = corpus_difference(five, x, mean, None, level=0.95, rng=rng())
    assert isinstance(few, Point)
    assert few.no_interval == "only 5 items differ"
    level = corpus_interval(counted(np.full(50, 0.3)), mean, None, level=0.95, rng=rng())
    assert isinstance(level, Point)
    assert level.no_interval == "nothing varies"


def test_too_little_data() -> None:
    nine, none = counted(np.arange(9.0)), np.zeros((0, 2))
    assert isinstance(corpus_interval(nine, mean, None, level=0.95, rng=rng()), Point)
    grouped = corpus_interval(
        counted(np.arange(40.0)), mean, np.arange(40) % 9, level=0.95, rng=rng()
    )
    assert grouped == Point(value=19.5, no_interval="only 9 groups")
    few = corpus_interval(counted(np.arange(29.0)), mean, None, level=0.95, rng=rng())
    assert few == Point(value=14, no_interval="only 29 items")
    missing = NotEstimable(not_estimable="no items")
    assert corpus_interval(none, mean, None, level=0.95, rng=rng()) == missing
    assert corpus_difference(none, none, mean, None, level=0.95, rng=rng()) == missing
    assert approximate_randomisation(none, none, mean, None, rng=rng()) == missing


def test_few_clusters_get_enough_draws_and_a_wide_interval() -> None:
    x = rng(17).normal(size=30)
    found = estimate(
        corpus_interval(counted(x), mean, np.arange(30) % 10, level=0.95, draws=10, rng=rng())
    )
    assert found.low < found.value < found.high


def test_bad_input() -> None:
    x = counted(np.arange(20.0))
    with pytest.raises(ValueError, match="shapes"):
        corpus_difference(x, x[:-1], mean, None, level=0.95, rng=rng())
    with pytest.raises(ValueError, match="dimensions"):
        corpus_interval(x[:, 0], mean, None, level=0.95, rng=rng())
    with pytest.raises(ValueError, match="NaN"):
        corpus_interval(np.full((20, 2), math.nan), mean, None, level=0.95, rng=rng())
    with pytest.raises(ValueError, match="draw"):
        corpus_interval(x, mean, None, level=0.95, draws=0, rng=rng())
    with pytest.raises(ValueError, match="clusters"):
        corpus_interval(x, mean, [1, 2], level=0.95, rng=rng())


@given(st.integers(0, 10_000), st.floats(0.5, 0.94), st.floats(0.5, 0.94))
@settings(max_examples=20)
def test_value_and_level(seed: int, one: float, other: float) -> None:
    low, high = sorted((one, other))
    x, y = rng(seed).normal(size=(2, 30))
    order = rng(seed).permutation(30)
    narrow, wide = (
        estimate(corpus_difference(counted(x), counted(y), mean, None, level=level, rng=rng(1)))
        for level in (low, high)
    )
    assert wide.low <= narrow.low + 1e-12
    assert wide.high >= narrow.high - 1e-12
    shuffled = corpus_difference(
        counted(x[order]), counted(y[order]), mean, None, level=low, rng=rng(1)
    )
    assert estimate(shuffled).value == pytest.approx(narrow.value)


@given(st.integers(0, 10_000))
@settings(max_examples=20)
def test_copies_in_clusters_change_nothing(seed: int) -> None:
    x, y = rng(seed).normal(size=(2, 30))
    codes = np.tile(np.arange(30), 3)
    once = corpus_difference(counted(x), counted(y), mean, None, level=0.95, rng=rng(1))
    often = corpus_difference(
        counted(np.tile(x, 3)), counted(np.tile(y, 3)), mean, codes, level=0.95, rng=rng(1)
    )
    assert (estimate(often).low, estimate(often).high) == pytest.approx(
        (estimate(once).low, estimate(once).high)
    )
    p = approximate_randomisation(counted(x[:10]), counted(y[:10]), mean, None, rng=rng(1))
    thrice = approximate_randomisation(
        counted(np.tile(x[:10], 3)), counted(np.tile(y[:10], 3)), mean,
        np.tile(np.arange(10), 3), rng=rng(1),
    )  # fmt: skip
    assert p_value(thrice) == pytest.approx(p_value(p))
