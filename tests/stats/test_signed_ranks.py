import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import ArrayLike

from evalreport.estimates import Estimate, Point, Tested
from evalreport.stats.signed_ranks import Zeros, hodges_lehmann, wilcoxon_signed_rank
from tests.stats.second_opinion import stats

tied = arrays(np.float64, st.integers(1, 60), elements=st.integers(-6, 6).map(lambda k: k / 4))


def p_value(d: ArrayLike, zeros: Zeros = "pratt") -> float:
    found = wilcoxon_signed_rank(d, zeros=zeros)
    assert isinstance(found, Tested)
    return found.p_value


def normal(seed: int, n: int, shift: float = 0.3) -> np.ndarray:
    return np.random.default_rng(seed).normal(shift, 1, size=n)


@given(st.integers(0, 10_000), st.integers(2, 50))
def test_without_ties_it_is_scipys_exact_test(seed: int, n: int) -> None:
    d = normal(seed, n)
    assert p_value(d) == pytest.approx(float(stats.wilcoxon(d, method="exact").pvalue), rel=1e-9)


@pytest.mark.parametrize("zeros", ["pratt", "wilcoxon"])
@pytest.mark.parametrize("seed", range(4))
def test_many_items_are_scipys_normal_approximation(seed: int, zeros: Zeros) -> None:
    d = np.round(normal(seed, 700, 0.05) * 4) / 4
    theirs = stats.wilcoxon(
        d, zero_method="pratt" if zeros == "pratt" else "wilcox", method="approx"
    )
    found = wilcoxon_signed_rank(d, zeros=zeros)
    assert isinstance(found, Tested)
    assert found.test.endswith("normal")
    assert found.p_value == pytest.approx(float(theirs.pvalue), rel=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_the_normal_takes_over_smoothly(seed: int) -> None:
    d = normal(seed, 201, 0.1)
    exact, beyond = p_value(d[:200]), p_value(np.append(d[:200], 1e-9))
    assert beyond == pytest.approx(exact, abs=0.01)


@given(tied, st.floats(0.01, 100))
def test_signs_order_and_units_do_not_matter(d: np.ndarray, scale: float) -> None:
    p = p_value(d)
    assert 0 < p <= 1
    assert p_value(-d) == pytest.approx(p)
    assert p_value(np.random.default_rng(1).permutation(d)) == p
    assert p_value(d * scale) == pytest.approx(p)


@given(tied, st.integers(1, 30))
def test_zeros_matter_to_pratt_only(d: np.ndarray, more: int) -> None:
    padded = np.append(d, np.zeros(more))
    assert p_value(padded, "wilcoxon") == p_value(d, "wilcoxon")


def test_pratt_ranks_zeros_and_wilcoxon_does_not() -> None:
    d = [-1.0, 2.0, 3.0, 4.0] + [0.0] * 20
    # ranks 1 2 3 4: P(W- <= 1) = 2/16; ranks 21 22 23 24: only no or the least negative rank, too
    assert p_value(d, "wilcoxon") == p_value(d) == pytest.approx(0.25)
    e = [-4.0, 1.0, 2.0, 3.0, 5.0, 6.0]
    assert p_value(e, "wilcoxon") == pytest.approx(14 / 64)  # rank sums up to 4 of 1 to 6: 7 of 64
    assert p_value(e + [0.0] * 30) == pytest.approx(10 / 64)  # none, or one of the four least


def test_few_differences_among_very_many_zeros_are_exact_still() -> None:
    d = np.array([-1.0, 2.0, 3.0, 4.0, 5.0, -6.0, 7.0, 8.0])
    some, many = np.append(d, np.zeros(1_000)), np.append(d, np.zeros(200_000))
    assert p_value(many) == pytest.approx(p_value(some))
    found = wilcoxon_signed_rank(np.append(normal(1, 150), np.zeros(200_000)))
    assert isinstance(found, Tested)
    assert found.test.endswith("normal")


def test_size_by_enumeration() -> None:
    d = normal(3, 10)
    signs = np.array(np.meshgrid(*[[-1, 1]] * 10)).reshape(10, -1).T
    p = [p_value(np.abs(d) * one) for one in signs]
    assert np.mean(np.array(p) <= 0.05) <= 0.05


@given(st.integers(0, 10_000), st.integers(6, 40), st.sampled_from([0.9, 0.95]))
@settings(max_examples=40)
def test_the_interval_holds_what_the_test_does_not_reject(seed: int, n: int, level: float) -> None:
    d = normal(seed, n)
    found = hodges_lehmann(d, level=level)
    assert isinstance(found, Estimate)
    assert found.low < found.value < found.high
    step = 1e-6
    for end, inside in ((found.low, step), (found.high, -step)):
        assert p_value(d - end - inside) > 1 - level
        assert p_value(d - end + inside) <= 1 - level


@given(st.integers(0, 10_000), st.integers(6, 60))
def test_the_centre_is_the_median_of_all_averages(seed: int, n: int) -> None:
    d = np.round(normal(seed, n) * 8) / 8
    averages = [(d[i] + d[j]) / 2 for i in range(n) for j in range(i, n)]
    found = hodges_lehmann(d, level=0.95)
    assert isinstance(found, Estimate | Point)
    assert found.value == pytest.approx(float(np.median(averages)), abs=1e-12)


@given(st.integers(0, 10_000), st.integers(6, 300))
@settings(max_examples=30)
def test_shift_mirror_and_level(seed: int, n: int) -> None:
    d = normal(seed, n)
    found, moved, mirrored, wider = (
        hodges_lehmann(d, level=0.9),
        hodges_lehmann(d + 5, level=0.9),
        hodges_lehmann(-d, level=0.9),
        hodges_lehmann(d, level=0.99 if n > 8 else 0.95),
    )
    assert isinstance(found, Estimate)
    assert isinstance(moved, Estimate)
    assert isinstance(mirrored, Estimate)
    assert (moved.low - 5, moved.high - 5) == pytest.approx((found.low, found.high), abs=1e-12)
    assert (-mirrored.high, -mirrored.low) == pytest.approx((found.low, found.high), abs=1e-12)
    assert isinstance(wider, Estimate)
    assert wider.low <= found.low < found.high <= wider.high


def test_coverage_with_ties_is_not_below() -> None:
    rng = np.random.default_rng(4)
    covered = []
    for _ in range(400):
        found = hodges_lehmann(np.round(rng.laplace(size=15) * 2) / 2, level=0.9)
        assert isinstance(found, Estimate)
        covered.append(found.low <= 0 <= found.high)
    assert np.mean(covered) > 0.87


def test_many_items_are_quick_and_close_to_t() -> None:
    d = normal(9, 20_000)
    found = hodges_lehmann(d, level=0.95)
    expected = stats.ttest_1samp(d, 0).confidence_interval(0.95)
    assert isinstance(found, Estimate)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=2e-3)
