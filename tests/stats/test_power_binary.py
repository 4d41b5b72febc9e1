import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalreport.estimates import NotEstimable
from evalreport.stats.power_binary import (
    binary_items,
    binary_power,
    connor_items,
    smallest_detectable_binary,
)
from tests.stats.second_opinion import exact_power


@given(st.integers(0, 1500), st.floats(0.01, 1), st.floats(0.01, 1))
@settings(max_examples=60)
def test_power_agrees_with_full_enumeration(n: int, psi: float, share: float) -> None:
    effect = psi * share
    expected = exact_power(n, psi, effect, 0.05)
    assert binary_power(n, effect, psi, alpha=0.05) == pytest.approx(expected, abs=1e-9)


def test_published_planning_values() -> None:
    assert connor_items(0.1, 0.9, power=0.8, alpha=0.05) == 705
    assert binary_items(0.1, 0.9, power=0.8, alpha=0.05) == 723
    assert binary_power(100, 0.05, 0.10, alpha=0.05) == pytest.approx(0.241, abs=5e-4)


@pytest.mark.parametrize(
    ("win_rate", "pairs"), [(0.60, 210), (0.65, 97), (0.70, 54), (0.75, 35), (0.80, 23)]
)
def test_decisive_judge_pairs(win_rate: float, pairs: int) -> None:
    effect = 2 * win_rate - 1
    assert binary_items(effect, 1, power=0.8, alpha=0.05) == pairs
    assert binary_power(pairs - 1, effect, 1, alpha=0.05) < 0.8
    assert all(binary_power(n, effect, 1, alpha=0.05) >= 0.8 for n in range(pairs, pairs + 60))


@given(st.integers(10, 800), st.sampled_from([0.08, 0.17, 0.33, 1.0]))
@settings(max_examples=30)
def test_smallest_detectable_is_where_the_power_is(n: int, psi: float) -> None:
    found = smallest_detectable_binary(n, psi, power=0.8, alpha=0.05)
    assert isinstance(found, float)
    assert binary_power(n, min(1, found + 1e-5), psi, alpha=0.05) >= 0.8
    assert binary_power(n, found - 1e-5, psi, alpha=0.05) < 0.8


@given(st.floats(0.02, 0.9), st.floats(0.02, 1))
@settings(max_examples=30)
def test_items_and_smallest_detectable_are_each_others_inverse(effect: float, psi: float) -> None:
    n = binary_items(effect, psi, power=0.8, alpha=0.05)
    assert n >= 6
    found = smallest_detectable_binary(n, psi, power=0.8, alpha=0.05)
    assert isinstance(found, float)
    assert found <= effect + 1e-5
    # exact tests need a little more than Connor's normal formula, never an order more
    assert n <= 1.3 * connor_items(effect, psi, power=0.8, alpha=0.05) + 12


@given(st.integers(30, 500), st.floats(0.05, 0.6), st.floats(0.01, 0.9))
@settings(max_examples=30)
def test_power_grows_with_the_effect(n: int, psi: float, share: float) -> None:
    smaller, larger = psi * share, psi * min(1, share * 1.1)
    assert (
        binary_power(n, smaller, psi, alpha=0.05)
        <= binary_power(n, larger, psi, alpha=0.05) + 1e-12
    )


@given(st.floats(0.01, 0.9), st.floats(0.01, 1), st.floats(0.5, 0.98))
def test_connors_formula_grows_with_disagreement_and_power(
    effect: float, psi: float, power: float
) -> None:
    items = connor_items(effect, psi, power=power, alpha=0.05)
    assert items <= connor_items(effect, min(1.0, 1.2 * psi), power=power, alpha=0.05)
    assert items <= connor_items(effect, psi, power=power + 0.01, alpha=0.05)
    assert items <= connor_items(effect, psi, power=power, alpha=0.01)


def test_an_effect_needs_as_much_disagreement() -> None:
    assert binary_power(40, 0.3, 0.17, alpha=0.05) == binary_power(40, 0.3, 0.3, alpha=0.05)
    assert connor_items(0.3, 0.17, power=0.8, alpha=0.05) == connor_items(
        0.3, 0.3, power=0.8, alpha=0.05
    )


def test_fewer_than_six_items_never_reach_significance() -> None:
    assert isinstance(smallest_detectable_binary(5, 1, power=0.8, alpha=0.05), NotEstimable)
    assert isinstance(smallest_detectable_binary(0, 0.2, power=0.8, alpha=0.05), NotEstimable)
    assert isinstance(smallest_detectable_binary(6, 1, power=0.8, alpha=0.05), float)
    assert binary_power(5, 1, 1, alpha=0.05) == 0
    assert binary_power(6, 1, 1, alpha=0.05) == 1
    assert binary_items(1, 1, power=0.8, alpha=0.05) == 6


def test_large_plans_are_quick() -> None:
    seconds = []
    for call in (
        lambda: smallest_detectable_binary(10_000, 0.17, power=0.8, alpha=0.05),
        lambda: binary_items(0.012, 0.17, power=0.8, alpha=0.05),
        lambda: binary_items(0.002, 0.33, power=0.8, alpha=0.05),
    ):
        start = time.process_time()
        call()
        seconds.append(time.process_time() - start)
    assert max(seconds) < 0.2  # 15 ms, 30 ms and 15 ms on an idle core


@pytest.mark.parametrize("bad", [0.0, -0.1, 1.1, float("nan")])
def test_bad_input(bad: float) -> None:
    for call in (
        lambda: connor_items(bad, 0.2, power=0.8, alpha=0.05),
        lambda: binary_power(10, 0.1, bad, alpha=0.05),
        lambda: smallest_detectable_binary(10, bad, power=0.8, alpha=0.05),
        lambda: binary_items(0.1, 0.2, power=bad, alpha=0.05),
        lambda: binary_items(0.1, 0.2, power=0.8, alpha=bad),
    ):
        with pytest.raises(ValueError):
            call()
    with pytest.raises(ValueError):
        binary_power(-1, 0.1, 0.2, alpha=0.05)
