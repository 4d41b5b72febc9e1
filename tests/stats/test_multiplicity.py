from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalreport.stats.multiplicity import benjamini_hochberg, expected_maximum, holm
from tests.stats.second_opinion import adjusted, stats

p_values = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@given(p_values)
@settings(max_examples=25)
def test_agrees_with_statsmodels(p: list[float]) -> None:
    assert holm(p) == pytest.approx(adjusted(p, "holm"))
    assert benjamini_hochberg(p) == pytest.approx(adjusted(p, "fdr_bh"))


@given(p_values)
def test_never_below_the_raw_value_and_in_its_order(p: list[float]) -> None:
    strict, screen = holm(p), benjamini_hochberg(p)
    assert all(1 >= a >= b >= raw for a, b, raw in zip(strict, screen, p, strict=True))
    order = sorted(range(len(p)), key=lambda k: p[k])
    assert [strict[k] for k in order] == sorted(strict)
    assert [screen[k] for k in order] == sorted(screen)


def test_holms_steps() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))


def test_one_test_is_not_corrected_and_none_is_none() -> None:
    assert holm([0.03]) == (0.03,)
    assert benjamini_hochberg([0.03]) == (0.03,)
    assert holm([]) == benjamini_hochberg([]) == ()


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan")])
def test_no_p_value(p: float) -> None:
    for function in (holm, benjamini_hochberg):
        with pytest.raises(ValueError, match="p-value"):
            function([0.1, p])


@given(p_values, st.randoms(use_true_random=False))
def test_order_does_not_matter_and_more_tests_cost_more(p: list[float], random: Random) -> None:
    order = random.sample(range(len(p)), len(p))
    for function in (holm, benjamini_hochberg):
        plain, shuffled = function(p), function([p[k] for k in order])
        assert shuffled == pytest.approx([plain[k] for k in order])
        assert all(a >= b for a, b in zip(function([*p, 1.0]), plain, strict=False))


def test_no_number_is_no_p_value() -> None:
    for function in (holm, benjamini_hochberg):
        for bad in (None, "0.1"):
            with pytest.raises(ValueError, match="p-value"):
                function([0.1, bad])  # type: ignore[list-item]  # that is the point


@pytest.mark.parametrize("count", [2, 1000, 10**10, 10**15, 2**53])
def test_the_expected_maximum_of_many(count: int) -> None:
    """Tippett's other form: the integral of P(max > x), less that of P(max < -x)."""
    x = np.linspace(0, 14, 280_001)
    above, below = stats.norm.logcdf(x), stats.norm.logcdf(-x)
    curve = -np.expm1(count * above) - np.exp(count * below)
    expected = float((curve[1:] + curve[:-1]).sum() / 2 * (x[1] - x[0]))
    assert expected_maximum(count) == pytest.approx(expected, abs=1e-7)


def test_there_is_no_best_of_more_than_can_be_counted() -> None:
    for bad in (10**17, 10**400):
        with pytest.raises(ValueError, match="count"):
            expected_maximum(bad)
