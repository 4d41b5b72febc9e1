import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalreport.estimates import Estimate, NotEstimable
from evalreport.stats.clusters import cluster_mean
from evalreport.stats.power_mean import (
    Grouping,
    design_effect_of,
    mean_items,
    mean_margin_items,
    mean_margin_power,
    mean_power,
    smallest_detectable_mean,
    smallest_margin_mean,
)
from evalreport.stats.quantiles import normal_quantile
from tests.stats.second_opinion import t_items, t_power

Z_SUM = normal_quantile(0.975) + normal_quantile(0.8)


@given(st.integers(3, 3_000), st.floats(0.05, 6))
@settings(max_examples=40)
def test_power_is_the_noncentral_t(n: int, shift: float) -> None:
    effect = shift / math.sqrt(n)
    found = mean_power(n, effect, 1, alpha=0.05)
    assert found == pytest.approx(t_power(effect, n, 0.05), abs=1e-6)


def test_power_is_continuous_where_the_normal_takes_over() -> None:
    below, above = (mean_power(n, 0.02, 1, alpha=0.05) for n in (10_000, 10_003))
    assert isinstance(below, float)
    assert above == pytest.approx(below, abs=1e-3)


@pytest.mark.parametrize(
    ("effect", "items"), [(0.10, 102), (0.05, 407), (0.03, 1131), (0.02, 2544)]
)
def test_published_items_are_the_normal_limit(effect: float, items: int) -> None:
    assert math.ceil((Z_SUM * 0.36 / effect) ** 2) == items
    # what t needs: two items more, one where rounding took the other
    assert items < mean_items(effect, 0.36, power=0.8, alpha=0.05) <= items + 2


@pytest.mark.parametrize(
    ("disagreement", "items"), [(0.05, 773), (0.10, 1546), (0.20, 3092), (0.30, 4637)]
)
def test_published_margins_are_the_normal_limit(disagreement: float, items: int) -> None:
    found = mean_margin_items(0.02, math.sqrt(disagreement), power=0.8, alpha=0.05)
    assert isinstance(found, int)
    assert items < found <= items + 2


@pytest.mark.parametrize("effect", [2, 1, 0.8, 0.5, 0.2, 0.1])
def test_items_agree_with_statsmodels(effect: float) -> None:
    assert mean_items(effect, 1, power=0.8, alpha=0.05) == math.ceil(t_items(effect, 0.8, 0.05))


@given(st.integers(3, 20_000), st.floats(0.05, 1))
@settings(max_examples=30)
def test_smallest_detectable_has_the_power(n: int, sd: float) -> None:
    found = smallest_detectable_mean(n, sd, power=0.8, alpha=0.05)
    assert isinstance(found, float)
    assert mean_power(n, found, sd, alpha=0.05) == pytest.approx(0.8, abs=2e-5)
    if found / sd < 2:
        assert mean_items(found * 1.00001, sd, power=0.8, alpha=0.05) <= n


def test_more_items_see_smaller_effects() -> None:
    found = [smallest_detectable_mean(n, 0.36, power=0.8, alpha=0.05) for n in (10, 40, 300, 5_000)]
    assert found == sorted(found, key=lambda value: -value if isinstance(value, float) else 0)
    assert found[2] == pytest.approx(0.0584, abs=5e-5)


@given(st.floats(0.02, 0.9), st.sampled_from([1.0, 4.0]), st.floats(-0.01, 0.05))
@settings(max_examples=30)
def test_items_for_a_margin_have_the_power(margin: float, size: float, true: float) -> None:
    grouping = Grouping(size=size, design_effect=design_effect_of(size, 0.2))
    items = mean_margin_items(
        margin, 0.36, power=0.8, alpha=0.05, true_difference=true, grouping=grouping
    )
    assert isinstance(items, int)

    def power(n: int) -> float:
        found = mean_margin_power(
            n, margin, 0.36, alpha=0.05, true_difference=true, grouping=grouping
        )
        return found if isinstance(found, float) else 0.0

    assert power(items) >= 0.8
    assert power(items - int(size)) < 0.8
    assert power(items) <= power(4 * items)


@given(st.floats(1, 500), st.floats(0, 1), st.floats(0, 1))
def test_the_design_effect_lies_between_one_and_the_size(
    size: float, one: float, two: float
) -> None:
    low, high = sorted((one, two))
    assert 1 <= design_effect_of(size, low) <= design_effect_of(size, high) <= size + 1e-9


def test_clusters_cost_their_design_effect() -> None:
    grouping = Grouping(size=5, design_effect=design_effect_of(5, 0.3))
    assert grouping.design_effect == pytest.approx(2.2)
    alone = mean_items(0.02, 0.36, power=0.8, alpha=0.05)
    grouped = mean_items(0.02, 0.36, power=0.8, alpha=0.05, grouping=grouping)
    assert grouped % 5 == 0
    assert grouped == pytest.approx(2.2 * alone, rel=0.01)
    few = smallest_detectable_mean(30, 0.36, power=0.8, alpha=0.05, grouping=grouping)
    many = smallest_detectable_mean(3000, 0.36, power=0.8, alpha=0.05, grouping=grouping)
    assert isinstance(few, float)
    assert isinstance(many, float)
    assert few > 11 * many  # 10 from the items, the rest from t with 5 degrees of freedom


