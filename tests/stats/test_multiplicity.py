from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalreport.stats.multiplicity import benjamini_hochberg, holm
from tests.stats.second_opinion import adjusted

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
