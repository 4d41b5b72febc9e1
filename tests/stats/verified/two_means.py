"""Rows for the means of two independent samples."""

import numpy as np

from evalreport import stats
from tests.stats import second_opinion as other
from tests.stats.verified import Printed, Second, Takes, Verified, clinic, ends, p_of, sleep
from tests.stats.verified.degenerate import of_scores


def _pairs() -> list[tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(3)
    return [(rng.normal(1, 1, size=n), rng.normal(0, 3, size=m)) for n, m in ((10, 30), (25, 12))]


def _welch(a: np.ndarray, b: np.ndarray) -> tuple[float, float, float]:
    found = other.stats.ttest_ind(a, b, equal_var=False)
    interval = found.confidence_interval(0.95)
    return float(interval.low), float(interval.high), float(found.pvalue)


ROWS = (
    Verified(
        function=stats.welch,
        source="Welch (1947), Biometrika 34",
        known=(
            Printed(
                f"{sleep.WHERE}: extra ~ group",
                (-3.3654832, 0.2054832),
                lambda: ends(stats.welch(sleep.DRUG_1, sleep.DRUG_2, level=0.95, skewness=False)),
                5e-8,
            ),
            Printed(
                f"{clinic.WHERE}: tost_clinic_indep_1 and tost_clinic_indep, 90 %",
                (*clinic.APART[0], *clinic.APART[1]),
                lambda: [
                    end
                    for pair in (clinic.VAR1, clinic.VAR2)
                    for end in ends(stats.welch(*pair, level=0.9, skewness=False))
                ],
                5e-11,
            ),
        ),
        second=Second(
            "scipy ttest_ind(equal_var=False)",
            lambda: (
                [
                    end
                    for a, b in _pairs()
                    for end in ends(stats.welch(a, b, level=0.95, skewness=False))
                ],
                [end for a, b in _pairs() for end in _welch(a, b)[:2]],
            ),
        ),
        takes=Takes.SCORES,
        degenerate={
            **of_scores(lambda x: stats.welch(x, x, level=0.95)),
            "no items in one": lambda: stats.welch(sleep.DRUG_1, [], level=0.95),
        },
        gives={
            "no items": "not estimable: no items",
            "one item": "0, no interval: only 1 item in a sample",
            "all equal": "0, no interval: nothing varies",
            "NaN": "ValueError: first sample hold NaN or an infinity",
            "infinity": "ValueError: first sample hold NaN or an infinity",
            "no items in one": "not estimable: no items",
        },
    ),
    Verified(
        function=stats.welch_test,
        source="Welch (1947), Biometrika 34",
        known=(
            Printed(
                f"{sleep.WHERE}: extra ~ group",
                (0.07939,),
                lambda: [p_of(stats.welch_test(sleep.DRUG_1, sleep.DRUG_2))],
                5e-6,
            ),
        ),
        second=Second(
            "scipy ttest_ind(equal_var=False)",
            lambda: (
                [p_of(stats.welch_test(a, b)) for a, b in _pairs()],
                [_welch(a, b)[2] for a, b in _pairs()],
            ),
        ),
        takes=Takes.SCORES,
        degenerate=of_scores(lambda x: stats.welch_test(x, x)),
        gives={
            "no items": "not estimable: only 0 items in a sample",
            "one item": "not estimable: only 1 item in a sample",
            "all equal": "not estimable: nothing varies",
            "NaN": "ValueError: first sample hold NaN or an infinity",
            "infinity": "ValueError: first sample hold NaN or an infinity",
        },
    ),
)
