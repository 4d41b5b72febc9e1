"""Findings and remarks -> verdict: one outcome, one strength, one sentence; rulings on claims."""

from evalreport.verdict.claims import rule_on_claims
from evalreport.verdict.decide import decide
from evalreport.verdict.grounds import WEAK_FROM
from evalreport.verdict.outcome import WITHOUT_STRENGTH, Outcome, Strength, Verdict
from evalreport.verdict.reservation import reservation
from evalreport.verdict.ruling import RuledClaim

__all__ = [
    "WEAK_FROM",
    "WITHOUT_STRENGTH",
    "Outcome",
    "RuledClaim",
    "Strength",
    "Verdict",
    "decide",
    "reservation",
    "rule_on_claims",
]
