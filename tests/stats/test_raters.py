import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalreport.estimates import Estimate, Estimated, NotEstimable, Point
from evalreport.stats.raters import LabelScale, Ratings, fleiss_kappa, krippendorffs_alpha

seeds = st.integers(0, 10_000)


def rated(seed: int, n: int = 120, raters: int = 3, gaps: float = 0.0) -> list[list[int | None]]:
    rng = np.random.default_rng(seed)
    return [
        [None if rng.random() < gaps else int(r) for r in rng.binomial(3, p, size=raters)]
        for p in rng.random(n)
    ]


def estimate(found: Estimated) -> Estimate:
    assert isinstance(found, Estimate), found
    return found


def alpha(
    ratings: Ratings,
    clusters: object = None,
    scale: LabelScale = "nominal",
    level: float = 0.95,
) -> Estimate:
    return estimate(
        krippendorffs_alpha(
            ratings,
            clusters,  # type: ignore[arg-type]  # an array or None
            scale=scale,
            level=level,
            draws=500,
            rng=np.random.default_rng(1),
        )
    )


@given(seeds)
@settings(max_examples=25)
def test_order_of_items_and_of_raters_does_not_matter(seed: int) -> None:
    ratings = rated(seed)
    rng = np.random.default_rng(seed)
    shuffled = [list(rng.permutation(np.array(ratings[i]))) for i in rng.permutation(120)]
    one, other = fleiss_kappa(ratings, level=0.9), fleiss_kappa(shuffled, level=0.9)
    assert estimate(one).low == pytest.approx(estimate(other).low)
    assert alpha(ratings).value == pytest.approx(alpha(shuffled).value)


@given(seeds)
@settings(max_examples=25)
def test_names_of_labels_do_not_matter(seed: int) -> None:
    ratings = rated(seed)
    named = [["dcab"[r] for r in item if r is not None] for item in ratings]
    assert estimate(fleiss_kappa(named, level=0.9)).high == pytest.approx(
        estimate(fleiss_kappa(ratings, level=0.9)).high
    )
    assert alpha(named).value == pytest.approx(alpha(ratings).value)
    ranked = krippendorffs_alpha(
        named, scale="ordinal", labels="dcab", level=0.95, rng=np.random.default_rng(1)
    )
    assert estimate(ranked).value == pytest.approx(alpha(ratings, scale="ordinal").value)


@given(seeds)
@settings(max_examples=25)
def test_copies_of_items_do_not_narrow(seed: int) -> None:
    ratings = rated(seed)
    codes = np.tile(np.arange(120), 3)
    once = estimate(fleiss_kappa(ratings, level=0.95))
    often = estimate(fleiss_kappa(ratings * 3, codes, level=0.95))
    assert (once.low, once.high) == pytest.approx((often.low, often.high))
    single, triple = alpha(ratings), alpha(ratings * 3, codes)
    assert triple.high - triple.low == pytest.approx(single.high - single.low, rel=0.05)


@given(seeds, st.floats(0.5, 0.99), st.floats(0.5, 0.99))
@settings(max_examples=25)
def test_a_higher_level_is_never_narrower(seed: int, one: float, other: float) -> None:
    low, high = sorted((one, other))
    ratings = rated(seed)
    narrow, wide = (estimate(fleiss_kappa(ratings, level=level)) for level in (low, high))
    assert wide.low <= narrow.low + 1e-12
    assert wide.high >= narrow.high - 1e-12


def test_gaps_that_are_no_ratings_change_nothing() -> None:
    ratings = rated(3)
    padded: list[list[int | None]] = [[*item, None] for item in ratings]
    lonely: list[list[int | None]] = [*padded, [2, None, None], [None, None]]
    assert alpha(lonely).value == pytest.approx(alpha(ratings).value)
    assert alpha(rated(3, gaps=0.3)).value == pytest.approx(alpha(ratings).value, abs=0.2)


def test_covers() -> None:
    true = alpha(rated(99, 20_000), scale="interval").value
    covered = []
    for seed in range(200):
        found = alpha(rated(seed, 40), scale="interval")
        covered.append(found.low <= true <= found.high)
    assert np.mean(covered) == pytest.approx(0.95, abs=0.05)


def test_too_little_to_tell() -> None:
    same: list[list[int | None]] = [[k % 3] * 3 for k in range(30)]
    perfect = Point(value=1, no_interval="no items differ")
    assert fleiss_kappa(same, level=0.95) == perfect
    rng = np.random.default_rng(1)
    found = krippendorffs_alpha(same, level=0.95, rng=rng)
    assert isinstance(found, Point)
    assert found.value == 1
    five = same + rated(1, 0)
    five += [[0, 1, 2]] * 5
    nearly = krippendorffs_alpha(five, level=0.95, rng=rng)
    assert isinstance(nearly, Point)
    assert nearly.no_interval == "only 5 items differ"
    assert isinstance(fleiss_kappa(same[:9], level=0.95), Point)
    none = krippendorffs_alpha([[1, None], [None, 2]], level=0.95, rng=rng)
    assert none == NotEstimable(not_estimable="no item has two ratings")


def test_bad_input() -> None:
    rng = np.random.default_rng(1)
    with pytest.raises(ValueError, match="krippendorffs_alpha"):
        fleiss_kappa([[1, 2], [1, None]], level=0.95)
    with pytest.raises(ValueError, match="order"):
        krippendorffs_alpha([["a", "b"]], scale="ordinal", level=0.95, rng=rng)
    with pytest.raises(ValueError, match="distances"):
        krippendorffs_alpha([["a", "b"]], scale="interval", level=0.95, rng=rng)
    with pytest.raises(ValueError, match="scales are"):
        krippendorffs_alpha([[1, 2]], scale="ratio", level=0.95, rng=rng)  # type: ignore[arg-type]  # on purpose
    with pytest.raises(ValueError, match="does not name 3"):
        krippendorffs_alpha([[1, 3]], labels=(1, 2), level=0.95, rng=rng)
    with pytest.raises(ValueError, match="twice"):
        krippendorffs_alpha([[1, 1]], labels=(1, 1), level=0.95, rng=rng)
    with pytest.raises(ValueError, match="texts and others"):
        fleiss_kappa([["a", 1]], level=0.95)
