"""Conversations with an endpoint: a call a turn, and none that was answered is made again."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from evalreport.engines.base import Progress, Question
from evalreport.engines.openai import OpenAIEngine
from evalreport.records import (
    Chat,
    Decoding,
    Failure,
    Generate,
    Message,
    Response,
    ResponseKey,
    Text,
    Turn,
)
from evalreport.run.calling import ask_endpoint
from evalreport.run.conversing import turn_key
from evalreport.run.jobs import EndpointJob
from evalreport.store.store import Store
from tests.engines.api.scripted_server import Act, ScriptedServer, Seen, says, status


def question(name: str, *texts: str) -> Question:
    prompt = Chat(messages=(Message(role="user", content=texts[0]),))
    request = Generate(prompt=prompt, then=texts[1:], decoding=Decoding(max_new_tokens=9))
    return Question(key=ResponseKey(name), item=name, request=request)


QUESTIONS = (
    question("a1", "a one", "a two", "a three"),
    question("b2", "b one", "b two"),
    question("c3", "c one"),
)


def answering(seen: Seen) -> Act:
    """Says how many turns it was sent, so that an answer tells its place."""
    return says(f"{seen.text} ({len(seen.body['messages'])})")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(tmp_path / "store", lambda: "2026-01-01T00:00:00Z")) as opened:
        yield opened


def ask(store: Store, script: Callable[[Seen], Act], **options: Any) -> ScriptedServer:
    """All questions, put to a server; what it saw."""
    told: list[Progress] = []
    more = {name: options.pop(name) for name in ("money_left",) if name in options}
    with ScriptedServer(script) as server:
        job = EndpointJob(
            store=store.folder,
            step="ask",
            endpoint=OpenAIEngine(base_url=server.url, model="m", attempts=1, **options),
            pace="pace",
            questions=QUESTIONS,
            **more,
        )
        ask_endpoint(job, store, told.append)
    if told:
        assert told[-1].done == told[-1].total
    return server


def found(store: Store) -> dict[str, Response]:
    return {str(key): one for key, one in store.responses([q.key for q in QUESTIONS]).found.items()}


def failures(store: Store) -> dict[str, Failure]:
    return {str(key): one for key, one in store.failures([q.key for q in QUESTIONS]).items()}


def test_each_turn_is_a_call_that_holds_what_was_said_before(store: Store) -> None:
    server = ask(store, answering)
    assert server.count == 6
    whole = found(store)["a1"]
    assert isinstance(whole, Text)
    assert whole.before == (
        Turn(answer="a one (1)", then="a two"),
        Turn(answer="a two (3)", then="a three"),
    )
    assert whole.text == "a three (5)"
    assert (whole.prompt_tokens, whole.tokens) == (10, 15)
    assert whole.served is not None
    assert (whole.served.prompt_tokens, whole.served.tokens) == (30, 15)
    sent = next(body for body in server.bodies if len(body["messages"]) == 5)
    assert [one["content"] for one in sent["messages"]] == [
        "a one", "a one (1)", "a two", "a two (3)", "a three",
    ]  # fmt: skip
    single = found(store)["c3"]
    assert isinstance(single, Text)
    assert (single.text, single.before) == ("c one (1)", ())
    assert ask(store, answering).count == 0


def test_a_turn_that_was_answered_is_not_asked_again(store: Store) -> None:
    def failing(seen: Seen) -> Act:
        return status(500) if seen.text in ("a three", "b two") else answering(seen)

    assert ask(store, failing).count == 6
    assert [*found(store)] == ["c3"]
    reasons = {name: one.reason for name, one in failures(store).items()}
    assert reasons.keys() == {"a1", "b2"}
    assert reasons["a1"].endswith("(in turn 3)")
    assert reasons["b2"].endswith("(in turn 2)")
    again = ask(store, answering)
    assert sorted(one.text for one in again.seen) == ["a three", "b two"]
    assert found(store).keys() == {"a1", "b2", "c3"}
    assert failures(store) == {}
    whole = found(store)["a1"]
    assert isinstance(whole, Text)
    assert [one.answer for one in whole.before] == ["a one (1)", "a two (3)"]


class Killed(BaseException):
    pass


def test_a_kill_between_turns_repeats_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> int:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("evalreport.run.conversing.Conversations.take_up", killed)
        with pytest.raises(Killed):
            ask(store, answering)
    assert found(store).keys() == {"c3"}
    assert sorted(one.text for one in ask(store, answering).seen) == ["a three", "a two", "b two"]
    assert found(store).keys() == {"a1", "b2", "c3"}


def test_a_failure_in_the_first_turn_asks_no_second(store: Store) -> None:
    def failing(seen: Seen) -> Act:
        return status(400) if seen.text == "a one" else answering(seen)

    server = ask(store, failing)
    assert sorted(one.text for one in server.seen) == ["a one", "b one", "b two", "c one"]
    assert failures(store)["a1"].reason.endswith("(in turn 1)")


def test_money_that_does_not_suffice_is_said_and_nothing_is_lost(store: Store) -> None:
    price = {"input_per_million": 0.0, "output_per_million": 1_000_000.0}
    server = ask(store, answering, price=price, concurrency=1, money_left=20.0)
    assert server.count == 3
    assert {*failures(store)} == {"a1", "b2"}
    assert all("cost.limit is reached" in one.reason for one in failures(store).values())
    assert ask(store, answering).count == 3


def test_a_damaged_turn_is_asked_again(store: Store) -> None:
    def failing(seen: Seen) -> Act:
        return status(500) if seen.text == "a three" else answering(seen)

    ask(store, failing)
    with closing(sqlite3.connect(store.folder / "store.sqlite")) as database:
        key = turn_key(QUESTIONS[0], 1)
        database.execute("UPDATE responses SET body = body || ' ' WHERE key = ?", (key,))
        database.commit()
    assert [one.text for one in ask(store, answering).seen] == ["a two", "a three"]


def test_keys_of_turns_are_their_own() -> None:
    keys = [turn_key(one, turn) for one, turns in zip(QUESTIONS, (3, 2, 1), strict=True)
            for turn in range(turns)]  # fmt: skip
    assert len({*keys}) == 6
    assert [turn_key(one, n - 1) for one, n in zip(QUESTIONS, (3, 2, 1), strict=True)] == [
        one.key for one in QUESTIONS
    ]
