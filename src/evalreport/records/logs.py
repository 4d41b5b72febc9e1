"""What training and preflight were asked to do, really did, and left behind."""

from collections.abc import Container
from typing import Final, Literal, TypeAlias

from pydantic import Field

from evalreport.values import Count, Flag, Json, NonNegative, Number, Value


class CurvePoint(Value):
    """One logged point; a missing loss was not taken at that step.

    Losses are means over tokens, in nats: `train_loss` over the tokens of the step's global batch
    while they were trained on, `eval_loss` over all loss-bearing tokens of `select`, so that it
    does not depend on how the rows were batched.
    """

    step: Count
    epoch: NonNegative
    train_loss: Number | None = None
    eval_loss: Number | None = None
    learning_rate: Number | None = None
    gradient_norm: Number | None = None


class Checkpoint(Value):
    """Weights that training left behind, by name (`best`, `last`, `epoch-1`).

    `folder` is relative to the folder of the training step; `whole` when it holds a model that
    stands on its own, else it holds an adapter.
    """

    name: str
    step: Count
    epoch: NonNegative
    digest: str
    folder: str
    whole: bool = False
    eval_loss: Number | None = None


class RowCounts(Value):
    """What became of the rows of a dataset: none disappears without a number.

    Attributes:
        rows: All of them, before any was dropped.
        truncated: Longer than the greatest length; cut at their end.
        dropped: Left without a loss-bearing token by the cut.
        tokens: In the rows as they are used, once each.
        tokens_lost: Cut off, or in dropped rows.
        loss_tokens: Of `tokens`, those that are learned (or scored).
        prefix_mismatches: Rows whose prompt is tokenised otherwise when the completion follows,
            so that they are trained in a context that evaluation never shows.
        without_end_of_turn: Rows that hold no token that ends a generation, as they were before any
            cut; a row that was cut has lost its end in any case.
    """

    rows: Count
    truncated: Count
    dropped: Count
    tokens: Count
    tokens_lost: Count
    loss_tokens: Count = 0
    prefix_mismatches: Count = 0
    without_end_of_turn: Count = 0


class TrackedRun(Value):
    """Where a tracker keeps the course of a training.

    Attributes:
        tracker: Its name, as in `training.report_to`.
        run: Id of the run there.
        where: A folder, relative to where the build ran, or an address.
        is_local: Whether it lies on this machine alone.
        command: What shows it, or sends it to its server; empty when the address says enough.
    """

    tracker: str
    run: str
    where: str
    is_local: bool
    command: str = ""


class TrainingLog(Value):
    """What training was asked to do, what it really used, and what came out.

    Attributes:
        seed: Of this run.
        asked: The values of the spec, by their key there.
        used: The same keys read back from optimizer, scheduler, adapter file and rows, and what
            the machine added (micro batch, threads, versions).
        curve: One point a step, in order.
        checkpoints: What stays.
        rows: Of `train`.
        select_rows: Of `select`; None without one.
        best_step: The step with the least loss on `select`; None when none was taken.
        stopped_early: Whether early stopping ended it.
        steps: Optimizer steps that were made.
        seconds: Spent on those steps, without loading; work that a kill destroyed is not in it.
        tokens: Seen by those steps, padding not counted.
        trainable_parameters: That received gradients.
        total_parameters: Of base and adapter together.
        peak_bytes: The most memory that the process (CPU) or the device held, of several the one
            that held most; None when unknown.
        resumed_from: The step after which the last interruption was made good; None without one.
        notes: What a reader has to be told.
        trackers: Where it was followed.
    """

    seed: int
    asked: dict[str, Json]
    used: dict[str, Json]
    curve: tuple[CurvePoint, ...]
    checkpoints: tuple[Checkpoint, ...]
    rows: RowCounts
    select_rows: RowCounts | None = None
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
    trackers: tuple[TrackedRun, ...] = ()


