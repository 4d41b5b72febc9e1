import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport.stats.resampling import (
    _by_blocks,
    _by_taking,
    _segments,
    resampled_rows,
    resampled_sums,
    uniform_below,
)
from tests.stats.second_opinion import stats


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


@pytest.mark.parametrize("groups", [7, 40, 4_000])
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


@pytest.mark.parametrize("groups", [4_096, 4_097, 5_000])
def test_thousands_of_units_are_drawn_in_pairs(groups: int) -> None:
    """Every resample holds as many units, and the parts of it are multinomial."""
    place = np.arange(groups)
    parts = np.stack((place % 7 == 0, place < 1000, place == groups - 1), axis=1).astype(float)
    found = resampled_sums(np.column_stack((parts, parts.sum(axis=1))), 20_000, rng(5))
    assert (found[:, :3].sum(axis=1) == found[:, 3]).all()
    size, share = parts.sum(axis=0), parts.mean(axis=0)
    error = np.sqrt(size * (1 - share) / 20_000)
    assert (np.abs(found[:, :3].mean(axis=0) - size) < 4 * error).all()
    assert found[:, :3].var(axis=0) == pytest.approx(size * (1 - share), rel=0.06)
    common = (parts[:, 0] * parts[:, 1]).sum() - groups * share[0] * share[1]
    covariance = np.cov(found[:, :2].T)[0, 1]
    assert covariance == pytest.approx(common, abs=0.06 * np.sqrt(size[0] * size[1]))
    # One unit: drawn as often as a binomial with n draws has it.
    counts = np.bincount(found[:, 2].astype(int), minlength=8)[:6] / 20_000
    assert counts == pytest.approx(stats.binom.pmf(np.arange(6), groups, 1 / groups), abs=0.015)


def test_pairs_give_the_same_distribution_as_single_draws() -> None:
    x = rng(6).exponential(size=(1, 4_500))
    pairs, singles = _by_blocks(x, 4_000, rng(7)), _by_taking(x, 4_000, rng(8))
    assert stats.ks_2samp(pairs[:, 0], singles[:, 0]).pvalue > 0.001
    lag = np.corrcoef(pairs[:-1, 0], pairs[1:, 0])[0, 1]
    assert abs(lag) < 0.06


def test_segments_without_a_draw_are_0() -> None:
    lengths = np.array([0, 2, 0, 1, 0])
    found = _segments(np.array([[1.0, 10, 100]]), np.array([0, 1, 2]), lengths)
    assert found[:, 0].tolist() == [0, 11, 0, 100, 0]
    nothing = _segments(np.ones((1, 3)), np.zeros(0, dtype=np.intp), np.zeros(2, dtype=np.intp))
    assert nothing.tolist() == [[0], [0]]
