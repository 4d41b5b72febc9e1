"""The result: by the rules of a verdict, and in a sentence."""

from collections.abc import Iterator, Sequence
from typing import Final

from evalreport.analyze.findings import FindingOutcome, FindingRole
from evalreport.diff.grounds import Result, primaries_of
from evalreport.diff.model import Pairing, PairState, Side
from evalreport.diff.moved import beyond_text
from evalreport.diff.roles import Declared
from evalreport.diff.words import refusal_text, runs_sentence
from evalreport.numbers import count_text
from evalreport.verdict import WITHOUT_STRENGTH, Outcome, Strength

_FEW: Final = 3
_LOSSES: Final = (FindingOutcome.LOST, FindingOutcome.REGRESSED, FindingOutcome.WORSE)


def headline_of(
    sides: tuple[Side, Side], pairings: Sequence[Pairing], declared: Declared, result: Result
) -> str:
    """The result in a sentence or two, and what bounds it."""
    a, b = sides
    if result.identical:
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
    said += "".join(f" {one}" for one in bounds_of(pairings, declared, result))
    invalid = [
        label for side, label in ((a, "A"), (b, "B")) if side.outcome is Outcome.INVALID_EVIDENCE
    ]
    if invalid and any(one.finding is not None for one in primaries):
        return (
            f"The evidence of {' and '.join(invalid)} is invalid, see below: nothing is claimed. "
            f"As measured, {said}"
        )
    if result.outcome is Outcome.INVALID_EVIDENCE and result.grounds is not None:
        return (
            "The evidence cannot carry a result: "
            f"{' '.join(dict.fromkeys(one.text for one in result.grounds.invalid))} As measured, "
            f"{said}"
        )
    return f"{said[:1].upper()}{said[1:]}"


def bounds_of(pairings: Sequence[Pairing], declared: Declared, result: Result) -> tuple[str, ...]:
    """What bounds the result: items, runs, the base's movement, picking, trust, broken rules.

    The headline ends with it.
    """
    return tuple(_bounds(primaries_of(pairings, declared), result))


def _bounds(primaries: Sequence[Pairing], result: Result) -> Iterator[str]:
    compared = [one for one in primaries if one.finding is not None]
    if any(one.test_set is not None for one in compared):
        fewest = min(one.common for one in compared)
        yield f"Only the {count_text(fewest, 'item')} that both builds asked are compared."
    if runs := next((text for one in compared if (text := runs_sentence(one))), ""):
        yield runs
    for one in compared:
        if one.finding is not None and one.moved is not None and not one.finding.withheld:
            yield beyond_text(one.finding, one.moved)
    if result.grounds is None:
        return
    picked = result.grounds.picked
    if most := max((one.arms for one in picked.values()), default=0):
        sure = all(one.is_shown for one in picked.values())
        yield (
            f"{count_text(most)} models besides the other one were scored on these items, so the "
            "best of them looks better than it is: this result is "
            f"{'still' if sure else 'not'} shown when it is held against all of them."
        )
    if any(one.aspects for one in compared):
        yield "It rests on what is taken on trust, see below."
    if result.strength is Strength.WEAK and result.outcome not in WITHOUT_STRENGTH:
        rules = ", ".join(one.rule for one in result.grounds.weakening)
        counted = f"{count_text(len(result.grounds.weakening), 'broken rule')} ({rules})"
        why = [*result.doubts, *([counted] if rules else [])]
        yield f"The evidence is weak: {'; '.join(why)}."


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
