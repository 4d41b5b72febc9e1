"""`training.extra`: which fields of trl's SFTConfig may be passed on, and why some may not.

The names that transformers 5 and trl 1 removed, and those that this program sets itself, are known
here without importing either; `installed_problems` asks the installed trl about the rest.
"""

import difflib
from collections.abc import Mapping
from typing import Final

from evalreport.errors import Problem
from evalreport.values import Json

# transformers 5 and trl 1 raise a TypeError for these; the right side is what does it now.
REMOVED: Final[Mapping[str, str]] = {
    "warmup_ratio": "training.warmup takes a fraction below 1 as well as a number of steps",
    "evaluation_strategy": "use training.evaluate_every",
    "overwrite_output_dir": "leave it out: the store decides what is overwritten",
    "group_by_length": "use extra: {train_sampling_strategy: group_by_length}",
    "logging_dir": "leave it out: trackers are named in training.report_to",
    "save_safetensors": "leave it out: weights are always written as safetensors",
    "include_tokens_per_second": "leave it out: tokens and seconds are always recorded",
    "no_cuda": "use engine: {device: cpu}",
    "use_mps_device": "use engine: {device: mps}",
    "adafactor": "use extra: {optim: adafactor}",
    "per_gpu_train_batch_size": "use training.global_batch_size",
    "per_gpu_eval_batch_size": "use training.global_batch_size",
    "max_seq_length": "use training.max_length",
    "fp16_backend": "leave it out: base_model.dtype decides the number format",
    "half_precision_backend": "leave it out: base_model.dtype decides the number format",
    "push_to_hub_model_id": "use publish.repo",
    "push_to_hub_organization": "use publish.repo",
    "push_to_hub_token": "leave it out: keys come from the environment",
}

_PRECISION = "use base_model.dtype"
_EVALUATE = "use training.evaluate_every"
_CHECKPOINTS = "use training.keep and training.checkpoints"
_LOGS = "leave it out: every step is recorded"
_PUBLISH = "use publish.repo"
_LAUNCH = "use training.launch"
_ROWS = "leave it out: rows are prepared and counted before trl sees them"
_SEED = "use training.seeds"

# Set by this program from other keys of the spec, or fixed because something else relies on it.
OWNED: Final[Mapping[str, str]] = {
    "learning_rate": "use training.learning_rate",
    "lr_scheduler_type": "use training.schedule",
    "warmup_steps": "use training.warmup",
    "weight_decay": "use training.weight_decay",
    "max_grad_norm": "use training.max_grad_norm",
    "num_train_epochs": "use training.epochs",
    "max_steps": "use training.max_steps",
    "per_device_train_batch_size": "use training.global_batch_size and training.micro_batch",
    "per_device_eval_batch_size": "use training.micro_batch",
    "gradient_accumulation_steps": "use training.global_batch_size and training.micro_batch",
    "auto_find_batch_size": "leave it out: on a memory error the batch is halved and that is said",
    "max_length": "use training.max_length",
    "completion_only_loss": "use training.loss_on",
    "assistant_only_loss": "use training.loss_on",
    "activation_checkpointing": "use training.activation_checkpointing",
    "gradient_checkpointing": "use training.activation_checkpointing",
    "seed": _SEED,
    "data_seed": _SEED,
    "report_to": "use training.report_to",
    "bf16": _PRECISION,
    "fp16": _PRECISION,
    "use_cpu": "use engine.device",
    "eval_strategy": _EVALUATE,
    "eval_steps": _EVALUATE,
    "eval_delay": _EVALUATE,
    "eval_on_start": _EVALUATE,
    "eval_packing": _EVALUATE,
    "save_strategy": _CHECKPOINTS,
    "save_steps": _CHECKPOINTS,
    "save_total_limit": _CHECKPOINTS,
    "save_only_model": _CHECKPOINTS,
    "load_best_model_at_end": _CHECKPOINTS,
    "metric_for_best_model": _CHECKPOINTS,
    "greater_is_better": _CHECKPOINTS,
    "logging_strategy": _LOGS,
    "logging_steps": _LOGS,
    "logging_first_step": _LOGS,
    "logging_nan_inf_filter": "leave it out: a loss that is not finite stops the training",
    "output_dir": "leave it out: the store decides the folder",
    "resume_from_checkpoint": "leave it out: an interrupted build resumes by itself",
    "ignore_data_skip": "leave it out: a resumed training sees the rows it would have seen",
    "push_to_hub": _PUBLISH,
    "hub_model_id": _PUBLISH,
    "hub_token": "leave it out: keys come from the environment",
    "hub_strategy": _PUBLISH,
    "hub_private_repo": _PUBLISH,
    "hub_revision": _PUBLISH,
    "fsdp": _LAUNCH,
    "fsdp_config": _LAUNCH,
    "deepspeed": _LAUNCH,
    "parallelism_config": _LAUNCH,
    "accelerator_config": _LAUNCH,
    "local_rank": _LAUNCH,
    "model_init_kwargs": "use base_model",
    "trust_remote_code": "use base_model",
    "chat_template_path": "use base_model",
    "eos_token": "use base_model",
    "pad_token": "use base_model",
    "packing": "leave it out: packing changes what a step is, and is not built yet",
    "packing_strategy": "leave it out: packing is not built yet",
    "padding_free": "leave it out: packing is not built yet",
    "dataset_kwargs": _ROWS,
    "dataset_text_field": _ROWS,
    "dataset_num_proc": _ROWS,
    "shuffle_dataset": _ROWS,
    "truncation_mode": _ROWS,
    "remove_unused_columns": _ROWS,
    "average_tokens_across_devices": "leave it out: a token counts the same in every process",
    "dataloader_drop_last": "leave it out: every row of an epoch is used",
}


def extra_problems(extra: Mapping[str, Json]) -> tuple[Problem, ...]:
    """What is wrong with `training.extra` as far as it is known without importing trl."""
    found = []
    for name in extra:
        where = f"training.extra.{name}"
        if name in REMOVED:
            found.append(Problem(where, f"{name} was removed from the library", REMOVED[name]))
        elif name in OWNED:
            found.append(Problem(where, f"{name} is set from the spec", OWNED[name]))
    return tuple(found)


def installed_problems(extra: Mapping[str, Json]) -> tuple[Problem, ...]:
    """What the installed trl does not know; imports it, so a build asks this and `check` does not.

    Args:
        extra: The block, after `extra_problems` found nothing.
    """
    if not extra:
        return ()
    from dataclasses import fields
    from importlib.metadata import version

    from trl import SFTConfig

    known = sorted(field.name for field in fields(SFTConfig) if field.name not in OWNED)
    return tuple(
        Problem(
            f"training.extra.{name}",
            f"SFTConfig of trl {version('trl')} has no field {name}",
            _nearest(name, known),
        )
        for name in extra
        if name not in known
    )


def _nearest(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=3)
    if close:
        return f"nearest: {', '.join(close)}"
    return "see the documentation of trl.SFTConfig, or leave it out"
