"""Contradictions between the values of `adapter:` and `training:`.

Each problem points at one key of the spec; all of them are found at once.
"""

from collections.abc import Iterator
from typing import Final

from evalreport.errors import Problem
from evalreport.records import Dtype
from evalreport.training.extra import extra_problems
from evalreport.training.options import (
    AdapterOptions,
    Full,
    LowRank,
    Training,
    trains,
)
from evalreport.training.schedule import epoch_ends, evaluation_steps
from evalreport.training.stopping import can_trigger

_RATES: Final = {
    "full": "1e-5 to 5e-5 is usual when every weight is trained",
    "lora": "1e-4 to 3e-4 is usual for LoRA, about ten times that of full training",
    "dora": "1e-4 to 3e-4 is usual for DoRA, about ten times that of full training",
    "qlora": "1e-4 to 2e-4 is usual for QLoRA",
}


def option_problems(
    adapter: AdapterOptions, training: Training | None, *, has_select: bool
) -> tuple[Problem, ...]:
    """What contradicts itself, as far as it is known before the data are read.

    Args:
        adapter: The `adapter:` block.
        training: The `training:` block; None when the spec has none.
        has_select: Whether a dataset chooses the checkpoint.
    """
    if not trains(adapter):
        return _without_training(adapter, training)
    if training is None:
        return (
            Problem(
                "training",
                f"adapter.method {adapter.method} trains, but nothing says how",
                f"add training: {{learning_rate: ...}}; {_RATES[adapter.method]}",
            ),
        )
    return (
        *_adapter_problems(adapter),
        *_rate_problems(adapter, training),
        *_length_problems(training),
        *_selection_problems(training, has_select=has_select),
        *extra_problems(training.extra),
    )


def _without_training(adapter: AdapterOptions, training: Training | None) -> tuple[Problem, ...]:
    if training is None:
        return ()
    return (
        Problem(
            "training",
            f"adapter.method is {adapter.method}, so nothing is trained and this block has no use",
            "add adapter: {method: lora} (or dora, qlora, full), or remove this block",
        ),
    )


def _adapter_problems(adapter: AdapterOptions) -> tuple[Problem, ...]:
    if not isinstance(adapter, LowRank) or isinstance(adapter.target_modules, str):
        return ()
    found = []
    if any(name.rpartition(".")[2] == "lm_head" for name in adapter.target_modules):
        found.append(
            Problem(
                "adapter.target_modules",
                "lm_head cannot carry an adapter: trl computes the loss from its weight directly",
                "remove lm_head; all-linear leaves it out as well",
            )
        )
    if len(set(adapter.target_modules)) < len(adapter.target_modules):
        found.append(
            Problem("adapter.target_modules", "a module is named twice", "name each module once")
        )
    return tuple(found)


def _rate_problems(adapter: AdapterOptions, training: Training) -> tuple[Problem, ...]:
    if training.learning_rate is not None:
        return ()
    return (
        Problem(
            "training.learning_rate",
            "a learning rate is missing, and no default suits every method",
            _RATES[adapter.method],
        ),
    )


def _length_problems(training: Training) -> tuple[Problem, ...]:
    found = []
    if training.epochs is not None and training.max_steps is not None:
        found.append(
            Problem(
                "training.max_steps",
                "epochs and max_steps both say how long training lasts",
                "keep one of them",
            )
        )
    if training.max_steps is not None and isinstance(training.warmup, int):
        found.extend(_warmup_problem(training.warmup, training.max_steps))
    alone = training.launch.processes == 1
    if (
        alone
        and training.micro_batch != "auto"
        and training.global_batch_size % training.micro_batch
    ):
        found.append(
            Problem(
                "training.micro_batch",
                f"{training.micro_batch} rows at once do not divide the global batch of "
                f"{training.global_batch_size}",
                "choose a divisor of training.global_batch_size, or auto",
            )
        )
    found.extend(_sharing_problems(training))
    if len(set(training.seeds)) < len(training.seeds):
        found.append(
            Problem(
                "training.seeds", "a seed stands twice", "the same seed trains the same weights"
            )
        )
    epochs = training.epochs_asked
    if epochs is not None and not isinstance(training.checkpoints, str):
        found.extend(
            Problem(
                "training.checkpoints",
                f"epoch {epoch} is never finished: training lasts {epochs:g} epochs",
                f"name epochs from 1 to {int(epochs)}" if epochs >= 1 else "leave checkpoints out",
            )
            for epoch in training.checkpoints
            if epoch > epochs
        )
    return tuple(found)


