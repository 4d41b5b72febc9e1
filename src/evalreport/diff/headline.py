"""The result: by the rules of a verdict, and in a sentence."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from evalreport.analyze.findings import FindingOutcome, FindingRole, Findings
from evalreport.diff.model import Pairing, PairState, Side
from evalreport.diff.roles import Declared
from evalreport.diff.words import refusal_text
from evalreport.lineage.builds import Build
from evalreport.numbers import count_text
from evalreport.rules.base import Status
from evalreport.rules.meaning import LOSS_AS_PRIMARY
from evalreport.verdict import Outcome
from evalreport.verdict.grounds import grounds_of, outcome_of

_FEW: Final = 3
_LOSSES: Final = (FindingOutcome.LOST, FindingOutcome.REGRESSED, FindingOutcome.WORSE)


def primaries_of(pairings: Sequence[Pairing], declared: Declared) -> tuple[Pairing, ...]:
    """The metrics that both builds declared as those that decide."""
    return tuple(p for p in pairings if declared.of(p.id).role is FindingRole.PRIMARY)


def outcome_of_diff(
    a: Build, b: Build, pairings: Sequence[Pairing], declared: Declared
) -> Outcome | None:
    """What the primary that both declare came to, by the rules of a verdict.

    None where there is none, or it was not compared. Evidence that is invalid in either build
    decides nothing here, and a loss as primary can at best be inconclusive here as well.
    """
    primaries = primaries_of(pairings, declared)
    if not primaries or any(one.finding is None for one in primaries):
        return None
    if any(one.report.verdict.outcome is Outcome.INVALID_EVIDENCE for one in (a, b)):
        return Outcome.INVALID_EVIDENCE
    found = Findings(findings=tuple(one.finding for one in pairings if one.finding is not None))
    on_loss = any(
        remark.rule == LOSS_AS_PRIMARY and remark.status is Status.BROKEN
        for build in (a, b)
        for remark in build.report.remarks
    )
    return outcome_of(replace(grounds_of(found, ()), on_loss=on_loss))


def headline_of(
    a: Side, b: Side, pairings: Sequence[Pairing], declared: Declared, *, identical: bool
) -> str:
    """The result in a sentence or two."""
    if identical:
        return "A and B are one and the same report."
    if a.smoke or b.smoke:
        which = (
            "A and B are smoke runs"
            if a.smoke and b.smoke
            else (f"{'A' if a.smoke else 'B'} is a smoke run")
        )
        return f"{which}, which counts for nothing: the tuned models were not compared."
    primaries = primaries_of(pairings, declared)
    if not primaries:
        return _without_primary(pairings, declared)
    if all(one.state is PairState.SAME_MODEL for one in primaries):
        return (
            "Nothing to compare: tuned of A and tuned of B are one and the same model in the same "
            "precision."
        )
    said = " ".join(
        f"`{one.id}` was not compared: {refusal_text(one)}."
        if one.finding is None
        else one.finding.sentence
        for one in primaries
    )
    for one in pairings:
        lost = one.finding is not None and one.finding.outcome in _LOSSES
        if one.finding is not None and lost and declared.of(one.id).role is FindingRole.GUARD:
            said += f" But {one.finding.sentence}"
    if any(one.state is PairState.PAIRED and one.aspects for one in primaries):
        said += " It rests on what is taken on trust, see below."
    invalid = [
        label for side, label in ((a, "A"), (b, "B")) if side.outcome is Outcome.INVALID_EVIDENCE
    ]
    if invalid and any(one.finding is not None for one in primaries):
        return (
            f"The evidence of {' and '.join(invalid)} is invalid, see below: nothing is claimed. "
            f"As measured, {said}"
        )
    return f"{said[:1].upper()}{said[1:]}"


def _without_primary(pairings: Sequence[Pairing], declared: Declared) -> str:
    """Nothing decides: why, and how much is left to look at."""
    paired = [one for one in pairings if one.state is PairState.PAIRED]
    why = (
        "A and B declare no primary metric alike"
        if declared.otherwise
        else "Neither build declares a primary metric"
    )
    if not pairings:
        return f"{why}, and no metric was measured in both: nothing could be compared."
    if paired:
        return (
            f"{why}, so nothing here decides; the tuned models were paired on "
            f"{count_text(len(paired), 'metric')}."
        )
    if all(one.state is PairState.SAME_MODEL for one in pairings):
        return "Nothing to compare: tuned of A and tuned of B are one and the same model."
    reasons = dict.fromkeys(refusal_text(one) for one in pairings if one.state is PairState.REFUSED)
    return f"{why}, and no metric could be paired: {'; '.join([*reasons][:_FEW])}."
