"""Of what size the gains are: `better` says that there is one, and a gate may demand more."""

from typing import Final

from evalreport.gate.conditions import Condition, Demands, State
from evalreport.verdict import Outcome
from evalreport.verdict.gained import CLAIMS_A_GAIN, sizes_told
from evalreport.verdict.grounds import Grounds

_NAME: Final = "gain"
_CLAIM: Final = "the gain asked for is shown to be reached"


def gain_condition(outcome: Outcome, grounds: Grounds, demands: Demands) -> Condition:
    """Whether every primary is shown to gain at least what was asked for.

    Args:
        outcome: That the report states.
        grounds: What it rests on.
        demands: Whether this is demanded; else it is told, and closes nothing.
    """
    told = sizes_told(grounds)
    if told is None:
        state = State.UNTOLD if demands.gain_reached else State.OPEN
        return Condition(_NAME, _CLAIM, state, "no gain was asked for (gain_at_least)")
    if outcome not in CLAIMS_A_GAIN:
        state = State.NOT_MET if demands.gain_reached else State.OPEN
        return Condition(_NAME, _CLAIM, state, f"the outcome {outcome.value} claims no gain")
    short = tuple(text for text, is_reached in told if not is_reached)
    if not short:
        return Condition(_NAME, _CLAIM, State.MET, "; ".join(text for text, _ in told))
    if demands.gain_reached:
        return Condition(_NAME, _CLAIM, State.NOT_MET, "; ".join(short), short)
    why = f"{'; '.join(short)} (--gain-reached demands it)"
    return Condition(_NAME, _CLAIM, State.OPEN, why, short)
