"""What a JSON Schema allows, in the words of somebody who writes YAML."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from docs.made.markdown import code, flow

Schema: TypeAlias = Mapping[str, Any]
Linked: TypeAlias = Callable[[str], str]

_NAME: Final = "^[A-Za-z0-9][A-Za-z0-9_.-]*$"
_PATTERNS: Final = {
    _NAME: "name",
    "^[A-Za-z0-9][A-Za-z0-9_.-]*/[A-Za-z0-9][A-Za-z0-9_.-]*$": "org/name",
    "^\\d{4}-\\d{2}-\\d{2}$": "day, as 2026-11-28",
    "^[A-Z]{3}$": "code of three letters",
}
_WORD: Final = {"integer": "whole number", "number": "number"}


def words(schema: Schema, linked: Linked) -> str:
    """What may stand in a place, as Markdown.

    Args:
        schema: Of the place.
        linked: The link to a definition, by its name.
    """
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return _either(schema[several], linked)
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return "any value" if name == "JsonValue" else linked(name)
    if "const" in schema:
        return code(flow(schema["const"]))
    if "enum" in schema:
        return _or([code(flow(value)) for value in schema["enum"]])
    kind = schema.get("type")
    if isinstance(kind, list):  # text, for which a number is taken as it is written
        kind = "string"
    match kind:
        case "string":
            return _text(schema)
        case "boolean":
            return "`true` or `false`"
        case "integer" | "number":
            return _number(schema, _WORD[kind])
        case "array":
            return _list(schema, linked)
        case "object":
            return _mapping(schema, linked)
        case _:
            return "any value"


def is_optional(schema: Schema) -> bool:
    """Whether nothing may stand in a place: what `null` alone would say is left out."""
    return {"type": "null"} in schema.get("anyOf", ())


def _either(parts: list[Schema], linked: Linked) -> str:
    names = [value for part in parts for value in part.get("enum", ()) if "properties" not in part]
    said = [code(flow(value)) for value in names]
    said += [words(p, linked) for p in parts if p != {"type": "null"} and "enum" not in p]
    return _or(list(dict.fromkeys(said)))


def _or(said: list[str]) -> str:
    flat = [part for one in said for part in re.split(r", | or ", one)] if len(said) > 1 else said
    linked = {part[1 : part.index("]")] for part in flat if part.startswith("[`")}
    *others, last = dict.fromkeys(part for part in flat if part not in linked)
    return f"{', '.join(others)} or {last}" if others else last


def _text(schema: Schema) -> str:
    pattern = schema.get("pattern")
    if pattern is None:
        return "one character" if schema.get("maxLength") == 1 else "text"
    return _PATTERNS.get(pattern, "number as it was published")


def _number(schema: Schema, word: str) -> str:
    least, above = schema.get("minimum"), schema.get("exclusiveMinimum")
    most, below = schema.get("maximum"), schema.get("exclusiveMaximum")
    bounds = []
    if least is not None:
        bounds.append(f"from {least:g}")
    if above is not None:
        bounds.append(f"above {above:g}")
    if most is not None:
        bounds.append(f"to {most:g}")
    if below is not None:
        bounds.append(f"below {below:g}")
    return " ".join([word, *bounds])


def _list(schema: Schema, linked: Linked) -> str:
    if "prefixItems" in schema:
        parts = [words(part, linked) for part in schema["prefixItems"]]
        return f"[{', '.join(parts)}]"
    inner = words(schema.get("items", {}), linked)
    least = " (one at least)" if schema.get("minItems") else ""
    return f"list{least} of: {inner}"


def _mapping(schema: Schema, linked: Linked) -> str:
    if "properties" in schema:
        held = [f"{name}: {words(one, linked)}" for name, one in schema["properties"].items()]
        return "{" + ", ".join(held) + "}"
    for inner in schema.get("patternProperties", {}).values():
        return f"mapping of names to: {words(inner, linked)}"
    more = schema.get("additionalProperties")
    if isinstance(more, Mapping):
        return f"mapping of names to: {words(more, linked)}"
    return "mapping"
