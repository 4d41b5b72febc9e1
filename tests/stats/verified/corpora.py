"""Rows for metrics of a whole corpus."""

import itertools
import math
from collections.abc import Callable, Sequence

import numpy as np

from evalreport import stats
from evalreport.stats.arguments import FloatArray
from tests.stats.second_opinion import stats as scipy_stats
from tests.stats.verified import Computed, Printed, Second, Takes, Verified, ends, p_of

DARWIN = (49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48)
"""Crossed minus self-fertilised maize, eighths of an inch: Fisher (1935), section 21."""

_EXPANDED = "scipy 1.17.1 bootstrap(method='percentile', rng=default_rng(1)) at the expanded level"


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def counted(x: Sequence[float] | FloatArray) -> FloatArray:
    """A score and a count of 1 for each item."""
    return np.stack((np.asarray(x, dtype=np.float64), np.ones(len(x))), axis=1)


def mean(sums: FloatArray) -> FloatArray:
    return np.divide(sums[..., 0], sums[..., 1])


def f1(sums: FloatArray) -> FloatArray:
    """Hits, answers and references to F1."""
    return np.asarray(2 * sums[..., 0] / (sums[..., 1] + sums[..., 2]))


def _answers(seed: int, n: int) -> FloatArray:
    """Items with 0 to 4 references and answers, at most as many hits."""
    found = rng(seed).integers(0, 5, size=(n, 2))
    hits = rng(seed + 100).binomial(found.min(axis=1), 0.7)
    return np.column_stack((hits, found)).astype(np.float64)


def _by_hand(
    statistic: Callable[[FloatArray], FloatArray], units: FloatArray, draws: int
) -> list[float]:
    """Percentiles at Hesterberg's tail, of resamples that are made one by one."""
    n, generator = len(units), rng()
    values = [
        float(statistic(units[generator.integers(0, n, size=n)].sum(axis=0))) for _ in range(draws)
    ]
    tail = scipy_stats.norm.cdf(-math.sqrt(n / (n - 1)) * scipy_stats.t.ppf(0.975, n - 1))
    return [float(end) for end in np.quantile(values, [tail, 1 - tail])]


def _interval_second() -> tuple[Sequence[float], Sequence[float]]:
    ours: list[float] = []
    theirs: list[float] = []
    for seed, n in ((2, 30), (3, 101), (4, 400)):
        x = _answers(seed, n)
        ours += ends(stats.corpus_interval(x, f1, None, level=0.95, draws=1500, rng=rng()))
        theirs += _by_hand(f1, x, 1500)
        codes = np.arange(n) % 12
        summed = np.array([x[codes == g].sum(axis=0) for g in range(12)])
        found = stats.corpus_interval(x, f1, codes, level=0.95, draws=1500, rng=rng())
        ours += ends(found)
        theirs += _by_hand(f1, summed, 1500)
    return ours, theirs


def _difference_second() -> tuple[Sequence[float], Sequence[float]]:
    ours: list[float] = []
    theirs: list[float] = []
    for seed, n in ((5, 30), (6, 101), (7, 400)):
        a, b = _answers(seed, n), _answers(seed + 50, n)
        ours += ends(stats.corpus_difference(a, b, f1, None, level=0.95, draws=1500, rng=rng()))
        theirs += _by_hand(
            lambda s: np.asarray(f1(s[:3]) - f1(s[3:])), np.concatenate((a, b), axis=1), 1500
        )
    return ours, theirs


def _randomisation_second() -> tuple[Sequence[float], Sequence[float]]:
    """Every swap of the arms, one by one."""
    ours: list[float] = []
    theirs: list[float] = []
    for seed, n in ((8, 6), (9, 8), (10, 10)):
        a, b = _answers(seed, n), _answers(seed + 50, n)
        gaps = []
        for swap in itertools.product((False, True), repeat=n):
            s = np.array(swap)[:, np.newaxis]
            first, second = np.where(s, b, a).sum(axis=0), np.where(s, a, b).sum(axis=0)
            gaps.append(abs(float(f1(first) - f1(second))))
        theirs.append(float(np.mean(np.array(gaps) >= gaps[0] - 1e-12)))
        ours.append(p_of(stats.approximate_randomisation(a, b, f1, None, rng=rng())))
    return ours, theirs


def _one(x: Sequence[float], clusters: Sequence[int] | None = None) -> object:
    return stats.corpus_interval(
        counted(x) if len(x) else np.zeros((0, 2)), mean, clusters, level=0.95, rng=rng()
    )


