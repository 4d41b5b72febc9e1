import itertools
import math
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from evalreport import estimates
from evalreport.estimates import NotEstimable
from evalreport.stats.paired_binary import exact_mcnemar
from evalreport.stats.sign_flips import (
    cluster_sign_flip,
    random_signed_sums,
    sign_flip,
    signed_sums,
)
from tests.stats.second_opinion import stats


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def p_value(tested: estimates.Tested | NotEstimable) -> float:
    assert isinstance(tested, estimates.Tested)
    return tested.p_value


@given(arrays(np.float64, st.integers(1, 10), elements=st.integers(-8, 8).map(lambda k: k / 4)))
def test_exact_test_is_the_enumeration(d: np.ndarray) -> None:
    sums = [abs(np.dot(signs, d)) for signs in itertools.product((1, -1), repeat=len(d))]
    expected = np.mean(np.array(sums) >= abs(d.sum()) - 1e-9)
    assert p_value(sign_flip(d, rng=rng())) == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(5))
def test_exact_test_agrees_with_scipy(seed: int) -> None:
    d = rng(seed).normal(0.4, 1, size=12)
    expected = stats.permutation_test(
        (d,), lambda x, axis: np.sum(x, axis=axis), permutation_type="samples", vectorized=True
    )
    found = sign_flip(d, rng=rng())
    assert isinstance(found, estimates.Tested)
    assert found.p_value == pytest.approx(float(expected.pvalue))
    assert found.test == "sign-flip permutation test, exact"


@pytest.mark.parametrize("shift", [0.0, 0.05, 0.1])
def test_drawn_test_is_close_to_t_for_many_items(shift: float) -> None:
    d = rng(7).normal(shift, 0.5, size=400)
    t = float(stats.ttest_1samp(d, 0).pvalue)
    found = sign_flip(d, draws=9999, rng=rng(1))
    assert isinstance(found, estimates.Tested)
    assert found.p_value == pytest.approx(t, abs=4 * math.sqrt(t * (1 - t) / 9999) + 0.004)
    assert found.test == "sign-flip permutation test, 9999 draws"


def test_drawn_and_exact_agree_across_the_border() -> None:
    d = rng(11).normal(0.3, 1, size=16)
    exact = p_value(sign_flip(d, draws=2**16 - 1, rng=rng()))
    drawn = p_value(sign_flip(d, draws=2**16 - 2, rng=rng()))
    assert drawn == pytest.approx(exact, abs=0.006)


@given(st.integers(0, 7), st.integers(0, 6), st.integers(0, 100))
def test_is_mcnemar_for_better_and_worse(better: int, worse: int, same: int) -> None:
    d = np.concatenate((np.ones(better), -np.ones(worse), np.zeros(same)))
    if len(d) == 0:
        return
    assert p_value(sign_flip(d, rng=rng())) == pytest.approx(exact_mcnemar(better, worse).p_value)


@given(arrays(np.float64, st.integers(1, 40), elements=st.floats(-1, 1)))
def test_swapping_the_arms_changes_nothing(d: np.ndarray) -> None:
    one, other = sign_flip(d, draws=199, rng=rng(2)), sign_flip(-d, draws=199, rng=rng(2))
    assert one == other
    assert 0 < p_value(one) <= 1


def test_a_p_value_is_never_0() -> None:
    found = p_value(sign_flip(np.ones(1000), draws=99, rng=rng()))
    assert found == pytest.approx(1 / 100)


def test_size_under_symmetry() -> None:
    generator = rng(13)
    rejected = [
        p_value(sign_flip(generator.laplace(size=12), rng=generator)) <= 0.05 for _ in range(800)
    ]
    assert np.mean(rejected) == pytest.approx(0.05, abs=0.022)


def test_signed_sums_take_every_pattern_once() -> None:
    units = np.array([[1.0, 10.0], [2.0, 20.0], [4.0, 40.0]])
    found = signed_sums(units)
    assert sorted(found[:, 0]) == [-7, -5, -3, -1, 1, 3, 5, 7]
    assert (found[:, 1] == 10 * found[:, 0]).all()


