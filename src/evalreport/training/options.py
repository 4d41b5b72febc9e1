"""What the spec may say about training: the `adapter:` and `training:` blocks, and what they read.

Contradictions between values are found by `problems.py`, so that each one points at its own key.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Discriminator, Field, Tag

from evalreport.records import Dtype, Machine, Quantization
from evalreport.shorthand import tagged
from evalreport.values import (
    Count,
    Flag,
    Json,
    Natural,
    NonNegative,
    Number,
    Positive,
    Value,
    Words,
)

Dropout: TypeAlias = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0, lt=1)]
Ratio: TypeAlias = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0, lt=1)]


class LowRank(Value):
    """Options that all low-rank adapters share; the names are those of peft's LoraConfig.

    Attributes:
        r: Rank of the update.
        alpha: Scale of the update: alpha / r (alpha / sqrt(r) with `use_rslora`).
        dropout: Share of the adapter's inputs that are dropped while training.
        target_modules: `all-linear` (every linear layer but the output head), or module names.
        bias: Which biases of the base are trained too.
        use_rslora: Rank-stabilised scaling.
    """

    r: Natural = 16
    alpha: Natural = 32
    dropout: Dropout = 0.05
    target_modules: Literal["all-linear"] | Annotated[tuple[Words, ...], Field(min_length=1)] = (
        "all-linear"
    )
    bias: Literal["none", "all", "lora_only"] = "none"
    use_rslora: Flag = False


class Lora(LowRank):
    """Low-rank adaptation of a base in its own precision (Hu et al. 2021)."""

    method: Literal["lora"] = "lora"


class Dora(LowRank):
    """LoRA with a learned magnitude for each output (Liu et al. 2024)."""

    method: Literal["dora"] = "dora"


class QLora(LowRank):
    """LoRA on a base that is held in 4 bits (Dettmers et al. 2023), or in 8.

    Attributes:
        quantization: How: nf4 (4 bits, its constants quantised as well) or int8.
    """

    method: Literal["qlora"] = "qlora"
    quantization: Literal["nf4", "int8"] = "nf4"


class Full(Value):
    """Every weight of the base is trained; the result is a whole model."""

    method: Literal["full"] = "full"


class NoAdapter(Value):
    """Nothing is trained."""

    method: Literal["none"] = "none"


class Existing(Value):
    """An adapter that somebody trained already.

    Attributes:
        path: Its folder, relative to the spec file.
        trainer_state: The trainer_state.json of its training, when that does not lie in its
            folder, in a checkpoint below it, or in the folder above.
    """

    method: Literal["existing"] = "existing"
    path: Words
    trainer_state: Words | None = None


AdapterOptions: TypeAlias = Annotated[
    Lora | Dora | QLora | Full | NoAdapter | Existing,
    Field(discriminator="method"),
    tagged("method", ("lora", "dora", "qlora", "full", "none")),
]
Trainable: TypeAlias = Lora | Dora | QLora | Full


class EveryEpochs(Value):
    """Evaluate each time this many epochs (or this part of one) have passed.

    Attributes:
        epochs: Whole ones, or a part of one.
    """

    epochs: Positive


class EverySteps(Value):
    """Evaluate each time this many optimizer steps have passed.

    Attributes:
        steps: How many.
    """

    steps: Natural


def _interval_tag(given: Any) -> str:
    """Which interval was meant, so that an error speaks of that one alone."""
    if isinstance(given, EverySteps):
        return "steps"
    return "steps" if isinstance(given, Mapping) and "steps" in given else "epochs"


Interval: TypeAlias = Annotated[
    Annotated[EveryEpochs, Tag("epochs")] | Annotated[EverySteps, Tag("steps")],
    Discriminator(_interval_tag),
]


class EarlyStopping(Value):
    """Stop when the loss on `select` no longer falls.

    Attributes:
        patience: Evaluations in a row without an improvement after which training stops.
        threshold: An improvement counts only when it is larger than this, in nats per token.
    """

    patience: Natural
    threshold: NonNegative = 0.0


class InProcess(Value):
    """Train in the process of the step, on one device."""

    kind: Literal["process"] = "process"
    processes: Literal[1] = 1


class Accelerate(Value):
    """Start the step with `accelerate launch`; the number of processes is held against the world.

    Attributes:
        processes: That share each step, one GPU each where there are GPUs.
        config: Name of a configuration that trl ships (`multi_gpu`), or a file of accelerate's,
            relative to the spec; left out, one is written for this machine. Never the user's own
            default.
    """

    kind: Literal["accelerate"] = "accelerate"
    processes: Natural
    config: Words | None = None


class Torchrun(Value):
    """Start the step with `torchrun`; the number of processes is held against the world.

    Attributes:
        processes: That share each step, one GPU each where there are GPUs.
    """

    kind: Literal["torchrun"] = "torchrun"
    processes: Natural


Launch: TypeAlias = Annotated[InProcess | Accelerate | Torchrun, Field(discriminator="kind")]
Tracker: TypeAlias = Literal["tensorboard", "wandb", "mlflow"]
Schedule: TypeAlias = Literal["cosine", "linear", "constant", "inverse_sqrt", "polynomial"]


class Training(Value):
    """The `training:` block.

    Attributes:
        learning_rate: Peak learning rate of AdamW. Where something is trained it is required, for
            no default is right for all methods.
        schedule: How it goes on after the warm-up; the names are those of transformers.
        warmup: A whole number of steps, or a fraction below 1 of all steps.
        weight_decay: Of AdamW.
        max_grad_norm: Gradients are scaled down to this norm; 0 leaves them as they are.
        epochs: Passes over `train`, also a part of one; 1 when `max_steps` is not given either.
        max_steps: Optimizer steps, instead of epochs.
        global_batch_size: Rows an optimizer step, over all devices and accumulation steps.
        micro_batch: Rows that one device holds at once; `auto` is derived from the memory.
        max_length: Tokens of a row; what is beyond is cut off and counted.
        seeds: One training run each.
        evaluate_every: When the loss on `select` is taken; the last step is always included.
        early_stopping: When to stop before the end.
        keep: Which checkpoint the tuned arm is: the least loss on `select`, or the last step.
        checkpoints: Which epochs stay as arms of their own (`epoch-1`, ...).
        loss_on: The completion alone, or prompt and completion.
        activation_checkpointing: Recompute activations instead of holding them: less memory.
        report_to: Trackers that follow the training.
        launch: How the training process is started.
        extra: Further fields of trl's SFTConfig.
    """

    learning_rate: Positive | None = None
    schedule: Schedule = "cosine"
    warmup: Count | Ratio = 0.1
    weight_decay: NonNegative = 0.0
    max_grad_norm: NonNegative = 1.0
    epochs: Positive | None = None
    max_steps: Natural | None = None
    global_batch_size: Natural = 8
    micro_batch: Natural | Literal["auto"] = "auto"
    max_length: Natural = 1024
    seeds: Annotated[tuple[Count, ...], Field(min_length=1)] = (1,)
    evaluate_every: Interval | None = None
    early_stopping: EarlyStopping | None = None
    keep: Literal["best", "last"] = "last"
    checkpoints: Literal["each_epoch", "none"] | tuple[Natural, ...] = "none"
    loss_on: Literal["completion", "all"] = "completion"
    activation_checkpointing: Flag = False
    report_to: tuple[Tracker, ...] = ()
    launch: Launch = InProcess()
    extra: dict[str, Json] = Field(default_factory=dict)

    @property
    def epochs_asked(self) -> float | None:
        """Passes over the training rows; None when the length is given in steps."""
        if self.max_steps is not None:
            return None
        return 1.0 if self.epochs is None else self.epochs

    def shortened(self, steps: int) -> "Training":
        """The same training cut to a few steps, with one evaluation at its end: for a smoke test.

        Args:
            steps: Optimizer steps.
        """
        return self.model_copy(
            update={
                "epochs": None,
                "max_steps": steps,
                "warmup": 0,
                "evaluate_every": EverySteps(steps=steps) if self.evaluate_every else None,
                "early_stopping": None,
                "checkpoints": "none",
            }
        )

    def blocked_reason(
        self, adapter: AdapterOptions, machine: Machine, dtype: Dtype | None = None
    ) -> str | None:
        """Why this training cannot run here, or with what is built so far; None when it can.

        Args:
            adapter: The `adapter:` block.
            machine: Where the step would run.
            dtype: Resolved number format of the base, where it is known.
        """
        if isinstance(adapter, QLora) and machine.accelerator is None:
            return (
                "qlora cannot be trained on a CPU: the gradients through its 4-bit kernels are "
                "wrong after one evaluation; train on a GPU, or use method: lora"
            )
        return self.unbuilt_reason(adapter, dtype)

    def unbuilt_reason(self, adapter: AdapterOptions, dtype: Dtype | None = None) -> str | None:
        """What of this training is not built yet, on whatever machine; None when all of it is.

        Args:
            adapter: The `adapter:` block.
            dtype: Resolved number format of the base, where it is known.
        """
        if isinstance(adapter, LowRank) and adapter.bias != "none":
            return (
                f"bias: {adapter.bias} trains biases of the base itself, so that base and tuned "
                "could no longer answer from one load; not built yet, use bias: none"
            )
        if dtype is Dtype.FLOAT16 and isinstance(adapter, LowRank):
            return (
                "small gradients vanish in a float16 base, and loss scaling is not built yet; use "
                "base_model.dtype: bfloat16 or float32"
            )
        return None


# How the work is spread, watched and started, and which of the kept checkpoints is the tuned arm:
# none of them makes another experiment, so none of them makes another key.
NOT_READ: Final = frozenset(
    {"seeds", "keep", "micro_batch", "activation_checkpointing", "report_to", "launch"}
)


def reads(adapter: AdapterOptions, training: Training, seed: int) -> dict[str, Json]:
    """The spec values that a training step reads, defaults included, by their key in the spec.

    They enter the step's key and are what the report shows as "asked".

    Args:
        adapter: What is trained.
        training: How.
        seed: Of this run; other seeds are other steps and do not enter this one's key.
    """
    asked: dict[str, Json] = {
        f"adapter.{name}": value for name, value in adapter.model_dump(mode="json").items()
    }
    for name, value in training.model_dump(mode="json", exclude=set(NOT_READ)).items():
        asked[f"training.{name}"] = value
    asked["training.epochs"] = training.epochs_asked
    asked["training.seed"] = seed
    return asked


def quantization(adapter: AdapterOptions) -> Quantization:
    """How the base is held while this adapter trains, and so also while base and tuned answer."""
    return Quantization(adapter.quantization) if isinstance(adapter, QLora) else Quantization.NONE


def trains(adapter: AdapterOptions) -> bool:
    """Whether there is anything to train."""
    return isinstance(adapter, Lora | Dora | QLora | Full)


def scaling(adapter: LowRank) -> Number:
    """What the low-rank update is multiplied by: alpha / r, or alpha / sqrt(r) with rsLoRA."""
    return adapter.alpha / (adapter.r**0.5 if adapter.use_rslora else adapter.r)
