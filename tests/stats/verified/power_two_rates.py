"""Rows for planning with two rates of independent items."""

import math

from evalreport import stats
from tests.stats import second_opinion as other
from tests.stats.verified import Printed, Second, Takes, Verified
from tests.stats.verified.degenerate import of_numbers
from tests.stats.verified.power_solved import number, quantile, root

_PROP = "R 4, the examples of power.prop.test (tests/Examples/stats-Ex.Rout.save)"


def _rates(n: int, p: float, q: float) -> float:
    """The z test's power from the two distributions of the observed difference."""
    pooled = math.sqrt((p + q) * (1 - (p + q) / 2) / n)
    apart = math.sqrt((p * (1 - p) + q * (1 - q)) / n)
    return float(other.stats.norm.sf(quantile(0.975) * pooled, loc=abs(p - q), scale=apart))


ROWS = (
    Verified(
        function=stats.two_rates_power,
        source="Fleiss, Levin and Paik (2003), section 4.2, without continuity correction",
        known=(
            Printed(
                f"{_PROP}: n = 50, p1 = .50, p2 = .75",
                (0.7401659,),
                lambda: [stats.two_rates_power(50, 0.5, 0.75, alpha=0.05)],
                5e-8,
            ),
        ),
        second=Second(
            "statsmodels power_proportions_2indep, where the wrong tail is nothing",
            lambda: (
                [
                    stats.two_rates_power(n, 0.4, q, alpha=0.05)
                    for n in (60, 200)
                    for q in (0.6, 0.7)
                ],
                [
                    other.two_rates_power_by_statsmodels(n, 0.4, q)
                    for n in (60, 200)
                    for q in (0.6, 0.7)
                ],
            ),
            2e-5,
        ),
        takes=Takes.NUMBERS,
        degenerate={
            **of_numbers(lambda x: stats.two_rates_power(50, 0.5, x, alpha=0.05), outside=1.1),
            "no items": lambda: stats.two_rates_power(0, 0.5, 0.6, alpha=0.05),
            "equal rates": lambda: stats.two_rates_power(50, 0.5, 0.5, alpha=0.05),
        },
        gives={
            "NaN": "ValueError: a rate lies in [0, 1], not nan",
            "infinity": "ValueError: a rate lies in [0, 1], not inf",
            "out of range": "ValueError: a rate lies in [0, 1], not 1.1",
            "no items": "ValueError: at least one item is needed in each sample",
            "equal rates": "ValueError: two equal rates differ by nothing: 0.5",
        },
    ),
    Verified(
        function=stats.two_rates_items,
        source="Fleiss, Levin and Paik (2003), section 4.2, without continuity correction",
        known=(
            Printed(
                f"{_PROP}: p1 = .50, p2 = .75, power = .90: n = 76.7",
                (77,),
                lambda: [stats.two_rates_items(0.5, 0.75, power=0.9, alpha=0.05)],
                0,
            ),
        ),
        second=Second(
            "the first n with the power by scipy's normal",
            lambda: (
                [
                    stats.two_rates_items(p, q, power=0.8, alpha=0.05)
                    for p, q in ((0.7, 0.75), (0.9, 0.6), (0, 0.2))
                ],
                [
                    next(n for n in range(1, 9999) if _rates(n, p, q) >= 0.8)
                    for p, q in ((0.7, 0.75), (0.9, 0.6), (0, 0.2))
                ],
            ),
        ),
        takes=Takes.NUMBERS,
        degenerate={
            **of_numbers(
                lambda x: stats.two_rates_items(0.5, x, power=0.8, alpha=0.05), outside=-0.1
            ),
            "equal rates": lambda: stats.two_rates_items(0.5, 0.5, power=0.8, alpha=0.05),
        },
        gives={
            "NaN": "ValueError: a rate lies in [0, 1], not nan",
            "infinity": "ValueError: a rate lies in [0, 1], not inf",
            "out of range": "ValueError: a rate lies in [0, 1], not -0.1",
            "equal rates": "ValueError: two equal rates differ by nothing: 0.5",
        },
    ),
    Verified(
        function=stats.smallest_detectable_two_rates,
        source="Fleiss, Levin and Paik (2003), section 4.2, solved",
        known=(
            Printed(
                f"{_PROP}: n = 50, p1 = .5, power = .90: p2, found by uniroot to about 1e-5",
                (0.8026141,),
                lambda: [
                    0.5
                    + number(stats.smallest_detectable_two_rates(50, 0.5, power=0.9, alpha=0.05))
                ],
                2e-5,
            ),
        ),
        second=Second(
            "scipy's normal, solved by brentq",
            lambda: (
                [
                    number(stats.smallest_detectable_two_rates(n, 0.6, power=0.8, alpha=0.05))
                    for n in (60, 200, 999)
                ],
                [
                    root(lambda gain, n=n: _rates(n, 0.6, 0.6 + gain), 1e-6, 0.39999)  # type: ignore[misc]  # bound now
                    for n in (60, 200, 999)
                ],
            ),
            1e-8,
        ),
        takes=Takes.NUMBERS,
        degenerate={
            **of_numbers(
                lambda x: stats.smallest_detectable_two_rates(50, x, power=0.8, alpha=0.05),
                outside=1.0,
            ),
            "one item": lambda: stats.smallest_detectable_two_rates(1, 0.5, power=0.8, alpha=0.05),
        },
        gives={
            "NaN": "ValueError: a rate to improve on lies in [0, 1), not nan",
            "infinity": "ValueError: a rate to improve on lies in [0, 1), not inf",
            "out of range": "ValueError: a rate to improve on lies in [0, 1), not 1.0",
            "one item": "not estimable: samples of 1 cannot show any gain",
        },
    ),
)
