"""The win rate at equal length: what must hold of it beyond the values of its row."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalreport.estimates import Estimate, NotEstimable, Point
from evalreport.stats import win_rate_at_equal_length

PAIRS = st.lists(
    st.tuples(st.sampled_from([0.0, 0.5, 1.0]), st.integers(1, 400), st.integers(1, 400)),
    min_size=20,
    max_size=80,
)


def found(
    pairs: list[tuple[float, int, int]], clusters: list[int] | None = None
) -> Estimate | Point | NotEstimable:
    y, mine, theirs = (np.asarray(column, dtype=np.float64) for column in zip(*pairs, strict=True))
    return win_rate_at_equal_length(y, mine, theirs, clusters, level=0.95)


@settings(max_examples=60)
@given(PAIRS)
def test_arms_by_each_others_names_give_the_rest_to_one(
    pairs: list[tuple[float, int, int]],
) -> None:
    one, other = found(pairs), found([(1 - y, b, a) for y, a, b in pairs])
    assert type(one) is type(other)
    if isinstance(one, Estimate) and isinstance(other, Estimate):
        assert one.value == pytest.approx(1 - other.value, abs=1e-8)
        assert one.low == pytest.approx(1 - other.high, abs=1e-8)


@settings(max_examples=40)
@given(PAIRS, st.integers(2, 9))
def test_the_unit_of_lengths_is_no_matter(pairs: list[tuple[float, int, int]], times: int) -> None:
    one, other = found(pairs), found([(y, a * times, b * times) for y, a, b in pairs])
    if isinstance(one, Estimate):
        assert isinstance(other, Estimate)
        assert one.value == pytest.approx(other.value, abs=1e-8)
        assert one.high == pytest.approx(other.high, abs=1e-8)


@settings(max_examples=40)
@given(PAIRS)
def test_copies_of_a_pair_in_its_cluster_narrow_nothing(
    pairs: list[tuple[float, int, int]],
) -> None:
    one = found(pairs, [*range(len(pairs))])
    twice = found(pairs * 2, [*range(len(pairs))] * 2)
    if isinstance(one, Estimate) and isinstance(twice, Estimate):
        assert twice.value == pytest.approx(one.value, abs=1e-8)
        assert twice.high - twice.low == pytest.approx(one.high - one.low, rel=1e-6)


def test_lengths_and_outcomes_that_cannot_be_are_faults() -> None:
    with pytest.raises(ValueError, match="a length is negative"):
        found([(1.0, -1, 1)])
    with pytest.raises(ValueError, match="outside"):
        found([(2.0, 1, 1)])
