"""Rows for clusters and for bounded values, where normal theory fails."""

import math
from fractions import Fraction

import numpy as np

from evalreport import stats
from tests.stats import second_opinion as other
from tests.stats.verified import ClosedForm, Printed, Second, Takes, Verified, ends, value_of
from tests.stats.verified.degenerate import of_clusters, of_scores
from tests.stats.verified.samples import DYESTUFF

_EXTRA = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4]


def _clustered(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(14), rng.integers(1, 9, size=14))
    return np.clip(
        rng.normal(0.1, 0.3, size=14)[codes] + rng.normal(0, 0.3, len(codes)), -1, 1
    ), codes


def _alike(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(14), 5)
    return rng.normal(0.1, 0.3, size=14)[codes] + rng.normal(0, 0.3, len(codes)), codes


def _dye() -> tuple[float, float]:
    """The mean yield and its clustered standard error, from the interval with t(5)."""
    found = stats.cluster_mean(
        np.ravel(DYESTUFF), np.repeat(np.arange(6), 5), level=0.95, skewness=False
    )
    low, high = ends(found)
    return value_of(found), (high - low) / 2 / float(other.stats.t.ppf(0.975, 5))


def _effect(x: np.ndarray, codes: np.ndarray) -> float:
    found = stats.design_effect(x, codes)
    assert isinstance(found, float)
    return found


def _effect_by_matrices(x: np.ndarray, codes: np.ndarray) -> float:
    """The clustered standard error over s / sqrt(n)."""
    return (other.cr2_by_matrices(x, codes)[0] / float(other.stats.sem(x))) ** 2


def _maurer_pontil(x: np.ndarray) -> tuple[float, float]:
    """Their theorem on [0, 1], with the variance as the mean of squared gaps of all pairs."""
    y, n, log = (x + 1) / 2, len(x), math.log(2 / 0.025)
    pairs = sum((y[i] - y[j]) ** 2 for i in range(n) for j in range(i)) / (n * (n - 1))
    half = math.sqrt(2 * pairs * log / n) + 7 * log / (3 * (n - 1))
    return max(-1, 2 * (y.mean() - half) - 1), min(1, 2 * (y.mean() + half) - 1)


def _capital(x: list[Fraction], weights: list[Fraction], m: Fraction) -> float:
    """The capital against a mean of m or less, item by item, in fractions but for the stakes."""
    stakes = [2 ** (-j / 2) for j in range(math.ceil(math.log2(len(x))) + 1)]
    held = [1.0] * len(stakes)
    for value, weight in zip(x, weights, strict=True):
        gain = float(weight * (value / m - 1))
        held = [have * (1 + stake * gain) for have, stake in zip(held, stakes, strict=True)]
    parts = [1 / (j + 1) for j in range(len(held))]
    return sum(part * have for part, have in zip(parts, held, strict=True)) / sum(parts)


def _passes(x: np.ndarray, sizes: np.ndarray, low: float, high: float) -> list[float]:
    """The capital at both ends of an interval on [-1, 1]."""
    weights = [Fraction(int(n), int(sizes.max())) for n in sizes]
    up = [(Fraction(float(v)) + 1) / 2 for v in x]
    return [
        _capital(up, weights, (Fraction(low) + 1) / 2),
        _capital([1 - v for v in up], weights, (1 - Fraction(high)) / 2),
    ]


def _bets() -> tuple[list[float], list[float]]:
    found: list[float] = []
    for seed in range(4):
        x = _clustered(seed)[0]
        interval = ends(stats.betting_interval(x, bounds=(-1, 1), level=0.95))
        found += _passes(x, np.ones(len(x)), *interval)
    return found, [40.0] * len(found)


def _cluster_bets() -> tuple[list[float], list[float]]:
    found: list[float] = []
    for seed in range(4):
        x, codes = _clustered(seed)
        interval = ends(stats.betting_interval_in_clusters(x, codes, bounds=(-1, 1), level=0.95))
        sizes = np.bincount(codes)
        found += _passes(np.bincount(codes, weights=x) / sizes, sizes, *interval)
    return found, [40.0] * len(found)


def _all_at_the_top(n: int) -> float:
    """Lower end when n values are 1: the root of sum_j c_j (1 - s_j + s_j / m)^n = 40, by brentq."""
    steps = np.arange(math.ceil(math.log2(n)) + 1)
    stakes, shares = 2.0 ** (-steps / 2), 1 / (steps + 1)
    root = other.brentq(
        lambda m: float(np.average((1 - stakes + stakes / m) ** n, weights=shares)) - 40, 1e-6, 1.0
    )
    return float(root)


