import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport.stats.resampling import resampled_rows, resampled_sums, uniform_below


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@given(st.integers(1, 2**32 - 1), st.integers(1, 400), st.integers(0, 10_000))
def test_numbers_are_those_of_numpy(limit: int, size: int, seed: int) -> None:
    chunks = itertools.islice(uniform_below(limit, size, rng(seed)), 3)
    found = np.concatenate([chunk.copy() for chunk in chunks])
    assert (found == rng(seed).integers(0, limit, size=3 * size)).all()


@given(st.integers(1, 300), st.integers(1, 500))
def test_there_are_as_many_rows_as_asked_for(groups: int, draws: int) -> None:
    found = [chunk.copy() for chunk in resampled_rows(groups, draws, rng(1))]
    assert sum(map(len, found)) == draws
    assert all(chunk.shape[1] == groups and chunk.max() < groups for chunk in found)


@pytest.mark.parametrize("groups", [7, 40, 20_000])
@pytest.mark.parametrize("columns", [1, 2, 3, 4, 5, 9])
def test_sums_are_those_of_the_drawn_units(groups: int, columns: int) -> None:
    units = rng(columns).normal(size=(groups, columns))
    chosen = rng(2).integers(0, groups, size=(9, groups))
    assert resampled_sums(units, 9, rng(2)) == pytest.approx(units[chosen].sum(axis=1), abs=1e-9)


def test_equal_and_constant_columns_are_summed_like_others() -> None:
    x = rng(3).normal(size=50)
    units = np.stack((x, np.ones(50), x, np.full(50, 7.0), x**2), axis=1)
    chosen = rng(4).integers(0, 50, size=(200, 50))
    assert resampled_sums(units, 200, rng(4)) == pytest.approx(units[chosen].sum(axis=1), abs=1e-9)
    constant = resampled_sums(np.ones((50, 2)), 3, rng(4))
    assert (constant == 50).all()
