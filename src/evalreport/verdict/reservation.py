"""Reservation: what stands against putting tuned to use, for places that speak of its use."""

from collections.abc import Iterator
from typing import Final

from evalreport.analyze.findings import FindingOutcome, Findings
from evalreport.rules.base import Remark
from evalreport.verdict.grounds import Grounds, grounds_of, outcome_of
from evalreport.verdict.outcome import Outcome
from evalreport.verdict.required import shortfall, unkept_text

_OF_OUTCOME: Final = {
    Outcome.BETTER_RETENTION_UNKNOWN: "what else tuned lost is not shown",
    Outcome.MIXED: "tuned also got worse at what was not to be lost",
    Outcome.WORSE: "tuned is worse than the base",
    Outcome.REGRESSION_WITHOUT_GAIN: "tuned shows a loss and no gain",
    Outcome.EQUIVALENT: "tuned is no better than the base by the gain asked for",
    Outcome.INCONCLUSIVE: "that tuned is better than the base is not shown",
    Outcome.INVALID_EVIDENCE: "the evidence for tuned cannot carry a verdict",
    Outcome.NOT_MEASURED: "whether tuned is better than the base was not measured",
}


def reservation(findings: Findings, remarks: tuple[Remark, ...]) -> str:
    """Why tuned, or what ships of it, is not known to be fit for use; else empty."""
    grounds = grounds_of(findings, remarks)
    return "; ".join(_reservations(outcome_of(grounds), grounds))


def _reservations(outcome: Outcome, grounds: Grounds) -> Iterator[str]:
    if outcome is Outcome.REGRESSION_WITHOUT_GAIN and grounds.primaries_that_are(
        FindingOutcome.BETTER
    ):
        yield "tuned shows a loss, and not every gain that was asked for"
    elif outcome in _OF_OUTCOME:
        yield _OF_OUTCOME[outcome]
    elif grounds.by_format:
        parts = (f"of the gain, {part.words}" for part in grounds.by_format.values())
        yield from dict.fromkeys(parts)
    if grounds.may_be_picking:
        yield "held against all arms that were tried, the gain is not shown"
    for one in grounds.unmet:
        doubt = ", on evidence that does not count" if one.id in grounds.void else ""
        yield f"a requirement is {_state(grounds.state_of(one))}: {shortfall(one)}{doubt}"
    yield from (unkept_text(guard, grounds.void) for guard in grounds.unkept)
    yield from (f"{group.subgroup} fell while the average rose" for group in grounds.falling)


def _state(state: str) -> str:
    return "open" if state.startswith("on evidence") else state
