"""What is found out before a training costs anything: settings, layers, rows, end, memory.

It needs the tokenizer, the model's configuration and its facts, and neither weights nor a GPU.
"""

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from evalreport.engines.base import Load
from evalreport.engines.gguf_once import gguf_read_once
from evalreport.engines.loading import load_tokenizer, resolved_device, set_quiet_environment
from evalreport.engines.model_facts import read_facts
from evalreport.engines.model_files import ModelFiles, NotHere, locate, read_object
from evalreport.engines.prompts import Codec, codec_of
from evalreport.engines.stopping import stop_check
from evalreport.errors import DataError, Problem
from evalreport.estimates import NotEstimable
from evalreport.numbers import bytes_text, count_text
from evalreport.records import Chat, Check, Dtype, PreflightLog, RowCounts
from evalreport.training.arguments import trainer_arguments
from evalreport.training.extra import installed_problems
from evalreport.training.job import TrainJob
from evalreport.training.memory import MemoryPrediction, predict_answering, predict_training
from evalreport.training.options import Full
from evalreport.training.peak_memory import device_bytes
from evalreport.training.problems import row_problems
from evalreport.training.quiet import quiet
from evalreport.training.rows import Row, count_rows, kept_rows, row_checks, tokenise
from evalreport.training.schedule import batch_shape, total_steps, warmup_steps
from evalreport.training.targets import target_problems
from evalreport.training.world import refuse_too_few_gpus

_SMALLER: Final = (
    "use a smaller model, training.max_length or quantization, set "
    "training.activation_checkpointing: true, or take a larger machine"
)
_ANSWER_TOKENS: Final = 512  # of one question, where the questions are not looked at


def preflight(job: TrainJob) -> tuple[PreflightLog, RowCounts | None]:
    """The checks of a training, and what will become of its rows (None: they cannot be rendered).

    Args:
        job: What would be done.

    Raises:
        EvalReportError: The tokenizer or the model's files cannot be read, or the machine has too
            few GPUs: another one may have enough, so that this is no check.
    """
    refuse_too_few_gpus(job.training.launch, job.device)
    set_quiet_environment()
    with quiet():
        return _looked_at(job)


def _looked_at(job: TrainJob) -> tuple[PreflightLog, RowCounts | None]:
    with gguf_read_once() if job.load.gguf_file is not None else nullcontext():
        codec = codec_of(load_tokenizer(job.load))
        checks = [_target_check(job)]
    found = _rows(job, codec)
    if isinstance(found, Check):
        return PreflightLog(checks=(*checks, found)), None
    rows, select = found
    counts = count_rows(rows, job.training.max_length)
    kept = kept_rows(rows, job.training.max_length)
    longest = max((len(row.ids) for row in kept), default=0)
    checks += [
        _argument_check(job, len(kept)),
        *_template_checks(job, codec),
        stop_check(codec, _named_ends(job.load)),
        *row_checks(counts),
        *_select_checks(job, select),
        _training_memory(job, longest),
    ]
    return PreflightLog(checks=tuple(checks)), counts


def _told(problems: tuple[Problem, ...]) -> tuple[str, str]:
    """Problems as what is wrong and what to do."""
    what = "; ".join(f"{one.where}: {one.what}" if one.where else one.what for one in problems)
    return what, "; ".join(dict.fromkeys(one.hint for one in problems if one.hint))


# Settings and layers


def _argument_check(job: TrainJob, rows: int) -> Check:
    """Whether the installed trl takes the settings; it builds them and trains nothing."""
    problems = (*installed_problems(job.training.extra), *row_problems(job.training, rows))
    if not problems:
        problems = tuple(_refused_arguments(job, rows))
    if problems:
        what, hint = _told(problems)
        return Check(name="trainer_arguments", status="failed", text=what, hint=hint)
    return Check(
        name="trainer_arguments", status="passed", text="the installed trl takes all settings"
    )


def _refused_arguments(job: TrainJob, rows: int) -> Iterator[Problem]:
    from trl import SFTConfig

    steps = total_steps(job.training, rows)
    micro, accumulation = batch_shape(job.training.global_batch_size, 1, 1)
    with TemporaryDirectory() as folder:
        arguments = trainer_arguments(
            job.training,
            seed=job.seed,
            folder=Path(folder),
            steps=steps,
            warmup_steps=warmup_steps(job.training, steps),
            micro_batch=micro,
            accumulation=accumulation,
            device=resolved_device(job.device),
            autocast=isinstance(job.adapter, Full) and job.load.dtype is Dtype.BFLOAT16,
        )
        try:
            SFTConfig(**arguments)
        except (TypeError, ValueError) as error:
            yield Problem(
                "training",
                f"trl refuses these settings: {error}",
                "see the documentation of trl.SFTConfig, or leave the value out",
            )


def _target_check(job: TrainJob) -> Check:
    """Whether the layers that are to carry the adapter exist, from a model without weights."""
    try:
        problems = target_problems(_skeleton(job.load), job.adapter)
    except Exception as error:  # noqa: BLE001 (foreign code reads the configuration)
        return Check(
            name="target_modules",
            status="unchecked",
            text=f"the network cannot be laid out without its weights: {error}",
        )
    if problems:
        what, hint = _told(problems)
        return Check(name="target_modules", status="failed", text=what, hint=hint)
    return Check(name="target_modules", status="passed", text="the layers that are trained exist")


