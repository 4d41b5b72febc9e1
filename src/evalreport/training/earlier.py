"""A training that was not done here: what its trainer's state and plain settings files tell."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from evalreport.records import CurvePoint, EarlierTraining
from evalreport.training.plain_files import (
    Found,
    checkpoint_step,
    file_name,
    finite,
    read_plain,
    read_settings,
    whole,
)
from evalreport.values import Json

STATE: Final = "trainer_state.json"
PER_DEVICE: Final = "train_batch_size_per_device"
EPOCHS_PLANNED: Final = "epochs_planned"
_TO_THE_END: Final = 0.98
_WEIGHTS: Final = ("*.safetensors", "pytorch_model*.bin", "adapter_model.bin")


def read_earlier(folder: Path, *, path: str, state: Path | None = None) -> EarlierTraining:
    """What the files beside weights tell about their training; what they do not is said too.

    Args:
        folder: Of the adapter or the model.
        path: As the spec names it.
        state: Its trainer_state.json, when it does not lie near.
    """
    found = Found()
    place = state or nearest_state(folder)
    content = _state(place, folder, found) if place is not None else {}
    if place is None:
        found.notes.append(f"There is no {STATE} near it")
    read_settings(folder, found)
    if place is not None and place.parent != folder:
        read_settings(place.parent, found)
    history = content.get("log_history")
    entries = [one for one in history if isinstance(one, dict)] if isinstance(history, list) else []
    curve = _curve(entries, found)
    losses = [(point.eval_loss, point.step) for point in curve if point.eval_loss is not None]
    steps = whole(content.get("global_step"))
    planned = whole(content.get("max_steps")) or None
    if steps is not None and planned is not None and steps < planned:
        found.notes.append(f"Its state ends at step {steps} of {planned} that were planned")
    epochs = finite(content.get("epoch"))
    planned_epochs = _planned_epochs(content, epochs, steps, planned)
    found.used |= {
        name: value
        for name, value in (
            ("steps_planned", planned),
            (EPOCHS_PLANNED, planned_epochs),
            ("epochs_made", None if epochs is None else round(epochs, 4)),
            (PER_DEVICE, whole(content.get("train_batch_size")) or None),
            ("highest_learning_rate", _highest_rate(curve)),
        )
        if value is not None
    }
    earlier = EarlierTraining(
        path=path,
        read_from=tuple(dict.fromkeys(found.read_from)),
        used=found.used,
        curve=curve,
        best_step=min(losses)[1] if losses else None,
        weights_step=_weights_step(folder, place, content, found),
        takes_last=state is not None and _takes_last(folder, state, content, found),
        steps=steps,
        epochs=epochs if epochs is not None and epochs >= 0 else None,
        seconds=_logged_seconds(entries),
        tokens=_counted_tokens(content, entries),
        notes=tuple(dict.fromkeys(found.notes)),
    )
    return earlier.model_copy(update={"unknown": tuple(_unknown(earlier))})


def nearest_state(folder: Path) -> Path | None:
    """The trainer's state in a folder, in its newest checkpoint, or in the folder above it."""
    checkpoints = sorted(folder.glob(f"checkpoint-*/{STATE}"), key=_number_of, reverse=True)
    near = [folder / STATE, *checkpoints, folder.parent / STATE]
    return next((path for path in near if path.is_file()), None)


def _number_of(path: Path) -> int:
    return checkpoint_step(path.parent) or -1


# The state


def _state(place: Path, folder: Path, found: Found) -> Mapping[str, Json]:
    content = read_plain(place, found)
    if content is None:
        return {}
    found.read_from.append(_from_where(place, folder))
    return content


def _from_where(place: Path, folder: Path) -> str:
    """So that a reader sees when it is not the folder's own, and may be another run's."""
    if place.parent == folder:
        return place.name
    return f"../{place.name}" if place.parent == folder.parent else file_name(place)


def _curve(entries: Sequence[Mapping[str, Json]], found: Found) -> tuple[CurvePoint, ...]:
    """The log of a trainer as one point a step; the kinds of entries are told by their keys."""
    evaluated = _evaluation_name(entries, found)
    names = {"loss": "train_loss", "learning_rate": "learning_rate", "grad_norm": "gradient_norm"}
    if evaluated is not None:
        names[evaluated] = "eval_loss"
    merged: dict[int, dict[str, float]] = {}
    lost = 0
    for entry in entries:
        step = whole(entry.get("step"))
        if step is None:
            continue
        point = merged.setdefault(step, {"epoch": max(finite(entry.get("epoch")) or 0.0, 0.0)})
        for theirs, ours in names.items():
            value = finite(entry.get(theirs))
            if value is not None:
                point[ours] = value
            elif theirs in entry and ours.endswith("_loss"):
                lost += 1
    if lost:
        found.notes.append(
            f"{lost} logged {'loss is' if lost == 1 else 'losses are'} not finite and left out"
        )
    if any("mean_token_accuracy" in entry for entry in entries):
        found.notes.append(
            "Its log also holds mean_token_accuracy: how often the next token was guessed, which "
            "is no accuracy at the task, and is not shown"
        )
    return tuple(
        CurvePoint.model_validate({"step": step, **merged[step]})
        for step in sorted(merged)
        if merged[step].keys() - {"epoch"}
    )


