import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport.stats.roots import crossing


@given(st.floats(-100, 100))
def test_finds_a_root_to_the_last_digits(root: float) -> None:
    found = crossing(lambda x: math.atan(x - root), -200, 200)
    assert math.isclose(found, root, rel_tol=1e-14, abs_tol=1e-14)


def test_never_touches_the_ends() -> None:
    found = crossing(lambda x: math.log(x) - math.log(1 - x), 0, 1)
    assert math.isclose(found, 0.5)


def test_gives_the_nearer_end_without_a_change_of_sign() -> None:
    assert crossing(lambda _: -1.0, 0, 1) > 1 - 1e-15
    assert crossing(lambda _: 1.0, 0, 1) < 1e-200


def test_stops_at_the_tolerance() -> None:
    calls = []

    def function(x: float) -> float:
        calls.append(x)
        return x - 0.3

    assert abs(crossing(function, 0, 1, tolerance=1e-3) - 0.3) < 1e-3
    assert len(calls) <= 5


@given(st.floats(0.001, 0.999), st.sampled_from([0.0, 1e-5]))
def test_never_takes_many_more_steps_than_halving(root: float, tolerance: float) -> None:
    """Also where secants are of no use: a function that is nearly a step."""
    for steep in (1.0, 1e3, 1e9):
        calls: list[float] = []

        def function(x: float, steep: float = steep, calls: list[float] = calls) -> float:
            calls.append(x)
            return math.copysign(abs(math.tanh(steep * (x - root))) ** 0.2, x - root)

        assert abs(crossing(function, 0, 1, tolerance=tolerance) - root) <= max(tolerance, 1e-15)
        assert len(calls) <= 4 * (55 if tolerance == 0 else 18)


@pytest.mark.parametrize("near", [(0.29, 0.31), (0.1, 0.2), (0.5, 0.6), (-1.0, 2.0), (0.3, 0.3)])
def test_a_hint_saves_looks_and_changes_nothing(near: tuple[float, float]) -> None:
    looks: list[float] = []

    def function(x: float) -> float:
        looks.append(x)
        return x - 0.3

    plain = crossing(function, 0, 1, tolerance=1e-6)
    without = len(looks)
    assert abs(crossing(function, 0, 1, tolerance=1e-6, near=near) - plain) <= 1e-6
    assert len(looks) - without <= without + 2