def _skeleton(load: Load) -> Any:
    """The network with its layers and no memory for their weights."""
    from accelerate import init_empty_weights
    from transformers import AutoConfig, AutoModelForCausalLM

    packed = {} if load.gguf_file is None else {"gguf_file": load.gguf_file}
    config = AutoConfig.from_pretrained(
        load.folder, local_files_only=True, trust_remote_code=load.trust_remote_code, **packed
    )
    with init_empty_weights():
        return AutoModelForCausalLM.from_config(config, trust_remote_code=load.trust_remote_code)


# Rows


def _rows(job: TrainJob, codec: Codec) -> tuple[tuple[Row, ...], tuple[Row, ...]] | Check:
    """The rows of `train` and of `select`, or why they cannot be rendered."""
    kwargs, loss_on = job.template_kwargs, job.training.loss_on
    if codec.tokenizer.chat_template is None and _has_conversations(job):
        return Check(
            name="chat_template",
            status="failed",
            text="the training rows are conversations, and the model has no chat template",
            hint="set chat: false on the datasets to give the text as it stands, or name a model "
            "with a chat template",
        )
    try:
        select = tokenise(job.select, codec, template_kwargs=kwargs, loss_on=loss_on)
        return tokenise(job.train, codec, template_kwargs=kwargs, loss_on=loss_on), select
    except DataError as error:
        what, hint = _told(error.problems)
        return Check(name="rows", status="failed", text=what, hint=hint)


def _has_conversations(job: TrainJob) -> bool:
    return any(isinstance(item.prompt, Chat) for item in job.train)


def _template_checks(job: TrainJob, codec: Codec) -> Iterator[Check]:
    if codec.tokenizer.chat_template is not None and _has_conversations(job):
        yield Check(name="chat_template", status="passed", text="the training rows go through one")


def _select_checks(job: TrainJob, rows: Sequence[Row]) -> Iterator[Check]:
    """The rows that choose the checkpoint: without a token to score they can choose nothing."""
    if rows and job.training.evaluate_every and not kept_rows(rows, job.training.max_length):
        yield Check(
            name="rows",
            status="failed",
            text=f"none of the {count_text(len(rows), 'row')} of select has a token to score "
            f"within {count_text(job.training.max_length, 'token')}",
            hint="raise training.max_length",
        )


def _named_ends(load: Load) -> frozenset[int]:
    """The tokens that the model's own files name as the end of a generation."""
    named: set[int] = set()
    for name in ("generation_config.json", "config.json"):
        if load.gguf_file is None and (load.folder / name).is_file():
            ends = read_object(load.folder / name).get("eos_token_id")
            listed = ends if isinstance(ends, list) else [ends]
            named.update(end for end in listed if isinstance(end, int))
    return frozenset(named)


# Memory


def _training_memory(job: TrainJob, longest: int) -> Check:
    """Whether the smallest step there is, one row at a time, is expected to fit."""
    files = _files(job.load)
    if isinstance(files, NotHere):
        return Check(name="memory", status="unchecked", text=files.reason)
    device = resolved_device(job.device)
    predicted = predict_training(
        read_facts(files),
        job.adapter,
        dtype=job.load.dtype,
        micro_batch=1,
        length=longest,
        on_gpu=device != "cpu",
        activation_checkpointing=job.training.activation_checkpointing,
    )
    # On processors, all processes share one memory.
    sharers = job.training.launch.processes if device == "cpu" else 1
    where = f"training in {sharers} processes" if sharers > 1 else "training"
    if not isinstance(predicted, NotEstimable):
        predicted = predicted.model_copy(update={"bytes": predicted.bytes * sharers})
    what = f"{where}, one row of {count_text(longest, 'token')} at a time,"
    return _memory(predicted, device_bytes(device), what)


def answering_memory(load: Load, device: str) -> Check:
    """Whether the weights and one question are expected to fit where they would be loaded.

    Args:
        load: The weights.
        device: As the engine names it.
    """
    files = _files(load)
    if isinstance(files, NotHere):
        return Check(name="memory", status="unchecked", text=files.reason)
    predicted = predict_answering(
        read_facts(files),
        dtype=load.dtype,
        held=load.quantization,
        rows=1,
        length=_ANSWER_TOKENS,
    )
    what = f"answering one question of {_ANSWER_TOKENS} tokens"
    return _memory(predicted, device_bytes(resolved_device(device)), what)


def _files(load: Load) -> ModelFiles | NotHere:
    place = load.folder / (load.gguf_file or "")
    return locate(str(place.absolute()), relative_to=load.folder)


def _memory(predicted: MemoryPrediction | NotEstimable, there: int, what: str) -> Check:
    if isinstance(predicted, NotEstimable):
        return Check(name="memory", status="unchecked", text=predicted.not_estimable)
    fits = predicted.bytes <= there
    return Check(
        name="memory",
        status="passed" if fits else "failed",
        text=f"{what} is predicted to take {bytes_text(predicted.bytes)}, and the device has "
        f"{bytes_text(there)}",
        hint="" if fits else _SMALLER,
    )
