"""Spending: what a build has paid for machine time so far, and when it may begin nothing more.

Time is counted from the start of a process to its end, loading and failures with it. What has
begun is finished: a training is not cut off, and an asking process ends between two steps.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from evalreport.estimates import NotEstimable
from evalreport.numbers import money_text
from evalreport.plan.money import HOUR_SECONDS, hourly, spent_on
from evalreport.records import StepKind
from evalreport.records.steps import REACHED
from evalreport.spec.asked import endpoints_of
from evalreport.spec.models import Spec


@dataclass(slots=True)
class Spending:
    """What was spent, and the most that may be.

    Attributes:
        limit: In the currency.
        currency: Of all amounts.
        training: What an hour of training costs.
        asking: What an hour of everything else costs.
        on: What money is spent on, in words.
        clock: Seconds, from any beginning.
        spent: So far.
    """

    limit: float
    currency: str
    training: float
    asking: float
    on: str = "machine time"
    clock: Callable[[], float] = time.monotonic
    spent: float = 0.0

    @classmethod
    def of(cls, spec: Spec) -> "Spending | None":
        """From the spec's prices; None where there is no limit, or no price to hold it against."""
        training, asking = hourly(spec, StepKind.TRAIN), hourly(spec, StepKind.ASK)
        if spec.cost.limit is None:
            return None
        if isinstance(training, NotEstimable) or isinstance(asking, NotEstimable):
            if not any(True for _ in endpoints_of(spec)):
                return None
            training = asking = 0.0  # calls have a price by themselves
        return cls(spec.cost.limit, spec.cost.currency, training, asking, spent_on(spec))

    def price(self, kind: StepKind) -> float:
        """What an hour of a step of this kind costs."""
        return self.training if kind is StepKind.TRAIN else self.asking

    @property
    def reason(self) -> str | None:
        """Why nothing more may begin; None as long as something may."""
        if self.spent < self.limit:
            return None
        spent, limit = (money_text(one, self.currency) for one in (self.spent, self.limit))
        return (
            f"{REACHED}: about {spent} of {self.on} are spent, and {limit} is allowed; raise the "
            "limit and build again, what was done is kept"
        )

    @property
    def left(self) -> float:
        """What may still be spent."""
        return max(self.limit - self.spent, 0.0)

    def add(self, amount: float) -> None:
        """Count what was paid for beside machine time, such as a judge's tokens."""
        self.spent += amount

    @property
    def asking_seconds(self) -> float | None:
        """After how many seconds of asking the limit is reached; None: never."""
        left = max(self.limit - self.spent, 0.0)
        return left / self.asking * HOUR_SECONDS if self.asking else None


@contextmanager
def counted(spending: Spending | None, kind: StepKind) -> Iterator[None]:
    """Count the time of what is done inside, also when it fails.

    Args:
        spending: None where nothing has to be counted.
        kind: What is done, which decides its price.
    """
    if spending is None:
        yield
        return
    begun = spending.clock()
    try:
        yield
    finally:
        seconds = spending.clock() - begun
        spending.spent += seconds / HOUR_SECONDS * spending.price(kind)
