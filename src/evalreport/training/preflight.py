"""What can be found out before a training costs anything: rows, stop token, options, memory.

It needs the tokenizer and the model's facts, and neither its weights nor a GPU.
"""

from evalreport.engines.loading import load_tokenizer, resolved_device, set_quiet_environment
from evalreport.engines.model_facts import read_facts
from evalreport.engines.model_files import NotHere, locate
from evalreport.engines.prompts import codec_of
from evalreport.errors import SpecError
from evalreport.estimates import NotEstimable
from evalreport.records import Check, PreflightLog, RowCounts
from evalreport.training.extra import installed_problems
from evalreport.training.job import TrainJob
from evalreport.training.memory import predict_training
from evalreport.training.peak_memory import device_bytes
from evalreport.training.rows import count_rows, kept_rows, row_checks, tokenise


def preflight(job: TrainJob) -> tuple[PreflightLog, RowCounts]:
    """The checks of a training, and what will become of its rows.

    Args:
        job: What would be done.

    Raises:
        SpecError: `training.extra` holds what the installed trl does not know.
        DataError: A row cannot be rendered.
        EvalReportError: The tokenizer or the model's files cannot be read.
    """
    set_quiet_environment()
    problems = installed_problems(job.training.extra)
    if problems:
        raise SpecError(*problems)
    codec = codec_of(load_tokenizer(job.load))
    rows = tokenise(
        job.train, codec, template_kwargs=job.template_kwargs, loss_on=job.training.loss_on
    )
    counts = count_rows(rows, job.training.max_length)
    longest = max((len(row.ids) for row in kept_rows(rows, job.training.max_length)), default=0)
    checks = (*row_checks(counts, stop_ids=codec.stop_ids), _memory_check(job, longest))
    return PreflightLog(checks=checks), counts


def _memory_check(job: TrainJob, longest: int) -> Check:
    """Whether the smallest step there is, one row at a time, is expected to fit."""
    files = locate(str(job.load.folder / (job.load.gguf_file or "")), relative_to=job.load.folder)
    if isinstance(files, NotHere):
        return Check(name="memory", status="unchecked", text=files.reason)
    predicted = predict_training(
        read_facts(files),
        job.adapter,
        dtype=job.load.dtype,
        micro_batch=1,
        length=longest,
        activation_checkpointing=job.training.activation_checkpointing,
    )
    if isinstance(predicted, NotEstimable):
        return Check(name="memory", status="unchecked", text=predicted.not_estimable)
    there = device_bytes(resolved_device(job.device))
    return Check(
        name="memory",
        status="passed" if predicted.bytes <= there else "failed",
        text=f"{predicted.bytes} bytes are predicted for one row at a time, of {there}",
    )
