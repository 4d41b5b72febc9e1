"""What it cost: measured time at its price, what was paid once, and what is not known."""

from collections.abc import Iterator
from typing import Literal

from evalreport.estimates import NotEstimable
from evalreport.evidence import Evidence
from evalreport.layers.table import AnyLayer
from evalreport.numbers import count_text, money_text, number_text, price_text
from evalreport.plan.endpoint_steps import amount_of
from evalreport.plan.money import HOUR_SECONDS, NO_PRICE, gpus_of, hourly, judges_of
from evalreport.records import (
    Blocked,
    Done,
    Failure,
    Itemised,
    RecordedTraining,
    StepKind,
    Text,
)
from evalreport.records.steps import REACHED
from evalreport.report.break_even import Own, break_even
from evalreport.report.model import Cost, CostLine
from evalreport.spec import cost as prices
from evalreport.spec.asked import endpoints_of, served_arms
from evalreport.spec.models import Spec

_LEFT_OUT = "Not in it: people, storage, maintenance, and loading a model before it answers."
_CAVEAT = "Paying back counts only if what is put to use is fit for it, which is not shown:"
_LEFT_OUT_OF_CALLS = (
    "Break-evens leave out idle servers, people and maintenance, and what batches of another size "
    "do to the seconds of a call. After a break-even each call goes on costing its machine time. "
    "Whether an alternative answers as well as tuned was not measured."
)


def cost_of(spec: Spec, evidence: Evidence, reservation: str = "") -> Cost | None:
    """The cost as far as prices and times are known; None when the spec says nothing about it.

    Args:
        spec: With the prices.
        evidence: With the times.
        reservation: Why it is open that tuned is fit for use; empty when nothing says so.
    """
    cost = spec.cost
    if cost == prices.Cost() and all(one.price is None for one in endpoints_of(spec)):
        return None
    lines = (
        *(CostLine(name=one.name, amount=one.amount) for one in cost.fixed),
        *_recorded(cost),
        *_training(spec, evidence),
        *_evaluation(spec, evidence),
        *_served(spec, evidence),
        *_judges(spec, evidence),
    )
    known = [line.amount for line in lines if not isinstance(line.amount, NotEstimable)]
    none = NotEstimable(not_estimable="nothing of what was spent once is known")
    total = sum(known) if known else none
    untold = _of_what_was_not_said(cost)
    own = Own(
        currency=cost.currency,
        once=untold or total,
        is_at_least=len(known) < len(lines) or _lost_time(evidence) or _stopped(evidence),
        per_call=_own_per_call(spec, _seconds_per_call(spec, evidence)),
        per_seed=[
            price
            for block in _calls(spec, evidence)
            if not isinstance(price := _own_per_call(spec, _mean_seconds((block,))), NotEstimable)
        ],
        is_in_doubt=bool(reservation),
    )
    return Cost(
        currency=cost.currency,
        lines=lines,
        total=total,
        total_is_at_least=own.is_at_least,
        seconds_per_call=_seconds_per_call(spec, evidence),
        own_per_call=own.per_call,
        break_even=tuple(break_even(one, own) for one in _alternatives(cost)),
        caveat=caveat_of(spec, reservation),
        note=" ".join(_note(spec, evidence)),
    )


def caveat_of(spec: Spec, reservation: str) -> str:
    """Why nothing is paid back by what is not known to be fit for use; empty where it is."""
    return f"{_CAVEAT} {reservation}." if reservation and _alternatives(spec.cost) else ""


def _note(spec: Spec, evidence: Evidence) -> Iterator[str]:
    if spec.cost.gpu_hour is not None:
        yield "The price of a GPU hour is taken to hold its electricity."
    yield "Steps that were reused count with the time that they took."
    if _lost_time(evidence):
        yield "Steps that failed took time that nobody measured."
    if _stopped(evidence):
        yield "The build stopped at cost.limit: what is missing is not paid for yet."
    yield _LEFT_OUT
    if _alternatives(spec.cost):
        yield _LEFT_OUT_OF_CALLS


def _lost_time(evidence: Evidence) -> bool:
    return any(isinstance(outcome, Failure) for outcome in evidence.outcomes.values())


def _stopped(evidence: Evidence) -> bool:
    """Whether the limit kept a step from running."""
    return any(
        isinstance(outcome, Blocked) and outcome.reason.startswith(REACHED)
        for outcome in evidence.outcomes.values()
    )


# Lines


