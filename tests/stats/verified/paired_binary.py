"""Rows for right and wrong on the same items, and for wins, ties and losses."""

import math
from collections.abc import Callable, Sequence

import numpy as np

from evalreport import stats
from tests.stats import second_opinion as other
from tests.stats.verified import ClosedForm, Printed, Second, Takes, Verified, ends, p_of
from tests.stats.verified.degenerate import Calls, of_clusters

_TABLES = ((1, 7, 21), (6, 16, 161), (0, 0, 50), (10, 0, 10), (0, 1, 44), (30, 12, 400))
_SPLITS = ((1, 7), (6, 16), (10, 2), (0, 0), (4, 4), (120, 90), (0, 6))
_FAGERLAND = "Fagerland, Lydersen and Laake (2014), Statistics in Medicine 33, 2850-2875"
_RATESCI = "as the R package ratesci quotes it, tests/testthat/test3.R"
_CAVO = "R package contingencytables, tests/testthat/test-ch8.R"


def _of_table(function: Callable[..., object]) -> Calls:
    return {
        "no items": lambda: function(0, 0, 0),
        "negative count": lambda: function(-1, 0, 5),
        "half a count": lambda: function(0.5, 0, 5),
        "more differing items than items": lambda: function(3, 3, 5),
        "nothing differs": lambda: function(0, 0, 50),
        "all better": lambda: function(10, 0, 10),
    }


def _of_split(function: Callable[..., object]) -> Calls:
    return {
        "no items": lambda: function(0, 0),
        "negative count": lambda: function(-1, 5),
        "half a count": lambda: function(0.5, 5),
        "five and none": lambda: function(5, 0),
    }


def _tango(b: int, c: int, n: int) -> tuple[float, float]:
    return ends(stats.tango(b, c, n, level=0.95))


def _both(
    ours: Callable[..., tuple[float, ...]],
    theirs: Callable[..., tuple[float, ...]],
    inputs: Sequence[tuple[int, ...]],
) -> Callable[[], tuple[list[float], list[float]]]:
    def compare() -> tuple[list[float], list[float]]:
        return [x for one in inputs for x in ours(*one)], [
            x for one in inputs for x in theirs(*one)
        ]

    return compare


def _signs(b: int, c: int, n: int) -> np.ndarray:
    return np.repeat([1.0, -1.0, 0.0], [b, c, n - b - c])


def _alone(b: int, c: int, n: int) -> tuple[float, float]:
    """Tango in clusters of one, at the level that makes its t quantile 1.96."""
    level = 2 * float(other.stats.t.cdf(other.stats.norm.ppf(0.975), n - 1)) - 1
    return ends(stats.tango_in_clusters(_signs(b, c, n), np.arange(n), level=level))


def _clustered(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(30), rng.integers(2, 9, size=30))
    shared = rng.uniform(-0.4, 0.5, size=30)[codes]
    return np.sign(np.round(shared + rng.uniform(-0.6, 0.6, size=len(codes)))), codes


def _wider_of_two() -> tuple[list[float], list[float]]:
    ours: list[float] = []
    theirs: list[float] = []
    for seed in range(6):
        d, codes = _clustered(seed)
        ours += ends(stats.tango_in_clusters(d, codes, level=0.95))
        se, df, _ = other.cr2_by_matrices(d, codes)
        low, high = other.widened_mean(d, codes)
        t = float(other.stats.t.ppf(0.975, df))
        n = 1 + float(np.var(d)) / se**2
        counts = (n * float(np.mean(d > 0)), n * float(np.mean(d < 0)), n)
        level = 2 * float(other.stats.norm.cdf(t)) - 1
        score = other.tango_by_likelihood(*counts, level)
        theirs += [min(low, score[0]), max(high, score[1])]
    return ours, theirs


