"""Supervised fine-tuning with TRL and PEFT: a job in, weights and a log out, always resumable.

The steps, the loss and the optimizer are trl's. What is decided here: which rows it gets (already
tokenised, exactly as evaluation renders them), when the loss on `select` is taken, which weights
stay, what counts as a checkpoint, and what was really used.
"""

import gc
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from evalreport.engines.base import Progress
from evalreport.engines.model_facts import read_facts
from evalreport.engines.model_files import NotHere, checkpoint_digest, locate
from evalreport.errors import Problem, SpecError, StepFailed
from evalreport.records import Checkpoint, Dtype, RowCounts, TrainingLog
from evalreport.training.arguments import trainer_arguments
from evalreport.training.checkpoints import (
    Mark,
    checkpoint_folder,
    clear,
    finish,
    finished_log,
    resumable,
    running_folder,
)
from evalreport.training.faults import is_out_of_memory, storage_fault
from evalreport.training.job import TrainJob
from evalreport.training.memory import largest_micro_batch
from evalreport.training.opening import open_base, resolved_device
from evalreport.training.options import Full, reads, trains
from evalreport.training.peak_memory import device_bytes, peak_bytes, reset_peak
from evalreport.training.problems import option_problems, row_problems, trained_dtype
from evalreport.training.quiet import quiet
from evalreport.training.recorder import Recorder
from evalreport.training.rows import Row, count_rows, kept_rows, stop_tokens, tokenise
from evalreport.training.schedule import batch_shape, timetable, warmup_steps
from evalreport.training.stopping import best_of
from evalreport.training.trainer import callback, check_rows, make_trainer, select_loss
from evalreport.training.used import used_settings
from evalreport.training.weights import write_adapter, write_model

__all__ = ["TrainJob", "train"]


def train(job: TrainJob, report: Callable[[Progress], None]) -> TrainingLog:
    """Train, or go on with a training that was interrupted, or read the log of a finished one.

    Args:
        job: What is to be done.
        report: Progress, with the loss of each step.

    Raises:
        SpecError: The options contradict each other or the data.
        DataError: A row cannot be rendered.
        StepFailed: The loss is no longer a number, memory or disk does not suffice.
    """
    problems = option_problems(job.adapter, job.training, has_select=bool(job.select))
    if problems or not trains(job.adapter):
        raise SpecError(*problems)
    try:
        if job.resume:
            done = finished_log(job.folder, job.key, checkpoint_digest)
            if done is not None:
                return done
        mark = resumable(job.folder, job.key, checkpoint_digest) if job.resume else None
        if mark is None:
            clear(job.folder)
        with quiet():
            return _with_less_memory(job, mark, report)
    except Exception as error:
        fault = storage_fault(error, job.folder)
        if fault is None:
            raise
        raise fault from error


@dataclass(frozen=True, slots=True)
class _Opened:
    """What is in memory before training begins."""

    model: Any
    tokenizer: Any
    device: str
    rows: tuple[Row, ...]  # uncut, as trl gets them
    kept: tuple[Row, ...]
    counts: RowCounts
    select: tuple[Row, ...]
    select_counts: RowCounts | None


@dataclass(frozen=True, slots=True)
class _Shape:
    """How a step is spread, and what a reader has to be told about it."""

    micro_batch: int
    accumulation: int
    notes: tuple[str, ...]


def _with_less_memory(
    job: TrainJob, mark: Mark | None, report: Callable[[Progress], None]
) -> TrainingLog:
    """Train; each time memory runs out, go on from the last checkpoint with half the rows at once.

    The global batch stays: the gradients of more, smaller parts are added up.
    """
    most = mark.micro_batch if mark else None
    notes = mark.notes if mark else ()
    while True:
        opened = _open(job)
        micro, accumulation = batch_shape(
            job.training.global_batch_size, 1, most or _micro_batch(job, opened)
        )
        try:
            return _run(job, opened, mark, _Shape(micro, accumulation, notes), report)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            if micro == 1:
                raise _too_large(job) from error
        most = micro // 2
        said = (
            f"memory ran out with {micro} rows at once; from then on it was {most} at a time, "
            f"still {job.training.global_batch_size} a step"
        )
        notes = (*notes, said)
        del opened
        gc.collect()
        mark = resumable(job.folder, job.key, checkpoint_digest)
        if mark is None:
            clear(job.folder)


def _too_large(job: TrainJob) -> StepFailed:
    return StepFailed(
        Problem(
            f"training, seed {job.seed}",
            "memory does not suffice for a single row at a time",
            "set training.activation_checkpointing: true, lower training.max_length, or choose "
            "method: lora",
        )
    )


def _open(job: TrainJob) -> _Opened:
    """Load the base and turn the items into rows."""
    device = resolved_device(job.device)
    held = job.load.model_copy(update={"dtype": trained_dtype(job.adapter, job.load.dtype)})
    reset_peak(device)
    model, tokenizer = open_base(held, device)
    stop_ids = stop_tokens(model, tokenizer)
    tokenised = [
        tokenise(
            items,
            tokenizer,
            template_kwargs=job.template_kwargs,
            loss_on=job.training.loss_on,
            stop_ids=stop_ids,
        )
        for items in (job.train, job.select)
    ]
    rows, select = tokenised
    most = job.training.max_length
    kept = kept_rows(rows, most)
    problems = row_problems(job.training, len(kept))
    if problems:
        raise SpecError(*problems)
    return _Opened(
        model=model,
        tokenizer=tokenizer,
        device=device,
        rows=rows,
        kept=kept,
        counts=count_rows(rows, most),
        select=kept_rows(select, most),
        select_counts=count_rows(select, most) if select else None,
    )


