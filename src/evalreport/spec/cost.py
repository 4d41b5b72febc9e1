"""Prices: what a training and its evaluation cost, and what one would use instead."""

from typing import Annotated

from pydantic import StringConstraints

from evalreport.values import Natural, NonNegative, Positive, Value, Words


class FixedCost(Value):
    """Something that was paid for once.

    Attributes:
        name: What it was.
        amount: In the currency of `cost`.
    """

    name: Words
    amount: NonNegative


class Electricity(Value):
    """What a machine of one's own draws; the price of a rented GPU hour holds it already.

    Attributes:
        watts: Of the whole machine at work, all its GPUs together.
        per_kwh: Price of a kilowatt hour, in the currency of `cost`.
    """

    watts: Positive
    per_kwh: NonNegative


class Alternative(Value):
    """What one would use instead of the tuned model.

    Attributes:
        name: What it is.
        per_call: Its price a call, in the currency of `cost`.
    """

    name: Words
    per_call: NonNegative


class Cost(Value):
    """What it costs, and what the alternatives would.

    Attributes:
        currency: ISO 4217 code.
        fixed: What was paid once.
        gpu_hour: Price of one hour of one rented GPU, its electricity with it.
        gpus: How many are paid for while something runs; a training that is launched on more of
            them counts those.
        electricity: For a machine of one's own, instead of `gpu_hour`.
        limit: The most that one build may spend on machine time; what has begun is finished, and
            nothing is begun above it.
        alternatives: What one would use instead.
    """

    currency: Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Z]{3}$")] = "USD"
    fixed: tuple[FixedCost, ...] = ()
    gpu_hour: NonNegative | None = None
    gpus: Natural = 1
    electricity: Electricity | None = None
    limit: Positive | None = None
    alternatives: tuple[Alternative, ...] = ()
