"""Judging that stops early: what is asked, what is not, what the report says, and never twice."""

import re
from pathlib import Path

import pytest

from evalreport.verdict import Outcome
from tests.builds.judging import JUDGED, NOBODY_THERE, first_slot, good, judged, served
from tests.builds.workshop import Workshop, orders

SEQUENTIAL = JUDGED.replace("  primary:", "  stopping: sequential\n  primary:")


@pytest.fixture
def stopping(tmp_path: Path) -> Workshop:
    made = judged(tmp_path / "w", SEQUENTIAL)
    made.write("data/test.jsonl", orders(0, 300, "test"))
    return made


def test_it_stops_for_a_winner_and_asks_no_more_after_that(stopping: Workshop) -> None:
    with served(good) as server:
        stopping.change(NOBODY_THERE, server.url)
        planned = stopping.plan().out
        assert "stops as soon as it is clear, after " in planned
        at_most = int(re.findall(r"\n  m: ([\d,]+) calls", planned)[0].replace(",", ""))
        ran = stopping.build()
        assert ran.code == 0, ran.err
        made = len(server.seen)
        report = stopping.report()
        assert made < at_most / 2
        (stop,) = report.stops
        assert stop.decision == "candidate wins"
        assert stop.items == 10 * stop.looks < stop.cap <= stop.planned == 300
        assert stop.e_value >= 25
        assert stop.calls_saved > 300
        finding = next(f for f in report.findings if f.id == "blind-ab.net_win")
        assert finding.n == stop.items
        assert finding.test == "sequential sign test (e-value)"
        assert "Judging of blind-ab stopped after" in finding.sentence
        assert "fair coin" not in finding.sentence
        assert report.verdict.outcome is Outcome.BETTER_RETENTION_UNKNOWN
        card = report.judge_cards[0]
        for what in ("repeats", "controls_tied", "canaries"):
            line = card.line(what)
            assert line is not None
            assert line.n == 6, "the checks come with the first items"
        for name in ("report.md", "report.html"):
            text = (stopping.folder / "reports" / "orders" / name).read_text(encoding="utf-8")
            assert "stopped after" in text
        assert "judge blind-ab" in stopping.plan().out
        assert re.search(r"judge blind-ab\.* reused", stopping.plan().out)
        assert stopping.build().code == 0
        assert len(server.seen) == made, "nothing is asked again"


def test_a_judge_that_sees_no_difference_comes_to_no_decision(stopping: Workshop) -> None:
    with served(first_slot) as server:
        stopping.change(NOBODY_THERE, server.url)
        assert stopping.build().code == 0
    report = stopping.report()
    (stop,) = report.stops
    assert stop.decision == "cap reached"
    assert stop.items < stop.planned
    assert report.verdict.outcome is Outcome.INVALID_EVIDENCE, "and the judge is not fit"


def test_what_a_fixed_plan_had_stored_beyond_the_stop_changes_nothing(stopping: Workshop) -> None:
    with served(good) as server:
        stopping.change(NOBODY_THERE, server.url)
        stopping.change("  stopping: sequential\n", "")
        assert stopping.build().code == 0
        whole = len(server.seen)
        stopping.change("  primary:", "  stopping: sequential\n  primary:")
        assert stopping.build().code == 0
        report = stopping.report()
        (stop,) = report.stops
        assert stop.items < 100
        checks = 18  # the checks of a plan that may stop are on other items
        assert len(server.seen) <= whole + checks
        assert report.judge_cards[0].line("net_win").n == stop.items  # type: ignore[union-attr]
