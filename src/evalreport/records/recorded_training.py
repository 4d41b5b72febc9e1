"""A training that was not done here: nothing is known of it but what others or its state say.

A record of its own: what was published is neither what a training here really used (`TrainingLog`)
nor what files beside weights tell (`EarlierTraining`), though a trainer's state may come with it.
"""

from typing import Literal, TypeAlias

from pydantic import Field, model_validator

from evalreport.records.logs import CurvePoint, EarlierTraining
from evalreport.values import (
    Count,
    Flag,
    Fraction,
    Json,
    Natural,
    NonNegative,
    Number,
    Positive,
    Value,
    Words,
)

Loss: TypeAlias = Number | tuple[Number, Number]
"""A loss, or the two ends of a range that was published in its place."""


class PublishedLoss(Value):
    """Losses of one point of a training, as somebody published them.

    Attributes:
        epoch: How many passes over the rows had been made.
        step: How many optimizer steps had been made.
        train_loss: On what is trained on; two numbers for a range.
        eval_loss: On other rows; two numbers for a range.
        token_accuracy: How often the next token was guessed, on those rows.
    """

    epoch: NonNegative | None = None
    step: Count | None = None
    train_loss: Loss | None = None
    eval_loss: Loss | None = None
    token_accuracy: Fraction | None = None

    @model_validator(mode="after")
    def _has_a_number(self) -> "PublishedLoss":
        if self.train_loss is None and self.eval_loss is None and self.token_accuracy is None:
            raise ValueError("a point has a train_loss, an eval_loss or a token_accuracy")
        return self


class RelativeLoss(Value):
    """A change of a loss without its ends.

    Attributes:
        metric: `train_loss` or `eval_loss`.
        change: As a part of where it began: -0.6451.
    """

    metric: Literal["train_loss", "eval_loss"]
    change: Number


class Hardware(Value):
    """On what it ran.

    Attributes:
        gpu: What the GPUs are called.
        gpus: How many of them.
        gpu_gigabytes: Memory of one.
        used_gigabytes: Memory that was used, of all of them.
        watts: What the machine drew, all its GPUs together.
        parallelism: How the work was shared: `data` where each GPU has its own rows, `tensor` or
            another word where all work on the same.
    """

    gpu: Words | None = None
    gpus: Natural | None = None
    gpu_gigabytes: Positive | None = None
    used_gigabytes: Positive | None = None
    watts: Positive | None = None
    parallelism: Words | None = None


class StatedShare(Value):
    """A count, a whole, and the share that was said to follow from them.

    Attributes:
        what: What is counted.
        k: How many, or how much.
        of: Of how many, or how much.
        share: The share that was said, as a fraction.
    """

    what: Words
    k: NonNegative
    of: Positive
    share: NonNegative


class RecordedTraining(Value):
    """What others published about a training that they did.

    Attributes:
        source: Where.
        method: How the model was adapted; empty when that was not said.
        used: Settings, by the spec's keys where both mean the same.
        epochs: Passes over the rows.
        global_batch_size: Rows an optimizer step, as somebody said.
        micro_batch: Rows that one device held at once.
        accumulation: How many of those made one step.
        is_packed: Whether rows were put together, so that they are not counted by rows.
        may_stop_early: Whether something could end it before its last epoch.
        rows: Of each part of the data, by its name.
        steps: Optimizer steps.
        seconds_per_step: Of one of them.
        hours: Of all of it.
        hardware: On what it ran.
        losses: As published, in their order.
        relative: Changes without their ends.
        shares: Counts beside the shares that were said to follow from them.
        state: What its trainer's own state tells, where that was given.
        is_logged: Whether that state tells all of it, so that nobody published anything.
        unknown: What of the training is not known.
    """

    source: str = ""
    method: str = ""
    used: dict[str, Json] = Field(default_factory=dict)
    epochs: Positive | None = None
    global_batch_size: Natural | None = None
    micro_batch: Natural | None = None
    accumulation: Natural | None = None
    is_packed: Flag = False
    may_stop_early: Flag = False
    rows: dict[str, Count] = Field(default_factory=dict)
    steps: Natural | None = None
    seconds_per_step: Positive | None = None
    hours: Positive | None = None
    hardware: Hardware = Hardware()
    losses: tuple[PublishedLoss, ...] = ()
    relative: tuple[RelativeLoss, ...] = ()
    shares: tuple[StatedShare, ...] = ()
    state: EarlierTraining | None = None
    is_logged: Flag = False
    unknown: tuple[str, ...] = ()

    @property
    def train_rows(self) -> int | None:
        """How many rows it learned from."""
        return self.rows.get("train")

    @property
    def curve(self) -> tuple[CurvePoint, ...]:
        """As its trainer logged it, else the published points that have a step."""
        if self.state is not None and self.state.has_curve:
            return self.state.curve
        return tuple(
            CurvePoint(
                step=one.step,
                epoch=one.epoch or 0.0,
                train_loss=one.train_loss if isinstance(one.train_loss, float) else None,
                eval_loss=one.eval_loss if isinstance(one.eval_loss, float) else None,
            )
            for one in self.losses
            if one.step is not None
        )

    @property
    def by_epoch(self) -> tuple[CurvePoint, ...]:
        """The published points in the order of their epochs; a point's step is its place there.

        Empty where there is a curve of steps; points without an epoch are on no curve.
        """
        if self.curve:
            return ()
        placed = [one for one in self.losses if one.epoch is not None]
        ordered = sorted(placed, key=lambda one: one.epoch or 0.0)
        return tuple(
            CurvePoint(
                step=place,
                epoch=one.epoch or 0.0,
                train_loss=one.train_loss if isinstance(one.train_loss, float) else None,
                eval_loss=one.eval_loss if isinstance(one.eval_loss, float) else None,
            )
            for place, one in enumerate(ordered)
        )

    @property
    def told_evaluations(self) -> int:
        """How many evaluation losses were published, wherever in the training they are from."""
        return sum(one.eval_loss is not None for one in self.losses)

    @property
    def last_epoch(self) -> float | None:
        """Up to which epoch losses were published."""
        told = [one.epoch for one in self.losses if one.epoch is not None]
        logged = [point.epoch for point in (self.state.curve if self.state is not None else ())]
        return max([*told, *logged], default=None)

    @property
    def eval_loss(self) -> float | None:
        """The last evaluation loss that was published; of a range its upper end."""
        points = [one.eval_loss for one in self.losses if one.eval_loss is not None]
        points += [p.eval_loss for p in self.curve if p.eval_loss is not None] if not points else []
        last = points[-1] if points else None
        return last[1] if isinstance(last, tuple) else last
