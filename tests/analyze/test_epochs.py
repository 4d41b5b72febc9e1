"""The table that overfitting is read from, and when a curve is called diverging."""

import pytest

from evalreport.analyze.epochs import against_the_trend, chosen_step, diverges, rise_at
from tests.analyze.evidence import training, world
from tests.analyze.layers import qa

CODES = "1" * 60 + "0" * 40, "1" * 20 + "0" * 80


def test_rows_show_the_mean_training_loss_since_the_evaluation_before() -> None:
    log = training(eval_losses=(1.0, 0.8), train_losses=[2.0] * 10 + [1.0] * 10)
    rows = world(qa(*CODES), trainings={1: log}).findings.epochs
    assert [(r.step, r.train_loss, r.eval_loss, r.chosen) for r in rows] == [
        (10, 2.0, 1.0, False),
        (20, 1.0, 0.8, True),
    ]


def test_the_chosen_step_is_that_of_the_weights_that_answered() -> None:
    log = training(eval_losses=(0.7, 0.8, 0.9))
    best = world(qa(*CODES), trainings={1: log})
    assert chosen_step(best.evidence, 1) == 10
    last = world(qa(*CODES), trainings={1: log}, checkpoints={"tuned": "last"})
    assert chosen_step(last.evidence, 1) == 30
    gone = world(qa(*CODES), trainings={1: log}, checkpoints={"tuned": "epoch-7"})
    assert chosen_step(gone.evidence, 1) is None
    assert chosen_step(best.evidence, 2) is None


def test_a_curve_diverges_when_the_one_loss_rises_and_the_other_falls() -> None:
    falling = [3.0 - 0.05 * step for step in range(30)]
    log = training(eval_losses=(0.7, 0.8, 0.91), train_losses=falling)
    assert diverges(log.curve) == (10, 0.91 / 0.7 - 1)
    assert diverges(training(eval_losses=(0.7, 0.8, 0.71), train_losses=falling).curve) is None
    rising = falling[::-1]
    assert diverges(training(eval_losses=(0.7, 0.8, 0.91), train_losses=rising).curve) is None
    assert diverges(training(eval_losses=(0.7,)).curve) is None
    assert diverges(training(eval_losses=()).curve) is None


def test_one_lucky_batch_is_no_fall() -> None:
    # The training loss rises; only its very last batch is low.
    rising = [1.0 + 0.05 * step for step in range(29)] + [0.1]
    assert diverges(training(eval_losses=(0.7, 0.8, 0.91), train_losses=rising).curve) is None


def test_how_far_above_the_least_loss_a_step_stands() -> None:
    log = training(eval_losses=(0.8, 1.0, 0.9))
    assert rise_at(log.curve, 10) == 0.0
    assert rise_at(log.curve, 25) == 1.0 / 0.8 - 1
    assert rise_at(log.curve, 5) is None
    assert rise_at(training(eval_losses=()).curve, 30) is None


@pytest.mark.parametrize(
    ("losses", "jitter"),
    [
        ((1.0, 0.5, 0.6, 0.7), None),
        ((1.0, 0.5, 0.75, 0.625), 0.25),  # down after the least, as far as it still stands above it
        ((0.75, 1.0, 0.5, 0.5625, 0.625), 0.5),  # up before it
        ((1.0, 0.5, 0.7), 0.0),
        ((1.0, 0.5, 0.6, 0.5, 0.7), 0.0),  # least once more, and one after that
        ((), None),
    ],
)
def test_a_rise_is_held_against_the_steps_against_the_trend(
    losses: tuple[float, ...], jitter: float | None
) -> None:
    assert against_the_trend(training(eval_losses=losses).curve) == jitter
