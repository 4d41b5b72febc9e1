"""Supervised fine-tuning with TRL and PEFT: a job in, weights and a log out, always resumable.

The steps, the loss and the optimizer are trl's. What is decided here: which rows it gets (already
tokenised, exactly as evaluation renders them), when the loss on `select` is taken, which weights
stay, what counts as a checkpoint, and what was really used.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from evalreport.engines.base import Progress
from evalreport.engines.model_digests import checkpoint_digest
from evalreport.errors import Problem, SpecError, StepFailed
from evalreport.records import Dtype, TrainingLog
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
from evalreport.training.faults import is_out_of_memory, release_memory, storage_fault
from evalreport.training.job import TrainJob
from evalreport.training.labelled_only import labelled_only
from evalreport.training.log import training_log
from evalreport.training.opening import Opened, micro_batch, open_job
from evalreport.training.options import Full
from evalreport.training.peak_memory import peak_bytes
from evalreport.training.problems import option_problems
from evalreport.training.quiet import quiet
from evalreport.training.recorder import Recorder
from evalreport.training.schedule import batch_shape, timetable, warmup_steps
from evalreport.training.sharing import BLANK_TOKENS, blanks
from evalreport.training.trackers import Followed, follow
from evalreport.training.trainer import callback, check_rows, make_trainer, select_loss
from evalreport.training.weights import write_adapter, write_model
from evalreport.training.world import ALONE, World

__all__ = ["TrainJob", "train"]


def train(job: TrainJob, report: Callable[[Progress], None], world: World = ALONE) -> TrainingLog:
    """Train, or go on with a training that was interrupted, or read the log of a finished one.

    Args:
        job: What is to be done.
        report: Progress, with the loss of each step.
        world: The processes that train together; each of them calls this, the first one writes.

    Raises:
        SpecError: The options contradict each other or the data.
        DataError: A row cannot be rendered.
        StepFailed: The loss is no longer a number, memory or disk does not suffice.
    """
    problems = option_problems(job.adapter, job.training, has_select=bool(job.select))
    if problems:
        raise SpecError(*problems)
    unbuilt = job.training.unbuilt_reason(job.adapter, job.load.dtype)
    if unbuilt:
        raise StepFailed.because(unbuilt, where=f"training, seed {job.seed}")
    try:
        done = world.from_first(
            lambda: finished_log(job.folder, job.key, checkpoint_digest) if job.resume else None
        )
        if done is not None:
            return done
        mark = world.from_first(lambda: _taken_up(job))
        with quiet():
            return _with_less_memory(job, mark, report, world)
    except Exception as error:
        fault = storage_fault(error, job.folder)
        if fault is None:
            raise
        raise fault from error


def _taken_up(job: TrainJob) -> Mark | None:
    """The mark of the checkpoint from which it goes on; without one, an empty folder."""
    mark = resumable(job.folder, job.key, checkpoint_digest) if job.resume else None
    if mark is None:
        clear(job.folder)
    return mark


@dataclass(frozen=True, slots=True)
class _Shape:
    """How a step is spread, and what a reader has to be told about it."""

    micro_batch: int
    accumulation: int
    notes: tuple[str, ...]


def _with_less_memory(
    job: TrainJob, mark: Mark | None, report: Callable[[Progress], None], world: World
) -> TrainingLog:
    """Train; each time memory runs out, go on from the last checkpoint with half the rows at once.

    The global batch stays: the gradients of more, smaller parts are added up. Of several processes
    one may run out of memory while the others wait for it: then the user halves.
    """
    most = mark.micro_batch if mark else job.training.global_batch_size
    notes = (*mark.notes, *_other_processes(mark, world)) if mark else ()
    while True:
        report(Progress("loading the model and its rows", 0, 1))
        opened = open_job(job, world)
        report(Progress("loading the model and its rows", 1, 1))
        fits = world.from_first(lambda: micro_batch(job, opened, world))  # noqa: B023 (asked at once)
        micro, accumulation = batch_shape(
            job.training.global_batch_size, world.size, min(most, fits)
        )
        try:
            return _run(job, opened, mark, _Shape(micro, accumulation, notes), report, world)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            if micro == 1:
                raise _too_large(job) from error
            if world.size > 1:
                raise _too_much_at_once(job, micro, world) from error
        most = micro // 2
        said = (
            f"memory ran out with {micro} rows at once; from then on it was {most} at a time, "
            f"still {job.training.global_batch_size} a step"
        )
        notes = (*notes, said)
        del opened
        release_memory()
        mark = resumable(job.folder, job.key, checkpoint_digest)
        if mark is None:
            clear(job.folder)


def _other_processes(mark: Mark, world: World) -> tuple[str, ...]:
    if mark.processes == world.size:
        return ()
    said = (
        f"up to step {mark.step} it was trained by {mark.processes} process(es) and then by "
        f"{world.size}: same rows in each step, but other random draws for dropout"
    )
    return (said,)


def _too_much_at_once(job: TrainJob, micro: int, world: World) -> StepFailed:
    return StepFailed(
        Problem(
            f"training, seed {job.seed}",
            f"memory ran out with {micro} rows at once in each of {world.size} processes",
            f"set training.micro_batch: {micro // 2} and build again: it goes on from the last "
            "checkpoint, with the same global batch",
        )
    )


def _too_large(job: TrainJob) -> StepFailed:
    return StepFailed(
        Problem(
            f"training, seed {job.seed}",
            "memory does not suffice for a single row at a time",
            "set training.activation_checkpointing: true, lower training.max_length, or choose "
            "method: lora",
        )
    )


def _run(
    job: TrainJob,
    opened: Opened,
    mark: Mark | None,
    shape: _Shape,
    report: Callable[[Progress], None],
    world: World,
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
            device=opened.device,
            autocast=isinstance(job.adapter, Full) and job.load.dtype is Dtype.BFLOAT16,
        ),
        rows=opened.rows,
        world=world,
    )
    check_rows(trainer, opened.kept)
    followed = follow(job) if world.is_first else Followed()
    recorder = Recorder(
        job=job,
        times=times,
        micro_batch=shape.micro_batch,
        evaluate=partial(select_loss, trainer, opened.select, shape.micro_batch, world),
        write=_writer(job, trainer, opened.tokenizer),
        report=report,
        notes=shape.notes,
        world=world,
        follow=followed.point,
    )
    if mark is not None:
        recorder.go_on_from(mark)
    before = mark.step // times.an_epoch if mark else 0
    filled = BLANK_TOKENS * blanks(len(opened.kept), shape.micro_batch, world)
    trainer.add_callback(
        callback(recorder, lambda step: filled * (step // times.an_epoch - before))
    )
    place = checkpoint_folder(job.folder, mark.step) if mark else None
    try:
        with labelled_only(opened.device):
            recorder.begin()
            trainer.train(resume_from_checkpoint=str(place) if place else None)
    except BaseException:
        followed.end({}, finished=False)
        raise
    peaks = [peak for peak in world.gathered(peak_bytes(opened.device)) if peak is not None]

    def ended() -> TrainingLog:
        most = max(peaks, default=None)
        log = training_log(job, opened, trainer, recorder, mark, peak=most)
        followed.end(log.used, finished=True)
        log = log.model_copy(
            update={"trackers": (*followed.runs,), "notes": (*log.notes, *followed.notes)}
        )
        finish(job.folder, job.key, log, recorder.kept())
        return log

    return world.from_first(ended)


def _writer(job: TrainJob, trainer: Any, tokenizer: Any) -> Callable[[Path], None]:
    if isinstance(job.adapter, Full):
        return partial(write_model, trainer.model, tokenizer, dtype=job.load.dtype)
    return partial(
        write_adapter,
        trainer.model,
        public_name=job.public_name,
        base_digest=job.load.base_digest,
    )
