"""The JSON Schema of the spec language, for editors: unknown keys forbidden, keys described."""

import re
from functools import cache
from inspect import cleandoc
from typing import Any, Final, cast

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from evalreport.spec.models import LANGUAGE_VERSION, Spec
from evalreport.values import Json

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_HOLD_NAMES: Final = frozenset({"properties", "patternProperties", "$defs"})
_HOLD_DATA: Final = frozenset({"const", "enum", "default", "examples", "required"})
_ATTRIBUTE: Final = re.compile(r"^    (\w+): (.+(?:\n {5,}.+)*)", re.MULTILINE)


class _Described(GenerateJsonSchema):
    """Takes the description of each key from the `Attributes:` of its class."""

    marked = False

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        described = super().model_schema(schema)
        cls = cast("type[BaseModel]", schema["cls"])
        described.pop("title", None)
        if cls.__doc__:
            said = cleandoc(cls.__doc__).partition("\n\nAttri")[0]
            described["description"] = _one_line(said, marked=self.marked)
        texts = attribute_texts(cls, marked=self.marked)
        for name, field in cls.model_fields.items():
            part = described.get("properties", {}).get(field.alias or name)
            if isinstance(part, dict):
                part.pop("title", None)
                if name in texts or "const" in part:
                    part.setdefault("description", texts.get(name, "Says which kind this is."))
        return described


class _Marked(_Described):
    """The same with what is code in a text marked as such, for pages."""

    marked = True


def attribute_texts(cls: type[BaseModel], *, marked: bool = False) -> dict[str, str]:
    """What the docstrings of a model and its bases say about its fields, by field name."""
    texts: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if issubclass(base, BaseModel) and base is not BaseModel and base.__doc__:
            _, _, attributes = cleandoc(base.__doc__).partition("\nAttributes:\n")
            attributes = re.split(r"\n(?=\S)", attributes)[0]
            found = _ATTRIBUTE.findall(attributes)
            texts |= {name: _one_line(text, marked=marked) for name, text in found}
    return texts


def _one_line(text: str, *, marked: bool) -> str:
    return " ".join((text if marked else text.replace("`", "")).split())


@cache
def json_schema(*, marked: bool = False) -> dict[str, Json]:
    """JSON Schema (draft 2020-12) of a spec as it is written, short forms included.

    Args:
        marked: Whether backticks stay in descriptions, for pages; editors show plain text.
    """
    body: dict[str, Any] = Spec.model_json_schema(
        mode="validation",
        schema_generator=_Marked if marked else _Described,
        ref_template="#/$defs/{model}",
    )
    made = _as_loaded(body)
    return {
        "$schema": DIALECT,
        "title": f"evalreport spec, version {LANGUAGE_VERSION}",
        **(made if isinstance(made, dict) else {}),
    }


def _as_loaded(schema: Any, *, is_names: bool = False) -> Json:
    """A schema made to accept exactly what the loader accepts, where pydantic's differs.

    A number that stands where text is wanted is taken as it was written (`revision: 1.10`); the
    tag of a union is never left out; a mapping with named entries has no others.

    Args:
        schema: Of a value; or, below `properties` and `$defs`, a mapping of names to schemas.
        is_names: Whether it is such a mapping.
    """
    if isinstance(schema, list):
        return [_as_loaded(part) for part in schema]
    if not isinstance(schema, dict):
        return cast("Json", schema)
    made: dict[str, Json] = {
        key: _as_loaded(part, is_names=not is_names and key in _HOLD_NAMES)
        if is_names or key not in _HOLD_DATA
        else part
        for key, part in schema.items()
    }
    if is_names:
        return made
    if made.get("type") == "string" and not made.keys() & {"const", "enum"}:
        made["type"] = ["string", "number"]
    if "patternProperties" in made:
        made.setdefault("additionalProperties", False)
    tag = made.pop("discriminator", None)
    if isinstance(tag, dict):
        made["required"] = [tag["propertyName"]]
    return made
