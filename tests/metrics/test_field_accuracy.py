import itertools
import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport.errors import DataError
from evalreport.metrics.base import Scale
from evalreport.metrics.field_overlap import ListOrder, Overlap, leaves, normal_form, overlap
from evalreport.records import Unscorable
from evalreport.values import Json
from tests.metrics.cases import answer, item, items, metric, no_answer, one, steady

_scalars = st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from(["a", "b", "", 1.5])
_orders: st.SearchStrategy[ListOrder] = st.sampled_from(("in_order", "multiset"))
_values = st.recursive(
    _scalars,
    lambda v: st.lists(v, max_size=3) | st.dictionaries(st.sampled_from("xyz"), v, max_size=3),
    max_leaves=8,
)


def _flat(value: Json, path: tuple[str | int, ...] = ()) -> dict[tuple[str | int, ...], str]:
    """Every path to a scalar or an empty container, with its JSON text."""
    entries = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    found: dict[tuple[str | int, ...], str] = {}
    for key, entry in entries:
        found |= _flat(entry, (*path, f"{'.' if isinstance(value, dict) else '#'}{key}"))
    return found or {path: json.dumps(value)}


@steady
@given(_values, _values)
def test_in_order_is_the_comparison_of_flat_paths(reference: Json, given_: Json) -> None:
    right, there = _flat(reference), _flat(given_)
    # a scalar and a container at one place are different paths
    kinds = (
        {(p, v in ("{}", "[]") and v) for p, v in right.items()},
        {(p, v in ("{}", "[]") and v) for p, v in there.items()},
    )
    equal = sum(there.get(path) == value for path, value in right.items())
    found = overlap(reference, given_, "in_order")
    assert found == Overlap(equal, len(kinds[0] | kinds[1]))
    assert 0.0 <= found.share <= 1.0


@steady
@given(_values, _values, _orders)
def test_overlap_is_symmetric_and_whole_only_for_equals(
    reference: Json, given_: Json, order: ListOrder
) -> None:
    found = overlap(reference, given_, order)
    assert found == overlap(given_, reference, order)
    assert overlap(reference, reference, order) == Overlap(leaves(reference), leaves(reference))
    if order == "in_order":
        assert (found.share == 1.0) == (
            json.dumps(reference, sort_keys=True) == json.dumps(given_, sort_keys=True)
        )


@steady
@given(st.lists(_values, max_size=4), st.lists(_values, max_size=4))
def test_the_pairing_of_a_multiset_is_the_best_of_all(
    reference: list[Json], given_: list[Json]
) -> None:
    found = overlap(reference, given_, "multiset")
    if not reference or not given_:
        assert found.right == int(not reference and not given_)
        return
    short, long = sorted((reference, given_), key=len)
    best = max(
        sum(overlap(a, b, "multiset").right for a, b in zip(short, chosen, strict=True))
        for chosen in itertools.permutations(long, len(short))
    )
    assert found.right == best


