import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from evalreport.estimates import Estimate, NotEstimable, Point
from evalreport.stats.paired_mean import (
    PAIRED_METHOD,
    differences,
    mean_interval,
    paired_difference,
    paired_t,
)
from tests.stats.second_opinion import stats

samples = arrays(np.float64, st.integers(10, 80), elements=st.floats(-1, 1, width=16))


@given(samples, st.sampled_from([0.9, 0.95]))
def test_t_agrees_with_scipy(d: np.ndarray, level: float) -> None:
    found = paired_t(d, level=level)
    if np.ptp(d) == 0:
        assert isinstance(found, Point)
        return
    expected = stats.ttest_1samp(d, 0).confidence_interval(level)
    assert isinstance(found, Estimate)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-9)
    assert found.value == pytest.approx(d.mean())


@given(samples, samples)
def test_differences_change_sign_with_the_arms(a: np.ndarray, b: np.ndarray) -> None:
    n = min(len(a), len(b))
    a, b = a[:n], b[:n]
    assert (differences(a, b) == -differences(b, a)).all()
    assert (differences(a, a) == 0).all()
    order = np.random.default_rng(2).permutation(n)
    assert (differences(a[order], b[order]) == differences(a, b)[order]).all()
    assert differences(a, b) == pytest.approx(a - b, abs=1e-12)


@given(samples)
def test_one_arm_mirrored_shuffled_and_at_another_level(x: np.ndarray) -> None:
    one, mirrored, shuffled, wider = (
        mean_interval(y, level=level, bounds=(-1, 1))
        for y, level in (
            (x, 0.9), (-x, 0.9), (np.random.default_rng(4).permutation(x), 0.9), (x, 0.99),
        )
    )  # fmt: skip
    assert isinstance(one, Estimate)
    assert isinstance(mirrored, Estimate)
    assert isinstance(shuffled, Estimate)
    assert isinstance(wider, Estimate)
    assert (one.low, one.high) == pytest.approx((-mirrored.high, -mirrored.low), abs=1e-12)
    assert (one.low, one.high) == pytest.approx((shuffled.low, shuffled.high), abs=1e-12)
    assert wider.low <= one.low < one.high <= wider.high


def test_students_own_sleep_data() -> None:
    # Student (1908): additional hours of sleep, ten patients, two drugs; t = 4.0621
    extra = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4]
    found = paired_t(extra, level=0.95)
    assert isinstance(found, Estimate)
    assert (found.value, found.low, found.high) == pytest.approx((1.58, 0.7001142, 2.4598858))
    assert found.method == "paired t interval"
    # one patient slept 4.6 hours longer: the mean may well lie further up than t believes
    skewed = paired_difference(extra, level=0.95)
    assert isinstance(skewed, Estimate)
    assert skewed.low == found.low
    assert found.high < skewed.high < 1.58 + 2 * (found.high - 1.58)


@given(samples, st.randoms(use_true_random=False))
def test_order_does_not_matter(d: np.ndarray, random: object) -> None:
    shuffled = np.random.default_rng(1).permutation(d)
    one = paired_difference(d, level=0.95, bounds=(-1, 1))
    other = paired_difference(shuffled, level=0.95, bounds=(-1, 1))
    assert isinstance(one, Estimate)
    assert isinstance(other, Estimate)
    assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=1e-12)


@given(samples)
def test_swapping_the_arms_swaps_the_signs(d: np.ndarray) -> None:
    one = paired_difference(d, level=0.95, bounds=(-1, 1))
    other = paired_difference(-d, level=0.95, bounds=(-1, 1))
    assert isinstance(one, Estimate)
    assert isinstance(other, Estimate)
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low), abs=1e-12)
    assert one.method == other.method


@given(samples)
def test_never_without_width_and_never_outside(d: np.ndarray) -> None:
    found = paired_difference(d, level=0.95, bounds=(-1, 1))
    assert isinstance(found, Estimate)
    assert -1 <= found.low <= found.value <= found.high <= 1
    assert found.high > found.low


@pytest.mark.parametrize("common", [0.0, 0.1, 0.3, -0.7])
def test_equal_differences_do_not_make_certainty(common: float) -> None:
    known = paired_difference(np.full(50, common), level=0.95, bounds=(-1, 1))
    assert isinstance(known, Estimate)
    share = 1 - 0.025 ** (1 / 50)
    assert known.low == pytest.approx(common - share * (common + 1))
    assert known.high == pytest.approx(common + share * (1 - common))
    unknown = paired_difference(np.full(50, common), level=0.95)
    assert isinstance(unknown, Point)
    assert unknown.value == pytest.approx(common)
    assert unknown.no_interval == "no items differ"


def test_noise_of_rounding_is_no_variation() -> None:
    noisy = np.array([0.1 + 0.2, 0.3] * 25)
    assert isinstance(paired_difference(noisy, level=0.95), Point)
    assert isinstance(paired_t(noisy, level=0.95), Point)
    assert not differences([0.1 + 0.2, 0.5], [0.3, 0.5]).any()
    assert differences([0.30001], [0.3])[0] == pytest.approx(1e-5)


