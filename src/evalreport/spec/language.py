"""What the spec language allows at a place: asked of the JSON Schema, when something is wrong."""

from collections.abc import Iterator, Mapping
from typing import Final

from evalreport.spec.places import value_at
from evalreport.spec.schema import json_schema
from evalreport.spec.yaml_tree import Path
from evalreport.values import Json

_PLAIN: Final = frozenset(
    {"properties", "additionalProperties", "patternProperties", "items", "prefixItems"}
)
TAGS: Final = ("kind", "method", "metric")

# What other tools call it, and what it is called here.
ELSEWHERE: Final[Mapping[str, str]] = {
    "lr": "use training.learning_rate",
    "num_train_epochs": "use training.epochs",
    "num_epochs": "use training.epochs",
    "batch_size": "use training.global_batch_size",
    "per_device_train_batch_size": "use training.global_batch_size",
    "gradient_accumulation_steps": "use training.global_batch_size",
    "max_seq_length": "use training.max_length",
    "sequence_len": "use training.max_length",
    "warmup_ratio": "use training.warmup",
    "warmup_steps": "use training.warmup",
    "lr_scheduler": "use training.schedule",
    "lr_scheduler_type": "use training.schedule",
    "early_stopping_patience": "use training.early_stopping: {patience: ...}",
    "lora": "write adapter: {method: lora}",
    "rank": "use adapter.r",
    "lora_r": "use adapter.r",
    "lora_alpha": "use adapter.alpha",
    "lora_dropout": "use adapter.dropout",
    "lora_target_modules": "use adapter.target_modules",
    "peft": "use adapter",
    "load_in_4bit": "write adapter: {method: qlora}",
    "model": "use base_model",
    "model_name": "use base_model.path",
    "model_name_or_path": "use base_model.path",
    "torch_dtype": "use base_model.dtype",
    "mei": "use evaluation.primary.gain_at_least",
    "num_fewshot": "use arms: {NAME: {of: base, shots: {from: train, n: ...}}}",
    "extends": "two specs that differ are two files; `evalreport diff` compares their reports",
}


def keys_at(value: Json, path: Path, *, any_kind: bool = False) -> tuple[str, ...]:
    """The keys that the mapping at a path may have, in the order of the language.

    Args:
        value: The whole spec as written: its tags say which kind a mapping is.
        path: Of the mapping.
        any_kind: Whether the keys of all kinds are meant, whatever the tag says.
    """
    schemas = _schemas_at(value, path, any_kind=any_kind)
    return tuple(dict.fromkeys(key for one in schemas for key in _part(one, "properties")))


def required_at(value: Json, path: Path) -> tuple[str, ...]:
    """The keys that the mapping at a path must have, when only one kind may stand there."""
    schemas = [one for one in _schemas_at(value, path) if _part(one, "properties")]
    return tuple(_names(schemas[0].get("required"))) if len(schemas) == 1 else ()


def length_at(value: Json, path: Path) -> int | None:
    """How many entries the list at a path has, when their number is fixed."""
    fixed = [one.get("prefixItems") for one in _schemas_at(value, path)]
    return next((len(entries) for entries in fixed if isinstance(entries, list)), None)


def takes_text(value: Json, path: Path) -> bool:
    """Whether text may stand at a path."""
    above = _schemas_at(value, path[:-1])
    return any(
        "string" in _names(_part(_part(one, "properties"), str(path[-1])).get("type"))
        for one in above
    )


def tag_at(value: Json, path: Path) -> str | None:
    """The key that tells apart what may stand at a path; None when only one kind may."""
    schemas = [_part(one, "properties") for one in _schemas_at(value, path)]
    schemas = [one for one in schemas if one]
    for tag in TAGS:
        if len(schemas) > 1 and all(tag in one for one in schemas):
            return tag
    return None


def tags_at(value: Json, path: Path, tag: str) -> tuple[str, ...]:
    """The kinds that may stand at a path."""
    schemas = [_part(one, "properties").get(tag) for one in _schemas_at(value, path)]
    consts = [one.get("const") for one in schemas if isinstance(one, dict)]
    return tuple(const for const in consts if isinstance(const, str))


def _part(schema: Json, key: str) -> dict[str, Json]:
    part = schema.get(key) if isinstance(schema, dict) else None
    return part if isinstance(part, dict) else {}


def _names(value: Json) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _schemas_at(value: Json, path: Path, *, any_kind: bool = False) -> list[dict[str, Json]]:
    schemas: list[Json] = [json_schema()]
    node = value
    for part in path:
        schemas = [
            inner
            for schema in schemas
            for one in _branches(schema, node)
            for inner in _inner(one, part)
        ]
        node = value_at(node, (part,))
    last = None if any_kind else node
    return [one for schema in schemas for one in _branches(schema, last)]


def places_of(key: str) -> tuple[str, ...]:
    """Where in the language a key is allowed, as dotted paths from the root, shortest first."""
    found: list[str] = []
    seen: set[str] = set()

    def search(schema: Json, at: str, depth: int) -> None:
        for one in _branches(schema, None):
            title = str(id(one))
            if depth > 5 or (title + at) in seen:
                continue
            seen.add(title + at)
            properties = one.get("properties")
            for name, inner in (properties if isinstance(properties, dict) else {}).items():
                here = f"{at}.{name}" if at else name
                if name == key and here not in found:
                    found.append(here)
                search(inner, here, depth + 1)

    search(json_schema(), "", 0)
    return tuple(sorted(found, key=lambda path: (path.count("."), path)))


def _branches(schema: Json, value: Json) -> Iterator[dict[str, Json]]:
    """The plain schemas behind references and unions that the value's tags do not rule out."""
    if not isinstance(schema, dict):
        return
    reference = schema.get("$ref")
    if isinstance(reference, str):
        definitions = json_schema()["$defs"]
        name = reference.rpartition("/")[2]
        yield from _branches(
            definitions.get(name) if isinstance(definitions, dict) else None, value
        )
    for union in ("anyOf", "oneOf", "allOf"):
        several = schema.get(union)
        for inner in several if isinstance(several, list) else ():
            yield from _branches(inner, value)
    is_plain = schema.keys() & _PLAIN
    if is_plain and not _is_ruled_out(schema, value):
        yield schema


def _is_ruled_out(schema: dict[str, Json], value: Json) -> bool:
    properties = schema.get("properties")
    if not isinstance(value, dict) or not isinstance(properties, dict):
        return isinstance(value, list) and "properties" in schema
    return any(
        isinstance(part, dict)
        and "const" in part
        and value.get(key, part["const"]) != part["const"]
        for key, part in properties.items()
    )


def _inner(schema: dict[str, Json], part: str | int) -> list[dict[str, Json]]:
    found: list[Json] = []
    if isinstance(part, int):
        fixed = schema.get("prefixItems")
        if isinstance(fixed, list) and part < len(fixed):
            found.append(fixed[part])
        found.append(schema.get("items"))
    else:
        properties = schema.get("properties")
        if isinstance(properties, dict) and part in properties:
            found.append(properties[part])
        else:
            named = schema.get("patternProperties")
            found += [schema.get("additionalProperties")]
            found += list(named.values()) if isinstance(named, dict) else []
    return [inner for inner in found if isinstance(inner, dict)]
