"""Keys reach the server and nobody else; the environment sends no request anywhere."""

import logging
import pickle
import traceback
from typing import Any

import pytest

from evalreport.engines.api import NO_KEY, EndpointOptions, Key, key_of
from evalreport.errors import EvalReportError
from tests.engines.api.scripted_server import Act, ScriptedServer, says, status
from tests.engines.api.talking import Talk, calls_of, endpoint_of, talk

SECRET = "sk-proj-Zx9fQ2mW7vLk3TtB81NcYd5RrGhJ"
KEY = Key("JUDGE_KEY", SECRET)
PIECE = SECRET[4:20]


def judge(**options: Any) -> EndpointOptions:
    return EndpointOptions(model="m", api_key_env="JUDGE_KEY", **options)


def everything(told: Talk) -> str:
    return f"{told.outcomes!r} {told.journal!r}"


def test_a_key_is_read_from_its_variable_and_sent() -> None:
    key = key_of(judge(), {"JUDGE_KEY": f" {SECRET}\n"})
    with ScriptedServer([says("x")]) as server:
        talk(calls_of(1), endpoint_of(server, api_key_env="JUDGE_KEY"), key=key)
        assert server.seen[0].headers["authorization"] == f"Bearer {SECRET}"


def test_without_a_variable_no_key_is_read() -> None:
    assert key_of(EndpointOptions(model="m"), {"OPENAI_API_KEY": SECRET}) is NO_KEY


@pytest.mark.parametrize("environ", [{}, {"JUDGE_KEY": ""}, {"JUDGE_KEY": "  \n"}])
def test_a_missing_key_is_an_error_that_says_what_to_do(environ: dict[str, str]) -> None:
    with pytest.raises(EvalReportError) as caught:
        key_of(judge(base_url="http://there/v1"), environ)
    (problem,) = caught.value.problems
    assert "JUDGE_KEY" in problem.where
    assert "is not set" in problem.what
    assert "http://there/v1" in problem.what
    assert "export JUDGE_KEY" in problem.hint


@pytest.mark.parametrize("secret", [f"{SECRET}\nX: y", f"{SECRET}\x00", f"{SECRET} b", "schlüssel"])
def test_what_cannot_be_sent_is_refused_without_showing_it(secret: str) -> None:
    with pytest.raises(EvalReportError, match="cannot be a key") as caught:
        key_of(judge(), {"JUDGE_KEY": secret})
    shown = "".join(traceback.format_exception(caught.value))
    assert SECRET not in shown
    assert "schlüssel" not in shown


def test_a_key_shows_and_stores_nothing_of_itself() -> None:
    assert SECRET not in f"{KEY!r} {KEY} {[KEY]}"
    with pytest.raises(TypeError):
        pickle.dumps(KEY)


@pytest.mark.parametrize("said", [SECRET, f"Bearer {SECRET}!", f"{PIECE}***", f"...{SECRET[-12:]}"])
@pytest.mark.parametrize("code", [400, 401, 429, 500])
def test_a_server_that_echoes_the_key_is_not_quoted(said: str, code: int) -> None:
    with ScriptedServer([status(code, f"bad key: {said} given")]) as server:
        told = talk(calls_of(2), endpoint_of(server, api_key_env="JUDGE_KEY", attempts=2), key=KEY)
    assert PIECE not in everything(told)
    assert SECRET[-12:] not in everything(told)
    assert "[JUDGE_KEY]" in everything(told)
    assert len(told.failures) == 2


@pytest.mark.parametrize(
    "act",
    [
        Act(body=f"<p>{SECRET}</p>".encode()),
        Act(302, headers={"Location": f"http://x/?key={SECRET}"}),
        says(f"you sent {SECRET}", model=SECRET),
        says(None, refusal=SECRET),
    ],
)
def test_no_answer_carries_the_key_on(act: Act) -> None:
    with ScriptedServer([act]) as server:
        told = talk(calls_of(1), endpoint_of(server, api_key_env="JUDGE_KEY", attempts=1), key=KEY)
    assert SECRET not in everything(told)
    assert "JUDGE_KEY" in everything(told)


def test_a_short_key_is_a_word_that_answers_may_use() -> None:
    with ScriptedServer([says("the cell is EMPTY")]) as server:
        told = talk(calls_of(1), endpoint_of(server), key=Key("LOCAL", "EMPTY"))
    assert told.replies["c0"].text == "the cell is EMPTY"


def test_a_broken_connection_tells_nothing_of_the_request(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    with ScriptedServer(
        [Act(drops="before"), Act(hangs="after"), status(500), says("x")]
    ) as server:
        endpoint = endpoint_of(server, api_key_env="JUDGE_KEY", timeout_seconds=0.1)
        told = talk(calls_of(1), endpoint, key=KEY)
    assert len(told.replies) == 1
    assert SECRET not in everything(told) + caplog.text + "".join(capfd.readouterr())


def test_the_environment_changes_neither_address_nor_headers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with ScriptedServer([says("trap")]) as trap, ScriptedServer([says("x")]) as server:
        for name, value in {
            "OPENAI_BASE_URL": trap.url,
            "OPENAI_API_KEY": SECRET,
            "OPENAI_ADMIN_KEY": SECRET,
            "OPENAI_ORG_ID": "org-9",
            "OPENAI_PROJECT_ID": "proj-9",
            "OPENAI_CUSTOM_HEADERS": f"Authorization: Bearer {SECRET}\nX-Trap: 1",
            "OPENAI_LOG": "debug",
            "HTTP_PROXY": trap.url,
            "http_proxy": trap.url,
            "ALL_PROXY": trap.url,
            "all_proxy": trap.url,
        }.items():
            monkeypatch.setenv(name, value)
        told = talk(calls_of(2), endpoint_of(server))
        assert (trap.count, server.count) == (0, 2)
        headers = server.seen[0].headers
    assert len(told.replies) == 2
    assert headers["authorization"] == "Bearer none"
    assert SECRET not in str(headers)
    assert not {name for name in headers if "openai" in name or "trap" in name}
    assert {name.lower() for name in headers} == {
        "accept", "accept-encoding", "authorization", "content-length", "content-type", "host",
        "user-agent",
    }  # fmt: skip


def test_a_redirect_is_not_followed() -> None:
    with ScriptedServer([says("trap")]) as trap:
        sent_on = Act(308, headers={"Location": f"{trap.url}/chat/completions"})
        with ScriptedServer([sent_on]) as server:
            talk(calls_of(1), endpoint_of(server, api_key_env="JUDGE_KEY"), key=KEY)
        assert trap.count == 0


def test_the_body_and_path_are_those_of_chat_completions() -> None:
    with ScriptedServer([says("x")]) as server:
        assert talk(calls_of(1), endpoint_of(server)).replies
        (seen,) = server.seen
    assert seen.path == "/v1/chat/completions"
    assert seen.body["messages"] == [{"role": "user", "content": "ask c0"}]
    assert "stream" not in seen.body
