"""An adapter that somebody trained already: what its folder tells about it."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from evalreport.digest import digest_file
from evalreport.engines.model_digests import adapter_digest
from evalreport.engines.model_facts import stored_numbers
from evalreport.engines.model_files import (
    ADAPTER_CONFIG,
    ADAPTER_WEIGHTS,
    SIMULATED_ADAPTER,
    read_object,
)
from evalreport.errors import DataError, Problem
from evalreport.records import EarlierTraining
from evalreport.training.earlier import read_earlier
from evalreport.values import Json, Value

# The keys of adapter_config.json by the spec's names, where both mean the same.
_SPEC_NAMES: Final = {
    "adapter.r": "r",
    "adapter.alpha": "lora_alpha",
    "adapter.dropout": "lora_dropout",
    "adapter.bias": "bias",
    "adapter.use_rslora": "use_rslora",
}


class ExistingAdapter(Value):
    """An adapter that was not trained here.

    Attributes:
        folder: Where it lies.
        digest: Of its content.
        training: What its files tell about how it was trained.
    """

    folder: Path
    digest: str
    training: EarlierTraining

    @property
    def base(self) -> str | None:
        """What its files call its base; never compared by PEFT, so a report must show it."""
        return self.training.base


def read_existing(
    folder: Path,
    *,
    path: str = "",
    file_digest: Callable[[Path], str] = digest_file,
    state: Path | None = None,
) -> ExistingAdapter:
    """Read an adapter's files; nothing is loaded.

    Args:
        folder: With adapter_config.json and adapter_model.safetensors.
        path: As the spec names it; by default the folder.
        file_digest: SHA-256 of a file.
        state: Its trainer_state.json, when it does not lie near.

    Raises:
        DataError: They are not there, cannot be read, or are of another kind than LoRA.
    """
    simulated = (folder / SIMULATED_ADAPTER).is_file()
    try:
        settings = {} if simulated else read_object(folder / ADAPTER_CONFIG)
        digest = adapter_digest(folder, file_digest)
    except OSError as error:
        file = f": {Path(error.filename).name}" if error.filename else ""
        raise DataError(
            Problem(
                str(folder),
                f"it cannot be read ({error.strerror or error}{file})",
                f"name a folder with {ADAPTER_CONFIG} and {ADAPTER_WEIGHTS}",
            )
        ) from error
    if not simulated and settings.get("peft_type") != "LORA":
        raise DataError(
            Problem(
                str(folder / ADAPTER_CONFIG),
                f"it is of the kind {settings.get('peft_type')}, not LoRA or DoRA",
                "merge it into a model, and name that under arms as {model: ...}",
            )
        )
    earlier = read_earlier(folder, path=path or str(folder), state=state)
    base = settings.get("base_model_name_or_path")
    return ExistingAdapter(
        folder=folder,
        digest=digest,
        training=earlier.model_copy(
            update={
                "read_from": (
                    SIMULATED_ADAPTER if simulated else ADAPTER_CONFIG,
                    *earlier.read_from,
                ),
                "used": (_used(settings) if settings else {}) | earlier.used,
                "base": base if isinstance(base, str) and base else None,
                "trainable_parameters": None if simulated else _parameters(folder),
            }
        ),
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


def _parameters(folder: Path) -> int | None:
    """Numbers in the adapter's weights; a file that is damaged is the engine's to refuse."""
    try:
        return stored_numbers(folder / ADAPTER_WEIGHTS)
    except DataError:
        return None