def _micro_batch(job: TrainJob, opened: _Opened) -> int:
    """Rows at once: as the spec says, or as many as are expected to fit."""
    asked = job.training.micro_batch
    if asked != "auto":
        return asked
    place = job.load.folder / (job.load.gguf_file or "")
    files = locate(str(place), relative_to=place)
    if isinstance(files, NotHere):
        return job.training.global_batch_size
    return largest_micro_batch(
        read_facts(files),
        job.adapter,
        dtype=job.load.dtype,
        length=max(len(row.ids) for row in opened.kept),
        global_batch=job.training.global_batch_size,
        memory_bytes=device_bytes(opened.device),
        activation_checkpointing=job.training.activation_checkpointing,
    )


def _run(
    job: TrainJob,
    opened: _Opened,
    mark: Mark | None,
    shape: _Shape,
    report: Callable[[Progress], None],
) -> TrainingLog:
    """Train from the mark, or from the start, to the end."""
    times = timetable(job.training, len(opened.kept))
    trainer = make_trainer(
        opened.model,
        opened.tokenizer,
        adapter=job.adapter,
        arguments=trainer_arguments(
            job.training,
            seed=job.seed,
            folder=running_folder(job.folder),
            steps=times.last,
            warmup_steps=warmup_steps(job.training, times.last),
            micro_batch=shape.micro_batch,
            accumulation=shape.accumulation,
            on_cpu=opened.device == "cpu",
            autocast=isinstance(job.adapter, Full) and job.load.dtype is Dtype.BFLOAT16,
        ),
        rows=opened.rows,
    )
    check_rows(trainer, opened.kept)
    recorder = Recorder(
        job=job,
        times=times,
        micro_batch=shape.micro_batch,
        evaluate=partial(select_loss, trainer, opened.select, shape.micro_batch),
        write=_writer(job, trainer, opened.tokenizer),
        report=report,
        notes=shape.notes,
    )
    if mark is not None:
        recorder.go_on_from(mark)
    recorder.begin()
    trainer.add_callback(callback(recorder))
    place = checkpoint_folder(job.folder, mark.step) if mark else None
    trainer.train(resume_from_checkpoint=str(place) if place else None)
    log = _log(job, opened, trainer, recorder, mark)
    finish(job.folder, job.key, log, recorder.kept())
    return log


def _writer(job: TrainJob, trainer: Any, tokenizer: Any) -> Callable[[Path], None]:
    if isinstance(job.adapter, Full):
        return partial(write_model, trainer.model, tokenizer, dtype=job.load.dtype)
    return partial(write_adapter, trainer.model, public_name=job.public_name)


def _log(
    job: TrainJob, opened: _Opened, trainer: Any, recorder: Recorder, mark: Mark | None
) -> TrainingLog:
    losses = dict(recorder.losses)
    best = best_of(recorder.losses)
    parameters = [*trainer.model.parameters()]
    return TrainingLog(
        seed=job.seed,
        asked=reads(job.adapter, job.training, job.seed),
        used=used_settings(job, trainer),
        curve=tuple(recorder.curve),
        checkpoints=tuple(
            Checkpoint(
                name=name,
                step=step,
                epoch=step / recorder.times.an_epoch,
                digest=recorder.weights[step],
                folder=name,
                whole=isinstance(job.adapter, Full),
                eval_loss=losses.get(step),
            )
            for name, step in recorder.kept().items()
        ),
        rows=opened.counts,
        select_rows=opened.select_counts,
        best_step=best[0] if best else None,
        stopped_early=recorder.stopped_early,
        steps=recorder.curve[-1].step,
        seconds=recorder.seconds,
        tokens=recorder.tokens,
        trainable_parameters=sum(one.numel() for one in parameters if one.requires_grad),
        total_parameters=sum(one.numel() for one in parameters),
        peak_bytes=peak_bytes(opened.device),
        resumed_from=mark.step if mark else None,
        notes=(*recorder.notes, *_remarks(job, opened, recorder)),
    )


def _remarks(job: TrainJob, opened: _Opened, recorder: Recorder) -> tuple[str, ...]:
    """What a reader of the log has to be told."""
    found = []
    before = next((point.eval_loss for point in recorder.curve if point.step == 0), None)
    best = best_of(recorder.losses)
    if before is not None and best is not None and best[1] >= before:
        found.append(
            f"the loss on `select` never fell below that of the base ({before:.4f} nats a token)"
        )
    if opened.counts.prefix_mismatches:
        found.append(
            f"{opened.counts.prefix_mismatches} of {opened.counts.rows} rows were trained in a "
            "context that evaluation never shows: their prompt is tokenised otherwise when the "
            "completion follows"
        )
    if opened.counts.without_end_of_turn:
        found.append(
            f"in {opened.counts.without_end_of_turn} of {opened.counts.rows} rows no token that "
            "ends a generation is learned"
        )
    if isinstance(job.adapter, Full):
        found.append(
            f"every weight was trained in float32 and then written as {job.load.dtype.value}"
        )
    return tuple(found)
