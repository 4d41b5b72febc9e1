"""What training really used: read back from trl's trainer, its optimizer, schedule and rows.

A key of the spec appears here only when its value was found again somewhere; where that says the
same as the spec, it stands in the spec's own words, so that the two can be compared.
"""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from evalreport.engines.quantized import held_as
from evalreport.records import Quantization
from evalreport.training.arguments import SCHEDULES
from evalreport.training.job import TrainJob
from evalreport.training.options import AdapterOptions, LowRank
from evalreport.training.recorder import Recorder
from evalreport.training.rows import IGNORED
from evalreport.training.schedule import steps_an_epoch, total_steps, warmup_steps
from evalreport.training.stopping import should_stop
from evalreport.values import Json


def used_settings(job: TrainJob, trainer: Any, recorder: Recorder) -> dict[str, Json]:
    """The spec's keys as they were really used, and what the machine decided.

    Args:
        job: What was asked.
        trainer: trl's trainer after training.
        recorder: What happened.
    """
    return {
        **_adapter_settings(job, trainer.model),
        **_trainer_settings(job, trainer),
        **_decisions(job, recorder),
        **_machine_settings(trainer),
        "launcher": job.training.launch.kind,
    }


def parameter_counts(model: Any) -> tuple[int, int]:
    """How many numbers are trained, and how many there are; two share a byte in 4 bits."""
    if hasattr(model, "get_nb_trainable_parameters"):
        trained, in_all = model.get_nb_trainable_parameters()
        return int(trained), int(in_all)
    parameters = [*model.parameters()]
    trained = sum(one.numel() for one in parameters if one.requires_grad)
    return trained, sum(one.numel() for one in parameters)


def _adapter_settings(job: TrainJob, model: Any) -> dict[str, Json]:
    configs: Mapping[str, Any] = getattr(model, "peft_config", {})
    config = configs.get("default")
    if config is None:
        return {"adapter.method": "full"}
    held = held_as(model)
    quantized = held is not Quantization.NONE
    used: dict[str, Json] = {
        "adapter.method": "qlora" if quantized else "dora" if config.use_dora else "lora",
        **({"adapter.quantization": held.value} if quantized else {}),
        "adapter.r": config.r,
        "adapter.alpha": config.lora_alpha,
        "adapter.dropout": config.lora_dropout,
        "adapter.bias": config.bias,
        "adapter.use_rslora": config.use_rslora,
        "adapter.modules": [*_adapted_names(model)],
        "adapter.target_modules": _target_modules(job.adapter, model),
    }
    return used


def _target_modules(adapter: AdapterOptions, model: Any) -> Json:
    """As the spec says it when the adapted layers are those that it means, else their names."""
    found = _adapted_names(model)
    asked = adapter.target_modules if isinstance(adapter, LowRank) else ()
    if asked == "all-linear":
        return [*found] if _bare_linears(model) else "all-linear"
    meant = tuple(sorted({name.rpartition(".")[2] for name in asked}))
    return [*asked] if meant == found else [*found]


def _adapted_names(model: Any) -> tuple[str, ...]:
    """The last part of the names of the layers that carry an adapter, sorted."""
    names = {name for name, module in model.named_modules() if hasattr(module, "lora_A")}
    return tuple(sorted({name.rpartition(".")[2] for name in names}))


def _bare_linears(model: Any) -> list[str]:
    """Linear layers that carry no adapter, the output head aside."""
    from torch.nn import Linear

    head = model.get_output_embeddings()
    carried = {
        id(inner)
        for _, module in model.named_modules()
        if hasattr(module, "lora_A")
        for inner in module.modules()
    }
    return [
        name
        for name, module in model.named_modules()
        if isinstance(module, Linear) and module is not head and id(module) not in carried
    ]


