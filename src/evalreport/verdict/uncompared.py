"""Advice where two models were not compared: one alone was measured, or both not alike."""

from typing import Final

from evalreport.analyze.comparable import NOT_AS_HERE
from evalreport.analyze.findings import Finding, Findings
from evalreport.estimates import NotEstimable
from evalreport.records import Origin

_DECLARE: Final = "evaluation.primary with the gain worth having, and build again."


def is_of_tool(finding: Finding) -> bool:
    """Whether another tool asked both models, so that nothing can be asked here."""
    return finding.is_foreign and finding.origin is Origin.IMPORTED


def measure_elsewhere(finding: Finding) -> str:
    """What to do about files that are not compared; empty where a step is to be mended here."""
    if is_of_tool(finding):
        return (
            "Name files in which the tool measured both models alike, on the same items, or run it "
            "so"
        )
    shown = finding.difference
    if isinstance(shown, NotEstimable) and NOT_AS_HERE in shown.not_estimable:
        return (
            "Write under `imported` what is known of how those outputs were made, or ask that "
            "model here"
        )
    return ""


def measure_the_base(finding: Finding) -> str:
    """What to do where others measured tuned alone; empty where the base can be asked here."""
    if not finding.is_foreign:
        return ""
    if is_of_tool(finding):
        return (
            "Run the tool on the base model as well, with the same items and settings, name both "
            "files and build again"
        )
    return (
        "Record the base model's number on the same items, where one was published, or ask both "
        "models here, and build again"
    )


def declare_what_decides(lacks: str) -> str:
    """What to do without a primary; first of all what there must be for one to decide anything.

    Args:
        lacks: As `lacks_of` gives it.
    """
    if lacks == "model":
        return (
            "Measure the other model on the same items as well: of one alone nothing can be "
            f"compared. Then declare {_DECLARE}"
        )
    if lacks == "likeness":
        return f"Measure both models alike, on the same items; then declare {_DECLARE}"
    return f"Declare {_DECLARE}"


def lacks_of(findings: Findings) -> str:
    """What keeps every number from being compared: a second `model`, or `likeness`; else empty."""
    told = [f for f in findings.findings if f.is_foreign]
    if not told or len(told) < len(findings.findings) or any(f.is_measured for f in told):
        return ""
    has_both = any(
        not isinstance(f.base, NotEstimable) and not isinstance(f.tuned, NotEstimable) for f in told
    )
    return "likeness" if has_both else "model"