def _sharing_problems(training: Training) -> Iterator[Problem]:
    """Several processes share the rows of a step: equally, and in the usual order."""
    processes, batch = training.launch.processes, training.global_batch_size
    if processes == 1:
        return
    if batch % processes:
        near = (processes * max(1, batch // processes), processes * (batch // processes + 1))
        sizes = " or ".join(str(size) for size in dict.fromkeys(near))
        yield Problem(
            "training.launch.processes",
            f"{batch} rows a step (training.global_batch_size) cannot be shared equally by "
            f"{processes} processes",
            f"choose a divisor of {batch}, or a global_batch_size of {sizes}",
        )
    elif training.micro_batch != "auto" and batch % (training.micro_batch * processes):
        yield Problem(
            "training.micro_batch",
            f"{training.micro_batch} rows at once in each of {processes} processes do not divide "
            f"the global batch of {batch}",
            f"choose a divisor of {batch // processes}, or auto",
        )
    if training.extra.get("train_sampling_strategy", "random") != "random":
        yield Problem(
            "training.extra.train_sampling_strategy",
            "several processes share the rows in random order only, the same that one process "
            "would take",
            "leave it out, or leave training.launch out",
        )


def _warmup_problem(warmup: int, steps: int) -> tuple[Problem, ...]:
    if warmup < steps or warmup == 0:
        return ()
    return (
        Problem(
            "training.warmup",
            f"the warm-up of {warmup} steps is not over when training ends after {steps}",
            "choose fewer steps, or a fraction below 1",
        ),
    )


def _selection_problems(training: Training, *, has_select: bool) -> tuple[Problem, ...]:
    found: list[Problem] = []
    every = training.evaluate_every
    hint = "add a dataset, such as select: {from: train, fraction: 0.1}"
    if every is None:
        found.extend(
            Problem(where, f"{what} needs losses on `select`", "add evaluate_every: {epochs: 0.5}")
            for where, what, asked in (
                ("training.early_stopping", "early stopping", training.early_stopping is not None),
                ("training.keep", "keep: best", training.keep == "best"),
            )
            if asked
        )
    elif not has_select:
        found.append(Problem("training.evaluate_every", "there is no `select` dataset", hint))
    if every is None and not has_select and training.keep == "best":
        found.append(Problem("training.keep", "there is no `select` dataset", hint))
    return tuple(found)


def row_problems(training: Training, rows: int) -> tuple[Problem, ...]:
    """What contradicts itself once the number of training rows is known.

    Args:
        training: The `training:` block.
        rows: Training rows; as long as truncation is unknown, all of them.
    """
    if rows == 0:
        return (Problem("datasets.train", "there are no rows to train on", "add some"),)
    found = []
    evaluations = evaluation_steps(training, rows)
    rule = training.early_stopping
    if rule is not None and evaluations and not can_trigger(rule, len(evaluations)):
        found.append(
            Problem(
                "training.early_stopping.patience",
                f"patience {rule.patience} can never stop this training: it has "
                f"{len(evaluations)} evaluations, and the first one always improves",
                f"evaluate at least {rule.patience + 1} times, or lower the patience",
            )
        )
    ends = epoch_ends(training, rows)
    if training.epochs_asked is None and not isinstance(training.checkpoints, str):
        found.extend(
            Problem(
                "training.checkpoints",
                f"epoch {epoch} is never finished: {training.max_steps} steps are {len(ends)} "
                "whole epochs",
                "raise max_steps, or name an earlier epoch",
            )
            for epoch in training.checkpoints
            if epoch not in ends
        )
    return tuple(found)


def trained_dtype(adapter: AdapterOptions, dtype: Dtype) -> Dtype:
    """The number format in which the base weights are held while they train.

    Adapters leave the base as it is and are float32 themselves. When every weight is trained,
    bfloat16 would round most updates away: the weights are float32 then, and cast when written.
    """
    return Dtype.FLOAT32 if isinstance(adapter, Full) else dtype
