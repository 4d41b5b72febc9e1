"""Faults of servers and of the way to them: what is tried again, when, and what ends it."""

import socket
from typing import Any

import pytest

from evalreport.engines.api import EndpointOptions
from tests.engines.api.scripted_server import Act, ScriptedServer, Seen, says, status
from tests.engines.api.talking import a_call, calls_of, endpoint_of, talk

TRICKLE = Act(body=says("x").body, trickles=0.05)


@pytest.mark.parametrize(
    ("act", "may_be_billed"),
    [
        (status(408), False),
        (status(409), False),
        (status(425), False),
        (status(429), False),
        (status(500), True),
        (status(502), True),
        (status(503), False),
        (status(504), True),
        (status(529), False),
        (status(599), True),
        (Act(drops="before"), True),
        (Act(body=says("x").body, drops="after"), True),
        (Act(body=says("x").body, drops="within"), True),
        (Act(body=b"x", headers={"Bad Header": "x"}), True),
    ],
)
def test_a_passing_fault_is_tried_again(act: Act, may_be_billed: bool) -> None:
    with ScriptedServer([act, act, says("x")]) as server:
        told = talk(calls_of(1), endpoint_of(server))
    assert told.replies["c0"].attempts == 3
    assert told.journal.billed() == [may_be_billed] * 2
    assert len(told.clock.slept) >= 2


@pytest.mark.parametrize("act", [Act(hangs="before"), Act(body=b"x", hangs="after"), TRICKLE])
def test_one_deadline_holds_for_the_whole_answer(act: Act) -> None:
    with ScriptedServer([act, says("x")]) as server:
        told = talk(calls_of(1), endpoint_of(server, timeout_seconds=0.15))
    assert told.replies["c0"].attempts == 2
    (failed,) = told.journal.of("failed")
    assert failed[3].startswith("no complete answer within 0.15")
    assert failed[4]


def test_tries_end_with_the_last_reason() -> None:
    with ScriptedServer([status(500, "<b>out</b> of order")]) as server:
        told = talk(calls_of(1), endpoint_of(server, attempts=3))
        assert server.count == 3
    assert told.failures == {
        "c0": "no answer in 3 tries; the server answered 500: <b>out</b> of order"
    }


def test_waits_grow() -> None:
    with ScriptedServer([status(500)]) as server:
        told = talk(calls_of(1), endpoint_of(server, attempts=5))
    # Half of what they may be at most, since the draw is 0.5.
    assert told.clock.slept == pytest.approx([0.5, 1.0, 2.0, 4.0])


@pytest.mark.parametrize("code", [400, 413, 422, 451, 418])
def test_a_refused_call_fails_alone(code: int) -> None:
    def script(seen: Seen) -> Act:
        return status(code, "too long") if seen.text == "ask c1" else says("x")

    with ScriptedServer(script) as server:
        told = talk(calls_of(4), endpoint_of(server))
        assert server.count == 4
    assert told.failures == {"c1": f"the server answered {code}: too long"}
    assert len(told.replies) == 3
    assert told.journal.billed() == [False]


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (status(401, "no such key"), "wants a key"),
        (status(403, "not for you"), "wants a key"),
        (status(404, "no such model"), "check base_url"),
        (status(405), "check base_url"),
        (status(402, "pay first"), "no money left"),
        (status(429, "You exceeded your current quota", code="insufficient_quota"), "no money"),
        (status(429, "x", type="insufficient_quota", headers={"Retry-After": "1"}), "no money"),
        (status(429, "Your credit balance is too low"), "no money left"),
        (Act(307, headers={"Location": "http://elsewhere/v1"}), "http://elsewhere/v1"),
    ],
)
def test_what_no_call_can_mend_stops_all_at_once(act: Act, said: str) -> None:
    with ScriptedServer([says("x"), act]) as server:
        told = talk(calls_of(30), endpoint_of(server, concurrency=1))
        assert server.count == 2
    assert len(told.replies) == 1
    assert len(told.failures) == 29
    (reason,) = set(told.failures.values())
    assert said in reason
    assert len(told.journal.of("began")) == 2


def test_what_is_in_flight_when_all_stops_is_still_kept() -> None:
    def script(seen: Seen) -> Act:
        return status(401) if seen.text == "ask c0" else says("x", after=0.1)

    with ScriptedServer(script) as server:
        told = talk(calls_of(30), endpoint_of(server, concurrency=4))
        assert server.count == 4
    assert set(told.replies) == {"c1", "c2", "c3"}


def test_flagged_content_fails_its_call_alone() -> None:
    with ScriptedServer([status(403, "input was flagged by moderation"), says("x")]) as server:
        told = talk(calls_of(3), endpoint_of(server, concurrency=1))
    assert (len(told.failures), len(told.replies)) == (1, 2)


def test_a_minutes_quota_is_waited_for() -> None:
    google = status(429, "check your plan and billing details", status="RESOURCE_EXHAUSTED")
    with ScriptedServer([google, says("x")]) as server:
        assert talk(calls_of(1), endpoint_of(server)).replies


# Too many requests


