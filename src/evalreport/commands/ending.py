"""The end of a build: what is printed, and the exit code."""

import sys
from collections.abc import Sequence
from pathlib import Path

from evalreport.commands.writing import NAMES
from evalreport.errors import EXIT_STEP, EXIT_WRITTEN, printable
from evalreport.evidence import Evidence
from evalreport.numbers import count_text, seconds_text
from evalreport.records import Blocked, Failure, Pending
from evalreport.render.page import stamps_of
from evalreport.report.files import JSON
from evalreport.report.model import Report, StepFacts
from evalreport.run.run import LEFT_OUT
from evalreport.verdict import WITHOUT_STRENGTH


def print_ending(report: Report, evidence: Evidence, formats: Sequence[str], out: Path) -> None:
    """Print the verdict, what was and was not done, and where the report is.

    Stamps stand first, and before the verdict's word: people paste what a terminal shows.
    """
    best = next((NAMES[one] for one in ("html", "markdown") if one in formats), JSON)
    verdict = report.verdict
    strength = "" if verdict.outcome in WITHOUT_STRENGTH else f" ({verdict.strength.value})"
    stamps = stamps_of(report)
    words = "".join(f"{one.word}, " for one in stamps)
    rows = [
        ("verdict", f"{words}{verdict.outcome.value}{strength}"),
        ("", verdict.headline),
        ("next", verdict.next_step),
    ]
    if report.smoke:
        rows = []
    rows.append(("steps", _step_counts(report)))
    rows += _not_done(evidence)
    rows.append(("report", (out / best).as_posix()))
    head = "".join(f"{one.word}: {one.text}\n" for one in stamps)
    sys.stdout.write(f"\n{head}" + "".join(f"{name:<9}{printable(text)}\n" for name, text in rows))


def _not_done(evidence: Evidence) -> list[tuple[str, str]]:
    """Which steps did not happen, and why; those that the command line left out in one line."""
    rows: list[tuple[str, str]] = []
    left_out: dict[str, int] = {}
    for step, outcome in evidence.outcomes.items():
        if isinstance(outcome, Pending):
            rows.append(("waits", f"{step}: for {outcome.waits_for}"))
        if not isinstance(outcome, Blocked | Failure):
            continue
        if outcome.reason.startswith(LEFT_OUT):
            words = outcome.reason.removeprefix(LEFT_OUT).strip()
            left_out[words] = left_out.get(words, 0) + 1
        else:
            word = "blocked" if isinstance(outcome, Blocked) else "failed"
            rows.append((word, f"{step}: {outcome.reason}"))
    rows += [
        ("left out", f"{count_text(count, 'step')} by {words}: the report is partial")
        for words, count in left_out.items()
    ]
    return rows


def _step_counts(report: Report) -> str:
    outcomes = [step.outcome for step in report.steps]
    seconds = sum(step.seconds for step in report.steps if step.outcome == "done")
    counts = [
        f"{outcomes.count(word)} {word}"
        for word in ("reused", "done", "pending", "blocked", "failed")
        if word in outcomes
    ]
    took = f" ({seconds_text(seconds)} of work)" if seconds else ""
    return (", ".join(counts) or "none") + took


def exit_code(report: Report) -> int:
    """Blocked by the command line is no failure; everything else that did not happen is."""
    return EXIT_STEP if undone(report) else EXIT_WRITTEN


def undone(report: Report) -> tuple[StepFacts, ...]:
    """The steps that failed or were blocked, but for those that were left out on purpose."""
    return tuple(
        step
        for step in report.steps
        if step.outcome == "failed"
        or (step.outcome == "blocked" and not step.reason.startswith(LEFT_OUT))
    )
