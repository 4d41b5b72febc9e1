"""The spec's values as arguments of trl's SFTConfig and peft's LoraConfig."""

from pathlib import Path
from typing import Any, Final

from evalreport.training.options import LowRank, Training

# The names of transformers; both kinds of constant are one here, since a warm-up of 0 is none.
SCHEDULES: Final = {
    "cosine": "cosine",
    "linear": "linear",
    "constant": "constant_with_warmup",
    "inverse_sqrt": "inverse_sqrt",
    "polynomial": "polynomial",
}


def trainer_arguments(
    training: Training,
    *,
    seed: int,
    folder: Path,
    steps: int,
    warmup_steps: int,
    micro_batch: int,
    accumulation: int,
    device: str,
    autocast: bool,
) -> dict[str, Any]:
    """Keyword arguments of SFTConfig; logging, evaluation and saving are decided by the callback.

    Args:
        training: What was asked.
        seed: Of this run.
        folder: Where trl writes its checkpoints.
        steps: Optimizer steps in all.
        warmup_steps: Of them, while the learning rate rises.
        micro_batch: Rows that the device holds at once.
        accumulation: How often it does so for a step.
        device: Where the model lies, as torch spells it.
        autocast: Whether float32 weights compute in bfloat16.
    """
    return {
        "output_dir": str(folder),
        "seed": seed,
        "learning_rate": training.learning_rate,
        "lr_scheduler_type": SCHEDULES[training.schedule],
        "warmup_steps": warmup_steps,
        "weight_decay": training.weight_decay,
        "max_grad_norm": training.max_grad_norm,
        "max_steps": steps,
        "per_device_train_batch_size": micro_batch,
        "per_device_eval_batch_size": micro_batch,
        "gradient_accumulation_steps": accumulation,
        "max_length": training.max_length,
        "completion_only_loss": training.loss_on == "completion",
        "packing": False,
        "eval_packing": False,
        # trl turns it on unless told otherwise; it costs a forward pass in every step.
        "gradient_checkpointing": training.activation_checkpointing,
        "use_cpu": device == "cpu",
        # trl would compute in bfloat16 unless told otherwise, also where that is slow.
        "bf16": autocast,
        "fp16": False,
        "dataloader_pin_memory": device.startswith("cuda"),
        "logging_strategy": "steps",
        "logging_steps": 1,
        # The default replaces a loss that is not finite by an average, so that nobody sees it.
        "logging_nan_inf_filter": False,
        "eval_strategy": "no",
        "save_strategy": "no",
        "report_to": "none",
        "disable_tqdm": True,
        **training.extra,
    }


def adapter_arguments(adapter: LowRank) -> dict[str, Any]:
    """Keyword arguments of LoraConfig."""
    modules = adapter.target_modules
    return {
        "r": adapter.r,
        "lora_alpha": adapter.alpha,
        "lora_dropout": adapter.dropout,
        "target_modules": modules if isinstance(modules, str) else list(modules),
        "bias": adapter.bias,
        "use_rslora": adapter.use_rslora,
        "use_dora": getattr(adapter, "method", "lora") == "dora",
        "task_type": "CAUSAL_LM",
    }
