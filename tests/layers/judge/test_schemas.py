import json
from typing import Any

import jsonschema
import pytest

from evalreport.layers.judge.schemas import criterion_keys, schema_of
from evalreport.records.exchange import Compare, Rate, Scaled
from tests.layers.judge.asking import compare, rate, shown

REQUESTS: list[Compare | Rate] = [
    compare(),
    compare(ties=False),
    compare(shown(), shown()),
    rate(),
    rate("a", Scaled(name="wide", text="?", low=0, high=10_000)),
]


def objects(schema: Any) -> list[dict[str, Any]]:
    found = [schema] if isinstance(schema, dict) and schema.get("type") == "object" else []
    for part in schema.values() if isinstance(schema, dict) else ():
        if isinstance(part, dict):
            found += objects(part)
    return found


@pytest.mark.parametrize("request_", REQUESTS)
def test_every_schema_is_strict(request_: Compare | Rate) -> None:
    schema = schema_of(request_)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert json.loads(json.dumps(schema)) == schema
    for one in objects(schema):
        assert one["additionalProperties"] is False
        assert one["required"] == list(one["properties"])


def test_the_reason_comes_before_the_verdict() -> None:
    assert list(objects(schema_of(compare()))[0]["properties"]) == ["justification", "verdict"]
    assert list(objects(schema_of(rate()))[0]["properties"]) == ["justification", "ratings"]
    entry = objects(schema_of(compare(shown(), shown())))[1]
    assert list(entry["properties"]) == ["number", "justification", "verdict"]
    assert entry["properties"]["number"]["enum"] == [1, 2]


def test_a_tie_is_in_the_list_only_where_it_is_offered() -> None:
    assert objects(schema_of(compare()))[0]["properties"]["verdict"]["enum"] == ["A", "B", "tie"]
    without = schema_of(compare(ties=False))
    assert objects(without)[0]["properties"]["verdict"]["enum"] == ["A", "B"]


def test_the_numbers_of_a_scale_are_listed() -> None:
    ratings = objects(schema_of(rate()))[1]["properties"]
    assert ratings["accuracy"] == {"type": "integer", "enum": [1, 2, 3, 4, 5]}
    wide = objects(schema_of(REQUESTS[4]))[1]["properties"]["wide"]
    assert wide == {"type": "integer", "minimum": 0, "maximum": 10_000}


@pytest.mark.parametrize(
    ("names", "keys"),
    [
        (("accuracy", "a.b-c_1"), ("accuracy", "a.b-c_1")),
        (("accuracy", "größe"), ("criterion_1", "criterion_2")),
        (("a", "A"), ("criterion_1", "criterion_2")),
        (("a", "a"), ("criterion_1", "criterion_2")),
        (("", "x" * 65), ("criterion_1", "criterion_2")),
        (("a\n",), ("criterion_1",)),
    ],
)
def test_keys_are_names_that_servers_take(names: tuple[str, ...], keys: tuple[str, ...]) -> None:
    criteria = [Scaled(name=name, text="?", low=0, high=1) for name in names]
    assert criterion_keys(criteria) == keys
