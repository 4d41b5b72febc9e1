import math
from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalreport.estimates import Estimate, NotEstimable, Point
from evalreport.stats.bradley_terry import bradley_terry
from evalreport.stats.labels import Label

TRUTH = np.array([0.0, 0.4, 0.8, -0.3])
seeds = st.integers(0, 10_000)
Duels: TypeAlias = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def duels(seed: int, n: int = 60, ties: float = 0.1) -> Duels:
    """Every pair of four models on every item."""
    generator = rng(seed)
    first, second = (np.tile(side, n) for side in np.triu_indices(4, 1))
    chance = 1 / (1 + np.exp(TRUTH[second] - TRUTH[first]))
    won = (generator.random(len(first)) < chance) * 1.0
    won[generator.random(len(first)) < ties] = 0.5
    return first, second, won, np.repeat(np.arange(n), 6)


def fitted(
    first: np.ndarray,
    second: np.ndarray,
    won: np.ndarray,
    items: np.ndarray | None,
    reference: Label = 0,
    level: float = 0.95,
) -> dict[Label, Estimate]:
    found = bradley_terry(
        first, second, won, items, reference=reference, level=level, draws=500, rng=rng()
    )
    assert isinstance(found, dict), found
    kept = {name: one for name, one in found.items() if isinstance(one, Estimate)}
    assert len(kept) == len(found)
    return kept


@given(seeds)
@settings(max_examples=15)
def test_order_side_and_names_do_not_matter(seed: int) -> None:
    first, second, won, items = duels(seed)
    plain = fitted(first, second, won, items)
    order = rng(seed).permutation(len(won))
    swapped = fitted(second[order], first[order], 1 - won[order], items[order])
    letters = np.array(list("wxyz"))
    named = fitted(letters[first], letters[second], won, items, "w")
    for place in (1, 2, 3):
        for other in (swapped[place], named["wxyz"[place]]):
            assert other.value == pytest.approx(plain[place].value)
            assert (other.low, other.high) == pytest.approx((plain[place].low, plain[place].high))


@given(seeds)
@settings(max_examples=15)
def test_another_reference_shifts_the_values(seed: int) -> None:
    data = duels(seed)
    plain, other = fitted(*data), fitted(*data, reference=2)
    assert other[1].value == pytest.approx(plain[1].value - plain[2].value)
    assert other[0].low == pytest.approx(-plain[2].high)


@given(seeds)
@settings(max_examples=15)
def test_copies_of_comparisons_do_not_narrow(seed: int) -> None:
    first, second, won, items = duels(seed)
    once = fitted(first, second, won, items)
    often = fitted(np.tile(first, 3), np.tile(second, 3), np.tile(won, 3), np.tile(items, 3))
    for name, found in once.items():
        assert (often[name].low, often[name].high) == pytest.approx((found.low, found.high))


@given(seeds)
@settings(max_examples=15)
def test_a_higher_level_is_never_narrower(seed: int) -> None:
    data = duels(seed)
    for name, wide in fitted(*data, level=0.95).items():
        narrow = fitted(*data, level=0.8)[name]
        assert wide.low <= narrow.low < narrow.high <= wide.high


def test_two_systems_are_a_win_rate() -> None:
    won = np.array([1.0] * 30 + [0.5] * 4 + [0.0] * 16)
    found = fitted(np.ones(50, dtype=int), np.zeros(50, dtype=int), won, None)
    assert found[1].value == pytest.approx(math.log(32 / 18))


def test_covers() -> None:
    covered = []
    for seed in range(150):
        found = fitted(*duels(seed, 40, ties=0.0))
        covered += [found[k].low <= TRUTH[k] <= found[k].high for k in (1, 2, 3)]
    assert np.mean(covered) == pytest.approx(0.95, abs=0.04)


def test_items_and_not_rows_are_resampled() -> None:
    """Items on which one model wins every comparison and items on which it loses every one."""
    first, second, won, items = duels(5)
    luck = np.repeat(rng(6).random(60) < 0.5, 6)
    best = np.where(first == 2, luck, np.where(second == 2, ~luck, won))
    by_item, by_row = fitted(first, second, best, items), fitted(first, second, best, None)
    wide, narrow = by_item[2].high - by_item[2].low, by_row[2].high - by_row[2].low
    assert wide > 1.3 * narrow


def test_what_has_no_estimate() -> None:
    def found(first: list[str], second: list[str], won: list[float]) -> object:
        return bradley_terry(first, second, won, None, reference="a", level=0.95, rng=rng())

    top = found(["a", "b", "c"] * 5, ["b", "c", "b"] * 5, [1, 1, 0.5] * 5)
    assert isinstance(top, NotEstimable)
    assert top.not_estimable.startswith("a: won every comparison")
    pair = found(["a", "b", "a"] * 5, ["b", "a", "c"] * 5, [1, 1, 1] * 5)
    assert isinstance(pair, NotEstimable)
    assert pair.not_estimable.startswith("a, b: won every comparison")
    apart = found(["a", "b", "c", "d"] * 5, ["b", "a", "d", "c"] * 5, [1] * 20)
    assert isinstance(apart, NotEstimable)
    assert apart.not_estimable.startswith("a, b: never compared")


def test_one_lucky_win_is_no_interval() -> None:
    found = bradley_terry(
        ["a"] * 20 + ["b"], ["b"] * 20 + ["a"], [1] * 21, None,
        reference="a", level=0.95, rng=rng(),
    )  # fmt: skip
    assert isinstance(found, dict)
    assert isinstance(found["b"], Point)
    assert found["b"].value == pytest.approx(math.log(1 / 20))
    assert "give no strengths" in found["b"].no_interval
    few = bradley_terry(["a", "b"], ["b", "a"], [1, 1], None, reference="a", level=0.9, rng=rng())
    assert few == {"b": Point(value=0, no_interval="only 2 items")}


def test_bad_input() -> None:
    def call(first: list[str], second: list[str], won: list[float], reference: str = "a") -> object:
        return bradley_terry(first, second, won, None, reference=reference, level=0.9, rng=rng())

    with pytest.raises(ValueError, match="tie"):
        call(["a"], ["b"], [0.7])
    with pytest.raises(ValueError, match="lengths"):
        call(["a"], ["b"], [1, 1])
    with pytest.raises(ValueError, match="with itself"):
        call(["a"], ["a"], [1])
    with pytest.raises(ValueError, match="takes no part"):
        call(["a"], ["b"], [1], "c")
