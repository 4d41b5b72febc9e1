"""Money: what an hour of work costs, what a plan foretells, and what a judge's tokens come to.

What has no price or no time is named, and stays out of every sum; it is never taken for nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from evalreport.estimates import NotEstimable
from evalreport.layers.judge import Judge, JudgeModel, Price
from evalreport.numbers import count_text
from evalreport.plan.model import PlannedStep
from evalreport.records import StepKind
from evalreport.spec.models import Spec
from evalreport.training.options import InProcess

HOUR_SECONDS: Final = 3600
_MILLION: Final = 1_000_000
NO_PRICE: Final = "no price of an hour is declared"


@dataclass(frozen=True, slots=True)
class Money:
    """An amount as far as it is known.

    Attributes:
        known: The sum of what is known, in the currency of `cost`.
        unknown: What is not in it, and why.
    """

    known: float
    unknown: tuple[str, ...] = ()


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


def planned_money(steps: Sequence[PlannedStep], spec: Spec) -> Money:
    """What the steps that would run cost on this machine, as far as it can be foretold."""
    running = [planned for planned in steps if planned.status == "will_run"]
    unknown = list(_judges(spec))
    priced = [(one.seconds, hourly(spec, one.step.kind)) for one in running]
    known = sum(
        seconds / HOUR_SECONDS * price
        for seconds, price in priced
        if seconds is not None and not isinstance(price, NotEstimable)
    )
    untimed = sum(seconds is None for seconds, _ in priced)
    if any(isinstance(price, NotEstimable) for _, price in priced):
        unknown.insert(0, "no price is known for any step")
    elif untimed == len(running) and running:
        unknown.insert(0, "unknown as long as the time is")
    elif untimed:
        unknown.insert(0, f"the time of {count_text(untimed, 'step')} is unknown")
    waiting = sum(planned.status == "waits" for planned in steps)
    if waiting:
        unknown.append(f"unknown for the {count_text(waiting, 'step')} waiting for the hub")
    return Money(known, tuple(unknown))


def judge_money(price: Price | None, prompt_tokens: int, tokens: int) -> float | NotEstimable:
    """What a judge's answers cost.

    Args:
        price: As declared; None leaves it unknown.
        prompt_tokens: That were sent to it, over all its calls.
        tokens: That it wrote.
    """
    if price is None:
        return NotEstimable(not_estimable="no price is declared for this judge")
    sent, written = price.input_per_million, price.output_per_million
    return (prompt_tokens * sent + tokens * written) / _MILLION


def judges_of(spec: Spec) -> Iterator[tuple[Judge, JudgeModel]]:
    """Every judge of every layer."""
    for layer in spec.evaluation.layers:
        if isinstance(layer, Judge):
            for judge in layer.judges:
                yield layer, judge


def _judges(spec: Spec) -> Iterator[str]:
    """What each judge would cost: unknown, until one has answered and has shown its tokens."""
    for layer, judge in judges_of(spec):
        why = "it has no price" if judge.price is None else "it has not answered yet"
        yield f"the judge {judge.model} of {layer.name} is not in it: {why}"
