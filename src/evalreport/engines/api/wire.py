"""One attempt over the wire: a request that leaves through the `openai` client, once."""

import asyncio
import time
import urllib.request
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import urlsplit

from evalreport.engines.api.endpoint import EndpointOptions, is_this_machine
from evalreport.engines.api.faults import Fault, Remedy
from evalreport.engines.api.keys import Key
from evalreport.engines.api.reading import Arrived
from evalreport.errors import printable

if TYPE_CHECKING:
    import httpx2
    from openai import AsyncOpenAI
    from openai._models import FinalRequestOptions

_ROUTE: Final = "/chat/completions"
_MOST_SHOWN: Final = 200


class Wire:
    """A client of one endpoint that sends each request once: no retries, redirects or surprises."""

    def __init__(self, endpoint: EndpointOptions, key: Key) -> None:
        self._endpoint = endpoint
        self._key = key
        self._target = endpoint.url + _ROUTE
        self._client = _client(endpoint, key)

    async def send(self, body: bytes, deadline: asyncio.Timeout) -> Arrived | Fault:
        """What came of one request before its deadline; a fault where nothing came.

        Cancelling it hangs up.
        """
        try:
            async with deadline:
                return await self._sent(body)
        except TimeoutError:
            reason = f"no complete answer within {self._endpoint.timeout_seconds:g} s"
            return Fault(Remedy.AGAIN, reason, may_be_billed=True)

    async def close(self) -> None:
        """Hang up."""
        await self._client.close()

    async def _sent(self, body: bytes) -> Arrived | Fault:
        import httpx2
        import openai

        began = time.monotonic()
        try:
            response = await self._client.post(self._target, cast_to=httpx2.Response, content=body)
        except openai.APIStatusError as error:
            response = error.response
        except openai.OpenAIError as error:
            return self._broken(error.__cause__ or error)
        return Arrived(
            response.status_code,
            {name.lower(): value for name, value in response.headers.items()},
            response.content,
            time.monotonic() - began,
        )

    def _broken(self, error: BaseException) -> Fault:
        import httpx2

        words = printable(self._key.out_of(" ".join(str(error).split())))[:_MOST_SHOWN]
        said = f" ({words})" if words else ""
        nobody = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError)
        if isinstance(error, nobody):
            return Fault(Remedy.CONNECT, f"no connection to {self._endpoint.url}{said}")
        if isinstance(error, httpx2.LocalProtocolError | httpx2.UnsupportedProtocol):
            return Fault(Remedy.GIVE_UP, f"the request could not be sent{said}")
        # Also what broke while it was being sent: the server may have read enough of it.
        reason = f"the connection broke before the answer was complete{said}"
        return Fault(Remedy.AGAIN, reason, may_be_billed=True)


def _client(endpoint: EndpointOptions, key: Key) -> "AsyncOpenAI":
    """A client that takes nothing from the environment: address, key, organisation or headers."""
    import httpx2
    import openai

    target = httpx2.URL(endpoint.url + _ROUTE)
    stated = {
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Content-Type": "application/json",
        "User-Agent": "evalreport",
        "Authorization": key.bearer(),
    }
    head = httpx2.Headers(stated)

    class Stated(openai.AsyncOpenAI):
        """Sends these headers and no others: the client's own would add what a variable says."""

        @property
        def default_headers(self) -> dict[str, "str | openai.Omit"]:
            return {**stated}

        def _build_request(
            self,
            options: "FinalRequestOptions",
            *,
            retries_taken: int = 0,  # noqa: ARG002 (none is made)
        ) -> httpx2.Request:
            """One request; address and headers are the same for all, and worked out once.

            The client works them out anew each time, in a third of the time that a call takes.
            Should it come to build requests in another way, calls are slower, and no others.
            """
            return httpx2.Request(
                "POST", target, headers=head, content=cast("bytes", options.content)
            )

    return Stated(
        api_key=key.bearer().removeprefix("Bearer "),
        base_url=endpoint.url,
        max_retries=0,
        http_client=_http(endpoint),
    )


def _http(endpoint: EndpointOptions) -> "httpx2.AsyncClient":
    """Connections without a time limit of their own: the deadline is one, and of the whole."""
    import httpx2

    from evalreport.engines.api.connections import Connections
    from evalreport.engines.api.whole import Client

    if has_proxy(endpoint.url, urllib.request.getproxies()):
        most = endpoint.concurrency
        limits = httpx2.Limits(max_connections=most, max_keepalive_connections=most)
        return Client(timeout=None, limits=limits)
    context = httpx2.create_ssl_context() if endpoint.url.startswith("https:") else None
    transport = Connections(context)
    return httpx2.AsyncClient(timeout=None, transport=transport, trust_env=False)


def has_proxy(url: str, proxies: Mapping[str, str]) -> bool:
    """Whether the environment puts a proxy before an address; never before this very machine.

    Args:
        url: Of the endpoint.
        proxies: By scheme, as `urllib.request.getproxies` tells them.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if is_this_machine(host):
        return False
    is_set = parts.scheme in proxies or "all" in proxies
    return is_set and not urllib.request.proxy_bypass(host)
