import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport.estimates import Estimate, NotEstimable
from evalreport.stats.proportions import clopper_pearson, lower_bound, upper_bound, wilson
from tests.stats.second_opinion import proportion

counts = st.integers(1, 3_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
levels = st.sampled_from([0.8, 0.9, 0.95, 0.99])


@given(counts, levels)
def test_both_intervals_agree_with_statsmodels(count: tuple[int, int], level: float) -> None:
    for function, name in ((wilson, "wilson"), (clopper_pearson, "beta")):
        found = function(*count, level=level)
        assert isinstance(found, Estimate)
        assert found.value == count[0] / count[1]
        assert (found.low, found.high) == pytest.approx(
            proportion(*count, level, name), rel=1e-9, abs=1e-12
        )


@given(counts, levels)
def test_failures_mirror_successes(count: tuple[int, int], level: float) -> None:
    k, n = count
    for function in (wilson, clopper_pearson):
        one, other = function(k, n, level=level), function(n - k, n, level=level)
        assert isinstance(one, Estimate)
        assert isinstance(other, Estimate)
        assert (one.low, one.high) == pytest.approx((1 - other.high, 1 - other.low), abs=1e-12)
        assert one.low <= one.value <= one.high
        assert one.high > one.low


@pytest.mark.parametrize("n", [1, 5, 10, 50, 1000])
def test_nothing_seen_is_not_nothing(n: int) -> None:
    none, everything = upper_bound(0, n, level=0.95), lower_bound(n, n, level=0.95)
    assert isinstance(none, Estimate)
    assert isinstance(everything, Estimate)
    assert none.high == pytest.approx(1 - 0.05 ** (1 / n), rel=1e-12)
    assert everything.low == pytest.approx(0.05 ** (1 / n), rel=1e-12)
    assert (none.low, everything.high) == (0, 1)


def test_fifty_of_fifty_still_allows_5_8_percent_errors() -> None:
    found = lower_bound(50, 50, level=0.95)
    assert isinstance(found, Estimate)
    assert 1 - found.low == pytest.approx(0.058, abs=5e-4)


@given(counts)
def test_one_sided_bounds_are_ends_of_the_interval_with_twice_the_error(
    count: tuple[int, int],
) -> None:
    both = clopper_pearson(*count, level=0.9)
    up, down = upper_bound(*count, level=0.95), lower_bound(*count, level=0.95)
    assert isinstance(both, Estimate)
    assert isinstance(up, Estimate)
    assert isinstance(down, Estimate)
    assert (down.low, up.high) == pytest.approx((both.low, both.high), abs=1e-12)


@given(counts)
def test_more_items_narrow(count: tuple[int, int]) -> None:
    few = wilson(*count, level=0.95)
    many = wilson(4 * count[0], 4 * count[1], level=0.95)
    assert isinstance(few, Estimate)
    assert isinstance(many, Estimate)
    assert many.high - many.low < few.high - few.low


@pytest.mark.parametrize("function", [wilson, clopper_pearson, upper_bound, lower_bound])
def test_no_items_have_no_rate(function: object) -> None:
    assert callable(function)
    assert function(0, 0, level=0.95) == NotEstimable(not_estimable="no items")
    for bad in ((-1, 5), (6, 5), (0, -1), (math.nan, 5), (1.5, 5)):
        with pytest.raises(ValueError):
            function(*bad, level=0.95)
    for level in (0.0, 1.0, 95.0, math.nan):
        with pytest.raises(ValueError):
            function(1, 5, level=level)