def test_too_many_requests_pause_everybody() -> None:
    def script(seen: Seen) -> Act:
        return status(429, headers={"Retry-After": "7"}) if seen.number == 0 else says("x")

    with ScriptedServer(script) as server:
        told = talk(calls_of(20), endpoint_of(server, concurrency=1))
        assert server.count == 21
    assert len(told.replies) == 20
    assert sum(told.clock.slept) == pytest.approx(7.0)
    assert told.journal.rows[:3][1][0] == "failed"


def test_a_storm_of_refusals_is_weathered() -> None:
    """Of the first forty requests every third is turned down, and nothing is lost."""

    def script(seen: Seen) -> Act:
        return status(429) if seen.number < 40 and seen.number % 3 == 1 else says("x")

    with ScriptedServer(script) as server:
        told = talk(calls_of(40), endpoint_of(server, concurrency=8))
    assert len(told.replies) == 40
    assert not any(told.journal.billed())


def test_a_server_that_only_ever_says_wait_is_left() -> None:
    with ScriptedServer([status(429, "slow down", headers={"Retry-After": "100000"})]) as server:
        told = talk(calls_of(500), endpoint_of(server))
        assert server.count < 50
    assert len(told.failures) == 500
    assert max(told.clock.slept) <= 120.0


# Nobody there


def closed_port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/v1"


def test_a_server_that_is_down_is_tried_a_few_times_and_not_for_every_call() -> None:
    told = talk(calls_of(1000), EndpointOptions(base_url=closed_port(), model="m", concurrency=8))
    assert len(told.failures) == 1000
    (reason,) = set(told.failures.values())
    assert "no connection to http://127.0.0.1:" in reason
    assert "6 times in a row" in reason
    assert len(told.journal.of("began")) == 8 + 5
    assert not any(told.journal.billed())


def test_a_host_that_does_not_exist_is_nobody() -> None:
    told = talk(
        calls_of(3), EndpointOptions(base_url="http://nobody.invalid/v1", model="m", attempts=2)
    )
    assert "no connection to http://nobody.invalid/v1" in next(iter(told.failures.values()))


def test_a_server_that_never_answers_is_left() -> None:
    with ScriptedServer([status(500)]) as server:
        told = talk(calls_of(300), endpoint_of(server, concurrency=4))
        assert server.count < 4 * 3 + 6 + 4
    assert len(told.failures) == 300
    assert any("tries in a row had no answer" in one for one in told.failures.values())


def test_a_success_in_between_starts_the_count_anew() -> None:
    def script(seen: Seen) -> Act:
        return says("x") if seen.number % 8 == 7 else status(500)

    with ScriptedServer(script) as server:
        told = talk(calls_of(10), endpoint_of(server, concurrency=1))
        assert server.count > 9
    assert told.replies
    assert not any("in a row" in reason for reason in told.failures.values())


# How the server wants to be asked

NO_SCHEMA = status(
    400, "Invalid parameter: 'response_format' of type 'json_schema' is not supported"
)
OTHER_NAME = status(
    400,
    "Unsupported parameter: 'max_tokens' is not supported with this model. "
    "Use 'max_completion_tokens' instead.",
    param="max_tokens",
    code="unsupported_parameter",
)  # fmt: skip
SCHEMA: dict[str, Any] = {"type": "object"}


@pytest.mark.parametrize(
    "complaint",
    [NO_SCHEMA, status(422, "json_schema: extra fields not permitted"),
     status(404, "No endpoints found that support response_format"),
     Act(400, b"grammar: not compiled in")],
)  # fmt: skip
def test_a_server_without_schemas_is_asked_without_one_from_then_on(complaint: Act) -> None:
    def script(seen: Seen) -> Act:
        return complaint if "response_format" in seen.body else says("x")

    with ScriptedServer(script) as server:
        told = talk(calls_of(20, schema=SCHEMA), endpoint_of(server, concurrency=2, attempts=1))
        assert 21 <= server.count <= 22
    assert len(told.replies) == 20
    assert not any(reply.structured for reply in told.replies.values())
    assert not any(told.journal.billed())


def test_a_schema_that_must_be_held_to_fails_the_call() -> None:
    with ScriptedServer([NO_SCHEMA]) as server:
        endpoint = endpoint_of(server, structured="json_schema")
        assert len(talk(calls_of(2, schema=SCHEMA), endpoint).failures) == 2
        assert server.count == 2


def test_without_structured_no_schema_is_sent() -> None:
    with ScriptedServer([says("x")]) as server:
        told = talk(calls_of(1, schema=SCHEMA), endpoint_of(server, structured="none"))
        assert "response_format" not in server.bodies[0]
    assert not told.replies["c0"].structured


def test_the_other_name_of_the_limit_is_learned() -> None:
    def script(seen: Seen) -> Act:
        return OTHER_NAME if "max_tokens" in seen.body else says("x")

    with ScriptedServer(script) as server:
        told = talk(calls_of(9), endpoint_of(server, concurrency=1, attempts=1, max_tokens=77))
        assert server.count == 10
        assert server.bodies[-1]["max_completion_tokens"] == 77
    assert len(told.replies) == 9


def test_a_limit_that_is_too_large_teaches_no_other_name() -> None:
    vllm = status(400, "'max_tokens' or 'max_completion_tokens' is too large: 1024")
    with ScriptedServer([vllm]) as server:
        assert len(talk([a_call("a")], endpoint_of(server)).failures) == 1
        assert server.count == 1
