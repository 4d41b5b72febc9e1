"""Report to cell: what a notebook shows of it, where a page would be too much."""

from dataclasses import dataclass
from typing import Final

from evalreport.errors import printable
from evalreport.numbers import count_text
from evalreport.render.details import results_of
from evalreport.render.judgement import CheckLine, VerdictBox, checks_of, verdict_box
from evalreport.render.page import Stamp, stamps_of
from evalreport.render.results import ResultTable
from evalreport.report.model import Report
from evalreport.verdict import WITHOUT_STRENGTH

CELL_SHEET: Final = "cell.css"


@dataclass(frozen=True, slots=True)
class Cell:
    """What was declared and what came of it, and where the rest is.

    Attributes:
        title: Of the report.
        stamps: What must not be overlooked.
        verdict: Did it work, how sure, what next.
        checks: What failed or was not checked, and steps that did not happen.
        declared: The declared findings.
        rest: What is not shown, and where it is.
    """

    title: str
    stamps: tuple[Stamp, ...]
    verdict: VerdictBox
    checks: tuple[CheckLine, ...]
    declared: tuple[ResultTable, ...]
    rest: str


def cell_of(report: Report, folder: str) -> Cell:
    """The cell of a report.

    Args:
        report: The report.
        folder: Where its files lie.
    """
    results, checks = results_of(report), checks_of(report)
    shown = sum(len(table.rows) for table in results.declared)
    return Cell(
        title=report.title,
        stamps=stamps_of(report),
        verdict=verdict_box(report),
        checks=(*checks.lines, *checks.aside),
        declared=results.declared,
        rest=_rest(report, shown, folder),
    )


def _rest(report: Report, shown: int, folder: str) -> str:
    counts = (
        (len(report.findings) - shown, "finding", "findings"),
        (len(report.measurements), "measurement of one arm", "measurements of one arm"),
        (len(report.claims), "claim", "claims"),
    )
    more = " and ".join(count_text(n, one, many) for n, one, many in counts if n)
    return f"Not shown here: {more}. All of it: {folder}" if more else f"More: {folder}"


def cell_text(report: Report, folder: str) -> str:
    """The verdict in a few lines.

    Args:
        report: The report.
        folder: Where its files lie.
    """
    verdict = report.verdict
    strength = "" if verdict.outcome in WITHOUT_STRENGTH else f" ({verdict.strength.value})"
    rows = [(stamp.word.lower(), stamp.text) for stamp in stamps_of(report)]
    rows += [
        ("verdict", f"{verdict.outcome.value}{strength}"),
        ("", verdict.headline),
        ("next", verdict.next_step),
    ]
    rows += [
        (step.outcome, f"{step.id}: {step.reason}")
        for step in report.steps
        if step.outcome in ("failed", "blocked", "pending")
    ]
    rows.append(("report", folder))
    wide = max(len(name) for name, _ in rows) + 2
    return "\n".join(f"{name.ljust(wide)}{printable(text)}" for name, text in rows)
