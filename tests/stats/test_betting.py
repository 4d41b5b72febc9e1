"""Betting intervals: they hold what they promise, by enumeration, and depend on no order."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import ArrayLike

from evalreport.estimates import Estimate
from evalreport.stats.betting import betting_interval, betting_interval_in_clusters
from evalreport.stats.bounded_mean import empirical_bernstein
from evalreport.stats.clusters import cluster_mean
from tests.stats.second_opinion import stats

scores = arrays(np.float64, st.integers(1, 40), elements=st.floats(-1, 1, width=16))


def ends(found: object) -> tuple[float, float]:
    assert isinstance(found, Estimate)
    return found.low, found.high


def items(x: ArrayLike, level: float = 0.95) -> tuple[float, float]:
    return ends(betting_interval(x, bounds=(-1, 1), level=level))


def clustered(
    x: ArrayLike, clusters: ArrayLike, *, largest: int | None = None, level: float = 0.95
) -> tuple[float, float]:
    return ends(
        betting_interval_in_clusters(x, clusters, bounds=(-1, 1), level=level, largest=largest)
    )


@given(scores, st.randoms(use_true_random=False))
def test_order_does_not_matter(x: np.ndarray, random: object) -> None:
    assert items(np.random.default_rng(3).permutation(x)) == pytest.approx(items(x), abs=1e-12)


@given(scores)
def test_swapping_the_arms_swaps_the_signs(x: np.ndarray) -> None:
    low, high = items(x)
    assert items(-x) == pytest.approx((-high, -low), abs=1e-9)


@given(scores)
def test_holds_the_mean_has_width_and_grows_with_the_level(x: np.ndarray) -> None:
    low, high = items(x)
    assert -1 <= low <= x.mean() <= high <= 1
    assert low < high
    wider = items(x, 0.99)
    assert wider[0] <= low + 1e-12
    assert high <= wider[1] + 1e-12


@given(scores, st.floats(0.1, 50), st.floats(-9, 9))
def test_units_do_not_matter(x: np.ndarray, scale: float, shift: float) -> None:
    found = ends(
        betting_interval(x * scale + shift, bounds=(shift - scale, shift + scale), level=0.95)
    )
    low, high = items(x)
    assert found == pytest.approx((low * scale + shift, high * scale + shift), abs=1e-7 * scale)


@given(scores)
def test_a_cluster_each_is_no_clusters(x: np.ndarray) -> None:
    assert clustered(x, np.arange(len(x))) == pytest.approx(items(x), abs=1e-12)


@given(st.integers(0, 10_000), st.integers(2, 5))
def test_copies_of_items_do_not_narrow(seed: int, copies: int) -> None:
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 12, size=40)
    x = rng.uniform(-1, 1, size=40)
    once, often = clustered(x, codes), clustered(np.tile(x, copies), np.tile(codes, copies))
    assert often == pytest.approx(once, abs=1e-9)
    order = rng.permutation(40)
    named = clustered(x[order], [f"passage {code}" for code in codes[order]])
    assert named == pytest.approx(once, abs=1e-9)


def test_a_larger_largest_widens() -> None:
    x, codes = np.random.default_rng(1).uniform(-1, 1, size=60), np.arange(60) // 3
    seen, known = clustered(x, codes), clustered(x, codes, largest=9)
    assert known[0] < seen[0] < seen[1] < known[1]


@pytest.mark.parametrize("n", [1, 2, 5, 20, 60])
def test_each_end_holds_by_enumeration_where_skewness_is_worst(n: int) -> None:
    found = np.array([ends(betting_interval([1.0] * k + [0.0] * (n - k), bounds=(0, 1), level=0.9))
                      for k in range(n + 1)])  # fmt: skip
    for rate in np.concatenate((np.geomspace(0.1 / n, 0.5, 40), [0.7, 0.9, 0.99])):
        chances = stats.binom.pmf(np.arange(n + 1), n, rate)
        assert chances[found[:, 0] > rate].sum() <= 0.05
        assert chances[found[:, 1] < rate].sum() <= 0.05


def test_each_end_holds_for_items_that_are_not_alike() -> None:
    # Twelve items that succeed in 5 % and eight that do in 80 %: the mean rate is 0.35.
    n, m, rate = 12, 8, (12 * 0.05 + 8 * 0.8) / 20
    missed = np.zeros(2)
    for j, k in itertools.product(range(n + 1), range(m + 1)):
        chance = stats.binom.pmf(j, n, 0.05) * stats.binom.pmf(k, m, 0.8)
        low, high = ends(
            betting_interval([1.0] * (j + k) + [0.0] * (20 - j - k), bounds=(0, 1), level=0.9)
        )
        missed += chance * np.array([low > rate, high < rate])
    assert missed.max() <= 0.05


def test_each_end_holds_for_clusters_whose_size_goes_with_their_score() -> None:
    # Ten clusters: large ones lose, small ones do not; every composition is enumerated.
    kinds, chances = ((6, -1.0), (1, 0.0), (2, 1.0)), (0.15, 0.8, 0.05)
    size = sum(p * n for (n, _), p in zip(kinds, chances, strict=True))
    mean = sum(p * n * v for (n, v), p in zip(kinds, chances, strict=True)) / size
    missed, unaware = np.zeros(2), np.zeros(2)
    for a, b in itertools.product(range(11), range(11)):
        if a + b > 10:
            continue
        counts = (a, b, 10 - a - b)
        drawn = [kind for kind, k in zip(kinds, counts, strict=True) for _ in range(k)]
        x = np.concatenate([np.full(n, v) for n, v in drawn])
        codes = np.repeat(np.arange(10), [n for n, _ in drawn])
        chance = stats.multinomial.pmf(counts, 10, chances)
        low, high = clustered(x, codes, largest=6, level=0.9)
        missed += chance * np.array([low > mean, high < mean])
        low, high = clustered(x, codes, level=0.9)
        unaware += chance * np.array([low > mean, high < mean])
    assert missed.max() <= 0.05
    # Where no large cluster is drawn, the sizes seen do not say that there are any.
    assert unaware.max() == pytest.approx(0.85**10, abs=0.01)


def test_each_end_holds_given_the_sizes() -> None:
    # Two clusters of six that succeed in 20 %, eight of one or two that do in 90 %, all or nothing.
    sizes = np.array([6, 6, 1, 1, 1, 1, 2, 2, 2, 2])
    rates = np.where(sizes == 6, 0.2, 0.9)
    mean = float((sizes * rates).sum() / sizes.sum())
    missed = np.zeros(2)
    for six, one, two in itertools.product(range(3), range(5), range(5)):
        chance = (
            stats.binom.pmf(six, 2, 0.2)
            * stats.binom.pmf(one, 4, 0.9)
            * stats.binom.pmf(two, 4, 0.9)
        )
        won = np.array([1.0] * six + [0.0] * (2 - six) + [1.0] * one + [0.0] * (4 - one)
                       + [1.0] * two + [0.0] * (4 - two))  # fmt: skip
        found = betting_interval_in_clusters(
            np.repeat(won, sizes), np.repeat(np.arange(10), sizes), bounds=(0, 1), level=0.9
        )
        low, high = ends(found)
        missed += chance * np.array([low > mean, high < mean])
    assert missed.max() <= 0.05


def departing(seed: int, groups: int, away: int) -> tuple[np.ndarray, np.ndarray]:
    """Clusters of 3 to 11 items and one of 26, all at -1 but for a few that lie about 0."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(3, 12, size=groups)
    sizes[0] = 26
    codes = np.repeat(np.arange(groups), sizes)
    x = np.full(len(codes), -1.0)
    moved = np.isin(codes, rng.choice(np.arange(1, groups), size=away, replace=False))
    x[moved] = rng.integers(-1, 2, size=int(moved.sum()))
    return x, codes


