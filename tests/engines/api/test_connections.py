"""The way to the server: connections that are kept and renewed, odd HTTP, TLS, proxies."""

import ssl
import time
from pathlib import Path

import pytest

from evalreport.engines.api import NO_KEY, CallBudget, EndpointOptions, Reply, call_all
from evalreport.engines.api.wire import has_proxy
from tests.engines.api.scripted_server import Act, ScriptedServer, Seen, says
from tests.engines.api.talking import ListJournal, calls_of, endpoint_of, talk

CERTIFICATE = Path(__file__).with_name("localhost.pem")
GOOD = says("x").body


def certified() -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)
    return context


def test_connections_are_kept() -> None:
    with ScriptedServer([says("x")]) as server:
        assert len(talk(calls_of(40), endpoint_of(server, concurrency=4)).replies) == 40
        assert server.connections == 4


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + GOOD,
        b"HTTP/1.0 200 OK\r\n\r\n" + GOOD,
        # Without the word that it hangs up, a call that leaves just then would be lost.
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"%x\r\n%s\r\n0\r\n\r\n" % (len(GOOD), GOOD),
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nConnection: close\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (len(GOOD), GOOD),
    ],
)
def test_an_answer_in_any_form_of_http_is_read(raw: bytes) -> None:
    with ScriptedServer([Act(raw=raw)]) as server:
        told = talk(calls_of(2), endpoint_of(server, concurrency=1))
        assert len(told.replies) == server.connections == 2
    assert not told.journal.of("failed")


@pytest.mark.parametrize(
    "raw",
    [b"SSH-2.0-OpenSSH\r\n", b"\x00" * 2000, b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 abc\r\n\r\n",
     b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000, b"HTTP/1.1 200 OK\r\nContent-Length: z\r\n\r\n"],
)  # fmt: skip
def test_what_is_no_http_is_a_broken_connection(raw: bytes) -> None:
    with ScriptedServer([Act(raw=raw), says("x")]) as server:
        told = talk(calls_of(1), endpoint_of(server))
    assert told.replies["c0"].attempts == 2
    assert "connection broke" in told.journal.of("failed")[0][3]


def test_a_connection_that_the_server_gave_up_is_not_used_again() -> None:
    """Answers end well, and the server hangs up right after: each call gets a connection."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(GOOD)
    with ScriptedServer([Act(raw=head + GOOD)]) as server:
        journal = ListJournal()
        told = call_all(
            calls_of(3),
            endpoint_of(server, concurrency=1, requests_per_minute=1200),
            key=NO_KEY,
            journal=journal,
            budget=CallBudget(),
        )
        assert all(isinstance(one.result, Reply) for one in told)
        assert server.connections == 3
    assert not journal.of("failed")


def test_a_long_prompt_and_a_long_answer_go_through() -> None:
    def script(seen: Seen) -> Act:
        return says("y" * 1_000_000 if len(seen.text) > 500_000 else "short")

    call = calls_of(1)[0]
    message = call.messages[0].model_copy(update={"content": "ä" * 600_000})
    with ScriptedServer(script) as server:
        told = talk([type(call)(call.key, call.item, (message,))], endpoint_of(server))
    assert len(told.replies["c0"].text or "") == 1_000_000


# TLS


def test_https_is_spoken_with_those_who_are_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    with ScriptedServer([says("x")], certificate=certified()) as server:
        told = talk(calls_of(9), endpoint_of(server, concurrency=3))
        assert server.connections == 3
    assert len(told.replies) == 9


def test_who_is_not_believed_gets_nothing() -> None:
    with ScriptedServer([says("x")], certificate=certified()) as server:
        told = talk(calls_of(1), endpoint_of(server, attempts=1))
        assert server.count == 0
    assert "certificate" in told.failures["c0"]
    assert not any(told.journal.billed())


# Proxies


def test_a_proxy_carries_calls_to_other_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer([says("by proxy")]) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url.removesuffix("/v1"))
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        endpoint = EndpointOptions(base_url="http://judge.example/v1", model="m")
        told = talk(calls_of(5), endpoint)
        assert proxy.seen[0].path == "http://judge.example/v1/chat/completions"
    assert len(told.replies) == 5


@pytest.mark.parametrize(
    ("url", "proxies", "expected"),
    [
        ("http://judge.example/v1", {"http": "http://p"}, True),
        ("https://judge.example/v1", {"http": "http://p"}, False),
        ("https://judge.example/v1", {"all": "http://p"}, True),
        ("http://localhost:8000/v1", {"http": "http://p"}, False),
        ("http://127.0.0.2/v1", {"all": "http://p"}, False),
        ("http://[::1]:8000/v1", {"all": "http://p"}, False),
        ("http://judge.example/v1", {}, False),
    ],
)
def test_no_proxy_stands_before_this_machine(
    url: str, proxies: dict[str, str], expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert has_proxy(url, proxies) is expected


def test_an_idle_connection_grows_old() -> None:
    """A request on one that the server is about to close would be lost: see `_IDLE_SECONDS`."""
    from evalreport.engines.api.connections import _Connection

    class Open:
        def at_eof(self) -> bool:
            return False

        def is_closing(self) -> bool:
            return False

    now = time.monotonic()
    one = _Connection(Open(), Open(), None, idle_since=now)  # type: ignore[arg-type]
    assert one.is_fresh(now + 2.9)
    assert not one.is_fresh(now + 3.1)
