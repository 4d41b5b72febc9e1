"""Rows for several training seeds, several tests, and outcomes that are missing."""

import math
from collections.abc import Callable, Sequence
from statistics import fmean

import numpy as np

from evalreport import stats
from evalreport.stats.arguments import FloatArray
from tests.stats.second_opinion import adjusted, cochran, cr2_by_matrices, quad, widened_by_root
from tests.stats.second_opinion import stats as scipy_stats
from tests.stats.verified import ClosedForm, Computed, Printed, Second, Takes, Verified, ends, p_of

_SLEEP = (
    (0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0),
    (1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4),
)
_GAINS = tuple(b - a for a, b in zip(*_SLEEP, strict=True))
"""Student (1908): additional hours of sleep of ten patients under two drugs, and the difference."""

_THROMBOLYSIS = (
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
    0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0,
)  # fmt: skip
"""Benjamini and Hochberg (1995), the example of thrombolysis: fifteen hypotheses."""


def _runs(seed: int, seeds: int, n: int) -> FloatArray:
    rng = np.random.default_rng(seed)
    shared = rng.normal(0.1, 0.3, size=n)
    return shared + rng.normal(0, 0.05, size=(seeds, 1)) + rng.normal(0, 0.1, size=(seeds, n))


def _seeds_second() -> tuple[Sequence[float], Sequence[float]]:
    """Both errors by regressions on a constant, summed in squares."""
    ours: list[float] = []
    theirs: list[float] = []
    for seed, seeds, n, groups in ((1, 3, 40, None), (2, 5, 100, None), (3, 4, 60, 12)):
        d = _runs(seed, seeds, n)
        codes = None if groups is None else np.arange(n) % groups
        ours += ends(stats.across_seeds(d, codes, level=0.95))
        units = np.arange(n) if codes is None else codes
        se, df, skew = cr2_by_matrices(d.mean(axis=0), units)
        between = float(scipy_stats.sem(d.mean(axis=1)))
        whole = math.hypot(se, between)
        together = cochran(se**2, df, between**2, seeds - 1)
        theirs += widened_by_root(float(d.mean()), whole, together, skew * (se / whole) ** 3, 0.95)
    return ours, theirs


def _seeds_test_second() -> tuple[Sequence[float], Sequence[float]]:
    ours: list[float] = []
    theirs: list[float] = []
    for seed, seeds, n in ((1, 3, 40), (2, 5, 100), (3, 4, 60)):
        d = _runs(seed, seeds, n) - 0.08
        ours.append(p_of(stats.across_seeds_test(d, None)))
        items = float(scipy_stats.sem(d.mean(axis=0)))
        between = float(scipy_stats.sem(d.mean(axis=1)))
        whole = math.hypot(items, between)
        df = cochran(items**2, n - 1, between**2, seeds - 1)
        theirs.append(float(2 * scipy_stats.t.sf(abs(float(d.mean())) / whole, df)))
    return ours, theirs


def _largest(k: int) -> float:
    def weighted(x: float) -> float:
        cdf = float(scipy_stats.norm.cdf(x))
        return x * k * float(scipy_stats.norm.pdf(x)) * cdf ** (k - 1)

    return float(quad(weighted, -12, 12, epsabs=1e-12, limit=400)[0])


def _tested(x: Sequence[float], clusters: Sequence[int] | None = None) -> object:
    values = np.array([x, x, x]) if len(x) else np.zeros((3, 0))
    return stats.across_seeds_test(values, clusters)


def _p_values(seed: int, n: int) -> list[float]:
    return [float(p) for p in np.random.default_rng(seed).beta(0.4, 1, size=n)]


def _against(
    ours: Callable[[Sequence[float]], tuple[float, ...]], method: str
) -> Callable[[], tuple[Sequence[float], Sequence[float]]]:
    families = [_p_values(seed, n) for seed, n in ((1, 2), (2, 9), (3, 40))]
    return lambda: (
        [p for family in families for p in ours(family)],
        [p for family in families for p in adjusted(family, method)],
    )


