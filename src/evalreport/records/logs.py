"""What training and preflight were asked to do, really did, and left behind."""

from typing import Literal

from evalreport.values import Count, Json, NonNegative, Number, Value


class CurvePoint(Value):
    """One logged point; a missing loss was not logged at that step."""

    step: Count
    epoch: NonNegative
    train_loss: Number | None = None
    eval_loss: Number | None = None
    learning_rate: Number | None = None
    gradient_norm: Number | None = None


class Checkpoint(Value):
    """Weights that training left behind, by name (`best`, `last`, `epoch-1`)."""

    name: str
    step: Count
    epoch: NonNegative
    digest: str
    folder: str  # below the store's objects
    eval_loss: Number | None = None


class RowCounts(Value):
    """What became of the training rows: none disappears without a number."""

    rows: Count
    truncated: Count
    dropped: Count
    tokens: Count
    tokens_lost: Count


class TrainingLog(Value):
    """What training was asked to do, what it really used, and what came out."""

    seed: int
    asked: dict[str, Json]
    used: dict[str, Json]
    curve: tuple[CurvePoint, ...]
    checkpoints: tuple[Checkpoint, ...]
    rows: RowCounts
    best_step: Count | None
    stopped_early: bool
    steps: Count
    seconds: NonNegative
    tokens: Count
    trainable_parameters: Count
    total_parameters: Count
    peak_bytes: Count | None
    resumed_from: Count | None = None
    notes: tuple[str, ...] = ()


class Check(Value):
    """One preflight check: passed, failed (the build stops) or not checked, and why."""

    name: str
    status: Literal["passed", "failed", "unchecked"]
    text: str


class PreflightLog(Value):
    """All preflight checks of one set of weights."""

    checks: tuple[Check, ...]
