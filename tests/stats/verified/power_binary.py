"""Rows for planning with right and wrong on the same items: power, items, the least effect found."""

import math

from evalreport import stats
from tests.stats import second_opinion as other
from tests.stats.verified import OtherProgram, Printed, Second, Takes, Verified
from tests.stats.verified.degenerate import of_numbers
from tests.stats.verified.power_solved import first_settled, number, quantile, root
from tests.stats.verified.power_sources import NOTES

_CELLS = ((100, 0.05, 0.10), (40, 0.3, 0.4), (250, 0.1, 0.33), (723, 0.1, 0.9), (30, 0.6, 0.6))


def _mcnemar(n: int, effect: float, psi: float) -> float:
    return other.exact_power(n, max(psi, effect), effect, 0.05)


def _connor(effect: float, psi: float) -> int:
    """Connor's formula by way of standard deviations under both hypotheses."""
    s_0, s_1 = math.sqrt(psi), math.sqrt(psi - effect**2)
    return math.ceil(((quantile(0.975) * s_0 + quantile(0.8) * s_1) / effect) ** 2)


ROWS = (
    Verified(
        function=stats.connor_items,
        source="Connor (1987), Biometrics 43(1), 207-211",
        known=(
            Printed(
                "powerandsamplesize.com, McNemar Z-test, 1-sided, after Connor (1987), page 209: p01 "
                "0.45, p10 0.05, alpha 0.05, power 0.9",
                (23,),
                lambda: [stats.connor_items(0.4, 0.5, power=0.9, alpha=0.1)],
                0,
            ),
            Printed(
                "the same site, 2-sided: p01 0.45, p10 0.05, alpha 0.05, power 0.8",
                (23,),
                lambda: [stats.connor_items(0.4, 0.5, power=0.8, alpha=0.05)],
                0,
            ),
            OtherProgram(
                f"{NOTES}: a net gap of 10 points with 10 % ties",
                (705,),
                lambda: [stats.connor_items(0.1, 0.9, power=0.8, alpha=0.05)],
                0,
            ),
        ),
        second=Second(
            "the formula with scipy's quantiles",
            lambda: (
                [stats.connor_items(e, psi, power=0.8, alpha=0.05) for _, e, psi in _CELLS],
                [_connor(e, psi) for _, e, psi in _CELLS],
            ),
        ),
        takes=Takes.NUMBERS,
        degenerate=of_numbers(
            lambda x: stats.connor_items(x, 0.2, power=0.8, alpha=0.05), outside=-0.1
        ),
        gives={
            "NaN": "ValueError: effect lies in (0, 1], not nan",
            "infinity": "ValueError: effect lies in (0, 1], not inf",
            "out of range": "ValueError: effect lies in (0, 1], not -0.1",
        },
    ),
    Verified(
        function=stats.binary_power,
        source="exact McNemar test, enumerated",
        known=(
            OtherProgram(
                "the project's notes, section 2.3: n = 100, disagreement .10, difference .05",
                (0.241,),
                lambda: [stats.binary_power(100, 0.05, 0.10, alpha=0.05)],
                5e-4,
            ),
        ),
        second=Second(
            "scipy's binomial over every count of differing items",
            lambda: (
                [stats.binary_power(n, e, psi, alpha=0.05) for n, e, psi in _CELLS],
                [_mcnemar(n, e, psi) for n, e, psi in _CELLS],
            ),
        ),
        takes=Takes.NUMBERS,
        degenerate={
            **of_numbers(lambda x: stats.binary_power(50, x, 0.2, alpha=0.05), outside=1.1),
            "five items, all differ": lambda: stats.binary_power(5, 1, 1, alpha=0.05),
        },
        gives={
            "NaN": "ValueError: effect lies in (0, 1], not nan",
            "infinity": "ValueError: effect lies in (0, 1], not inf",
            "out of range": "ValueError: effect lies in (0, 1], not 1.1",
            "five items, all differ": "0",
        },
    ),
    Verified(
        function=stats.binary_items,
        source="exact McNemar test, enumerated; for this n and all above",
        known=(
            OtherProgram(
                f"{NOTES}: a net gap of 10 points with 10 % ties",
                (723,),
                lambda: [stats.binary_items(0.1, 0.9, power=0.8, alpha=0.05)],
                0,
            ),
        ),
        second=Second(
            "scipy's binomial at every n",
            lambda: (
                [
                    stats.binary_items(e, psi, power=0.8, alpha=0.05)
                    for e, psi in ((0.3, 0.4), (0.6, 0.6))
                ],
                [
                    first_settled(lambda n, e=e, psi=psi: _mcnemar(n, e, psi), 6, 120)  # type: ignore[misc]  # bound now
                    for e, psi in ((0.3, 0.4), (0.6, 0.6))
                ],
            ),
        ),
        takes=Takes.NUMBERS,
        degenerate=of_numbers(
            lambda x: stats.binary_items(x, 0.2, power=0.8, alpha=0.05), outside=1.1
        ),
        gives={
            "NaN": "ValueError: effect lies in (0, 1], not nan",
            "infinity": "ValueError: effect lies in (0, 1], not inf",
            "out of range": "ValueError: effect lies in (0, 1], not 1.1",
        },
    ),
    Verified(
        function=stats.smallest_detectable_binary,
        source="exact McNemar test, enumerated and solved",
        known=(
            OtherProgram(
                f"{NOTES}: 723 items find 10 points with 10 % ties",
                (0.100,),
                lambda: [number(stats.smallest_detectable_binary(723, 0.9, power=0.8, alpha=0.05))],
                5e-4,
            ),
        ),
        second=Second(
            "scipy's binomial, solved by brentq",
            lambda: (
                [
                    number(stats.smallest_detectable_binary(n, psi, power=0.8, alpha=0.05))
                    for n, psi in ((60, 0.17), (200, 0.33), (400, 0.1))
                ],
                [
                    root(lambda e, n=n, psi=psi: _mcnemar(n, e, psi), 0.01, 0.9)  # type: ignore[misc]  # bound now
                    for n, psi in ((60, 0.17), (200, 0.33), (400, 0.1))
                ],
            ),
            1.1e-5,
        ),
        takes=Takes.NUMBERS,
        degenerate={
            **of_numbers(
                lambda x: stats.smallest_detectable_binary(50, x, power=0.8, alpha=0.05),
                outside=0,
            ),
            "five items": lambda: stats.smallest_detectable_binary(5, 1, power=0.8, alpha=0.05),
        },
        gives={
            "NaN": "ValueError: disagreement lies in (0, 1], not nan",
            "infinity": "ValueError: disagreement lies in (0, 1], not inf",
            "out of range": "ValueError: disagreement lies in (0, 1], not 0",
            "five items": "not estimable: 5 items cannot reach significance, whatever they say",
        },
    ),
)