def _evaluation_name(entries: Sequence[Mapping[str, Json]], found: Found) -> str | None:
    """`eval_loss`, or the one of a named evaluation set; several sets make no one curve."""
    names = {
        name
        for entry in entries
        for name in entry
        if name.startswith("eval_") and name.endswith("_loss")
    }
    if "eval_loss" in names or not names:
        return "eval_loss"
    if len(names) == 1:
        return names.pop()
    found.notes.append(
        f"It logged {len(names)} evaluation losses ({', '.join(sorted(names)[:4])}): which of them "
        "chose is not known, and none is shown"
    )
    return None


def _logged_seconds(entries: Sequence[Mapping[str, Json]]) -> float | None:
    """`train_runtime` of the entry at the end of a training."""
    logged = [finite(entry["train_runtime"]) for entry in entries if "train_runtime" in entry]
    return logged[-1] if logged and logged[-1] is not None and logged[-1] >= 0 else None


def _counted_tokens(
    content: Mapping[str, Json], entries: Sequence[Mapping[str, Json]]
) -> int | None:
    """Tokens read; a counter that fell was started again, and tells only the last part."""
    if seen := whole(content.get("num_input_tokens_seen")):
        return seen
    counts = [finite(entry["num_tokens"]) for entry in entries if "num_tokens" in entry]
    known = [count for count in counts if count is not None]
    if not known or len(known) < len(counts) or known != sorted(known) or known[0] < 0:
        return None
    return int(known[-1])


def _highest_rate(curve: Sequence[CurvePoint]) -> float | None:
    return max((p.learning_rate for p in curve if p.learning_rate is not None), default=None)


def _weights_step(
    folder: Path, place: Path | None, content: Mapping[str, Json], found: Found
) -> int | None:
    """The step that the weights in a folder are from, where a file or the folder's name tells."""
    named = checkpoint_step(folder)
    if named is not None:
        return named
    if place is None or folder not in place.parents:
        return None
    last, best = whole(content.get("global_step")), whole(content.get("best_global_step"))
    if place.parent != folder and last != whole(content.get("max_steps")):
        return None  # the newest checkpoint that is left; the training went on after it
    if best in {None, last} or found.loads_best is False:
        return last
    return best if found.loads_best else None


def _takes_last(folder: Path, state: Path, content: Mapping[str, Json], found: Found) -> bool:
    """Whether a state alone tells nothing of weights: none lie here, and none was noted as best.

    One in the folder of a checkpoint does not tell that it is these weights that are used.
    """
    is_checkpoint = checkpoint_step(folder) is not None
    is_alone = state.parent == folder
    if (is_checkpoint and not is_alone) or found.loads_best is False:
        return False
    has_best = whole(content.get("best_global_step")) is not None
    has_best = has_best or content.get("best_model_checkpoint") is not None
    has_weights = any(any(folder.glob(one)) for one in _WEIGHTS)
    return not has_best and (is_checkpoint or not has_weights)


def _planned_epochs(
    content: Mapping[str, Json], epochs: float | None, steps: int | None, planned: int | None
) -> float | None:
    """`num_train_epochs`, which a trainer rounds up where its steps end in the midst of one."""
    told = finite(content.get("num_train_epochs"))
    if told is None or told <= 0:
        return None
    if epochs and steps and planned and (ends := epochs * planned / steps) < _TO_THE_END * told:
        return round(ends, 4)
    return told


# What is missing


def _unknown(earlier: EarlierTraining) -> Iterator[str]:
    used = earlier.used
    if not earlier.has_curve:
        yield "how its loss went"
    elif earlier.best_step is None:
        yield "its loss on rows that it did not train on"
    if earlier.weights_step is None:
        yield "from which step these weights are"
    missing = [
        name for name in ("learning_rate", "schedule", "seed") if f"training.{name}" not in used
    ]
    if missing:
        head = [", ".join(missing[:-1])] if missing[1:] else []
        yield f"its {' and '.join([*head, missing[-1]])}"
    if earlier.steps is None:
        yield "how long it trained"
    yield "which rows trained it (the spec may name them), and how many were cut or dropped"
    if earlier.seconds is None:
        yield "how many seconds it took, and so what it cost"
