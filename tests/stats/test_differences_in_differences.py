import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport import estimates
from evalreport.estimates import Estimate, NotEstimable, Point
from evalreport.stats.differences_in_differences import welch, welch_test
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


def test_a_sample_that_hardly_varies_gives_no_interval() -> None:
    """Its mean would count as known: 6 of 100 against 0 of 20 gave p = 0.014, Fisher 0.59."""
    some, none = np.repeat((1.0, 0.0), (6, 94)), np.zeros(20)
    for a, b in ((some, none), (none, some)):
        found = welch(a, b, level=0.95)
        assert found == Point(value=a.mean() - b.mean(), no_interval="no items differ in a sample")
        assert welch_test(a, b) == NotEstimable(not_estimable="no items differ in a sample")
    five = np.repeat((1.0, 0.0), (5, 15))
    reason = "only 5 items differ in a sample"
    assert welch(some, five, level=0.95) == Point(value=0.06 - 0.25, no_interval=reason)
    assert welch_test(some, five) == NotEstimable(not_estimable=reason)
    six = np.repeat((1.0, 0.0), (6, 14))
    assert isinstance(welch(some, six, level=0.95), Estimate)
    assert isinstance(welch_test(some, six), estimates.Tested)


def test_groups_are_counted_where_items_hang_together() -> None:
    codes = np.arange(100) // 5
    varied = np.random.default_rng(0).normal(size=100)
    rare = np.where(codes < 3, varied, 0.0)
    found = welch(varied, rare, clusters=(None, codes), level=0.95)
    assert isinstance(found, Point)
    assert found.no_interval == "only 3 groups differ in a sample"
    assert isinstance(welch(varied, rare, level=0.95), Estimate)


@pytest.mark.parametrize("scale", [1e-170, 1e-60, 1e80, 1e98])
def test_any_unit_gives_the_same(scale: float) -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(1, 1, size=20), rng.exponential(size=30)
    plain, scaled = welch(a, b, level=0.95), welch(a * scale, b * scale, level=0.95)
    assert isinstance(plain, Estimate)
    assert isinstance(scaled, Estimate)
    ends = [plain.value, plain.low, plain.high]
    found = [scaled.value / scale, scaled.low / scale, scaled.high / scale]
    assert found == pytest.approx(ends, rel=1e-9)
    one, other = welch_test(a, b), welch_test(a * scale, b * scale)
    assert isinstance(one, estimates.Tested)
    assert isinstance(other, estimates.Tested)
    assert other.p_value == pytest.approx(one.p_value, rel=1e-9)


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
