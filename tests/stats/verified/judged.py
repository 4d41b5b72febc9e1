"""Rows for judges corrected by people, and for several systems judged in pairs."""

import math
import statistics
from collections.abc import Sequence

import numpy as np

from evalreport import stats
from evalreport.stats.arguments import FloatArray
from tests.stats.second_opinion import proportion, strengths
from tests.stats.second_opinion import stats as scipy_stats
from tests.stats.verified import (
    ClosedForm,
    Computed,
    Printed,
    Second,
    Takes,
    Verified,
    ends,
    value_of,
)

TEAMS = ("Milwaukee", "Detroit", "Toronto", "New York", "Boston", "Cleveland", "Baltimore")
SEASON = (
    (0, 7, 9, 7, 7, 9, 11),
    (6, 0, 7, 5, 11, 9, 9),
    (4, 6, 0, 7, 7, 8, 12),
    (6, 8, 6, 0, 6, 7, 10),
    (6, 2, 6, 7, 0, 7, 12),
    (4, 4, 5, 6, 6, 0, 6),
    (2, 4, 1, 3, 1, 7, 0),
)
"""American League East 1987, who beat whom how often: Agresti (2002), section 10.6."""


def played(wins: Sequence[Sequence[int]], names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Winners and losers, a game each."""
    games = [
        (names[i], names[j]) for i, row in enumerate(wins) for j, k in enumerate(row)
        for _ in range(k)
    ]  # fmt: skip
    return [winner for winner, _ in games], [loser for _, loser in games]


def _strengths(wins: Sequence[Sequence[int]], names: Sequence[str], reference: str) -> list[float]:
    first, second = played(wins, names)
    found = stats.bradley_terry(
        first, second, [1] * len(first), None,
        reference=reference, level=0.95, draws=1, rng=np.random.default_rng(1),
    )  # fmt: skip
    assert isinstance(found, dict), found
    return [value_of(found[name]) for name in names if name != reference]


def _strengths_second() -> tuple[Sequence[float], Sequence[float]]:
    ours, theirs = _strengths(SEASON, TEAMS, "Baltimore"), strengths(SEASON)
    for seed, k in ((1, 3), (2, 5), (3, 8)):
        wins = np.random.default_rng(seed).integers(1, 30, size=(k, k)) * (1 - np.eye(k, dtype=int))
        table = [[int(count) for count in row] for row in wins]
        names = [f"model {place}" for place in range(k)]
        ours += _strengths(table, names, names[-1])
        theirs += strengths(table)
    first, second, outcomes = "aabbccab", "bcacabba", (1, 0, 0.5, 1, 0.5, 0.5, 1, 0.5)
    halves = np.zeros((3, 3))
    for one, other, won in zip(first, second, outcomes, strict=True):
        halves["abc".index(one), "abc".index(other)] += won
        halves["abc".index(other), "abc".index(one)] += 1 - won
    ties = stats.bradley_terry(
        list(first), list(second), outcomes, None,
        reference="c", level=0.95, rng=np.random.default_rng(1),
    )  # fmt: skip
    assert isinstance(ties, dict), ties
    ours += [value_of(ties[name]) for name in "ab"]
    theirs += strengths(halves)
    return ours, theirs


def _duel(first: Sequence[str], second: Sequence[str], outcomes: Sequence[float]) -> object:
    return stats.bradley_terry(
        first, second, outcomes, None, reference="a", level=0.95, rng=np.random.default_rng(1)
    )


def _pattern() -> tuple[FloatArray, FloatArray, np.ndarray]:
    """A judge that is wrong on every fifth item, and too strict on every eleventh."""
    place = np.arange(300)
    judge = ((place * 7) % 10 < 6).astype(np.float64)
    human = np.where(place % 5 == 0, 1 - judge, judge)
    human[::11] = 1
    return judge, human, place < 60


def _waves() -> tuple[FloatArray, FloatArray, np.ndarray]:
    place = np.arange(300.0)
    judge = np.sin(place)
    return judge, judge * 0.5 + 0.2 * np.cos(3 * place), place < 60


def _ppi_second() -> tuple[Sequence[float], Sequence[float]]:
    """The formula with the standard library's variances, and bounds of a rate by hand."""
    ours: list[float] = []
    theirs: list[float] = []
    for seed, n, total, noise in ((1, 60, 200, 0.1), (2, 120, 1000, 0.5), (3, 300, 900, 2.0)):
        rng = np.random.default_rng(seed)
        truth = rng.normal(0.1, 0.4, size=total)
        judge = truth + rng.normal(0.05, noise, size=total)
        known = np.arange(total) % (total // n) == 0
        ours += ends(stats.ppi(judge, truth, known, level=0.95).corrected)
        y = truth[known].tolist()
        f, rest = judge[known].tolist(), judge[~known].tolist()
        m = len(y)
        shared = statistics.covariance(y, f) * (m - 1) / m
        trust = shared / ((1 + m / len(rest)) * statistics.variance(judge.tolist()))
        trust = min(1.0, max(0.0, trust))
        beyond = [a - trust * b for a, b in zip(y, f, strict=True)]
        value = trust * statistics.fmean(rest) + statistics.fmean(beyond)
        variance = trust**2 * statistics.variance(rest) / len(rest)
        variance += statistics.variance(beyond) / m
        half = float(scipy_stats.t.ppf(0.975, m - 1)) * math.sqrt(variance)
        theirs += [value - half, value + half]
    return ours, theirs


def _scores(x: Sequence[float]) -> object:
    """The judge says the same as people, who labelled every second item."""
    labelled = np.arange(len(x)) % 2 == 0
    return stats.ppi(x, x, labelled, level=0.95).corrected


def _gladen(
    right: int, items: int, sensitive: tuple[int, int], specific: tuple[int, int]
) -> stats.Estimated:
    return stats.rogan_gladen(
        right, items,
        right_found=sensitive[0], right=sensitive[1],
        wrong_found=specific[0], wrong=specific[1], level=0.95,
    )  # fmt: skip


_ASHT = "Lang and Reiczigel (2014), PVM 113(1), as the R package asht quotes it, man/prevSeSp.Rd"
_LANG = (
    (4060, 11284, (178, 179), (358, 359)),
    (51, 2971, (32, 33), (20, 20)),
    (712, 11862, (8, 10), (12, 12)),
    (259, 509, (84, 127), (96, 109)),
    (51, 509, (23, 41), (187, 195)),
)


def _gladen_second() -> tuple[Sequence[float], Sequence[float]]:
    """Counts that are raised as the source has it, then plain delta method by slopes."""
    ours: list[float] = []
    theirs: list[float] = []
    z = float(scipy_stats.norm.ppf(0.975))
    for k, n, (a, m1), (b, m0) in (
        (620, 1000, (85, 100), (70, 90)),
        (90, 400, (45, 50), (180, 200)),
        (300, 500, (28, 40), (33, 40)),
    ):
        ours += ends(_gladen(k, n, (a, m1), (b, m0)))
        sizes = (n + z**2, m0 + 2, m1 + 2)
        rates = ((k + z**2 / 2) / sizes[0], (b + 1) / sizes[1], (a + 1) / sizes[2])

        def corrected(p: float, q0: float, q1: float) -> float:
            return (p + q0 - 1) / (q0 + q1 - 1)

        middle, variance = corrected(*rates), 0.0
        for place in range(3):
            up, down = list(rates), list(rates)
            up[place], down[place] = rates[place] + 1e-6, rates[place] - 1e-6
            slope = (corrected(*up) - corrected(*down)) / 2e-6
            variance += slope**2 * rates[place] * (1 - rates[place]) / sizes[place]
        skew0, skew1 = (rates[i] * (1 - rates[i]) / sizes[i] for i in (1, 2))
        middle += 2 * z**2 * (middle * skew1 - (1 - middle) * skew0)
        theirs += [middle - z * math.sqrt(variance), min(1.0, middle + z * math.sqrt(variance))]
    return ours, theirs


ROWS = (
    Verified(
        function=stats.bradley_terry,
        source="Bradley and Terry (1952), Biometrika 39; Ford (1957), AMM 64(8)",
        known=(
            Printed(
                "Agresti (2002), section 10.6, table 10.11, column 3, as the R package BradleyTerry2 "
                "quotes it, tests/testthat/test-baseball.R: log-odds against Baltimore",
                (1.58, 1.44, 1.29, 1.25, 1.11, 0.68),
                lambda: _strengths(SEASON, TEAMS, "Baltimore"),
                5e-3,
            ),
            Printed(
                "the same by R package BradleyTerry2, tests/baseball.Rout.save",
                (1.5814, 1.4364, 1.2945, 1.2476, 1.1077, 0.6839),
                lambda: _strengths(SEASON, TEAMS, "Baltimore"),
                5e-5,
            ),
        ),
        second=Second("statsmodels GLM(family=Binomial())", _strengths_second, 1e-7),
        takes=Takes.LABELS,
        degenerate={
            "no items": lambda: _duel([], [], []),
            "one item": lambda: _duel(["a"], ["b"], [0.5]),
            "one label only": lambda: _duel(["a"] * 20, ["a"] * 20, [1] * 20),
            "only ties": lambda: _duel(["a", "b"] * 10, ["b", "c"] * 10, [0.5] * 20),
            "never compared": lambda: _duel(["a", "c"] * 10, ["b", "d"] * 10, [1, 0] * 10),
            "won everything": lambda: _duel(["a", "b"] * 10, ["b", "c"] * 10, [1, 0.5] * 10),
            "NaN": lambda: _duel(["a"], ["b"], [math.nan]),
        },
        gives={
            "no items": "not estimable: no items",
            "one item": "b: 0, no interval: only 1 item",
            "one label only": "ValueError: a system is compared with itself",
            "only ties": "b: 0, no interval: nothing varies; c: 0, no interval: nothing varies",
            "never compared": "not estimable: a, b: never compared with the others, not even through each other",
            "won everything": "not estimable: a: won every comparison with the others, so the strength has no bound",
            "NaN": "ValueError: outcomes hold NaN or an infinity",
        },
    ),
    Verified(
        function=stats.ppi,
        source="Angelopoulos, Duchi and Zrnic (2023), arXiv:2311.01453",
        known=(
            Computed(
                "ppi_py 0.2.3 ppi_mean_pointestimate, a rate and a mean of waves, 60 of 300 labels",
                (0.466666666667, 0.005094225671),
                lambda: [
                    value_of(stats.ppi(*data, level=0.95).corrected)
                    for data in (_pattern(), _waves())
                ],
                5e-13,
            ),
        ),
        second=Second("the formula with the standard library's variances", _ppi_second),
        takes=Takes.SCORES,
        degenerate={
            "no items": lambda: _scores([]),
            "one item": lambda: _scores([0.5]),
            "49 labels": lambda: _scores([0, 1] * 49),
            "rare class": lambda: _scores([0] * 182 + [1] * 18),
            "all equal": lambda: _scores([0.5] * 200),
            "every item labelled": lambda: (
                stats.ppi(
                    [0, 1] * 100, [0, 1] * 100, np.ones(200, dtype=bool), level=0.95
                ).corrected
            ),
            "NaN": lambda: _scores([0.5] * 199 + [math.nan]),
            "infinity": lambda: _scores([0.5] * 199 + [math.inf]),
        },
        gives={
            "no items": "not estimable: no human labels",
            "one item": "not estimable: only 1 human label",
            "49 labels": "not estimable: only 49 human labels",
            "rare class": "not estimable: only 9 labels depart from the commonest",
            "all equal": "not estimable: no labels depart from the commonest",
            "every item labelled": "not estimable: every item has a human label",
            "NaN": "ValueError: judge scores hold NaN or an infinity",
            "infinity": "ValueError: judge scores hold NaN or an infinity",
        },
    ),
    Verified(
        function=stats.rogan_gladen,
        source="Rogan and Gladen (1978), AJE 107(1); Lang and Reiczigel (2014), PVM 113(1)",
        known=(
            Printed(
                f"{_ASHT}, examples 1 to 3",
                (0.349, 0.372, 0, 0.053, 0, 0.147),
                lambda: [end for example in _LANG[:3] for end in ends(_gladen(*example))],
                5e-4,
            ),
            Printed(
                f"{_ASHT}, example 4, the first test",
                (0.58, 0.87),
                lambda: ends(_gladen(*_LANG[3])),
                5e-3,
            ),
            Printed(
                f"{_ASHT}, example 4, the second test",
                (0.037, 0.195),
                lambda: ends(_gladen(*_LANG[4])),
                5e-4,
            ),
            ClosedForm(
                "Rogan and Gladen (1978), (p + q0 - 1)/(q0 + q1 - 1): 0.62, 0.8, 0.9",
                (0.42 / 0.7,),
                lambda: [value_of(_gladen(620, 1000, (90, 100), (80, 100)))],
                1e-12,
            ),
            Computed(
                "statsmodels 0.15.0, a judge that is never wrong on a million: the plain rate",
                tuple(proportion(620, 1000, 0.95, "agresti_coull")),
                lambda: ends(_gladen(620, 1000, (10**6, 10**6), (10**6, 10**6))),
                1e-5,
            ),
        ),
        second=Second("raised counts and numerical slopes", _gladen_second, 1e-8),
        takes=Takes.COUNTS,
        degenerate={
            "no items": lambda: _gladen(0, 0, (9, 10), (9, 10)),
            "negative count": lambda: _gladen(-1, 10, (9, 10), (9, 10)),
            "half a count": lambda: _gladen(0.5, 10, (9, 10), (9, 10)),  # type: ignore[arg-type]  # on purpose
            "nine labels": lambda: _gladen(5, 10, (9, 9), (9, 10)),
            "no better than chance": lambda: _gladen(50, 100, (10, 20), (10, 20)),
            "more than all": lambda: _gladen(11, 10, (9, 10), (9, 10)),
        },
        gives={
            "no items": "not estimable: no items",
            "negative count": "ValueError: judged_right cannot be negative: -1",
            "half a count": "ValueError: judged_right must be a whole number, not 0.5",
            "nine labels": "not estimable: only 9 items labelled right",
            "no better than chance": "not estimable: the judge does no better than chance",
            "more than all": "ValueError: judged_right is 11 of 10",
        },
    ),
)
