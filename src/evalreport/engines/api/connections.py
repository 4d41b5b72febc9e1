"""HTTP/1.1 connections to one server, kept open between requests: asyncio carries, h11 reads.

The client's own transport takes twice the processor time a request, which is more than two cores
have when a fast server answers hundreds of requests a second (`python -m benchmarks.calling`).
It knows no proxies: where one stands between, the client's own transport is used instead.
"""

import asyncio
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import h11
import httpx2

from evalreport.engines.api.whole import refuse_endless, whole

_CHUNK: Final = 1 << 16
_MOST_HEAD: Final = 100 * 1024  # bytes of an answer's head
# Servers hang up on idle connections, some after five seconds; a request sent at that moment is
# lost, and nobody knows whether it arrived.
_IDLE_SECONDS: Final = 3.0
_CONNECT_SECONDS: Final = 15.0


@dataclass(slots=True)
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    http: h11.Connection
    idle_since: float = 0.0

    def is_fresh(self, now: float) -> bool:
        """Whether the other side still listens, as far as can be seen."""
        is_open = not (self.reader.at_eof() or self.writer.is_closing())
        return is_open and now - self.idle_since < _IDLE_SECONDS

    def drop(self) -> None:
        """Hang up without waiting for anybody."""
        self.writer.transport.abort()


class Connections(httpx2.AsyncBaseTransport):
    """Connections to one server, as many as requests are in flight."""

    def __init__(self, context: ssl.SSLContext | None) -> None:
        """Prepare.

        Args:
            context: Certificates that are believed; None for plain HTTP.
        """
        self._context = context
        self._idle: list[_Connection] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request and read its whole answer.

        Raises:
            httpx2.ConnectError: Nobody was reached; nothing was sent.
            httpx2.LocalProtocolError: The request cannot be sent; nothing was.
            httpx2.ReadError: The connection broke after the request had left.
            httpx2.RemoteProtocolError: What came is no HTTP, or ended too early.
        """
        connection = self._kept() or await self._connected(request.url)
        is_done = False
        try:
            content = await request.aread()
            connection.writer.write(_bytes_of(connection.http, request, content))
            with _told_apart():
                head, body = await _answer(connection)
            is_done = connection.http.their_state is h11.DONE
        finally:
            if is_done and connection.http.our_state is h11.DONE:
                self._keep(connection)
            else:
                connection.drop()
        return whole(head.status_code, head.headers.raw_items(), body, request)

    async def aclose(self) -> None:
        """Hang up everywhere."""
        for connection in self._idle:
            connection.drop()
        self._idle.clear()

    def _kept(self) -> _Connection | None:
        now = time.monotonic()
        while self._idle:
            connection = self._idle.pop()
            if connection.is_fresh(now):
                return connection
            connection.drop()
        return None

    def _keep(self, connection: _Connection) -> None:
        connection.http.start_next_cycle()
        connection.idle_since = time.monotonic()
        self._idle.append(connection)

    async def _connected(self, url: httpx2.URL) -> _Connection:
        port = url.port or (80 if self._context is None else 443)
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                reader, writer = await asyncio.open_connection(
                    url.host,
                    port,
                    ssl=self._context,
                    happy_eyeballs_delay=0.25,
                )
        except TimeoutError as error:
            raise httpx2.ConnectTimeout(f"nobody answered in {_CONNECT_SECONDS:g} s") from error
        except OSError as error:
            raise httpx2.ConnectError(_sentence(error)) from error
        http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MOST_HEAD)
        return _Connection(reader, writer, http)


def _bytes_of(http: h11.Connection, request: httpx2.Request, content: bytes) -> bytes:
    try:
        head = h11.Request(
            method=request.method, target=request.url.raw_path, headers=request.headers.raw
        )
        parts = (http.send(head), http.send(h11.Data(data=content)), http.send(h11.EndOfMessage()))
    except h11.LocalProtocolError as error:
        # Its words may hold a header, and so the key.
        raise httpx2.LocalProtocolError("the request cannot be sent") from error
    return b"".join(part for part in parts if part)


async def _answer(connection: _Connection) -> tuple[h11.Response, bytes]:
    head: h11.Response | None = None
    body = bytearray()
    while True:
        event = connection.http.next_event()
        if event is h11.NEED_DATA:
            connection.http.receive_data(await connection.reader.read(_CHUNK))
        elif isinstance(event, h11.Response):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
            refuse_endless(len(body))
        elif isinstance(event, h11.EndOfMessage) and head is not None:
            return head, bytes(body)
        elif not isinstance(event, h11.InformationalResponse):
            raise httpx2.RemoteProtocolError("the server hung up without an answer")


@contextmanager
def _told_apart() -> Iterator[None]:
    """What breaks once a request has left, in the client's words.

    Raises:
        httpx2.ReadError: The connection broke.
        httpx2.RemoteProtocolError: What came is no HTTP, or ended too early.
    """
    try:
        yield
    except h11.RemoteProtocolError as error:
        raise httpx2.RemoteProtocolError(str(error)) from error
    except OSError as error:
        raise httpx2.ReadError(_sentence(error)) from error


def _sentence(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__
