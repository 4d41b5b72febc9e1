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
_ATTRIBUTE: Final = re.compile(r"^    (\w+): (.+(?:\n {5,}.+)*)", re.MULTILINE)


class _Described(GenerateJsonSchema):
    """Takes the description of each key from the `Attributes:` of its class."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        described = super().model_schema(schema)
        cls = cast("type[BaseModel]", schema["cls"])
        described.pop("title", None)
        if cls.__doc__:
            described["description"] = _one_line(cleandoc(cls.__doc__).partition("\n\nAttri")[0])
        texts = attribute_texts(cls)
        for name, field in cls.model_fields.items():
            part = described.get("properties", {}).get(field.alias or name)
            if isinstance(part, dict):
                part.pop("title", None)
                if name in texts:
                    part.setdefault("description", texts[name])
        return described


def attribute_texts(cls: type[BaseModel]) -> dict[str, str]:
    """What the docstrings of a model and its bases say about its fields, by field name."""
    texts: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if issubclass(base, BaseModel) and base.__doc__:
            _, _, attributes = cleandoc(base.__doc__).partition("\nAttributes:\n")
            attributes = re.split(r"\n(?=\S)", attributes)[0]
            texts |= {name: _one_line(text) for name, text in _ATTRIBUTE.findall(attributes)}
    return texts


def _one_line(text: str) -> str:
    return " ".join(text.replace("`", "").split())


@cache
def json_schema() -> dict[str, Json]:
    """JSON Schema (draft 2020-12) of a spec as it is written, short forms included."""
    body: dict[str, Any] = Spec.model_json_schema(
        mode="validation", schema_generator=_Described, ref_template="#/$defs/{model}"
    )
    return {
        "$schema": DIALECT,
        "title": f"evalreport spec, version {LANGUAGE_VERSION}",
        **body,
    }
