"""The share of verdicts for what stood first: what must hold of it beyond the values of its row."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport.estimates import Estimate, NotEstimable
from evalreport.stats import slot_share

ITEMS = st.lists(
    st.sampled_from([(2, 0), (1, 1), (0, 2), (1, 0), (0, 1), (0, 0)]), min_size=1, max_size=60
)


@given(ITEMS)
def test_slots_that_change_places_give_the_rest_to_one(items: list[tuple[int, int]]) -> None:
    first, second = (np.asarray(column, dtype=np.float64) for column in zip(*items, strict=True))
    one, other = (slot_share(*two, None, level=0.95) for two in ((first, second), (second, first)))
    assert type(one) is type(other)
    if isinstance(one, Estimate) and isinstance(other, Estimate):
        assert one.value == pytest.approx(1 - other.value)
        assert one.low == pytest.approx(1 - other.high)


@given(ITEMS, st.integers(1, 20))
def test_items_without_a_decisive_verdict_change_nothing(
    items: list[tuple[int, int]], more: int
) -> None:
    def share(given: list[tuple[int, int]]) -> object:
        first, second = zip(*given, strict=True)
        return slot_share(first, second, None, level=0.95)

    assert share(items) == share([*items, *[(0, 0)] * more])


def test_an_item_is_one_observation_however_it_was_judged() -> None:
    """Forty agreed items say no more of the slot than that nobody leans."""
    agreed = slot_share([1] * 40, [1] * 40, None, level=0.95)
    lone = slot_share([1, 0] * 20, [0, 1] * 20, None, level=0.95)
    assert isinstance(agreed, Estimate)
    assert isinstance(lone, Estimate)
    assert agreed.high - agreed.low < lone.high - lone.low
    assert isinstance(slot_share([], [], None, level=0.95), NotEstimable)


def test_negative_counts_are_faults() -> None:
    with pytest.raises(ValueError, match="a count is negative"):
        slot_share([-1.0], [1.0], None, level=0.95)
