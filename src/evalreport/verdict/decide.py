"""Findings and remarks -> verdict."""

from evalreport.analyze.findings import Findings
from evalreport.rules.base import Remark
from evalreport.verdict.because import because_of
from evalreport.verdict.grounds import grounds_of, outcome_of
from evalreport.verdict.headline import headline_of
from evalreport.verdict.next_step import next_step_of
from evalreport.verdict.outcome import Verdict


def decide(findings: Findings, remarks: tuple[Remark, ...]) -> Verdict:
    """The verdict, by precedence: invalid evidence, worse, mixed, and so on down to inconclusive.

    An unqualified "better" needs a guard that was declared and retained, on evidence that no
    broken rule invalidates. A broken rule that invalidates a primary replaces the outcome; three
    or more different broken rules that weaken it make it weak. A loss as primary metric can at
    best be inconclusive.
    """
    grounds = grounds_of(findings, remarks)
    outcome = outcome_of(grounds)
    return Verdict(
        outcome=outcome,
        strength=grounds.strength,
        headline=headline_of(outcome, grounds),
        because=because_of(grounds),
        next_step=next_step_of(outcome, grounds),
        doubts=grounds.doubts,
    )
