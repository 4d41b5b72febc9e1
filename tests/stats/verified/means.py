"""Rows for the mean of one arm and of paired differences."""

import numpy as np

from evalreport import stats
from tests.stats import second_opinion as other
from tests.stats.verified import Printed, Second, Takes, Verified, ends, sleep
from tests.stats.verified.degenerate import of_scores


def _samples() -> list[np.ndarray]:
    rng = np.random.default_rng(7)
    return [rng.normal(0.2, 1, size=n) for n in (12, 20, 35, 80)]


def _t(d: np.ndarray) -> tuple[float, float]:
    interval = other.stats.ttest_1samp(d, 0).confidence_interval(0.95)
    return float(interval.low), float(interval.high)


ROWS = (
    Verified(
        function=stats.differences,
        source="candidate - reference; rounding noise is a tie",
        known=(
            Printed(
                "Student (1908), Biometrika 6: additional hours of sleep, ten patients",
                tuple(sleep.EXTRA),
                lambda: list(stats.differences(sleep.DRUG_2, sleep.DRUG_1)),
                1e-12,
            ),
        ),
        second=Second(
            "whole numbers, divided last",
            lambda: (
                [x for k in range(5) for x in stats.differences([0.1 * k, 0.3], [0.1, 0.1 * 3])],
                [x for k in range(5) for x in ((k - 1) / 10, 0.0)],
            ),
        ),
        takes=Takes.SCORES,
        degenerate={
            **of_scores(lambda x: stats.differences(x, x)),
            "other lengths": lambda: stats.differences([1, 2], [1]),
        },
        gives={
            "no items": "[]",
            "one item": "[0.]",
            "all equal": "[0. 0. 0. 0. 0. 0. 0. 0. 0. 0. 0. 0. 0. 0. 0. 0. 0. 0. 0. 0.]",
            "NaN": "ValueError: candidate scores hold NaN or an infinity",
            "infinity": "ValueError: candidate scores hold NaN or an infinity",
            "other lengths": "ValueError: lengths differ: 2 and 1",
        },
    ),
    Verified(
        function=stats.mean_interval,
        source="Student (1908), Biometrika 6; widened for skewness by Hall (1992), JRSS B 54(1)",
        known=(
            Printed(
                f"{sleep.WHERE}: extra ~ 1",
                (0.5955845, 2.4844155),
                lambda: ends(
                    stats.mean_interval(sleep.DRUG_1 + sleep.DRUG_2, level=0.95, skewness=False)
                ),
                5e-8,
            ),
        ),
        second=Second(
            "scipy ttest_1samp without the widening; with it, the root of Hall's cubic",
            lambda: (
                [
                    end
                    for x in _samples()
                    for widened in (False, True)
                    for end in ends(stats.mean_interval(x, level=0.95, skewness=widened))
                ],
                [end for x in _samples() for end in (*_t(x), *other.widened_mean(x))],
            ),
        ),
        takes=Takes.SCORES,
        degenerate={
            **of_scores(lambda x: stats.mean_interval(x, level=0.95)),
            "all equal, bounds known": lambda: stats.mean_interval(
                np.ones(50), level=0.95, bounds=(0, 1)
            ),
        },
        gives={
            "no items": "not estimable: no items",
            "one item": "0.5, no interval: only 1 item",
            "all equal": "0.25, no interval: no items differ",
            "NaN": "ValueError: scores hold NaN or an infinity",
            "infinity": "ValueError: scores hold NaN or an infinity",
            "all equal, bounds known": "1 (0.9289 to 1)",
        },
    ),
    Verified(
        function=stats.paired_difference,
        source="Student (1908), Biometrika 6; Hall (1992), JRSS B 54(1); Clopper and Pearson (1934) where few items differ",
        known=(
            Printed(
                f"{sleep.WHERE}: paired",
                (0.7001142, 2.4598858),
                lambda: ends(stats.paired_difference(sleep.EXTRA, level=0.95, skewness=False)),
                5e-8,
            ),
        ),
        second=Second(
            "scipy ttest_1samp without the widening; with it, the root of Hall's cubic",
            lambda: (
                [
                    end
                    for x in _samples()
                    for widened in (False, True)
                    for end in ends(stats.paired_difference(x, level=0.95, skewness=widened))
                ],
                [end for x in _samples() for end in (*_t(x), *other.widened_mean(x))],
            ),
        ),
        takes=Takes.SCORES,
        degenerate={
            **of_scores(lambda x: stats.paired_difference(x, level=0.95)),
            "three of fifty differ, bounds known": lambda: stats.paired_difference(
                [0.5] * 3 + [0] * 47, level=0.95, bounds=(-1, 1)
            ),
            "three of fifty differ": lambda: stats.paired_difference(
                [0.5] * 3 + [0] * 47, level=0.95
            ),
        },
        gives={
            "no items": "not estimable: no items",
            "one item": "0.5, no interval: only 1 item",
            "all equal": "0.25, no interval: no items differ",
            "NaN": "ValueError: differences hold NaN or an infinity",
            "infinity": "ValueError: differences hold NaN or an infinity",
            "three of fifty differ, bounds known": "0.03 (-0.07112 to 0.1655)",
            "three of fifty differ": "0.03, no interval: only 3 items differ",
        },
    ),
    Verified(
        function=stats.paired_t,
        source="Student (1908), Biometrika 6",
        known=(
            Printed(
                f"{sleep.WHERE}: paired",
                (0.7001142, 2.4598858),
                lambda: ends(stats.paired_t(sleep.EXTRA, level=0.95)),
                5e-8,
            ),
        ),
        second=Second(
            "scipy ttest_1samp",
            lambda: (
                [end for x in _samples() for end in ends(stats.paired_t(x, level=0.95))],
                [end for x in _samples() for end in _t(x)],
            ),
        ),
        takes=Takes.SCORES,
        degenerate=of_scores(lambda x: stats.paired_t(x, level=0.95)),
        gives={
            "no items": "not estimable: no items",
            "one item": "0.5, no interval: only 1 item",
            "all equal": "0.25, no interval: nothing varies",
            "NaN": "ValueError: differences hold NaN or an infinity",
            "infinity": "ValueError: differences hold NaN or an infinity",
        },
    ),
)
