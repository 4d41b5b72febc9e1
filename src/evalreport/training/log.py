"""The log of a training: what was asked, what was really used, and what came out."""

from typing import Any

from evalreport.records import Checkpoint, Dtype, TrainingLog
from evalreport.training.checkpoints import Mark
from evalreport.training.job import TrainJob
from evalreport.training.opening import Opened
from evalreport.training.options import Full, reads
from evalreport.training.recorder import Recorder
from evalreport.training.stopping import best_of
from evalreport.training.used import parameter_counts, used_settings


def training_log(
    job: TrainJob,
    opened: Opened,
    trainer: Any,
    recorder: Recorder,
    mark: Mark | None,
    *,
    peak: int | None,
) -> TrainingLog:
    """The log of a training that has come to its end.

    Args:
        job: What was asked.
        opened: What was in memory.
        trainer: trl's, after training.
        recorder: What happened.
        mark: What it went on from.
        peak: The most memory that a process or device held.
    """
    losses = dict(recorder.losses)
    best = best_of(recorder.losses)
    trained, in_all = parameter_counts(trainer.model)
    return TrainingLog(
        seed=job.seed,
        asked=reads(job.adapter, job.training, job.seed),
        used=used_settings(job, trainer, recorder),
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
        trainable_parameters=trained,
        total_parameters=in_all,
        peak_bytes=peak,
        resumed_from=mark.step if mark else None,
        notes=(*recorder.notes, *_notes(job, opened, recorder)),
    )


def _notes(job: TrainJob, opened: Opened, recorder: Recorder) -> tuple[str, ...]:
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
    cut = opened.counts.truncated - opened.counts.dropped
    if cut:
        found.append(
            f"{cut} of {opened.counts.rows} rows were cut at max_length, so that the end of their "
            "turn is not learned"
        )
    if len(opened.kept) < job.training.global_batch_size:
        found.append(
            f"a step held {len(opened.kept)} rows, all there are, and not the global batch of "
            f"{job.training.global_batch_size}"
        )
    select = opened.select_counts
    if select is not None and select.truncated:
        found.append(
            f"{select.truncated} of {select.rows} rows of `select` were cut at max_length and "
            f"{select.dropped} of them dropped: the loss that chooses the checkpoint is taken on "
            "what is left"
        )
    if isinstance(job.adapter, Full) and job.load.dtype is not Dtype.FLOAT32:
        found.append(
            f"every weight was trained in float32 and then written as {job.load.dtype.value}"
        )
    return tuple(found)
