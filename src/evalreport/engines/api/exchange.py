"""The exchange with one endpoint: one thread decides, writes the record, and counts the money.

Every decision is taken between two waits of one event loop, so nothing here is shared or locked.
What flies (a request and its answer) knows nothing but its bytes and its deadline.
"""

import asyncio
import heapq
import math
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from evalreport.engines.api.budget import worst_price
from evalreport.engines.api.calls import Budget, Call, Journal, NotAsked, Outcome, Reply
from evalreport.engines.api.endpoint import EndpointOptions
from evalreport.engines.api.faults import Fault, Remedy
from evalreport.engines.api.health import Health
from evalreport.engines.api.keys import Key
from evalreport.engines.api.pace import Clock, Spacing, TokenGuess, backoff
from evalreport.engines.api.reading import Arrived, Reader
from evalreport.engines.api.requests import Dialect, body_of, is_structured, most_tokens
from evalreport.engines.api.wire import Wire, in_time
from evalreport.records import Failure, ResponseKey

_GRACE_SECONDS: Final = 0.2
_TICK_SECONDS: Final = (
    1e-3  # no wait is shorter: the clock's own rounding would keep it from ending
)
_INTERRUPTED: Final = "stopped before the answer came"


@dataclass(slots=True, eq=False)
class _Waiting:
    """A call that has no answer yet; `calls` are all that have its key."""

    calls: list[Call]
    attempts: int = 0  # that were begun
    tries: int = 0  # that count: one that only taught us the server's dialect does not
    reason: str = ""

    @property
    def call(self) -> Call:
        return self.calls[0]

    @property
    def characters(self) -> int:
        return sum(len(one.content) for one in self.call.messages)


@dataclass(slots=True, eq=False)
class _Flight:
    """An attempt in flight, with all that was assumed when it left."""

    waiting: _Waiting
    began_at: float
    worst: float | None
    guess: float
    structured: bool
    limit_name: str
    deadline: asyncio.Timeout
    landed: Arrived | Fault | BaseException | None = None
    task: asyncio.Task[None] | None = field(default=None)


