"""A published training: settings under known names, shares as fractions, files that exist."""

from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path as File
from typing import Final

from evalreport.spec.checks.files import missing
from evalreport.spec.places import Complaint
from evalreport.spec.validate import Standing
from evalreport.spec.yaml_tree import Path
from evalreport.training.published import RecordedSettings, Told

_AT: Final[Path] = ("training", "recorded")
_KNOWN: Final = tuple(RecordedSettings.model_fields)
_NEAR: Final = 0.85
# What other tools call them: under such a name no rule would look at it.
_ELSEWHERE: Final = {
    "lr": "learning_rate",
    "num_train_epochs": "epochs",
    "num_epochs": "epochs",
    "effective_batch_size": "global_batch_size",
    "total_train_batch_size": "global_batch_size",
    "batch_size": "global_batch_size (of all devices), or micro_batch (of one)",
    "per_device_train_batch_size": "micro_batch",
    "gradient_accumulation_steps": "accumulation",
    "lr_scheduler": "schedule",
    "lr_scheduler_type": "schedule",
    "warmup_ratio": "warmup",
    "warmup_steps": "warmup",
    "max_seq_length": "max_length",
    "lora_r": "adapter.r, beside training",
    "lora_alpha": "adapter.alpha, beside training",
    "lora_dropout": "adapter.dropout, beside training",
}


def check_published(standing: Standing, folder: File | None) -> Iterator[Complaint]:
    """The block `training.recorded`.

    Args:
        standing: What stands of the spec.
        folder: The spec's folder; paths are relative to it. None where none is looked at.
    """
    told = standing.spec.told_training
    if told is None:
        return
    if told == Told() and standing.is_whole(*_AT):
        hint = "say what was published: settings, rows, steps, hours, losses, ..."
        yield Complaint(_AT, "nothing is recorded of this training", hint)
    yield from _settings(told)
    for i, share in enumerate(told.shares):
        at: Path = (*standing.written((*_AT, "shares", i)), "share")
        if share.share > 1:
            small = share.share <= 100  # percent
            hint = f"fractions, not percent: {share.share / 100:g}" if small else "see the source"
            yield Complaint(at, f"a share is at most 1, not {share.share:g}", hint)
    for i, one in enumerate(told.losses):
        for name in ("train_loss", "eval_loss"):
            ends = getattr(one, name)
            if isinstance(ends, tuple) and ends[0] > ends[1]:
                at = (*standing.written((*_AT, "losses", i)), name)
                what = f"the range ends below where it begins ({ends[0]:g} to {ends[1]:g})"
                yield Complaint(at, what, "write the lower end first")
    if told.trainer_state is not None and folder is not None:
        yield from missing((*_AT, "trainer_state"), folder, told.trainer_state)


def _settings(told: Told) -> Iterator[Complaint]:
    for name in told.settings.further:
        at: Path = (*_AT, "settings", name)
        if name in _ELSEWHERE:
            what = f"{name} is called otherwise here, and no rule would look at it"
            yield Complaint(at, what, f"use {_ELSEWHERE[name]}", at_key=True)
            continue
        near = max(_KNOWN, key=lambda known: SequenceMatcher(None, name.lower(), known).ratio())
        if SequenceMatcher(None, name.lower(), near).ratio() >= _NEAR:
            what = f"unknown setting {name}, which would be taken as one more"
            yield Complaint(at, what, f"did you mean {near}?", at_key=True)
