"""Planning a guard: the normal formula's published values, and exact power by a second way."""

from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalreport.estimates import Estimate, NotEstimable
from evalreport.stats.paired_binary import bound_is_below, tango
from evalreport.stats.power_retention import (
    binary_margin_items,
    binary_margin_power,
    liu_margin_items,
    smallest_margin_binary,
)
from evalreport.stats.quantiles import two_sided_z


@pytest.mark.parametrize(
    ("disagreement", "items"), [(0.05, 773), (0.10, 1546), (0.20, 3092), (0.30, 4637)]
)
def test_normal_formula_for_a_margin_of_two_points(disagreement: float, items: int) -> None:
    assert liu_margin_items(0.02, disagreement, power=0.8, alpha=0.05) == items
    exact = binary_margin_items(0.02, disagreement, power=0.8, alpha=0.05)
    assert isinstance(exact, int)
    assert items <= exact < 1.06 * items + 20


def test_an_expected_gain_makes_a_margin_cheaper() -> None:
    without = liu_margin_items(0.02, 0.1, power=0.8, alpha=0.05)
    gaining = liu_margin_items(0.02, 0.1, power=0.8, alpha=0.05, true_difference=0.02)
    losing = liu_margin_items(0.02, 0.1, power=0.8, alpha=0.05, true_difference=-0.02)
    assert isinstance(without, int)
    assert isinstance(gaining, int)
    assert gaining < without / 3.9
    assert isinstance(losing, NotEstimable)


@given(st.floats(0.01, 0.5), st.floats(0.01, 0.9), st.floats(0.01, 0.9))
def test_the_normal_formula_grows_with_disagreement_and_falls_with_the_margin(
    margin: float, one: float, two: float
) -> None:
    low, high = sorted((one, two))
    fewer, more, easier = (
        liu_margin_items(m, psi, power=0.8, alpha=0.05)
        for m, psi in ((margin, low), (margin, high), (1.5 * margin, low))
    )
    assert isinstance(fewer, int)
    assert isinstance(more, int)
    assert isinstance(easier, int)
    assert easier <= fewer <= more


def by_trinomial(n: int, margin: float, psi: float, true: float) -> float:
    """The same power from all pairs of counts and the interval itself."""
    better, worse = (psi + true) / 2, (psi - true) / 2
    total = 0.0
    for b in range(n + 1):
        for c in range(n + 1 - b):
            interval = tango(b, c, n, level=0.9)
            assert isinstance(interval, Estimate)
            if interval.low > -margin:
                ways = comb(n, b) * comb(n - b, c)
                total += ways * better**b * worse**c * (1 - psi) ** (n - b - c)
    return total


@pytest.mark.parametrize(
    ("n", "margin", "psi", "true"),
    [(30, 0.1, 0.05, 0.0), (50, 0.05, 0.02, 0.0), (40, 0.2, 0.3, 0.0), (20, 0.15, 1.0, 0.0),
     (40, 0.1, 0.2, 0.03), (25, 0.3, 0.2, -0.1), (12, 0.9, 0.5, 0.0)],
)  # fmt: skip
def test_power_is_that_of_the_interval(n: int, margin: float, psi: float, true: float) -> None:
    found = binary_margin_power(n, margin, psi, alpha=0.05, true_difference=true)
    assert found == pytest.approx(by_trinomial(n, margin, psi, true), abs=1e-9)


def test_hardly_any_disagreement_does_not_make_few_items_enough() -> None:
    """The interval's lower end is -z²/(n + z²) at best: 50 items never show 5 points."""
    assert liu_margin_items(0.05, 0.02, power=0.8, alpha=0.05) == 50
    assert binary_margin_power(50, 0.05, 0.02, alpha=0.05) == pytest.approx(0.245, abs=1e-3)
    items = binary_margin_items(0.05, 0.02, power=0.8, alpha=0.05)
    assert isinstance(items, int)
    assert all(
        binary_margin_power(n, 0.05, 0.02, alpha=0.05) >= 0.8 for n in range(items, items + 150)
    )
    assert binary_margin_power(items - 1, 0.05, 0.02, alpha=0.05) < 0.8
    margin = smallest_margin_binary(60, 1 / 60, power=0.8, alpha=0.05)
    assert isinstance(margin, float)
    z = two_sided_z(0.9)
    assert margin > z * z / (60 + z * z)


@pytest.mark.parametrize("margin", [0.03, 0.05, 0.15])
@pytest.mark.parametrize("psi", [0.01, 0.0725, 0.2, 0.6])
def test_the_items_suffice_and_so_does_every_larger_number(margin: float, psi: float) -> None:
    items = binary_margin_items(margin, psi, power=0.8, alpha=0.05)
    assert isinstance(items, int)
    far = items + round(6 / margin + 6 / psi)
    assert all(binary_margin_power(n, margin, psi, alpha=0.05) >= 0.8 for n in range(items, far))
    assert binary_margin_power(items - 1, margin, psi, alpha=0.05) < 0.8


