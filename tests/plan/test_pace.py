"""Time that a plan foretells: per item and step, one load a lease, known or not said."""

from types import SimpleNamespace

from evalreport.plan.model import PlannedStep
from evalreport.plan.pace import (
    asking_seconds,
    beginning_name,
    loading_name,
    pace_name,
    training_seconds,
    with_loading,
)
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
from evalreport.training.options import Training

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


def test_a_training_begins_once_however_long_it_is() -> None:
    """A smoke run of two steps loads the model as long as a training of thousands."""
    spec = SimpleNamespace(to_train=Training(learning_rate=1e-3, max_steps=50))
    training = step("a", BASE).model_copy(update={"kind": StepKind.TRAIN, "layer": None})
    pace = {pace_name(training): 0.5}
    assert training_seconds(spec, training, History(pace=pace)) == 200.0  # type: ignore[arg-type]
    pace[beginning_name(training)] = 20.0
    assert training_seconds(spec, training, History(pace=pace)) == 220.0  # type: ignore[arg-type]


def test_an_unknown_time_stays_unknown() -> None:
    history = History(pace={loading_name(step("a", BASE)): 17.0})
    assert with_loading([planned(step("a", BASE), None)], history)[0].seconds is None
