"""What the tests of calls share: calls, a journal that is a list, and a clock that does not wait."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from evalreport.engines.api import (
    NO_KEY,
    Budget,
    Call,
    CallBudget,
    Dialect,
    EndpointOptions,
    Key,
    NotAsked,
    Outcome,
    Reply,
    call_all,
)
from evalreport.records import Failure, Message, ResponseKey
from tests.engines.api.scripted_server import ScriptedServer

SCHEMA = {"type": "object", "properties": {"winner": {"type": "string"}}}


def a_call(name: str, **more: Any) -> Call:
    return Call(ResponseKey(name), name, (Message(role="user", content=f"ask {name}"),), **more)


def calls_of(count: int, **more: Any) -> list[Call]:
    return [a_call(f"c{i}", **more) for i in range(count)]


@dataclass
class ListJournal:
    """Everything in order: ("began", item, attempt, ...)."""

    rows: list[tuple[Any, ...]] = field(default_factory=list)

    def began(self, call: Call, attempt: int) -> None:
        self.rows.append(("began", call.item, attempt))

    def failed(self, call: Call, attempt: int, reason: str, *, may_be_billed: bool) -> None:
        self.rows.append(("failed", call.item, attempt, reason, may_be_billed))

    def answered(self, call: Call, attempt: int, reply: Reply) -> None:
        self.rows.append(("answered", call.item, attempt, reply))

    def of(self, what: str) -> list[tuple[Any, ...]]:
        return [row for row in self.rows if row[0] == what]

    def billed(self) -> list[bool]:
        return [row[4] for row in self.of("failed")]

    def check(self) -> None:
        """Every attempt that began ended once, and a call is answered at most once."""
        began = [row[1:3] for row in self.of("began")]
        ended = [row[1:3] for row in self.rows if row[0] != "began"]
        assert sorted(began) == sorted(ended)
        assert len(set(began)) == len(began)
        answered = [row[1] for row in self.of("answered")]
        assert len(set(answered)) == len(answered)


@dataclass
class QuickClock:
    """A clock whose waits pass at once, and are remembered."""

    time: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.time

    def today(self) -> float:
        return self.time + 1_700_000_000.0

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        # What is on its way over the loopback comes first.
        await asyncio.sleep(min(seconds, 0.002))
        self.time += seconds


@dataclass
class Talk:
    """One round of calls and all that it left behind."""

    outcomes: list[Outcome]
    journal: ListJournal
    clock: QuickClock

    @property
    def replies(self) -> dict[str, Reply]:
        return {o.call.item: o.result for o in self.outcomes if isinstance(o.result, Reply)}

    @property
    def failures(self) -> dict[str, str]:
        return {
            o.call.item: o.result.reason for o in self.outcomes if isinstance(o.result, Failure)
        }

    @property
    def not_asked(self) -> dict[str, str]:
        return {
            o.call.item: o.result.reason for o in self.outcomes if isinstance(o.result, NotAsked)
        }


def endpoint_of(server: ScriptedServer, **options: Any) -> EndpointOptions:
    return EndpointOptions(base_url=server.url, model="m", **options)


def talk(
    calls: Iterable[Call],
    endpoint: EndpointOptions,
    *,
    key: Key = NO_KEY,
    budget: Budget | None = None,
    dialect: Dialect | None = None,
    journal: ListJournal | None = None,
) -> Talk:
    clock, kept = QuickClock(), journal or ListJournal()
    outcomes = list(
        call_all(
            calls,
            endpoint,
            key=key,
            journal=kept,
            budget=budget or CallBudget(),
            dialect=dialect,
            clock=clock,
            draw=lambda: 0.5,
        )
    )
    kept.check()
    return Talk(outcomes, kept, clock)
