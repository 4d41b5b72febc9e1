"""Findings and remarks -> verdict: one outcome, one strength, one sentence, and because of what."""

from evalreport.verdict.decide import decide
from evalreport.verdict.grounds import WEAK_FROM
from evalreport.verdict.outcome import WITHOUT_STRENGTH, Outcome, Strength, Verdict
from evalreport.verdict.reservation import reservation

__all__ = [
    "WEAK_FROM",
    "WITHOUT_STRENGTH",
    "Outcome",
    "Strength",
    "Verdict",
    "decide",
    "reservation",
]
