import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport.stats.worst_case import worst_case

EVERY = np.ones(4, dtype=bool)


def test_each_end_takes_the_extremes() -> None:
    found = worst_case(
        [1.0, 0.5, 99.0, 0.0],
        [0.5, math.nan, 0.0, 0.0],
        candidate_known=[True, True, False, True],
        reference_known=[True, False, True, True],
        bounds=(0, 1),
    )
    assert list(found.least) == [0.5, -0.5, 0.0, 0.0]
    assert list(found.greatest) == [0.5, 0.5, 1.0, 0.0]
    assert found.bounds == (0.0, 0.5)


def test_nothing_missing_is_no_width() -> None:
    a, b = np.array([1.0, 0, 1, 1]), np.array([0.0, 0, 1, 0])
    found = worst_case(a, b, candidate_known=EVERY, reference_known=EVERY, bounds=(0, 1))
    assert (found.least == found.greatest).all()
    assert found.bounds == (0.5, 0.5)


@given(st.integers(0, 10_000))
def test_every_possible_truth_lies_between(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.uniform(-2, 3, size=(2, 12))
    known_a, known_b = rng.random((2, 12)) < 0.7
    found = worst_case(a, b, candidate_known=known_a, reference_known=known_b, bounds=(-2, 3))
    low, high = found.bounds
    assert low - 1e-12 <= (a - b).mean() <= high + 1e-12
    missing = (~known_a).sum() + (~known_b).sum()
    assert high - low == pytest.approx(5 * missing / 12)


def test_bad_input() -> None:
    known = {"candidate_known": EVERY, "reference_known": EVERY}
    with pytest.raises(ValueError, match="NaN"):
        worst_case([math.nan] * 4, [0.0] * 4, **known, bounds=(0, 1))
    with pytest.raises(ValueError, match="outside"):
        worst_case([2.0] * 4, [0.0] * 4, **known, bounds=(0, 1))
    with pytest.raises(ValueError, match="boolean"):
        worst_case(
            [0.0] * 4, [0.0] * 4, candidate_known=[1, 0, 1, 1], reference_known=EVERY, bounds=(0, 1)
        )
    with pytest.raises(ValueError, match="same items"):
        worst_case([0.0] * 4, [0.0], candidate_known=EVERY, reference_known=[True], bounds=(0, 1))
    none = np.zeros(0, dtype=bool)
    with pytest.raises(ValueError, match="same items"):
        worst_case([], [], candidate_known=none, reference_known=none, bounds=(0, 1))
    with pytest.raises(ValueError, match="bounds"):
        worst_case([0.0] * 4, [0.0] * 4, **known, bounds=(1, 0))


@given(st.integers(0, 10_000))
def test_exchanged_arms_mirror_the_bounds_and_order_does_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.uniform(0, 1, size=(2, 12))
    known_a, known_b = rng.random((2, 12)) < 0.7
    order = rng.permutation(12)

    def bounds(x: np.ndarray, y: np.ndarray, kx: np.ndarray, ky: np.ndarray) -> tuple[float, float]:
        return worst_case(x, y, candidate_known=kx, reference_known=ky, bounds=(0, 1)).bounds

    low, high = bounds(a, b, known_a, known_b)
    assert bounds(b, a, known_b, known_a) == pytest.approx((-high, -low))
    shuffled = bounds(a[order], b[order], known_a[order], known_b[order])
    assert shuffled == pytest.approx((low, high))
    fewer = known_a & (np.arange(12) > 3)
    wider = bounds(a, b, fewer, known_b)
    assert wider[0] <= low + 1e-12
    assert wider[1] >= high - 1e-12
