"""Why a step would run, in words."""

from hypothesis import given
from hypothesis import strategies as st

from evalreport.plan.reasons import show, why
from evalreport.values import Json

scalars = st.booleans() | st.integers(-5, 5) | st.text("ab", max_size=3)
values: st.SearchStrategy[Json] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("pq"), inner, max_size=2),
    max_leaves=4,
)  # fmt: skip


def test_what_was_never_done() -> None:
    assert why({}, None, missing=0, items=0) == "not done yet"
    assert why({}, None, missing=20, items=20) == "not done yet"
    assert why({}, None, missing=2, items=20) == "not done yet; 2 of 20 items"


def test_old_and_new_value() -> None:
    now: dict[str, Json] = {"a": 1, "b": None, "c": True, "d": [1, "x"]}
    before: dict[str, Json] = {"a": 2, "b": "was", "c": None, "d": [1, "x"]}
    assert why(now, before, missing=0, items=0) == "a 2 -> 1; b was -> unset; c unset -> true"


def test_more_than_three_are_counted() -> None:
    now: dict[str, Json] = dict.fromkeys("abcde", 1)
    before: dict[str, Json] = dict.fromkeys("abcde", 2)
    assert why(now, before, missing=0, items=0) == "a 2 -> 1; b 2 -> 1; c 2 -> 1; and 2 more"


def test_inside_of_a_block_the_key_is_named() -> None:
    now: dict[str, Json] = {"decoding": {"n": 48, "stop": [], "deep": {"x": 1}}}
    before: dict[str, Json] = {"decoding": {"n": 64, "stop": [], "deep": {"x": 2}, "gone": 1}}
    assert why(now, before, missing=0, items=0) == (
        "decoding.n 64 -> 48; decoding.deep.x 2 -> 1; decoding.gone 1 -> unset"
    )


def test_inputs_upstream_and_items() -> None:
    reason = why(
        {"input:test": "d2"},
        {"input:test": "d1"},
        missing=20,
        items=320,
        upstream=("train seed 1",),
    )
    assert reason == "test changed; after train seed 1; 20 of 320 items"


def test_nothing_changed_and_yet_something_is_missing() -> None:
    assert why({"a": 1}, {"a": 1}, missing=5, items=5) == "its responses are missing from the store"
    assert why({"a": 1}, {"a": 1}, missing=2, items=5) == "2 of 5 items"


def test_values_look_as_the_spec_would_write_them() -> None:
    written: list[Json] = [None, True, 2e-4, "x", [1, None], {"a": False}]
    shown = [show(value) for value in written]
    assert shown == ["unset", "true", "0.0002", "x", "[1, null]", '{"a": false}']


@given(
    st.dictionaries(st.sampled_from("abc"), values), st.dictionaries(st.sampled_from("abc"), values)
)
def test_a_difference_is_always_told(now: dict[str, Json], before: dict[str, Json]) -> None:
    reason = why(now, before, missing=0, items=0)
    differs = any(now.get(name) != before.get(name) for name in {*now, *before})
    assert ("->" in reason) == differs
