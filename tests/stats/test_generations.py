import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport.estimates import Estimate, NotEstimable, Point
from evalreport.stats.generations import Generations, generations
from evalreport.stats.paired_mean import mean_interval


def drawn(seed: int, items: int = 40, draws: int = 6) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (rng.uniform(size=(items, draws)) < rng.uniform(size=(items, 1))).astype(float)


def of(scores: np.ndarray) -> Generations:
    found = generations(scores, level=0.95, bounds=(0, 1))
    assert isinstance(found, Generations)
    return found


@given(st.integers(0, 10_000))
def test_order_of_items_and_of_draws_does_not_matter(seed: int) -> None:
    scores = drawn(seed)
    rng = np.random.default_rng(seed + 1)
    shuffled = rng.permuted(scores[rng.permutation(len(scores))], axis=1)
    one, other = of(scores), of(shuffled)
    assert (one.between, one.within) == pytest.approx((other.between, other.within))


@given(st.integers(0, 10_000))
def test_the_parts_make_up_the_standard_error(seed: int) -> None:
    scores = drawn(seed)
    found = of(scores)
    means = scores.mean(axis=1)
    assert found.mean == mean_interval(means, level=0.95, bounds=(0, 1))
    if found.between > 0:
        se = float(means.std(ddof=1)) / math.sqrt(len(means))
        assert found.standard_error(40, 6) == pytest.approx(se)
        assert found.noise_share == pytest.approx(found.within / 6 / (se * se * 40))


@given(st.integers(0, 10_000), st.integers(1, 30))
def test_more_items_always_help_and_more_draws_only_so_far(seed: int, draws: int) -> None:
    found = of(drawn(seed))
    se = found.standard_error(40, draws)
    assert found.standard_error(160, draws) == pytest.approx(se / 2)
    assert math.sqrt(found.between / 40) <= found.standard_error(40, draws + 1) <= se


def test_millers_example_of_uniform_difficulty() -> None:
    """Var(x) = 1/12 and E[sigma²] = 1/6: 2, 4, 6 draws lessen the variance by 1/3, 1/2, 5/9."""
    found = Generations(
        mean=Point(value=0.5, no_interval="none"), between=1 / 12, within=1 / 6, items=1, draws=1
    )
    for draws, less in ((2, 1 / 3), (4, 1 / 2), (6, 5 / 9)):
        ratio = (found.standard_error(100, draws) / found.standard_error(100, 1)) ** 2
        assert ratio == pytest.approx(1 - less)
    many = of(drawn(5, 20_000, 4))
    assert (many.between, many.within) == pytest.approx((1 / 12, 1 / 6), abs=0.004)


def test_all_draws_as_items_would_be_too_narrow() -> None:
    scores = drawn(3, 40, 10)
    found, naive = of(scores).mean, mean_interval(scores.ravel(), level=0.95, bounds=(0, 1))
    assert isinstance(found, Estimate)
    assert isinstance(naive, Estimate)
    assert found.high - found.low > 1.4 * (naive.high - naive.low)


def test_pure_noise_has_nothing_between_items() -> None:
    found = of(np.tile([[0.0, 1.0], [1.0, 0.0]], (10, 1)))
    assert (found.between, found.noise_share) == (0, 1)


def test_bad_input() -> None:
    assert isinstance(generations(np.zeros((3, 0)), level=0.95), NotEstimable)
    with pytest.raises(ValueError, match="two dimensions"):
        generations([0.0, 1.0], level=0.95)
    with pytest.raises(ValueError, match="at least one"):
        of(drawn(1)).standard_error(0, 3)
    with pytest.raises(ValueError, match="outside"):
        generations([[0.0, 2.0], [0.0, 1.0]], level=0.95, bounds=(0, 1))
