"""Rows for planning non-inferiority: power, items and the least margin, of shares and of means."""

import math
from functools import cache

import numpy as np

from evalreport import stats
from evalreport.stats.paired_binary import bound_is_below
from tests.stats import second_opinion as other
from tests.stats.verified import (
    ClosedForm,
    Computed,
    OtherProgram,
    Printed,
    Second,
    Takes,
    Verified,
)
from tests.stats.verified.degenerate import of_numbers
from tests.stats.verified.power_solved import first_settled, number, quantile
from tests.stats.verified.power_sources import GUIDE, NOTES, PWR

_MARGINS = ((30, 0.1, 0.05, 0.0), (50, 0.05, 0.02, 0.0), (40, 0.1, 0.2, 0.03), (25, 0.3, 0.2, -0.1))
_Z = float(other.stats.norm.ppf(0.95))


@cache
def _shown(n: int, margin: float) -> tuple[np.ndarray, np.ndarray]:
    """The pairs of counts that show a loss below the margin."""
    found = [
        (b, c)
        for b in range(n + 1)
        for c in range(n + 1 - b)
        if bound_is_below(margin, c, b, n, _Z)
    ]
    return np.array([b for b, _ in found]), np.array([c for _, c in found])


def _trinomial(n: int, margin: float, psi: float, true: float) -> float:
    """Power of Tango's bound from all pairs of counts."""
    b, c = _shown(n, margin)
    shares = [(psi + true) / 2, (psi - true) / 2, 1 - psi]
    counts = np.stack((b, c, n - b - c), axis=1)
    return float(other.stats.multinomial.pmf(counts, n, shares).sum()) if len(b) else 0.0


def _nct(n: int, shift: float, size: float) -> float:
    """Upper tail of scipy's noncentral t."""
    return float(other.stats.nct.sf(other.stats.t.isf(size, n - 1), n - 1, shift * math.sqrt(n)))


def _one_sided_items(margin: float, sd: float) -> int:
    return next(n for n in range(2, 9999) if _nct(n, margin / sd, 0.05) >= 0.8)


def _liu(margin: float, psi: float, true: float) -> int:
    return math.ceil((quantile(0.8) + quantile(0.95)) ** 2 * (psi - true**2) / (margin + true) ** 2)