@pytest.mark.parametrize("seed", range(3))
def test_three_departing_clusters_of_44(seed: int) -> None:
    x, codes = departing(seed, 44, 3)
    low, high = clustered(x, codes)
    share = ends(cluster_mean(x, codes, bounds=(-1, 1), level=0.95))
    assert high - low < 0.6 * (share[1] - share[0])
    assert high < -0.2  # the share's bound lies above 0.2
    assert share[1] > 0.2


@pytest.mark.parametrize("n", [30, 100, 1000])
def test_is_far_narrower_than_bernstein_and_never_zero(n: int) -> None:
    x = np.zeros(n)
    x[:3] = -1
    for values in (x, np.zeros(n), np.sin(np.arange(n)) / 3):
        low, high = items(values)
        wide = ends(empirical_bernstein(values, bounds=(-1, 1), level=0.95))
        assert 0 < high - low < 0.75 * (wide[1] - wide[0])


def test_many_items_are_close_to_the_best_fixed_stake() -> None:
    # Hoeffding and the law of the iterated logarithm aside, sqrt(2 v log(40) / n) is the best.
    x = np.random.default_rng(5).choice([-0.5, 0.5], size=20_000)
    low, high = items(x)
    assert (high - low) / 2 == pytest.approx(math.sqrt(2 * 0.25 * math.log(40) / 20_000), rel=0.35)


def test_a_cluster_above_the_largest_is_an_error() -> None:
    with pytest.raises(ValueError, match="largest"):
        clustered([0.0] * 4, [1, 1, 1, 2], largest=2)


@pytest.mark.parametrize("bounds", [(-1e308, 1e308), (-1e101, 0.0)])
def test_no_certainty_from_bounds_whose_span_overflows(bounds: tuple[float, float]) -> None:
    """The scores all became 0, and the interval had no width."""
    with pytest.raises(ValueError, match="bounds must lie within"):
        betting_interval([0.1, 0.5, 0.9] * 10, bounds=bounds, level=0.95)
