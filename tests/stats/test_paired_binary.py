import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport.estimates import Estimate, NotEstimable, Point
from evalreport.stats.clusters import cluster_mean
from evalreport.stats.paired_binary import (
    exact_mcnemar,
    midp_mcnemar,
    score_z,
    sign_test,
    tango,
    tango_in_clusters,
)
from tests.stats.second_opinion import mcnemar_p, stats, tango_by_likelihood


@st.composite
def tables(draw: st.DrawFn) -> tuple[int, int, int]:
    n = draw(st.integers(1, 400))
    better = draw(st.integers(0, n))
    return better, draw(st.integers(0, n - better)), n


def interval(better: int, worse: int, n: int, level: float = 0.95) -> Estimate:
    found = tango(better, worse, n, level=level)
    assert isinstance(found, Estimate)
    return found


@pytest.mark.parametrize(
    ("table", "low", "high"),
    [
        # Fagerland et al. (2014), as R's ratesci quotes it, to three digits; the fourth is ours.
        ((1, 7, 21), -0.5172, -0.0260),
        ((6, 16, 161), -0.1240, -0.0054),  # tests of R's contingencytables
        ((3, 1, 14), -0.1670, 0.4327),  # Tang and others (2010), as ratesci quotes it
    ],
)
def test_known_intervals(table: tuple[int, int, int], low: float, high: float) -> None:
    found = interval(*table)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


def test_tangos_own_example() -> None:
    # 44 patients, one differs (Tango 1998, table V); Z = 1.709 against a margin of 0.1 is ours.
    found = interval(0, 1, 44, level=2 * float(stats.norm.cdf(1.709)) - 1)
    assert found.low == pytest.approx(-0.1, abs=1e-4)


@given(tables(), st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_agrees_with_a_search_on_the_likelihood(table: tuple[int, int, int], level: float) -> None:
    found = interval(*table, level=level)
    assert (found.low, found.high) == pytest.approx(tango_by_likelihood(*table, level), abs=2e-6)


@given(st.integers(1, 100_000), st.sampled_from([0.9, 0.95]))
def test_no_disagreement_leaves_z2_over_n_plus_z2(n: int, level: float) -> None:
    z2 = float(stats.norm.ppf((1 + level) / 2)) ** 2
    found = interval(0, 0, n, level=level)
    assert (found.low, found.value, found.high) == pytest.approx(
        (-z2 / (n + z2), 0, z2 / (n + z2)), rel=1e-9
    )


def test_fifty_items_without_disagreement_leave_seven_points() -> None:
    assert interval(0, 0, 50).high == pytest.approx(0.0713, abs=5e-5)


@given(tables())
def test_swapping_the_arms_swaps_the_signs_exactly(table: tuple[int, int, int]) -> None:
    b, c, n = table
    one, other = interval(b, c, n), interval(c, b, n)
    assert (one.low, one.value, one.high) == (-other.high, -other.value, -other.low)


@given(tables())
def test_stays_inside_and_has_width(table: tuple[int, int, int]) -> None:
    found = interval(*table)
    assert -1 <= found.low <= found.value <= found.high <= 1
    assert found.high - found.low > 0
    wider = interval(*table, level=0.99)
    assert wider.low <= found.low
    assert found.high <= wider.high


@given(tables())
def test_excludes_0_exactly_when_the_score_test_rejects(table: tuple[int, int, int]) -> None:
    b, c, n = table
    z = float(stats.norm.ppf(0.975))
    statistic = (b - c) / math.sqrt(b + c) if b + c else 0.0
    if abs(abs(statistic) - z) > 1e-9:
        assert interval(b, c, n).excludes(0) == (abs(statistic) > z)


def test_all_on_one_side() -> None:
    assert interval(10, 0, 10).high == 1
    assert interval(0, 10, 10).low == -1
    assert interval(1, 0, 1).low < 0


def test_coverage_by_enumeration() -> None:
    # reference row: n = 50, P(better) = 0.10, P(worse) = 0.02 gives 0.960
    n, better, worse = 50, 0.10, 0.02
    covered = 0.0
    for b in range(n + 1):
        for c in range(n + 1 - b):
            weight = stats.multinomial.pmf(
                [b, c, n - b - c], n, [better, worse, 1 - better - worse]
            )
            if weight > 1e-9:
                found = interval(b, c, n)
                covered += float(weight) * (found.low <= better - worse <= found.high)
    assert covered == pytest.approx(0.960, abs=5e-4)


def test_a_loss_of_the_margin_is_rarely_bounded_away_where_losses_are_rare() -> None:
    # 700 items in groups of their own lose 2 % truly; the lower end must pass -2 % in 5 % at most.
    n, loss = 700, 0.02
    groups = np.arange(n)
    failed = {"t": 0.0, "wider": 0.0}
    for lost in range(50):
        d = np.where(groups < lost, -1.0, 0.0)
        weight = float(stats.binom.pmf(lost, n, loss))
        robust = cluster_mean(d, groups, level=0.9, bounds=(-1, 1))
        wider = tango_in_clusters(d, groups, level=0.9)
        assert isinstance(robust, Estimate)
        assert isinstance(wider, Estimate)
        assert wider.low <= robust.low <= robust.high <= wider.high
        failed["t"] += weight * (robust.low > -loss)
        failed["wider"] += weight * (wider.low > -loss)
    assert failed["wider"] <= failed["t"] <= 0.05  # t alone, not widened for skewness: 0.107


def test_tango_in_clusters_is_tango_at_the_effective_number_of_items() -> None:
    # Copies of items are no items: 60 items, each five times, say what the 60 said.
    d = np.repeat([-1.0] * 8 + [1.0] * 3 + [0.0] * 49, 5)
    found = tango_in_clusters(d, np.repeat(np.arange(60), 5), level=0.95)
    assert isinstance(found, Estimate)
    plain = interval(3, 8, 60, level=float(stats.norm.cdf(stats.t.ppf(0.975, 59))) * 2 - 1)
    assert found.low == pytest.approx(plain.low, abs=2e-3)
    assert found.value == plain.value
    swapped = tango_in_clusters(-d, np.repeat(np.arange(60), 5), level=0.95)
    assert isinstance(swapped, Estimate)
    assert (swapped.low, swapped.high) == (-found.high, -found.low)


@given(st.integers(0, 10_000), st.integers(2, 5))
def test_order_names_copies_and_arms_in_clusters(seed: int, copies: int) -> None:
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(14), rng.integers(1, 8, size=14))
    d = rng.choice([-1.0, 0.0, 1.0], size=len(codes), p=[0.2, 0.4, 0.4])

    def ends(x: np.ndarray, clusters: object, level: float = 0.95) -> tuple[float, float]:
        found = tango_in_clusters(x, clusters, level=level)  # type: ignore[arg-type]  # texts, lists, arrays
        assert isinstance(found, Estimate)
        return found.low, found.high

    low, high = ends(d, codes)
    order = rng.permutation(len(d))
    assert ends(d[order], [f"page {code}" for code in codes[order]]) == pytest.approx((low, high))
    assert ends(np.tile(d, copies), np.tile(codes, copies)) == pytest.approx((low, high))
    assert ends(-d, codes) == pytest.approx((-high, -low))
    wider = ends(d, codes, 0.99)
    assert -1 <= wider[0] <= low < high <= wider[1] <= 1


