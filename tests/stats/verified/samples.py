"""Rows for several samples or generations a problem."""

import itertools
from collections.abc import Callable
from math import comb

import numpy as np
from numpy.typing import ArrayLike

from evalreport import stats
from tests.stats import second_opinion as other
from tests.stats.verified import Computed, Printed, Second, Takes, Verified
from tests.stats.verified.degenerate import Calls

_N, _C = [1, 4, 6, 6, 7, 10], [1, 0, 3, 1, 7, 2]
DYESTUFF = [[1545, 1440, 1440, 1520, 1580], [1540, 1555, 1490, 1560, 1495],
        [1595, 1550, 1605, 1510, 1560], [1445, 1440, 1595, 1465, 1545],
        [1595, 1630, 1515, 1635, 1625], [1520, 1455, 1450, 1480, 1445]]  # fmt: skip


def _of_counts(function: Callable[..., object]) -> Calls:
    return {
        "no items": lambda: function([], [], k=1),
        "negative count": lambda: function([5], [-1], k=1),
        "half a count": lambda: function([5], [0.5], k=1),
        "k above the samples": lambda: function([10, 5], [1, 1], k=6),
        "more correct than samples": lambda: function([5], [6], k=1),
        "k of 0": lambda: function([5], [1], k=0),
    }


def _choices(any_of: Callable[[tuple[bool, ...]], bool]) -> list[float]:
    """Every choice of k samples of every problem, looked at."""
    values = []
    for k in (1, 2, 5):
        for n, c in zip(_N, _C, strict=True):
            if n >= k:
                marks = [i < c for i in range(n)]
                chosen = [any_of(one) for one in itertools.combinations(marks, k)]
                values.append(sum(chosen) / comb(n, k))
    return values


def _all_problems(function: Callable[..., np.ndarray]) -> list[float]:
    return [
        float(x)
        for k in (1, 2, 5)
        for n, c in zip(_N, _C, strict=True)
        if n >= k
        for x in function([n], [c], k=k)
    ]


def _of(scores: ArrayLike) -> stats.Generations:
    found = stats.generations(scores, level=0.95)
    assert isinstance(found, stats.Generations)
    return found


def _scores(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (rng.uniform(size=(40, 6)) < rng.uniform(size=(40, 1))).astype(float)


def _anova(scores: np.ndarray) -> tuple[float, float]:
    """Variance components from scipy's one-way F and the total sum of squares."""
    n, k = scores.shape
    f = float(other.stats.f_oneway(*scores).statistic)
    total = float(((scores - scores.mean()) ** 2).sum())
    within = total / (f * (n - 1) + n * (k - 1))
    return (f - 1) * within / k, within


ROWS = (
    Verified(
        function=stats.pass_at_k,
        source="Chen and others (2021), arXiv:2107.03374, equation (1)",
        known=(
            Computed(
                "scipy 1.17, 1 - hypergeom.pmf(0, n, c, k) for 3 of 6 at k = 1, 20 of 200 at "
                "k = 10 and 100",
                (
                    0.5,
                    1 - float(other.stats.hypergeom.pmf(0, 200, 20, 10)),
                    1 - float(other.stats.hypergeom.pmf(0, 200, 20, 100)),
                ),
                lambda: [
                    *stats.pass_at_k([6], [3], k=1),
                    *stats.pass_at_k([200], [20], k=10),
                    *stats.pass_at_k([200], [20], k=100),
                ],
                1e-12,
            ),
        ),
        second=Second(
            "every choice of k samples looked at",
            lambda: (_all_problems(stats.pass_at_k), _choices(any)),
        ),
        takes=Takes.COUNTS,
        degenerate=_of_counts(stats.pass_at_k),
        gives={
            "no items": "[]",
            "negative count": "ValueError: correct samples lie between 0 and the samples of the problem",
            "half a count": "ValueError: samples and correct samples must be whole numbers",
            "k above the samples": "ValueError: k = 6, but a problem has 5 samples",
            "more correct than samples": "ValueError: correct samples lie between 0 and the samples of the problem",
            "k of 0": "ValueError: k is at least 1",
        },
    ),
    Verified(
        function=stats.pass_hat_k,
        source="Yao and others (2024), arXiv:2406.12045: C(c, k) / C(n, k)",
        known=(
            Computed(
                "scipy 1.17, hypergeom.pmf(k, n, c, k) for 3 of 6 at k = 1 and 2, 6 of 8 at k = 4",
                (0.5, 0.2, 15 / 70),
                lambda: [
                    *stats.pass_hat_k([6], [3], k=1),
                    *stats.pass_hat_k([6], [3], k=2),
                    *stats.pass_hat_k([8], [6], k=4),
                ],
                1e-12,
            ),
        ),
        second=Second(
            "every choice of k samples looked at",
            lambda: (_all_problems(stats.pass_hat_k), _choices(all)),
        ),
        takes=Takes.COUNTS,
        degenerate=_of_counts(stats.pass_hat_k),
        gives={
            "no items": "[]",
            "negative count": "ValueError: correct samples lie between 0 and the samples of the problem",
            "half a count": "ValueError: samples and correct samples must be whole numbers",
            "k above the samples": "ValueError: k = 6, but a problem has 5 samples",
            "more correct than samples": "ValueError: correct samples lie between 0 and the samples of the problem",
            "k of 0": "ValueError: k is at least 1",
        },
    ),
    Verified(
        function=stats.generations,
        source="Miller (2024), arXiv:2411.00640; one-way variance components",
        known=(
            Printed(
                "R package lme4, Dyestuff data, six batches of five: variances of batch and residual",
                (1764, 2451),
                lambda: (_of(DYESTUFF).between, _of(DYESTUFF).within),
                0.5,
            ),
        ),
        second=Second(
            "variance components from scipy f_oneway",
            lambda: (
                [x for s in range(4) for x in (_of(_scores(s)).between, _of(_scores(s)).within)],
                [x for s in range(4) for x in _anova(_scores(s))],
            ),
        ),
        takes=Takes.SCORES,
        degenerate={
            "no items": lambda: stats.generations(np.zeros((0, 3)), level=0.95),
            "one item": lambda: stats.generations([[0.0, 1.0]], level=0.95),
            "one draw": lambda: stats.generations([[0.0], [1.0]], level=0.95),
            "all equal": lambda: _of(np.full((20, 3), 0.25)).noise_share,
            "NaN": lambda: stats.generations([[0.0, np.nan]], level=0.95),
            "infinity": lambda: stats.generations([[0.0, np.inf]], level=0.95),
        },
        gives={
            "no items": "not estimable: no items",
            "one item": "not estimable: only 1 item",
            "one draw": "not estimable: only 1 generation an item",
            "all equal": "not estimable: nothing varies",
            "NaN": "ValueError: scores hold NaN or an infinity",
            "infinity": "ValueError: scores hold NaN or an infinity",
        },
    ),
)
