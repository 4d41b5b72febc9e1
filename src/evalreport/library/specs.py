"""Specs in Python: a file or a text to the frozen value, or every mistake in it at once."""

import json
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Final, TypeAlias

from evalreport.spec.load import load_spec as load
from evalreport.spec.load import loaded_of
from evalreport.spec.models import Spec
from evalreport.values import Json

File: TypeAlias = str | PathLike[str]
Overrides: TypeAlias = Mapping[str, Json]
_NOWHERE: Final = "<text>"  # what stands in the place of a file's name


def load_spec(path: File, *, overrides: Overrides | None = None) -> Spec:
    """The spec in a file, checked as `evalreport check` does; its data are not read.

    Args:
        path: A YAML file.
        overrides: Values for keys of it, as `--set` takes them; entries of a list go by their name.

    Raises:
        SpecError: It is not right; `problems` holds every mistake with its line.

    Example:
        >>> spec = evalreport.load_spec("specs/quickstart/spec.yaml")
        >>> spec
        <Spec quickstart: base HuggingFaceTB/SmolLM2-135M-Instruct, adapter lora, layers extraction, general, heldout-loss, seen-vs-unseen>
        >>> spec.evaluation.primary.gain_at_least
        0.1
        >>> evalreport.load_spec(
        ...     "specs/quickstart/spec.yaml", overrides={"training.epochs": 3}
        ... ).training.epochs
        3.0
    """  # noqa: E501
    return load(Path(path), overrides_text(overrides)).spec


def parse_spec(text: str, *, folder: File = ".", overrides: Overrides | None = None) -> Spec:
    r"""The spec in a text; as `load_spec`, for a spec that stands in a cell.

    Args:
        text: YAML.
        folder: What its paths are relative to.
        overrides: Values for keys of it.

    Raises:
        SpecError: It is not right.

    Example:
        >>> evalreport.parse_spec("evalreport: 1\nname: first", folder="specs")
        Traceback (most recent call last):
          ...
        evalreport.errors.SpecError: specs/<text>:1:1  base_model
          the key base_model is missing
          add base_model: ...
        specs/<text>:1:1  evaluation
          ...
    """
    return loaded_of(text, Path(folder) / _NOWHERE, overrides_text(overrides)).spec


def overrides_text(overrides: Overrides | None) -> tuple[str, ...]:
    """Overrides as `--set` takes them and a report records them."""
    return tuple(
        f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in (overrides or {}).items()
    )
