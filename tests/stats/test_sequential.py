"""E-values and the confidence sequence: fair, order-free, and right at every stopping time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport.estimates import Estimate, NotEstimable
from evalreport.stats.power_sequential import chance_to_win, pairs_to_find
from evalreport.stats.power_signs import sign_test_items
from evalreport.stats.sequential import (
    confidence_sequence,
    e_value,
    net_win_sequence,
    sequential_decision,
    sequential_test,
)
from tests.stats.verified.sequential import exact

counts = st.integers(0, 300)
priors = st.sampled_from([0.5, 1.0, 5.0, 12.0])


def sequence(w: int, k: int, level: float = 0.95, a: float = 5.0) -> Estimate:
    found = confidence_sequence(w, k, level=level, a=a)
    assert isinstance(found, Estimate)
    return found


def decide(w: int, k: int, ties: int = 0, *, cap: int = 315) -> str:
    return sequential_decision(w, k, ties, win_rate=0.6, alpha=0.05, cap=cap).decision


@given(counts, counts, priors)
def test_the_game_is_fair(w: int, k: int, a: float) -> None:
    after = (e_value(w + 1, k, a=a) + e_value(w, k + 1, a=a)) / 2
    assert after == pytest.approx(e_value(w, k, a=a), rel=1e-9)


@given(counts, counts, priors)
def test_swapping_the_arms_changes_nothing(w: int, k: int, a: float) -> None:
    assert e_value(w, k, a=a) == pytest.approx(e_value(k, w, a=a), rel=1e-12)
    if w + k:
        one, other = sequence(w, k, a=a), sequence(k, w, a=a)
        assert (one.low, one.high) == pytest.approx((1 - other.high, 1 - other.low), abs=1e-12)


@given(counts, counts)
def test_the_sequence_leaves_out_an_even_chance_when_the_e_value_says_so(w: int, k: int) -> None:
    if w + k == 0:
        return
    evidence, found = e_value(w, k), sequence(w, k)
    if abs(evidence / 20 - 1) > 1e-6:
        assert found.excludes(0.5) == (evidence > 20)
    assert 0 <= found.low <= found.value <= found.high <= 1
    wider = sequence(w, k, 0.99)
    assert wider.low <= found.low < found.high <= wider.high


@given(st.integers(1, 60), st.integers(1, 60))
def test_more_pairs_of_the_same_kind_narrow_and_convince(w: int, k: int) -> None:
    one, many = sequence(w, k), sequence(4 * w, 4 * k)
    assert many.high - many.low < one.high - one.low
    if w >= 2 * k:
        assert e_value(w + 1, k) > e_value(w, k)


@given(counts, counts, st.integers(0, 100))
def test_ties_cost_money_and_say_nothing(w: int, k: int, ties: int) -> None:
    one = sequential_decision(w, k, 0, win_rate=0.6, alpha=0.05, cap=10_000)
    other = sequential_decision(w, k, ties, win_rate=0.6, alpha=0.05, cap=10_000)
    assert (one.decision, one.e_value, one.win_rate) == (
        other.decision, other.e_value, other.win_rate,
    )  # fmt: skip
    assert other.pairs == w + k + ties


def test_false_alarms_at_any_stopping_time_are_rare() -> None:
    """Exactly, over the best of 500 looks; and by drawing, with ties and another prior."""
    assert exact(0.5)[0] == pytest.approx(0.0314, abs=5e-4)
    rng = np.random.default_rng(7)
    verdicts = rng.choice([-1, 0, 1], p=[0.4, 0.2, 0.4], size=(400, 300))
    alarms = 0
    for run in verdicts:
        w, k = np.cumsum(run > 0), np.cumsum(run < 0)
        alarms += max(e_value(int(a), int(b), a=1) for a, b in zip(w, k, strict=True)) >= 20
    assert alarms / 400 <= 0.05 + 2 * (0.05 * 0.95 / 400) ** 0.5


@pytest.mark.parametrize("rate", [0.3, 0.5, 0.9])
def test_the_sequence_holds_at_all_looks_at_once(rate: float) -> None:
    """The exact chance that it ever leaves the truth out, in 200 pairs."""
    state, gone = np.ones(1), 0.0
    for n in range(1, 201):
        state = np.append(state, 0) * (1 - rate) + np.insert(state, 0, 0) * rate
        likely = np.flatnonzero(state > 1e-12)
        for w in likely:
            if abs(w - n * rate) > 1.5 * (n * rate * (1 - rate)) ** 0.5:
                found = sequence(int(w), n - int(w))
                if not found.low <= rate <= found.high:
                    gone += float(state[w])
                    state[w] = 0
    assert 0.005 < gone <= 0.05


def test_decisions() -> None:
    assert decide(0, 0) == decide(12, 9) == "go on"
    assert decide(40, 15) == "candidate wins"
    assert decide(15, 40) == "reference wins"
    assert decide(60, 70, 10) == "futile"
    assert decide(85, 70, 160) == "cap reached"
    assert decide(0, 0, 315) == "cap reached"
    # What has been shown counts before the cap.
    assert decide(60, 20, 300) == "candidate wins"


@given(counts, st.integers(0, 300))
def test_a_winner_is_never_futile(w: int, k: int) -> None:
    decision = decide(w, k, cap=10_000)
    if decision == "futile":
        assert sequence(w, k).high < 0.6
    if decision == "candidate wins":
        assert w > k


@given(st.floats(0.55, 0.95), st.integers(1, 12))
def test_pairs_to_find_have_the_power_and_fewer_do_not(rate: float, step: int) -> None:
    pairs = pairs_to_find(rate, power=0.8, interest=rate, alpha=0.05, step=step)
    assert isinstance(pairs, int)
    chances = chance_to_win(rate, interest=rate, alpha=0.05, pairs=pairs, step=step)
    assert chances[-1] >= 0.8 > (chances[-2] if len(chances) > 1 else 0)


def test_stopping_costs_pairs_at_most_by_half_again_and_more() -> None:
    """The cap over the pairs of a fixed plan, as the decisions say: 1.6 to 1.8 times."""
    for gain in (0.1, 0.2, 0.3):
        rate = (1 + gain / 0.9) / 2
        cap = pairs_to_find(rate, power=0.8, interest=(1 + gain) / 2, alpha=0.04, step=9)
        assert isinstance(cap, int)
        assert 1.6 < cap / sign_test_items(rate, power=0.8, alpha=0.04) < 1.8


def test_nothing_decisive_and_bad_input() -> None:
    assert e_value(0, 0) == 1
    assert isinstance(confidence_sequence(0, 0, level=0.95), NotEstimable)
    for bad in (0.0, -1.0, float("inf"), float("nan")):
        with pytest.raises(ValueError, match="a must be positive"):
            e_value(1, 1, a=bad)
    for rate in (0.5, 1.1, float("nan")):
        with pytest.raises(ValueError, match="win rate"):
            sequential_decision(1, 1, 0, win_rate=rate, alpha=0.05, cap=10)


def test_many_pairs_keep_their_digits() -> None:
    found, tenth = sequence(1_000_000, 900_000), sequence(100_000, 90_000)
    assert 0.5217 < tenth.low < found.low < found.value < found.high < tenth.high
    assert e_value(100_000, 100_000) == pytest.approx(0.0055, rel=0.3)


def test_as_many_pairs_as_can_be_counted() -> None:
    """By 60 digits of mpmath; the difference of lgamma gave 9.1e-4 for the first."""
    assert e_value(10**15, 10**15) == pytest.approx(6.896766535802123e-08, rel=1e-12)
    assert e_value(500_100_000, 500_000_000) == pytest.approx(0.014467519454155926, rel=1e-9)
    assert e_value(10**6, 10**6, a=1e8) == pytest.approx(0.9950371901976743, rel=1e-12)
    assert e_value(10, 5, a=1e300) == 1
    found = sequence(10**15, 10**15)
    assert 0.5 - found.low == pytest.approx(found.high - 0.5, rel=1e-3)
    # Where the evidence is e^-16.5 at 1/2, log 20 more takes 6.25 of its standard deviations.
    assert found.high - 0.5 == pytest.approx(6.26 * 0.5 / 2e15**0.5, rel=0.01)
    with pytest.raises(ValueError, match="wins"):
        e_value(10**400, 0)


@given(counts, counts, counts)
def test_net_win_leaves_out_nothing_exactly_where_its_test_rejects(w: int, k: int, t: int) -> None:
    if w + k + t == 0:
        assert isinstance(net_win_sequence(w, k, t, level=0.95), NotEstimable)
        return
    found, tested = net_win_sequence(w, k, t, level=0.95), sequential_test(w, k)
    assert isinstance(found, Estimate)
    assert -1 <= found.low <= found.value <= found.high <= 1
    assert found.value == pytest.approx((w - k) / (w + k + t))
    if abs(tested.p_value / 0.05 - 1) > 1e-6:
        assert found.excludes(0.0) == (tested.p_value < 0.05)
    other = net_win_sequence(k, w, t, level=0.95)
    assert isinstance(other, Estimate)
    assert (found.low, found.high) == pytest.approx((-other.high, -other.low), abs=1e-12)


def test_net_win_holds_at_the_worst_look() -> None:
    """Of 400 judgings of 300 pairs at most 5 % miss the truth at any look, whichever is worst."""
    rng = np.random.default_rng(11)
    for p, d in ((0.5, 0.9), (0.65, 0.6)):
        truth, missed = d * (2 * p - 1), 0
        for _ in range(200):
            draw = rng.random(300)
            wins = np.cumsum(draw < d * p)
            losses = np.cumsum((draw >= d * p) & (draw < d))
            looks = ((int(wins[n - 1]), int(losses[n - 1]), n) for n in range(10, 301, 10))
            found = (net_win_sequence(w, k, n - w - k, level=0.95) for w, k, n in looks)
            missed += any(
                isinstance(one, Estimate) and not one.low <= truth <= one.high for one in found
            )
        assert missed <= 10 + 6, "5 % of 200, and two standard errors"
