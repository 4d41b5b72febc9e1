"""Requirements in words: what was asked of an arm or of what ships, and where it falls short."""

from collections.abc import Mapping
from typing import Final

from evalreport.analyze.findings import Finding, FindingOutcome, Measurement
from evalreport.analyze.sentences import spoken, value_phrase, words
from evalreport.estimates import Estimate, NotEstimable
from evalreport.numbers import MINUS, Scale, bound_text, difference, estimate, measure_of
from evalreport.rules.base import Remark

# What is said of an export that does not keep a guard, or is not shown to.
_KEPT: Final = {
    FindingOutcome.LOST: "lost",
    FindingOutcome.REGRESSED: "got worse on",
}


def unkept_text(guard: Finding, void: Mapping[str, Remark]) -> str:
    """How what was made of tuned stands on a guard: `of what ships, merged lost ...`.

    Args:
        guard: Held against an export of tuned.
        void: By id, what has invalid evidence.
    """
    kept = _KEPT.get(guard.outcome, "is not shown to retain")
    doubt = ", on evidence that does not count" if guard.id in void else ""
    return f"of what ships, {guard.arms[0]} {kept} {spoken(guard)}{doubt}"


def asked_text(one: Measurement) -> str:
    """The bound, as one says it: `at least 60 %`."""
    least = "at most" if one.required_is == "at_most" else "at least"
    return f"{least} {_bound(one)}"


def spoken_requirement(one: Measurement) -> str:
    """What it is about: `grading accuracy of tuned`."""
    return f"{one.layer} {words(one.name)} of {one.arm}"


def shortfall(one: Measurement) -> str:
    """How an unmet requirement stands, with its numbers: `grading accuracy of tuned is ...`."""
    what, measure = spoken_requirement(one), measure_of(one.name, one.unit)
    if isinstance(one.value, NotEstimable):
        return (
            f"{what} was not measured ({one.value.not_estimable}), and {asked_text(one)} is asked"
        )
    if one.requirement_state != "not met" or not isinstance(one.value, Estimate):
        return f"{what} is {value_phrase(one.value, measure)}, and {asked_text(one)} is asked"
    shown = estimate(one.value, measure, "").value
    value = shown.text if shown else ""
    by = _distance(one)
    if not by:
        return f"{what} is {value}, and {asked_text(one)} is asked"
    if one.required_is == "at_most":
        return f"{what} is {value}, {by} above the {_bound(one)} allowed"
    return f"{what} is {value}, {by} short of the {_bound(one)} asked for"


def _bound(one: Measurement) -> str:
    measure = measure_of(one.name, one.unit)
    return bound_text(one.requirement or 0.0, measure, is_difference=False)


def _distance(one: Measurement) -> str:
    """From the value to the bound, as precise as the value; a ratio has no such distance."""
    measure, value = measure_of(one.name, one.unit), one.value
    if measure.scale is Scale.RATIO or not isinstance(value, Estimate) or one.requirement is None:
        return ""
    moved = {end: getattr(value, end) - one.requirement for end in ("value", "low", "high")}
    shown = difference(value.model_copy(update=moved), measure, "").value
    return shown.text.lstrip("+" + MINUS) if shown else ""
