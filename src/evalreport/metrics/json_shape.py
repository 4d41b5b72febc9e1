"""A JSON Schema as a test of hostile values: nothing is fetched, no pattern runs on and on.

What stays unbounded: patterns under `unevaluatedProperties`, which jsonschema runs itself.
"""

from collections.abc import Callable, Hashable, Iterator
from typing import Any, Final

from evalreport.metrics.patterns import TookTooLong, checked_pattern, occurs
from evalreport.values import Json

_PROBES: Final[tuple[Json, ...]] = (None, {}, [], "", 0)
_REFERENCES: Final = frozenset({"$ref", "$dynamicRef", "$recursiveRef"})
# keywords whose keys are names, not keywords, and keywords that hold no schema
_NAMED_SCHEMAS: Final = frozenset(
    {"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"}
)
_DATA: Final = frozenset({"const", "default", "enum", "examples"})


def shape_test(definition: dict[str, Json]) -> Callable[[Json], bool]:
    """What tells whether a schema accepts a value; never raises, rejects what takes too long.

    Raises:
        ValueError: It is no JSON Schema, refers to what is not in it, or to itself without end.
    """
    from jsonschema import Draft202012Validator, SchemaError, ValidationError
    from jsonschema import validators as library
    from referencing import Registry, Resource
    from referencing.exceptions import Unresolvable
    from referencing.jsonschema import DRAFT202012

    validators: Any = library  # its stubs leave `extend` untyped
    draft: Any = validators.validator_for(definition, default=Draft202012Validator)
    try:
        draft.check_schema(definition)
    except SchemaError as error:
        place = "/".join(map(str, error.path))
        raise ValueError(f"not a JSON Schema: {error.message} (at /{place})") from None
    resource: Any = Resource.from_contents(definition, default_specification=DRAFT202012)
    resolver: Any = Registry().resolver_with_root(resource)
    for keyword, text in _strings(definition, is_root=True):
        if keyword == "pattern":
            checked_pattern(text)
        elif not text.startswith("#"):
            raise ValueError(f"`{keyword}: {text}` leads out of the schema; only #... is followed")
        else:
            try:
                resolver.lookup(text)
            except Unresolvable:
                raise ValueError(f"`{keyword}: {text}` is not in the schema") from None

    def pattern(validator: Any, wanted: str, value: Any, _: Any) -> Iterator[Any]:
        if validator.is_type(value, "string") and not occurs(wanted, value):
            yield ValidationError("does not match")

    def pattern_properties(validator: Any, wanted: Any, value: Any, _: Any) -> Iterator[Any]:
        if validator.is_type(value, "object"):
            for name, subschema in wanted.items():
                for key in value:
                    if occurs(name, key):
                        yield from validator.descend(value[key], subschema, path=key)

    def additional_properties(
        validator: Any, wanted: Any, value: Any, schema: Any
    ) -> Iterator[Any]:
        if validator.is_type(value, "object"):
            known, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
            for key in value:
                if key not in known and not any(occurs(name, key) for name in patterns):
                    yield from validator.descend(value[key], wanted, path=key)

    def unique_items(validator: Any, wanted: Any, value: Any, _: Any) -> Iterator[Any]:
        is_repeated = validator.is_type(value, "array") and len(set(map(_identity, value))) < len(
            value
        )
        if wanted and is_repeated:
            yield ValidationError("has repeated items")

    bounded: Any = validators.extend(
        draft,
        {
            "pattern": pattern,
            "patternProperties": pattern_properties,
            "additionalProperties": additional_properties,
            "uniqueItems": unique_items,  # the library's takes quadratic time on objects
        },
    )
    validator = bounded(definition, registry=Registry())
    try:
        for probe in _PROBES:
            list(validator.iter_errors(probe))
    except RecursionError:
        raise ValueError("the schema refers to itself without end") from None

    def accepts(value: Json) -> bool:
        try:
            return bool(validator.is_valid(value))
        except (TookTooLong, RecursionError):
            return False

    return accepts


def _strings(schema: Json, *, is_root: bool) -> Iterator[tuple[str, str]]:
    """Every reference and pattern of a schema, with its keyword."""
    if isinstance(schema, list):
        for entry in schema:
            yield from _strings(entry, is_root=False)
    if not isinstance(schema, dict):
        return
    for keyword, value in schema.items():
        if keyword == "patternProperties" and isinstance(value, dict):
            yield from (("pattern", name) for name in value)
        if keyword in _NAMED_SCHEMAS and isinstance(value, dict):
            yield from _strings(list(value.values()), is_root=False)
        elif isinstance(value, str):
            is_nested_id = keyword == "$id" and not is_root
            if is_nested_id or keyword in _REFERENCES or keyword == "pattern":
                yield keyword, value
        elif keyword not in _DATA:
            yield from _strings(value, is_root=False)


def _identity(value: Json) -> Hashable:
    """Equal for values that JSON Schema calls equal: 1 is 1.0 but not true; keys have no order."""
    if isinstance(value, dict):
        return ("{", frozenset((key, _identity(entry)) for key, entry in value.items()))
    if isinstance(value, list):
        return ("[", tuple(map(_identity, value)))
    return (isinstance(value, bool), value)
