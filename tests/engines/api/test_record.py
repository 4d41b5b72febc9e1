"""What is on record at every moment: before a request leaves, when it is cut off, when all ends."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from evalreport.engines.api import NO_KEY, Call, CallBudget, Outcome, Reply, TokenPrice, call_all
from evalreport.errors import EvalReportError
from tests.engines.api.scripted_server import Act, ScriptedServer, Seen, says, status
from tests.engines.api.talking import ListJournal, QuickClock, a_call, calls_of, endpoint_of, talk


def asking(
    calls: list[Call], server: ScriptedServer, journal: ListJournal, concurrency: int = 4
) -> Iterator[Outcome]:
    return call_all(
        calls,
        endpoint_of(server, concurrency=concurrency),
        key=NO_KEY,
        journal=journal,
        budget=CallBudget(),
        clock=QuickClock(),
    )


def test_an_attempt_is_on_record_before_the_server_sees_it() -> None:
    journal = ListJournal()
    unknown: list[str] = []

    def script(seen: Seen) -> Act:
        begun = [row[1:] for row in journal.rows if row[0] == "began"]
        attempt = 1 + sum(one.text == seen.text for one in server.seen[:-1])
        if (seen.text.removeprefix("ask "), attempt) not in begun:
            unknown.append(seen.text)
        return status(500) if seen.number % 3 == 0 else says("x")

    with ScriptedServer(script) as server:
        talk(calls_of(30), endpoint_of(server), journal=journal)
    assert not unknown


def test_an_outcome_that_is_told_is_on_record() -> None:
    journal = ListJournal()
    with ScriptedServer([says("x")]) as server:
        for outcome in asking(calls_of(20), server, journal):
            assert outcome.call.item in {row[1] for row in journal.of("answered")}


def test_of_calls_with_one_key_one_is_made() -> None:
    one = a_call("a")
    same = Call(one.key, "b", one.messages)
    with ScriptedServer([says("x")]) as server:
        told = talk([one, same, a_call("c")], endpoint_of(server))
        assert server.count == 2
    assert set(told.replies) == {"a", "b", "c"}


def test_no_calls_need_no_server() -> None:
    with ScriptedServer([says("x")]) as server:
        assert talk([], endpoint_of(server)).outcomes == []
        assert server.count == 0


def test_outcomes_come_as_soon_as_they_are_known() -> None:
    def script(seen: Seen) -> Act:
        return Act(hangs="before") if seen.text == "ask c0" else says("x")

    journal = ListJournal()
    with ScriptedServer(script) as server:
        told = asking(calls_of(9), server, journal, concurrency=2)
        quick = {next(told).call.item for _ in range(8)}
        assert quick == {f"c{i}" for i in range(1, 9)}
        told.close()  # type: ignore[attr-defined]
    journal.check()
    assert journal.of("failed") == [("failed", "c0", 1, "stopped before the answer came", True)]


def test_an_answer_that_came_while_the_caller_was_busy_is_not_too_late() -> None:
    with ScriptedServer(
        lambda seen: says("x", after=0.1 if seen.text == "ask c1" else 0)
    ) as server:
        journal = ListJournal()
        told = call_all(
            calls_of(2),
            endpoint_of(server, timeout_seconds=0.4),
            key=NO_KEY,
            journal=journal,
            budget=CallBudget(),
        )
        next(told)
        time.sleep(0.5)
        assert isinstance(next(told).result, Reply)
    assert not journal.of("failed")


def test_who_stops_taking_loses_nothing_that_came() -> None:
    journal = ListJournal()
    with ScriptedServer(lambda seen: says("x", after=0.05 * (seen.number > 0))) as server:
        told = asking(calls_of(50), server, journal)
        next(told)
        told.close()  # type: ignore[attr-defined]
        count = server.count
    journal.check()
    assert len(journal.of("answered")) == count
    assert count <= 8


def interrupted(journal: ListJournal, script: Callable[[Seen], Act]) -> int:
    """Take outcomes until a Ctrl-C arrives; how many requests the server saw."""
    with ScriptedServer(script) as server:
        told = asking(calls_of(50), server, journal)
        with pytest.raises(KeyboardInterrupt):
            list(told)
        count = server.count
        time.sleep(0.05)
        assert server.count == count
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    journal.check()
    return count


def test_ctrl_c_while_waiting_keeps_what_came_and_begins_nothing_more() -> None:
    def script(seen: Seen) -> Act:
        if seen.number == 10:
            os.kill(os.getpid(), signal.SIGINT)
        return Act(hangs="before") if seen.number >= 10 else says("x")

    journal = ListJournal()
    count = interrupted(journal, script)
    assert 11 <= count <= 14
    assert len(journal.of("answered")) == 10
    assert {row[3:] for row in journal.of("failed")} == {("stopped before the answer came", True)}


def test_ctrl_c_gives_answers_that_are_about_to_come_a_moment() -> None:
    def script(seen: Seen) -> Act:
        if seen.number == 3:
            os.kill(os.getpid(), signal.SIGINT)
        return says("x", after=0.05)

    journal = ListJournal()
    count = interrupted(journal, script)
    assert len(journal.of("answered")) == count


def test_ctrl_c_while_the_record_is_written_does_not_cut_it() -> None:
    class Slow(ListJournal):
        def answered(self, call: Call, attempt: int, reply: Reply) -> None:
            if call.item == "c5":
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(0.01)
            super().answered(call, attempt, reply)

    journal = Slow()
    interrupted(journal, lambda _: says("x"))
    assert "c5" in {row[1] for row in journal.of("answered")}


def test_a_record_that_cannot_be_written_ends_all() -> None:
    class Full(ListJournal):
        def answered(self, call: Call, attempt: int, reply: Reply) -> None:
            if len(self.of("answered")) == 3:
                raise EvalReportError.because("the disk is full")
            super().answered(call, attempt, reply)

    journal = Full()
    with ScriptedServer([says("x")]) as server:
        with pytest.raises(EvalReportError, match="disk is full"):
            list(asking(calls_of(50), server, journal))
        assert server.count < 10
    assert len(journal.of("answered")) == 3


def test_an_attempt_that_cannot_be_recorded_does_not_leave() -> None:
    class Full(ListJournal):
        def began(self, call: Call, attempt: int) -> None:
            raise EvalReportError.because("the disk is full")

    with ScriptedServer([says("x")]) as server:
        with pytest.raises(EvalReportError, match="disk is full"):
            list(asking(calls_of(5), server, Full()))
        assert server.count == 0


def test_it_works_beside_the_main_thread() -> None:
    results: list[Outcome] = []
    with ScriptedServer([says("x")]) as server:
        worker = threading.Thread(
            target=lambda: results.extend(asking(calls_of(5), server, ListJournal()))
        )
        worker.start()
        worker.join(10)
    assert len(results) == 5


def test_importing_it_loads_no_client(tmp_path: Path) -> None:
    code = (
        "import sys, evalreport.engines.api; print(sorted({'openai', 'httpx2'} & set(sys.modules)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert ran.stdout.strip() == "[]"


@pytest.mark.parametrize("seed", range(3))
def test_in_any_weather_every_good_answer_is_kept_and_none_is_asked_for_twice(seed: int) -> None:
    luck = random.Random(seed)
    good: list[str] = []

    def script(seen: Seen) -> Act:
        act = luck.choice([
            says("x"), says("x"), says(None), status(429), status(500), status(503, headers={"Retry-After": "1"}),
            status(400), Act(drops="before"), Act(body=says("x").body, drops="within"), Act(body=b"<html>"),
        ])  # fmt: skip
        if act.status == 200 and not act.drops and act.body != b"<html>":
            good.append(seen.text.removeprefix("ask "))
        return act

    budget = CallBudget(1e9)
    price = TokenPrice(input_per_million=1.0, output_per_million=1.0)
    with ScriptedServer(script) as server:
        told = talk(calls_of(60), endpoint_of(server, price=price), budget=budget)
        assert len(told.journal.of("began")) == server.count
    assert sorted(told.replies) == sorted(good)
    assert sorted({**told.replies, **told.failures}) == sorted(call.item for call in calls_of(60))
    assert len(told.outcomes) == 60
    assert budget.reserved == pytest.approx(0.0, abs=1e-9)
