"""The seam to trl: its trainer with what we leave off, our callback, and the loss on `select`."""

from collections.abc import Callable, Sequence
from typing import Any

from evalreport.errors import Problem, SpecError, StepFailed
from evalreport.training.arguments import adapter_arguments
from evalreport.training.options import AdapterOptions, LowRank
from evalreport.training.recorder import Recorder
from evalreport.training.rows import IGNORED, Row
from evalreport.training.sharing import evenly_shared, order_of
from evalreport.training.world import ALONE, World


def make_trainer(
    model: Any,
    tokenizer: Any,
    *,
    adapter: AdapterOptions,
    arguments: dict[str, Any],
    rows: Sequence[Row],
    world: World = ALONE,
) -> Any:
    """The SFTTrainer of trl on tokenised rows, without its cards, telemetry and printing.

    Args:
        model: The base.
        tokenizer: Its tokenizer.
        adapter: What is trained.
        arguments: Of SFTConfig.
        rows: Uncut; trl cuts them and drops those that teach nothing.
        world: The processes that train together.

    Raises:
        SpecError: The installed trl refuses a value of `training.extra`.
        StepFailed: Other processes train than were declared.
    """
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import PrinterCallback
    from trl import SFTConfig, SFTTrainer

    class Trainer(SFTTrainer):  # type: ignore[misc]  # trl has no types
        """trl's trainer; the names are its own."""

        def _send_telemetry(self) -> None:
            """Nothing is sent, whatever the environment says."""

        def create_model_card(self, *_: Any, **__: Any) -> None:
            """The report writes the card."""

        def get_train_dataloader(self) -> Any:
            """Several processes get the rows of an epoch once each, as a single one would."""
            if world.size == 1:
                return super().get_train_dataloader()
            return evenly_shared(self, super().get_train_dataloader, world)

        def _get_train_sampler(self, *given: Any) -> Any:
            return super()._get_train_sampler(*given) if world.size == 1 else order_of(self, world)

        def _load_from_checkpoint(self, *given: Any, **named: Any) -> None:
            """Go on in the number format of before: peft loads what was bfloat16 as float32."""
            held = {name: one.dtype for name, one in self.model.named_parameters()}
            super()._load_from_checkpoint(*given, **named)
            for name, one in self.model.named_parameters():
                one.data = one.data.to(held[name])

    try:
        settings = SFTConfig(**arguments)
    except (TypeError, ValueError) as error:
        raise SpecError(
            Problem(
                "training.extra",
                f"trl refuses these settings: {error}",
                "see the documentation of trl.SFTConfig, or leave the value out",
            )
        ) from error
    if settings.world_size != world.size:
        raise StepFailed(
            Problem(
                "training.launch",
                f"the step was started as {settings.world_size} processes and {world.size} were "
                "declared, so that it would train on another batch than was asked for",
                "start the build itself, without accelerate or torchrun, and declare the "
                "processes in training.launch",
            )
        )
    if settings.device.type == "cuda":
        # One process trains on one device; with several visible, trl would see DataParallel.
        settings._n_gpu = 1  # noqa: SLF001 (transformers offers no other way)
    columns = {
        "input_ids": [list(row.ids) for row in rows],
        "labels": [list(row.labels) for row in rows],
    }
    trainer = Trainer(
        model=model,
        args=settings,
        train_dataset=Dataset.from_dict(columns),
        processing_class=tokenizer,
        peft_config=LoraConfig(**adapter_arguments(adapter))
        if isinstance(adapter, LowRank)
        else None,
    )
    trainer.rows_alone = len(trainer.train_dataset)
    trainer.remove_callback(PrinterCallback)
    for config in getattr(trainer.model, "peft_config", {}).values():
        # With a name here, peft asks the hub about the vocabulary each time it saves.
        config.base_model_name_or_path = ""
    return trainer


def check_rows(trainer: Any, rows: Sequence[Row]) -> None:
    """Hold the rows that trl kept against those that were counted.

    Args:
        trainer: After its construction.
        rows: Cut and filtered by this program.

    Raises:
        StepFailed: They differ, so that the counts in the report would be wrong.
    """
    kept = trainer.train_dataset
    same = len(kept) == len(rows) and all(
        tuple(one["input_ids"]) == row.ids and tuple(one["labels"]) == row.labels
        for one, row in zip(kept, rows, strict=True)
    )
    if not same:
        raise StepFailed.because(
            f"trl trains on other rows than were counted: {len(kept)} instead of {len(rows)}",
            where="training rows",
            hint="this version of trl prepares rows otherwise: use the version in constraints.txt",
        )


def callback(recorder: Recorder, blank_tokens: Callable[[int], int]) -> Any:
    """The recorder as a callback of transformers; it alone decides about saving and stopping.

    Args:
        recorder: Of this process.
        blank_tokens: How many of the tokens up to a step only fill up the last batch of an epoch.
    """
    from transformers import TrainerCallback

    class Bridge(TrainerCallback):  # type: ignore[misc]  # no types either
        """Passes trl's events on."""

        def on_log(self, _: Any, state: Any, control: Any, logs: Any = None, **__: Any) -> Any:
            """After each optimizer step, and once more at the end with a summary, left aside."""
            if logs is not None and "loss" in logs:
                step = state.global_step
                seen = int(logs.get("num_tokens", 0)) - blank_tokens(step)
                decision = recorder.logged(step, {**logs, "num_tokens": seen})
                control.should_training_stop |= decision.stop
                control.should_save = decision.save
            return control

        def on_save(self, _: Any, state: Any, control: Any, **__: Any) -> Any:
            """After the checkpoint was written."""
            recorder.saved(state.global_step)
            return control

    return Bridge()


def select_loss(trainer: Any, rows: Sequence[Row], micro_batch: int, world: World = ALONE) -> float:
    """The mean loss over the loss-bearing tokens of `select`, in nats, dropout off.

    The trainer's own `eval_loss` weights batches by their number of rows, so that it depends on
    how the rows were batched; here every token counts once. Several processes share the batches,
    and each sums up all of them in the same order.

    Args:
        trainer: While it trains.
        rows: Cut.
        micro_batch: Rows at once.
        world: The processes that train together.
    """
    import torch

    model = trainer.model
    ordered = sorted(rows, key=lambda row: len(row.ids))  # rows of like length: little padding
    was_training = model.training
    model.eval()
    batches = [
        ordered[start : start + micro_batch] for start in range(0, len(ordered), micro_batch)
    ]
    mine: dict[int, tuple[float, int]] = {}
    try:
        with torch.no_grad(), trainer.compute_loss_context_manager():
            for place, share in world.share(batches):
                batch = trainer.data_collator(
                    [{"input_ids": list(row.ids), "labels": list(row.labels)} for row in share]
                )
                on_device = {name: one.to(trainer.args.device) for name, one in batch.items()}
                counted = int((on_device["labels"][:, 1:] != IGNORED).sum())
                mine[place] = float(trainer.compute_loss(model, on_device)) * counted, counted
    finally:
        model.train(was_training)
    done = {place: sums for one in world.gathered(mine) for place, sums in one.items()}
    nats, tokens = 0.0, 0
    for place in range(len(batches)):
        nats, tokens = nats + done[place][0], tokens + done[place][1]
    return nats / tokens
