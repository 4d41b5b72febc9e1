import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalreport.stats.power_binary import binary_power
from evalreport.stats.power_signs import (
    sign_test_items,
    sign_test_power,
    smallest_detectable_win_rate,
)


@given(st.integers(0, 300), st.floats(0.51, 1))
def test_is_mcnemar_where_every_item_differs(pairs: int, rate: float) -> None:
    assert sign_test_power(pairs, rate, alpha=0.05) == binary_power(
        pairs, 2 * rate - 1, 1, alpha=0.05
    )


@given(st.floats(0.55, 1))
@settings(max_examples=30)
def test_pairs_have_the_power_and_so_does_every_larger_number(rate: float) -> None:
    pairs = sign_test_items(rate, power=0.8, alpha=0.05)
    assert pairs >= 6
    assert sign_test_power(pairs - 1, rate, alpha=0.05) < 0.8
    assert all(sign_test_power(n, rate, alpha=0.05) >= 0.8 for n in range(pairs, pairs + 40))


@given(st.integers(6, 300))
@settings(max_examples=30)
def test_the_least_win_rate_has_the_power(pairs: int) -> None:
    rate = smallest_detectable_win_rate(pairs, power=0.8, alpha=0.05)
    assert isinstance(rate, float)
    assert sign_test_power(pairs, min(1, rate + 1e-5), alpha=0.05) >= 0.8
    assert sign_test_power(pairs, rate - 1e-5, alpha=0.05) < 0.8


@given(st.integers(6, 300), st.floats(0.51, 0.95))
def test_power_grows_with_the_win_rate(pairs: int, rate: float) -> None:
    assert sign_test_power(pairs, rate, alpha=0.05) <= sign_test_power(
        pairs, rate + 0.03, alpha=0.05
    )


@pytest.mark.parametrize("bad", [0.5, 0.4, 1.01, float("nan")])
def test_a_win_rate_is_above_a_half(bad: float) -> None:
    with pytest.raises(ValueError, match="win rate"):
        sign_test_items(bad, power=0.8, alpha=0.05)
    with pytest.raises(ValueError, match="win rate"):
        sign_test_power(10, bad, alpha=0.05)