def _numbers(function: Callable[[Sequence[float]], object]) -> dict[str, Callable[[], object]]:
    return {
        "no tests": lambda: function([]),
        "one test": lambda: function([0.03]),
        "NaN": lambda: function([0.1, math.nan]),
        "infinity": lambda: function([0.1, math.inf]),
        "out of range": lambda: function([0.1, 1.1]),
    }


_NUMBERS = {
    "no tests": "()",
    "one test": "(0.03,)",
    "NaN": "ValueError: a p-value lies in [0, 1], not nan",
    "infinity": "ValueError: a p-value lies in [0, 1], not inf",
    "out of range": "ValueError: a p-value lies in [0, 1], not 1.1",
}


def _means(x: Sequence[float]) -> object:
    return stats.seed_means([x, x] if len(x) else np.zeros((2, 0)))


def _across(x: Sequence[float], clusters: Sequence[int] | None = None) -> object:
    values = np.array([x, x, x]) if len(x) else np.zeros((3, 0))
    return stats.across_seeds(values, clusters, level=0.95)


def _worst(x: Sequence[float]) -> object:
    """Against zeros, with the last outcome of the reference missing."""
    known = [True] * len(x)
    return stats.worst_case(
        x,
        [0.0] * len(x),
        candidate_known=np.array(known, dtype=bool),
        reference_known=np.array(([*known[:-1], False]) if known else [], dtype=bool),
        bounds=(0, 1),
    ).bounds


def _bounds_second() -> tuple[Sequence[float], Sequence[float]]:
    """Least and greatest mean over every completion of the gaps with zeros and ones."""
    ours: list[float] = []
    theirs: list[float] = []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        a, b = rng.random((2, 6))
        gone_a, gone_b = rng.random((2, 6)) < 0.4
        found = stats.worst_case(
            a, b, candidate_known=~gone_a, reference_known=~gone_b, bounds=(0, 1)
        )
        ours += found.bounds
        means = []
        gaps = int(gone_a.sum() + gone_b.sum())
        for pattern in range(2**gaps):
            fill = [float(pattern >> bit & 1) for bit in range(gaps)]
            x, y = a.copy(), b.copy()
            x[gone_a], y[gone_b] = fill[: int(gone_a.sum())], fill[int(gone_a.sum()) :]
            means.append(float((x - y).mean()))
        theirs += [min(means), max(means)]
    return ours, theirs


_EIGHT_KNOWN = np.arange(10) < 8

