import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport import estimates
from evalreport.estimates import Estimate, NotEstimable, Point
from evalreport.stats.differences_in_differences import welch, welch_test
from evalreport.stats.paired_mean import mean_interval
from tests.stats.second_opinion import stats, widened_by_root


@given(st.integers(0, 10_000), st.integers(10, 50), st.integers(10, 50), st.floats(0.1, 10))
def test_agrees_with_scipy(seed: int, n: int, m: int, spread: float) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.normal(1, 1, size=n), rng.normal(0, spread, size=m)
    expected = stats.ttest_ind(a, b, equal_var=False)
    low, high = expected.confidence_interval(0.95)
    found, swapped, tested = welch(a, b, level=0.95), welch(b, a, level=0.95), welch_test(a, b)
    assert isinstance(found, Estimate)
    assert isinstance(swapped, Estimate)
    assert isinstance(tested, estimates.Tested)
    se = [float(x.std(ddof=1)) / math.sqrt(len(x)) for x in (a, b)]
    third = [
        ((x - x.mean()) ** 3).mean() / (len(x) ** 2 * math.sqrt(1 - 1 / len(x)) ** 3)
        for x in (a, b)
    ]
    total = math.hypot(*se)
    df = float(expected.df)
    assert (found.low, found.high) == pytest.approx(
        widened_by_root(found.value, total, df, float(third[0] - third[1]) / total**3, 0.95)
    )
    assert found.low <= low + 1e-9
    assert found.high >= high - 1e-9
    assert (found.low, found.high) == pytest.approx((-swapped.high, -swapped.low))
    assert tested.p_value == pytest.approx(float(expected.pvalue))


@given(st.integers(0, 10_000), st.integers(10, 60))
def test_order_level_and_test_go_together(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.normal(0.5, 1, size=n), rng.normal(0, 2, size=2 * n)
    found, shuffled = welch(a, b, level=0.95), welch(rng.permutation(a), b[::-1], level=0.95)
    wider, tested = welch(a, b, level=0.99), welch_test(b, a)
    assert isinstance(found, Estimate)
    assert isinstance(shuffled, Estimate)
    assert isinstance(wider, Estimate)
    assert isinstance(tested, estimates.Tested)
    assert (found.low, found.high) == pytest.approx((shuffled.low, shuffled.high))
    assert wider.low < found.low < found.high < wider.high
    textbook = welch(a, b, level=0.95, skewness=False)
    assert isinstance(textbook, Estimate)
    assert textbook.excludes(0) == (tested.p_value < 0.05)


def test_one_sample_without_variation_leaves_the_other() -> None:
    b = np.random.default_rng(0).normal(size=20)
    found = welch(np.zeros(20), b, level=0.95)
    expected = stats.ttest_1samp(-b, 0).confidence_interval(0.95)
    assert isinstance(found, Estimate)
    assert found.low <= expected.low + 1e-12
    assert found.high >= expected.high - 1e-12
    mean = mean_interval(-b, level=0.95)
    assert isinstance(mean, Estimate)
    assert (found.low, found.high) == pytest.approx((mean.low, mean.high))


def test_degenerate_input() -> None:
    ten = np.arange(10.0)
    assert welch([], ten, level=0.95) == NotEstimable(not_estimable="no items")
    assert welch(ten[:9], ten, level=0.95) == Point(
        value=-0.5, no_interval="only 9 items in a sample"
    )
    same = welch(np.full(20, 0.1), np.full(20, 0.1), level=0.95)
    assert same == Point(value=0, no_interval="nothing varies")
    assert welch_test([1.0], ten) == NotEstimable(not_estimable="only 1 item in a sample")
    assert welch_test([1.0] * 5, [2.0] * 5) == NotEstimable(not_estimable="nothing varies")
    with pytest.raises(ValueError, match="NaN"):
        welch([math.nan] * 10, ten, level=0.95)