ROWS = (
    Verified(
        function=stats.binary_margin_power,
        source="Tango's one-sided bound, enumerated",
        known=(
            ClosedForm(
                "where only no loss at all shows it, psi of 1e-3 and no gains to "
                "speak of: (1 - psi / 2)^60 with a margin just above z² / (60 + z²)",
                (0.9995**60,),
                lambda: [
                    stats.binary_margin_power(60, 1.001 * _Z**2 / (60 + _Z**2), 1e-3, alpha=0.05)
                ],
                2e-3,
            ),
        ),
        second=Second(
            "scipy's multinomial over all pairs of counts",
            lambda: (
                [
                    stats.binary_margin_power(n, m, psi, alpha=0.05, true_difference=true)
                    for n, m, psi, true in _MARGINS
                ],
                [_trinomial(*cell) for cell in _MARGINS],
            ),
        ),
        takes=Takes.NUMBERS,
        degenerate={
            **of_numbers(lambda x: stats.binary_margin_power(50, x, 0.2, alpha=0.05), outside=1.1),
            "no items": lambda: stats.binary_margin_power(0, 0.1, 0.2, alpha=0.05),
        },
        gives={
            "NaN": "ValueError: margin lies in (0, 1], not nan",
            "infinity": "ValueError: margin lies in (0, 1], not inf",
            "out of range": "ValueError: margin lies in (0, 1], not 1.1",
            "no items": "0",
        },
    ),
    Verified(
        function=stats.binary_margin_items,
        source="Tango's one-sided bound, enumerated; for this n and all above",
        known=(
            ClosedForm(
                "the bound is -z² / (n + z²) where nothing differs, so a margin m "
                "needs z² (1 - m) / m items: m = 0.05, 0.02",
                (52, 133),
                lambda: [
                    number(stats.binary_margin_items(m, 1e-6, power=0.8, alpha=0.05))
                    for m in (0.05, 0.02)
                ],
                0,
            ),
        ),
        second=Second(
            "scipy's multinomial over all pairs of counts, at every n",
            lambda: (
                [
                    number(stats.binary_margin_items(m, psi, power=0.8, alpha=0.05))
                    for m, psi in ((0.2, 0.1), (0.3, 0.4))
                ],
                [
                    first_settled(lambda n, m=m, psi=psi: _trinomial(n, m, psi, 0.0), 2, 60)  # type: ignore[misc]  # bound now
                    for m, psi in ((0.2, 0.1), (0.3, 0.4))
                ],
            ),
        ),
        takes=Takes.NUMBERS,
        degenerate=of_numbers(
            lambda x: stats.binary_margin_items(x, 0.2, power=0.8, alpha=0.05), outside=1.1
        ),
        gives={
            "NaN": "ValueError: margin lies in (0, 1], not nan",
            "infinity": "ValueError: margin lies in (0, 1], not inf",
            "out of range": "ValueError: margin lies in (0, 1], not 1.1",
        },
    ),
    Verified(
        function=stats.liu_margin_items,
        source="Liu, Hsueh, Hsieh and Chen (2002), Statistics in Medicine 21, 231-245",
        known=(
            OtherProgram(
                f"{NOTES}: a margin of 2 points, disagreement 5, 10, 20, 30 %",
                (773, 1546, 3092, 4637),
                lambda: [
                    number(stats.liu_margin_items(0.02, psi, power=0.8, alpha=0.05))
                    for psi in (0.05, 0.1, 0.2, 0.3)
                ],
                0,
            ),
        ),
        second=Second(
            "the formula with scipy's quantiles",
            lambda: (
                [
                    number(stats.liu_margin_items(m, psi, power=0.8, alpha=0.05, true_difference=t))
                    for _, m, psi, t in _MARGINS
                ],
                [_liu(m, psi, t) for _, m, psi, t in _MARGINS],
            ),
        ),
        takes=Takes.NUMBERS,
        degenerate={
            **of_numbers(
                lambda x: stats.liu_margin_items(x, 0.2, power=0.8, alpha=0.05), outside=1.1
            ),
            "a loss as large as the margin": lambda: stats.liu_margin_items(
                0.1, 0.2, power=0.8, alpha=0.05, true_difference=-0.1
            ),
        },
        gives={
            "NaN": "ValueError: margin lies in (0, 1], not nan",
            "infinity": "ValueError: margin lies in (0, 1], not inf",
            "out of range": "ValueError: margin lies in (0, 1], not 1.1",
            "a loss as large as the margin": "not estimable: the loss would be as large as the margin",
        },
    ),
    Verified(
        function=stats.smallest_margin_binary,
        source="Tango's one-sided bound, enumerated and solved",
        known=(
            ClosedForm(
                "z² / (n + z²) where nothing differs: n = 50, 200",
                (_Z**2 / (50 + _Z**2), _Z**2 / (200 + _Z**2)),
                lambda: [
                    number(stats.smallest_margin_binary(n, 1e-6, power=0.8, alpha=0.05))
                    for n in (50, 200)
                ],
                1.1e-5,
            ),
        ),
        second=Second(
            "scipy's multinomial: power just above it suffices, just below it does not",
            lambda: (
                [
                    float(
                        _trinomial(
                            n,
                            number(stats.smallest_margin_binary(n, psi, power=0.8, alpha=0.05))
                            + step,
                            psi,
                            0.0,
                        )
                        >= 0.8
                    )
                    for n, psi in ((40, 0.1), (25, 0.3))
                    for step in (2e-5, -2e-5)
                ],
                [1.0, 0.0, 1.0, 0.0],
            ),
        ),
        takes=Takes.NUMBERS,
        degenerate={
            **of_numbers(
                lambda x: stats.smallest_margin_binary(50, x, power=0.8, alpha=0.05), outside=0
            ),
            "no items": lambda: stats.smallest_margin_binary(0, 0.2, power=0.8, alpha=0.05),
        },
        gives={
            "NaN": "ValueError: disagreement lies in (0, 1], not nan",
            "infinity": "ValueError: disagreement lies in (0, 1], not inf",
            "out of range": "ValueError: disagreement lies in (0, 1], not 0",
            "no items": "not estimable: no items",
        },
    ),
    Verified(
        function=stats.mean_margin_power,
        source="noncentral t, one-sided",
        known=(
            Printed(
                f"{PWR}, TestTTPowerOneS4 and OneS3, one-sided: n = 20, d = 0.05; n = 30, d = 1",
                (0.0764888785, 0.9998920102),
                lambda: [
                    number(stats.mean_margin_power(n, d, 1, alpha=0.05))
                    for n, d in ((20, 0.05), (30, 1))
                ],
                5e-11,
            ),
            Printed(
                f"{GUIDE}, section 20, one-sided: d = 0.625, N = 30",
                (0.955144,),
                lambda: [number(stats.mean_margin_power(30, 0.625, 1, alpha=0.05))],
                5e-7,
            ),
        ),
        second=Second(
            "statsmodels TTestPower(alternative='larger')",
            lambda: (
                [
                    number(stats.mean_margin_power(n, m, 1, alpha=0.05))
                    for n in (5, 40, 300)
                    for m in (0.1, 0.6)
                ],
                [other.t_power_one_sided(m, n, 0.05) for n in (5, 40, 300) for m in (0.1, 0.6)],
            ),
            1e-6,
        ),
        takes=Takes.NUMBERS,
        degenerate={
            **of_numbers(lambda x: stats.mean_margin_power(50, x, 1, alpha=0.05), outside=0),
            "one item": lambda: stats.mean_margin_power(1, 0.1, 1, alpha=0.05),
            "a loss as large as the margin": lambda: stats.mean_margin_power(
                50, 0.1, 1, alpha=0.05, true_difference=-0.1
            ),
        },
        gives={
            "NaN": "ValueError: margin must be positive, not nan",
            "infinity": "ValueError: margin must be positive, not inf",
            "out of range": "ValueError: margin must be positive, not 0",
            "one item": "not estimable: only 1 item",
            "a loss as large as the margin": "not estimable: the loss would be as large as the margin",
        },
    ),
    Verified(
        function=stats.mean_margin_items,
        source="noncentral t, one-sided",
        known=(
            Printed(
                f"{GUIDE}, section 20, one-sided: d = 0.625, power 0.95",
                (30,),
                lambda: [number(stats.mean_margin_items(0.625, 1, power=0.95, alpha=0.05))],
                0,
            ),
        ),
        second=Second(
            "scipy's noncentral t at every n",
            lambda: (
                [
                    number(stats.mean_margin_items(m, 0.36, power=0.8, alpha=0.05))
                    for m in (0.05, 0.1, 0.4)
                ],
                [_one_sided_items(m, 0.36) for m in (0.05, 0.1, 0.4)],
            ),
        ),
        takes=Takes.NUMBERS,
        degenerate={
            **of_numbers(lambda x: stats.mean_margin_items(x, 1, power=0.8, alpha=0.05), outside=0),
            "a loss as large as the margin": lambda: stats.mean_margin_items(
                0.1, 1, power=0.8, alpha=0.05, true_difference=-0.1
            ),
        },
        gives={
            "NaN": "ValueError: margin must be positive, not nan",
            "infinity": "ValueError: margin must be positive, not inf",
            "out of range": "ValueError: margin must be positive, not 0",
            "a loss as large as the margin": "not estimable: the loss would be as large as the margin",
        },
    ),
    Verified(
        function=stats.smallest_margin_mean,
        source="noncentral t, one-sided, solved",
        known=(
            Computed(
                "statsmodels 0.15.0, TTestPower.solve_power(nobs=27 and 300, alternative='larger')",
                (0.49149, 0.14388),
                lambda: [
                    number(stats.smallest_margin_mean(n, 1, power=0.8, alpha=0.05))
                    for n in (27, 300)
                ],
                5e-6,
            ),
        ),
        second=Second(
            "statsmodels TTestPower(alternative='larger')",
            lambda: (
                [
                    number(stats.smallest_margin_mean(n, 0.36, power=0.8, alpha=0.05))
                    for n in (12, 60, 999)
                ],
                [0.36 * other.t_solved(0.8, 0.05, n, "larger") for n in (12, 60, 999)],
            ),
            1e-5,
        ),
        takes=Takes.NUMBERS,
        degenerate={
            **of_numbers(
                lambda x: stats.smallest_margin_mean(50, x, power=0.8, alpha=0.05), outside=-1
            ),
            "one item": lambda: stats.smallest_margin_mean(1, 1, power=0.8, alpha=0.05),
        },
        gives={
            "NaN": "ValueError: sd must be positive, not nan",
            "infinity": "ValueError: sd must be positive, not inf",
            "out of range": "ValueError: sd must be positive, not -1",
            "one item": "not estimable: only 1 item",
        },
    ),
)
