import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from evalreport.estimates import Estimate, NotEstimable, Point
from evalreport.stats.bounded_mean import (
    check_bounds,
    common_value_interval,
    empirical_bernstein,
)
from tests.stats.second_opinion import stats

scores = arrays(np.float64, st.integers(2, 60), elements=st.floats(-1, 1))


def departing(below: int, above: int, units: int) -> Estimate:
    return common_value_interval(
        (above - below) / units,
        common=0,
        below=below,
        above=above,
        units=units,
        weight=1,
        bounds=(-1, 1),
        level=0.95,
    )


@given(scores)
def test_bernstein_is_the_formula_of_the_paper(x: np.ndarray) -> None:
    found = empirical_bernstein(x, bounds=(-1, 1), level=0.95)
    assert isinstance(found, Estimate)
    # Maurer and Pontil state it on [0, 1] for one end with error delta.
    y, n, delta = (x + 1) / 2, len(x), 0.025
    pairs = sum((y[i] - y[j]) ** 2 for i in range(n) for j in range(i)) / (n * (n - 1))
    half = math.sqrt(2 * pairs * math.log(2 / delta) / n) + 7 * math.log(2 / delta) / (3 * (n - 1))
    assert found.high == pytest.approx(min(1, 2 * (y.mean() + half) - 1), abs=1e-9)
    assert found.low == pytest.approx(max(-1, 2 * (y.mean() - half) - 1), abs=1e-9)


def test_fifty_equal_differences_leave_42_points_by_bernstein_and_7_by_the_share() -> None:
    wide = empirical_bernstein(np.zeros(50), bounds=(-1, 1), level=0.95)
    assert isinstance(wide, Estimate)
    assert wide.high == pytest.approx(0.41734, abs=5e-6)
    assert departing(0, 0, 50).high == pytest.approx(1 - 0.025 ** (1 / 50), rel=1e-12)
    assert departing(0, 0, 50).high == pytest.approx(0.0711, abs=5e-5)


def test_the_share_bound_is_clopper_pearson_on_each_side() -> None:
    found = departing(1, 4, 100)
    assert found.high == pytest.approx(float(stats.beta.ppf(0.975, 5, 96)), rel=1e-9)
    assert found.low == pytest.approx(-float(stats.beta.ppf(0.975, 2, 99)), rel=1e-9)


@pytest.mark.parametrize("units", [20, 100, 1000])
@pytest.mark.parametrize("departures", [0.5, 1, 2, 3, 5, 8, 15])
def test_the_share_bound_covers_whatever_departs(units: int, departures: float) -> None:
    rate = min(1.0, departures / units)
    counts = np.arange(units + 1)
    weights = stats.binom.pmf(counts, units, rate)
    for size in (1.0, 0.4):  # every departure is by this much, the mean is rate * size
        covered = sum(
            weight
            for k, weight in zip(counts, weights, strict=True)
            if weight > 1e-12 and departing(0, int(k), units).high >= rate * size
        )
        assert covered >= 0.975


def test_a_heavier_cluster_widens() -> None:
    even = departing(0, 0, 20)
    uneven = common_value_interval(
        0, common=0, below=0, above=0, units=20, weight=2, bounds=(-1, 1), level=0.95
    )
    assert uneven.high == pytest.approx(2 * even.high)


def test_too_little_data() -> None:
    assert isinstance(empirical_bernstein([], bounds=(0, 1), level=0.95), NotEstimable)
    assert empirical_bernstein([0.25], bounds=(0, 1), level=0.95) == Point(
        value=0.25, no_interval="one item"
    )


@pytest.mark.parametrize(
    "bounds", [(1, 0), (0, 0), (0, math.inf), (math.nan, 1), (-1e308, 1e308), (0, 1e101)]
)
def test_bounds_must_be_bounds(bounds: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="bounds"):
        check_bounds(np.zeros(3), bounds)


def test_a_value_outside_is_an_error_and_rounding_is_not() -> None:
    with pytest.raises(ValueError, match="outside"):
        empirical_bernstein([0, 1.1], bounds=(0, 1), level=0.95)
    found = empirical_bernstein([0, 1 + 1e-12] * 500, bounds=(0, 1), level=0.95)
    assert isinstance(found, Estimate)
