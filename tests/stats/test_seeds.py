import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport.estimates import Estimate, NotEstimable, Point, Tested
from evalreport.stats.arguments import FloatArray
from evalreport.stats.seeds import (
    across_recipes,
    across_recipes_test,
    across_seeds,
    seed_means,
)
from tests.stats.second_opinion import cochran, widened_by_root


def runs(seed: int, seeds: int, n: int, *, between: float, items: float = 0.3) -> np.ndarray:
    """Differences with a true mean of 0.1, shared item effects and one effect a seed."""
    rng = np.random.default_rng(seed)
    shared = rng.normal(0.1, items, size=n)
    return shared + rng.normal(0, between, size=(seeds, 1)) + rng.normal(0, 0.05, size=(seeds, n))


def test_is_the_formula() -> None:
    d = runs(0, 4, 60, between=0.05)
    found = across_seeds(d, None, level=0.95)
    assert isinstance(found, Estimate)
    items, means = d.mean(axis=0), d.mean(axis=1)
    parts = items.var(ddof=1) / 60, means.var(ddof=1) / 4
    se = math.sqrt(sum(parts))
    df = cochran(parts[0], 59, parts[1], 3)
    skew = ((items - items.mean()) ** 3).sum() / 60**3 / (1 - 1 / 60) ** 1.5 / se**3
    expected = widened_by_root(float(d.mean()), se, df, float(skew), 0.95)
    assert (found.value, found.low, found.high) == pytest.approx((d.mean(), *expected))


def test_three_seeds_pay_4_30_where_the_seeds_decide_and_2_01_where_the_items_do() -> None:
    for between, quantile in ((2.0, 4.30), (0.0, 2.01)):
        d = runs(1, 3, 50, between=between)
        found = across_seeds(d, None, level=0.95)
        assert isinstance(found, Estimate)
        se = math.hypot(
            d.mean(axis=0).std(ddof=1) / math.sqrt(50), d.mean(axis=1).std(ddof=1) / math.sqrt(3)
        )
        assert (found.high - found.low) / 2 / se == pytest.approx(quantile, rel=0.03)


def test_two_seeds_give_a_range_only() -> None:
    d = runs(2, 2, 50, between=0.1)
    found = across_seeds(d, None, level=0.95)
    assert found == Point(
        value=float(d.mean()), no_interval="two seeds give a range, not an interval"
    )
    assert seed_means(d) == pytest.approx(tuple(d.mean(axis=1)))


def test_one_seed_is_refused() -> None:
    with pytest.raises(ValueError, match="paired"):
        across_seeds(runs(3, 1, 50, between=0.1), None, level=0.95)


@pytest.mark.parametrize("between", [0.0, 0.05, 0.3])
def test_covers(between: float) -> None:
    covered = []
    for seed in range(300):
        found = across_seeds(runs(seed, 4, 40, between=between), None, level=0.95)
        assert isinstance(found, Estimate)
        covered.append(found.low <= 0.1 <= found.high)
    assert np.mean(covered) > 0.92


def test_clusters_count() -> None:
    d = np.repeat(runs(4, 3, 20, between=0.0), 5, axis=1)
    naive = across_seeds(d, None, level=0.95)
    honest = across_seeds(d, np.repeat(np.arange(20), 5), level=0.95)
    assert isinstance(naive, Estimate)
    assert isinstance(honest, Estimate)
    assert honest.high - honest.low > 1.8 * (naive.high - naive.low)


def test_order_of_seeds_and_items_does_not_matter() -> None:
    d = runs(5, 4, 30, between=0.1)
    one, other = across_seeds(d, None, level=0.95), across_seeds(d[::-1, ::-1], None, level=0.95)
    assert isinstance(one, Estimate)
    assert isinstance(other, Estimate)
    assert (one.low, one.high) == pytest.approx((other.low, other.high))


def test_degenerate_input() -> None:
    assert across_seeds(np.zeros((3, 0)), None, level=0.95) == NotEstimable(
        not_estimable="no items"
    )
    nothing = across_seeds(np.zeros((3, 50)), None, level=0.95)
    assert nothing == Point(value=0, no_interval="no items differ")
    constant = across_seeds(np.full((3, 50), 0.25), None, level=0.95)
    assert constant == Point(value=0.25, no_interval="no items differ")
    nine = across_seeds(runs(6, 3, 9, between=0.1), None, level=0.95)
    assert isinstance(nine, Point)
    grouped = across_seeds(runs(6, 3, 20, between=0.1), np.arange(20) % 2, level=0.95)
    assert isinstance(grouped, Point)
    assert grouped.no_interval == "only 2 groups"
    with pytest.raises(ValueError, match="NaN"):
        across_seeds(np.full((3, 20), math.nan), None, level=0.95)
    with pytest.raises(ValueError, match="dimensions"):
        across_seeds(np.zeros(20), None, level=0.95)
    with pytest.raises(ValueError, match="without items"):
        seed_means(np.zeros((2, 0)))