def test_six_departures_are_enough_for_t_and_five_are_not() -> None:
    five, six = np.zeros(200), np.zeros(200)
    five[:5], six[:6] = 0.5, 0.5
    few, enough = (paired_difference(d, level=0.95, bounds=(-1, 1)) for d in (five, six))
    assert isinstance(few, Estimate)
    assert isinstance(enough, Estimate)
    assert few.method.startswith("exact bound")
    assert few.high == pytest.approx(float(stats.beta.ppf(0.975, 6, 195)))
    assert not few.excludes(0)
    assert enough.method == PAIRED_METHOD
    assert paired_difference(five, level=0.95) == Point(
        value=0.0125, no_interval="only 5 items differ"
    )


@pytest.mark.parametrize("n", [20, 50, 100, 1000])
def test_coverage_by_enumeration_where_skewness_is_worst(n: int) -> None:
    # Each difference is 0 or 1; the t interval alone covers as little as 0.26 on this grid.
    intervals = []
    for k in range(n + 1):
        d = np.zeros(n)
        d[:k] = 1
        found = paired_difference(d, level=0.95, bounds=(-1, 1))
        assert isinstance(found, Estimate)
        intervals.append((found.low, found.high))
    lows, highs = np.array(intervals).T
    coverage = [
        float(stats.binom.pmf(np.arange(n + 1), n, rate)[(lows <= rate) & (rate <= highs)].sum())
        for rate in np.linspace(0.3 / n, min(0.5, 60 / n), 60)
    ]
    assert min(coverage) > 0.91
    assert np.mean(coverage) > 0.945


def test_one_arm() -> None:
    x = np.random.default_rng(3).uniform(size=40)
    found = mean_interval(x, level=0.95, bounds=(0, 1))
    expected = stats.ttest_1samp(x, 0).confidence_interval(0.95)
    assert isinstance(found, Estimate)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=2e-3)
    assert found.low <= expected.low + 1e-12
    assert found.high >= expected.high - 1e-12
    perfect = mean_interval(np.ones(50), level=0.95, bounds=(0, 1))
    assert isinstance(perfect, Estimate)
    assert (perfect.low, perfect.high) == pytest.approx((0.025 ** (1 / 50), 1))
    almost = np.ones(50)
    almost[:3] = 0.5
    nearly = mean_interval(almost, level=0.95, bounds=(0, 1))
    assert isinstance(nearly, Estimate)
    assert nearly.high == 1
    assert nearly.low == pytest.approx(1 - float(stats.beta.ppf(0.975, 4, 47)))


def test_too_little_data() -> None:
    for function in (mean_interval, paired_difference, paired_t):
        assert function([], level=0.95) == NotEstimable(not_estimable="no items")
    assert paired_t([0.5], level=0.95) == Point(value=0.5, no_interval="only 1 item")
    nine = np.array([0.0, 0.8, 0.4, 0.4, 0.4, 0.2, 0.6, 0.4, 0.4])
    for function in (mean_interval, paired_difference):
        assert function(nine, level=0.95) == Point(value=0.4, no_interval="only 9 items")


@pytest.mark.parametrize(
    "bad", [[math.nan] * 12, [math.inf] * 12, [[0.0] * 12], ["a"] * 12, [1e200] * 12]
)
def test_bad_numbers_are_errors(bad: list[float]) -> None:
    for function in (mean_interval, paired_difference, paired_t):
        with pytest.raises(ValueError):
            function(bad, level=0.95)


def test_bad_arguments_are_errors() -> None:
    with pytest.raises(ValueError, match="level"):
        paired_difference(np.arange(12), level=95)
    with pytest.raises(ValueError, match="outside"):
        paired_difference(np.arange(12), level=0.95, bounds=(-1, 1))
    with pytest.raises(ValueError, match="lengths"):
        differences([1, 2], [1])


def test_tiny_and_huge_scores_keep_their_width() -> None:
    x = np.random.default_rng(5).normal(size=30)
    for scale in (1e-90, 1.0, 1e90):
        found = mean_interval(x * scale, level=0.95)
        assert isinstance(found, Estimate)
        assert (found.high - found.low) / scale == pytest.approx(0.69, abs=0.2)


@pytest.mark.parametrize("scale", [1e-300, 1e-170, 1e-90, 1e90])
def test_the_unit_of_a_score_does_not_matter(scale: float) -> None:
    """The squares of 1e-170 are 0, and it was said that nothing varies."""
    x = np.random.default_rng(5).exponential(size=30)
    for function in (mean_interval, paired_difference, paired_t):
        plain, scaled = function(x, level=0.95), function(x * scale, level=0.95)
        assert isinstance(plain, Estimate)
        assert isinstance(scaled, Estimate)
        ends = [scaled.value / scale, scaled.low / scale, scaled.high / scale]
        assert ends == pytest.approx([plain.value, plain.low, plain.high], rel=1e-9)
