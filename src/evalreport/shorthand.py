"""Short forms in a spec: what a person writes, expanded to the tagged form before validation.

`Annotated[AnyMetric, Shorthand(expand=..., schema=...)]` accepts `exact_match` where the full form
is `{metric: exact_match}`. Errors keep the place where the short form stands, and the exported
JSON Schema offers both forms.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from evalreport.values import Json


@dataclass(frozen=True, slots=True, eq=False)
class Shorthand:
    """Annotation that lets a type be written in a shorter way.

    It stands last in the `Annotated`, after a discriminator, so that it sees the input first.
    Compared by identity: an annotation must be hashable, and a JSON Schema is not.

    Attributes:
        expand: From what was written to the full form. It gets everything but mappings and
            values that are models already; what it does not know it returns as it came, so that
            the error is the one of the full form, or it raises ValueError with a better one.
        schema: JSON Schema of the short form alone; it must forbid unknown keys of its own.
        mappings: Whether `expand` gets mappings too (to add the tag that a mapping left out).
    """

    expand: Callable[[Json], Json]
    schema: Mapping[str, Json]
    mappings: bool = False

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._expanded, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        full = handler(schema)
        if handler.mode == "serialization":  # what is written out is always the full form
            return full
        return {"anyOf": [dict(self.schema), full]}

    def _expanded(self, value: Any) -> Any:
        if isinstance(value, BaseModel) or (isinstance(value, Mapping) and not self.mappings):
            return value
        return self.expand(value)


def tagged(tag: str, names: Sequence[str]) -> Shorthand:
    """The commonest short form: a bare name for a mapping with nothing but its tag.

    Args:
        tag: The key that tells the members of the union apart, such as `metric`.
        names: The names that can stand alone; offered to editors. Others are expanded as well,
            so that the error names what is missing from the full form.
    """

    def expand(value: Json) -> Json:
        return {tag: value} if isinstance(value, str) else value

    return Shorthand(expand=expand, schema={"enum": list(names)})
