"""An adapter that somebody trained already: what its folder tells about it."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from evalreport.engines.model_files import (
    ADAPTER_CONFIG,
    ADAPTER_WEIGHTS,
    adapter_digest,
    read_object,
)
from evalreport.errors import DataError, Problem
from evalreport.records import CurvePoint
from evalreport.values import Count, Json, Number, Value

_STATE: Final = "trainer_state.json"
# The keys of adapter_config.json by the spec's names, where both mean the same.
_SPEC_NAMES: Final = {
    "adapter.r": "r",
    "adapter.alpha": "lora_alpha",
    "adapter.dropout": "lora_dropout",
    "adapter.bias": "bias",
    "adapter.use_rslora": "use_rslora",
}


class ExistingAdapter(Value):
    """What is known of an adapter that was not trained here; nothing was asked for.

    Attributes:
        folder: Where it lies.
        digest: Of its content.
        used: What its files say, by the spec's keys.
        base: What its files call its base; never compared by PEFT, so a report must show it.
        curve: From the nearest trainer_state.json; empty when there is none.
        best_step: The step of its least evaluation loss; None when none is known.
        steps: Optimizer steps; None when they are not known.
        notes: What a reader has to be told.
    """

    folder: Path
    digest: str
    used: dict[str, Json]
    base: str | None
    curve: tuple[CurvePoint, ...] = ()
    best_step: Count | None = None
    steps: Count | None = None
    notes: tuple[str, ...] = ()


def read_existing(folder: Path) -> ExistingAdapter:
    """Read an adapter's files; nothing is loaded.

    Args:
        folder: With adapter_config.json and adapter_model.safetensors.

    Raises:
        DataError: They are not there, cannot be read, or are of another kind than LoRA.
    """
    try:
        settings = read_object(folder / ADAPTER_CONFIG)
        digest = adapter_digest(folder)
    except OSError as error:
        raise DataError(
            Problem(
                str(folder),
                f"no adapter can be read here: {error}",
                f"name a folder with {ADAPTER_CONFIG} and {ADAPTER_WEIGHTS}",
            )
        ) from error
    if settings.get("peft_type") != "LORA":
        raise DataError(
            Problem(
                str(folder / ADAPTER_CONFIG),
                f"this is an adapter of the kind {settings.get('peft_type')}, not LoRA or DoRA",
                "merge it into a model, and name that under arms as {model: ...}",
            )
        )
    curve, steps, note = _curve(folder)
    losses = [(point.eval_loss, point.step) for point in curve if point.eval_loss is not None]
    base = settings.get("base_model_name_or_path")
    return ExistingAdapter(
        folder=folder,
        digest=digest,
        used=_used(settings),
        base=base if isinstance(base, str) and base else None,
        curve=curve,
        best_step=min(losses)[1] if losses else None,
        steps=steps,
        notes=("the adapter was not trained here", note),
    )


def _used(settings: dict[str, Json]) -> dict[str, Json]:
    modules = settings.get("target_modules")
    used: dict[str, Json] = {
        "adapter.method": "dora" if settings.get("use_dora") is True else "lora",
        # peft writes a set, in the order of its hash table.
        "adapter.target_modules": [*sorted(modules, key=str)]
        if isinstance(modules, list)
        else modules,
    }
    found = {ours: settings[name] for ours, name in _SPEC_NAMES.items() if name in settings}
    return used | found


def _curve(folder: Path) -> tuple[tuple[CurvePoint, ...], int | None, str]:
    """The curve from the nearest trainer state: in the folder, above it, or in a checkpoint."""
    near = [
        folder / _STATE,
        folder.parent / _STATE,
        *sorted(folder.glob(f"checkpoint-*/{_STATE}"), key=_checkpoint_step, reverse=True),
    ]
    path = next((path for path in near if path.is_file()), None)
    if path is None:
        return (), None, f"there is no {_STATE} beside it, so its training is not known"
    try:
        state = read_object(path)
    except OSError as error:
        return (), None, f"its training is not known: {error}"
    steps = state.get("global_step")
    history = state.get("log_history")
    points = _points(history) if isinstance(history, list) else ()
    return points, steps if isinstance(steps, int) else None, f"its curve is read from {path.name}"


def _checkpoint_step(path: Path) -> int:
    step = path.parent.name.rpartition("-")[2]
    return int(step) if step.isdigit() else -1


def _points(history: Sequence[Json]) -> tuple[CurvePoint, ...]:
    """The log of a trainer as one point a step; train and evaluation entries are told by key."""
    merged: dict[int, dict[str, float]] = {}
    for entry in history:
        if not isinstance(entry, dict):
            continue
        step = entry.get("step")
        if not isinstance(step, int) or isinstance(step, bool):
            continue
        point = merged.setdefault(step, {"epoch": _finite(entry.get("epoch")) or 0.0})
        for theirs, ours in (
            ("loss", "train_loss"),
            ("eval_loss", "eval_loss"),
            ("learning_rate", "learning_rate"),
            ("grad_norm", "gradient_norm"),
        ):
            value = _finite(entry.get(theirs))
            if value is not None:
                point[ours] = value
    return tuple(
        CurvePoint.model_validate({"step": step, **merged[step]})
        for step in sorted(merged)
        if merged[step].keys() - {"epoch"}
    )


def _finite(value: Json) -> Number | None:
    """A finite number; transformers writes NaN into its state, and older ones numbers as text."""
    try:
        number = float(value) if isinstance(value, int | float | str) else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None
