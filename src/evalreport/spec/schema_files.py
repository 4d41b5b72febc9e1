"""JSON Schema files that metrics name: read once, when the spec is loaded."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path as File
from typing import Final

from pydantic import ValidationError

from evalreport.layers.generation import Generation
from evalreport.layers.table import AnyLayer
from evalreport.metrics.json_validity import JsonSchema
from evalreport.spec.models import Spec
from evalreport.spec.places import Complaint
from evalreport.spec.yaml_tree import Path
from evalreport.values import Json

MOST_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class SchemaFiles:
    """A spec whose metrics hold their schemas, and what was wrong with the files."""

    spec: Spec
    complaints: tuple[Complaint, ...]


def with_schema_files(spec: Spec, folder: File) -> SchemaFiles:
    """Puts the content of every JSON Schema file in the place of its path.

    The digest of the spec, and with it every score, then depends on the schema and not on where
    it lies. Files that are not there have been complained about already.

    Args:
        spec: Validated.
        folder: The spec's folder.
    """
    complaints: list[Complaint] = []
    layers = [
        _with_schemas(layer, ("evaluation", "layers", i), folder, complaints)
        for i, layer in enumerate(spec.evaluation.layers)
    ]
    if all(new is old for new, old in zip(layers, spec.evaluation.layers, strict=True)):
        return SchemaFiles(spec, tuple(complaints))
    evaluation = spec.evaluation.model_copy(update={"layers": tuple(layers)})
    return SchemaFiles(spec.model_copy(update={"evaluation": evaluation}), tuple(complaints))


def schema_paths(layer: AnyLayer) -> Iterator[tuple[int, str]]:
    """The schema files that a layer's metrics name, by the metric's index."""
    for i, metric in enumerate(layer.metrics if isinstance(layer, Generation) else ()):
        if isinstance(metric, JsonSchema) and metric.path is not None:
            yield i, metric.path


def _with_schemas(layer: AnyLayer, at: Path, folder: File, complaints: list[Complaint]) -> AnyLayer:
    paths = dict(schema_paths(layer))
    if not paths or not isinstance(layer, Generation):
        return layer
    metrics = list(layer.metrics)
    for i, path in paths.items():
        where = (*at, "metrics", i, "schema")
        metric = metrics[i]
        found = _read(folder / path)
        if isinstance(found, str):
            complaints.append(Complaint(where, f"{folder / path}: {found}", "see json-schema.org"))
        elif isinstance(metric, JsonSchema):
            try:
                metrics[i] = metric.with_schema(found)
            except ValidationError as error:
                why = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
                complaints.append(Complaint(where, f"{folder / path}: {why}"))
    return layer.model_copy(update={"metrics": tuple(metrics)})


def _read(file: File) -> dict[str, Json] | str:
    """The schema in a file, or what is wrong with it."""
    try:
        data = file.read_bytes()[: MOST_BYTES + 1]
        if len(data) > MOST_BYTES:
            return f"larger than {MOST_BYTES // 1024:,} KiB"
        value = json.loads(data)
    except (OSError, RecursionError, ValueError) as error:
        why = getattr(error, "strerror", None) or getattr(error, "reason", None) or str(error)
        return f"not JSON: {why}"
    return value if isinstance(value, dict) else "not a JSON Schema: it is not an object"
