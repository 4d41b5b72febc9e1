import json
import sys
from pathlib import Path

import jsonschema
import pytest
from pydantic import TypeAdapter, ValidationError

from evalreport.errors import SpecError
from evalreport.metrics.base import Output
from evalreport.metrics.extract import (
    AnyExtract,
    Fenced,
    Function,
    JsonAnswer,
    LastNumber,
    Regex,
    Whole,
)
from evalreport.values import Json

_EXTRACT: TypeAdapter[Whole | Fenced | JsonAnswer | Regex | LastNumber | Function] = TypeAdapter(
    AnyExtract
)

CHATTY = 'Sure!\n```json\n{"a": 1}\n```\nor\n```sql\nselect 2\n```\nThat is 1,200 EUR. Answer: B'


def _read(spec: Json, text: str = CHATTY) -> Output:
    return _EXTRACT.validate_python(spec).read(text)


@pytest.mark.parametrize(
    ("spec", "value"),
    [
        ("whole", CHATTY),
        ({"kind": "whole"}, CHATTY),
        ("fenced", "select 2"),
        ({"fenced": "JSON"}, '{"a": 1}'),
        ({"kind": "fenced", "fenced": "sql"}, "select 2"),
        ("first_object", {"a": 1}),
        ({"json": "first_object"}, {"a": 1}),
        ({"json": "fenced"}, {"a": 1}),
        ({"kind": "json", "json": "first_object"}, {"a": 1}),
        ("last_number", 1200),
        ({"kind": "last_number"}, 1200),
        ({"regex": "Answer: ([A-D])"}, "B"),
        ({"regex": "Answer: [A-D]"}, "Answer: B"),
        ({"regex": "[0-9]", "which": "first"}, "1"),
        ({"regex": "[0-9]"}, "0"),
        ({"regex": "(?i)answer: (?P<letter>[a-d])"}, "B"),
        ({"regex": "(x)|Sure"}, None),
        ({"function": "os.path:basename"}, CHATTY),
        ({"function": "builtins:len"}, len(CHATTY)),
    ],
)
def test_every_form_finds_its_answer(spec: Json, value: Json) -> None:
    found = _read(spec)
    assert found.value == value
    assert found.text == CHATTY
    assert bool(found.problem) is (value is None)


@pytest.mark.parametrize(
    ("spec", "text", "why"),
    [
        ("fenced", "none", "no fenced block"),
        ({"fenced": "sql"}, "```\nx\n```", "tagged sql"),
        ("first_object", "none", "no JSON object"),
        ({"json": "whole"}, CHATTY, "not JSON"),
        ({"json": "fenced"}, "```\nx\n```", "not JSON"),
        ({"json": "fenced"}, "x", "no fenced block"),
        ("last_number", "none", "no number"),
        ({"regex": "Answer: (.)"}, "none", "nothing matches"),
        ({"regex": "(a|aa)+$"}, "a" * 60 + "b", "took more than"),
        ({"function": "json:loads"}, "{", "JSONDecodeError"),
        ({"function": "builtins:dir"}, "\ud800", ""),
        ({"function": "builtins:set"}, "x", "TypeError"),
        ({"function": "builtins:float"}, "nan", "ValueError"),
        ({"function": "builtins:print"}, "", "found nothing"),
    ],
)
def test_what_cannot_be_read_is_a_problem_with_a_reason(spec: Json, text: str, why: str) -> None:
    found = _read(spec, text)
    assert why in found.problem
    assert found.text == text
    assert (found.value is None) == bool(found.problem)


def test_json_null_is_an_answer() -> None:
    assert _read({"json": "whole"}, " null ") == Output(" null ", None, "")


def test_json_prefers_the_block_tagged_json() -> None:
    assert _read({"json": "fenced"}, "```json\n[1]\n```\n```\nx\n```").value == [1]
    assert _read({"json": "fenced"}, "```\n[2]\n```").value == [2]


HOSTILE = [
    "",
    "\x00\x1b[31m",
    "\ud800",
    "{" * 100_000,
    '["' * 50_000,
    "9" * 100_000,
    "```" * 30_000,
    "\u202e\u0000" * 1000,
    "[" * 100_000 + "]" * 100_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:8]))
@pytest.mark.parametrize(
    "spec",
    [
        "whole",
        "fenced",
        "first_object",
        {"json": "whole"},
        {"json": "fenced"},
        "last_number",
        {"regex": "(.+)+x"},
        {"function": "json:loads"},
    ],
    ids=str,
)
def test_no_text_makes_reading_raise(spec: Json, text: str) -> None:
    found = _read(spec, text)
    assert isinstance(found, Output)
    assert found.problem == "" or found.value is None


@pytest.mark.parametrize(
    ("spec", "place", "why"),
    [
        ("hole", (), "no way to read"),
        ("regex", (), "no way to read"),
        ({"regex": "("}, ("regex", "regex"), "not a regular expression"),
        ({"regex": "a", "wich": "last"}, ("regex", "wich"), "not permitted"),
        ({"json": "last"}, ("json", "json"), "first_object"),
        ({"function": "no_colon"}, ("function", "function"), "module:function"),
        ({"which": "last"}, (), "one of the keys"),
        (3, (), "no way to read"),
        (None, (), "no way to read"),
        ({"kind": "whole", "strip": 1}, ("whole", "strip"), "not permitted"),
    ],
)
def test_what_is_wrong_in_the_spec_is_said_in_its_place(
    spec: Json, place: tuple[str, ...], why: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        _EXTRACT.validate_json(json.dumps(spec))
    (error,) = caught.value.errors()
    assert error["loc"] == place
    assert why in error["msg"]


def test_the_exported_schema_knows_every_form() -> None:
    schema = _EXTRACT.json_schema()
    accepts = jsonschema.Draft202012Validator(schema).is_valid
    for spec in (
        "whole",
        {"json": "whole"},
        {"regex": "a", "which": "first"},
        {"kind": "regex", "regex": "a"},
        {"fenced": "sql"},
        {"function": "a:b"},
    ):
        assert accepts(spec), spec
    for spec in (
        "hole",
        {"json": "last"},
        {"regex": "a", "wich": "first"},
        {"kind": "regex"},
        {"kind": "whole", "json": "whole"},
    ):
        assert not accepts(spec), spec


@pytest.mark.parametrize(
    "spec", ["fenced", {"json": "whole"}, {"regex": "a"}, {"function": "a.b:c"}]
)
def test_what_is_written_out_is_read_again(spec: Json) -> None:
    value = _EXTRACT.validate_python(spec)
    assert _EXTRACT.validate_json(_EXTRACT.dump_json(value)) == value


def test_a_function_is_imported_only_to_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_extraction.py").write_text(
        "def upper(text):\n    return {'loud': text.upper()}\nanswer = 42\nimport sys\nsys.imported_mine = True\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    extract = _EXTRACT.validate_python({"function": "my_extraction:upper"})
    assert "my_extraction" not in sys.modules
    assert extract.read("a").value == {"loud": "A"}
    for name, why in (
        ("my_extraction:lower", "lower"),
        ("my_extraction:answer", "not a function"),
        ("no_such_module_here:f", "ModuleNotFoundError"),
    ):
        with pytest.raises(SpecError, match=why):
            _EXTRACT.validate_python({"function": name}).read("a")
