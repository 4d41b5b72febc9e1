"""Answers read whole, and no further than a limit: what a server sends may be endless, or a bomb.

The client would unpack whatever is called packed, and read an error in whatever character set is
named; some of what is named there grows a thousandfold, or cannot be read by anybody.
"""

import zlib
from typing import Any, Final

import httpx2

MOST_BYTES: Final = 16 << 20  # of an answer, also unpacked; no completion is that long
_GZIP_OR_ZLIB: Final = 32 + zlib.MAX_WBITS
# What an answer says of its own form: it has been read by the time that the client sees it.
_OF_ITS_FORM: Final = frozenset({b"content-encoding", b"content-type", b"content-length"})


class Client(httpx2.AsyncClient):
    """A client whose answers have arrived when they are told, and are as long as they look."""

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
        packing = response.headers.get("content-encoding", "")
        return httpx2.Response(
            response.status_code,
            headers=[
                (name, value)
                for name, value in response.headers.raw  # as bytes: they need not be ASCII
                if name.lower() not in _OF_ITS_FORM
            ],
            content=_unpacked(bytes(body), packing),
            request=request,
        )


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
