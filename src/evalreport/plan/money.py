"""Money: what an hour of work costs, and what a plan foretells of it and of calls.

What has no price or no time is named, and stays out of every sum; it is never taken for nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from evalreport.estimates import NotEstimable
from evalreport.layers.judge import Judge, JudgeModel
from evalreport.numbers import count_text
from evalreport.plan.model import PlannedStep
from evalreport.records import StepKind
from evalreport.spec.asked import endpoints_of
from evalreport.spec.models import Spec
from evalreport.training.options import InProcess

HOUR_SECONDS: Final = 3600
NO_PRICE: Final = "no price of an hour is declared"
NO_STEP_PRICE: Final = "no price is known for any step"


@dataclass(frozen=True, slots=True)
class Money:
    """An amount as far as it is known.

    Attributes:
        machine: What machine time costs, as far as it is known, in the currency of `cost`.
        calls: What calls to endpoints cost, likewise.
        is_most: Whether that is the most that they can cost, since none was made yet.
        unknown: What is not in it, and why.
    """

    machine: float
    calls: float = 0.0
    is_most: bool = False
    unknown: tuple[str, ...] = ()

    @property
    def known(self) -> float:
        """The sum of what is known."""
        return self.machine + self.calls


def gpus_of(spec: Spec, kind: StepKind) -> int:
    """How many GPUs are paid for while a step of this kind runs."""
    launch = spec.to_train.launch if spec.to_train is not None else InProcess()
    if kind is not StepKind.TRAIN or isinstance(launch, InProcess):
        return spec.cost.gpus
    return max(spec.cost.gpus, launch.processes)


def hourly(spec: Spec, kind: StepKind) -> float | NotEstimable:
    """What an hour of a step of this kind costs: rent, or electricity; never both."""
    cost = spec.cost
    if cost.gpu_hour is not None:
        return cost.gpu_hour * gpus_of(spec, kind)
    if cost.electricity is not None:
        return cost.electricity.watts / 1000 * cost.electricity.per_kwh
    return NotEstimable(not_estimable=NO_PRICE)


def spent_on(spec: Spec) -> str:
    """What a build of a spec spends money on, in words."""
    return "machine time and calls" if any(True for _ in endpoints_of(spec)) else "machine time"


def planned_money(steps: Sequence[PlannedStep], spec: Spec) -> Money:
    """What the steps that would run cost on this machine, as far as it can be foretold."""
    running = [planned for planned in steps if planned.status == "will_run"]
    unknown: list[str] = []
    calls = [call for one in running for call in one.calls]
    paid = [call.amount for call in calls if not isinstance(call.amount, NotEstimable)]
    priced = [(one.seconds, hourly(spec, one.step.kind)) for one in running]
    machine = sum(
        seconds / HOUR_SECONDS * price
        for seconds, price in priced
        if seconds is not None and not isinstance(price, NotEstimable)
    )
    untimed = sum(seconds is None for seconds, _ in priced)
    if any(isinstance(price, NotEstimable) for _, price in priced):
        unknown.insert(0, "no price of machine time is known" if paid else NO_STEP_PRICE)
    elif untimed == len(running) and running:
        unknown.insert(0, "unknown as long as the time is")
    elif untimed:
        unknown.insert(0, f"the time of {count_text(untimed, 'step')} is unknown")
    waiting = sum(planned.status == "waits" for planned in steps)
    if waiting:
        unknown.append(f"unknown for the {count_text(waiting, 'step')} waiting for the hub")
    unknown += [
        f"{call.name} is not in it: {call.amount.not_estimable}"
        for call in calls
        if isinstance(call.amount, NotEstimable)
    ]
    return Money(
        machine,
        sum(paid),
        is_most=any(not call.is_measured for call in calls),
        unknown=tuple(unknown),
    )


def judges_of(spec: Spec) -> Iterator[tuple[Judge, JudgeModel]]:
    """Every judge of every layer."""
    for layer in spec.evaluation.layers:
        if isinstance(layer, Judge):
            for judge in layer.judges:
                yield layer, judge
