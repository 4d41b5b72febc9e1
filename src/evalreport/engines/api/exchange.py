"""The exchange with one endpoint: one thread decides, writes the record, and counts the money.

Every decision is taken between two waits of one event loop, so nothing here is shared or locked.
What flies (a request and its answer) knows nothing but its bytes and its deadline.
"""

import asyncio
import math
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final

from evalreport.engines.api.budget import worst_price, worst_tokens
from evalreport.engines.api.calls import Budget, Call, Journal, NotAsked, Outcome, Reply
from evalreport.engines.api.endpoint import EndpointOptions
from evalreport.engines.api.faults import Fault, Remedy
from evalreport.engines.api.health import Health
from evalreport.engines.api.keys import Key
from evalreport.engines.api.pace import Clock, Spacing, TokenGuess, backoff
from evalreport.engines.api.reading import Arrived, Reader
from evalreport.engines.api.requests import Dialect, body_of, is_structured, most_tokens
from evalreport.engines.api.waiting import Flight, Line, Waiting
from evalreport.engines.api.wire import Wire
from evalreport.records import Failure

_GRACE_SECONDS: Final = 0.2
_TICK_SECONDS: Final = (
    1e-3  # no wait is shorter: the clock's own rounding would keep it from ending
)
_INTERRUPTED: Final = "stopped before the answer came"


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
        self._line = Line(calls)
        self._flying: set[Flight] = set()
        self._arrived: deque[Flight] = deque()
        self._known: list[Outcome] = []
        self._news: asyncio.Event | None = None
        self._is_stopping = False
        self._left_at = 0.0

    async def next(self) -> list[Outcome]:
        """The outcomes that are known since the last time, at least one; none: all are told."""
        self._come_back()
        while True:
            self._land()
            if self._is_stopping:
                break
            wake_at = self._begin()
            if self._known or not (self._flying or self._line):
                break
            await self._something(wake_at)
        self._left_at = asyncio.get_running_loop().time()
        known, self._known = self._known, []
        return known

    def stop(self) -> None:
        """Begin nothing more; whoever waits for outcomes waits no longer."""
        self._is_stopping = True
        if self._news is not None:
            self._news.set()

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
        if news is None:
            return
        timer = None
        if wake_at < math.inf:
            wait = max(wake_at - self._clock.now(), _TICK_SECONDS)
            timer = asyncio.create_task(self._clock.sleep(wait))
            timer.add_done_callback(lambda done: None if done.cancelled() else news.set())
        try:
            await news.wait()
        finally:
            news.clear()
            if timer is not None:
                timer.cancel()

    # What may begin

    def _begin(self) -> float:
        """Begin what may begin, and say when more may; infinite when only an arrival can tell."""
        while self._line:
            if self._health.stopped is not None:
                for left in self._line.leave():
                    self._tell(left, Failure(reason=self._health.stopped))
                return math.inf
            if len(self._flying) >= self._health.width():
                return math.inf
            now = self._clock.now()
            waiting = self._line.first(now)
            free_at = max(
                self._health.resume_at(), self._requests.free_at(), self._tokens.free_at()
            )
            if waiting is None or free_at > now:
                return free_at if waiting else max(free_at, self._line.due_at())
            worst = worst_price(waiting.call, self._endpoint)
            unpaid = self._budget.reserve(worst)
            if unpaid is not None:
                # What is in flight may cost less than was set aside for it.
                if not self._flying:
                    self._ask_no_more(unpaid)
                return math.inf
            self._line.take(waiting)
            self._fly(waiting, worst, now)
        return math.inf

    def _fly(self, waiting: Waiting, worst: float | None, now: float) -> None:
        call = waiting.call
        waiting.attempts += 1
        waiting.tries += 1
        guess = self._guess.of(waiting.characters, most_tokens(call, self._endpoint))
        self._requests.take(1.0, now)
        self._tokens.take(guess, now)
        body = body_of(call, self._endpoint, self._dialect)
        flight = Flight(
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

    async def _carry(self, flight: Flight, body: bytes) -> None:
        try:
            flight.landed = await self._wire.send(body, flight.deadline)
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

    def _keep(self, flight: Flight, reply: Reply) -> None:
        self._journal.answered(flight.waiting.call, flight.waiting.attempts, reply)
        price = self._endpoint.price
        counted = reply.prompt_tokens is not None and reply.tokens is not None
        used = (reply.prompt_tokens or 0, reply.tokens or 0)
        worst = flight.worst or 0.0
        self._budget.settle(flight.worst, price.of(*used) if price and counted else worst)
        self._health.answered()
        if counted:
            # A count beyond what can be is money, and no reason to wait for it for days.
            most = worst_tokens(flight.waiting.call, self._endpoint)
            read, written = (min(pair) for pair in zip(used, most, strict=True))
            self._guess.learn(flight.waiting.characters, read, written)
            self._tokens.correct(read + written - flight.guess)
        self._tell(flight.waiting, reply)

    def _note(self, flight: Flight, fault: Fault) -> None:
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
            self._line.again(waiting, self._clock.now())
            return
        if fault.remedy in (Remedy.GIVE_UP, Remedy.NO_SCHEMA, Remedy.OTHER_LIMIT_NAME):
            self._health.refused()
            is_final = fault.remedy is Remedy.GIVE_UP
            self._tell(waiting, Failure(reason=fault.reason, is_final=is_final))
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
        self._line.again(waiting, now + wait)

    def _learned(self, flight: Flight, remedy: Remedy) -> bool:
        """Whether a complaint tells how this server wants to be asked, which the call was not."""
        if remedy is Remedy.NO_SCHEMA and flight.structured and self._endpoint.structured == "auto":
            self._dialect.takes_schema = False
            return True
        if remedy is Remedy.OTHER_LIMIT_NAME and flight.limit_name == "max_tokens":
            self._dialect.limit_name = "max_completion_tokens"
            return True
        return False

    # What becomes known

    def _tell(self, waiting: Waiting, result: Reply | Failure | NotAsked) -> None:
        self._known += [Outcome(call, result) for call in waiting.calls]

    def _ask_no_more(self, reason: str) -> None:
        for waiting in self._line.leave():
            if waiting.attempts:
                tried = f"{waiting.reason}; not tried again: {reason}"
                self._tell(waiting, Failure(reason=tried))
            else:
                self._tell(waiting, NotAsked(reason=reason))