def _arms(x: Sequence[float]) -> tuple[FloatArray, FloatArray]:
    """The same scores, and in the reverse order."""
    if not len(x):
        return np.zeros((0, 2)), np.zeros((0, 2))
    return counted(x), counted(x[::-1])


def _two(x: Sequence[float], clusters: Sequence[int] | None = None) -> object:
    return stats.corpus_difference(*_arms(x), mean, clusters, level=0.95, rng=rng())


def _swapped(x: Sequence[float], clusters: Sequence[int] | None = None) -> object:
    return stats.approximate_randomisation(*_arms(x), mean, clusters, rng=rng())


def _degenerate(call: Callable[..., object]) -> dict[str, Callable[[], object]]:
    return {
        "no items": lambda: call([]),
        "one item": lambda: call([0.5]),
        "one cluster": lambda: call([0.5, 0.25] * 20, [0] * 40),
        "all equal": lambda: call([0.5] * 40),
        "NaN": lambda: call([0.5] * 19 + [math.nan]),
        "infinity": lambda: call([0.5] * 19 + [math.inf]),
    }


ROWS = (
    Verified(
        function=stats.corpus_interval,
        source="Efron (1979), Annals of Statistics 7; Hesterberg (2015), TAS 69(4), section 3.2",
        known=(
            Computed(
                f"{_EXPANDED}, mean of Darwin's 15 differences taken twice, 9999 resamples",
                (6.183383166, 33.783283501),
                lambda: ends(
                    stats.corpus_interval(
                        counted(DARWIN * 2), mean, None, level=0.95, draws=9999, rng=rng()
                    )
                ),
                5e-7,
            ),
        ),
        second=Second("numpy, resamples made one by one", _interval_second),
        takes=Takes.CLUSTERED_SCORES,
        degenerate=_degenerate(_one),
        gives={
            "no items": "not estimable: no items",
            "one item": "0.5, no interval: only 1 item",
            "one cluster": "0.375, no interval: only 1 group",
            "all equal": "0.5, no interval: nothing varies",
            "NaN": "ValueError: vectors hold NaN or an infinity",
            "infinity": "ValueError: vectors hold NaN or an infinity",
        },
    ),
    Verified(
        function=stats.corpus_difference,
        source="Koehn (2004), EMNLP; Hesterberg (2015), TAS 69(4), section 3.2",
        known=(
            Computed(
                f"{_EXPANDED}, paired=True, the same as two arms, 9999 resamples",
                (6.183383166, 33.783283501),
                lambda: ends(
                    stats.corpus_difference(
                        counted([100.0 + d for d in DARWIN * 2]),
                        counted([100.0] * 30),
                        mean,
                        None,
                        level=0.95,
                        draws=9999,
                        rng=rng(),
                    )
                ),
                5e-7,
            ),
        ),
        second=Second("numpy, resamples made one by one", _difference_second),
        takes=Takes.CLUSTERED_SCORES,
        degenerate=_degenerate(_two),
        gives={
            "no items": "not estimable: no items",
            "one item": "0, no interval: only 1 item",
            "one cluster": "0, no interval: only 1 group",
            "all equal": "0, no interval: no items differ",
            "NaN": "ValueError: candidate vectors hold NaN or an infinity",
            "infinity": "ValueError: candidate vectors hold NaN or an infinity",
        },
    ),
    Verified(
        function=stats.approximate_randomisation,
        source="Noreen (1989); Yeh (2000), COLING",
        known=(
            Printed(
                "Fisher (1935), The Design of Experiments, section 21: Darwin's maize, both tails",
                (2 * 863 / 32768,),
                lambda: [
                    p_of(
                        stats.approximate_randomisation(
                            counted(DARWIN), counted([0] * 15), mean, None, draws=32767, rng=rng()
                        )
                    )
                ],
                1e-12,
            ),
        ),
        second=Second("every swap of the arms, one by one", _randomisation_second),
        takes=Takes.CLUSTERED_SCORES,
        degenerate=_degenerate(_swapped),
        gives={
            "no items": "not estimable: no items",
            "one item": "p = 1",
            "one cluster": "p = 1",
            "all equal": "p = 1",
            "NaN": "ValueError: candidate vectors hold NaN or an infinity",
            "infinity": "ValueError: candidate vectors hold NaN or an infinity",
        },
    ),
)
