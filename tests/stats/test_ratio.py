import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport import estimates
from evalreport.estimates import Estimate, NotEstimable, Point
from evalreport.stats.clusters import cluster_mean
from evalreport.stats.paired_mean import paired_difference
from evalreport.stats.ratio import ratio, ratio_difference, ratio_sign_flip
from evalreport.stats.sign_flips import sign_flip
from tests.stats.second_opinion import cr2_by_matrices, stats, widened_by_root

NOTHING = NotEstimable(not_estimable="the denominators sum to 0")


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def documents(seed: int, n: int, gain: float = 0.1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Tokens, and losses of two arms that share what makes a document hard."""
    generator = rng(seed)
    tokens = generator.integers(5, 200, size=n).astype(float)
    hard = generator.normal(2, 0.5, size=n)
    candidate = tokens * (hard - gain + generator.normal(0, 0.2, size=n))
    reference = tokens * (hard + generator.normal(0, 0.2, size=n))
    return candidate, reference, tokens


def estimate(found: object) -> Estimate:
    assert isinstance(found, Estimate)
    return found


def p_value(found: object) -> float:
    assert isinstance(found, estimates.Tested)
    return found.p_value


@given(st.integers(0, 10_000), st.integers(10, 60))
def test_is_the_regression_through_the_origin(seed: int, n: int) -> None:
    losses, _, tokens = documents(seed, n)
    found = estimate(ratio(losses, tokens, None, level=0.95))
    assert found.value == pytest.approx(losses.sum() / tokens.sum())
    # the mean loss per token of each document, weighted by its tokens
    spread = cr2_by_matrices(losses / tokens, np.arange(n), tokens)
    expected = widened_by_root(found.value, *spread, 0.95)
    assert (found.low, found.high) == pytest.approx(expected)


def test_equal_denominators_are_a_mean() -> None:
    losses = rng(1).normal(3, 1, size=30)
    found = estimate(ratio(losses * 7, np.full(30, 7), None, level=0.95))
    mean = estimate(paired_difference(losses, level=0.95))
    assert (found.low, found.value, found.high) == pytest.approx((mean.low, mean.value, mean.high))
    codes = np.arange(30) // 3
    grouped = estimate(ratio(losses * 7, np.full(30, 7), codes, level=0.95))
    same = estimate(cluster_mean(losses, codes, level=0.95))
    assert (grouped.low, grouped.high) == pytest.approx((same.low, same.high))


@given(st.integers(0, 10_000))
def test_swapping_the_arms_swaps_the_signs(seed: int) -> None:
    a, b, tokens = documents(seed, 40)
    found = estimate(ratio_difference(a, tokens, b, tokens, None, level=0.95))
    swapped = estimate(ratio_difference(b, tokens, a, tokens, None, level=0.95))
    assert (found.low, found.high) == pytest.approx((-swapped.high, -swapped.low))
    assert found.value == pytest.approx(a.sum() / tokens.sum() - b.sum() / tokens.sum())


def test_pairing_pays() -> None:
    a, b, tokens = documents(2, 40)
    alone = estimate(ratio(a, tokens, None, level=0.95))
    paired = estimate(ratio_difference(a, tokens, b, tokens, None, level=0.95))
    assert paired.high - paired.low < 0.6 * (alone.high - alone.low)


def test_scaling_the_unit_scales_the_answer() -> None:
    a, b, tokens = documents(3, 40)
    found = estimate(ratio_difference(a, tokens, b, tokens, None, level=0.95))
    per_byte = estimate(ratio_difference(a, 4 * tokens, b, 4 * tokens, None, level=0.95))
    assert per_byte.low == pytest.approx(found.low / 4)


def test_copies_do_not_narrow() -> None:
    a, b, tokens = documents(4, 20)
    a3, b3, tokens3 = (np.tile(x, 3) for x in (a, b, tokens))
    codes = np.tile(np.arange(20), 3)
    once = estimate(ratio_difference(a, tokens, b, tokens, None, level=0.95))
    often = estimate(ratio_difference(a3, tokens3, b3, tokens3, codes, level=0.95))
    assert (once.low, once.high) == pytest.approx((often.low, often.high))


def test_agrees_with_the_bootstrap() -> None:
    a, b, tokens = documents(5, 300)
    found = estimate(ratio_difference(a, tokens, b, tokens, None, level=0.95))
    other = stats.bootstrap(
        (a, b, tokens),
        lambda x, y, t, axis: (x.sum(axis) - y.sum(axis)) / t.sum(axis),
        paired=True,
        vectorized=True,
        method="percentile",
        n_resamples=4000,
        rng=rng(1),
    ).confidence_interval
    width = found.high - found.low
    assert (found.low, found.high) == pytest.approx((other.low, other.high), abs=0.06 * width)


def test_coverage_of_the_difference() -> None:
    covered = []
    for seed in range(600):
        a, b, tokens = documents(seed, 25, gain=0.1)
        found = estimate(ratio_difference(a, tokens, b, tokens, None, level=0.95))
        covered.append(found.low <= -0.1 <= found.high)
    assert np.mean(covered) == pytest.approx(0.945, abs=0.03)


def test_the_test_with_equal_denominators_is_the_sign_flip() -> None:
    a, b, tokens = documents(6, 12, gain=0.05)
    found = p_value(ratio_sign_flip(a, tokens, b, tokens, None, rng=rng()))
    assert found == pytest.approx(p_value(sign_flip(a - b, rng=rng())))


def test_the_test_swaps_numerator_and_denominator_together() -> None:
    generator = rng(7)
    a, b = generator.uniform(1, 2, size=(2, 8))
    m, n = generator.integers(3, 9, size=(2, 8)).astype(float)
    observed = abs(a.sum() / m.sum() - b.sum() / n.sum())
    extreme = 0
    for swap in itertools.product((False, True), repeat=8):
        s = np.array(swap)
        first = np.where(s, b, a).sum() / np.where(s, n, m).sum()
        second = np.where(s, a, b).sum() / np.where(s, m, n).sum()
        extreme += abs(first - second) >= observed - 1e-12
    assert p_value(ratio_sign_flip(a, m, b, n, None, rng=rng())) == pytest.approx(extreme / 256)


def test_the_test_swaps_whole_clusters() -> None:
    a, b, tokens = documents(8, 30, gain=0.5)
    codes = np.arange(30) // 10
    assert p_value(ratio_sign_flip(a, tokens, b, tokens, codes, rng=rng())) == pytest.approx(2 / 8)


def test_equal_arms() -> None:
    a, _, tokens = documents(9, 30)
    same = ratio_difference(a, tokens, a, tokens, None, level=0.95)
    assert same == Point(value=0, no_interval="no items differ")
    assert p_value(ratio_sign_flip(a, tokens, a, tokens, None, rng=rng())) == 1
    five = a.copy()
    five[:5] += 1
    few = ratio_difference(five, tokens, a, tokens, None, level=0.95)
    assert isinstance(few, Point)
    assert few.no_interval == "only 5 items differ"


def test_degenerate_input() -> None:
    a, b, tokens = documents(10, 30)
    zero = np.zeros(30)
    assert ratio([], [], None, level=0.95) == NOTHING
    assert ratio(a, zero, None, level=0.95) == NOTHING
    assert ratio_difference(a, tokens, b, zero, None, level=0.95) == NOTHING
    assert ratio_sign_flip(a, tokens, b, zero, None, rng=rng()) == NOTHING
    assert isinstance(ratio(a[:9], tokens[:9], None, level=0.95), Point)
    three = ratio(a, tokens, np.arange(30) % 3, level=0.95)
    assert isinstance(three, Point)
    assert three.no_interval == "only 3 groups"
    constant = ratio(2 * tokens, tokens, None, level=0.95)
    assert constant == Point(value=2, no_interval="nothing varies")
    assert isinstance(ratio(a, np.where(np.arange(30) < 15, 0, tokens), None, level=0.95), Estimate)


def test_bad_input() -> None:
    a, b, tokens = documents(11, 30)
    with pytest.raises(ValueError, match="negative"):
        ratio(a, -tokens, None, level=0.95)
    with pytest.raises(ValueError, match="lengths"):
        ratio(a, tokens[:-1], None, level=0.95)
    with pytest.raises(ValueError, match="lengths"):
        ratio_difference(a[:-1], tokens[:-1], b, tokens, None, level=0.95)
    with pytest.raises(ValueError, match="NaN"):
        ratio(np.full(30, math.nan), tokens, None, level=0.95)


@given(st.integers(0, 10_000), st.floats(0.5, 0.99), st.floats(0.5, 0.99))
def test_order_and_level(seed: int, one: float, other: float) -> None:
    a, b, tokens = documents(seed, 40)
    order = rng(seed).permutation(40)
    low, high = sorted((one, other))
    narrow = estimate(ratio_difference(a, tokens, b, tokens, None, level=low))
    wide = estimate(ratio_difference(a, tokens, b, tokens, None, level=high))
    assert wide.low <= narrow.low + 1e-12
    assert wide.high >= narrow.high - 1e-12
    a, b, tokens = a[order], b[order], tokens[order]
    shuffled = estimate(ratio_difference(a, tokens, b, tokens, None, level=low))
    assert (shuffled.low, shuffled.high) == pytest.approx((narrow.low, narrow.high))


@given(st.integers(0, 10_000))
def test_copies_in_clusters_do_not_narrow_one_ratio(seed: int) -> None:
    a, _, tokens = documents(seed, 25)
    names = np.array([f"text {k}" for k in range(25)])
    once = estimate(ratio(a, tokens, None, level=0.95))
    often = estimate(ratio(np.tile(a, 4), np.tile(tokens, 4), np.tile(names, 4), level=0.95))
    assert (once.low, once.high) == pytest.approx((often.low, often.high))


def test_a_ratio_that_is_no_number() -> None:
    """Denominators that are all but 0 gave an infinity, and a warning beside it."""
    reason = NotEstimable(not_estimable="the denominators are all but 0 beside the numerators")
    tops, bottoms = rng().random(12) * 1e100, rng().random(12) * 1e-250
    ones = np.ones(12)
    assert ratio(np.full(12, 1e100), np.full(12, 1e-300), None, level=0.95) == reason
    assert ratio(tops, bottoms, None, level=0.95) == reason
    assert ratio_difference(tops, bottoms, tops, bottoms, None, level=0.95) == reason
    assert ratio_difference(tops, ones, tops, bottoms, None, level=0.95) == reason
    assert ratio_sign_flip(tops, bottoms, tops, ones, None, rng=rng()) == reason
    largest = estimate(ratio(tops, ones, None, level=0.95))
    assert largest.value == pytest.approx(tops.mean())