@steady
@given(st.lists(_values, min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_the_order_of_a_multiset_does_not_matter(entries: list[Json], rng: random.Random) -> None:
    shuffled = rng.sample(entries, len(entries))
    assert overlap(entries, shuffled, "multiset").share == 1.0


@pytest.mark.parametrize(
    ("options", "reference", "value", "score"),
    [
        ({}, {"a": 1, "b": "x"}, {"a": 1, "b": "x"}, 1.0),
        ({}, {"a": 1, "b": "x"}, {"a": 1, "b": "y"}, 1 / 2),
        ({}, {"a": 1, "b": "x"}, {"a": 1}, 1 / 2),
        ({}, {"a": 1, "b": "x"}, {"a": 1, "b": "x", "c": 0}, 2 / 3),  # an extra field costs
        ({}, {"a": 1}, {"a": "1"}, 0.0),
        ({}, {"a": 1}, {"a": True}, 0.0),
        ({}, {"a": 3}, {"a": 3.0}, 1.0),
        ({}, {"a": None}, {"a": None}, 1.0),
        ({}, {"a": None}, {}, 0.0),
        ({}, {}, {}, 1.0),
        ({}, {"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}, 1 / 2),
        ({}, {"a": {"b": 1}}, {"a": 1}, 0.0),
        ({}, [1, 2], [2, 1], 0.0),
        ({"lists": "multiset"}, [1, 2], [2, 1], 1.0),
        ({"lists": "multiset"}, [1, 1, 2], [1, 2, 2], 2 / 3),
        (
            {"lists": "multiset"},
            [{"n": "tea", "q": 2}, {"n": "cake", "q": 1}],
            [{"n": "cake", "q": 1}, {"n": "tea", "q": 3}],
            3 / 4,
        ),
        (
            {},
            [{"n": "tea", "q": 2}, {"n": "cake", "q": 1}],
            [{"n": "cake", "q": 1}, {"n": "tea", "q": 2}],
            0.0,
        ),
        ({}, [1, 2, 3], [1, 2], 2 / 3),
        ({}, {"a": "New York"}, {"a": "new  york"}, 0.0),
        ({"normalise": ["lower", "whitespace"]}, {"a": "New York"}, {"a": "new  york"}, 1.0),
        ({"normalise": ["numbers"]}, {"a": 2, "b": "3.0"}, {"a": "2", "b": 3}, 1.0),
        ({"normalise": ["numbers"]}, {"a": "x"}, {"a": 2}, 0.0),
        ({}, {"a": 1}, '{"a": 1}', 1.0),
        ({}, "word", "word", None),
    ],
)
def test_known_shares(
    options: dict[str, Json], reference: Json, value: Json, score: float | None
) -> None:
    found = one({"metric": "field_accuracy", **options}, json.dumps(reference), value)
    assert isinstance(found, Unscorable) if score is None else found == pytest.approx(score)


def test_columns_for_top_level_fields() -> None:
    tests = items('{"name": "Ann", "items": [1, 2]}', '{"name": "Bob", "note": "x"}')
    scorer = metric({"metric": "field_accuracy", "per_field": True}).prepare(tests)
    assert [(c.field, c.scale) for c in scorer.columns] == [
        (None, Scale.MEAN),
        ("items", Scale.MEAN),
        ("name", Scale.BINARY),
        ("note", Scale.BINARY),
    ]
    assert scorer.score(tests[0], answer({"name": "Ann", "items": [1, 3]})) == (
        2 / 3,
        0.5,
        1.0,
        1.0,
    )
    assert scorer.score(tests[1], answer({"name": ["Bob"], "items": []})) == (0.0, 0.0, 0.0, 0.0)
    assert scorer.score(tests[1], answer([])) == (0.0, 1.0, 0.0, 0.0)
    assert scorer.penalty(tests[0]) == (0.0,) * 4
    assert scorer.score(tests[0], no_answer()) == Unscorable(reason="nothing found")


def test_unusable_references_are_errors() -> None:
    with pytest.raises(DataError, match=r"line 2, item i1\n.*the reference is unusable: not JSON"):
        metric("field_accuracy").prepare(items("{}", "{"))
    with pytest.raises(DataError, match="unusable"):
        metric("field_accuracy").prepare([item(None)])
    with pytest.raises(DataError, match="no JSON object"):
        metric({"metric": "field_accuracy", "per_field": True}).prepare(items("[1]"))


def test_long_hostile_lists_end_soon() -> None:
    reference: list[Json] = [{"n": str(i), "q": i} for i in range(20)]
    given_: list[Json] = [{"n": str(i), "q": -1} for i in range(60_000)]
    found = overlap(reference, given_, "multiset")
    assert found.right == 20
    assert found.paths == 120_000  # 20 pairs with two paths each, and all that is extra
    assert overlap(reference, [1] * 300_000, "multiset").right == 0


def test_normal_form_changes_values_not_keys() -> None:
    value: Json = {"A B": [" X ", 2.0, True, 2.5, "1e400", "2.0"]}
    assert normal_form(value, ["lower", "whitespace", "numbers"]) == {
        "A B": ["x", 2, True, 2.5, "1e400", 2]
    }
    assert normal_form(value, []) == value
