"""Gained: of what size gains are, beside the size that was asked for.

`better` says that there is a gain; this says how much of what was asked for is shown.
"""

from collections.abc import Sequence
from typing import Final

from evalreport.analyze.findings import Finding, FindingOutcome
from evalreport.analyze.sentences import REACHED, spoken
from evalreport.verdict.grounds import Grounds
from evalreport.verdict.outcome import Outcome

CLAIMS_A_GAIN: Final = (Outcome.BETTER, Outcome.BETTER_RETENTION_UNKNOWN, Outcome.MIXED)


def sizes_told(grounds: Grounds) -> tuple[tuple[str, bool], ...] | None:
    """Of each primary that asks for a size, the least that can be said of its gain, and whether it
    is what was asked for.

    None where no primary asks for one.
    """
    primaries = grounds.primaries
    asking = [one for one in primaries if one.gain_at_least is not None]
    if not asking:
        return None
    return tuple((_told(one, primaries, grounds), _is_reached(one, grounds)) for one in asking)


def _told(one: Finding, primaries: Sequence[Finding], grounds: Grounds) -> str:
    name = f"{spoken(one)}: " if len(primaries) > 1 else ""
    return f"{name}{_size(one, grounds)}"


def _is_reached(one: Finding, grounds: Grounds) -> bool:
    is_sound = one.outcome is FindingOutcome.BETTER and one.id not in grounds.void
    return is_sound and all(size.startswith(REACHED) for size in _sizes(one, grounds))


def _sizes(one: Finding, grounds: Grounds) -> tuple[str, ...]:
    """What the gain says about the one asked for.

    Where part of it may be format, also what the gain over a base says that was asked in a form
    which it can answer.
    """
    part = grounds.by_format.get(one.id)
    if part is None:
        return (grounds.size_of(one),)
    if part.at_best is None:
        return (grounds.size_of(one), "")
    fair = part.at_best.model_copy(update={"gain_at_least": one.gain_at_least})
    size = grounds.size_of(one, fair)
    return (grounds.size_of(one), f"{size}, against {fair.arms[1]}" if size else "")


def _size(one: Finding, grounds: Grounds) -> str:
    """The least that can be said of the gain, or why nothing can."""
    if one.id in grounds.void:
        return "its evidence does not count"
    if one.outcome is not FindingOutcome.BETTER:
        return "no gain is shown"
    sizes = _sizes(one, grounds)
    size = next((size for size in sizes if not size.startswith(REACHED)), sizes[-1])
    if size:
        return size
    if one.id in grounds.picked:
        many = f"{grounds.picked[one.id].arms:,}"
        return f"whether it reaches what was asked for is open, since it is the best of {many} arms"
    return "whether it reaches what was asked for is open, since it may be format"
