"""Rows for one rate."""

import math
from collections.abc import Callable, Sequence

from evalreport import stats
from tests.stats.second_opinion import proportion
from tests.stats.verified import ClosedForm, Printed, Second, Takes, Verified, ends

_COUNTS = ((0, 10), (1, 10), (7, 12), (81, 263), (15, 148), (29, 29), (500, 1000))


def _against(
    ours: Callable[..., object], method: str
) -> Callable[[], tuple[Sequence[float], Sequence[float]]]:
    def compare() -> tuple[Sequence[float], Sequence[float]]:
        mine = [end for count in _COUNTS for end in ends(ours(*count, level=0.95))]
        return mine, [end for k, n in _COUNTS for end in proportion(k, n, 0.95, method)]

    return compare


def _degenerate(function: Callable[..., object]) -> dict[str, Callable[[], object]]:
    return {
        "no items": lambda: function(0, 0, level=0.95),
        "negative count": lambda: function(-1, 5, level=0.95),
        "half a count": lambda: function(0.5, 5, level=0.95),
    }


_GIVES = {
    "no items": "not estimable: no items",
    "negative count": "ValueError: successes cannot be negative: -1",
    "half a count": "ValueError: successes must be a whole number, not 0.5",
}

ROWS = (
    Verified(
        function=stats.wilson,
        source="Wilson (1927), JASA 22",
        known=(
            Printed(
                "Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3: 81/263, "
                "15/148, 0/20, 1/29",
                (0.2553, 0.3662, 0.0624, 0.1605, 0, 0.1611, 0.0061, 0.1718),
                lambda: [
                    end
                    for k, n in ((81, 263), (15, 148), (0, 20), (1, 29))
                    for end in ends(stats.wilson(k, n, level=0.95))
                ],
                5e-5,
            ),
        ),
        second=Second(
            "statsmodels proportion_confint(method='wilson')", _against(stats.wilson, "wilson")
        ),
        takes=Takes.COUNTS,
        degenerate=_degenerate(stats.wilson),
        gives=_GIVES,
    ),
    Verified(
        function=stats.clopper_pearson,
        source="Clopper and Pearson (1934), Biometrika 26",
        known=(
            Printed(
                "Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 5, as the R "
                "package ratesci quotes it, tests/testthat/test3.R: 15/148, 0/20, 1/29",
                (0.0578, 0.1617, 0, 0.1684, 0.0009, 0.1776),
                lambda: [
                    end
                    for k, n in ((15, 148), (0, 20), (1, 29))
                    for end in ends(stats.clopper_pearson(k, n, level=0.95))
                ],
                5e-5,
            ),
            Printed(
                "R package contingencytables, tests/testthat/test-ch8.R: 13/16, 10/10",
                (0.5435, 0.9595, 0.6915, 1),
                lambda: [
                    end
                    for k, n in ((13, 16), (10, 10))
                    for end in ends(stats.clopper_pearson(k, n, level=0.95))
                ],
                5e-5,
            ),
        ),
        second=Second(
            "statsmodels proportion_confint(method='beta')", _against(stats.clopper_pearson, "beta")
        ),
        takes=Takes.COUNTS,
        degenerate=_degenerate(stats.clopper_pearson),
        gives=_GIVES,
    ),
    Verified(
        function=stats.upper_bound,
        source="Clopper and Pearson (1934), Biometrika 26; one-sided",
        known=(
            ClosedForm(
                "1 - 0.05^(1/n) at 0 of n (Hanley and Lippman-Hand 1983, JAMA 249): n = 10, 50, 1000",
                tuple(1 - 0.05 ** (1 / n) for n in (10, 50, 1000)),
                lambda: [ends(stats.upper_bound(0, n, level=0.95))[1] for n in (10, 50, 1000)],
                1e-12,
            ),
        ),
        second=Second(
            "statsmodels proportion_confint(method='beta') at twice the error",
            lambda: (
                [ends(stats.upper_bound(k, n, level=0.95))[1] for k, n in _COUNTS],
                [proportion(k, n, 0.9, "beta")[1] for k, n in _COUNTS],
            ),
        ),
        takes=Takes.COUNTS,
        degenerate=_degenerate(stats.upper_bound),
        gives=_GIVES,
    ),
    Verified(
        function=stats.lower_bound,
        source="Clopper and Pearson (1934), Biometrika 26; one-sided",
        known=(
            ClosedForm(
                "0.05^(1/n) at n of n: n = 10, 50, 1000",
                tuple(math.exp(math.log(0.05) / n) for n in (10, 50, 1000)),
                lambda: [ends(stats.lower_bound(n, n, level=0.95))[0] for n in (10, 50, 1000)],
                1e-12,
            ),
        ),
        second=Second(
            "statsmodels proportion_confint(method='beta') at twice the error",
            lambda: (
                [ends(stats.lower_bound(k, n, level=0.95))[0] for k, n in _COUNTS],
                [proportion(k, n, 0.9, "beta")[0] for k, n in _COUNTS],
            ),
        ),
        takes=Takes.COUNTS,
        degenerate=_degenerate(stats.lower_bound),
        gives=_GIVES,
    ),
)
