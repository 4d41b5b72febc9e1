"""The share of verdicts for what stood first: what must hold of it beyond the values of its row."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

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


@pytest.mark.parametrize("departing", [0, 1, 5])
def test_a_judge_that_all_but_always_prefers_a_slot_has_an_interval(departing: int) -> None:
    """Nothing varies where it always does: that is no lack of items."""
    first, second = [2] * 50, [0] * 50
    first[:departing], second[:departing] = [1] * departing, [1] * departing
    found = slot_share(first, second, None, level=0.95)
    assert isinstance(found, Estimate)
    assert found.value == pytest.approx(1 - departing / 100)
    bound = float(beta.ppf(0.025, 50 - departing, departing + 1))
    assert found.low == pytest.approx(bound)
    assert found.high >= found.value
    grouped = slot_share(first, second, [i // 5 for i in range(50)], level=0.95)
    assert isinstance(grouped, Estimate)
    assert grouped.low < found.low


def test_negative_counts_are_faults() -> None:
    with pytest.raises(ValueError, match="a count is negative"):
        slot_share([-1.0], [1.0], None, level=0.95)
