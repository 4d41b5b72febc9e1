"""Break-even: exact arithmetic, a lower bound where a call's cost is unknown, never for free."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport.estimates import NotEstimable
from evalreport.report.break_even import Own, break_even, calls_to_pay_back
from evalreport.spec.cost import Alternative

UNKNOWN = NotEstimable(not_estimable="no price of an hour is declared")
API = Alternative(name="API", per_call=0.03)


def own(once: float | NotEstimable = 255.0, per_call: Any = UNKNOWN, **more: Any) -> Own:
    return Own(
        **{"currency": "USD", "once": once, "is_at_least": False, "per_call": per_call, **more}
    )


def test_a_call_of_one_s_own_is_never_taken_for_free() -> None:
    """A published report: 255 USD against 0.03 a call "breaks even after ~10K, then $0"."""
    found = break_even(API, own())
    assert (found.state, found.calls) == ("at_least", 8500)
    assert found.sentence == (
        "Against API (0.03 USD a call): not before 8,500 calls, and that only if a call of your "
        "own cost nothing. It does cost something; how much is not known: no price of an hour is "
        "declared."
    )
    assert isinstance(found.range, NotEstimable)


def test_with_a_measured_call_the_number_is_larger() -> None:
    found = break_even(API, own(per_call=0.005))
    assert (found.state, found.calls) == ("reached", 10_200)
    assert found.sentence == (
        "Against API (0.03 USD a call): 255.00 USD are paid back after about 10,200 calls: a call "
        "of your own costs about 0.005 USD."
    )


@pytest.mark.parametrize("per_call", [0.03, 0.05])
def test_it_is_never_reached_where_a_call_saves_nothing(per_call: float) -> None:
    found = break_even(API, own(per_call=per_call))
    assert found.state == "never"
    assert isinstance(found.calls, NotEstimable)
    assert "never; a call of your own costs about" in found.sentence


def test_nothing_is_cheaper_than_what_costs_nothing() -> None:
    free = Alternative(name="base", per_call=0.0)
    for per_call in (UNKNOWN, 0.0, 0.01):
        assert break_even(free, own(per_call=per_call)).state == "never"


def test_an_unknown_part_of_what_was_spent_makes_a_lower_bound() -> None:
    found = break_even(API, own(per_call=0.005, is_at_least=True))
    assert (found.state, found.calls) == ("at_least", 10_200)
    assert "not before 10,200 calls" in found.sentence
    assert "255.00 USD are only the known part of what was spent once" in found.sentence
    nothing = NotEstimable(not_estimable="nothing of what was spent once is known")
    found = break_even(API, own(nothing, 0.005))
    assert found.state == "unknown"
    assert found.sentence.endswith("unknown; nothing of what was spent once is known.")


def test_seeds_give_a_range() -> None:
    found = break_even(API, own(per_call=0.006, per_seed=[0.005, 0.007, 0.006]))
    assert found.range == (10_200, 11_087)
    never = break_even(API, own(per_call=0.006, per_seed=[0.005, 0.03]))
    assert never.range == NotEstimable(
        not_estimable="at the pace of the slowest seed it is never reached"
    )
    assert isinstance(break_even(API, own(per_call=0.006, per_seed=[0.006])).range, NotEstimable)


AMOUNTS = st.floats(0, 1e6, allow_nan=False).map(lambda amount: round(amount, 6))


@given(once=AMOUNTS, per_call=AMOUNTS, own_per_call=AMOUNTS)
def test_it_is_the_first_call_at_which_the_alternative_has_cost_as_much(
    once: float, per_call: float, own_per_call: float
) -> None:
    calls = calls_to_pay_back(once, per_call, own_per_call)
    first, theirs, mine = (Fraction(repr(one)) for one in (once, per_call, own_per_call))
    if calls is None:
        assert theirs <= mine
        return
    assert first + calls * mine <= calls * theirs
    if calls:
        assert first + (calls - 1) * mine > (calls - 1) * theirs


@given(once=AMOUNTS, per_call=AMOUNTS, own_per_call=AMOUNTS)
def test_a_free_call_is_a_lower_bound(once: float, per_call: float, own_per_call: float) -> None:
    bound, calls = (calls_to_pay_back(once, per_call, one) for one in (0.0, own_per_call))
    if calls is not None:
        assert bound is not None
        assert bound <= calls


@given(once=AMOUNTS, more=AMOUNTS, per_call=AMOUNTS, own_per_call=AMOUNTS)
def test_spending_more_never_pays_back_sooner(
    once: float, more: float, per_call: float, own_per_call: float
) -> None:
    before = calls_to_pay_back(once, per_call, own_per_call)
    after = calls_to_pay_back(once + more, per_call, own_per_call)
    assert (before is None) is (after is None)
    assert before is None or after is None or after >= before
