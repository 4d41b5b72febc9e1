"""Prices: rent or electricity, GPUs of a launcher, tokens of a judge; unknown is never 0."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport.engines.api.endpoint import TokenPrice
from evalreport.estimates import NotEstimable
from evalreport.layers.judge import JudgeModel
from evalreport.plan.endpoint_steps import amount_of
from evalreport.plan.model import CallsCost, PlannedStep
from evalreport.plan.money import Money, gpus_of, hourly, planned_money
from evalreport.records import Step, StepKind
from evalreport.spec.models import Spec
from evalreport.training.options import Torchrun

TRAIN, ASK = StepKind.TRAIN, StepKind.ASK


def spec(processes: int = 0, **cost: object) -> Spec:
    training: dict[str, object] = {"learning_rate": 1e-4}
    if processes:
        training["launch"] = Torchrun.model_validate({"processes": processes})
    return Spec.model_validate(
        {
            "evalreport": 1,
            "name": "x",
            "base_model": {"path": "org/base"},
            "adapter": {"method": "lora"},
            "training": training,
            "cost": cost,
            "evaluation": {"layers": []},
        }
    )


def planned(kind: StepKind, seconds: float | None, status: str = "will_run") -> PlannedStep:
    step = Step(id=kind.value, kind=kind, revision=1, reads={}, inputs={}, key="k")
    return PlannedStep.model_validate({"step": step, "status": status, "seconds": seconds})


def test_a_launcher_s_gpus_are_paid_for_while_it_trains() -> None:
    assert gpus_of(spec(), TRAIN) == 1
    launched = spec(4, gpu_hour=2.0)
    assert (gpus_of(launched, TRAIN), gpus_of(launched, ASK)) == (4, 1)
    assert (hourly(launched, TRAIN), hourly(launched, ASK)) == (8.0, 2.0)
    rented = spec(4, gpu_hour=2.0, gpus=8)
    assert (hourly(rented, TRAIN), hourly(rented, ASK)) == (16.0, 16.0)


def test_electricity_is_that_of_the_whole_machine() -> None:
    own = spec(4, gpus=4, electricity={"watts": 800, "per_kwh": 0.30})
    assert hourly(own, TRAIN) == hourly(own, ASK) == pytest.approx(0.24)


def test_a_machine_without_a_price_is_not_free() -> None:
    assert isinstance(hourly(spec(), TRAIN), NotEstimable)
    assert hourly(spec(gpu_hour=0.0), TRAIN) == 0.0, "declared to cost nothing"
    money = planned_money([planned(TRAIN, 3600.0)], spec())
    assert money == Money(0, unknown=("no price is known for any step",))


def test_each_step_counts_at_its_own_price() -> None:
    steps = [planned(TRAIN, 1800.0), planned(ASK, 3600.0), planned(ASK, 3600.0, "reused")]
    assert planned_money(steps, spec(4, gpu_hour=2.0)) == Money(8.0 / 2 + 2.0)


def test_a_step_without_a_time_makes_a_lower_bound() -> None:
    priced = spec(gpu_hour=2.0)
    money = planned_money([planned(TRAIN, None), planned(ASK, 1800.0)], priced)
    assert money == Money(1.0, unknown=("the time of 1 step is unknown",))
    assert planned_money([planned(TRAIN, None)], priced) == Money(
        0, unknown=("unknown as long as the time is",)
    )
    assert planned_money([], priced) == Money(0)


PRICE = TokenPrice(input_per_million=0.25, output_per_million=2.0)


def called(**changes: object) -> PlannedStep:
    step = Step(id="judge x", kind=StepKind.JUDGE, revision=1, reads={}, inputs={}, key="k")
    cost = CallsCost.model_validate(
        {
            "name": "m",
            "calls": 10,
            "prompt_tokens": 1_000_000,
            "tokens": 500_000,
            "is_measured": True,
            "amount": 1.25,
            **changes,
        }
    )
    return PlannedStep(step=step, status="will_run", seconds=0.0, calls=(cost,))


def test_calls_cost_their_tokens() -> None:
    judge = JudgeModel(model="m", price=PRICE)
    assert amount_of(judge, 1_000_000, 500_000) == 1.25
    assert amount_of(judge, 0, 0) == 0.0
    assert isinstance(amount_of(JudgeModel(model="m"), 1, 1), NotEstimable), "no price is not free"


def test_calls_are_in_the_sum_or_named() -> None:
    priced = spec(gpu_hour=2.0)
    assert planned_money([called(), planned(ASK, 1800.0)], priced) == Money(1.0, 1.25)
    most = planned_money([called(is_measured=False)], priced)
    assert (most.known, most.is_most) == (1.25, True)
    unknown = planned_money([called(amount=NotEstimable(not_estimable="no price"))], priced)
    assert unknown == Money(0.0, unknown=("m is not in it: no price",))


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10**6))
def test_more_tokens_never_cost_less(prompt_tokens: int, tokens: int, more: int) -> None:
    judge = JudgeModel(model="m", price=PRICE)
    less = amount_of(judge, prompt_tokens, tokens)
    assert not isinstance(less, NotEstimable)
    assert amount_of(judge, prompt_tokens + more, tokens) >= less  # type: ignore[operator]