def _mid_p(b: int, c: int) -> tuple[float]:
    k, m = min(b, c), b + c
    p = 2 * other.stats.binom.cdf(k, m, 0.5) - other.stats.binom.pmf(k, m, 0.5)
    return (1.0 if b == c else min(1.0, float(p)),)


def _coin(wins: int, losses: int) -> tuple[float]:
    if wins + losses == 0:
        return (1.0,)
    return (float(other.stats.binomtest(wins, wins + losses).pvalue),)


def _added_items(b: int, c: int, n: int) -> tuple[float, float]:
    """The plain Wald interval of n + 2 items, one of them better and one worse."""
    d = np.concatenate(([1.0, -1.0], _signs(b, c, n)))
    half = 1.959963984540054 * float(d.std()) / math.sqrt(n + 2)
    low, high = float(d.mean()) - half, float(d.mean()) + half
    return min((b - c) / n, max(-1, low)), max((b - c) / n, min(1, high))


def _hybrid(a: int, b: int, c: int, d: int) -> tuple[float, float]:
    """Newcombe's paired interval from statsmodels' Wilson and the correlation of 0s and 1s."""
    n = a + b + c + d
    one, two = np.repeat([1, 1, 0, 0], [a, b, c, d]), np.repeat([1, 0, 1, 0], [a, b, c, d])
    (l1, u1), (l2, u2) = (other.proportion(int(x.sum()), n, 0.95, "wilson") for x in (one, two))
    phi = 0.0
    if one.std() * two.std() > 0:
        phi = float(np.corrcoef(one, two)[0, 1])
        if phi > 0:
            phi = max(0.0, phi - 0.5 / (n * float(one.std() * two.std())))
    p1, p2 = float(one.mean()), float(two.mean())

    def length(x: float, y: float) -> float:
        return math.sqrt(x * x - 2 * phi * x * y + y * y)

    return p1 - p2 - length(p1 - l1, u2 - p2), p1 - p2 + length(u1 - p1, p2 - l2)


