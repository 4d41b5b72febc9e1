import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport.estimates import Estimate, Tested
from evalreport.stats.two_rates import fisher_exact, newcombe
from tests.stats.second_opinion import independent_difference, stats

counts = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def interval(one: tuple[int, int], two: tuple[int, int], level: float = 0.95) -> Estimate:
    found = newcombe(*one, *two, level=level)
    assert isinstance(found, Estimate)
    return found


def p_value(one: tuple[int, int], two: tuple[int, int]) -> float:
    found = fisher_exact(*one, *two)
    assert isinstance(found, Tested)
    return found.p_value


@given(counts, counts, st.sampled_from([0.9, 0.95]))
def test_agrees_with_statsmodels(one: tuple[int, int], two: tuple[int, int], level: float) -> None:
    found = interval(one, two, level)
    assert (found.low, found.high) == pytest.approx(
        independent_difference(*one, *two, level), abs=1e-9
    )


@given(counts, counts)
def test_swapping_the_samples_swaps_the_signs(one: tuple[int, int], two: tuple[int, int]) -> None:
    found, swapped = interval(one, two), interval(two, one)
    assert (found.low, found.value, found.high) == pytest.approx(
        (-swapped.high, -swapped.value, -swapped.low), abs=1e-12
    )
    assert p_value(one, two) == pytest.approx(p_value(two, one), rel=1e-9)


@given(counts, counts)
def test_failures_mirror_successes(one: tuple[int, int], two: tuple[int, int]) -> None:
    failed_one, failed_two = (one[1] - one[0], one[1]), (two[1] - two[0], two[1])
    found, mirrored = interval(one, two), interval(failed_one, failed_two)
    assert (found.low, found.high) == pytest.approx((-mirrored.high, -mirrored.low), abs=1e-12)
    assert p_value(one, two) == pytest.approx(p_value(failed_one, failed_two), rel=1e-7)


@given(counts, counts)
def test_has_width_and_grows_with_the_level(one: tuple[int, int], two: tuple[int, int]) -> None:
    found, wider = interval(one, two), interval(one, two, 0.99)
    assert -1 - 1e-12 <= found.low < found.high <= 1 + 1e-12
    assert wider.low <= found.low <= found.value <= found.high <= wider.high
    many = interval((9 * one[0], 9 * one[1]), (9 * two[0], 9 * two[1]))
    assert many.high - many.low < found.high - found.low


@pytest.mark.parametrize(("n", "m", "rate"), [(12, 15, 0.3), (30, 30, 0.05), (20, 60, 0.5)])
def test_size_of_the_exact_test_by_enumeration(n: int, m: int, rate: float) -> None:
    rejected = sum(
        float(stats.binom.pmf(a, n, rate) * stats.binom.pmf(b, m, rate))
        for a in range(n + 1)
        for b in range(m + 1)
        if p_value((a, n), (b, m)) <= 0.05
    )
    assert rejected <= 0.05


def test_coverage_of_the_interval_by_enumeration() -> None:
    n, m, p, q = 40, 60, 0.8, 0.65
    covered = 0.0
    for a in range(n + 1):
        for b in range(m + 1):
            found = interval((a, n), (b, m))
            if found.low <= p - q <= found.high:
                covered += float(stats.binom.pmf(a, n, p) * stats.binom.pmf(b, m, q))
    assert 0.94 < covered < 0.97


def test_counts_of_numpy_are_counts() -> None:
    assert newcombe(np.int64(3), np.int64(9), 4, 9, level=0.95) == newcombe(3, 9, 4, 9, level=0.95)
