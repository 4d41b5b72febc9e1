"""Simulated training: a plausible curve, checkpoints of graded skill, no weights, no time."""

import time
from collections.abc import Callable, Mapping
from math import exp
from pathlib import Path

from pydantic import Field

from evalreport.commit_points import reached
from evalreport.engines.base import Progress
from evalreport.engines.fake import FakeEngine, FakeTraining
from evalreport.engines.fake_model import SimulatedAdapter, normal
from evalreport.engines.fake_session import append_line
from evalreport.engines.model_digests import adapter_digest
from evalreport.records import Checkpoint, CurvePoint, RowCounts, TrainingLog
from evalreport.values import Json, Natural, NonNegative, Value

_FLOOR = 0.001  # nats per token: below no loss falls


class SimulatedRun(Value):
    """One training run as the schedule of the spec lays it out.

    Attributes:
        key: Of the training step; part of every checkpoint's content.
        seed: Of the run.
        folder: Checkpoints go below it, each into a folder of its name.
        steps: Optimizer steps when nothing stops it.
        steps_an_epoch: Of them, for one pass over the rows.
        evaluation_steps: After which the loss on `select` is taken.
        epoch_steps: Steps of the epochs that stay as checkpoints, by checkpoint name.
        patience: Evaluations in a row without an improvement after which it stops.
        min_improvement: What counts as one, in nats per token.
        learning_rate: Peak, for the curve.
        whole: Whether the checkpoints stand for whole models rather than adapters.
        seen: Ids of the items that are trained on.
        rows: What became of the training rows.
        select_rows: What became of the rows of `select`.
        asked: The spec values, by key.
    """

    key: str
    seed: int
    folder: Path
    steps: Natural
    steps_an_epoch: Natural
    evaluation_steps: tuple[int, ...] = ()
    epoch_steps: dict[str, int] = Field(default_factory=dict)
    patience: Natural | None = None
    min_improvement: NonNegative = 0.0
    learning_rate: NonNegative = 2e-4
    whole: bool = False
    seen: tuple[str, ...] = ()
    rows: RowCounts
    select_rows: RowCounts | None = None
    asked: dict[str, Json] = Field(default_factory=dict)


def simulate_training(
    engine: FakeEngine, run: SimulatedRun, report: Callable[[Progress], None]
) -> TrainingLog:
    """Train without a model: write the checkpoints and say how it went.

    The same run writes the same bytes. Each run adds one line to `engine.calls`.

    Args:
        engine: With the truth about base and tuned.
        run: What is to be done.
        report: Progress, with the loss.

    Raises:
        OSError: A checkpoint cannot be written.
    """
    if engine.calls is not None:
        append_line(Path(engine.calls), f'{{"train": "{run.key}"}}\n')
    curve: list[CurvePoint] = []
    losses: dict[int, float] = {}
    since_best = 0
    stopped = False
    for step in range(1, run.steps + 1):
        if engine.training.step_seconds:
            time.sleep(engine.training.step_seconds)
        evaluated = None
        if step in run.evaluation_steps:
            best = min(losses.values(), default=float("inf"))
            evaluated = _eval_loss(engine.training, step / run.steps)
            since_best = 0 if evaluated < best - run.min_improvement else since_best + 1
            losses[step] = evaluated
        point = CurvePoint(
            step=step,
            epoch=step / run.steps_an_epoch,
            train_loss=_train_loss(engine, run, step),
            eval_loss=evaluated,
            learning_rate=run.learning_rate * (1 - (step - 1) / run.steps),
            gradient_norm=1.0,
        )
        curve.append(point)
        report(Progress("simulated training", step, run.steps, point.train_loss))
        if run.patience is not None and since_best >= run.patience:
            stopped = step < run.steps
            break
    last = curve[-1].step
    best_step = min(losses, key=lambda at: (losses[at], at)) if losses else None
    named = {"best": best_step, "last": last, **run.epoch_steps}
    steps = {name: step for name, step in named.items() if step is not None and step <= last}
    return TrainingLog(
        seed=run.seed,
        asked=run.asked,
        used=run.asked,
        curve=tuple(curve),
        checkpoints=_checkpoints(engine, run, steps, losses),
        rows=run.rows,
        select_rows=run.select_rows,
        best_step=best_step,
        stopped_early=stopped,
        steps=last,
        seconds=engine.training.step_seconds * last,
        tokens=run.rows.tokens * last // run.steps_an_epoch,
        trainable_parameters=1_000,
        total_parameters=100_000,
        peak_bytes=None,
        notes=("the training is simulated",),
    )


def _checkpoints(
    engine: FakeEngine, run: SimulatedRun, steps: Mapping[str, int], losses: Mapping[int, float]
) -> tuple[Checkpoint, ...]:
    kept: list[Checkpoint] = []
    for name, step in steps.items():
        skill = _skill(engine.training, step / run.steps)
        state = SimulatedAdapter(
            role="tuned",
            arm=engine.base.towards(engine.tuned, skill),
            seed=run.seed,
            step=step,
            trained_by=run.key,
            seen=run.seen,
        )
        state.write(run.folder / name)
        reached("checkpoint-written")
        kept.append(
            Checkpoint(
                name=name,
                step=step,
                epoch=step / run.steps_an_epoch,
                digest=adapter_digest(run.folder / name),
                folder=name,
                whole=run.whole,
                eval_loss=losses.get(step),
            )
        )
    return tuple(kept)


def _fall(training: FakeTraining, share: float) -> float:
    """The noiseless training loss after a share of the training: it falls like exp(-4 t)."""
    return training.end_loss + (training.start_loss - training.end_loss) * exp(-4 * share)


def _train_loss(engine: FakeEngine, run: SimulatedRun, step: int) -> float:
    noise = engine.training.noise * normal(engine.seed, "step", run.seed, step)
    return max(_fall(engine.training, step / run.steps) + noise, _FLOOR)


def _eval_loss(training: FakeTraining, share: float) -> float:
    """It follows the training loss, and rises once the training has passed its turn."""
    past = max(share - training.diverges_after, 0.0)
    return _fall(training, min(share, training.diverges_after)) + training.gap + past


def _skill(training: FakeTraining, share: float) -> float:
    """Which part of the way from base to tuned a checkpoint has gone: the best one, all of it."""
    turn = training.diverges_after
    if share <= turn:
        return (1 - exp(-4 * share)) / (1 - exp(-4 * turn)) if turn > 0 else 1.0
    return max(1.0 - (share - turn), 0.0)
