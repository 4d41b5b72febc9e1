"""What becomes of a verdict when the judge is good, and when it is not."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from evalreport.report.model import Report
from tests.builds.judging import (
    copied,
    first_slot,
    good,
    longer,
    obedient,
    parts_of,
    rules,
    served,
    verdict,
    who_is,
)
from tests.builds.workshop import Workshop

# What the spec leaves open stays open: nobody asked people, and the judge is called `m`.
OPEN = {
    "judge-unvalidated",
    "judge-same-family",
    "judge-made-the-data",
    "judge-score-as-quality",
    "judge-no-reference",
}
CHECKED = "      repeats: 20\n      controls: 20\n      canaries: 20\n"


def judged_by(answered: Workshop, folder: Path, content: Any) -> Workshop:
    """Everything judged by a function of the request's body; nothing fails."""
    with served(content) as server:
        workshop = copied(answered, folder / "w", server)
        workshop.change("      repeats: 6\n      controls: 6\n      canaries: 6\n", CHECKED)
        ran = workshop.build()
        assert ran.code == 0, ran.both
    return workshop


def broken(workshop: Workshop) -> set[str]:
    return {rule for rule, status in rules(workshop).items() if status == "broken"} - OPEN


def said(report: Report, rule: str) -> str:
    return next(one.text for one in report.remarks if one.rule == rule)


def test_a_good_judge(answered: Workshop, tmp_path: Path) -> None:
    workshop = judged_by(answered, tmp_path, good)
    assert broken(workshop) == set()
    assert {rule for rule, status in rules(workshop).items() if status == "unchecked"} <= OPEN
    report = workshop.report()
    assert report.verdict.outcome == "better_retention_unknown"
    net = next(f for f in report.findings if f.id == "blind-ab.net_win")
    exact = next(f for f in report.findings if f.id == "extraction.exact_match")
    assert net.counts == exact.counts  # it says of each pair what is true


def test_a_judge_that_always_names_the_first(answered: Workshop, tmp_path: Path) -> None:
    workshop = judged_by(answered, tmp_path, first_slot)
    assert broken(workshop) >= {
        "judge-position-flips", "judge-slot-preference", "judge-controls", "judge-insensitive"
    }  # fmt: skip
    report = workshop.report()
    assert report.verdict.outcome == "invalid_evidence"
    assert "42 (100 %) of 42 verdicts" in said(report, "judge-position-flips")
    net = next(f for f in report.findings if f.id == "blind-ab.net_win")
    assert net.counts is not None
    assert (net.counts.better, net.counts.worse) == (0, 0)


def test_a_judge_that_prefers_the_longer(answered: Workshop, tmp_path: Path) -> None:
    workshop = judged_by(answered, tmp_path, longer)
    # What is planted makes an answer longer.
    assert broken(workshop) >= {"judge-length", "judge-obeys-answers"}
    assert "the longer answer wins 100 % of" in said(workshop.report(), "judge-length")


def test_a_judge_that_does_what_answers_say(answered: Workshop, tmp_path: Path) -> None:
    workshop = judged_by(answered, tmp_path, obedient)
    assert broken(workshop) == {"judge-obeys-answers"}
    report = workshop.report()
    assert report.verdict.outcome == "better_retention_unknown"  # no answer holds such text
    assert "20 (100 %) of 20 comparisons" in said(report, "judge-obeys-answers")


def test_a_judge_that_tosses_a_coin(answered: Workshop, tmp_path: Path) -> None:
    def coin(body: Mapping[str, Any]) -> str:
        sides = hashlib.sha256(json.dumps(body).encode()).digest()[0]
        return verdict("A" if sides % 2 else "B")

    workshop = judged_by(answered, tmp_path, coin)
    assert broken(workshop) >= {"judge-position-flips", "judge-controls", "judge-unstable"}
    assert workshop.report().verdict.outcome == "invalid_evidence"


@pytest.mark.parametrize("every", [6, 4])
def test_a_judge_that_flips_now_and_then(answered: Workshop, tmp_path: Path, every: int) -> None:
    """Up to 25 % is a caution; above it the judge carries no verdict."""

    def wavering(body: Mapping[str, Any]) -> str:
        parts = parts_of(body)
        number = int(parts["prompt"].split()[1].rstrip(":"))
        return verdict("A" if number % every == 0 else who_is(parts))

    workshop = judged_by(answered, tmp_path, wavering)
    assert "judge-position-flips" in broken(workshop)
    is_invalid = workshop.report().verdict.outcome == "invalid_evidence"
    assert is_invalid is (every == 4)
