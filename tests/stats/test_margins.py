import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport.estimates import Estimate
from evalreport.stats.clusters import cluster_mean
from evalreport.stats.margins import (
    Equivalence,
    NonInferiority,
    non_inferiority,
    non_inferiority_binary,
    tost,
    tost_binary,
)
from evalreport.stats.paired_binary import tango
from tests.stats.second_opinion import stats


@st.composite
def tables(draw: st.DrawFn) -> tuple[int, int, int]:
    n = draw(st.integers(1, 300))
    better = draw(st.integers(0, n))
    return better, draw(st.integers(0, n - better)), n


def sample(seed: int, n: int = 30) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.05, 0.4, size=n)


def equivalence(found: object) -> Equivalence:
    assert isinstance(found, Equivalence)
    return found


def retention(found: object) -> NonInferiority:
    assert isinstance(found, NonInferiority)
    return found


@given(st.integers(0, 10_000), st.floats(0.01, 1), st.sampled_from([0.025, 0.05, 0.1]))
def test_a_margin_holds_when_p_is_small_and_the_bound_inside(
    seed: int, margin: float, alpha: float
) -> None:
    found = equivalence(tost(sample(seed), margin=margin, alpha=alpha))
    one = retention(non_inferiority(sample(seed), margin=margin, alpha=alpha))
    if abs(found.p_value - alpha) > 1e-9:
        assert found.is_equivalent == (found.p_value < alpha)
    if abs(one.p_value - alpha) > 1e-9:
        assert one.is_non_inferior == (one.p_value < alpha) == (one.bound > -margin)
    assert one.p_value == found.p_loss
    assert one.bound == found.low
    assert one.is_non_inferior or not found.is_equivalent


@given(tables(), st.floats(0.01, 0.9), st.sampled_from([0.025, 0.05, 0.1]))
def test_the_same_for_counts(table: tuple[int, int, int], margin: float, alpha: float) -> None:
    found = equivalence(tost_binary(*table, margin=margin, alpha=alpha))
    one = retention(non_inferiority_binary(*table, margin=margin, alpha=alpha))
    if abs(found.p_value - alpha) > 1e-7:
        assert found.is_equivalent == (found.p_value < alpha)
    if abs(one.p_value - alpha) > 1e-7:
        assert one.is_non_inferior == (one.p_value < alpha)
    interval = tango(*table, level=1 - 2 * alpha)
    assert isinstance(interval, Estimate)
    assert (found.low, found.high, one.bound) == (interval.low, interval.high, interval.low)
    b, c, n = table
    mirrored = equivalence(tost_binary(c, b, n, margin=margin, alpha=alpha))
    assert (mirrored.p_loss, mirrored.p_gain) == (found.p_gain, found.p_loss)


@given(st.integers(0, 10_000))
def test_swapping_the_arms_swaps_loss_and_gain(seed: int) -> None:
    d = sample(seed)
    one = equivalence(tost(d, margin=0.2, alpha=0.05))
    other = equivalence(tost(np.random.default_rng(1).permutation(-d), margin=0.2, alpha=0.05))
    assert (one.p_loss, one.p_gain) == pytest.approx((other.p_gain, other.p_loss))
    assert one.is_equivalent == other.is_equivalent


@given(st.integers(0, 10_000), st.floats(0.05, 0.5))
def test_a_wider_margin_is_shown_more_easily(seed: int, margin: float) -> None:
    d = sample(seed)
    near, far = (tost(d, margin=m, alpha=0.05) for m in (margin, 1.5 * margin))
    assert equivalence(far).p_value <= equivalence(near).p_value
    for counts in ((10, 12, 200), (0, 0, 60), (3, 40, 90)):
        one, two = (
            retention(non_inferiority_binary(*counts, margin=m, alpha=0.05))
            for m in (margin, 1.5 * margin)
        )
        assert two.p_value <= one.p_value


@given(st.integers(0, 10_000), st.integers(2, 5))
def test_copies_of_items_show_nothing(seed: int, copies: int) -> None:
    d, codes = sample(seed, 24), np.arange(24)
    once = equivalence(tost(d, margin=0.2, alpha=0.05, clusters=codes))
    often = equivalence(
        tost(np.tile(d, copies), margin=0.2, alpha=0.05, clusters=np.tile(codes, copies))
    )
    alone = equivalence(tost(d, margin=0.2, alpha=0.05))
    assert (often.p_loss, often.p_gain) == pytest.approx((once.p_loss, once.p_gain))
    assert (alone.p_loss, alone.p_gain) == pytest.approx((once.p_loss, once.p_gain))


def test_clusters_have_the_robust_interval() -> None:
    d, codes = sample(1, 60), np.arange(60) // 5
    found = retention(non_inferiority(d, margin=0.2, alpha=0.05, clusters=codes))
    robust = cluster_mean(d, codes, level=0.9)
    assert isinstance(robust, Estimate)
    assert found.bound == robust.low
    assert "CR2" in found.method


@pytest.mark.parametrize(("n", "disagreement"), [(50, 0.3), (100, 0.2), (200, 0.15)])
def test_size_at_the_margin_by_enumeration(n: int, disagreement: float) -> None:
    """A true loss of the margin is called retained in about 5 % of cases, as Tango reports."""
    margin = 0.1
    up, down = (disagreement - margin) / 2, (disagreement + margin) / 2
    retained = 0.0
    for b in range(n + 1):
        for c in range(n + 1 - b):
            chance = float(stats.multinomial.pmf([b, c, n - b - c], n, [up, down, 1 - up - down]))
            if chance > 1e-7:
                one = non_inferiority_binary(b, c, n, margin=margin, alpha=0.05)
                retained += chance * retention(one).is_non_inferior
    assert retained < 0.065


def test_neither_significant_nor_equal() -> None:
    found = equivalence(tost_binary(12, 8, 60, margin=0.05, alpha=0.05))
    assert not found.is_equivalent
    assert found.low < 0 < found.high


def test_all_on_one_side() -> None:
    assert retention(non_inferiority_binary(10, 0, 10, margin=0.1, alpha=0.05)).is_non_inferior
    lost = retention(non_inferiority_binary(0, 10, 10, margin=0.1, alpha=0.05))
    assert not lost.is_non_inferior
    assert lost.p_value > 0.99
