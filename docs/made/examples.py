"""Examples from specs that are built or checked by tests: by definition and key, and by block."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import Any, Final

from docs.made.markdown import flow

from evalreport.spec.schema import json_schema
from evalreport.spec.yaml12 import compose
from evalreport.values import Json

ROOT: Final = Path(__file__).parents[2]
_LONGEST: Final = 72


def sources() -> list[Path]:
    """The specs: the quickstart's first, the one that tests hold every key in last."""
    first, last = ROOT / "specs/quickstart/spec.yaml", ROOT / "tests/spec/everything.yaml"
    found = sorted({*ROOT.glob("specs/**/spec.yaml"), *ROOT.glob("specs/**/small.yaml")})
    return [first, *(path for path in found if path != first), last]


@cache
def of_keys() -> Mapping[tuple[str, str], str]:
    """By definition and key, how a spec says it in one short line."""
    found: dict[tuple[str, str], str] = {}
    for path in sources():
        value = compose(path.read_text(encoding="utf-8")).value
        for definition, key, held in _walk("", json_schema(), value):
            said = f"{key}: {flow(held)}"
            if len(said) <= _LONGEST:
                found.setdefault((definition, key), said)
    return found


def of_block(key: str) -> tuple[str, str] | None:
    """A top-level block as a spec has it, comments included, and the name of that spec."""
    return _first(re.compile(rf"^{key}:.*(?:\n[ #].*)*", re.MULTILINE))


def of_layer(kind: str) -> tuple[str, str] | None:
    """A layer of this kind as a spec has it."""
    entry = rf"^    - (?:\{{kind: {kind},.*|kind: {kind}(?:\n      .*)*)"
    return _first(re.compile(entry, re.MULTILINE))


def _first(pattern: re.Pattern[str]) -> tuple[str, str] | None:
    for path in sources():
        match = pattern.search(path.read_text(encoding="utf-8"))
        if match:
            return dedent(match[0].rstrip()), path.relative_to(ROOT).as_posix()
    return None


def _walk(name: str, schema: Any, value: Json) -> Iterator[tuple[str, str, Json]]:
    """Every key of a value with the definition that it belongs to."""
    for several in ("anyOf", "oneOf"):
        if several in schema:
            for part in schema[several]:
                if _fits(part, value):
                    yield from _walk(name, part, value)
                    return
            return
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        yield from _walk(name, _definition(schema), value)
    elif isinstance(value, dict):
        for key, held in value.items():
            part = schema.get("properties", {}).get(key)
            if part is not None:
                yield name, key, held
                yield from _walk(name, part, held)
            for inner in (
                *schema.get("patternProperties", {}).values(),
                schema.get("additionalProperties"),
            ):
                if isinstance(inner, dict):
                    yield from _walk(name, inner, held)
    elif isinstance(value, list) and isinstance(schema.get("items"), dict):
        for held in value:
            yield from _walk(name, schema["items"], held)


def _fits(schema: Any, value: Json) -> bool:
    if "$ref" in schema:
        return _fits(_definition(schema), value)
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return any(_fits(part, value) for part in schema[several])
    if isinstance(value, dict):
        held = schema.get("properties", {})
        return bool(schema.get("type") == "object") and all(
            key in held and bool(held[key].get("const", one) == one) for key, one in value.items()
        )
    return isinstance(value, list) is (schema.get("type") == "array")


def _definition(schema: Any) -> Any:
    definitions: Any = json_schema()["$defs"]
    return definitions[schema["$ref"].rpartition("/")[2]]
