"""Answers read whole, and no further than a limit: what a server sends may be endless, or a bomb.

The client would unpack whatever is called packed, and read an error in whatever character set is
named; some of what is named there grows a thousandfold, or cannot be read by anybody.
"""

import zlib
from collections.abc import Iterable
from typing import Any, Final

import httpx2

MOST_BYTES: Final = 16 << 20  # of an answer, also unpacked; no completion is that long
_GZIP_OR_ZLIB: Final = 32 + zlib.MAX_WBITS
# What an answer says of its own form: it has been read by the time that the client sees it.
_OF_ITS_FORM: Final = frozenset({b"content-encoding", b"content-type", b"content-length"})


class Client(httpx2.AsyncClient):
    """A client over the library's own transport whose answers are read whole, up to the limit."""

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """Send a request and read its whole answer.

        Raises:
            httpx2.RemoteProtocolError: It does not end, or is packed as nobody asked for.
        """
        response = await super().send(request, **{**options, "stream": True})
        body = bytearray()
        try:
            async for part in response.aiter_raw():
                body += part
                refuse_endless(len(body))
        finally:
            await response.aclose()
        return whole(response.status_code, response.headers.raw, bytes(body), request)


def whole(
    status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes, request: httpx2.Request
) -> httpx2.Response:
    """An answer that has arrived and is as long as it looks: what says otherwise is left out.

    Args:
        status: Its status.
        headers: As they came; they need not be ASCII.
        body: As it came.
        request: That it answers.

    Raises:
        httpx2.RemoteProtocolError: It is packed as nobody asked for, or unpacks to no end.
    """
    plain = []
    packing = b""
    for name, value in headers:
        lower = name.lower()
        if lower == b"content-encoding":
            packing += b"," + value
        if lower not in _OF_ITS_FORM:
            plain.append((name, value))
    content = _unpacked(body, packing.decode("latin-1")) if packing else body
    return httpx2.Response(status, headers=plain, content=content, request=request)


def refuse_endless(length: int) -> None:
    """Stop reading an answer that is longer than any.

    Raises:
        httpx2.RemoteProtocolError: It is.
    """
    if length > MOST_BYTES:
        raise httpx2.RemoteProtocolError("the answer does not end")


def _unpacked(body: bytes, packing: str) -> bytes:
    """A body as it was before it was packed; we ask for none that is, and some servers do it."""
    names = [name for one in packing.split(",") if (name := one.strip().lower())]
    for name in reversed(names):
        if name == "identity":
            continue
        if name not in ("gzip", "x-gzip", "deflate"):
            raise httpx2.RemoteProtocolError("the answer is packed, which was not asked for")
        reader = zlib.decompressobj(_GZIP_OR_ZLIB)
        try:
            body = reader.decompress(body, MOST_BYTES + 1)
        except zlib.error as error:
            raise httpx2.RemoteProtocolError("the answer cannot be unpacked") from error
        refuse_endless(len(body))
        if not reader.eof:
            raise httpx2.RemoteProtocolError("the answer is packed, and ends too early")
    return body
