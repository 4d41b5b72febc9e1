"""Means of which only summaries are known: as scipy has them, and never an interval of width 0."""

from statistics import fmean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport.estimates import Estimate, NotEstimable, Point, Tested
from evalreport.stats.two_means import (
    Summary,
    mean_of_summary,
    welch_of_summaries,
    welch_test_of_summaries,
)
from tests.stats.second_opinion import stats
from tests.stats.verified import clinic

summaries = st.builds(Summary, st.floats(-50, 50), st.floats(0.1, 20), st.integers(10, 400))


@given(summaries, summaries, st.sampled_from([0.9, 0.95]))
def test_agrees_with_scipy(a: Summary, b: Summary, level: float) -> None:
    theirs = stats.ttest_ind_from_stats(*a, *b, equal_var=False)
    tested = welch_test_of_summaries(a, b)
    found = welch_of_summaries(a, b, level=level)
    assert isinstance(tested, Tested)
    assert isinstance(found, Estimate)
    assert tested.p_value == pytest.approx(float(theirs.pvalue), rel=1e-6, abs=1e-12)
    half = (found.high - found.low) / 2
    assert found.excludes(0.0) == (tested.p_value < 1 - level)
    assert found.value == a.mean - b.mean
    assert half > 0


@pytest.mark.parametrize(
    ("pair", "ends"),
    [(clinic.VAR1, clinic.APART[0]), (clinic.VAR2, clinic.APART[1])],
    ids=["tost_clinic_indep_1", "tost_clinic_indep"],
)
def test_gives_what_r_prints(
    pair: tuple[tuple[float, ...], tuple[float, ...]], ends: tuple[float, float]
) -> None:
    a, b = (Summary(fmean(one), stdev(one), len(one)) for one in pair)
    found = welch_of_summaries(a, b, level=0.9)
    assert isinstance(found, Estimate)
    assert (found.low, found.high) == pytest.approx(ends, abs=5e-11), clinic.WHERE


def test_one_mean_has_students_interval() -> None:
    found = mean_of_summary(Summary(5.0, 2.0, 16), level=0.95)
    assert isinstance(found, Estimate)
    assert found.high - 5.0 == pytest.approx(2.131449545559323 * 0.5)


@pytest.mark.parametrize("n", [1, 9])
def test_few_items_give_a_point(n: int) -> None:
    few, many = Summary(1.0, 1.0, n), Summary(2.0, 1.0, 50)
    assert isinstance(welch_of_summaries(few, many, level=0.95), Point)
    assert isinstance(mean_of_summary(few, level=0.95), Point)
    assert isinstance(welch_test_of_summaries(few, many), NotEstimable)


def test_nothing_that_varies_gives_no_interval() -> None:
    still = Summary(1.0, 0.0, 50)
    assert isinstance(welch_of_summaries(still, still, level=0.95), Point)
    assert isinstance(mean_of_summary(still, level=0.95), Point)
    assert isinstance(welch_test_of_summaries(still, still), NotEstimable)
    assert isinstance(welch_of_summaries(Summary(1.0, 1.0, 0), still, level=0.95), NotEstimable)


def test_one_sample_that_does_not_vary_gives_no_interval() -> None:
    """Its mean would count as known."""
    still, other = Summary(0.0, 0.0, 20), Summary(0.06, 0.24, 100)
    for a, b in ((still, other), (other, still)):
        found = welch_of_summaries(a, b, level=0.95)
        assert found == Point(value=a.mean - b.mean, no_interval="a sample does not vary")
        assert isinstance(welch_test_of_summaries(a, b), NotEstimable)


def test_a_negative_spread_is_refused() -> None:
    with pytest.raises(ValueError, match="not negative"):
        welch_of_summaries(Summary(1.0, -1.0, 50), Summary(1.0, 1.0, 50), level=0.95)
