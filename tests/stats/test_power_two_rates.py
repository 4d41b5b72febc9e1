import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport.estimates import NotEstimable
from evalreport.stats.power_binary import binary_items
from evalreport.stats.power_two_rates import (
    smallest_detectable_two_rates,
    two_rates_items,
    two_rates_power,
)

rates = st.floats(0.02, 0.98)


@given(rates, rates)
def test_items_are_the_first_with_the_power(p: float, q: float) -> None:
    if abs(p - q) < 0.02:
        return
    n = two_rates_items(p, q, power=0.8, alpha=0.05)
    assert two_rates_power(n, p, q, alpha=0.05) >= 0.8 - 1e-9
    if n > 1:
        assert two_rates_power(n - 1, p, q, alpha=0.05) < 0.8


@given(rates, rates, st.integers(5, 2_000))
def test_names_of_the_arms_and_of_success_do_not_matter(p: float, q: float, n: int) -> None:
    if abs(p - q) < 1e-9:
        return
    power = two_rates_power(n, p, q, alpha=0.05)
    assert two_rates_power(n, q, p, alpha=0.05) == pytest.approx(power)
    assert two_rates_power(n, 1 - p, 1 - q, alpha=0.05) == pytest.approx(power)
    assert two_rates_power(2 * n, p, q, alpha=0.05) >= power
    assert two_rates_power(n, p, q, alpha=0.1) >= power


@given(st.floats(0.0, 0.9), st.integers(20, 5_000))
def test_the_least_gain_has_the_power(reference: float, n: int) -> None:
    gain = smallest_detectable_two_rates(n, reference, power=0.8, alpha=0.05)
    if isinstance(gain, NotEstimable):
        assert two_rates_power(n, reference, 1.0, alpha=0.05) < 0.8
        return
    assert two_rates_power(n, reference, reference + gain, alpha=0.05) == pytest.approx(0.8)


def test_pairing_saves_most_of_the_items() -> None:
    unpaired = two_rates_items(0.70, 0.75, power=0.8, alpha=0.05)
    assert unpaired == 1251  # in each arm; with 17 % disagreement the same items in both:
    assert binary_items(0.05, 0.17, power=0.8, alpha=0.05) < 0.45 * unpaired


def test_all_wrong_against_all_right() -> None:
    assert two_rates_power(10, 0.0, 1.0, alpha=0.05) == 1
    assert two_rates_power(1, 0.0, 1.0, alpha=0.05) == 0
    assert two_rates_items(0.0, 1.0, power=0.8, alpha=0.05) == 2
