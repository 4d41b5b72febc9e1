"""Paid calls, in the child: each answer is stored as it arrives, and none is asked for twice."""

import fcntl
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, Literal

from evalreport.engines.api.budget import CallBudget, worst_price
from evalreport.engines.api.calling import call_all
from evalreport.engines.api.calls import Call, NotAsked, Reply
from evalreport.engines.api.endpoint import EndpointOptions
from evalreport.engines.api.keys import Key, key_of
from evalreport.engines.api.requests import Dialect
from evalreport.engines.base import Progress
from evalreport.records import Failure, Response, ResponseKey, Served, Text
from evalreport.records.steps import REACHED
from evalreport.run.conversing import Conversations
from evalreport.run.jobs import EndpointJob
from evalreport.store.store import Store

_LOCK: Final = "calls.lock"


@contextmanager
def alone(store: Store) -> Iterator[None]:
    """While this lasts no other process makes calls into a store; who comes second waits.

    A build lets nobody else build, but a job file can be run by hand beside it, and both would make
    the same calls. So what is answered already is looked up in here.

    Raises:
        OSError: The store's folder cannot be written.
    """
    with (store.folder / _LOCK).open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.stderr.write("waiting: another process makes calls for this store\n")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


class StoreJournal:
    """The attempts and answers of one endpoint, in the store."""

    def __init__(
        self, store: Store, endpoint: EndpointOptions, read: Callable[[Call, Reply], Response]
    ) -> None:
        """A record of calls.

        Args:
            store: Where everything is kept.
            endpoint: Which is called.
            read: How the reply to a call becomes a response.
        """
        self._store = store
        self._endpoint = endpoint
        self._who = endpoint.digest
        self._read = read
        self._open: dict[ResponseKey, int] = {}

    def began(self, call: Call, attempt: int) -> None:  # noqa: ARG002 (the store numbers them)
        """An attempt is about to leave."""
        worst = worst_price(call, self._endpoint)
        self._open[call.key] = self._store.attempts.begin(call.key, self._who, worst)

    def failed(self, call: Call, attempt: int, reason: str, *, may_be_billed: bool) -> None:  # noqa: ARG002
        """An attempt ended without an answer."""
        number = self._open.pop(call.key)
        self._store.attempts.fail(number, reason, may_be_billed=may_be_billed)

    def answered(self, call: Call, attempt: int, reply: Reply) -> None:  # noqa: ARG002
        """An attempt ended with an answer; both are stored together."""
        self._store.add_responses(
            [(call.key, call.item, self._read(call, reply))],
            attempt=self._open.pop(call.key),
            counted=(reply.prompt_tokens, reply.tokens),
        )


class Counter:
    """Progress over all calls of a step.

    Attributes:
        done: How many are answered, or given up.
    """

    def __init__(self, step: str, total: int, report: Callable[[Progress], None]) -> None:
        self.done = 0
        self._step = step
        self._total = total
        self._report = report
        report(Progress(step, 0, total))

    def add(self, calls: int = 1) -> None:
        """So many more are done."""
        if calls:
            self.done += calls
            self._report(Progress(self._step, self.done, self._total))


def make_calls(
    calls: Sequence[Call],
    endpoint: EndpointOptions,
    key: Key,
    journal: StoreJournal,
    budget: CallBudget,
    store: Store,
    counter: Counter,
    dialect: Dialect | None = None,
) -> bool:
    """Make calls; what came of each is in the store when it is known.

    Args:
        calls: To be made.
        endpoint: Whom to call.
        key: Its key.
        journal: Keeps attempts and answers.
        budget: What may be spent.
        store: For what failed.
        counter: Told of each.
        dialect: What is known of the server from earlier calls.

    Returns:
        Whether every one was begun: else the money did not suffice.
    """
    is_whole = True
    for outcome in call_all(
        calls, endpoint, key=key, journal=journal, budget=budget, dialect=dialect
    ):
        call, result = outcome.call, outcome.result
        if isinstance(result, NotAsked):
            is_whole = False
            result = Failure(reason=f"{REACHED}: {result.reason}")
        if isinstance(result, Failure):
            store.add_responses([(call.key, call.item, result)])
        counter.add()
    return is_whole


def spent_since(before: int, endpoint: EndpointOptions, store: Store) -> float:
    """What the attempts at an endpoint after a certain one cost, in the currency of `cost`.

    What nobody counted, and what may have been billed without an answer, is taken at its worst, as
    it was while the calls were made. Without a price nothing is counted.

    Args:
        before: Number of the last attempt before them.
        endpoint: With its price.
        store: Knows the attempts.
    """
    if endpoint.price is None:
        return 0.0
    used = store.attempts.used_since(before, endpoint.digest)
    return endpoint.price.of(used.prompt_tokens, used.tokens) + used.at_worst


def ask_endpoint(job: EndpointJob, store: Store, report: Callable[[Progress], None]) -> None:
    """Ask an arm behind an endpoint all that it has not answered, turn by turn.

    Raises:
        EvalReportError: Its key is not there, or the store cannot be written.
        OSError: The store's folder cannot be written.
    """
    with alone(store):
        _ask(job, store, report)


def _ask(job: EndpointJob, store: Store, report: Callable[[Progress], None]) -> None:
    answered = store.answered([question.key for question in job.questions])
    left = [question for question in job.questions if question.key not in answered]
    if not left:
        return
    key = key_of(job.endpoint, os.environ)
    if job.declaration is not None:
        job.declaration.register(store)
    talks = Conversations(left, store, text_of)
    journal = StoreJournal(store, job.endpoint, talks.response)
    counter = Counter(job.step, talks.left, report)
    budget, dialect = CallBudget(job.money_left), Dialect()
    while calls := talks.next_calls():
        make_calls(calls, job.endpoint, key, journal, budget, store, counter, dialect)
        counter.add(talks.take_up())
    found = store.responses([question.key for question in left]).found.values()
    texts = [one for one in found if isinstance(one, Text) and one.seconds is not None]
    if texts:
        calls_made = sum(len(text.before) + 1 for text in texts)
        store.add_pace(job.pace, sum(text.seconds or 0.0 for text in texts), calls_made)


def text_of(reply: Reply) -> Text:
    """An arm's answer; one without content is an empty text, as any reader of it would see."""
    return Text(
        text=reply.text or reply.refusal or "",
        prompt_tokens=reply.prompt_tokens,
        tokens=reply.tokens,
        finish=_finish(reply.finish),
        seconds=reply.seconds,
        served=served_by(reply),
    )


def _finish(word: str | None) -> Literal["stop", "length", "unknown"]:
    match word:
        case "stop" | "length":
            return word
        case _:
            return "unknown"


def served_by(reply: Reply) -> Served:
    """How the server answered."""
    return Served(
        model=reply.model or "",
        fingerprint=reply.fingerprint or "",
        finish=reply.finish or "",
        is_structured=reply.structured,
        prompt_tokens=reply.prompt_tokens,
        tokens=reply.tokens,
        seconds=reply.seconds,
    )
