"""Calls without an answer: those that wait for their turn, and those that are on their way."""

import asyncio
import heapq
import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from evalreport.engines.api.calls import Call
from evalreport.engines.api.faults import Fault
from evalreport.engines.api.reading import Arrived
from evalreport.records import ResponseKey


@dataclass(slots=True, eq=False)
class Waiting:
    """A call that has no answer yet.

    Attributes:
        calls: All that have its key; the first is made.
        attempts: That were begun.
        tries: Of these, the ones that count: one that only taught us how this server wants to be
            asked does not.
        reason: Why the last one failed.
    """

    calls: list[Call]
    attempts: int = 0
    tries: int = 0
    reason: str = ""

    @property
    def call(self) -> Call:
        """The one that is made."""
        return self.calls[0]

    @property
    def characters(self) -> int:
        """Of its messages."""
        return sum(len(one.content) for one in self.call.messages)


@dataclass(slots=True, eq=False)
class Flight:
    """An attempt on its way, with all that was assumed when it left.

    Attributes:
        waiting: Its call.
        began_at: In the seconds of the clock.
        worst: What it may cost at most; None when no price is known.
        guess: Tokens that it was thought to use.
        structured: Whether the server was held to the JSON schema.
        limit_name: What the most tokens of the answer were called.
        deadline: When it ends, in the seconds of the event loop.
        landed: What came of it; an exception is a fault of ours.
        task: That carries it.
    """

    waiting: Waiting
    began_at: float
    worst: float | None
    guess: float
    structured: bool
    limit_name: str
    deadline: asyncio.Timeout
    landed: Arrived | Fault | Exception | None = None
    task: asyncio.Task[None] | None = None


class Line:
    """The calls that wait: those to be tried again, once their time has come, before the others."""

    def __init__(self, calls: Iterable[Call]) -> None:
        by_key: dict[ResponseKey, Waiting] = {}
        for call in calls:
            by_key.setdefault(call.key, Waiting([])).calls.append(call)
        self._fresh = deque(by_key.values())
        self._again: list[tuple[float, int, Waiting]] = []
        self._order = 0

    def __bool__(self) -> bool:
        return bool(self._fresh or self._again)

    def first(self, now: float) -> Waiting | None:
        """Whose turn it is; nobody's when all wait for a later time."""
        if self._again and self._again[0][0] <= now:
            return self._again[0][2]
        return self._fresh[0] if self._fresh else None

    def due_at(self) -> float:
        """When the next of those that are tried again may be; infinite when there is none."""
        return self._again[0][0] if self._again else math.inf

    def take(self, waiting: Waiting) -> None:
        """The first one leaves the line."""
        if self._fresh and self._fresh[0] is waiting:
            self._fresh.popleft()
        else:
            heapq.heappop(self._again)

    def again(self, waiting: Waiting, at: float) -> None:
        """One comes back, to be tried again from that time on."""
        self._order += 1
        heapq.heappush(self._again, (at, self._order, waiting))

    def leave(self) -> list[Waiting]:
        """All of them, those that were tried first; nobody waits any more."""
        left = [*(entry[2] for entry in sorted(self._again)), *self._fresh]
        self._again.clear()
        self._fresh.clear()
        return left
