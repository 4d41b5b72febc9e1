import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport.estimates import Estimate, Estimated, NotEstimable, Point
from evalreport.metrics.classification import quadratic_kappa
from evalreport.stats.agreement import class_agreement, cohens_kappa, gwets_ac1, raw_agreement
from evalreport.stats.proportions import wilson
from evalreport.stats.raters import fleiss_kappa

seeds = st.integers(0, 10_000)


def rated(seed: int, n: int = 80, right: float = 0.7) -> tuple[np.ndarray, np.ndarray]:
    """Two raters of a common truth with three classes, one of them frequent."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(3, p=(0.5, 0.3, 0.2), size=n)
    one, other = (
        np.where(rng.random(n) < right, truth, rng.integers(0, 3, size=n)) for _ in range(2)
    )
    return one, other


def estimate(found: Estimated) -> Estimate:
    assert isinstance(found, Estimate), found
    return found


def both(a: np.ndarray, b: np.ndarray, clusters: object = None, level: float = 0.95) -> list[float]:
    """Every number that the two coefficients give."""
    found = (
        cohens_kappa(a, b, clusters, level=level),  # type: ignore[arg-type]  # an array or None
        cohens_kappa(a, b, clusters, weights="quadratic", level=level),  # type: ignore[arg-type]  # the same
        gwets_ac1(a, b, clusters, level=level),  # type: ignore[arg-type]  # the same
    )
    return [x for one in map(estimate, found) for x in (one.value, one.low, one.high)]


@given(seeds)
def test_order_of_items_and_of_raters_does_not_matter(seed: int) -> None:
    a, b = rated(seed)
    order = np.random.default_rng(seed).permutation(len(a))
    assert both(a[order], b[order]) == pytest.approx(both(a, b))
    assert both(b, a) == pytest.approx(both(a, b))


@given(seeds)
def test_names_of_labels_do_not_matter(seed: int) -> None:
    a, b = rated(seed)
    names = np.array(["pear", "apple", "fig"])
    for function in (cohens_kappa, gwets_ac1):
        plain, named = (
            estimate(function(x, y, level=0.9)) for x, y in ((a, b), (names[a], names[b]))
        )
        assert (named.low, named.high) == pytest.approx((plain.low, plain.high))
    weighted = estimate(
        cohens_kappa(names[a], names[b], weights="linear", labels=names.tolist(), level=0.9)
    )
    assert weighted.value == pytest.approx(
        estimate(cohens_kappa(a, b, weights="linear", level=0.9)).value
    )


@given(seeds)
def test_copies_of_items_do_not_narrow(seed: int) -> None:
    a, b = rated(seed)
    codes = np.tile(np.arange(len(a)), 3)
    assert both(np.tile(a, 3), np.tile(b, 3), codes) == pytest.approx(both(a, b))
    once, often = (
        class_agreement(a, b, level=0.9),
        class_agreement(np.tile(a, 3), np.tile(b, 3), codes, level=0.9),
    )
    assert isinstance(once, dict)
    assert isinstance(often, dict)
    for label, found in once.items():
        here = often[label]
        if isinstance(found, Estimate) and isinstance(here, Estimate):
            assert (here.low, here.high) == pytest.approx((found.low, found.high))


@given(seeds, st.floats(0.5, 0.99), st.floats(0.5, 0.99))
def test_a_higher_level_is_never_narrower(seed: int, one: float, other: float) -> None:
    low, high = sorted((one, other))
    a, b = rated(seed)
    for narrow, wide in zip(both(a, b, level=low), both(a, b, level=high), strict=True):
        assert abs(wide - narrow) < 1
    narrower = estimate(cohens_kappa(a, b, level=low))
    wider = estimate(cohens_kappa(a, b, level=high))
    assert wider.low <= narrower.low + 1e-12
    assert wider.high >= narrower.high - 1e-12


@given(seeds)
def test_two_labels_need_no_weights(seed: int) -> None:
    a, b = (np.minimum(one, 1) for one in rated(seed))
    plain = estimate(cohens_kappa(a, b, level=0.95))
    for weights in ("linear", "quadratic"):
        found = estimate(cohens_kappa(a, b, weights=weights, level=0.95))
        assert (found.low, found.high) == pytest.approx((plain.low, plain.high))


def test_whole_numbers_keep_their_distances() -> None:
    a, b = np.array([1, 2, 5] * 10), np.array([1, 5, 2] * 10)
    spread = cohens_kappa(a, b, weights="quadratic", level=0.95)
    squeezed = cohens_kappa(a, b, weights="quadratic", labels=(1, 2, 5), level=0.95)
    assert isinstance(spread, Estimate)
    assert isinstance(squeezed, Estimate)
    assert spread.value != pytest.approx(squeezed.value)


def test_the_paradox_of_a_frequent_label() -> None:
    """90 % agreement, and kappa below 0: why AC1 and agreement by class stand beside it."""
    a, b = np.zeros(200, dtype=int), np.zeros(200, dtype=int)
    a[:10], b[10:20] = 1, 1
    assert estimate(cohens_kappa(a, b, level=0.95)).value < 0
    assert estimate(gwets_ac1(a, b, level=0.95)).value > 0.85
    assert estimate(raw_agreement(a, b, level=0.95)).value == pytest.approx(0.9)
    by_class = class_agreement(a, b, level=0.95)
    assert isinstance(by_class, dict)
    assert by_class[1] == Point(value=0, no_interval="no items agree on it")


def shown_and_covered(n: int, base: float, right: float) -> tuple[float, float]:
    """How often kappa has an interval and how often that holds, over all tables of two labels."""
    cells = [base * right, base * (1 - right), (1 - base) * (1 - right), (1 - base) * right]
    same = base * (base * right + (1 - base) * (1 - right))
    same += (1 - base) * (1 - base * right - (1 - base) * (1 - right))
    true = (right - same) / (1 - same)
    shown = covered = 0.0
    for i in range(n + 1):
        for j in range(n + 1 - i):
            for k in range(n + 1 - i - j):
                counts = (i, j, k, n - i - j - k)
                weight = float(math.factorial(n))
                for count, share in zip(counts, cells, strict=True):
                    weight = weight / math.factorial(count) * share**count
                if weight < 2e-6:
                    continue
                a, b = np.repeat((1, 1, 0, 0), counts), np.repeat((1, 0, 1, 0), counts)
                found = cohens_kappa(a, b, level=0.95)
                if isinstance(found, Estimate):
                    shown += weight
                    covered += weight * (found.low <= true <= found.high)
    return shown, covered / shown


@pytest.mark.parametrize(("base", "right"), [(0.5, 0.7), (0.9, 0.7), (0.9, 0.85)])
def test_kappa_covers_where_a_label_is_rare(base: float, right: float) -> None:
    """By t, and without the guard on rare labels, 97.9, 87.2 and 84.6 %."""
    shown, covered = shown_and_covered(30, base, right)
    assert shown > 0.1
    assert covered > 0.95


def test_kappa_has_no_interval_from_a_handful_of_rare_labels() -> None:
    a, b = np.repeat((0, 1, 0), (22, 5, 3)), np.repeat((0, 1), (24, 6))
    reason = "only 5 items get a label other than the commonest"
    found = cohens_kappa(a, np.roll(b, 5), level=0.95)
    assert isinstance(found, Point)
    assert found.no_interval == reason
    assert isinstance(gwets_ac1(a, np.roll(b, 5), level=0.95), Estimate)
    once = fleiss_kappa(np.stack((a, np.roll(b, 5)), axis=1).tolist(), level=0.95)
    assert isinstance(once, Point)
    assert once.no_interval == reason
    groups = np.where(a + np.roll(b, 5) > 0, 0, 1 + np.arange(30) % 20)
    grouped = cohens_kappa(a, np.roll(b, 5), groups, level=0.95)
    assert isinstance(grouped, Point)
    assert grouped.no_interval == "only 1 group differs"


@given(seeds)
def test_it_is_never_narrower_than_by_t(seed: int) -> None:
    a, b = rated(seed)
    ratings = np.stack((a, b), axis=1).tolist()
    for wide, plain in (
        (cohens_kappa(a, b, level=0.95), cohens_kappa(a, b, level=0.95, skewness=False)),
        (gwets_ac1(a, b, level=0.95), gwets_ac1(a, b, level=0.95, skewness=False)),
        (fleiss_kappa(ratings, level=0.95), fleiss_kappa(ratings, level=0.95, skewness=False)),
    ):
        one, other = estimate(wide), estimate(plain)
        assert one.low <= other.low <= other.high <= one.high
        assert one.high - one.low > other.high - other.low
        assert one.method == f"{other.method}, widened for skewness"


def test_raw_agreement_is_wilson() -> None:
    a, b = rated(1)
    assert raw_agreement(a, b, level=0.9) == wilson(int((a == b).sum()), 80, level=0.9)


@pytest.mark.parametrize("function", [cohens_kappa, gwets_ac1])
def test_covers(function: object) -> None:
    """Against the value of 200,000 items of the same raters."""
    call = cohens_kappa if function is cohens_kappa else gwets_ac1
    true = estimate(call(*rated(99, 200_000), level=0.95)).value
    covered = []
    for seed in range(300):
        found = estimate(call(*rated(seed, 60), level=0.95))
        covered.append(found.low <= true <= found.high)
    assert np.mean(covered) == pytest.approx(0.95, abs=0.035)


def test_too_little_to_tell() -> None:
    a, b = rated(2)
    assert isinstance(cohens_kappa(a[:9], b[:9], level=0.95), Point)
    perfect = cohens_kappa(a, a, level=0.95)
    assert perfect == Point(value=1, no_interval="no items differ")
    five = a.copy()
    five[:5] = (five[:5] + 1) % 3
    nearly = gwets_ac1(a, five, level=0.95)
    assert isinstance(nearly, Point)
    assert nearly.no_interval == "only 5 items differ"
    grouped = cohens_kappa(a, b, np.arange(80) % 4, level=0.95)
    assert isinstance(grouped, Point)
    assert grouped.no_interval == "only 4 groups"
    one_agrees = gwets_ac1(np.append(a, 2), np.append((a + 1) % 3, 2), level=0.95)
    assert isinstance(one_agrees, Point)
    assert one_agrees.no_interval == "only 1 item agrees"
    same = cohens_kappa(["a"] * 20, ["a"] * 20, labels=("a", "b"), level=0.95)
    assert same == NotEstimable(not_estimable="only one label occurs")
    alone = gwets_ac1(["a"] * 20, ["a"] * 20, labels=("a", "b"), level=0.95)
    assert alone == Point(value=1, no_interval="no items differ")
    assert class_agreement([], [], level=0.95) == NotEstimable(not_estimable="no items")


def test_bad_input() -> None:
    with pytest.raises(ValueError, match="order"):
        cohens_kappa(["a", "b"], ["a", "b"], weights="linear", level=0.95)
    with pytest.raises(ValueError, match="does not name c"):
        cohens_kappa(["a", "c"], ["a", "b"], labels=("a", "b"), level=0.95)
    with pytest.raises(ValueError, match="twice"):
        gwets_ac1(["a"], ["a"], labels=("a", "a"), level=0.95)
    with pytest.raises(ValueError, match="quadratic"):
        cohens_kappa([1], [1], weights="cubic", level=0.95)  # type: ignore[arg-type]  # on purpose
    with pytest.raises(ValueError, match="whole numbers or texts"):
        raw_agreement(np.array([None, "a"], dtype=object), ["a", "a"], level=0.95)
    with pytest.raises(ValueError, match="texts and the other"):
        gwets_ac1([1], ["a"], level=0.95)
    with pytest.raises(ValueError, match="dimension"):
        gwets_ac1([[1]], [[1]], level=0.95)
    with pytest.raises(ValueError, match="level"):
        gwets_ac1([1, 1], [1, 1], level=1)


@given(seeds)
def test_the_metric_of_ordered_classes_is_the_same_number(seed: int) -> None:
    """`metrics` may not import `stats`, nor the other way round, so the formula stands twice."""
    a, b = rated(seed)
    shares = [float((one == label).sum()) for one in (a, b) for label in range(3)]
    sums = np.array([float(len(a)), float(np.square(a - b).sum()), *shares])
    found = cohens_kappa(a, b, weights="quadratic", labels=(0, 1, 2), level=0.95)
    assert estimate(found).value == pytest.approx(float(quadratic_kappa(sums)))


@given(seeds)
def test_more_items_are_narrower(seed: int) -> None:
    a, b = rated(seed)
    for function in (cohens_kappa, gwets_ac1, raw_agreement):
        once = estimate(function(a, b, level=0.95))
        more = estimate(function(np.tile(a, 4), np.tile(b, 4), level=0.95))
        assert more.value == pytest.approx(once.value)
        assert more.high - more.low < 0.6 * (once.high - once.low)
