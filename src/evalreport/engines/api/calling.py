"""Calls to an endpoint, answered in any order: nothing is lost, and nothing is paid for twice."""

import asyncio
import random
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from evalreport.engines.api.calls import Budget, Call, Journal, Outcome
from evalreport.engines.api.endpoint import EndpointOptions
from evalreport.engines.api.exchange import Exchange
from evalreport.engines.api.interrupts import Interrupts
from evalreport.engines.api.keys import Key
from evalreport.engines.api.pace import Clock
from evalreport.engines.api.requests import Dialect


class _WallClock:
    """The clock on the wall."""

    def now(self) -> float:
        return time.monotonic()

    def today(self) -> float:
        return time.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


WALL_CLOCK: Final[Clock] = _WallClock()


def call_all(
    calls: Iterable[Call],
    endpoint: EndpointOptions,
    *,
    key: Key,
    journal: Journal,
    budget: Budget,
    dialect: Dialect | None = None,
    clock: Clock = WALL_CLOCK,
    draw: Callable[[], float] = random.random,
) -> Iterator[Outcome]:
    """Make calls, and tell what became of each as soon as it is known.

    An outcome that is told is on record. Nothing moves while the caller holds one, except that
    requests which have left are answered; so it should be taken quickly. When the caller stops
    taking, or is interrupted, nothing more is begun, what has arrived is put on record, and what
    was in flight is recorded as possibly paid.

    Args:
        calls: To make; of those with one key, one is made, and all are told its outcome.
        endpoint: Where to.
        key: Of the endpoint; see `key_of`.
        journal: Keeps the record.
        budget: Holds the money.
        dialect: What is known of the server, kept from call to call of a run; a new one by
            default.
        clock: Times retries and limits; deadlines of requests run on the clock of the system.
        draw: Uniform in [0, 1), for the jitter of waits.

    Yields:
        One outcome for every call, in any order.

    Raises:
        KeyboardInterrupt: The user stopped it.
        EvalReportError: The journal could not be written.
    """
    to_make = tuple(calls)
    if not to_make:
        return
    exchange = Exchange(
        to_make,
        endpoint,
        key=key,
        journal=journal,
        budget=budget,
        dialect=dialect or Dialect(),
        clock=clock,
        draw=draw,
    )
    loop = asyncio.new_event_loop()
    interrupts = Interrupts(lambda: loop.call_soon_threadsafe(exchange.stop))
    try:
        with interrupts.watched():
            try:
                while True:
                    with interrupts.held():
                        known = loop.run_until_complete(exchange.next())
                    if interrupts.came:
                        raise KeyboardInterrupt
                    if not known:
                        return
                    yield from known
            finally:
                came = interrupts.came
                with interrupts.held():
                    loop.run_until_complete(exchange.close())
                if interrupts.came and not came:
                    raise KeyboardInterrupt
    finally:
        loop.close()
