"""Rows for planning with mean differences, and for the design effect of clusters."""

import math

import numpy as np

from evalreport import stats
from tests.stats import second_opinion as other
from tests.stats.verified import ClosedForm, Computed, Printed, Second, Takes, Verified
from tests.stats.verified.degenerate import of_numbers
from tests.stats.verified.power_solved import number
from tests.stats.verified.power_sources import GUIDE, PWR

ROWS = (
    Verified(
        function=stats.mean_power,
        source="noncentral t",
        known=(
            Printed(
                f"{PWR}, TestTTPowerOneS2 and OneS1, two-sided: n = 20, d = 0.2; n = 30, d = 1",
                (0.1359562888, 0.9995636010),
                lambda: [
                    number(stats.mean_power(n, d, 1, alpha=0.05)) for n, d in ((20, 0.2), (30, 1))
                ],
                5e-11,
            ),
            Printed(
                f"{GUIDE}, section 19, two-sided, 50 pairs: dz = 0.421637, 0.2828427",
                (0.832114, 0.500352),
                lambda: [
                    number(stats.mean_power(50, d, 1, alpha=0.05)) for d in (0.421637, 0.2828427)
                ],
                5e-7,
            ),
        ),
        second=Second(
            "statsmodels TTestPower",
            lambda: (
                [
                    number(stats.mean_power(n, e, 1, alpha=0.05))
                    for n in (5, 40, 300)
                    for e in (0.1, 0.6)
                ],
                [other.t_power(e, n, 0.05) for n in (5, 40, 300) for e in (0.1, 0.6)],
            ),
            1e-6,
        ),
        takes=Takes.NUMBERS,
        degenerate={
            **of_numbers(lambda x: stats.mean_power(50, x, 1, alpha=0.05), outside=0),
            "one item": lambda: stats.mean_power(1, 0.1, 1, alpha=0.05),
        },
        gives={
            "NaN": "ValueError: effect must be positive, not nan",
            "infinity": "ValueError: effect must be positive, not inf",
            "out of range": "ValueError: effect must be positive, not 0",
            "one item": "not estimable: only 1 item",
        },
    ),
    Verified(
        function=stats.mean_items,
        source="noncentral t",
        known=(
            Printed(
                'R package pwr, pwr.t.test(d = 0.5, power = 0.8, type = "one.sample"): n = 33.36713',
                (34,),
                lambda: [stats.mean_items(0.5, 1, power=0.8, alpha=0.05)],
                0,
            ),
            Printed(
                f"{GUIDE}, section 20, two-sided: d = 0.1, alpha 0.01, power 0.9",
                (1492,),
                lambda: [stats.mean_items(0.1, 1, power=0.9, alpha=0.01)],
                0,
            ),
        ),
        second=Second(
            "statsmodels TTestPower, solved and rounded up",
            lambda: (
                [stats.mean_items(d, 1, power=0.8, alpha=0.05) for d in (0.1, 0.3, 1, 2)],
                [math.ceil(other.t_items(d, 0.8, 0.05)) for d in (0.1, 0.3, 1, 2)],
            ),
        ),
        takes=Takes.NUMBERS,
        degenerate=of_numbers(lambda x: stats.mean_items(x, 1, power=0.8, alpha=0.05), outside=0),
        gives={
            "NaN": "ValueError: effect must be positive, not nan",
            "infinity": "ValueError: effect must be positive, not inf",
            "out of range": "ValueError: effect must be positive, not 0",
        },
    ),
    Verified(
        function=stats.smallest_detectable_mean,
        source="noncentral t, solved",
        known=(
            Computed(
                "statsmodels 0.15.0, TTestPower.solve_power(nobs=34 and 300, power=0.8, alpha=0.05)",
                (0.49503, 0.16227),
                lambda: [
                    number(stats.smallest_detectable_mean(n, 1, power=0.8, alpha=0.05))
                    for n in (34, 300)
                ],
                5e-6,
            ),
        ),
        second=Second(
            "statsmodels TTestPower",
            lambda: (
                [
                    number(stats.smallest_detectable_mean(n, 0.36, power=0.8, alpha=0.05))
                    for n in (12, 60, 999)
                ],
                [0.36 * other.t_solved(0.8, 0.05, n, "two-sided") for n in (12, 60, 999)],
            ),
            1e-5,
        ),
        takes=Takes.NUMBERS,
        degenerate={
            **of_numbers(
                lambda x: stats.smallest_detectable_mean(50, x, power=0.8, alpha=0.05), outside=-1
            ),
            "one item": lambda: stats.smallest_detectable_mean(1, 1, power=0.8, alpha=0.05),
        },
        gives={
            "NaN": "ValueError: sd must be positive, not nan",
            "infinity": "ValueError: sd must be positive, not inf",
            "out of range": "ValueError: sd must be positive, not -1",
            "one item": "not estimable: only 1 item",
        },
    ),
    Verified(
        function=stats.design_effect_of,
        source="Kish (1965), Survey Sampling, section 5.4",
        known=(
            ClosedForm(
                "1 + (size - 1) icc: 5 at 0.3, 20 at 0.05",
                (2.2, 1.95),
                lambda: [stats.design_effect_of(5, 0.3), stats.design_effect_of(20, 0.05)],
                1e-12,
            ),
        ),
        second=Second(
            "variance of the mean of a correlation matrix, by numpy",
            lambda: (
                [stats.design_effect_of(m, r) for m in (1, 4, 9) for r in (0.0, 0.3, 1.0)],
                [
                    float((np.full((m, m), r) + (1 - r) * np.eye(m)).mean()) * m
                    for m in (1, 4, 9)
                    for r in (0.0, 0.3, 1.0)
                ],
            ),
        ),
        takes=Takes.NUMBERS,
        degenerate=of_numbers(lambda x: stats.design_effect_of(x, 0.1), outside=0.5),
        gives={
            "NaN": "ValueError: clusters of nan items with correlation 0.1",
            "infinity": "ValueError: clusters of inf items with correlation 0.1",
            "out of range": "ValueError: clusters of 0.5 items with correlation 0.1",
        },
    ),
)