def test_random_signs_are_fair_and_independent() -> None:
    found = random_signed_sums(np.diag(np.arange(1.0, 20)), 20_000, rng(3))
    signs = found / np.arange(1.0, 20)
    assert set(np.unique(signs)) == {-1.0, 1.0}
    assert np.abs(signs.mean(axis=0)).max() < 0.03
    off = np.corrcoef(signs.T) - np.eye(19)
    assert np.abs(off).max() < 0.035


def test_ten_thousand_pairs_are_quick() -> None:
    d = rng(5).normal(0.01, 0.4, size=10_000)
    seconds = []
    for _ in range(3):
        start = time.process_time()
        sign_flip(d, draws=9999, rng=rng(6))
        seconds.append(time.process_time() - start)
    assert min(seconds) < 0.8


def test_clusters_flip_together() -> None:
    d = np.array([1.0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1])
    assert p_value(sign_flip(d, rng=rng())) == pytest.approx(2 / 2**12)
    assert p_value(cluster_sign_flip(d, np.repeat([0, 1, 2], 4), rng=rng())) == pytest.approx(2 / 8)
    names = np.repeat(["a", "b", "c"], 4)
    assert p_value(cluster_sign_flip(d, names, rng=rng())) == pytest.approx(2 / 8)


@given(arrays(np.float64, st.integers(1, 12), elements=st.floats(-1, 1)))
def test_a_cluster_each_is_no_clusters(d: np.ndarray) -> None:
    one = p_value(sign_flip(d, rng=rng()))
    assert p_value(cluster_sign_flip(d, np.arange(len(d)), rng=rng())) == pytest.approx(one)


def test_copies_of_items_do_not_make_evidence() -> None:
    d = rng(17).normal(0.3, 1, size=10)
    once = p_value(cluster_sign_flip(d, np.arange(10), rng=rng()))
    thrice = p_value(cluster_sign_flip(np.tile(d, 3), np.tile(np.arange(10), 3), rng=rng()))
    assert thrice == pytest.approx(once)


def test_what_cancels_within_a_cluster_is_no_difference() -> None:
    d = np.array([0.1, 0.2, -0.3] * 8)
    assert p_value(cluster_sign_flip(d, np.repeat(np.arange(8), 3), rng=rng())) == 1


def test_nothing_differs_and_nothing_there() -> None:
    assert p_value(sign_flip(np.zeros(30), rng=rng())) == 1
    assert sign_flip([], rng=rng()) == NotEstimable(not_estimable="no items")
    assert cluster_sign_flip([], [], rng=rng()) == NotEstimable(not_estimable="no items")


def test_bad_input() -> None:
    with pytest.raises(ValueError, match="NaN"):
        sign_flip([0.0, math.nan], rng=rng())
    with pytest.raises(ValueError, match="draw"):
        sign_flip([0.0, 1.0], draws=0, rng=rng())
    with pytest.raises(ValueError, match="clusters"):
        cluster_sign_flip([0.0, 1.0], [1], rng=rng())


@pytest.mark.parametrize("units", [1, 8, 9, 511, 512, 520, 1100])
@pytest.mark.parametrize("draws", [1, 6, 999, 1000])
def test_many_blocks_at_once_give_what_one_after_another_gave(units: int, draws: int) -> None:
    """To the last bit, and the generator stands where it stood: no reported p-value moves."""
    drawn = np.random.default_rng(units).normal(size=(units, 2))
    one, other = rng(4), rng(4)
    one.integers(0, 3, size=3, dtype=np.uint32), other.integers(0, 3, size=3, dtype=np.uint32)
    total = np.zeros((draws, 2))
    for start in range(0, units, 8):
        table = signed_sums(drawn[start : start + 8])
        choice = one.integers(0, len(table), size=draws, dtype=np.uint8)
        total += table[choice]
    assert (random_signed_sums(drawn, draws, other) == total).all()
    assert one.random() == other.random()