@pytest.mark.parametrize(("margin", "items"), [(0.05, 52), (0.1, 25), (0.02, 133)])
@pytest.mark.parametrize("psi", [1e-9, 1e-4])
def test_where_hardly_anything_differs_it_is_quick(margin: float, items: int, psi: float) -> None:
    assert binary_margin_items(margin, psi, power=0.8, alpha=0.05) == items


@given(st.integers(10, 400), st.floats(0.01, 0.6), st.floats(0.02, 0.5))
@settings(max_examples=40)
def test_power_grows_with_the_margin_and_the_smallest_has_it(
    n: int, psi: float, margin: float
) -> None:
    narrow = binary_margin_power(n, margin, psi, alpha=0.05)
    assert 0 <= narrow <= binary_margin_power(n, 1.3 * margin, psi, alpha=0.05) + 1e-9
    smallest = smallest_margin_binary(n, psi, power=0.8, alpha=0.05)
    assert isinstance(smallest, float)
    assert binary_margin_power(n, min(smallest + 2e-5, 1.0), psi, alpha=0.05) >= 0.8


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 60), st.floats(0.001, 0.999))
def test_a_bound_is_below_as_the_interval_says(
    better: int, worse: int, same: int, difference: float
) -> None:
    n = better + worse + same
    if n == 0:
        return
    interval = tango(better, worse, n, level=0.9)
    assert isinstance(interval, Estimate)
    if abs(interval.high - difference) > 1e-9:
        below = bound_is_below(difference, better, worse, n, two_sided_z(0.9))
        assert below is (interval.high < difference)


@pytest.mark.parametrize("bad", [0.0, -0.1, 1.1])
def test_shares_lie_in_their_range(bad: float) -> None:
    for call in (
        lambda: binary_margin_power(100, bad, 0.2, alpha=0.05),
        lambda: binary_margin_power(100, 0.1, bad, alpha=0.05),
        lambda: binary_margin_items(bad, 0.2, power=0.8, alpha=0.05),
        lambda: liu_margin_items(bad, 0.2, power=0.8, alpha=0.05),
        lambda: smallest_margin_binary(10, bad, power=0.8, alpha=0.05),
    ):
        with pytest.raises(ValueError, match="lies in"):
            call()


def test_no_items_show_nothing() -> None:
    assert isinstance(smallest_margin_binary(0, 0.2, power=0.8, alpha=0.05), NotEstimable)
    assert binary_margin_power(0, 0.1, 0.2, alpha=0.05) == 0


def by_enumeration(n: int, margin: float, better: float, worse: float) -> float:
    """Over all counts of the three kinds of items."""
    shown = 0.0
    for b in range(n + 1):
        for c in range(n - b + 1):
            found = tango(b, c, n, level=0.9)
            assert isinstance(found, Estimate)
            if found.low > -margin:
                ways = comb(n, b) * comb(n - b, c)
                shown += ways * better**b * worse**c * (1 - better - worse) ** (n - b - c)
    return shown


@pytest.mark.parametrize(
    ("disagreement", "difference", "better", "worse"),
    [
        (0.05, -0.05, 0.0, 0.05),  # whatever differs is lost
        (0.05, -0.08, 0.0, 0.08),  # so is it where less was thought to differ
        (0.05, 0.05, 0.05, 0.0),
        (0.2, -0.05, 0.075, 0.125),
        (1.0, -1.0, 0.0, 1.0),
    ],
)
def test_power_where_something_is_truly_lost(
    disagreement: float, difference: float, better: float, worse: float
) -> None:
    found = binary_margin_power(40, 0.15, disagreement, alpha=0.05, true_difference=difference)
    assert found == pytest.approx(by_enumeration(40, 0.15, better, worse), abs=1e-9)


def test_all_differing_items_lost() -> None:
    """It divided by 0; the sum of binomial probabilities is 0.8701."""
    found = binary_margin_power(200, 0.1, 0.05, alpha=0.05, true_difference=-0.05)
    assert found == pytest.approx(0.8701077662930575)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf"), 1.5, -1.001])
def test_a_true_difference_is_one_of_shares(bad: float) -> None:
    with pytest.raises(ValueError, match="difference of shares"):
        binary_margin_power(100, 0.1, 0.2, alpha=0.05, true_difference=bad)
    with pytest.raises(ValueError, match="difference of shares"):
        liu_margin_items(0.1, 0.2, power=0.8, alpha=0.05, true_difference=bad)


@pytest.mark.parametrize("bad", [0.0, 0.5, 0.6])
def test_alpha_is_one_sided(bad: float) -> None:
    for call in (
        lambda: binary_margin_power(100, 0.1, 0.2, alpha=bad),
        lambda: binary_margin_items(0.1, 0.2, power=0.8, alpha=bad),
        lambda: liu_margin_items(0.1, 0.2, power=0.8, alpha=bad),
        lambda: smallest_margin_binary(100, 0.2, power=0.8, alpha=bad),
    ):
        with pytest.raises(ValueError, match="one-sided alpha"):
            call()


def test_more_items_than_can_be_counted() -> None:
    reason = NotEstimable(not_estimable="more items than can be counted")
    assert liu_margin_items(1e-300, 0.2, power=0.8, alpha=0.05) == reason
    assert binary_margin_items(1e-300, 0.2, power=0.8, alpha=0.05) == reason
