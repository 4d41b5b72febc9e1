"""A server on the loopback that does what a test tells it to, request by request.

    with ScriptedServer([status(429, headers={"Retry-After": "1"}), says("fine")]) as server:
        ... EndpointOptions(base_url=server.url, model="m") ...
        assert server.count == 2

A script is a list of acts (the last is repeated), or a function from what was seen to an act. A
judge is `ScriptedServer(judge(lambda body: "[[A]]"))`: its function gets the request's body.
"""

import asyncio
import json
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self, TypeAlias

_PHRASES = {200: "OK", 400: "Bad Request", 429: "Too Many Requests"}


@dataclass(frozen=True)
class Seen:
    """One request as it came; `number` counts from 0."""

    number: int
    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]
    at: float

    @property
    def text(self) -> str:
        """The last message."""
        return str(self.body["messages"][-1]["content"])


@dataclass(frozen=True)
class Act:
    """What the server does about one request.

    Attributes:
        status: Of the answer.
        body: Of the answer.
        headers: Further ones.
        after: Seconds before anything is sent.
        hangs: "before" or "after" the head, it says nothing more until the server is closed.
        drops: "before" the head, "after" it or "within" the body, it hangs up.
        trickles: Seconds between two bytes of the body.
        raw: Sent instead of all that, as it stands; then it hangs up.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    after: float = 0.0
    hangs: str = ""
    drops: str = ""
    trickles: float = 0.0
    raw: bytes = b""


Script: TypeAlias = Callable[[Seen], Act]


def says(
    content: Any,
    *,
    usage: Mapping[str, Any] | None = None,
    finish: Any = "stop",
    after: float = 0.0,
    model: str = "served-model",
    **message: Any,
) -> Act:
    """A chat completion; `usage` {} leaves the counts out."""
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": model,
        "system_fingerprint": "fp_1",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": content, **message},
                "finish_reason": finish,
            }
        ],
    }
    if usage is None:
        usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    if usage:
        body["usage"] = dict(usage)
    return Act(body=json.dumps(body).encode(), after=after)


def status(
    answered: int,
    message: str = "",
    /,
    *,
    headers: Mapping[str, str] | None = None,
    after: float = 0.0,
    **error: Any,
) -> Act:
    """An error as OpenAI writes it."""
    body = json.dumps({"error": {"message": message or f"status {answered}", **error}}).encode()
    return Act(answered, body, headers or {}, after)


def judge(content: Callable[[dict[str, Any]], str], *, after: float = 0.0) -> Script:
    """A judge that answers what a function of the request's body says."""
    return lambda seen: says(content(seen.body), after=after)


class ScriptedServer:
    """The server; it listens while it is entered.

    Attributes:
        seen: All requests in order of arrival.
        most_at_once: The most requests that were in flight together.
        connections: How many there have been.
    """

    def __init__(
        self,
        script: Script | Sequence[Act],
        *,
        certificate: ssl.SSLContext | None = None,
        port: int = 0,
    ) -> None:
        """Prepare; with a certificate it speaks HTTPS, as `localhost`; any free port by default."""
        self._script = script
        self._certificate = certificate
        self.seen: list[Seen] = []
        self.most_at_once = 0
        self.connections = 0
        self._at_once = 0
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._closing: asyncio.Event | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def url(self) -> str:
        """Its base_url."""
        host = "http://127.0.0.1" if self._certificate is None else "https://localhost"
        return f"{host}:{self._port}/v1"

    @property
    def count(self) -> int:
        """How many requests came."""
        return len(self.seen)

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """The bodies of all requests."""
        return [one.body for one in self.seen]

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        closing = self._closing
        assert closing is not None
        self._loop.call_soon_threadsafe(closing.set)
        self._thread.join(10)

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._closing = asyncio.Event()
        tasks: set[asyncio.Task[None]] = set()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            self.connections += 1
            try:
                while await self._one(reader, writer):
                    pass
            except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                pass
            finally:
                writer.transport.abort()
                tasks.discard(task)

        server = await asyncio.start_server(
            serve, "127.0.0.1", self._port, limit=1 << 24, ssl=self._certificate
        )
        self._port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._closing.wait()
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Serve one request; whether the connection stays."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head[1:] if line)
        }
        raw = await reader.readexactly(int(headers.get("content-length", "0")))
        seen = Seen(
            len(self.seen), head[0].split(" ")[1], headers, json.loads(raw or b"{}"),
            time.monotonic(),
        )  # fmt: skip
        self.seen.append(seen)
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            return await self._do(self._act(seen), writer)
        finally:
            self._at_once -= 1

    def _act(self, seen: Seen) -> Act:
        if callable(self._script):
            return self._script(seen)
        return self._script[min(seen.number, len(self._script) - 1)]

    async def _do(self, act: Act, writer: asyncio.StreamWriter) -> bool:
        if act.after:
            await asyncio.sleep(act.after)
        if act.hangs == "before":
            await asyncio.sleep(3600)
        if act.drops == "before":
            return False
        if act.raw:
            writer.write(act.raw)
            await writer.drain()
            writer.close()
            return False
        phrase = _PHRASES.get(act.status, "Status")
        head = {
            "Content-Type": "application/json", "Content-Length": str(len(act.body)), **act.headers
        }  # fmt: skip
        lines = [f"HTTP/1.1 {act.status} {phrase}", *(f"{k}: {v}" for k, v in head.items())]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        if act.hangs == "after":
            await asyncio.sleep(3600)
        if act.drops:
            writer.write(act.body[: len(act.body) // 2] if act.drops == "within" else b"")
            await writer.drain()
            writer.close()
            return False
        if act.trickles:
            for byte in act.body:
                writer.write(bytes([byte]))
                await asyncio.sleep(act.trickles)
        else:
            writer.write(act.body)
        await writer.drain()
        return True