@given(st.integers(0, 10_000), st.floats(0.5, 0.99), st.floats(0.5, 0.99))
def test_order_level_and_names_of_clusters(seed: int, one: float, other: float) -> None:
    d = runs(seed, 4, 48, between=0.1)
    low, high = sorted((one, other))
    codes, rng = np.arange(48) // 4, np.random.default_rng(seed)
    narrow, wide = (across_seeds(d, codes, level=level) for level in (low, high))
    assert isinstance(narrow, Estimate)
    assert isinstance(wide, Estimate)
    assert wide.low <= narrow.low + 1e-12
    assert wide.high >= narrow.high - 1e-12
    items, seeds = rng.permutation(48), rng.permutation(4)
    names = np.array([f"passage {code}" for code in codes])[items]
    shuffled = across_seeds(d[seeds][:, items], names, level=low)
    assert isinstance(shuffled, Estimate)
    assert (shuffled.low, shuffled.high) == pytest.approx((narrow.low, narrow.high))


@given(st.integers(0, 10_000))
def test_copies_of_items_in_clusters_do_not_narrow(seed: int) -> None:
    d = runs(seed, 3, 30, between=0.1)
    once = across_seeds(d, None, level=0.95)
    often = across_seeds(np.tile(d, 3), np.tile(np.arange(30), 3), level=0.95)
    assert isinstance(once, Estimate)
    assert isinstance(often, Estimate)
    assert (once.low, once.high) == pytest.approx((often.low, often.high))


@pytest.mark.parametrize("scale", [1e-180, 1e95])
def test_the_unit_of_a_score_does_not_matter(scale: float) -> None:
    d = runs(0, 4, 60, between=0.05)
    plain, scaled = across_seeds(d, None, level=0.95), across_seeds(d * scale, None, level=0.95)
    assert isinstance(plain, Estimate)
    assert isinstance(scaled, Estimate)
    assert (scaled.low / scale, scaled.high / scale) == pytest.approx((plain.low, plain.high))


def _recipes(
    rng: np.random.Generator, runs: tuple[int, int], spread: float
) -> tuple[FloatArray, FloatArray]:
    """Two recipes that are as good, on 60 items; their runs differ by `spread`."""
    items = rng.normal(0, 1, 60)
    one, other = (items + rng.normal(0, spread, (k, 1)) + rng.normal(0, 0.5, (k, 60)) for k in runs)
    return one, other


@pytest.mark.parametrize(("runs", "spread"), [((3, 3), 0.1), ((3, 5), 0.5), ((4, 3), 0.0)])
def test_two_recipes_that_are_as_good_are_seldom_told_apart(
    runs: tuple[int, int], spread: float
) -> None:
    rng = np.random.default_rng(41)
    missed = rejected = 0
    for _ in range(300):
        a, b = _recipes(rng, runs, spread)
        found, test = across_recipes(a, b, None, level=0.95), across_recipes_test(a, b, None)
        assert isinstance(found, Estimate)
        assert isinstance(test, Tested)
        missed += found.excludes(0)
        rejected += test.p_value < 0.05
    assert missed <= 25  # 5 % of 300, and chance
    assert rejected <= 25


def test_the_order_of_runs_and_their_pairing_mean_nothing() -> None:
    a, b = _recipes(np.random.default_rng(3), (3, 4), 0.3)
    found = across_recipes(a, b, None, level=0.95)
    turned = across_recipes(a[::-1], b[[2, 0, 3, 1]], None, level=0.95)
    back = across_recipes(b, a, None, level=0.95)
    assert isinstance(found, Estimate)
    assert isinstance(turned, Estimate)
    assert isinstance(back, Estimate)
    assert (turned.low, turned.high) == pytest.approx((found.low, found.high))
    assert (-back.high, -back.low) == pytest.approx((found.low, found.high))


def test_two_runs_of_a_recipe_do_not_tell_how_far_they_lie_apart() -> None:
    a, b = _recipes(np.random.default_rng(3), (2, 4), 0.3)
    found = across_recipes(a, b, None, level=0.95)
    assert isinstance(found, Point)
    assert found.no_interval == "two runs give a range, not an interval"
