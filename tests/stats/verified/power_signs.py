"""Rows for planning with wins and losses: the power of the sign test."""

import numpy as np

from evalreport import stats
from tests.stats import second_opinion as other
from tests.stats.verified import ClosedForm, OtherProgram, Second, Takes, Verified
from tests.stats.verified.degenerate import of_numbers
from tests.stats.verified.power_solved import first_settled, number, root
from tests.stats.verified.power_sources import NOTES


def _coin(n: int, rate: float) -> float:
    """Power of the sign test: every split that binomtest rejects."""
    k = np.arange(n + 1)
    p = np.array([float(other.stats.binomtest(int(w), n).pvalue) for w in k])
    return float(other.stats.binom.pmf(k, n, rate)[p <= 0.05].sum())


ROWS = (
    Verified(
        function=stats.sign_test_power,
        source="exact sign test, enumerated",
        known=(
            ClosedForm(
                "six pairs reject only when all agree: p^6 + (1 - p)^6 at .7, .9",
                (0.7**6 + 0.3**6, 0.9**6 + 0.1**6),
                lambda: [stats.sign_test_power(6, p, alpha=0.05) for p in (0.7, 0.9)],
                1e-12,
            ),
        ),
        second=Second(
            "every split that scipy binomtest rejects",
            lambda: (
                [stats.sign_test_power(n, p, alpha=0.05) for n in (9, 54, 200) for p in (0.6, 0.8)],
                [_coin(n, p) for n in (9, 54, 200) for p in (0.6, 0.8)],
            ),
        ),
        takes=Takes.NUMBERS,
        degenerate={
            **of_numbers(lambda x: stats.sign_test_power(50, x, alpha=0.05), outside=0.5),
            "no pairs": lambda: stats.sign_test_power(0, 0.6, alpha=0.05),
        },
        gives={
            "NaN": "ValueError: the win rate lies in (0.5, 1], not nan",
            "infinity": "ValueError: the win rate lies in (0.5, 1], not inf",
            "out of range": "ValueError: the win rate lies in (0.5, 1], not 0.5",
            "no pairs": "0",
        },
    ),
    Verified(
        function=stats.sign_test_items,
        source="exact sign test, enumerated; for this many pairs and all above",
        known=(
            OtherProgram(
                f"{NOTES}: decisive win rate .60, .65, .70, .75, .80",
                (210, 97, 54, 35, 23),
                lambda: [
                    stats.sign_test_items(p, power=0.8, alpha=0.05)
                    for p in (0.6, 0.65, 0.7, 0.75, 0.8)
                ],
                0,
            ),
        ),
        second=Second(
            "every number of pairs by scipy binomtest",
            lambda: (
                [stats.sign_test_items(p, power=0.8, alpha=0.05) for p in (0.75, 0.9)],
                [first_settled(lambda n, p=p: _coin(n, p), 5, 60) for p in (0.75, 0.9)],  # type: ignore[misc]  # bound now
            ),
        ),
        takes=Takes.NUMBERS,
        degenerate=of_numbers(
            lambda x: stats.sign_test_items(x, power=0.8, alpha=0.05), outside=0.5
        ),
        gives={
            "NaN": "ValueError: the win rate lies in (0.5, 1], not nan",
            "infinity": "ValueError: the win rate lies in (0.5, 1], not inf",
            "out of range": "ValueError: the win rate lies in (0.5, 1], not 0.5",
        },
    ),
    Verified(
        function=stats.smallest_detectable_win_rate,
        source="exact sign test, enumerated and solved",
        known=(
            ClosedForm(
                "six pairs reject only when all agree: 0.8^(1/6), the other tail being nothing",
                (0.8 ** (1 / 6),),
                lambda: [number(stats.smallest_detectable_win_rate(6, power=0.8, alpha=0.05))],
                1.1e-5,
            ),
        ),
        second=Second(
            "scipy binomtest, solved by brentq",
            lambda: (
                [
                    number(stats.smallest_detectable_win_rate(n, power=0.8, alpha=0.05))
                    for n in (9, 54, 200)
                ],
                [root(lambda p, n=n: _coin(n, p), 0.51, 0.99) for n in (9, 54, 200)],  # type: ignore[misc]  # bound now
            ),
            1.1e-5,
        ),
        takes=Takes.NUMBERS,
        degenerate={
            **of_numbers(
                lambda x: stats.smallest_detectable_win_rate(50, power=x, alpha=0.05), outside=1
            ),
            "five pairs": lambda: stats.smallest_detectable_win_rate(5, power=0.8, alpha=0.05),
        },
        gives={
            "NaN": "ValueError: a level lies strictly between 0 and 1, not nan",
            "infinity": "ValueError: a level lies strictly between 0 and 1, not inf",
            "out of range": "ValueError: a level lies strictly between 0 and 1, not 1",
            "five pairs": "not estimable: 5 items cannot reach significance, whatever they say",
        },
    ),
)