class Exchange:
    """Makes calls until each has an answer, or a reason why it has none."""

    def __init__(
        self,
        calls: Iterable[Call],
        endpoint: EndpointOptions,
        *,
        key: Key,
        journal: Journal,
        budget: Budget,
        dialect: Dialect,
        clock: Clock,
        draw: Callable[[], float],
    ) -> None:
        self._endpoint = endpoint
        self._journal = journal
        self._budget = budget
        self._dialect = dialect
        self._clock = clock
        self._draw = draw
        self._wire = Wire(endpoint, key)
        self._reader = Reader(endpoint, key)
        self._health = Health(endpoint.concurrency, endpoint.attempts)
        self._requests = Spacing(endpoint.requests_per_minute)
        self._tokens = Spacing(endpoint.tokens_per_minute)
        self._guess = TokenGuess()
        by_key: dict[ResponseKey, _Waiting] = {}
        for call in calls:
            by_key.setdefault(call.key, _Waiting([])).calls.append(call)
        self._fresh = deque(by_key.values())
        self._again: list[tuple[float, int, _Waiting]] = []
        self._order = 0
        self._flying: set[_Flight] = set()
        self._arrived: deque[_Flight] = deque()
        self._known: list[Outcome] = []
        self._news: asyncio.Event | None = None
        self._left_at = clock.now()

    async def next(self) -> list[Outcome]:
        """The outcomes that are known since the last time, at least one; none: all are told."""
        self._come_back()
        while True:
            self._land()
            wake_at = self._begin()
            if self._known or not (self._flying or self._fresh or self._again):
                break
            await self._something(wake_at)
        self._left_at = asyncio.get_running_loop().time()
        known, self._known = self._known, []
        return known

    async def close(self) -> None:
        """Begin nothing more, keep what has arrived, and hang up on the rest."""
        self._come_back()
        tasks = [flight.task for flight in self._flying if flight.task is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=_GRACE_SECONDS)
        try:
            self._land()
            for flight in tuple(self._flying):
                self._flying.discard(flight)
                self._budget.settle(flight.worst, flight.worst or 0.0)
                self._journal.failed(
                    flight.waiting.call,
                    flight.waiting.attempts,
                    _INTERRUPTED,
                    may_be_billed=True,
                )
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._wire.close()
            await asyncio.sleep(0)  # for the sockets to be closed

    def _come_back(self) -> None:
        """Add the time that the caller took: an answer that lies here is not too late."""
        if self._news is None:
            self._news = asyncio.Event()
            return
        away = asyncio.get_running_loop().time() - self._left_at
        for flight in self._flying:
            due = flight.deadline.when()
            if due is not None and flight.landed is None:
                with suppress(RuntimeError):  # it ended, and has not been looked at yet
                    flight.deadline.reschedule(due + away)

    async def _something(self, wake_at: float) -> None:
        """Wait until something arrives or may begin."""
        news = self._news
        if news is None or news.is_set():
            return
        timer = None
        if wake_at < math.inf:
            wait = max(wake_at - self._clock.now(), _TICK_SECONDS)
            timer = asyncio.create_task(self._clock.sleep(wait))
            timer.add_done_callback(lambda _: news.set())
        try:
            await news.wait()
        finally:
            news.clear()
            if timer is not None:
                timer.cancel()

    # What may begin

    def _begin(self) -> float:
        """Begin what may begin, and say when more may; infinite when only an arrival can tell."""
        while self._fresh or self._again:
            if self._health.stopped is not None:
                self._fail_all(self._health.stopped)
                return math.inf
            if len(self._flying) >= self._health.width():
                return math.inf
            now = self._clock.now()
            is_due = bool(self._again) and self._again[0][0] <= now
            wake_at = max(
                self._health.resume_at(), self._requests.free_at(), self._tokens.free_at()
            )
            if not (is_due or self._fresh):
                return max(wake_at, self._again[0][0])
            if wake_at > now:
                return wake_at
            waiting = self._again[0][2] if is_due else self._fresh[0]
            worst = worst_price(waiting.call, self._endpoint)
            unpaid = self._budget.reserve(worst)
            if unpaid is not None:
                # What is in flight may cost less than was set aside for it.
                if not self._flying:
                    self._ask_no_more(unpaid)
                return math.inf
            if is_due:
                heapq.heappop(self._again)
            else:
                self._fresh.popleft()
            self._fly(waiting, worst, now)
        return math.inf

    def _fly(self, waiting: _Waiting, worst: float | None, now: float) -> None:
        call = waiting.call
        waiting.attempts += 1
        waiting.tries += 1
        guess = self._guess.of(waiting.characters, most_tokens(call, self._endpoint))
        self._requests.take(1.0, now)
        self._tokens.take(guess, now)
        body = body_of(call, self._endpoint, self._dialect)
        flight = _Flight(
            waiting=waiting,
            began_at=now,
            worst=worst,
            guess=guess,
            structured=is_structured(call, self._endpoint, self._dialect),
            limit_name=self._dialect.limit_name,
            deadline=asyncio.timeout(self._endpoint.timeout_seconds),
        )
        # Written before anything leaves: whatever happens from here on, the attempt is on record.
        self._journal.began(call, waiting.attempts)
        self._flying.add(flight)
        flight.task = asyncio.create_task(self._carry(flight, body))

    async def _carry(self, flight: _Flight, body: bytes) -> None:
        try:
            flight.landed = await in_time(self._wire, body, flight.deadline)
        except Exception as error:  # noqa: BLE001  (a fault of ours: raised where it is looked at)
            flight.landed = error
        self._arrived.append(flight)
        if self._news is not None:
            self._news.set()

    # What has arrived

    def _land(self) -> None:
        while self._arrived:
            flight = self._arrived.popleft()
            self._flying.discard(flight)
            landed = flight.landed
            if isinstance(landed, Arrived):
                result = self._reader.read(
                    landed,
                    attempts=flight.waiting.attempts,
                    structured=flight.structured,
                    today=self._clock.today(),
                )
                if isinstance(result, Reply):
                    self._keep(flight, result)
                    continue
                landed = result
            if isinstance(landed, Fault):
                self._note(flight, landed)
            elif landed is not None:
                raise landed

    def _keep(self, flight: _Flight, reply: Reply) -> None:
        self._journal.answered(flight.waiting.call, flight.waiting.attempts, reply)
        price = self._endpoint.price
        counted = reply.prompt_tokens is not None and reply.tokens is not None
        used = (reply.prompt_tokens or 0, reply.tokens or 0)
        worst = flight.worst or 0.0
        self._budget.settle(flight.worst, price.of(*used) if price and counted else worst)
        self._health.answered()
        if counted:
            self._guess.learn(flight.waiting.characters, *used)
            self._tokens.correct(sum(used) - flight.guess)
        self._tell(flight.waiting, reply)

    def _note(self, flight: _Flight, fault: Fault) -> None:
        """Write down that an attempt failed, and decide what becomes of its call."""
        waiting = flight.waiting
        self._journal.failed(
            waiting.call, waiting.attempts, fault.reason, may_be_billed=fault.may_be_billed
        )
        # Money that may have been taken counts as taken.
        self._budget.settle(flight.worst, (flight.worst or 0.0) if fault.may_be_billed else 0.0)
        waiting.reason = fault.reason
        if self._learned(flight, fault.remedy):
            self._health.refused()
            waiting.tries -= 1
            self._ask_again(waiting, self._clock.now())
            return
        if fault.remedy in (Remedy.GIVE_UP, Remedy.NO_SCHEMA, Remedy.OTHER_LIMIT_NAME):
            self._health.refused()
            self._tell(waiting, Failure(reason=fault.reason))
            return
        now = self._clock.now()
        self._health.failed(fault, began_at=flight.began_at, now=now, draw=self._draw())
        if waiting.tries >= self._endpoint.attempts or self._health.stopped is not None:
            reason = self._health.stopped or f"no answer in {waiting.tries} tries; {fault.reason}"
            self._tell(waiting, Failure(reason=reason))
            return
        wait = 0.0
        if fault.remedy is Remedy.AGAIN:
            wait = backoff(waiting.tries, self._draw()) if fault.wait is None else fault.wait
        self._ask_again(waiting, now + wait)

    def _learned(self, flight: _Flight, remedy: Remedy) -> bool:
        """Whether a complaint tells how this server wants to be asked, which the call was not."""
        if remedy is Remedy.NO_SCHEMA and flight.structured and self._endpoint.structured == "auto":
            self._dialect.takes_schema = False
            return True
        if remedy is Remedy.OTHER_LIMIT_NAME and flight.limit_name == "max_tokens":
            self._dialect.limit_name = "max_completion_tokens"
            return True
        return False

    def _ask_again(self, waiting: _Waiting, at: float) -> None:
        self._order += 1
        heapq.heappush(self._again, (at, self._order, waiting))

    # What becomes known

    def _tell(self, waiting: _Waiting, result: Reply | Failure | NotAsked) -> None:
        self._known += [Outcome(call, result) for call in waiting.calls]

    def _left(self) -> list[_Waiting]:
        """All that wait, those that were tried first; nothing waits any more."""
        left = [*(entry[2] for entry in sorted(self._again)), *self._fresh]
        self._again.clear()
        self._fresh.clear()
        return left

    def _fail_all(self, reason: str) -> None:
        for waiting in self._left():
            self._tell(waiting, Failure(reason=reason))

    def _ask_no_more(self, reason: str) -> None:
        for waiting in self._left():
            if waiting.attempts:
                tried = f"{waiting.reason}; not tried again: {reason}"
                self._tell(waiting, Failure(reason=tried))
            else:
                self._tell(waiting, NotAsked(reason=reason))
