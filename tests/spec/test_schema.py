"""The exported JSON Schema: valid, closed, described, and of one mind with the loader."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from evalreport.spec.schema import DIALECT, attribute_texts, json_schema
from evalreport.spec.validate import validate
from evalreport.spec.yaml12 import compose
from evalreport.spec.yaml_tree import Unreadable

from .conftest import GOOD
from .edits import edited_values
from .test_mistakes import Mistake, mistakes

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]


@pytest.fixture(scope="module")
def validator() -> Any:
    return Draft202012Validator(json_schema())


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(json_schema())
    assert json_schema()["$schema"] == DIALECT
    assert json_schema()["title"] == "evalreport spec, version 1"


def objects(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield path, schema
        for key, inner in schema.items():
            yield from objects(inner, f"{path}/{key}")
    elif isinstance(schema, list):
        for i, inner in enumerate(schema):
            yield from objects(inner, f"{path}/{i}")


def test_no_mapping_takes_unknown_keys() -> None:
    found = dict(objects(json_schema()))
    assert len(found) > 50
    for path, schema in found.items():
        assert "additionalProperties" in schema, path
        if schema.get("additionalProperties") is True:  # free JSON: its keys are not ours
            assert path.rpartition("/")[2] in {"chat_template_kwargs", "extra"} or "anyOf" in path


def test_every_block_and_every_key_is_described() -> None:
    """The reference of the language and the hints of editors are made of nothing else."""
    definitions: Any = json_schema()["$defs"]
    blocks = {"spec": json_schema(), **definitions}
    del blocks["JsonValue"]  # any JSON
    assert [name for name, block in blocks.items() if not block.get("description")] == []
    keys = {
        f"{n}.{key}": part
        for n, b in blocks.items()
        for key, part in b.get("properties", {}).items()
    }
    assert len(keys) > 600
    assert [key for key, part in keys.items() if not part.get("description")] == []


def test_descriptions_come_from_the_attributes_of_a_class_and_its_bases() -> None:
    from evalreport.spec.evaluation import Primary, Target

    assert attribute_texts(Target)["metric"] == "A metric that this layer yields."
    assert attribute_texts(Primary)["gain_at_least"].startswith("The gain worth having: positive,")
    assert set(attribute_texts(Primary)) == set(Primary.model_fields)


@pytest.mark.parametrize(
    "path",
    [HERE / "good.yaml", HERE / "everything.yaml", *sorted(REPOSITORY.glob("specs/**/spec.yaml"))],
    ids=str,
)
def test_specs_are_valid(path: Path, validator: Any) -> None:
    value = compose(path.read_text()).value
    assert [error.message for error in validator.iter_errors(value)] == []


def test_text_may_be_written_as_a_number(validator: Any) -> None:
    assert validator.is_valid(compose(GOOD.replace("0123456", "1.10")).value)
    assert not validator.is_valid(compose(GOOD.replace("0123456", "true")).value)
    assert not validator.is_valid(compose(GOOD.replace("0123456", "[1]")).value)


def agree(validator: Any, text: str) -> None:
    """The loader takes what the schema takes, but for what only code can see."""
    document = compose(text)
    value = document.value
    if not isinstance(value, dict):
        assert not validator.is_valid(value)
        return
    is_right = validate(value, document.numbers).spec is not None
    errors = [error.message for error in validator.iter_errors(value)]
    if is_right:
        assert errors == []
    elif not errors:
        assert only_code_can_see(value)


def only_code_can_see(value: Any) -> bool:
    from pydantic import ValidationError

    from evalreport.spec.models import Spec

    with pytest.raises(ValidationError) as caught:
        Spec.model_validate(value)
    kinds = {error["type"] for error in caught.value.errors()}
    # regular expressions, templates, contradictions; 1.0 is an integer to JSON Schema, and the
    # pattern of a name says nothing about a number that stands for its text
    seen_by_code = {"value_error", "int_type", "int_from_float", "literal_error", "string_type"}
    return bool(kinds & seen_by_code)


@pytest.mark.parametrize("mistake", mistakes(), ids=lambda mistake: mistake.title)
def test_it_is_of_one_mind_with_the_loader(mistake: Mistake, validator: Any) -> None:
    try:
        agree(validator, GOOD.replace(mistake.old, mistake.new))
    except Unreadable:
        assert "spec.yaml:" in mistake.output


@settings(max_examples=150, deadline=None)
@given(edited_values())
def test_it_is_of_one_mind_with_the_loader_about_anything(text: str) -> None:
    agree(Draft202012Validator(json_schema()), text)
