"""The power line of judging that may stop: what it finds until its cap, and what it would need."""

import math
from typing import Final, Literal

from evalreport.estimates import NotEstimable
from evalreport.numbers import count_text, fraction_text, gain_size_text, measure_of, rate_text
from evalreport.plan.model import PowerLine
from evalreport.records import SequentialPlan
from evalreport.stats.power_sequential import (
    MOST_PAIRS,
    chance_to_win,
    pairs_to_find,
    smallest_rate_found,
)
from evalreport.stats.sequential import BATCH, ON_WINS

_NET_WIN: Final = "net_win"
_SUREST: Final = 0.98
_SOURCE: Final = "one tie in ten pairs"


def stopping_line(finding: str, plan: SequentialPlan, gain: float, power: float) -> PowerLine:
    """What a plan that may stop finds, as exactly as decisive pairs can be followed.

    So many pairs are decisive as are expected; the looks are those of a build.

    Args:
        finding: Id of the primary finding.
        plan: When it stops.
        gain: The gain worth having, a net win.
        power: Wanted.
    """
    alpha, step = plan.alpha * ON_WINS, max(1, round(BATCH * plan.decisive))
    pairs = min(MOST_PAIRS, round(plan.cap * plan.decisive))
    rate = (1 + min(gain / plan.decisive, _SUREST)) / 2
    by_look = chance_to_win(rate, interest=plan.win_rate, alpha=alpha, pairs=pairs, step=step)
    found = float(by_look[-1]) if len(by_look) else 0.0
    enough = pairs_to_find(rate, power=power, interest=plan.win_rate, alpha=alpha, step=step)
    needed = None if isinstance(enough, NotEstimable) else math.ceil(enough / plan.decisive)
    least = smallest_rate_found(
        power=power, interest=plan.win_rate, alpha=alpha, pairs=pairs, step=step
    )
    smallest = None if isinstance(least, NotEstimable) else (2 * least - 1) * plan.decisive
    measure = measure_of(_NET_WIN, "fraction")

    def size(of: float) -> str:
        return gain_size_text(float(f"{of:.2g}"), measure, higher_is_better=True)

    decision: Literal["go", "warn", "stop"] = "go"
    if smallest is None or smallest > 2 * gain:
        decision = "stop"
    elif found < power:
        decision = "warn"
    finds = (
        f"finds a true gain of {size(smallest)} {fraction_text(power)} of the time"
        if smallest is not None
        else "can find no gain, however large"
    )
    needs = (
        "which no number of items shows"
        if needed is None
        else f"which needs {count_text(needed, 'item')}"
    )
    risk = "" if decision == "go" else f"; it would be found {rate_text(found)} of the time"
    return PowerLine(
        finding=finding,
        n=plan.planned,
        spread=plan.decisive,
        spread_source=_SOURCE,
        smallest_detectable=smallest,
        gain_at_least=gain,
        n_required=needed,
        power_at_gain=found,
        decision=decision,
        text=(
            f"power of {finding}: judging that may stop, after {count_text(plan.cap)} of "
            f"{count_text(plan.planned, 'item')} at the latest, {finds}; asked for {size(gain)}, "
            f"{needs} (spread {plan.decisive:g} from {_SOURCE}){risk}: {decision}"
        ),
    )
