"""Step arithmetic against brute force, and the rules that choose and stop."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport.training.options import EarlyStopping, EveryEpochs, EverySteps, Training
from evalreport.training.schedule import (
    batch_shape,
    checkpoint_names,
    epoch_ends,
    evaluation_steps,
    steps_an_epoch,
    timetable,
    total_steps,
    warmup_steps,
)
from evalreport.training.stopping import best_of, can_trigger, should_stop, without_improvement

ROWS = st.integers(1, 500)
BATCH = st.integers(1, 64)


@given(rows=ROWS, batch=BATCH)
def test_an_epoch_is_as_many_steps_as_it_has_batches(rows: int, batch: int) -> None:
    assert steps_an_epoch(rows, batch) == len(range(0, rows, batch))


@given(rows=ROWS, batch=BATCH, epochs=st.integers(1, 5))
def test_whole_epochs_end_where_the_last_batch_does(rows: int, batch: int, epochs: int) -> None:
    training = Training(epochs=float(epochs), global_batch_size=batch)
    assert total_steps(training, rows) == epochs * steps_an_epoch(rows, batch)
    assert list(epoch_ends(training, rows)) == list(range(1, epochs + 1))
    assert epoch_ends(training, rows)[epochs] == total_steps(training, rows)


@given(
    rows=ROWS,
    batch=BATCH,
    epochs=st.floats(0.01, 5),
    every=st.one_of(
        st.floats(1e-6, 6).map(lambda e: EveryEpochs(epochs=e)),
        st.integers(1, 600).map(lambda s: EverySteps(steps=s)),
    ),
)
def test_evaluations_are_in_order_within_the_training_and_end_with_it(
    rows: int, batch: int, epochs: float, every: EveryEpochs | EverySteps
) -> None:
    training = Training(epochs=epochs, global_batch_size=batch, evaluate_every=every)
    steps = evaluation_steps(training, rows)
    last = total_steps(training, rows)
    assert list(steps) == sorted(set(steps))
    assert steps[-1] == last
    assert steps[0] >= 1
    if isinstance(every, EverySteps):
        assert set(steps) == {s for s in range(1, last + 1) if s % every.steps == 0} | {last}


def test_half_epochs_of_seven_steps() -> None:
    training = Training(epochs=2.0, evaluate_every=EveryEpochs(epochs=0.5))
    assert steps_an_epoch(50, 8) == 7
    assert evaluation_steps(training, 50) == (4, 7, 10, 14)


def test_names_of_what_stays() -> None:
    training = Training(epochs=2.5, evaluate_every=EveryEpochs(epochs=1), checkpoints="each_epoch")
    assert checkpoint_names(training, 80) == ("best", "last", "epoch-1", "epoch-2")
    assert checkpoint_names(Training(epochs=2.5, checkpoints=(2,)), 80) == ("last", "epoch-2")
    assert checkpoint_names(Training(epochs=2.5), 80) == ("last",)
    assert timetable(training, 80).epochs == {1: 10, 2: 20}


@pytest.mark.parametrize(
    ("warmup", "steps", "expected"), [(0.1, 45, 5), (0.0, 45, 0), (7, 45, 7), (0, 45, 0)]
)
def test_warm_up_as_transformers_counts_it(warmup: float, steps: int, expected: int) -> None:
    assert warmup_steps(Training(warmup=warmup), steps) == expected
    if isinstance(warmup, float):
        assert expected == math.ceil(steps * warmup)


@given(share=st.integers(1, 64), processes=st.integers(1, 8), most=st.integers(1, 100))
def test_the_global_batch_stays_whatever_the_machine(share: int, processes: int, most: int) -> None:
    micro, accumulation = batch_shape(share * processes, processes, most)
    assert micro * accumulation * processes == share * processes
    assert micro <= most
    larger = range(micro + 1, min(share, most) + 1)
    assert not any(share % rows == 0 for rows in larger)


def test_a_batch_that_cannot_be_shared() -> None:
    with pytest.raises(ValueError, match="3 processes"):
        batch_shape(8, 3, 8)


LOSSES = st.lists(st.floats(0, 10), min_size=1, max_size=30)


@given(losses=LOSSES, patience=st.integers(1, 5), threshold=st.floats(0, 1))
def test_stopping_agrees_with_a_counter_kept_by_hand(
    losses: list[float], patience: int, threshold: float
) -> None:
    """The counter of transformers' EarlyStoppingCallback, written out."""
    best: float | None = None
    counter = 0
    for loss in losses:
        if best is None or (loss < best and best - loss > threshold):
            counter = 0
        else:
            counter += 1
        best = loss if best is None else min(best, loss)
    pairs = list(enumerate(losses, start=1))
    rule = EarlyStopping(patience=patience, threshold=threshold)
    if not any(abs((min(losses[:i], default=99) - x) - threshold) < 1e-9 for i, x in pairs[1:]):
        assert without_improvement(pairs, threshold) == counter
        assert should_stop(pairs, rule) == (counter >= patience)


@given(losses=LOSSES)
def test_best_is_the_earliest_of_the_least(losses: list[float]) -> None:
    pairs = list(enumerate(losses))
    found = best_of(pairs)
    assert found == (losses.index(min(losses)), min(losses))
    assert best_of([]) is None


@given(patience=st.integers(1, 6), evaluations=st.integers(1, 10))
def test_a_rule_that_can_trigger_does_on_a_loss_that_only_rises(
    patience: int, evaluations: int
) -> None:
    rule = EarlyStopping(patience=patience)
    rising = [(step, float(step)) for step in range(1, evaluations + 1)]
    triggers = any(should_stop(rising[:n], rule) for n in range(1, evaluations + 1))
    assert triggers == can_trigger(rule, evaluations)
