"""Limits that are kept: calls at once, requests and tokens per minute, and money."""

from typing import Any

import pytest

from evalreport.engines.api import CallBudget, EndpointOptions, TokenPrice, worst_price
from evalreport.records import Decoding
from tests.engines.api.scripted_server import ScriptedServer, Seen, says, status
from tests.engines.api.talking import SCHEMA, a_call, calls_of, endpoint_of, talk

PRICE = TokenPrice(input_per_million=1_000_000.0, output_per_million=2_000_000.0)


@pytest.mark.parametrize("concurrency", [1, 3, 8])
def test_no_more_calls_are_in_flight_than_allowed(concurrency: int) -> None:
    with ScriptedServer(lambda _: says("x", after=0.01)) as server:
        told = talk(calls_of(40), endpoint_of(server, concurrency=concurrency))
        assert server.most_at_once == concurrency
    assert len(told.replies) == 40


def test_requests_are_spaced_below_their_limit_per_minute() -> None:
    with ScriptedServer([says("x")]) as server:
        told = talk(calls_of(31), endpoint_of(server, requests_per_minute=60))
    assert len(told.replies) == 31
    assert told.clock.time - 1000.0 == pytest.approx(30.0, abs=0.1)


def test_retries_count_as_requests() -> None:
    with ScriptedServer([status(400), says("x")]) as server:
        told = talk(calls_of(4), endpoint_of(server, requests_per_minute=6, concurrency=1))
    assert told.clock.time - 1000.0 == pytest.approx(30.0, abs=0.1)


def test_tokens_are_spaced_by_what_answers_really_used() -> None:
    """Thirty answers of 15 tokens at 900 a minute: one a second, but for the first guess."""
    with ScriptedServer([says("x")]) as server:
        endpoint = endpoint_of(server, tokens_per_minute=900, max_tokens=15, concurrency=1)
        told = talk(calls_of(31), endpoint)
    assert told.clock.time - 1000.0 == pytest.approx(30.0, rel=0.1)


def test_a_count_that_cannot_be_keeps_nobody_waiting() -> None:
    """A server that claims a milliard of tokens for a word would hold up a build for weeks."""
    usage = {"prompt_tokens": 1 << 30, "completion_tokens": 1 << 30}
    with ScriptedServer([says("x", usage=usage)]) as server:
        endpoint = endpoint_of(server, tokens_per_minute=900, max_tokens=15, concurrency=1)
        told = talk(calls_of(5), endpoint)
    assert len(told.replies) == 5
    assert told.clock.time - 1000.0 < 60.0


# Money


def test_the_worst_price_counts_every_byte_and_the_longest_answer() -> None:
    endpoint = EndpointOptions(model="m", price=PRICE, max_tokens=100)
    plain, wide = a_call("aaaa"), a_call("äääää")
    worst = worst_price(plain, endpoint)
    assert worst is not None
    assert worst > len("ask aaaa") + 200
    more = worst_price(wide, endpoint)
    assert more is not None
    assert more > worst
    with_schema = worst_price(a_call("aaaa", schema=SCHEMA), endpoint)
    assert with_schema is not None
    assert with_schema > worst
    short = worst_price(a_call("aaaa", decoding=Decoding(max_new_tokens=1)), endpoint)
    assert short is not None
    assert short == worst - 198
    assert worst_price(plain, EndpointOptions(model="m")) is None


