"""Answers that are too long, packed to explode, or in a character set that nobody can read."""

import gzip
import zlib
from typing import Any

import pytest

from evalreport.engines.api import EndpointOptions
from evalreport.engines.api.whole import MOST_BYTES
from tests.engines.api.scripted_server import Act, ScriptedServer, says
from tests.engines.api.talking import Talk, calls_of, endpoint_of, talk

GOOD = says("fine").body


def told_by(act: Act, **options: Any) -> Talk:
    with ScriptedServer([act]) as server:
        return talk(calls_of(1), endpoint_of(server, attempts=1, **options))


def packed(body: bytes, packing: str) -> Act:
    return Act(body=body, headers={"Content-Encoding": packing})


@pytest.mark.parametrize(
    "charset", ["hex", "undefined", "idna", "punycode", "rot13", "zlib_codec", "no such", "utf-7"]
)
def test_an_error_in_any_character_set_is_an_error_of_the_server(charset: str) -> None:
    """Python takes these names for codecs, and reading by them raises what nobody expects."""
    headers = {"Content-Type": f"text/plain; charset={charset}"}
    told = told_by(Act(500, b"\xffbusy", headers))
    assert "500" in told.failures["c0"]
    assert "busy" in told.failures["c0"]


@pytest.mark.parametrize(
    ("body", "packing"),
    [
        (gzip.compress(GOOD), "gzip"),
        (gzip.compress(GOOD), "X-GZIP"),
        (zlib.compress(GOOD), "deflate"),
        (gzip.compress(zlib.compress(GOOD)), "deflate, gzip"),
        (GOOD, "identity"),
    ],
)
def test_an_answer_that_is_packed_though_nobody_asked_is_read(body: bytes, packing: str) -> None:
    assert told_by(packed(body, packing)).replies["c0"].text == "fine"


@pytest.mark.parametrize(
    ("body", "packing", "why"),
    [
        (gzip.compress(bytes(4 * MOST_BYTES)), "gzip", "does not end"),
        (gzip.compress(gzip.compress(bytes(8 * MOST_BYTES))), "gzip, gzip", "does not end"),
        (GOOD, "br", "not asked for"),
        (GOOD, "gzip", "cannot be unpacked"),
        (gzip.compress(GOOD)[:-9], "gzip", "too early"),
    ],
)
def test_a_packed_answer_that_explodes_or_cannot_be_read_is_none(
    body: bytes, packing: str, why: str
) -> None:
    told = told_by(packed(body, packing))
    assert why in told.failures["c0"]
    assert told.journal.billed() == [True]


def test_no_answer_is_read_beyond_a_limit() -> None:
    assert "does not end" in told_by(Act(body=b" " * (MOST_BYTES + 1))).failures["c0"]


def test_behind_a_proxy_the_same_limits_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    acts = [
        Act(body=b" " * (MOST_BYTES + 1)),
        packed(gzip.compress(bytes(4 * MOST_BYTES)), "gzip"),
        Act(500, b"\xffbusy", {"Content-Type": "text/plain; charset=hex"}),
        packed(gzip.compress(GOOD), "gzip"),
    ]
    with ScriptedServer(acts) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url.removesuffix("/v1"))
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        endpoint = EndpointOptions(base_url="http://judge.example/v1", model="m")
        told = talk(calls_of(1), endpoint)
    assert told.replies["c0"].text == "fine"
    first, second, third = (row[3] for row in told.journal.of("failed"))
    assert "does not end" in first
    assert "does not end" in second
    assert "busy" in third


def test_the_words_of_an_error_page_take_no_time() -> None:
    told = told_by(Act(500, b"<" * 20_000))
    assert "500" in told.failures["c0"]


@pytest.mark.parametrize(
    "header",
    [b"Location: \xff\xfe", b"Retry-After: \xff", b"Set-Cookie: \xff=\xff; domain=", b"X: \x80"],
)
@pytest.mark.parametrize("status", [b"200", b"302", b"429", b"500"])
def test_bytes_in_a_header_that_are_no_text_harm_nobody(header: bytes, status: bytes) -> None:
    raw = b"HTTP/1.1 %s X\r\n%s\r\nContent-Length: %d\r\n\r\n%s" % (
        status, header, len(GOOD), GOOD
    )  # fmt: skip
    told = told_by(Act(raw=raw))
    assert told.replies if status == b"200" else told.failures