def _trainer_settings(job: TrainJob, trainer: Any) -> dict[str, Json]:
    training, args = job.training, trainer.args
    rows = len(trainer.train_dataset)
    groups = trainer.optimizer.param_groups
    steps = int(trainer.state.max_steps)
    rising = _warmup(trainer, steps)
    batch = args.train_batch_size * args.gradient_accumulation_steps * args.world_size
    names = {theirs: ours for ours, theirs in SCHEDULES.items()}
    schedule = getattr(args.lr_scheduler_type, "value", args.lr_scheduler_type)
    masked = any(IGNORED in labels for labels in trainer.train_dataset["labels"])
    as_planned = steps == total_steps(training, rows)
    used: dict[str, Json] = {
        "training.learning_rate": float(groups[0]["initial_lr"]),
        "training.schedule": names.get(str(schedule), str(schedule)),
        "training.warmup": training.warmup if rising == warmup_steps(training, steps) else rising,
        "training.weight_decay": max(float(group["weight_decay"]) for group in groups),
        "training.max_grad_norm": float(args.max_grad_norm),
        "training.global_batch_size": batch,
        "training.max_length": args.max_length,
        "training.loss_on": "completion" if masked else "all",
        "training.seed": args.seed,
        "training.extra": {name: _plain(getattr(args, name)) for name in training.extra},
        "training.epochs": training.epochs_asked
        if as_planned
        else steps / steps_an_epoch(rows, batch),
        "training.max_steps": training.max_steps if as_planned else steps,
    }
    return used | {
        "steps_planned": steps,
        "steps_an_epoch": steps_an_epoch(rows, batch),
        "warmup_steps": rising,
        "micro_batch": args.train_batch_size,
        "accumulation": args.gradient_accumulation_steps,
        "longest_row": max(len(ids) for ids in trainer.train_dataset["input_ids"]),
    }


def _decisions(job: TrainJob, recorder: Recorder) -> dict[str, Json]:
    """What was decided on the way, from the losses that were taken and the weights that stayed.

    A training that was stopped early by its rule was stopped as asked.
    """
    times, last, rule = recorder.times, recorder.curve[-1].step, job.training.early_stopping
    asked = job.training.model_dump(mode="json")
    evaluated = [step for step, _ in recorder.losses]
    kept = [epoch for epoch, step in times.epochs.items() if step in recorder.weights]
    ends = (
        step
        for count, step in enumerate(evaluated, 1)
        if rule is not None and should_stop(recorder.losses[:count], rule)
    )
    return {
        "training.evaluate_every": asked["evaluate_every"]
        if evaluated == sorted(step for step in times.evaluations if step <= last)
        else f"after the steps {', '.join(map(str, evaluated)) or 'none'}",
        "training.early_stopping": asked["early_stopping"]
        if last == next(ends, times.last)
        else f"ended after step {last}",
        "training.checkpoints": asked["checkpoints"]
        if kept == [epoch for epoch, step in times.epochs.items() if step <= last]
        else [*kept],
        "epochs_made": round(recorder.curve[-1].epoch, 4),
    }


def _warmup(trainer: Any, steps: int) -> int:
    """The warm-up that the schedule was built with, from the schedule itself where it tells."""
    scheduler = trainer.lr_scheduler
    rules = getattr(scheduler, "lr_lambdas", None) or [None]
    keywords = getattr(rules[0], "keywords", {})
    return int(keywords.get("num_warmup_steps", trainer.args.get_warmup_steps(steps)))


def _plain(value: object) -> Json:
    """A setting as JSON; an enumeration by its value, anything unknown by its text."""
    value = getattr(value, "value", value)
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _machine_settings(trainer: Any) -> dict[str, Json]:
    import torch

    parameters = [*trainer.model.parameters()]
    packages = ["torch", "transformers", "trl", "peft"]
    if held_as(trainer.model) is not Quantization.NONE:
        packages.append("bitsandbytes")
    return {
        "optimizer": str(_plain(trainer.args.optim)),
        "compute_dtype": _compute_dtype(trainer.model),
        "trained_dtype": _dtypes(one for one in parameters if one.requires_grad),
        "frozen_dtype": _dtypes(one for one in parameters if not one.requires_grad),
        "autocast": "bfloat16" if trainer.args.bf16 else "none",
        "device": str(trainer.args.device),
        "processes": trainer.args.world_size,
        "threads": torch.get_num_threads(),
        **{f"{package}_version": version(package) for package in packages},
    }


def _compute_dtype(model: Any) -> str:
    """In which number format layers that are held in 4 bits multiply; else that of the model."""
    four = (one for one in model.modules() if type(one).__name__ == "Linear4bit")
    found = {str(dtype) for one in four if (dtype := getattr(one, "compute_dtype", None))}
    return ", ".join(sorted(found or {str(model.dtype)})).replace("torch.", "")


def _dtypes(parameters: Any) -> str:
    return ", ".join(sorted({str(one.dtype).removeprefix("torch.") for one in parameters})) or (
        "none"
    )
