"""Judging that stops early, where some calls never get an answer: nothing vanishes or blocks."""

import re
from pathlib import Path

import pytest

from tests.builds.judging import CHECKS, JUDGED, NOBODY_THERE, good, judged, parts_of, step
from tests.builds.workshop import Workshop, orders
from tests.engines.api.scripted_server import Act, ScriptedServer, Seen, says, status

SEQUENTIAL = JUDGED.replace("  primary:", "  stopping: sequential\n  primary:").replace(
    "concurrency: 4", "concurrency: 4, attempts: 2"
)


@pytest.fixture
def stopping(tmp_path: Path) -> Workshop:
    made = judged(tmp_path / "w", SEQUENTIAL)
    made.write("data/test.jsonl", orders(0, 300, "test"))
    return made


def about(seen: Seen) -> str:
    """The order that a request is about."""
    return parts_of(seen.body)["prompt"]


def refused() -> Act:
    """What a filter before a model says."""
    return status(400, "flagged by the content filter", code="content_filter")


def judges_calls(planned: str) -> int:
    """How many calls a plan foretells."""
    return int(re.findall(r"\n  m: ([\d,]+) calls?", planned)[0].replace(",", ""))


def test_what_a_server_turns_down_is_counted_as_missing_and_judging_goes_on(
    stopping: Workshop,
) -> None:
    turned_down: list[str] = []

    def script(seen: Seen) -> Act:
        if not turned_down and len(server.seen) > 1:
            turned_down.append(about(seen))
        return refused() if about(seen) in turned_down else says(good(seen.body))

    with ScriptedServer(script) as server:
        stopping.change(NOBODY_THERE, server.url)
        assert stopping.build().code == 3
        outcome, reason = step(stopping)
        assert outcome == "failed"
        assert "the server answered 400: flagged by the content filter" in reason
        assert reason.endswith("; judging went on without them")
        missing = int(reason.split()[0])
        (stop,) = stopping.report().stops
        assert stop.decision == "candidate wins"
        assert stop.items > 10, "the batch after it was judged"
        assert "of 300 items (1 without a verdict)" in stop.sentence
        finding = next(f for f in stopping.report().findings if f.id == "blind-ab.net_win")
        assert finding.n == stop.items - 1
        first = server.count
        planned = stopping.plan().out
        assert f"{missing} of {first} judgments" in planned
        assert judges_calls(planned) == missing
        assert stopping.build().code == 3
        assert server.count == first + missing, "they are asked again, and nothing else"
        assert stopping.report().stops == (stop,)
        turned_down[0] = "nothing any more"
        assert stopping.build().code == 0, step(stopping)
        assert server.count == first + 2 * missing
        (stop,) = stopping.report().stops
        assert "without a verdict" not in stop.sentence


def test_what_may_still_be_answered_holds_judging_and_says_so(stopping: Workshop) -> None:
    broken: list[str] = []

    def script(seen: Seen) -> Act:
        if not broken and len(server.seen) > 1:
            broken.append(about(seen))
        return status(500) if about(seen) in broken else says(good(seen.body))

    with ScriptedServer(script) as server:
        stopping.change(NOBODY_THERE, server.url)
        assert stopping.build().code == 3
        outcome, reason = step(stopping)
        assert outcome == "failed"
        assert reason.endswith(
            "the server answered 500: status 500; judging waits for them, since they could decide "
            "whether to go on"
        )
        (stop,) = stopping.report().stops
        assert (stop.decision, stop.items, stop.calls_saved) == ("", 10, 0)
        assert stop.sentence == (
            "Judging of blind-ab was broken off after 10 of 300 items (1 without a verdict): no "
            "look had decided by then."
        )
        broken[0] = "nothing any more"
        assert stopping.build().code == 0
        (stop,) = stopping.report().stops
        assert stop.decision == "candidate wins"


def test_a_reply_without_a_verdict_is_judged_and_paid_once(stopping: Workshop) -> None:
    silent: list[str] = []

    def script(seen: Seen) -> Act:
        if not silent:
            silent.append(about(seen))
        return says(None if about(seen) in silent else good(seen.body))

    with ScriptedServer(script) as server:
        stopping.change(NOBODY_THERE, server.url)
        assert stopping.build().code == 0
        (stop,) = stopping.report().stops
        assert stop.decision == "candidate wins"
        assert "(1 without a verdict)" in stop.sentence
        made = server.count
        assert stopping.build().code == 0
        assert server.count == made


def test_a_server_that_breaks_between_two_batches_is_no_end(stopping: Workshop) -> None:
    first: set[str] = set()

    def script(seen: Seen) -> Act:
        if len(first) < 10:
            first.add(about(seen))
        return says(good(seen.body)) if about(seen) in first else status(500)

    with ScriptedServer(script) as server:
        stopping.change(NOBODY_THERE, server.url)
        assert stopping.build().code == 3
        assert step(stopping)[0] == "failed"
        assert "judging waits for them" in step(stopping)[1]


def test_a_server_that_turns_everything_down_is_asked_one_batch(stopping: Workshop) -> None:
    with ScriptedServer(lambda _: refused()) as server:
        stopping.change(NOBODY_THERE, server.url)
        assert stopping.build().code == 3
        assert 20 <= server.count <= 20 + CHECKS
        assert "judging waits for them" in step(stopping)[1]
