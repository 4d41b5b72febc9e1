"""Rows for what a judge shows of itself: its slot, and what is left at equal length."""

import math
from collections.abc import Sequence

import numpy as np

from evalreport import stats
from evalreport.stats.arguments import FloatArray
from tests.stats.second_opinion import GLM, Binomial, cr2_by_matrices, proportion, widened_by_root
from tests.stats.second_opinion import stats as scipy_stats
from tests.stats.verified import ClosedForm, Computed, Second, Takes, Verified, ends, value_of


def _mirrored(longer: tuple[int, int], shorter: tuple[int, int]) -> stats.Estimated:
    """Pairs of lengths 2 and 1, of which so many of so many win on either side."""
    won = [1.0] * longer[0] + [0.0] * (longer[1] - longer[0])
    won += [1.0] * shorter[0] + [0.0] * (shorter[1] - shorter[0])
    mine = [2.0] * longer[1] + [1.0] * shorter[1]
    theirs = [1.0] * longer[1] + [2.0] * shorter[1]
    return stats.win_rate_at_equal_length(won, mine, theirs, None, level=0.95)


def _pairs(seed: int, n: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Outcomes of 0, 1/2 and 1 that hang on length, and both lengths."""
    rng = np.random.default_rng(seed)
    mine, theirs = np.round(np.exp(rng.normal(5, 0.5, size=(2, n))))
    said = rng.normal(0.3, 1, size=n) + np.log(mine / theirs)
    return np.where(np.abs(said) < 0.4, 0.5, (said > 0) * 1.0), mine, theirs


def _equal_second() -> tuple[Sequence[float], Sequence[float]]:
    """The coefficients of statsmodels, and every unit left out by whole matrices."""
    ours: list[float] = []
    theirs: list[float] = []
    for seed, n, groups in ((1, 40, None), (2, 60, 15), (3, 200, None), (4, 200, 25)):
        y, mine, other = _pairs(seed, n)
        clusters = None if groups is None else np.arange(n) % groups
        ours += ends(stats.win_rate_at_equal_length(y, mine, other, clusters, level=0.95))
        units = np.arange(n) if clusters is None else clusters
        x = np.stack((np.ones(n), (mine - other) / (mine + other)), axis=1)
        beta = np.asarray(GLM(y, x, family=Binomial()).fit(tol=1e-14, maxiter=200).params)
        p = 1 / (1 + np.exp(-x @ beta))
        w = p * (1 - p)
        whole = (x * w[:, None]).T @ x
        moved, shares = [], []
        for unit in np.unique(units):
            of = units == unit
            held = (x[of] * w[of, None]).T @ x[of]
            moved.append(float(np.linalg.solve(whole - held, x[of].T @ (y[of] - p[of]))[0]))
            shares.append(float(w[of].sum() / w.sum()))
        g = len(moved)
        se = math.sqrt((g - 1) / g * float(np.square(np.asarray(moved) - np.mean(moved)).sum()))
        half = float(scipy_stats.t.ppf(0.975, _df(np.asarray(shares)) - 1)) * se
        theirs += [1 / (1 + math.exp(-(beta[0] + sign * half))) for sign in (-1, 1)]
    return ours, theirs


def _df(shares: FloatArray) -> float:
    """Satterthwaite's degrees of freedom of a weighted mean of units, by whole matrices."""
    g = len(shares)
    leave = (np.eye(g) - np.tile(shares, (g, 1)).T) / np.sqrt(1 - shares)[:, None]
    covariance = leave @ np.diag(shares**2) @ leave.T
    return float(np.trace(covariance) ** 2 / np.square(covariance).sum())


def _slots_second() -> tuple[Sequence[float], Sequence[float]]:
    """The ratio by whole matrices and Hall's root, and few leaning items by the beta quantiles."""
    ours: list[float] = []
    theirs: list[float] = []
    for seed, n, groups in ((1, 50, None), (2, 200, None), (3, 120, 24)):
        rng = np.random.default_rng(seed)
        first = rng.integers(0, 3, size=n).astype(np.float64)
        second = np.where(first == 2, 0, rng.integers(0, 2, size=n)) * 1.0
        clusters = None if groups is None else np.arange(n) % groups
        ours += ends(stats.slot_share(first, second, clusters, level=0.95))
        keep = first + second > 0
        a, m = first[keep], (first + second)[keep]
        units = np.arange(len(a)) if clusters is None else clusters[keep]
        theirs += widened_by_root(a.sum() / m.sum(), *cr2_by_matrices(a / m, units, m), 0.95)
    ours += ends(_leaning(3, 1, 100))
    low = proportion(1, 100, 0.95, "beta")[1]
    high = proportion(3, 100, 0.95, "beta")[1]
    theirs += [0.5 - low / 2, 0.5 + high / 2]
    return ours, theirs


def _leaning(to_first: int, to_second: int, items: int) -> stats.Estimated:
    """Items in both orders, of which so many went to one slot both times."""
    rest = items - to_first - to_second
    first = [2.0] * to_first + [0.0] * to_second + [1.0] * rest
    return stats.slot_share(first, [2 - one for one in first], None, level=0.95)


def _scored(x: Sequence[float], clusters: Sequence[object] | None = None) -> object:
    lengths = [100.0 + i for i in range(len(x))]
    given = None if clusters is None else np.asarray(clusters)
    return stats.win_rate_at_equal_length(x, lengths, lengths[::-1], given, level=0.95)


def _slots(x: Sequence[float], clusters: Sequence[object] | None = None) -> object:
    given = None if clusters is None else np.asarray(clusters)
    return stats.slot_share(x, [1.0] * len(x), given, level=0.95)


_OUTCOMES = [0.0, 1.0, 0.5, 1.0] * 10

ROWS = (
    Verified(
        function=stats.slot_share,
        source="Cochran (1977), Sampling Techniques, section 6.4; Clopper and Pearson (1934)",
        known=(
            ClosedForm(
                "100 items in both orders, 3 twice for the first slot and 1 twice for the second: "
                "(2 * 3 + 96) / 200",
                (0.51,),
                lambda: [value_of(_leaning(3, 1, 100))],
                1e-12,
            ),
            ClosedForm(
                "100 items, none leans: one half, with half of 1 - 0.025^(1/100) on either side",
                (0.5, 0.5 - (1 - 0.025**0.01) / 2, 0.5 + (1 - 0.025**0.01) / 2),
                lambda: [value_of(_leaning(0, 0, 100)), *ends(_leaning(0, 0, 100))],
                1e-12,
            ),
        ),
        second=Second("whole matrices and the root of Hall's cubic; beta quantiles", _slots_second),
        takes=Takes.CLUSTERED_SCORES,
        degenerate={
            "no items": lambda: _slots([]),
            "one item": lambda: _slots([1.0]),
            "one cluster": lambda: _slots([0.0, 1.0] * 10, ["a"] * 20),
            "all equal": lambda: _slots([1.0] * 20),
            "nothing decisive": lambda: stats.slot_share([0.0] * 20, [0.0] * 20, None, level=0.95),
            "NaN": lambda: _slots([1.0, math.nan]),
            "infinity": lambda: _slots([1.0, math.inf]),
        },
        gives={
            "no items": "not estimable: no verdict is decisive",
            "one item": "0.5, no interval: only 1 item",
            "one cluster": "0.3333, no interval: only 1 group",
            "all equal": "0.5 (0.4158 to 0.5842)",
            "nothing decisive": "not estimable: no verdict is decisive",
            "NaN": "ValueError: first hold NaN or an infinity",
            "infinity": "ValueError: first hold NaN or an infinity",
        },
    ),
    Verified(
        function=stats.win_rate_at_equal_length,
        source="Papke and Wooldridge (1996), JAE 11(6); Bell and McCaffrey (2002), SM 28(2)",
        known=(
            ClosedForm(
                "two lengths that mirror each other, 30 of 40 and 15 of 40 won: the mean of two "
                "logits, (log 3 + log 0.6) / 2",
                (1 / (1 + math.exp(-(math.log(3) + math.log(0.6)) / 2)),),
                lambda: [value_of(_mirrored((30, 40), (15, 40)))],
                1e-12,
            ),
            Computed(
                "statsmodels 0.15.0 GLM(family=Binomial()), intercepts of 40 and of 200 drawn pairs",
                (0.60082104, 0.67430684),
                lambda: [
                    value_of(stats.win_rate_at_equal_length(*_pairs(seed, n), None, level=0.95))
                    for seed, n in ((1, 40), (3, 200))
                ],
                5e-9,
            ),
        ),
        second=Second("statsmodels GLM, and units left out by whole matrices", _equal_second, 1e-8),
        takes=Takes.CLUSTERED_SCORES,
        degenerate={
            "no items": lambda: _scored([]),
            "one item": lambda: _scored([0.5]),
            "one cluster": lambda: _scored(_OUTCOMES, ["a"] * 40),
            "all equal": lambda: _scored([0.5] * 40),
            "no overlap": lambda: stats.win_rate_at_equal_length(
                _OUTCOMES, [200.0] * 40, [100.0] * 40, None, level=0.95
            ),
            "equally long": lambda: stats.win_rate_at_equal_length(
                _OUTCOMES, [100.0] * 40, [100.0] * 40, None, level=0.95
            ),
            "separated": lambda: _scored([0.0] * 20 + [1.0] * 20),
            "NaN": lambda: _scored([0.5, math.nan]),
            "infinity": lambda: _scored([0.5, math.inf]),
        },
        gives={
            "no items": "not estimable: no items",
            "one item": "0.5, no interval: only 1 item",
            "one cluster": "0.6254, no interval: only 1 group",
            "all equal": "not estimable: no items differ",
            "no overlap": "not estimable: lengths do not overlap: no items with the candidate's "
            "answer shorter or as long",
            "equally long": "0.625 (0.482 to 0.7593)",
            "separated": "not estimable: length alone separates wins from losses",
            "NaN": "ValueError: outcomes hold NaN or an infinity",
            "infinity": "ValueError: outcomes hold NaN or an infinity",
        },
    ),
)
