"""Simulated training: the real schedule with the simulated model, in milliseconds."""

from collections.abc import Callable

from evalreport.engines.base import Progress
from evalreport.engines.fake import FakeEngine
from evalreport.engines.fake_training import SimulatedRun, simulate_training
from evalreport.numbers import count_text
from evalreport.records import Check, Item, PreflightLog, RowCounts, TrainingLog
from evalreport.training.options import Full, reads, trains
from evalreport.training.schedule import (
    evaluation_steps,
    kept_epochs,
    steps_an_epoch,
    total_steps,
)
from evalreport.training.sft import TrainJob


def simulate(engine: FakeEngine, job: TrainJob, report: Callable[[Progress], None]) -> TrainingLog:
    """What training would leave behind, had the simulated model been trained.

    Raises:
        OSError: A checkpoint cannot be written.
    """
    training = job.training
    rows = len(job.train)
    stopping = training.early_stopping
    job.folder.mkdir(parents=True, exist_ok=True)
    run = SimulatedRun(
        key=job.key,
        seed=job.seed,
        folder=job.folder,
        steps=total_steps(training, rows),
        steps_an_epoch=steps_an_epoch(rows, training.global_batch_size),
        evaluation_steps=evaluation_steps(training, rows),
        epoch_steps={f"epoch-{n}": step for n, step in kept_epochs(training, rows).items()},
        patience=stopping.patience if stopping else None,
        min_improvement=stopping.threshold if stopping else 0.0,
        learning_rate=training.learning_rate or 0.0,
        whole=isinstance(job.adapter, Full),
        seen=tuple(item.id for item in job.train),
        rows=_counts(job.train),
        select_rows=_counts(job.select) if job.select else None,
        asked=reads(job.adapter, training, job.seed) if trains(job.adapter) else {},
    )
    return simulate_training(engine, run, report)


def simulated_preflight(job: TrainJob) -> PreflightLog:
    """What can be found out before a simulated training: whether there is anything to learn."""
    rows = len(job.train)
    return PreflightLog(
        checks=(
            Check(
                name="rows",
                status="passed" if rows else "failed",
                text=f"{count_text(rows, 'row')} can be trained on",
            ),
        )
    )


def _counts(items: tuple[Item, ...]) -> RowCounts:
    """A simulated tokenizer takes four characters for a token."""
    tokens = sum(1 + len(item.reference or "") // 4 for item in items)
    return RowCounts(
        rows=len(items), truncated=0, dropped=0, tokens=tokens, tokens_lost=0, loss_tokens=tokens
    )
