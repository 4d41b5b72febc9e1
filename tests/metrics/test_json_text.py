import contextlib
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport.metrics.json_text import MAX_DEPTH, NotJson, decode, decode_first
from evalreport.values import Json
from tests.metrics.cases import steady

_scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"), max_size=8)
)
_values = st.recursive(
    _scalars,
    lambda v: (
        st.lists(v, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=4), v, max_size=4)
    ),
    max_leaves=12,
)
_containers = _values.filter(lambda v: isinstance(v, dict | list))


def _strict(text: str, start: int) -> tuple[Json, int]:
    """The standard library's decoder at one place, without its leniency for NaN."""

    def refused(name: str) -> Json:
        raise ValueError(name)

    value, end = json.JSONDecoder(parse_constant=refused).raw_decode(text, start)
    return value, end


@steady
@given(
    _containers,
    st.sampled_from([None, 2]),
    st.booleans(),
    st.sampled_from(["", "so: ", "a ] } , "]),
)
def test_a_json_value_in_prose_is_found_whole(
    value: Json, indent: int | None, ascii_: bool, before: str
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_)
    assert decode_first(f"{before}{text} and {{more}}") == json.loads(text)


@steady
@given(st.text(alphabet='{}[]",:\\ntru1e-. \n', max_size=40))
def test_what_is_found_is_what_the_standard_library_decodes_there(text: str) -> None:
    openings = [i for i, mark in enumerate(text) if mark in "[{"]
    decoded = []
    for i in openings:
        try:
            decoded.append(_strict(text, i)[0])
        except ValueError:
            decoded.append(None)
    try:
        found = decode_first(text)
    except NotJson:
        assert not decoded or decoded[0] is None
    else:
        assert found in decoded
        assert isinstance(decoded[0], list) or decoded[0] in (None, found)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('x {"a":1} y', {"a": 1}),
        ('[Note: {"a": 1}]', {"a": 1}),
        ('{"a": 1}} {"b": 2}', {"a": 1}),
        ('{answer: {"a": 1}}', {"a": 1}),
        ('{"note": "see {"a": 1}"}', {"a": 1}),
        ("[1 2] [3]", [3]),
        ('{"a": 01} {"a": 1}', {"a": 1}),
        ('{"a": NaN} [null]', [None]),
        ("[1,] []", []),
        ('see [1] and [2]: {"a": 1} [3]', {"a": 1}),
        ('[{"a": 1}, {"b": 2}] [3]', [{"a": 1}, {"b": 2}]),
        ("[1] {2}", [1]),
        ('he said "use { here" {"ok": true}', {"ok": True}),
        ('{"a": "x\ny"} {"a": "x"}', {"a": "x"}),
    ],
)
def test_the_first_value_that_parses(text: str, value: Json) -> None:
    assert decode_first(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no json",
        "{",
        '{"a": 1',
        '[{"a": 1}, {"b"',
        '{"items": [{"name": "x"}, {"na',
        '{"a": 1,}',
        "{'a': 1}",
        "[1.]",
        "[+1]",
        "{1: 2}",
    ],
)
def test_a_piece_of_what_breaks_off_is_no_answer(text: str) -> None:
    with pytest.raises(NotJson):
        decode_first(text)


N = 1_000_000


@pytest.mark.parametrize(
    "text",
    [
        "{" * N,
        "[" * N,
        '"' * N,
        '{"' * (N // 2),
        '["' * (N // 2),
        '"[' * (N // 2),
        "{}" * (N // 2),
        '["a",' + "[" * 60 + "1," * (N // 2) + "x",
        '["' + '[\\"' * (N // 3),
        '["\\"' * (N // 4),
        "[" + " " * N + "x",
        '["' + "[" * N + '"x',
        '{"a":[1],"b" ' * (N // 12),
        "[" + "1" * N,
        "[" + "[1]," * (N // 4),
        "[-" * (N // 2),
        '{"a":"b"x' * (N // 9),
        '["\n' * (N // 3),
    ],
    ids=lambda text: repr(text[:12]),
)
def test_a_megabyte_of_hostile_text_takes_linear_time(text: str) -> None:
    def seconds(size: int) -> float:
        began = time.process_time()
        with contextlib.suppress(NotJson):
            decode_first(text[:size])
        return time.process_time() - began

    whole, tenth = seconds(len(text)), seconds(len(text) // 10)
    assert whole < 10
    assert whole < 40 * tenth + 0.5  # quadratic time would take 100 times as long


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[" * 100_000, "nested"),
        ("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), "nested"),
        ('{"a":' * 100_000, "nested"),
        ("1" * 5000, "digits"),
        ("[1e999]", "too large"),
        ("[-1e999]", "too large"),
        ("NaN", "NaN"),
        ("-Infinity", "Infinity"),
        ("", "not JSON"),
        ("{} x", "not JSON"),
        ('"\x00"', "not JSON"),
    ],
    ids=range(11),
)
def test_what_is_beyond_the_bounds_is_refused_with_a_reason(text: str, why: str) -> None:
    with pytest.raises(NotJson, match=why):
        decode(text)


def test_the_deepest_value_allowed() -> None:
    text = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert json.dumps(decode(text)) == text
    assert decode_first(text) == decode(text)
    assert decode('["' + "[" * 1000 + '"]') == ["[" * 1000]  # brackets in a string nest nothing


def test_half_a_character_becomes_a_replacement_and_whole_ones_stay() -> None:
    assert decode('{"a\\ud800": ["\\udc00b", "\\ud83d\\ude00", "\\u00e9"]}') == {
        "a\ufffd": ["\ufffdb", "😀", "é"]
    }
    json.dumps(decode('"\\ud800"'), ensure_ascii=False).encode()