ROWS = (
    Verified(
        function=stats.tango,
        source="Tango (1998), Statistics in Medicine 17, 891-908",
        known=(
            Printed(
                f"Tango (1998), table VII, {_RATESCI}: 9, 3 of 32",
                (-0.027, 0.390),
                lambda: _tango(9, 3, 32),
                5e-4,
            ),
            Printed(
                f"{_FAGERLAND}, {_RATESCI}: 1, 7 of 21",
                (-0.517, -0.026),
                lambda: _tango(1, 7, 21),
                5e-4,
            ),
            Printed(
                f"Tang and others (2010), {_RATESCI}: 3, 1 of 14",
                (-0.1670, 0.4327),
                lambda: _tango(3, 1, 14),
                5e-5,
            ),
            Printed(f"{_CAVO}: 6, 16 of 161", (-0.1240, -0.0054), lambda: _tango(6, 16, 161), 5e-5),
        ),
        second=Second(
            "the nuisance parameter by numerical maximum of the likelihood",
            _both(_tango, lambda b, c, n: other.tango_by_likelihood(b, c, n, 0.95), _TABLES),
            2e-6,
        ),
        takes=Takes.COUNTS,
        degenerate=_of_table(lambda b, c, n: stats.tango(b, c, n, level=0.95)),
        gives={
            "no items": "not estimable: no items",
            "negative count": "ValueError: better cannot be negative: -1",
            "half a count": "ValueError: better must be a whole number, not 0.5",
            "more differing items than items": "ValueError: 3 better and 3 worse among 5 items",
            "nothing differs": "0 (-0.07135 to 0.07135)",
            "all better": "1 (0.4449 to 1)",
        },
    ),
    Verified(
        function=stats.bonett_price,
        source="Bonett and Price (2012), Journal of Educational and Behavioral Statistics 37(4)",
        known=(
            Printed(
                "R package statpsych 1.7.0, the example of ci.prop.ps(.05, 12, 4, 26, 6)",
                (0.2548067, 0.6251933),
                lambda: ends(stats.bonett_price(26, 4, 48, level=0.95)),
                5e-8,
            ),
            Printed(
                f"{_CAVO}: 6, 16 of 161",
                (-0.1195, -0.0032),
                lambda: ends(stats.bonett_price(6, 16, 161, level=0.95)),
                5e-5,
            ),
            Printed(
                f"{_FAGERLAND}, {_RATESCI}: 1, 7 of 21",
                (-0.508, -0.013),
                lambda: ends(stats.bonett_price(1, 7, 21, level=0.95)),
                5e-4,
            ),
        ),
        second=Second(
            "the plain Wald interval with one better and one worse item added",
            _both(
                lambda b, c, n: ends(stats.bonett_price(b, c, n, level=0.95)), _added_items, _TABLES
            ),
        ),
        takes=Takes.COUNTS,
        degenerate=_of_table(lambda b, c, n: stats.bonett_price(b, c, n, level=0.95)),
        gives={
            "no items": "not estimable: no items",
            "negative count": "ValueError: better cannot be negative: -1",
            "half a count": "ValueError: better must be a whole number, not 0.5",
            "more differing items than items": "ValueError: 3 better and 3 worse among 5 items",
            "nothing differs": "0 (-0.0533 to 0.0533)",
            "all better": "1 (0.5206 to 1)",
        },
    ),
    Verified(
        function=stats.newcombe_paired,
        source="Newcombe (1998), Statistics in Medicine 17, 2635-2650, method 10",
        known=(
            Printed(
                "the same paper, as the tests of the R package propint quote it: tables "
                "36 12 2 0, 18 12 2 18, 53 0 0 1, 0 30 0 0",
                (0.0569, 0.3404, 0.0562, 0.3290, -0.0729, 0.0729, 0.8395, 1.0),
                lambda: [
                    end
                    for table in ((36, 12, 2, 0), (18, 12, 2, 18), (53, 0, 0, 1), (0, 30, 0, 0))
                    for end in ends(stats.newcombe_paired(*table, level=0.95))
                ],
                5e-5,
            ),
            Printed(
                f"{_CAVO}: 59 6 16 80",
                (-0.1186, -0.0046),
                lambda: ends(stats.newcombe_paired(59, 6, 16, 80, level=0.95)),
                5e-5,
            ),
            Printed(
                f"Tang and others (2010), {_RATESCI}: 8 3 1 2",
                (-0.1574, 0.4136),
                lambda: ends(stats.newcombe_paired(8, 3, 1, 2, level=0.95)),
                5e-5,
            ),
        ),
        second=Second(
            "statsmodels' Wilson intervals joined by numpy's correlation of the items",
            _both(
                lambda *table: ends(stats.newcombe_paired(*table, level=0.95)),
                _hybrid,
                ((1, 1, 7, 12), (59, 6, 16, 80), (5, 9, 8, 4), (20, 0, 0, 0), (0, 3, 4, 0)),
            ),
        ),
        takes=Takes.COUNTS,
        degenerate={
            "no items": lambda: stats.newcombe_paired(0, 0, 0, 0, level=0.95),
            "negative count": lambda: stats.newcombe_paired(5, -1, 0, 3, level=0.95),
            "half a count": lambda: stats.newcombe_paired(5, 0.5, 0, 3, level=0.95),  # type: ignore[arg-type]  # that is the fault
            "nothing differs": lambda: stats.newcombe_paired(25, 0, 0, 25, level=0.95),
            "all better": lambda: stats.newcombe_paired(0, 10, 0, 0, level=0.95),
        },
        gives={
            "no items": "not estimable: no items",
            "negative count": "ValueError: better cannot be negative: -1",
            "half a count": "ValueError: better must be a whole number, not 0.5",
            "nothing differs": "0 (-0.03778 to 0.03778)",
            "all better": "1 (0.6075 to 1)",
        },
    ),
    Verified(
        function=stats.tango_in_clusters,
        source="Korn and Graubard (1998), Survey Methodology 24; Franco and others (2019), JSSAM "
        "7(3): score intervals at the effective number of items",
        known=(
            Printed(
                f"{_CAVO}: 6, 16 of 161, here every item a cluster of its own, at t = 1.96",
                (-0.1240, -0.0054),
                lambda: _alone(6, 16, 161),
                5e-5,
            ),
        ),
        second=Second(
            "the whole matrices, and the likelihood search at the effective number",
            _wider_of_two,
            2e-6,
        ),
        takes=Takes.CLUSTERED_SCORES,
        degenerate={
            **of_clusters(lambda d, g: stats.tango_in_clusters(np.trunc(d), g, level=0.95)),
            "half a win": lambda: stats.tango_in_clusters([0.5] * 20, np.arange(20), level=0.95),
        },
        gives={
            "no items": "not estimable: no items",
            "one item": "0, no interval: only 1 item",
            "one cluster": "0, no interval: only 1 group",
            "all equal": "0 (-0.3085 to 0.3085)",
            "NaN": "ValueError: differences hold NaN or an infinity",
            "infinity": "ValueError: differences hold NaN or an infinity",
            "half a win": "ValueError: differences of right/wrong items are 1, 0 or -1",
        },
    ),
    Verified(
        function=stats.exact_mcnemar,
        source="McNemar (1947), Psychometrika 12; exact binomial",
        known=(
            Printed(
                f"{_CAVO}: 6 and 16",
                (0.052479,),
                lambda: [p_of(stats.exact_mcnemar(6, 16))],
                5e-7,
            ),
        ),
        second=Second(
            "statsmodels mcnemar(exact=True)",
            _both(
                lambda b, c: (p_of(stats.exact_mcnemar(b, c)),),
                lambda b, c: (other.mcnemar_p(b, c),),
                _SPLITS,
            ),
        ),
        takes=Takes.COUNTS,
        degenerate=_of_split(stats.exact_mcnemar),
        gives={
            "no items": "p = 1",
            "negative count": "ValueError: better cannot be negative: -1",
            "half a count": "ValueError: better must be a whole number, not 0.5",
            "five and none": "p = 0.0625",
        },
    ),
    Verified(
        function=stats.midp_mcnemar,
        source="Fagerland, Lydersen and Laake (2013), BMC Medical Research Methodology 13:91",
        known=(
            Printed(
                f"{_CAVO}: 6 and 16",
                (0.034690,),
                lambda: [p_of(stats.midp_mcnemar(6, 16))],
                5e-7,
            ),
        ),
        second=Second(
            "scipy's binomial",
            _both(lambda b, c: (p_of(stats.midp_mcnemar(b, c)),), _mid_p, _SPLITS),
        ),
        takes=Takes.COUNTS,
        degenerate=_of_split(stats.midp_mcnemar),
        gives={
            "no items": "p = 1",
            "negative count": "ValueError: better cannot be negative: -1",
            "half a count": "ValueError: better must be a whole number, not 0.5",
            "five and none": "p = 0.03125",
        },
    ),
    Verified(
        function=stats.sign_test,
        source="Dixon and Mood (1946), JASA 41, 557-566",
        known=(
            ClosedForm(
                "Darwin's maize, 13 of 15 pairs: 2 (1 + 15 + 105) / 2^15",
                (242 / 32768,),
                lambda: [p_of(stats.sign_test(13, 2))],
                1e-12,
            ),
        ),
        second=Second(
            "scipy binomtest", _both(lambda w, k: (p_of(stats.sign_test(w, k)),), _coin, _SPLITS)
        ),
        takes=Takes.COUNTS,
        degenerate=_of_split(stats.sign_test),
        gives={
            "no items": "p = 1",
            "negative count": "ValueError: wins cannot be negative: -1",
            "half a count": "ValueError: wins must be a whole number, not 0.5",
            "five and none": "p = 0.0625",
        },
    ),
)