def _recorded(cost: prices.Cost) -> Iterator[CostLine]:
    """What others published that it cost, each line marked as theirs."""
    recorded = cost.recorded
    source = f" ({recorded.source})" if recorded is not None and recorded.source else ""
    if recorded is not None and recorded.total is not None and not recorded.lines:
        yield CostLine(
            name="all that was paid",
            kind="recorded",
            amount=recorded.total,
            note=f"as published{source}; what it was paid for was not said",
        )
    for one in recorded.lines if recorded is not None else ():
        parts = [
            f"{number_text(one.hours)} hours" if one.hours is not None else "",
            f"{number_text(one.watts)} W" if one.watts is not None else "",
            f"{price_text(one.gpu_hour, cost.currency)} a GPU hour"
            if one.gpu_hour is not None
            else "",
            f"{price_text(one.per_kwh, cost.currency)} a kWh" if one.per_kwh is not None else "",
        ]
        made_of = ", ".join(part for part in parts if part)
        yield CostLine(
            name=one.name,
            kind="recorded",
            amount=one.amount,
            gpus=one.gpus,
            note=f"as published{source}{f': {made_of}' if made_of else ''}",
        )


def _of_what_was_not_said(cost: prices.Cost) -> NotEstimable | None:
    """Why a published total is not what was spent once: it may hold what every call costs."""
    recorded = cost.recorded
    if recorded is None or recorded.total is None or recorded.lines:
        return None
    total = money_text(recorded.total, cost.currency)
    return NotEstimable(
        not_estimable=f"only a total of {total} was published, and not what of it was spent once"
    )


def _alternatives(cost: prices.Cost) -> tuple[prices.Alternative, ...]:
    """What one would use instead, as declared and as others published it."""
    recorded = cost.recorded.alternatives if cost.recorded is not None else ()
    told = [prices.Alternative(name=one.name, per_call=one.per_call) for one in recorded]
    named = {one.name for one in cost.alternatives}
    return (*cost.alternatives, *(one for one in told if one.name not in named))


def _training(spec: Spec, evidence: Evidence) -> Iterator[CostLine]:
    """The trainings behind tuned; one that was not done here cost something all the same."""
    told = evidence.recorded_training
    if told is not None:
        if _tells_no_amount(spec.cost.recorded):
            yield _of_told(spec, told)
        return
    elsewhere = evidence.earlier.get("tuned")
    if elsewhere is not None:
        why = NotEstimable(not_estimable=f"{elsewhere.path} was not trained here")
        yield CostLine(name="training", kind="training", amount=why)
        return
    if any(planned.step.kind is StepKind.TRAIN for planned in evidence.plan.steps):
        yield _machine(spec, evidence, StepKind.TRAIN, "training")


def _tells_no_amount(recorded: prices.RecordedCost | None) -> bool:
    """Whether nothing was published that the training may be a part of."""
    return recorded is None or (recorded.total is None and not recorded.lines)


def _of_told(spec: Spec, told: RecordedTraining) -> CostLine:
    """The published hours at the price of an hour that the spec gives."""
    gpus, name = told.hardware.gpus, "training, by others"
    price = hourly(spec, StepKind.TRAIN)
    if told.hours is None or isinstance(price, NotEstimable):
        why = "how long it took was not published" if told.hours is None else NO_PRICE
        amount: float | NotEstimable = NotEstimable(not_estimable=why)
    elif spec.cost.gpu_hour is not None and gpus is not None:
        amount = told.hours * gpus * spec.cost.gpu_hour
    else:
        amount = told.hours * price
    hours = "" if told.hours is None else f": {number_text(told.hours)} hours"
    return CostLine(
        name=name, kind="recorded", amount=amount, gpus=gpus, note=f"time as published{hours}"
    )


def _evaluation(spec: Spec, evidence: Evidence) -> Iterator[CostLine]:
    """Asking; judges and people take no time of this machine."""
    if any(planned.step.kind is StepKind.ASK for planned in evidence.plan.steps):
        yield _machine(spec, evidence, StepKind.ASK, "evaluation")


def _machine(
    spec: Spec,
    evidence: Evidence,
    kind: StepKind,
    name: Literal["training", "evaluation"],
) -> CostLine:
    """Measured seconds of a kind of steps and the checks before it, at the price of an hour."""
    finished = [
        (planned.step, outcome)
        for planned in evidence.plan.steps
        if isinstance(outcome := evidence.outcomes[planned.step.id], Done)
    ]
    checks = [
        outcome.seconds
        for step, outcome in finished
        if step.kind is StepKind.PREFLIGHT and (step.subject is None) is (kind is StepKind.TRAIN)
    ]
    done = [outcome.seconds for step, outcome in finished if step.kind is kind]
    gpus, price, seconds = gpus_of(spec, kind), hourly(spec, kind), sum(done) + sum(checks)
    amount: float | NotEstimable
    if not done:
        amount = NotEstimable(not_estimable=f"no step of the {name} was finished")
    elif isinstance(price, NotEstimable):
        amount = price
    else:
        amount = seconds / HOUR_SECONDS * price
    return CostLine(
        name=name,
        kind=name,
        amount=amount,
        seconds=seconds if done else None,
        gpus=gpus if _has_gpus(spec, evidence) else None,
        note=_rate(spec),
    )


