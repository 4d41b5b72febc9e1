"""What servers answer, good and odd, to what is kept of it."""

import gzip
import json
from typing import Any

import pytest

from tests.engines.api.scripted_server import Act, ScriptedServer, says
from tests.engines.api.talking import SCHEMA, Talk, calls_of, endpoint_of, talk

HTML = Act(body=b"<html><body>Sign in to the <b>wifi</b></body></html>")


def told_by(*acts: Act, **options: Any) -> Talk:
    """What becomes of one call to a server with this script."""
    with ScriptedServer(acts) as server:
        return talk(calls_of(1), endpoint_of(server, **options))


def completion(**changed: Any) -> Act:
    body = {**json.loads(says("x").body), **changed}
    return Act(body=json.dumps(body).encode())


def test_an_answer_is_kept_with_all_that_the_server_told() -> None:
    with ScriptedServer([says("[[A]]")]) as server:
        told = talk(calls_of(1, schema=SCHEMA), endpoint_of(server))
    reply = told.replies["c0"]
    assert (reply.text, reply.finish, reply.prompt_tokens, reply.tokens) == ("[[A]]", "stop", 10, 5)
    assert (reply.model, reply.fingerprint) == ("served-model", "fp_1")
    assert (reply.attempts, reply.structured) == (1, True)
    assert 0 < reply.seconds < 5


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("", ""),
        (None, None),
        ([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}], "ab"),
        (["a", 3, {"text": None}], "a"),
        ([], None),
        ({"text": "a"}, None),
        (7, None),
        ("half \ud83d", "half \ud83d"),
        ("\u202e[[A]]\x00", "\u202e[[A]]\x00"),
    ],
)
def test_content_of_any_shape_is_a_paid_answer(content: Any, text: str | None) -> None:
    told = told_by(says(content))
    assert told.replies["c0"].text == text
    assert [row[0] for row in told.journal.rows] == ["began", "answered"]


@pytest.mark.parametrize(
    "usage",
    [{}, {"prompt_tokens": None}, {"prompt_tokens": "9", "completion_tokens": -1},
     {"prompt_tokens": True, "completion_tokens": 1.5}, {"prompt_tokens": 1e300},
     {"prompt_tokens": 1 << 40, "completion_tokens": 1 << 53}],
)  # fmt: skip
def test_missing_or_senseless_usage_is_unknown(usage: dict[str, Any]) -> None:
    reply = told_by(says("x", usage=usage)).replies["c0"]
    assert (reply.text, reply.prompt_tokens, reply.tokens) == ("x", None, None)


def test_a_count_written_as_a_whole_float_is_a_count() -> None:
    assert told_by(says("x", usage={"prompt_tokens": 3.0})).replies["c0"].prompt_tokens == 3


@pytest.mark.parametrize(
    "act",
    [
        completion(choices=[{"message": {"content": None, "refusal": "I cannot"}}]),
        completion(choices=[{}]),
        completion(choices=[{"message": "hello", "finish_reason": 3}]),
        completion(usage=[1], model=None, system_fingerprint={"a": 1}),
    ],
)
def test_fields_of_wrong_types_lose_no_answer(act: Act) -> None:
    told = told_by(act)
    assert list(told.replies) == ["c0"]
    assert len(told.journal.of("began")) == 1


def test_a_refusal_is_kept() -> None:
    reply = told_by(says(None, finish="content_filter", refusal="I cannot")).replies["c0"]
    assert (reply.text, reply.refusal, reply.finish) == (None, "I cannot", "content_filter")


@pytest.mark.parametrize(
    "act",
    [
        HTML,
        Act(body=says("x").body[:-20]),
        Act(body=b""),
        Act(body=b"[1, 2]"),
        Act(body=b"\xff\xfe\x00"),
        Act(body=b"[" * 100_000),
        completion(choices=[]),
        completion(choices=None),
        completion(choices="none"),
        Act(body=b'{"error": "the worker died"}'),
        Act(status=204),
        Act(status=202, body=b"{}"),
    ],
)
def test_what_is_no_answer_is_asked_again_and_may_have_been_paid(act: Act) -> None:
    told = told_by(act, says("x"))
    assert told.replies["c0"].attempts == 2
    assert told.journal.billed() == [True]
    assert told.clock.slept


def test_the_reason_shows_what_came_instead() -> None:
    told = told_by(HTML, attempts=2)
    assert told.failures["c0"] == (
        "no answer in 2 tries; the server answered something that is no JSON (Sign in to the wifi)"
    )


def test_an_error_in_an_answer_marked_as_good_counts_as_its_status() -> None:
    error = {"message": "slow down", "code": 429}
    told = told_by(Act(body=json.dumps({"error": error}).encode()), says("x"))
    assert told.replies["c0"].attempts == 2
    assert told.journal.billed() == [False]


def test_packed_and_marked_bodies_are_read() -> None:
    good = says("grün").body
    packed = Act(body=gzip.compress(good), headers={"Content-Encoding": "gzip"})
    assert told_by(packed).replies["c0"].text == "grün"
    assert told_by(Act(body=b"\xef\xbb\xbf" + good)).replies["c0"].text == "grün"


def test_a_body_that_claims_to_be_packed_is_asked_for_again() -> None:
    lying = Act(body=says("x").body, headers={"Content-Encoding": "gzip"})
    assert told_by(lying, says("x")).journal.billed() == [True]


def test_a_name_that_would_move_a_cursor_is_shown_as_what_it_is() -> None:
    name = "m\x1b[2J \n\u202e\ud800"
    told = told_by(completion(model=name, system_fingerprint=name))
    reply = told.replies["c0"]
    assert reply.model == reply.fingerprint == "m\\u001b[2J \\u202e\\ud800"
