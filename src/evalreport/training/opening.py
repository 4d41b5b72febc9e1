"""Before training: the base in memory, the items as rows, and how many of them fit at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evalreport.engines.loading import end_tokens, load, resolved_device
from evalreport.engines.model_facts import read_facts
from evalreport.engines.model_files import NotHere, locate
from evalreport.engines.prompts import codec_of
from evalreport.errors import Problem, SpecError, StepFailed
from evalreport.records import RowCounts
from evalreport.training.job import TrainJob
from evalreport.training.memory import largest_micro_batch
from evalreport.training.options import Full
from evalreport.training.peak_memory import device_bytes, reset_peak
from evalreport.training.problems import row_problems, trained_dtype
from evalreport.training.rows import IGNORED, Row, count_rows, kept_rows, tokenise
from evalreport.training.targets import target_problems
from evalreport.training.world import ALONE, World, local_device


@dataclass(frozen=True, slots=True)
class Opened:
    """What is in memory before training begins.

    Attributes:
        model: The base.
        tokenizer: Of the base.
        device: Where it lies.
        rows: For training, uncut, as trl gets them.
        kept: The same, as trl will have cut and filtered them.
        counts: What becomes of them.
        select: Rows whose loss chooses the checkpoint, cut.
        select_counts: What became of them; None without any.
    """

    model: Any
    tokenizer: Any
    device: str
    rows: tuple[Row, ...]
    kept: tuple[Row, ...]
    counts: RowCounts
    select: tuple[Row, ...]
    select_counts: RowCounts | None


def open_job(job: TrainJob, world: World = ALONE) -> Opened:
    """Load the base and turn the items into rows.

    Args:
        job: What is to be done.
        world: The processes that train together; each has its own device, where there are several.

    Raises:
        EvalReportError: The base cannot be loaded, a row cannot be rendered, or the options make
            no sense for these rows.
    """
    device = local_device(resolved_device(job.device), world)
    if world.size == 1 and device.startswith("cuda:") and device != "cuda:0":
        raise StepFailed(
            Problem(
                "engine.device",
                f"training takes the first GPU that it sees, and {device} was asked for",
                f"set CUDA_VISIBLE_DEVICES={device.removeprefix('cuda:')} and use device: cuda",
            )
        )
    reset_peak(device)
    held = job.load.model_copy(update={"dtype": trained_dtype(job.adapter, job.load.dtype)})
    loaded = load(held, device=device)
    if isinstance(job.adapter, Full):
        loaded.model.requires_grad_(requires_grad=True)
    codec = codec_of(loaded.tokenizer, end_tokens(loaded.model))
    rows, select = (
        tokenise(
            items,
            codec,
            template_kwargs=job.template_kwargs,
            loss_on=job.training.loss_on,
        )
        for items in (job.train, job.select)
    )
    most = job.training.max_length
    kept = kept_rows(rows, most)
    kept_select = kept_rows(select, most)
    problems = [*target_problems(loaded.model, job.adapter)]
    if rows and not kept:
        problems.append(_all_cut("train", rows, most))
    else:
        problems += row_problems(job.training, len(kept))
    if job.training.evaluate_every is not None and not kept_select:
        problems.append(_all_cut("select", select, most))
    if problems:
        raise SpecError(*problems)
    return Opened(
        model=loaded.model,
        tokenizer=loaded.tokenizer,
        device=loaded.device,
        rows=rows,
        kept=kept,
        counts=count_rows(rows, most),
        select=kept_select,
        select_counts=count_rows(select, most) if select else None,
    )


def _all_cut(name: str, rows: Sequence[Row], most: int) -> Problem:
    prompts = [sum(label == IGNORED for label in row.labels) for row in rows]
    return Problem(
        f"datasets.{name}",
        f"none of its {len(rows)} rows has a token to learn within {most} tokens"
        + (f": the shortest prompt fills {min(prompts)}" if prompts else ""),
        "raise training.max_length",
    )


def micro_batch(job: TrainJob, opened: Opened, world: World = ALONE) -> int:
    """Rows at once on one device: as the spec says, or as many as are expected to fit."""
    asked = job.training.micro_batch
    if asked != "auto":
        return asked
    place = job.load.folder / (job.load.gguf_file or "")
    files = locate(str(place), relative_to=place)
    share = job.training.global_batch_size // world.size
    if isinstance(files, NotHere):
        return share
    sharers = world.size if opened.device == "cpu" else 1  # one memory for all of them
    return largest_micro_batch(
        read_facts(files),
        job.adapter,
        dtype=job.load.dtype,
        length=max(len(row.ids) for row in opened.kept),
        global_batch=share,
        memory_bytes=device_bytes(opened.device) // sharers,
        on_gpu=opened.device != "cpu",
        activation_checkpointing=job.training.activation_checkpointing,
    )