def test_clusters_that_hardly_differ_keep_their_exact_bound() -> None:
    d = np.where(np.arange(100) < 3, -1.0, 0.0)
    groups = np.arange(100) // 2
    robust = cluster_mean(d, groups, level=0.95, bounds=(-1, 1))
    assert tango_in_clusters(d, groups, level=0.95) == robust
    four = tango_in_clusters(d, np.arange(100) // 25, level=0.95)
    assert isinstance(four, Point)
    with pytest.raises(ValueError, match="1, 0 or -1"):
        tango_in_clusters([0.5] * 20, np.arange(20), level=0.95)


@given(st.integers(0, 2_000), st.integers(0, 2_000))
def test_exact_test_agrees_with_statsmodels(better: int, worse: int) -> None:
    tested = exact_mcnemar(better, worse)
    assert tested.p_value == pytest.approx(mcnemar_p(better, worse), rel=1e-9)
    assert tested.p_value <= 1
    assert tested == exact_mcnemar(worse, better)


@given(st.integers(0, 500), st.integers(0, 500))
def test_midp_leaves_half_the_observed_probability_out(better: int, worse: int) -> None:
    k, m = min(better, worse), better + worse
    expected = 2 * stats.binom.cdf(k, m, 0.5) - stats.binom.pmf(k, m, 0.5)
    assert midp_mcnemar(better, worse).p_value == pytest.approx(min(1, float(expected)), rel=1e-9)
    assert midp_mcnemar(better, worse).p_value <= exact_mcnemar(better, worse).p_value


@pytest.mark.parametrize(
    ("better", "worse", "exact", "midp"),
    [
        (1, 7, 0.0703, 0.0391),  # 18/256 and 10/256
        (6, 16, 0.052479, 0.034690),  # tests of R's contingencytables
        (10, 2, 0.0386, 0.0225),
    ],
)
def test_known_p_values(better: int, worse: int, exact: float, midp: float) -> None:
    assert exact_mcnemar(better, worse).p_value == pytest.approx(exact, abs=5e-5)
    assert midp_mcnemar(better, worse).p_value == pytest.approx(midp, abs=5e-5)


@given(st.integers(0, 500), st.integers(0, 500))
def test_the_sign_test_is_mcnemar_by_another_name(wins: int, losses: int) -> None:
    assert sign_test(wins, losses).p_value == exact_mcnemar(wins, losses).p_value
    assert sign_test(wins, losses) == sign_test(losses, wins)


@given(tables(), st.floats(-0.99, 0.99))
def test_the_score_statistic_is_small_inside_the_interval(
    table: tuple[int, int, int], difference: float
) -> None:
    z, found = score_z(*table, difference), interval(*table)
    if min(abs(difference - found.low), abs(difference - found.high)) > 1e-6:
        assert (abs(z) < float(stats.norm.ppf(0.975))) == (found.low < difference < found.high)
    b, c, n = table
    assert score_z(c, b, n, -difference) == pytest.approx(-z, abs=1e-12)


def test_five_items_cannot_reject_and_six_can() -> None:
    assert exact_mcnemar(5, 0).p_value == pytest.approx(0.0625)
    assert exact_mcnemar(6, 0).p_value == pytest.approx(0.03125)


def test_nothing_differs() -> None:
    assert exact_mcnemar(0, 0).p_value == 1
    assert midp_mcnemar(0, 0).p_value == 1
    assert tango(0, 0, 0, level=0.95) == NotEstimable(not_estimable="no items")


@pytest.mark.parametrize("bad", [(-1, 0, 5), (0, -1, 5), (3, 3, 5), (math.nan, 0, 5), (0, 0, -1)])
def test_impossible_counts_are_errors(bad: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError):
        tango(*bad, level=0.95)


def test_negative_counts_are_errors_in_tests_too() -> None:
    for function in (exact_mcnemar, midp_mcnemar):
        with pytest.raises(ValueError):
            function(-1, 3)
