import json
from typing import Annotated, Literal, TypeAlias

import jsonschema
import pytest
from pydantic import Field, TypeAdapter, ValidationError

from evalreport.shorthand import Shorthand, tagged
from evalreport.values import Json, Natural, Value, Words


class Circle(Value):
    shape: Literal["circle"]
    radius: Natural = 1


class Box(Value):
    shape: Literal["box"]
    size: tuple[Natural, Natural]
    name: Words | None = None


def _expand(value: Json) -> Json:
    if isinstance(value, list):
        return {"shape": "box", "size": value}
    if isinstance(value, dict) and "shape" not in value:
        return {"shape": "box", **value}
    return {"shape": value} if isinstance(value, str) else value


Shape: TypeAlias = Annotated[
    Circle | Box, Field(discriminator="shape"), tagged("shape", ["circle"])
]
Loose: TypeAlias = Annotated[
    Circle | Box,
    Field(discriminator="shape"),
    Shorthand(
        expand=_expand,
        mappings=True,
        schema={
            "anyOf": [
                {"enum": ["circle"]},
                {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2},
                {
                    "type": "object",
                    "properties": {"size": {"type": "array"}},
                    "required": ["size"],
                    "additionalProperties": False,
                },
            ]
        },
    ),
]


class Drawing(Value):
    shapes: tuple[Shape, ...]
    frame: Loose | None = None


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ({"shapes": ["circle"]}, {"shapes": [{"shape": "circle"}]}),
        (
            {"shapes": [{"shape": "circle", "radius": 2}, "circle"]},
            {"shapes": [{"shape": "circle", "radius": 2}, {"shape": "circle", "radius": 1}]},
        ),
        (
            {"shapes": [], "frame": [3, 4]},
            {"shapes": [], "frame": {"shape": "box", "size": [3, 4]}},
        ),
        (
            {"shapes": [], "frame": {"size": [3, 4]}},
            {"shapes": [], "frame": {"shape": "box", "size": [3, 4]}},
        ),
        ({"shapes": [], "frame": None}, {"shapes": []}),
    ],
)
def test_short_and_full_forms_mean_the_same(written: Json, meant: Json) -> None:
    full = Drawing.model_validate(meant)
    assert Drawing.model_validate(written) == full
    assert Drawing.model_validate_json(json.dumps(written)) == full
    assert Drawing.model_validate(full.model_dump(mode="json")) == full
    assert Drawing(shapes=full.shapes, frame=full.frame) == full


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ({"shapes": ["circel"]}, ("shapes", 0)),
        ({"shapes": ["circle", 3]}, ("shapes", 1)),
        ({"shapes": ["box"]}, ("shapes", 0, "box", "size")),
        ({"shapes": [{"shape": "circle", "radius": True}]}, ("shapes", 0, "circle", "radius")),
        ({"shapes": [{"shape": "circle", "colour": 1}]}, ("shapes", 0, "circle", "colour")),
        ({"shapes": [], "frame": {"size": [1, -2]}}, ("frame", "box", "size", 1)),
        ({"shapes": [{"radius": 2}]}, ("shapes", 0)),
    ],
)
def test_errors_stand_where_the_spec_has_them(written: Json, place: tuple[str | int, ...]) -> None:
    with pytest.raises(ValidationError) as from_objects:
        Drawing.model_validate(written)
    with pytest.raises(ValidationError) as from_text:
        Drawing.model_validate_json(json.dumps(written))
    for caught in (from_objects, from_text):
        assert [error["loc"] for error in caught.value.errors()] == [place]


def test_a_better_error_can_be_raised_by_the_expansion() -> None:
    def expand(value: Json) -> Json:
        raise ValueError(f"{value!r} is no number of sides")

    sides = Annotated[Natural, Shorthand(expand=expand, schema={"type": "string"})]
    with pytest.raises(ValidationError, match="'three' is no number of sides"):
        TypeAdapter(sides).validate_python("three")


def test_the_exported_schema_takes_both_forms_and_no_unknown_key() -> None:
    schema = Drawing.model_json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    accepts = jsonschema.Draft202012Validator(schema).is_valid
    for written in (
        {"shapes": ["circle", {"shape": "circle", "radius": 2}]},
        {"shapes": [{"shape": "box", "size": [1, 2]}], "frame": [1, 2]},
        {"shapes": [], "frame": {"size": [1, 2]}},
    ):
        Drawing.model_validate(written)
        assert accepts(written), written
    for wrong in (
        {"shapes": ["circel"]},
        {"shapes": [{"shape": "circle", "colour": 1}]},
        {"shapes": [{"radius": 1}]},
        {"shapes": [], "frame": {"size": [1, 2], "colour": 1}},
        {"shapes": [], "frames": [1, 2]},
    ):
        assert not accepts(wrong), wrong


def test_what_is_written_out_has_the_full_form_only() -> None:
    schema = json.dumps(Drawing.model_json_schema(mode="serialization"))
    assert "anyOf" not in json.dumps(
        Drawing.model_json_schema(mode="serialization")["properties"]["shapes"]
    )
    assert '"additionalProperties": false' in schema


def test_an_optional_short_form_can_be_hashed() -> None:
    assert TypeAdapter(Shape | None).validate_python(None) is None
    assert TypeAdapter(Shape | None).validate_python("circle") == Circle(shape="circle")