ROWS = (
    Verified(
        function=stats.seed_means,
        source="the mean of each row",
        known=(
            Printed(
                "Student (1908), Biometrika 6, 1-25, illustration I: mean hours gained under each drug",
                (0.75, 2.33),
                lambda: stats.seed_means(_SLEEP),
                5e-3,
            ),
        ),
        second=Second(
            "fmean of the standard library",
            lambda: (
                [m for seed in (1, 2) for m in stats.seed_means(_runs(seed, 4, 33))],
                [fmean(row) for seed in (1, 2) for row in _runs(seed, 4, 33)],
            ),
        ),
        takes=Takes.SCORES,
        degenerate={
            "no items": lambda: _means([]),
            "one item": lambda: _means([0.5]),
            "all equal": lambda: _means([0.5] * 20),
            "NaN": lambda: _means([0.5, math.nan]),
            "infinity": lambda: _means([0.5, math.inf]),
        },
        gives={
            "no items": "ValueError: a seed without items has no mean",
            "one item": "(0.5, 0.5)",
            "all equal": "(0.5, 0.5)",
            "NaN": "ValueError: differences hold NaN or an infinity",
            "infinity": "ValueError: differences hold NaN or an infinity",
        },
    ),
    Verified(
        function=stats.across_seeds,
        source="SE² = SE² of items + SD² of seeds / S; Cochran (1964), Biometrics 20(1): t' of the two",
        known=(
            Printed(
                "R 4, the examples of t.test, Student's sleep data, paired; here thrice the same, so "
                "that no spread of seeds is left",
                (0.7001142, 2.4598858),
                lambda: ends(stats.across_seeds([_GAINS] * 3, None, level=0.95, skewness=False)),
                5e-8,
            ),
        ),
        second=Second(
            "both errors by the whole matrices and scipy, summed in squares; the root of Hall's cubic",
            _seeds_second,
        ),
        takes=Takes.CLUSTERED_SCORES,
        degenerate={
            "no items": lambda: _across([]),
            "one item": lambda: _across([0.5]),
            "one cluster": lambda: _across([0.5, 0.25] * 10, [0] * 20),
            "all equal": lambda: _across([0.5] * 20),
            "NaN": lambda: _across([0.5] * 19 + [math.nan]),
            "infinity": lambda: _across([0.5] * 19 + [math.inf]),
            "one seed": lambda: stats.across_seeds([[0.5, 0.25]], None, level=0.95),
        },
        gives={
            "no items": "not estimable: no items",
            "one item": "0.5, no interval: only 1 item",
            "one cluster": "0.375, no interval: only 1 group",
            "all equal": "0.5, no interval: no items differ",
            "NaN": "ValueError: differences hold NaN or an infinity",
            "infinity": "ValueError: differences hold NaN or an infinity",
            "one seed": "ValueError: only 1 seed: a single run is a paired comparison",
        },
    ),
    Verified(
        function=stats.across_seeds_test,
        source="Clark (1973), Journal of Verbal Learning and Verbal Behavior 12; Cochran (1964)",
        known=(
            Printed(
                "R 4, the examples of t.test, Student's sleep data, paired; here thrice the same",
                (0.002833,),
                lambda: [p_of(stats.across_seeds_test([_GAINS] * 3, None))],
                5e-7,
            ),
        ),
        second=Second(
            "both errors by the whole matrices and scipy, summed in squares; scipy's t",
            _seeds_test_second,
        ),
        takes=Takes.CLUSTERED_SCORES,
        degenerate={
            "no items": lambda: _tested([]),
            "one item": lambda: _tested([0.5]),
            "one cluster": lambda: _tested([0.5, 0.25] * 10, [0] * 20),
            "all equal": lambda: _tested([0.5] * 20),
            "NaN": lambda: _tested([0.5] * 19 + [math.nan]),
            "infinity": lambda: _tested([0.5] * 19 + [math.inf]),
            "one seed": lambda: stats.across_seeds_test([[0.5, 0.25]], None),
        },
        gives={
            "no items": "not estimable: no items",
            "one item": "not estimable: only 1 item",
            "one cluster": "not estimable: only 1 group",
            "all equal": "not estimable: no items differ",
            "NaN": "ValueError: differences hold NaN or an infinity",
            "infinity": "ValueError: differences hold NaN or an infinity",
            "one seed": "ValueError: only 1 seed: a single run is a paired comparison",
        },
    ),
    Verified(
        function=stats.expected_maximum,
        source="Tippett (1925), Biometrika 17(3/4): the mean of the largest of k normal numbers",
        known=(
            Printed(
                "Harter (1961), Biometrika 48, 151-165: expected normal order statistics, k = 2, 5, "
                "10, 20",
                (0.56419, 1.16296, 1.53875, 1.86748),
                lambda: [stats.expected_maximum(k) for k in (2, 5, 10, 20)],
                5e-6,
            ),
        ),
        second=Second(
            "scipy quad of x k phi(x) Phi(x)^(k - 1)",
            lambda: (
                [stats.expected_maximum(k) for k in (1, 2, 3, 7, 40, 1000)],
                [_largest(k) for k in (1, 2, 3, 7, 40, 1000)],
            ),
        ),
        takes=Takes.COUNTS,
        degenerate={
            "no items": lambda: stats.expected_maximum(0),
            "negative count": lambda: stats.expected_maximum(-1),
            "half a count": lambda: stats.expected_maximum(1.5),  # type: ignore[arg-type]  # a mistake
        },
        gives={
            "no items": "ValueError: there is no best of 0",
            "negative count": "ValueError: count cannot be negative: -1",
            "half a count": "ValueError: count must be a whole number, not 1.5",
        },
    ),
    Verified(
        function=stats.holm,
        source="Holm (1979), Scandinavian Journal of Statistics 6(2)",
        known=(
            Computed(
                "statsmodels 0.15.0 multipletests(method='holm'), p = 0.01, 0.04, 0.03, 0.005",
                (0.03, 0.06, 0.06, 0.02),
                lambda: stats.holm([0.01, 0.04, 0.03, 0.005]),
                1e-12,
            ),
        ),
        second=Second("statsmodels multipletests(method='holm')", _against(stats.holm, "holm")),
        takes=Takes.NUMBERS,
        degenerate=_numbers(stats.holm),
        gives=_NUMBERS,
    ),
    Verified(
        function=stats.benjamini_hochberg,
        source="Benjamini and Hochberg (1995), JRSS B 57(1)",
        known=(
            Printed(
                "the example of scipy.stats.false_discovery_control, on the fifteen p-values of "
                "Benjamini and Hochberg (1995), thrombolysis",
                (
                    0.0015,
                    0.003,
                    0.0095,
                    0.035625,
                    0.0603,
                    0.06385714,
                    0.06385714,
                    0.0645,
                    0.0765,
                    0.486,
                    0.58118182,
                    0.714875,
                    0.75323077,
                    0.81321429,
                    1,
                ),
                lambda: stats.benjamini_hochberg(_THROMBOLYSIS),
                5e-9,
            ),
            Printed(
                "Benjamini and Hochberg (1995), JRSS B 57(1): how many of them are rejected at q = 0.05",
                (4,),
                lambda: [sum(p <= 0.05 for p in stats.benjamini_hochberg(_THROMBOLYSIS))],
                0,
            ),
        ),
        second=Second(
            "statsmodels multipletests(method='fdr_bh')",
            _against(stats.benjamini_hochberg, "fdr_bh"),
        ),
        takes=Takes.NUMBERS,
        degenerate=_numbers(stats.benjamini_hochberg),
        gives=_NUMBERS,
    ),
    Verified(
        function=stats.worst_case,
        source="Horowitz and Manski (2000), JASA 95(449)",
        known=(
            ClosedForm(
                "the formula: known share times its mean, and the missing share at 0 or 1",
                (0.8 * 0.5, 0.8 * 0.5 + 0.2),
                lambda: (
                    stats.worst_case(
                        np.arange(10) % 2.0,
                        np.zeros(10),
                        candidate_known=_EIGHT_KNOWN,
                        reference_known=np.ones(10, dtype=bool),
                        bounds=(0, 1),
                    ).bounds
                ),
                1e-12,
            ),
        ),
        second=Second("every completion of the gaps, one by one", _bounds_second),
        takes=Takes.SCORES,
        degenerate={
            "no items": lambda: _worst([]),
            "one item": lambda: _worst([0.5]),
            "all equal": lambda: _worst([0.5] * 20),
            "NaN": lambda: _worst([0.5, math.nan]),
            "infinity": lambda: _worst([0.5, math.inf]),
        },
        gives={
            "no items": "ValueError: both arms need scores of the same items: 0 and 0",
            "one item": "(-0.5, 0.5)",
            "all equal": "(0.45, 0.5)",
            "NaN": "ValueError: candidate scores hold NaN or an infinity",
            "infinity": "ValueError: candidate scores hold NaN or an infinity",
        },
    ),
)