@pytest.mark.parametrize("concurrency", [1, 8])
def test_the_limit_is_used_up_and_never_exceeded(concurrency: int) -> None:
    """An answer costs 20 of 510; at worst, it would cost over 100."""
    most = 0.0

    class Watched(CallBudget):
        def reserve(self, worst: float | None) -> str | None:
            nonlocal most
            refused = super().reserve(worst)
            most = max(most, self.spent + self.reserved)
            return refused

    budget = Watched(510.0)
    with ScriptedServer(lambda _: says("x", after=0.005)) as server:
        endpoint = endpoint_of(server, price=PRICE, max_tokens=20, concurrency=concurrency)
        told = talk(calls_of(100), endpoint, budget=budget)
        count = server.count
    assert most <= 510.0
    assert budget.spent == 20.0 * count
    assert budget.reserved == 0.0
    worst = worst_price(a_call("c10"), endpoint)
    assert worst is not None
    assert budget.spent + worst > 510.0  # nothing that still fitted was left out
    assert len(told.replies) == count
    assert len(told.not_asked) == 100 - count
    assert all("cost.limit" in reason for reason in told.not_asked.values())
    assert not told.failures
    assert len(told.journal.of("began")) == count


def test_what_may_have_been_paid_counts_as_paid() -> None:
    budget = CallBudget(1000.0)
    with ScriptedServer([status(500), says("x")]) as server:
        endpoint = endpoint_of(server, price=PRICE, max_tokens=20)
        talk([a_call("a")], endpoint, budget=budget)
    worst = worst_price(a_call("a"), endpoint)
    assert budget.spent == pytest.approx((worst or 0.0) + 20.0)


def test_an_answer_without_counts_costs_the_worst() -> None:
    budget = CallBudget(1000.0)
    with ScriptedServer([says("x", usage={})]) as server:
        endpoint = endpoint_of(server, price=PRICE, max_tokens=20)
        talk([a_call("a")], endpoint, budget=budget)
    assert budget.spent == pytest.approx(worst_price(a_call("a"), endpoint))


def test_a_call_that_failed_is_no_unasked_one() -> None:
    """The first try may have been paid, which leaves no money for a second one."""
    with ScriptedServer([status(500, "oh")]) as server:
        endpoint = endpoint_of(server, price=PRICE, max_tokens=20, concurrency=1)
        told = talk(calls_of(2), endpoint, budget=CallBudget(120.0))
    assert list(told.not_asked) == ["c1"]
    assert told.failures["c0"].startswith(
        "the server answered 500: oh; not tried again: cost.limit"
    )


def test_a_limit_without_a_price_asks_nothing() -> None:
    with ScriptedServer([says("x")]) as server:
        told = talk(calls_of(2), endpoint_of(server), budget=CallBudget(5.0))
        assert server.count == 0
    assert all("declare its price" in reason for reason in told.not_asked.values())


def test_money_spent_before_counts() -> None:
    with ScriptedServer([says("x")]) as server:
        endpoint = endpoint_of(server, price=PRICE, max_tokens=20)
        told = talk(calls_of(2), endpoint, budget=CallBudget(510.0, spent=500.0))
    assert len(told.not_asked) == 2


def test_an_arms_decoding_is_sent_as_far_as_it_says_something() -> None:
    decoding = Decoding(max_new_tokens=9, temperature=0.7, top_p=0.9, stop=("\n",), seed=4)
    greedy = Decoding(max_new_tokens=8)

    def body(seen: Seen) -> Any:
        return {k: v for k, v in seen.body.items() if k not in ("model", "messages")}

    with ScriptedServer([says("x")]) as server:
        endpoint = endpoint_of(server, concurrency=1, extra={"reasoning_effort": "low"})
        talk([a_call("a", decoding=decoding), a_call("b", decoding=greedy), a_call("c")], endpoint)
        first, second, third = map(body, server.seen)
        talk([a_call("d")], endpoint_of(server, temperature=None))
        assert "temperature" not in server.bodies[-1]
    extra = {"reasoning_effort": "low"}
    drawn = {"temperature": 0.7, "top_p": 0.9, "stop": ["\n"], "seed": 4, "max_tokens": 9}
    assert first == {**extra, **drawn}
    assert second == {**extra, "temperature": 0.0, "max_tokens": 8}
    assert third == {**extra, "temperature": 0.0, "max_tokens": 1024}
