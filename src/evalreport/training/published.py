"""What the spec may say about a training that others did: `training: {recorded: ...}`.

Nothing is trained then, and `adapter:` says what they published. What nobody said stays unknown.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, TypeAlias

from pydantic import ConfigDict, Field

from evalreport.records import (
    EarlierTraining,
    Hardware,
    PublishedLoss,
    RecordedTraining,
    RelativeLoss,
    StatedShare,
)
from evalreport.training.earlier import EPOCHS_PLANNED, PER_DEVICE, read_earlier
from evalreport.training.options import AdapterOptions, NoAdapter
from evalreport.values import Count, Flag, Json, Natural, Number, Positive, Value, Words

Setting: TypeAlias = Flag | Number | Words | tuple[Number | Words, ...]


class RecordedSettings(Value):
    """Settings as they were published; every further key is one more, as its authors call it.

    Attributes:
        learning_rate: Peak learning rate.
        schedule: How it goes on after the warm-up.
        warmup: A whole number of steps, or a fraction below 1 of all steps.
        weight_decay: Of the optimizer.
        max_grad_norm: Gradients are scaled down to this norm.
        epochs: Passes over the rows.
        max_steps: Optimizer steps, where their number was set.
        global_batch_size: Rows an optimizer step, over all devices and accumulation steps.
        micro_batch: Rows that one device held at once.
        accumulation: How many of those made one step.
        max_length: Tokens of a row.
        packing: Whether several rows were put into one.
        early_stopping: What could end it before its last epoch.
        seed: Of the run.
    """

    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False)
    __pydantic_extra__: dict[str, Setting]

    learning_rate: Positive | None = None
    schedule: Words | None = None
    warmup: Number | None = None
    weight_decay: Number | None = None
    max_grad_norm: Number | None = None
    epochs: Positive | None = None
    max_steps: Natural | None = None
    global_batch_size: Natural | None = None
    micro_batch: Natural | None = None
    accumulation: Natural | None = None
    max_length: Natural | None = None
    packing: Flag | None = None
    early_stopping: Setting | dict[Words, Setting] | None = None
    seed: Count | None = None

    @property
    def further(self) -> dict[str, Setting]:
        """What stands beside the known ones."""
        return self.__pydantic_extra__ or {}


class Told(Value):
    """What others published about a training that they did.

    Attributes:
        source: Where it was published.
        settings: Its settings.
        rows: How many rows each part of the data had, such as `{train: 9405, validation: 495}`.
        steps: Optimizer steps.
        seconds_per_step: Of one of them.
        hours: Of all of it.
        hardware: On what it ran.
        losses: Losses at points of it, such as `{epoch: 1.66, eval_loss: 0.4029}`.
        relative: Changes without their ends, such as `{metric: train_loss, change: -0.6451}`.
        shares: Counts with the share that was said to follow from them.
        trainer_state: Its trainer_state.json, relative to the spec file, which has the curve.
    """

    source: Words | None = None
    settings: RecordedSettings = Field(default_factory=RecordedSettings)
    rows: dict[Words, Count] = Field(default_factory=dict)
    steps: Natural | None = None
    seconds_per_step: Positive | None = None
    hours: Positive | None = None
    hardware: Hardware | None = None
    losses: tuple[PublishedLoss, ...] = ()
    relative: tuple[RelativeLoss, ...] = ()
    shares: tuple[StatedShare, ...] = ()
    trainer_state: Words | None = None


class TrainedElsewhere(Value):
    """The `training:` block of a model that somebody else trained.

    Attributes:
        recorded: What they published about it.
    """

    recorded: Told


def read_recorded(told: Told, adapter: AdapterOptions, folder: Path) -> RecordedTraining:
    """The recorded training, with its trainer's state where that is named.

    Args:
        told: As the spec has it.
        adapter: What it says of the adapter that was published.
        folder: Of the spec file.
    """
    state = _state(told, folder)
    settings, hardware = told.settings, told.hardware or Hardware()
    recorded = RecordedTraining(
        source=told.source or "",
        method="" if isinstance(adapter, NoAdapter) else adapter.method,
        used=dict(_used(settings, adapter)),
        epochs=settings.epochs or _planned_epochs(state),
        global_batch_size=settings.global_batch_size,
        micro_batch=settings.micro_batch,
        accumulation=settings.accumulation,
        is_packed=bool(settings.packing),
        may_stop_early=settings.early_stopping is not None or settings.max_steps is not None,
        rows=told.rows,
        steps=told.steps,
        seconds_per_step=told.seconds_per_step,
        hours=told.hours,
        hardware=hardware,
        losses=told.losses,
        relative=told.relative,
        shares=told.shares,
        state=state,
        is_logged=state is not None and told.model_fields_set <= {"trainer_state"},
    )
    return recorded.model_copy(update={"unknown": tuple(_unknown(recorded))})


def _state(told: Told, folder: Path) -> EarlierTraining | None:
    if told.trainer_state is None:
        return None
    place = folder / told.trainer_state
    return read_earlier(place.parent, path=told.trainer_state, state=place)


def _planned_epochs(state: EarlierTraining | None) -> float | None:
    """How many epochs a trainer's state says that it was to make."""
    planned = None if state is None else state.used.get(EPOCHS_PLANNED)
    return float(planned) if isinstance(planned, int | float) else None


