"""Prices: what a training and its evaluation cost, and what one would use instead."""

from typing import Annotated, Any

from pydantic import SerializerFunctionWrapHandler, StringConstraints, model_serializer

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


class RecordedLine(Value):
    """One cost that others published, with what it was said to be made of.

    Attributes:
        name: What it was.
        amount: In the currency of `cost`.
        hours: How long something ran for it.
        gpus: How many GPUs that were.
        gpu_hour: Price of one hour of one of them.
        watts: What the machine drew, all its GPUs together.
        per_kwh: Price of a kilowatt hour.
    """

    name: Words
    amount: NonNegative
    hours: Positive | None = None
    gpus: Natural | None = None
    gpu_hour: NonNegative | None = None
    watts: Positive | None = None
    per_kwh: NonNegative | None = None


class RecordedAlternative(Value):
    """What others say that another model would have cost.

    Attributes:
        name: What it is.
        per_call: Its price a call, in the currency of `cost`.
        calls: For how many calls.
        amount: What was said that these cost.
    """

    name: Words
    per_call: NonNegative
    calls: Natural | None = None
    amount: NonNegative | None = None


class RecordedBreakEven(Value):
    """After how many calls others say that their model has paid back what it cost.

    Attributes:
        calls: So many.
        against: The alternative that is meant, by its name; any of them when left out.
    """

    calls: Natural
    against: Words | None = None


class RecordedCost(Value):
    """What others published about what their model cost.

    Attributes:
        source: Where it was published.
        lines: What was paid for.
        total: What was said that they come to.
        alternatives: What others would have cost.
        break_even: After how many calls it was said to have paid.
    """

    source: Words | None = None
    lines: tuple[RecordedLine, ...] = ()
    total: NonNegative | None = None
    alternatives: tuple[RecordedAlternative, ...] = ()
    break_even: RecordedBreakEven | None = None


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
        recorded: What others published about what their model cost.
    """

    currency: Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Z]{3}$")] = "USD"
    fixed: tuple[FixedCost, ...] = ()
    gpu_hour: NonNegative | None = None
    gpus: Natural = 1
    electricity: Electricity | None = None
    limit: Positive | None = None
    alternatives: tuple[Alternative, ...] = ()
    recorded: RecordedCost | None = None

    @model_serializer(mode="wrap")
    def _without_none(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """What nobody recorded makes no other spec."""
        dumped: dict[str, Any] = dump(self)
        if self.recorded is None:
            dumped.pop("recorded", None)
        return dumped
