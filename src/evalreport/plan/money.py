"""Money that a plan foretells: the time of what would run, at the price of the machine."""

from collections.abc import Sequence

from evalreport.estimates import NotEstimable
from evalreport.plan.model import PlannedStep
from evalreport.spec.models import Cost

_HOUR_SECONDS = 3600


def machine_money(steps: Sequence[PlannedStep], cost: Cost) -> float | NotEstimable:
    """What the steps that would run cost on this machine, in the currency of `cost`."""
    seconds = [planned.seconds for planned in steps if planned.status == "will_run"]
    if not seconds:
        return 0.0
    if cost.gpu_hour is None:
        return NotEstimable(not_estimable="no price is known for any step")
    known = [one for one in seconds if one is not None]
    if len(known) < len(seconds):
        return NotEstimable(not_estimable="unknown as long as the time is")
    return sum(known) / _HOUR_SECONDS * cost.gpu_hour * cost.gpus