# How the spec's own blocks call what a published setting says; the rest keeps its name.
_OWN: Final = (
    "learning_rate", "schedule", "warmup", "weight_decay", "max_grad_norm", "epochs", "max_steps",
    "global_batch_size", "max_length", "seed",
)  # fmt: skip


def _used(settings: RecordedSettings, adapter: AdapterOptions) -> Iterator[tuple[str, Json]]:
    """What was said, and no default: an adapter's options are those that the spec gives."""
    said = adapter.model_dump(mode="json", include=adapter.model_fields_set - {"method"})
    for name, value in said.items():
        yield f"adapter.{name}", value
    given = settings.model_dump(mode="json", exclude_none=True)
    for name, value in given.items():
        yield (f"training.{name}" if name in _OWN else name), value


def _rows_a_step(used: Mapping[str, Json]) -> str:
    """What is missing of a batch: of one device a trainer's state tells it."""
    held = used.get(PER_DEVICE)
    return "batch size" if held is None else f"rows a step ({held} of them a device at once)"


def _unknown(recorded: RecordedTraining) -> Iterator[str]:
    """What nobody said, in the order in which a reader asks."""
    state = recorded.state
    used = {**({} if state is None else state.used), **recorded.used}
    if not recorded.method:
        yield "how the model was adapted"
    missing = [
        word
        for word, is_known in (
            ("learning rate", {"training.learning_rate", "highest_learning_rate"} & {*used}),
            ("schedule", "training.schedule" in used),
            ("number of epochs", recorded.epochs is not None),
            (_rows_a_step(used), recorded.global_batch_size or recorded.micro_batch),
            ("seed", "training.seed" in used),
        )
        if not is_known
    ]
    if missing:
        head = [", ".join(missing[:-1])] if missing[1:] else []
        yield f"its {' and '.join([*head, missing[-1]])}"
    if recorded.train_rows is None:
        yield "on how many rows it trained"
    yield "which rows they were, and how many were cut or dropped"
    if recorded.steps is None and (state is None or state.steps is None):
        yield "how many steps it took"
    evaluations = sum(
        point.eval_loss is not None for point in (*recorded.curve, *recorded.by_epoch)
    )
    if evaluations == 0 and not recorded.told_evaluations:
        yield "its loss on rows that it did not train on"
    elif evaluations < 2:
        yield "how its loss went on the way"
    if state is None or state.weights_step is None:
        yield "from which step the weights are"
    elif state.takes_last:
        yield "which of its weights are used (those of its last step are taken)"
    if recorded.hours is None and (state is None or state.seconds is None):
        yield "how long it took, and so what it cost"
    if recorded.hardware == Hardware():
        yield "on what it ran"
