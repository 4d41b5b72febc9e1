"""Time that a plan foretells: per item and step, one load a lease, known or not said."""

from evalreport.plan.model import PlannedStep
from evalreport.plan.pace import asking_seconds, loading_name, pace_name, with_loading
from evalreport.records import (
    Base,
    Dtype,
    History,
    Lease,
    Quantization,
    Step,
    StepKind,
    Trained,
)

BASE = Base(model="org/base", dtype=Dtype.FLOAT32, quantization=Quantization.NONE)
TUNED = Trained(base=BASE, train_key="k" * 64, seed=1, checkpoint="best")


def step(
    layer: str, subject: Base | Trained, *, model: str = "org/base", dtype: Dtype = Dtype.FLOAT32
) -> Step:
    return Step(
        id=f"ask {layer} {subject.kind}",
        kind=StepKind.ASK,
        revision=1,
        reads={},
        inputs={},
        key=layer + subject.kind,
        layer=layer,
        subject=subject,
        lease=Lease(engine="e", model=model, dtype=dtype, quantization=Quantization.NONE),
        items=10,
    )


def planned(one: Step, seconds: float | None, *, runs: bool = True) -> PlannedStep:
    return PlannedStep(step=one, status="will_run" if runs else "reused", seconds=seconds)


def test_what_answers_alike_shares_a_pace() -> None:
    assert pace_name(step("a", BASE)) == pace_name(step("a", TUNED))
    assert pace_name(step("a", BASE)) != pace_name(step("b", BASE))
    assert pace_name(step("a", BASE)) != pace_name(step("a", BASE, dtype=Dtype.BFLOAT16))


def test_a_whole_model_that_a_training_left_counts_as_its_base() -> None:
    whole = step("a", TUNED, model=f"trained:{'k' * 64}/best")
    assert pace_name(whole) == pace_name(step("a", BASE))
    assert loading_name(whole) == loading_name(step("b", BASE))


def test_seconds_are_for_what_is_missing() -> None:
    history = History(pace={pace_name(step("a", BASE)): 0.5})
    assert asking_seconds(step("a", BASE), 4, history) == 2.0
    assert asking_seconds(step("b", BASE), 4, history) is None


def test_a_load_is_counted_once_for_all_that_share_it() -> None:
    history = History(pace={loading_name(step("a", BASE)): 17.0})
    other = step("c", BASE, dtype=Dtype.BFLOAT16)
    steps = [
        planned(step("r", BASE), None, runs=False),
        planned(step("a", TUNED), 1.0),
        planned(step("a", BASE), 2.0),
        planned(other, 3.0),
    ]
    seconds = [one.seconds for one in with_loading(steps, history)]
    assert seconds == [None, 18.0, 2.0, 3.0]


def test_an_unknown_time_stays_unknown() -> None:
    history = History(pace={loading_name(step("a", BASE)): 17.0})
    assert with_loading([planned(step("a", BASE), None)], history)[0].seconds is None