class EarlierTraining(Value):
    """What is known of a training that was not done here; nothing was asked, so nothing is "asked".

    A record of its own and no TrainingLog, since most of what such a log must hold is not known:
    an unknown number of rows is not 0 rows.

    Attributes:
        path: The adapter or model, as the spec names it.
        read_from: The files that tell it, by their names beside `path`.
        used: Settings that the files give, by the spec's keys where both mean the same.
        base: What the files call its base.
        curve: As its trainer logged it: an evaluation loss weighs batches by their rows.
        best_step: The step with the least evaluation loss; None when none was logged.
        weights_step: The step that these weights are from; None when no file tells.
        takes_last: Whether no file tells which weights are used, so that its last step is taken.
        steps: Optimizer steps, as far as the state goes.
        epochs: Passes over its rows, as far as the state goes.
        seconds: As its trainer logged them.
        tokens: As its trainer counted them.
        trainable_parameters: Of the adapter's file.
        unknown: What of the training is not known.
        notes: What a reader has to be told.
    """

    path: str
    read_from: tuple[str, ...] = ()
    used: dict[str, Json] = Field(default_factory=dict)
    base: str | None = None
    curve: tuple[CurvePoint, ...] = ()
    best_step: Count | None = None
    weights_step: Count | None = None
    takes_last: Flag = False
    steps: Count | None = None
    epochs: NonNegative | None = None
    seconds: NonNegative | None = None
    tokens: Count | None = None
    trainable_parameters: Count | None = None
    unknown: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def has_curve(self) -> bool:
        """Whether any loss was logged."""
        return bool(self.curve)


CheckName: TypeAlias = Literal[
    "rows",
    "trainer_arguments",
    "target_modules",
    "chat_template",
    "prompt_is_prefix",
    "end_of_turn_learned",
    "stop_token",
    "truncation",
    "memory",
    "finite_outputs",
    "adapter_fits",
    "adapter_base",
    "adapter_weights",
    "adapter_active",
    "base_restored",
]


class Check(Value):
    """One preflight check: passed, failed (the build stops), waived by the spec, or not checked.

    Attributes:
        name: As `preflight.waive` spells it.
        status: What came out.
        text: What was found, in a sentence.
        hint: What to do when it failed.
    """

    name: CheckName
    status: Literal["passed", "failed", "waived", "unchecked"]
    text: str
    hint: str = ""


# What the machine decides as much as the files: mended there, it comes out otherwise.
_OF_THE_MACHINE: Final[frozenset[CheckName]] = frozenset(
    {"memory", "trainer_arguments", "finite_outputs", "base_restored"}
)


class PreflightLog(Value):
    """All preflight checks of a training, or of one set of weights.

    Attributes:
        checks: What was looked at.
        fault: Why it could not be looked at to the end; nothing was found out then.
    """

    checks: tuple[Check, ...]
    fault: str | None = None

    def lasts(self, waived: Container[str]) -> bool:
        """Whether this is believed another time: what failed would fail on any machine.

        Where memory did not suffice, the rest is looked at again with it in any case: of weights
        that were not loaded nothing else is known.

        Args:
            waived: Names of the checks that the spec waives.
        """
        names = {check.name for check in self.checks if check.status == "failed"}
        if self.fault is not None or "memory" in names:
            return False
        if not names & _OF_THE_MACHINE:
            return True
        return any(check.name not in _OF_THE_MACHINE for check in self.failed(waived))

    def failed(self, waived: Container[str]) -> tuple[Check, ...]:
        """What stops a build.

        Args:
            waived: Names of the checks that the spec waives.
        """
        return tuple(
            check for check in self.checks if check.status == "failed" and check.name not in waived
        )

    def why_failed(self, waived: Container[str]) -> str | None:
        """Everything that stops a build and what to do about it, in one line; None: it goes on."""
        if self.fault is not None:
            return self.fault
        failed = self.failed(waived)
        parts = [f"{one.text}; {one.hint}" if one.hint else one.text for one in failed]
        return ". ".join(parts) or None
