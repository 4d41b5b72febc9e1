"""Of what size the gains are: `better` says that there is one, and a gate may demand more."""

from typing import Final

from evalreport.analyze.findings import Finding, FindingOutcome
from evalreport.analyze.sentences import REACHED, spoken
from evalreport.gate.conditions import Condition, Demands, State
from evalreport.verdict import Outcome
from evalreport.verdict.grounds import Grounds

_NAME: Final = "gain"
_CLAIM: Final = "the gain asked for is shown to be reached"
_GAINS: Final = (Outcome.BETTER, Outcome.BETTER_RETENTION_UNKNOWN, Outcome.MIXED)


def gain_condition(outcome: Outcome, grounds: Grounds, demands: Demands) -> Condition:
    """Whether every primary is shown to gain at least what was asked for.

    Args:
        outcome: That the report states.
        grounds: What it rests on.
        demands: Whether this is demanded; else it is told, and closes nothing.
    """
    primaries = grounds.primaries
    if not primaries or any(one.gain_at_least is None for one in primaries):
        state = State.UNTOLD if demands.gain_reached else State.OPEN
        return Condition(_NAME, _CLAIM, state, "no gain was asked for (gain_at_least)")
    if outcome not in _GAINS:
        state = State.NOT_MET if demands.gain_reached else State.OPEN
        return Condition(_NAME, _CLAIM, state, f"the outcome {outcome.value} claims no gain")
    named = len(primaries) > 1
    told = {
        one.id: f"{f'{spoken(one)}: ' if named else ''}{_size(one, grounds)}" for one in primaries
    }
    short = tuple(told[one.id] for one in primaries if not _is_reached(one, grounds))
    if not short:
        return Condition(_NAME, _CLAIM, State.MET, "; ".join(told.values()))
    if demands.gain_reached:
        return Condition(_NAME, _CLAIM, State.NOT_MET, "; ".join(short), short)
    why = f"{'; '.join(short)} (--gain-reached demands it)"
    return Condition(_NAME, _CLAIM, State.OPEN, why, short)


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
