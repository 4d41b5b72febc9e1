"""Judges that fail: what ends within the tries loses nothing, what does not is said and retried."""

import json
import re
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from evalreport.report.model import Report
from tests.builds.judging import copied, good, parts_of, replies, rules, step, tally, verdict
from tests.builds.workshop import TEST_ROWS, Workshop
from tests.engines.api.scripted_server import Act, ScriptedServer, Seen, says, status

CALLS = 102
SOON = {"Retry-After-Ms": "1"}
GARBAGE = Act(body=b"<html>gateway</html>")
CUT = '{"justification": "Answer A has the right qua'


def net_counts(report: Report) -> tuple[int, int, int]:
    net = next(f for f in report.findings if f.id == "blind-ab.net_win")
    assert net.counts is not None
    return net.counts.better, net.counts.worse, net.counts.same


def test_faults_that_end_within_the_tries_lose_nothing(answered: Workshop, tmp_path: Path) -> None:
    """Every fourth request meets a fault of another kind; some may have been billed."""
    faults = [
        status(500, headers=SOON), status(429, headers=SOON), Act(drops="within", body=b"x" * 64),
        GARBAGE, status(503, headers=SOON), Act(drops="before"),
    ]  # fmt: skip
    met: list[Act] = []

    def script(seen: Seen) -> Act:
        if seen.number in (5, 50):
            met.append(Act(hangs="before"))
        elif seen.number % 4 == 3:
            met.append(faults[len(met) % len(faults)])
        else:
            return says(good(seen.body))
        return met[-1]

    with ScriptedServer(script) as server:
        workshop = copied(answered, tmp_path / "w", server)
        workshop.change("concurrency: 4}", "concurrency: 4, timeout_seconds: 2}")
        ran = workshop.build()
        assert ran.code == 0, ran.both
        assert server.count == CALLS + len(met)
    unbilled = sum(one.status in (429, 503) for one in met)
    assert tally(workshop) == (CALLS + len(met), len(met) - unbilled)
    assert len(replies(workshop)) == CALLS
    assert workshop.rows("SELECT * FROM failures") == []
    assert net_counts(workshop.report())[1] == 0
    assert workshop.report().verdict.outcome == "better_retention_unknown"


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_a_judge_that_is_down_is_said_and_asked_by_the_next_build(
    answered: Workshop, tmp_path: Path
) -> None:
    port = free_port()
    workshop = copied(answered, tmp_path / "w", f"http://127.0.0.1:{port}/v1")
    workshop.change("concurrency: 4}", "concurrency: 4, attempts: 1}")
    ran = workshop.build()
    assert ran.code == 3
    assert "Traceback" not in ran.both
    report = workshop.report()
    # Two items tie without a judge; nothing else is known.
    assert report.verdict.outcome == "inconclusive"
    net = next(f for f in report.findings if f.id == "blind-ab.net_win")
    assert net.excluded == {"no verdict of the judge": 42}
    assert report.verdict.next_step == (
        "Build again until every item has a verdict: 42 of 44 items of blind-ab have none. What "
        "was answered is reused, also where no verdict could be read from it."
    )
    outcome, reason = step(workshop)
    assert outcome == "failed"
    assert reason.startswith(f"{CALLS} of {CALLS} judgments are missing: no connection to http://")
    assert any(line.startswith("judge blind-ab") for line in report.not_measured)
    assert "no connection" in (workshop.out / "report.md").read_text()
    assert tally(workshop)[1] == 0  # nothing left that could have been billed
    with ScriptedServer(lambda seen: says(good(seen.body)), port=port) as server:
        assert workshop.build().code == 0
        assert server.count == CALLS
    after = workshop.report().verdict
    assert after.outcome == "better_retention_unknown"
    assert "at least the 45 points asked for" in after.headline


def test_the_next_build_asks_exactly_what_is_missing(answered: Workshop, tmp_path: Path) -> None:
    def script(seen: Seen) -> Act:
        is_lost = seen.number < CALLS and "plums" in parts_of(seen.body)["prompt"]
        return status(400, "no plums here") if is_lost else says(good(seen.body))

    with ScriptedServer(script) as server:
        workshop = copied(answered, tmp_path / "w", server)
        ran = workshop.build()
        assert ran.code == 3
        assert server.count == CALLS
        lost = sum("plums" in parts_of(body)["prompt"] for body in server.bodies)
        outcome, reason = step(workshop)
        assert outcome == "failed"
        assert reason == (
            f"{lost} of {CALLS} judgments are missing: the server answered 400: no plums here"
        )
        assert f"{lost} of {CALLS} judgments" in workshop.plan().out
        assert workshop.build().code == 0
        assert server.count == CALLS + lost
        assert {parts_of(body)["prompt"].split()[3] for body in server.bodies[CALLS:]} == {"plums,"}
        assert workshop.build().code == 0
        assert server.count == CALLS + lost
    assert workshop.report().verdict.outcome == "better_retention_unknown"


Reply = Callable[[Mapping[str, Any]], Act]

UNREAD: dict[str, Reply] = {
    "no content": lambda _: says(None),
    "refused": lambda _: says(None, refusal="I will not judge fruit."),
    "cut off": lambda _: says(CUT, finish="length"),
    "wrong label": lambda _: says(verdict("Answer C")),
    "nothing": lambda _: says(""),
    "another object": lambda _: says(json.dumps({"winner": "A"})),
}


@pytest.mark.parametrize(("fruit", "holds"), [("plums,", True), ("plums,|pears,|figs,", False)])
def test_replies_without_a_verdict_are_paid_counted_and_weighed(
    answered: Workshop, tmp_path: Path, fruit: str, *, holds: bool
) -> None:
    """They are not asked again; the verdict holds only if they could not have changed it."""
    kinds = list(UNREAD.values())
    unread = 0

    def script(seen: Seen) -> Act:
        nonlocal unread
        if not re.search(fruit, parts_of(seen.body)["prompt"]):
            return says(good(seen.body))
        unread += 1
        return kinds[unread % len(kinds)](seen.body)

    with ScriptedServer(script) as server:
        workshop = copied(answered, tmp_path / "w", server)
        assert workshop.build().code == 0
        assert server.count == CALLS
        assert workshop.build().code == 0
        assert server.count == CALLS
    assert sum(bool(one["unread"]) for one in replies(workshop)) == unread > 0
    assert tally(workshop) == (CALLS, 0)
    report = workshop.report()
    net = next(f for f in report.findings if f.id == "blind-ab.net_win")
    assert net.excluded == {"no verdict of the judge": TEST_ROWS - net.n}
    assert (report.verdict.outcome == "better_retention_unknown") is holds
    # Of the verdicts that there are every one is a win; those that are missing may be losses.
    assert "at least the 45 points asked for" not in report.verdict.headline
    unsettled = "whether it reaches the 45 points asked for is not settled: missing verdicts could"
    assert (unsettled in report.verdict.headline) is holds
    assert (rules(workshop)["judge-unread"] == "kept") is holds
    assert ("what is left decides nothing" in " ".join(report.verdict.because)) is not holds