def test_larger_clusters_do_not_help_for_ever() -> None:
    # with 20 clusters the error stays above SD sqrt(icc / G), however many items each has
    sds = []
    for size in (1, 10, 100, 10_000):
        grouping = Grouping(size, design_effect_of(size, 0.2))
        found = smallest_detectable_mean(20 * size, 0.36, power=0.8, alpha=0.05, grouping=grouping)
        assert isinstance(found, float)
        sds.append(found)
    assert sds == sorted(sds, reverse=True)
    floor = 0.36 * math.sqrt(0.2 / 20)
    assert sds[-1] > 2.9 * floor
    assert sds[-1] == pytest.approx(sds[-2], rel=0.02)


def test_foretold_power_is_what_the_analysis_has() -> None:
    rng, hits = np.random.default_rng(0), []
    grouping = Grouping(size=6, design_effect=design_effect_of(6, 0.3))
    effect = smallest_detectable_mean(72, 1, power=0.8, alpha=0.05, grouping=grouping.widened(72))
    assert isinstance(effect, float)
    codes = np.repeat(np.arange(12), 6)
    for _ in range(500):
        x = math.sqrt(0.3) * rng.normal(size=12)[codes] + math.sqrt(0.7) * rng.normal(size=72)
        found = cluster_mean(x + effect, codes, level=0.95)
        assert isinstance(found, Estimate)
        hits.append(found.low > 0)
    assert np.mean(hits) == pytest.approx(0.8, abs=0.05)


def test_margin_and_its_items_are_each_others_inverse() -> None:
    margin = smallest_margin_mean(500, 0.36, power=0.8, alpha=0.05)
    assert isinstance(margin, float)
    assert mean_margin_items(margin * 1.00001, 0.36, power=0.8, alpha=0.05) == 500
    assert isinstance(
        mean_margin_items(0.02, 0.3, power=0.8, alpha=0.05, true_difference=-0.02), NotEstimable
    )


def test_too_few_for_an_error() -> None:
    for n in (0, 1):
        assert isinstance(smallest_detectable_mean(n, 1, power=0.8, alpha=0.05), NotEstimable)
        assert isinstance(mean_power(n, 0.1, 1, alpha=0.05), NotEstimable)
        assert isinstance(smallest_margin_mean(n, 1, power=0.8, alpha=0.05), NotEstimable)
    one = smallest_detectable_mean(9, 1, power=0.8, alpha=0.05, grouping=Grouping(8, 2))
    assert one == NotEstimable(not_estimable="only 1 group")


@pytest.mark.parametrize("bad", [0.0, -1.0, math.inf, math.nan])
def test_bad_input(bad: float) -> None:
    for call in (
        lambda: mean_items(bad, 1, power=0.8, alpha=0.05),
        lambda: mean_items(0.1, bad, power=0.8, alpha=0.05),
        lambda: mean_power(10, bad, 1, alpha=0.05),
        lambda: smallest_detectable_mean(10, bad, power=0.8, alpha=0.05),
        lambda: smallest_detectable_mean(10, 1, power=bad, alpha=0.05),
        lambda: mean_margin_items(bad, 1, power=0.8, alpha=0.05),
        lambda: Grouping(bad, 1),
        lambda: Grouping(2, bad),
        lambda: design_effect_of(bad, 0.1),
    ):
        with pytest.raises(ValueError):
            call()
    with pytest.raises(ValueError):
        design_effect_of(2, 1.5)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_true_difference_is_finite(bad: float) -> None:
    with pytest.raises(ValueError, match="must be finite"):
        mean_margin_power(100, 0.02, 0.3, alpha=0.05, true_difference=bad)
    with pytest.raises(ValueError, match="must be finite"):
        mean_margin_items(0.02, 0.3, power=0.8, alpha=0.05, true_difference=bad)


def test_a_margin_has_a_one_sided_alpha() -> None:
    for call in (
        lambda: mean_margin_power(100, 0.02, 0.3, alpha=0.6),
        lambda: mean_margin_items(0.02, 0.3, power=0.8, alpha=0.5),
        lambda: smallest_margin_mean(100, 0.3, power=0.8, alpha=0.5),
    ):
        with pytest.raises(ValueError, match="one-sided alpha"):
            call()


@pytest.mark.parametrize("sd", [0.3, 1e200])
def test_an_effect_that_no_number_of_items_shows(sd: float) -> None:
    with pytest.raises(ValueError, match="too small"):
        mean_items(1e-300, sd, power=0.8, alpha=0.05)
    with pytest.raises(ValueError, match="too small"):
        mean_margin_items(1e-300, sd, power=0.8, alpha=0.05)
