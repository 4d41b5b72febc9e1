import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport.estimates import Estimate, NotEstimable, Point
from evalreport.stats.clusters import cluster_mean, design_effect
from evalreport.stats.paired_mean import paired_difference
from evalreport.stats.spread import spread_of
from tests.stats.second_opinion import clustered_ols, cr2_by_matrices, stats, widened_by_root


def clustered(
    seed: int, groups: int, *, icc: float = 0.3, fewest: int = 1, most: int = 12
) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(groups), rng.integers(fewest, most + 1, size=groups))
    shared = rng.normal(size=groups)[codes]
    return math.sqrt(icc) * shared + math.sqrt(1 - icc) * rng.normal(size=len(codes)), codes


def interval(x: np.ndarray, codes: object, level: float = 0.95) -> Estimate:
    found = cluster_mean(x, codes, level=level)  # type: ignore[arg-type]  # texts, lists, arrays
    assert isinstance(found, Estimate)
    return found


@given(st.integers(0, 10_000), st.integers(6, 20), st.sampled_from([0.9, 0.95]))
def test_is_what_the_matrices_say(seed: int, groups: int, level: float) -> None:
    x, codes = clustered(seed, groups, fewest=2)
    se, df, skew = cr2_by_matrices(x, codes)
    found = cluster_mean(x, codes, level=level)
    if df < 2:
        assert isinstance(found, Point)
        return
    assert isinstance(found, Estimate)
    assert found.value == pytest.approx(x.mean())
    expected = widened_by_root(float(x.mean()), se, df, skew, level)
    assert (found.low, found.high) == pytest.approx(expected)


@given(st.integers(0, 10_000), st.integers(6, 40))
def test_equal_clusters_are_a_regression_on_a_constant(seed: int, groups: int) -> None:
    x, codes = clustered(seed, groups, fewest=4, most=4)
    _, low, high = clustered_ols(x, codes, 0.95)
    spread = spread_of(x - x.mean(), np.asarray(codes), groups)
    assert spread.df == pytest.approx(groups - 1)
    half = float(stats.t.ppf(0.975, groups - 1)) * spread.se
    assert half == pytest.approx((high - low) / 2)
    found = interval(x, codes)
    assert found.low <= low + 1e-12
    assert found.high >= high - 1e-12


@given(st.integers(0, 10_000))
def test_a_cluster_each_is_the_t_interval(seed: int) -> None:
    x = np.random.default_rng(seed).normal(size=25)
    alone, paired = interval(x, np.arange(25)), paired_difference(x, level=0.95)
    assert isinstance(paired, Estimate)
    assert (alone.low, alone.high) == pytest.approx((paired.low, paired.high))


@given(st.integers(0, 10_000), st.integers(2, 6))
def test_copies_do_not_narrow(seed: int, copies: int) -> None:
    x = np.random.default_rng(seed).normal(size=20)
    once, often = (
        interval(x, np.arange(20)),
        interval(np.tile(x, copies), np.tile(np.arange(20), copies)),
    )
    assert (once.low, once.high) == pytest.approx((often.low, often.high))


@given(st.integers(0, 10_000))
def test_order_names_and_signs_do_not_matter(seed: int) -> None:
    x, codes = clustered(seed, 12)
    if len(x) < 10:
        return
    order = np.random.default_rng(seed + 1).permutation(len(x))
    one = interval(x, codes)
    moved = interval(x[order], codes[order])
    named = interval(x, [f"template {code}" for code in codes])
    mirrored = interval(-x, codes)
    assert (one.low, one.high) == pytest.approx((moved.low, moved.high))
    assert (one.low, one.high) == pytest.approx((named.low, named.high))
    assert (one.low, one.high) == pytest.approx((-mirrored.high, -mirrored.low))


@pytest.mark.parametrize(("groups", "expected"), [(8, 0.946), (30, 0.956)])
def test_coverage_with_clusters_of_eight(groups: int, expected: float) -> None:
    covered = []
    for seed in range(600):
        x, codes = clustered(seed, groups, fewest=8, most=8)
        found = interval(x, codes)
        covered.append(found.low <= 0 <= found.high)
    assert np.mean(covered) == pytest.approx(expected, abs=0.03)


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_few_clusters_are_only_described(groups: int) -> None:
    x = np.random.default_rng(0).normal(size=20)
    found = cluster_mean(x, np.arange(20) % groups, level=0.95)
    reason = "only 1 group" if groups == 1 else f"only {groups} groups"
    assert found == Point(value=float(x.mean()), no_interval=reason)


def test_few_departing_clusters() -> None:
    x = np.zeros(60)
    x[:3] = 1  # all in the first cluster
    codes = np.repeat(np.arange(20), 3)
    known = cluster_mean(x, codes, level=0.95, bounds=(-1, 1))
    assert isinstance(known, Estimate)
    assert known.method.startswith("exact bound")
    assert known.low < 0 < known.value < known.high
    assert known.high > 0.2  # one cluster of twenty: up to 0.249 of them at 97.5 %
    assert cluster_mean(x, codes, level=0.95) == Point(
        value=0.05, no_interval="only 1 group differs"
    )


def test_no_departure_at_all() -> None:
    found = cluster_mean(np.zeros(400), np.arange(400) % 60, level=0.95, bounds=(-1, 1))
    assert isinstance(found, Estimate)
    assert found.high == pytest.approx((1 - 0.025 ** (1 / 60)) * 7 * 60 / 400)


def test_clusters_that_all_have_the_same_mean() -> None:
    x = np.tile([0.2, 0.4], 10)
    found = cluster_mean(x, np.repeat(np.arange(10), 2), level=0.95)
    assert isinstance(found, Point)
    assert found.value == pytest.approx(0.3)
    assert found.no_interval == "nothing varies"


def test_is_cut_to_the_bounds() -> None:
    x = np.concatenate((np.ones(30), np.zeros(6)))
    found = cluster_mean(x, np.arange(36) // 6, level=0.99, bounds=(0, 1))
    assert isinstance(found, Estimate)
    assert 0 <= found.low < found.high <= 1


def test_design_effect() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=50)
    assert design_effect(x, np.arange(50)) == pytest.approx(1)
    five_times = design_effect(np.repeat(x, 5), np.repeat(np.arange(50), 5))
    # all of the variance is between clusters: the mean of 250 is the mean of 50
    assert five_times == pytest.approx(5 * 249 / 250 * 50 / 49)
    assert design_effect(x, np.zeros(50, dtype=int)) == NotEstimable(not_estimable="only 1 group")
    assert isinstance(design_effect(np.ones(10), np.arange(10) // 2), NotEstimable)


def test_design_effect_is_kish_on_average() -> None:
    found = [design_effect(*clustered(seed, 60, fewest=6, most=6)) for seed in range(60)]
    assert all(isinstance(value, float) for value in found)
    assert np.mean([value for value in found if isinstance(value, float)]) == pytest.approx(
        1 + 5 * 0.3, rel=0.1
    )


def test_bad_clusters_are_errors() -> None:
    x = np.arange(12.0)
    for clusters in (
        np.arange(11),
        np.zeros((12, 1), dtype=int),
        np.full(12, math.nan),
        np.arange(12.0),
    ):
        with pytest.raises(ValueError, match="clusters"):
            cluster_mean(x, clusters, level=0.95)
    assert isinstance(cluster_mean([], [], level=0.95), NotEstimable)
