"""What was spent is counted by a clock, and nothing begins once the limit is reached."""

import pytest

from evalreport.records import StepKind
from evalreport.run.spending import Spending, counted
from tests.plan.test_money import spec


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def spending(clock: Clock, limit: float = 1.0) -> Spending:
    """A GPU hour is 2, and training takes four GPUs."""
    made = Spending.of(spec(4, gpu_hour=2.0, limit=limit))
    assert made is not None
    made.clock = clock
    return made


def test_each_kind_of_step_counts_at_its_price(clock: Clock) -> None:
    one = spending(clock, limit=10.0)
    with counted(one, StepKind.TRAIN):
        clock.seconds += 1800
    assert one.spent == 4.0
    with counted(one, StepKind.ASK):
        clock.seconds += 1800
    assert one.spent == 5.0
    assert one.reason is None
    assert one.asking_seconds == 2.5 * 3600


def test_what_fails_costs_too(clock: Clock) -> None:
    one = spending(clock)

    def interrupted() -> None:
        with counted(one, StepKind.ASK):
            clock.seconds += 3600
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert one.spent == 2.0


def test_at_the_limit_nothing_more_begins(clock: Clock) -> None:
    one = spending(clock)
    with counted(one, StepKind.ASK):
        clock.seconds += 1800
    assert one.asking_seconds == 0.0
    assert one.reason == (
        "cost.limit is reached: about 1.00 USD of machine time are spent, and 1.00 USD is allowed; "
        "raise the limit and build again, what was done is kept"
    )


def test_without_a_limit_or_a_price_nothing_is_counted() -> None:
    assert Spending.of(spec(gpu_hour=2.0)) is None
    assert Spending.of(spec(limit=2.0)) is None
    with counted(None, StepKind.ASK):
        pass
    free = Spending.of(spec(gpu_hour=0.0, limit=1.0))
    assert free is not None
    assert free.asking_seconds is None
