import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport.estimates import Estimate
from evalreport.stats.paired_binary import tango
from evalreport.stats.paired_proportions import bonett_price, newcombe_paired
from tests.stats.second_opinion import stats


@st.composite
def tables(draw: st.DrawFn) -> tuple[int, int, int, int]:
    return tuple(draw(st.lists(st.integers(0, 90), min_size=4, max_size=4).filter(any)))  # type: ignore[return-value]  # four


def both(table: tuple[int, int, int, int], level: float = 0.95) -> list[Estimate]:
    a, b, c, d = table
    found = [
        bonett_price(b, c, a + b + c + d, level=level),
        newcombe_paired(*table, level=level),
    ]
    assert all(isinstance(one, Estimate) for one in found)
    return [one for one in found if isinstance(one, Estimate)]


@given(tables())
def test_swapping_the_arms_swaps_the_signs(table: tuple[int, int, int, int]) -> None:
    a, b, c, d = table
    for one, other in zip(both(table), both((a, c, b, d)), strict=True):
        assert (one.low, one.value, one.high) == pytest.approx(
            (-other.high, -other.value, -other.low), abs=1e-12
        )


@given(tables())
def test_right_for_wrong_swaps_the_signs_too(table: tuple[int, int, int, int]) -> None:
    a, b, c, d = table
    one, other = both(table)[1], both((d, c, b, a))[1]
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low), abs=1e-12)


@given(tables())
def test_stays_inside_has_width_and_grows_with_the_level(table: tuple[int, int, int, int]) -> None:
    for one, wider in zip(both(table), both(table, 0.99), strict=True):
        assert -1 - 1e-12 <= one.low <= one.value <= one.high <= 1 + 1e-12
        assert one.high - one.low > 1e-6
        assert wider.low <= one.low + 1e-12
        assert one.high <= wider.high + 1e-12


@given(tables())
def test_four_times_the_items_narrow(table: tuple[int, int, int, int]) -> None:
    a, b, c, d = table
    for few, many in zip(both(table), both((4 * a, 4 * b, 4 * c, 4 * d)), strict=True):
        assert many.high - many.low < few.high - few.low + 1e-12


def test_is_close_to_tango_for_many_items() -> None:
    found = tango(120, 80, 1000, level=0.95)
    assert isinstance(found, Estimate)
    for one in both((500, 120, 80, 300)):
        assert (one.low, one.high) == pytest.approx((found.low, found.high), abs=3e-3)


def test_shows_a_low_level_with_its_value_inside() -> None:
    found = bonett_price(50, 0, 50, level=0.1)
    assert isinstance(found, Estimate)
    assert found.value == found.high == 1


@pytest.mark.parametrize(
    ("n", "up", "down", "coverage"),
    [(20, 0.10, 0.02, 0.997), (20, 0.50, 0.40, 0.943), (50, 0.10, 0.02, 0.970),
     (50, 0.15, 0.15, 0.960), (100, 0.20, 0.10, 0.955)],
)  # fmt: skip
def test_coverage_is_the_references(n: int, up: float, down: float, coverage: float) -> None:
    """The table of section 1.3, by enumeration."""
    counts = np.array([(b, c, n - b - c) for b in range(n + 1) for c in range(n + 1 - b)])
    chances = stats.multinomial.pmf(counts, n, [up, down, 1 - up - down])
    likely = chances > 1e-8
    covered = 0.0
    for (b, c, _), chance in zip(counts[likely], chances[likely], strict=True):
        found = bonett_price(int(b), int(c), n, level=0.95)
        assert isinstance(found, Estimate)
        covered += float(chance) * (found.low <= up - down <= found.high)
    assert covered == pytest.approx(coverage, abs=6e-4)
