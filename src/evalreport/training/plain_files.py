"""Plain files beside weights: read as values alone, whatever stands in them.

No pickle is opened: `training_args.bin` can run any code when it is read.
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from evalreport.training.arguments import SCHEDULES
from evalreport.values import Json

_PICKLE: Final = "training_args.bin"
_ARGUMENTS: Final = tuple(
    f"{stem}.{ending}" for stem in ("training_args", "args") for ending in ("json", "yaml", "yml")
)
_LARGEST_TEXT: Final = 100  # characters of a setting that is shown
# Settings of a trainer by the spec's keys, where both mean the same. Nothing else is taken over: a
# settings file may hold tokens and paths that are nobody's business.
_NUMBERS: Final = {
    "learning_rate": "training.learning_rate",
    "num_train_epochs": "training.epochs",
    "max_steps": "training.max_steps",
    "weight_decay": "training.weight_decay",
    "max_grad_norm": "training.max_grad_norm",
    "warmup_ratio": "training.warmup",
    "warmup_steps": "training.warmup",
    "seed": "training.seed",
    "max_length": "training.max_length",
    "max_seq_length": "training.max_length",
    "cutoff_len": "training.max_length",
    "per_device_train_batch_size": "micro_batch",
    "gradient_accumulation_steps": "accumulation",
}
# What stands for "not set" in a trainer's own settings.
_UNSET: Final = {"max_steps": -1, "warmup_ratio": 0, "warmup_steps": 0}


@dataclass(slots=True)
class Found:
    """What has been read so far: from which files, which settings, and what must be told."""

    read_from: list[str] = field(default_factory=list)
    used: dict[str, Json] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    loads_best: bool | None = None


def checkpoint_step(folder: Path) -> int | None:
    """The step that a trainer's checkpoint folder is named after."""
    head, _, step = folder.name.rpartition("-")
    return int(step) if head == "checkpoint" and step.isascii() and step.isdigit() else None


# Files


def file_name(place: Path) -> str:
    """A file by its own name and, for one in a checkpoint, that of its folder."""
    inside = checkpoint_step(place.parent) is not None
    return f"{place.parent.name}/{place.name}" if inside else place.name


def read_plain(place: Path, found: Found) -> Mapping[str, Json] | None:
    """A mapping from a JSON or YAML file; None, with a note, when it holds none."""
    try:
        text = place.read_text(encoding="utf-8")
        value = json.loads(text) if place.suffix == ".json" else _yaml(text)
    except (OSError, ValueError, RecursionError) as error:
        found.notes.append(f"{file_name(place)} cannot be read: {_first_line(error)}")
        return None
    if not isinstance(value, dict):
        found.notes.append(f"{file_name(place)} holds no settings by name")
        return None
    return value


def _yaml(text: str) -> object:
    """Plain values alone: a tag that would build an object is an error."""
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(f"it holds more than plain values ({_first_line(error)})") from error


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


# Settings


def read_settings(folder: Path, found: Found) -> None:
    """Settings from a plain file; the first that names one counts."""
    if (folder / _PICKLE).is_file():
        found.notes.append(
            f"{_PICKLE} is not opened: it is a pickle, which can run code when it is read"
        )
    for name in _ARGUMENTS:
        place = folder / name
        if not place.is_file():
            continue
        content = read_plain(place, found)
        if content is None:
            continue
        found.read_from.append(file_name(place))
        found.used = dict(_settings(content)) | found.used
        loads = content.get("load_best_model_at_end")
        if isinstance(loads, bool) and found.loads_best is None:
            found.loads_best = loads


def _settings(content: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    for theirs, ours in _NUMBERS.items():
        value = finite(content.get(theirs))
        if value is not None and value != _UNSET.get(theirs):
            yield ours, int(value) if value == int(value) else value
    names = {theirs: ours for ours, theirs in SCHEDULES.items()}
    for theirs, ours in (("lr_scheduler_type", "training.schedule"), ("optim", "optimizer")):
        text = content.get(theirs)
        if isinstance(text, str) and len(text) <= _LARGEST_TEXT:
            yield ours, names.get(text, text)
    for name in ("packing", "load_best_model_at_end"):
        if isinstance(content.get(name), bool):
            yield name, content[name]


# Values


def finite(value: Json) -> float | None:
    """A finite number; transformers writes NaN into its state, and older ones numbers as text."""
    if isinstance(value, bool):
        return None
    try:
        number = float(value) if isinstance(value, int | float | str) else math.nan
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def whole(value: Json) -> int | None:
    """A count, as an integer or as the float that some writers make of it."""
    number = finite(value)
    return int(number) if number is not None and number >= 0 and number == int(number) else None