def _has_gpus(spec: Spec, evidence: Evidence) -> bool:
    """Whether there are GPUs to count: rented by the hour, or in this machine."""
    return spec.cost.gpu_hour is not None or evidence.machine.accelerator is not None


def _rate(spec: Spec) -> str:
    cost = spec.cost
    if cost.gpu_hour is not None:
        return f"measured time, at {price_text(cost.gpu_hour, cost.currency)} a GPU hour"
    if cost.electricity is not None:
        watts, per_kwh = cost.electricity.watts, cost.electricity.per_kwh
        price = price_text(per_kwh, cost.currency)
        return f"electricity: measured time, at {number_text(watts)} W and {price} a kWh"
    return "measured time; cost.gpu_hour or cost.electricity would give it a price"


def _judges(spec: Spec, evidence: Evidence) -> Iterator[CostLine]:
    """Each judge by the tokens of its answers; one that did not answer has no known cost."""
    for layer, judge in judges_of(spec):
        said = evidence.judged.get(layer.name)
        use = next((u for u in said.uses if u.judge == judge.called), None) if said else None
        amount: float | NotEstimable
        if use is None or use.calls == 0:
            amount = NotEstimable(not_estimable="it did not answer")
        else:
            amount = amount_of(judge, use.prompt_tokens, use.tokens)
        yield CostLine(
            name=f"judge {judge.called} of {layer.name}",
            kind="judge",
            amount=amount,
            note="" if use is None else _untold(use.uncounted, use.possibly_paid),
        )


def _untold(uncounted: int, possibly_paid: int) -> str:
    """What is not in the sum of a server's tokens."""
    parts = []
    if uncounted:
        told = count_text(uncounted, "call")
        parts.append(f"of {told} the server told no tokens")
    if possibly_paid:
        cut = count_text(possibly_paid, "request")
        parts.append(f"{cut} that left without an answer may have been paid for as well")
    return "; ".join(parts)


def _served(spec: Spec, evidence: Evidence) -> Iterator[CostLine]:
    """Each arm behind an endpoint by the tokens that its server counted."""
    for name, engine in served_arms(spec):
        told = [
            answer.served
            for place, block in evidence.blocks.items()
            if place.arm == name
            for several in block.responses.values()
            for answer in several
            if isinstance(answer, Text) and answer.served is not None
        ]
        amount: float | NotEstimable = NotEstimable(not_estimable="it did not answer")
        if told:
            sent = sum(one.prompt_tokens or 0 for one in told)
            amount = amount_of(engine, sent, sum(one.tokens or 0 for one in told))
        uncounted = sum(one.prompt_tokens is None or one.tokens is None for one in told)
        yield CostLine(
            name=f"answers of {name}, from {engine.model}",
            kind="evaluation",
            amount=amount,
            note=_untold(uncounted, 0),
        )


# A call


def _calls(spec: Spec, evidence: Evidence) -> tuple[Itemised, ...]:
    """What tuned answered in the primary's layer, by training seed."""
    layer = _primary_layer(spec)
    return evidence.of_arm(layer.name, "tuned") if layer is not None else ()


def _primary_layer(spec: Spec) -> AnyLayer | None:
    primary = spec.evaluation.primary
    if primary is None:
        return None
    return next(one for one in spec.evaluation.layers if one.name == primary.layer)


def _seconds_per_call(spec: Spec, evidence: Evidence) -> float | NotEstimable:
    if spec.evaluation.primary is None:
        return NotEstimable(not_estimable="no primary says which calls are meant")
    if spec.evaluation.primary.layer in evidence.published:
        return NotEstimable(not_estimable="how long a call takes was not published")
    return _mean_seconds(_calls(spec, evidence))


def _mean_seconds(blocks: tuple[Itemised, ...]) -> float | NotEstimable:
    """Mean seconds of one answer."""
    seconds = [
        answer.seconds
        for block in blocks
        for several in block.responses.values()
        for answer in several
        if answer.seconds is not None
    ]
    if not seconds:
        return NotEstimable(not_estimable="tuned answered nothing in the primary's layer")
    return sum(seconds) / len(seconds)


def _own_per_call(spec: Spec, seconds: float | NotEstimable) -> float | NotEstimable:
    price = hourly(spec, StepKind.ASK)
    if isinstance(seconds, NotEstimable):
        return seconds
    if isinstance(price, NotEstimable):
        return price
    return seconds / HOUR_SECONDS * price
