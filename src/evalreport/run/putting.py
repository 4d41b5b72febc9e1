"""Putting answers to judges, in the child: what they have not said, until a plan says stop."""

import os
from collections.abc import Callable, Iterable, Mapping

from evalreport.engines.api.budget import CallBudget
from evalreport.engines.api.calls import Call, Reply
from evalreport.engines.api.keys import key_of
from evalreport.engines.api.requests import Dialect
from evalreport.engines.base import Progress
from evalreport.layers.answers import Answers, alike_of
from evalreport.layers.judge import JudgeModel
from evalreport.layers.judge.fences import fence_of
from evalreport.layers.judge.progress import judge_key, said_of
from evalreport.layers.judge.prompts import identity, rendered
from evalreport.layers.judge.puts import JudgeCall, Unit
from evalreport.layers.judge.ratings import read_rating
from evalreport.layers.judge.schemas import schema_of
from evalreport.layers.judge.stopping import standing_of, verdicts_so_far
from evalreport.layers.judge.verdicts import read_preference
from evalreport.plan.judge_steps import call_name, tokens_name
from evalreport.plan.judge_steps import put_to_judges as put_in_order
from evalreport.records import (
    Compare,
    Comparison,
    Preference,
    Rate,
    Rating,
    Response,
    ResponseKey,
)
from evalreport.run.calling import Counter, StoreJournal, alone, make_calls, served_by
from evalreport.run.judge_job import JudgeJob
from evalreport.store.store import Store


def put_to_judges(job: JudgeJob, store: Store, report: Callable[[Progress], None]) -> None:
    """Put to all judges of a layer what they have not said, until a sequential plan stops.

    Raises:
        EvalReportError: A key is not there, or the store cannot be written.
        OSError: The store's folder cannot be written.
    """
    with alone(store):
        _put(job, store, report)


def _put(job: JudgeJob, store: Store, report: Callable[[Progress], None]) -> None:
    answers = Answers({(one.arm, one.seed): one.texts for one in job.answers}, job.pairs)
    units = put_in_order(job.layer, job.items, answers, job.sequential)
    keys = {one.called: key_of(one, os.environ) for one in job.layer.judges}
    if job.declaration is not None:
        job.declaration.register(store)
    budget = CallBudget(job.money_left)
    dialects = {one.called: Dialect() for one in job.layer.judges}
    total = sum(len(unit.calls) for unit in units) * len(job.layer.judges)
    counter = Counter(job.step, total, report)
    alike = alike_of(job.items, answers)
    said: list[Comparison] = []
    items: list[str] = []
    heard: set[str] = set()

    def stored(keys: Iterable[ResponseKey]) -> Mapping[ResponseKey, Response]:
        return store.responses(keys).found

    for unit in units:
        for one in job.layer.judges:
            asked = _asked(one, unit, store)
            counter.add(len(unit.calls) - len(asked))
            journal = StoreJournal(store, one, _reader(asked))
            calls = [_call(key, call, store.secret()) for key, call in asked.items()]
            is_whole = make_calls(
                calls, one, keys[one.called], journal, budget, store, counter, dialects[one.called]
            )
            if not is_whole:
                return  # the parent sees what is missing
        items += unit.items
        if job.sequential is None:
            continue
        found = said_of(job.layer, unit, stored, store.failures)
        if not found.is_whole(heard):
            break  # what is missing could decide whether to go on
        said += found.comparisons
        verdicts = verdicts_so_far(
            job.sequential,
            [one.called for one in job.layer.judges],
            job.layer.orders,
            said,
            items,
            alike,
        )
        if standing_of(job.sequential, verdicts).decision != "go on":
            break
    for one in job.layer.judges:
        _remember(job, one, units, store)


def _asked(one: JudgeModel, unit: Unit, store: Store) -> dict[ResponseKey, JudgeCall]:
    """The calls of a unit that a judge has not answered."""
    by_key = {judge_key(one, call): call for call in unit.calls}
    answered = store.answered(by_key)
    return {key: call for key, call in by_key.items() if key not in answered}


def _call(key: ResponseKey, call: JudgeCall, secret: str) -> Call:
    request = call.request
    messages = rendered(request, fence_of(secret, identity(request)))
    return Call(key, call.puts[0].item, messages, schema_of(request))


def _reader(asked: Mapping[ResponseKey, JudgeCall]) -> Callable[[Call, Reply], Response]:
    """How a reply becomes what is stored: all that was written, and what was read from it."""

    def read(call: Call, reply: Reply) -> Response:
        request, served = asked[call.key].request, served_by(reply)
        text = reply.text if reply.text is not None else reply.refusal
        if isinstance(request, Compare):
            return read_preference(text, request, served)
        return _rating(text, request, reply)

    return read


def _rating(text: str | None, request: Rate, reply: Reply) -> Rating:
    return read_rating(text, request, served_by(reply))


def _remember(job: JudgeJob, one: JudgeModel, units: tuple[Unit, ...], store: Store) -> None:
    """What a call of this judge takes, for the next plan: seconds, and tokens both ways."""
    keys = [judge_key(one, call) for unit in units for call in unit.calls]
    replies = [
        reply.served
        for reply in store.responses(keys).found.values()
        if isinstance(reply, Preference | Rating)
    ]
    if not replies:
        return
    name = job.layer.name
    store.add_pace(call_name(one, name), sum(r.seconds for r in replies), len(replies))
    sent = [r.prompt_tokens for r in replies if r.prompt_tokens is not None]
    written = [r.tokens for r in replies if r.tokens is not None]
    for which, tokens in (("sent", sent), ("written", written)):
        if tokens:
            store.add_pace(tokens_name(one, name, which), float(sum(tokens)), len(tokens))
