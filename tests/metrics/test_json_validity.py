import re

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from evalreport.errors import SpecError
from evalreport.metrics.base import Output
from evalreport.metrics.json_shape import shape_test
from evalreport.metrics.json_validity import JsonSchema
from evalreport.values import Json
from tests.metrics.cases import answer, item, metric, no_answer, steady

ORDER: dict[str, Json] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "pattern": "^[A-Z]"},
        "items": {"type": "array", "items": {"$ref": "#/$defs/line"}, "uniqueItems": True},
    },
    "required": ["name"],
    "additionalProperties": False,
    "$defs": {"line": {"type": "object", "properties": {"n": {"type": "integer", "minimum": 1}}}},
}


@pytest.mark.parametrize(
    ("output", "score"),
    [
        (Output('{"a": 1}', {"a": 1}), 1.0),
        (Output('{"a": 1}', '{"a": 1}'), 1.0),
        (Output("null", None), 1.0),
        (Output('"word"', "word"), 1.0),  # a JSON string that extraction has decoded
        (Output("word", "word"), 0.0),
        (Output("x {}", {}), 1.0),
        (Output("{'a': 1}", "{'a': 1}"), 0.0),
        (Output("", ""), 0.0),
        (Output("[NaN]", "[NaN]"), 0.0),
        (Output("[" * 10_000, "[" * 10_000), 0.0),
        (no_answer("{"), 0.0),
    ],
)
def test_validity_is_always_scored(output: Output, score: float) -> None:
    assert metric("json_valid").prepare([]).score(item(), output) == (score,)


@pytest.mark.parametrize(
    ("value", "score"),
    [
        ({"name": "Ann", "items": [{"n": 1}, {"n": 2}]}, 1.0),
        ('{"name": "Ann"}', 1.0),
        ({"name": "ann"}, 0.0),
        ({"name": "Ann", "items": [{"n": 0}]}, 0.0),
        ({"name": "Ann", "items": [{"n": 1}, {"n": 1.0}]}, 0.0),
        ({"name": "Ann", "more": 1}, 0.0),
        ({}, 0.0),
        ([], 0.0),
        ("not JSON", 0.0),
    ],
)
def test_a_schema_accepts_or_not(value: Json, score: float) -> None:
    scorer = metric({"metric": "json_schema", "schema": ORDER}).prepare([])
    assert scorer.score(item(), answer(value)) == (score,)
    assert scorer.score(item(), no_answer()) == (0.0,)


_json = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from([1.0, 2.5, "a", "ab", "x1"]),
    lambda v: (
        st.lists(v, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "ab", "x1", "y"]), v, max_size=3)
    ),
    max_leaves=8,
)
SCHEMAS: list[dict[str, Json]] = [
    {"uniqueItems": True},
    {"uniqueItems": False},
    {"pattern": "^a"},
    {"patternProperties": {"^x": {"type": "integer"}}},
    {
        "properties": {"a": {"type": "string"}},
        "patternProperties": {"^x": True},
        "additionalProperties": False,
    },
    {"properties": {"a": True}, "additionalProperties": {"type": ["integer", "null"]}},
    {"additionalProperties": {"uniqueItems": True}, "items": {"pattern": "b$"}},
    {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "properties": {"a": {"$ref": "#/definitions/b"}},
        "definitions": {"b": {"uniqueItems": True}},
    },
    {
        "$schema": "http://json-schema.org/draft-04/schema#",
        "additionalProperties": False,
        "properties": {"a": {}},
    },
]


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
@steady
@given(_json)
def test_the_bounded_keywords_mean_what_the_librarys_mean(
    schema: dict[str, Json], value: Json
) -> None:
    library = jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator)
    assert shape_test(schema)(value) == library(schema).is_valid(value)


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({"type": "objekt"}, "not a JSON Schema"),
        ({"pattern": "("}, "is not a 'regex'|regular expression"),
        ({"patternProperties": {"(": {}}}, "regex|regular expression"),
        ({"$ref": "#/$defs/none"}, "not in the schema"),
        ({"$ref": "https://example.com/schema"}, "leads out of the schema"),
        ({"$ref": "other.json#/a"}, "leads out of the schema"),
        ({"properties": {"a": {"$ref": "file:///etc/passwd"}}}, "leads out of the schema"),
        ({"$ref": "#"}, "without end"),
        ({"type": "string", "allOf": [{"$ref": "#"}]}, "without end"),
        ({"$defs": {"a": {"$id": "https://example.com/a"}}}, "leads out of the schema"),
    ],
    ids=str,
)
def test_an_unusable_schema_is_an_error_of_the_spec(schema: dict[str, Json], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        metric({"metric": "json_schema", "schema": schema})


def test_keywords_as_names_and_in_data_are_left_alone() -> None:
    schema: dict[str, Json] = {
        "properties": {"$ref": {"type": "string"}, "pattern": {"const": {"$ref": "x"}}},
        "required": ["pattern"],
        "enum": [{"pattern": {"$ref": "x"}}],
    }
    assert shape_test(schema)({"pattern": {"$ref": "x"}})


def test_anchors_in_the_schema_are_followed() -> None:
    schema: dict[str, Json] = {
        "properties": {"a": {"$ref": "#whole"}},
        "$defs": {"x": {"$anchor": "whole", "type": "integer"}},
    }
    assert shape_test(schema)({"a": 1})
    assert not shape_test(schema)({"a": "1"})


def test_hostile_values_end_soon() -> None:
    assert not shape_test({"pattern": "^(a|aa)+$"})("a" * 60 + "b")
    many: list[Json] = [{"a": i, "b": [i]} for i in range(50_000)]
    assert shape_test({"uniqueItems": True})(many)
    assert not shape_test({"uniqueItems": True})([*many, {"b": [7], "a": 7}])


def test_a_path_is_loaded_by_the_spec_or_refused() -> None:
    adapter = TypeAdapter(JsonSchema)
    unloaded = adapter.validate_python({"metric": "json_schema", "schema": "order.schema.json"})
    assert unloaded.path == "order.schema.json"
    with pytest.raises(SpecError, match=re.escape("order.schema.json was not loaded")):
        unloaded.prepare([])
    loaded = unloaded.with_schema(ORDER)
    assert loaded.path is None
    assert loaded == metric({"metric": "json_schema", "schema": ORDER})
    assert adapter.validate_json(adapter.dump_json(loaded)) == loaded
    with pytest.raises(ValidationError):
        unloaded.with_schema({"type": 3})
