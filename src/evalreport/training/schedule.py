"""How many steps training has, and at which of them something happens: arithmetic alone.

The plan and the trainer ask the same functions, and the trainer checks them against what it did.
"""

from dataclasses import dataclass
from math import ceil

from evalreport.training.options import EverySteps, Training


def steps_an_epoch(rows: int, global_batch: int) -> int:
    """Optimizer steps that one pass over the rows takes; the last one may hold fewer rows."""
    return max(ceil(rows / global_batch), 1)


def total_steps(training: Training, rows: int) -> int:
    """Optimizer steps that the whole training takes, unless it is stopped early.

    Args:
        training: What was asked.
        rows: Training rows that are left after those without a trainable token were dropped.
    """
    if training.max_steps is not None:
        return training.max_steps
    epochs = training.epochs_asked or 1.0
    return max(ceil(epochs * steps_an_epoch(rows, training.global_batch_size)), 1)


def warmup_steps(training: Training, steps: int) -> int:
    """Steps over which the learning rate rises: as given, or that part of all steps, rounded up."""
    return training.warmup if isinstance(training.warmup, int) else ceil(steps * training.warmup)


def evaluation_steps(training: Training, rows: int) -> tuple[int, ...]:
    """The steps after which the loss on `select` is taken, in order; the last step is one of them.

    Empty when no evaluation was asked for.
    """
    every = training.evaluate_every
    if every is None:
        return ()
    last = total_steps(training, rows)
    if isinstance(every, EverySteps):
        inner = range(every.steps, last, every.steps)
        return (*inner, last)
    interval = max(every.epochs * steps_an_epoch(rows, training.global_batch_size), 1.0)
    counts = range(1, ceil(last / interval) + 1)
    return tuple(sorted({min(round(count * interval), last) for count in counts} | {last}))


def epoch_ends(training: Training, rows: int) -> dict[int, int]:
    """The step at which each whole epoch ends, by the number of the epoch."""
    an_epoch = steps_an_epoch(rows, training.global_batch_size)
    return {n: n * an_epoch for n in range(1, total_steps(training, rows) // an_epoch + 1)}


def kept_epochs(training: Training, rows: int) -> dict[int, int]:
    """The step of each epoch that stays as a checkpoint of its own, by the number of the epoch."""
    ends = epoch_ends(training, rows)
    if training.checkpoints == "each_epoch":
        return ends
    if training.checkpoints == "none":
        return {}
    return {epoch: step for epoch, step in ends.items() if epoch in training.checkpoints}


def checkpoint_names(training: Training, rows: int) -> tuple[str, ...]:
    """The checkpoints that training leaves behind unless it stops early: what an arm may name."""
    best = ("best",) if training.evaluate_every is not None else ()
    return (*best, "last", *(f"epoch-{epoch}" for epoch in kept_epochs(training, rows)))


@dataclass(frozen=True, slots=True)
class Timetable:
    """When what happens, laid out once: all of them optimizer steps, counted from 1."""

    last: int
    an_epoch: int
    evaluations: frozenset[int]
    epochs: dict[int, int]  # by number, those that stay as checkpoints


def timetable(training: Training, rows: int) -> Timetable:
    """The timetable of a training on this many rows."""
    return Timetable(
        last=total_steps(training, rows),
        an_epoch=steps_an_epoch(rows, training.global_batch_size),
        evaluations=frozenset(evaluation_steps(training, rows)),
        epochs=kept_epochs(training, rows),
    )


def batch_shape(global_batch: int, processes: int, most: int) -> tuple[int, int]:
    """Rows a device holds at once, and how often it does so for one optimizer step.

    Their product with the number of processes is the global batch, whatever the machine.

    Args:
        global_batch: Rows an optimizer step.
        processes: That share a step.
        most: Rows that a device can hold at once.

    Raises:
        ValueError: The global batch cannot be shared equally.
    """
    if global_batch % processes:
        raise ValueError(f"{global_batch} rows cannot be shared by {processes} processes")
    share = global_batch // processes
    micro = next(n for n in range(min(share, max(most, 1)), 0, -1) if share % n == 0)
    return micro, share // micro
