"""What happens after each optimizer step: look at the loss, evaluate, keep weights, decide.

It knows neither trl nor torch; the trainer gives it the two verbs that need them.
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from evalreport.commit_points import reached
from evalreport.engines.base import Progress
from evalreport.engines.model_digests import checkpoint_digest
from evalreport.errors import Problem, StepFailed
from evalreport.records import CurvePoint
from evalreport.training.checkpoints import (
    Mark,
    complete_checkpoint,
    place_whole,
    weights_folder,
)
from evalreport.training.job import TrainJob
from evalreport.training.schedule import Timetable
from evalreport.training.stopping import best_of, should_stop
from evalreport.training.world import ALONE, World

_WRITING_SHARE = 20  # a checkpoint may cost a twentieth of the time


@dataclass(frozen=True, slots=True)
class Decision:
    """What the trainer does next."""

    stop: bool
    save: bool


@dataclass(slots=True)
class Recorder:
    """The state of one training run, all of which a checkpoint's mark carries.

    Attributes:
        job: What was asked.
        times: When what happens.
        micro_batch: Rows that the device holds at once.
        evaluate: The mean loss on `select`, in nats per token.
        write: Writes the present weights into an empty folder.
        report: Progress.
        curve: So far.
        losses: On `select`, by step, of trained weights.
        tokens: Seen so far.
        seconds: Spent on the steps so far.
        weights: Digests of the weights that may stay, by step.
        notes: What a reader has to be told.
        stopped_early: Whether early stopping has ended it.
        world: The processes that train together; the first one writes and decides for all.
        follow: Told of each point, those before an interruption included.
    """

    job: TrainJob
    times: Timetable
    micro_batch: int
    evaluate: Callable[[], float]
    write: Callable[[Path], None]
    report: Callable[[Progress], None]
    curve: list[CurvePoint] = field(default_factory=list)
    losses: list[tuple[int, float]] = field(default_factory=list)
    tokens: int = 0
    seconds: float = 0.0
    weights: dict[int, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    stopped_early: bool = False
    world: World = ALONE
    follow: Callable[[CurvePoint], None] | None = None
    _tokens_before: int = 0
    _seconds_before: float = 0.0
    _began: float = field(default_factory=time.monotonic)
    _saved: float = field(default_factory=time.monotonic)
    _saving_seconds: float = 0.0
    _save_asked: float = 0.0

    def go_on_from(self, mark: Mark) -> None:
        """Take up where a complete checkpoint left off."""
        for point in mark.curve:
            self._add(point)
        self.tokens = self._tokens_before = mark.tokens
        self.seconds = self._seconds_before = mark.seconds
        self.weights = dict(mark.weights)

    def begin(self) -> None:
        """Before the first step: the loss of the base, where anything is evaluated at all."""
        if not self.curve and self.times.evaluations:
            self._add(CurvePoint(step=0, epoch=0.0, eval_loss=self._evaluated(0)))
        self._began = self._saved = time.monotonic()

    def logged(self, step: int, logs: Mapping[str, float]) -> Decision:
        """After a step: `logs` is what trl logged for it.

        Raises:
            StepFailed: The loss is no longer a number.
            OSError: Weights cannot be written.
        """
        times = self.times
        loss, norm = float(logs["loss"]), float(logs.get("grad_norm", 0.0))
        self._refuse_not_finite(step, loss, norm)
        evaluated = self._evaluated(step) if step in times.evaluations else None
        # trl counts from the start of the process; a resumed run goes on from its mark.
        self.tokens = self._tokens_before + int(logs.get("num_tokens", 0))
        self.seconds = self._seconds_before + time.monotonic() - self._began
        self._add(
            CurvePoint(
                step=step,
                epoch=step / times.an_epoch,
                train_loss=loss,
                eval_loss=evaluated,
                learning_rate=float(logs.get("learning_rate", 0.0)),
                gradient_norm=norm,
            )
        )
        return self.world.from_first(lambda: self._decided(step, loss, evaluated))

    def _decided(self, step: int, loss: float, evaluated: float | None) -> Decision:
        """What comes next; asked of the first process alone, which keeps the weights."""
        times, rule = self.times, self.job.training.early_stopping
        early = rule is not None and evaluated is not None and should_stop(self.losses, rule)
        self.stopped_early = early and step < times.last
        self._keep_weights(step, is_last=step == times.last or early)
        self.report(Progress(f"training seed {self.job.seed}", step, times.last, loss))
        return Decision(stop=early, save=step < times.last and not early and self._is_save_due())

    def saved(self, step: int) -> None:
        """After trl wrote its checkpoint: declare it complete.

        Raises:
            OSError: The mark cannot be written.
        """
        self.world.wait()  # each process adds the state of its own random numbers
        if not self.world.is_first:
            return
        reached("checkpoint-written")
        complete_checkpoint(
            self.job.folder,
            Mark(
                key=self.job.key,
                step=step,
                micro_batch=self.micro_batch,
                processes=self.world.size,
                curve=tuple(self.curve),
                tokens=self.tokens,
                seconds=self.seconds,
                weights=self.weights,
                files={},
                notes=self.notes,
            ),
        )
        reached("checkpoint-marked")
        self._saved = time.monotonic()
        self._saving_seconds = self._saved - self._save_asked

    def kept(self) -> dict[str, int]:
        """The step of each checkpoint that stays, by name; only steps that were reached."""
        last = self.curve[-1].step
        best = best_of(self.losses)
        return {
            **({"best": best[0]} if best else {}),
            "last": last,
            **{f"epoch-{epoch}": step for epoch, step in self.times.epochs.items() if step <= last},
        }

    def _add(self, point: CurvePoint) -> None:
        self.curve.append(point)
        if self.follow is not None:
            self.follow(point)
        if point.eval_loss is not None and point.step > 0:
            self.losses.append((point.step, point.eval_loss))

    def _evaluated(self, step: int) -> float:
        said = "the loss on select"
        self.report(Progress(said, 0, 1))
        loss = self.evaluate()
        self.report(Progress(said, 1, 1, loss))
        if not math.isfinite(loss):
            raise StepFailed(
                Problem(
                    f"training, seed {self.job.seed}, step {step}",
                    f"the loss on `select` is {loss}",
                    "lower training.learning_rate, or use base_model.dtype: float32",
                )
            )
        return loss

    def _refuse_not_finite(self, step: int, loss: float, norm: float) -> None:
        if math.isfinite(loss) and math.isfinite(norm):
            return
        what = f"the loss is {loss}" if not math.isfinite(loss) else f"the gradient norm is {norm}"
        raise StepFailed(
            Problem(
                f"training, seed {self.job.seed}, step {step}",
                f"{what}: the weights are spoilt from here on",
                "lower training.learning_rate, lengthen training.warmup, or use "
                "base_model.dtype: float32",
            )
        )

    def _keep_weights(self, step: int, *, is_last: bool) -> None:
        """Write the weights of this step when they may stay, and forget those that no longer do."""
        best = best_of(self.losses)
        wanted = (
            set(self.times.epochs.values())
            | ({best[0]} if best else set())
            | ({step} if is_last else set())
        )
        if step in wanted:
            place = weights_folder(self.job.folder, step)
            place_whole(place, self.write)
            self.weights[step] = checkpoint_digest(place)
        self.weights = {at: digest for at, digest in self.weights.items() if at in wanted}

    def _is_save_due(self) -> bool:
        now = time.monotonic()
        asked = self.job.save_every_seconds
        pause = max(asked, _WRITING_SHARE * self._saving_seconds) if asked else 0.0
        if now - self._saved < pause:
            return False
        self._save_asked = now
        return True