def _least(n: int, copies: int) -> float:
    x, codes = np.ones(n * copies), np.repeat(np.arange(n), copies)
    if copies == 1:
        return ends(stats.betting_interval(x, bounds=(0, 1), level=0.95))[0]
    return ends(stats.betting_interval_in_clusters(x, codes, bounds=(0, 1), level=0.95))[0]


ROWS = (
    Verified(
        function=stats.cluster_mean,
        source="Bell and McCaffrey (2002), Survey Methodology 28(2); Imbens and Kolesár (2016), "
        "Review of Economics and Statistics 98(4); Hall (1992), JRSS B 54(1)",
        known=(
            Printed(
                "R package lme4, Dyestuff data, six batches of five: the mean and its standard "
                "error, which for clusters of equal size are those of the mixed model",
                (1527.50, 19.38),
                _dye,
                5e-3,
            ),
            Printed(
                "R 4, the examples of t.test, Student's sleep data, paired; here every item a "
                "cluster of its own",
                (0.7001142, 2.4598858),
                lambda: ends(stats.cluster_mean(_EXTRA, np.arange(10), level=0.95, skewness=False)),
                5e-8,
            ),
        ),
        second=Second(
            "the whole matrices of a regression on a constant, and the root of Hall's cubic; with "
            "clusters of equal size and without widening, statsmodels OLS, cov_type='cluster'",
            lambda: (
                [
                    *(
                        e
                        for s in range(6)
                        for e in ends(stats.cluster_mean(*_clustered(s), level=0.95))
                    ),
                    *(
                        e
                        for s in range(6)
                        for e in ends(stats.cluster_mean(*_alike(s), level=0.95, skewness=False))
                    ),
                ],
                [
                    *(e for s in range(6) for e in other.widened_mean(*_clustered(s))),
                    *(e for s in range(6) for e in other.clustered_ols(*_alike(s), 0.95)[1:]),
                ],
            ),
        ),
        takes=Takes.CLUSTERED_SCORES,
        degenerate={
            **of_clusters(lambda d, g: stats.cluster_mean(d, g, level=0.95)),
            "all equal, bounds known": lambda: stats.cluster_mean(
                np.zeros(60), np.arange(60) // 3, level=0.95, bounds=(-1, 1)
            ),
            "other lengths": lambda: stats.cluster_mean([1, 2], [1], level=0.95),
        },
        gives={
            "no items": "not estimable: no items",
            "one item": "0.5, no interval: only 1 item",
            "one cluster": "0.25, no interval: only 1 group",
            "all equal": "0.25, no interval: no groups differ",
            "NaN": "ValueError: values hold NaN or an infinity",
            "infinity": "ValueError: values hold NaN or an infinity",
            "all equal, bounds known": "0 (-0.1684 to 0.1684)",
            "other lengths": "ValueError: clusters have shape (1,), items (2,)",
        },
    ),
    Verified(
        function=stats.design_effect,
        source="Kish (1965), Survey Sampling, section 8.2",
        known=(
            ClosedForm(
                "m copies of each of G items have the effect m (Kish), here with the finite "
                "corrections (Gm - 1)/(Gm) G/(G - 1)",
                (5 * 249 / 250 * 50 / 49, 1.0),
                lambda: [
                    _effect(np.repeat(np.arange(50.0), 5), np.repeat(np.arange(50), 5)),
                    _effect(np.arange(50.0), np.arange(50)),
                ],
                1e-9,
            ),
        ),
        second=Second(
            "the clustered error of the whole matrices over scipy's sem, squared",
            lambda: (
                [_effect(*_clustered(seed)) for seed in range(6)],
                [_effect_by_matrices(*_clustered(seed)) for seed in range(6)],
            ),
        ),
        takes=Takes.CLUSTERED_SCORES,
        degenerate=of_clusters(stats.design_effect),
        gives={
            "no items": "not estimable: only 0 groups",
            "one item": "not estimable: only 1 group",
            "one cluster": "not estimable: only 1 group",
            "all equal": "not estimable: all values are equal",
            "NaN": "ValueError: values hold NaN or an infinity",
            "infinity": "ValueError: values hold NaN or an infinity",
        },
    ),
    Verified(
        function=stats.empirical_bernstein,
        source="Maurer and Pontil (2009), COLT, theorem 4",
        known=(
            ClosedForm(
                "the same theorem at variance 0 and n = 50: range 2 times 7 ln(2/0.025) / (3 49)",
                (-0.41734, 0.41734),
                lambda: ends(stats.empirical_bernstein(np.zeros(50), bounds=(-1, 1), level=0.95)),
                5e-6,
            ),
        ),
        second=Second(
            "the theorem with the variance by pairs",
            lambda: (
                [
                    end
                    for seed in range(6)
                    for end in ends(
                        stats.empirical_bernstein(_clustered(seed)[0], bounds=(-1, 1), level=0.95)
                    )
                ],
                [end for seed in range(6) for end in _maurer_pontil(_clustered(seed)[0])],
            ),
        ),
        takes=Takes.SCORES,
        degenerate={
            **of_scores(lambda x: stats.empirical_bernstein(x, bounds=(-1, 1), level=0.95)),
            "outside the bounds": lambda: stats.empirical_bernstein(
                [2.0], bounds=(-1, 1), level=0.95
            ),
        },
        gives={
            "no items": "not estimable: no items",
            "one item": "0.5, no interval: one item",
            "all equal": "0.25 (-0.8263 to 1)",
            "NaN": "ValueError: values hold NaN or an infinity",
            "infinity": "ValueError: values hold NaN or an infinity",
            "outside the bounds": "ValueError: a value lies outside the bounds (-1, 1)",
        },
    ),
    Verified(
        function=stats.betting_interval,
        source="Waudby-Smith and Ramdas (2024), JRSS B 86(1), section 4; stakes fixed, not learnt",
        known=(
            ClosedForm(
                "all of n = 1, 10, 50 at the bound; 1 item: 0.05/2",
                (0.025, _all_at_the_top(10), _all_at_the_top(50)),
                lambda: [_least(n, 1) for n in (1, 10, 50)],
                1e-9,
            ),
        ),
        second=Second(
            "the capital at both ends, item by item in fractions: 2/(1 - level) = 40", _bets, 1e-8
        ),
        takes=Takes.SCORES,
        degenerate={
            **of_scores(lambda x: stats.betting_interval(x, bounds=(-1, 1), level=0.95)),
            "outside the bounds": lambda: stats.betting_interval([2.0], bounds=(-1, 1), level=0.95),
        },
        gives={
            "no items": "not estimable: no items",
            "one item": "0.5 (-0.9625 to 0.9875)",
            "all equal": "0.25 (0.00401 to 0.3976)",
            "NaN": "ValueError: values hold NaN or an infinity",
            "infinity": "ValueError: values hold NaN or an infinity",
            "outside the bounds": "ValueError: a value lies outside the bounds (-1, 1)",
        },
    ),
    Verified(
        function=stats.betting_interval_in_clusters,
        source="as betting_interval, one bet a cluster of n_g (mean_g - m) / n_max",
        known=(
            ClosedForm(
                "all of n = 10, 50 clusters of 3 at the bound",
                (_all_at_the_top(10), _all_at_the_top(50)),
                lambda: [_least(n, 3) for n in (10, 50)],
                1e-9,
            ),
        ),
        second=Second(
            "the capital at both ends, cluster by cluster in fractions: 2/(1 - level) = 40",
            _cluster_bets,
            1e-8,
        ),
        takes=Takes.CLUSTERED_SCORES,
        degenerate={
            **of_clusters(
                lambda d, g: stats.betting_interval_in_clusters(d, g, bounds=(-1, 1), level=0.95)
            ),
            "a cluster above the largest": lambda: stats.betting_interval_in_clusters(
                [0.0, 1.0], [1, 1], bounds=(-1, 1), level=0.95, largest=1
            ),
        },
        gives={
            "no items": "not estimable: no items",
            "one item": "0.5 (-0.9625 to 0.9875)",
            "one cluster": "0.25 (-0.9688 to 0.9812)",
            "all equal": "0.25 (-0.1863 to 0.5118)",
            "NaN": "ValueError: values hold NaN or an infinity",
            "infinity": "ValueError: values hold NaN or an infinity",
            "a cluster above the largest": "ValueError: a cluster has 2 items, the largest can have 1",
        },
    ),
)
