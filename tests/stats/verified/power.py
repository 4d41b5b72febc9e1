"""Rows for planning: power, the least effect found, items needed; and what significance is worth."""

import math
from collections.abc import Callable, Sequence
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

_NOTES = "the project's notes, section 0"
_PWR = "R package pwr, as statsmodels/stats/tests/test_power.py prints it"
_GUIDE = "G*Power 3.1 manual"
_PROP = "R 4, the examples of power.prop.test (tests/Examples/stats-Ex.Rout.save)"
_CELLS = ((100, 0.05, 0.10), (40, 0.3, 0.4), (250, 0.1, 0.33), (723, 0.1, 0.9), (30, 0.6, 0.6))
_MARGINS = ((30, 0.1, 0.05, 0.0), (50, 0.05, 0.02, 0.0), (40, 0.1, 0.2, 0.03), (25, 0.3, 0.2, -0.1))
_Z = float(other.stats.norm.ppf(0.95))


def _number(value: object) -> float:
    assert isinstance(value, int | float)
    return float(value)


def _first_settled(power: Callable[[int], float], start: int, end: int) -> int:
    """The item number from which on power is at least 0.8, by looking at every one."""
    return max(n for n in range(start, end) if power(n) < 0.8) + 1


def _root(power: Callable[[float], float], low: float, high: float) -> float:
    return float(other.brentq(lambda x: power(x) - 0.8, low, high, xtol=1e-9))


def _mcnemar(n: int, effect: float, psi: float) -> float:
    return other.exact_power(n, max(psi, effect), effect, 0.05)


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


def _z(p: float) -> float:
    return float(other.stats.norm.ppf(p))


def _connor(effect: float, psi: float) -> int:
    """Connor's formula by way of standard deviations under both hypotheses."""
    s_0, s_1 = math.sqrt(psi), math.sqrt(psi - effect**2)
    return math.ceil(((_z(0.975) * s_0 + _z(0.8) * s_1) / effect) ** 2)


def _liu(margin: float, psi: float, true: float) -> int:
    return math.ceil((_z(0.8) + _z(0.95)) ** 2 * (psi - true**2) / (margin + true) ** 2)


def _rates(n: int, p: float, q: float) -> float:
    """The z test's power from the two distributions of the observed difference."""
    pooled = math.sqrt((p + q) * (1 - (p + q) / 2) / n)
    apart = math.sqrt((p * (1 - p) + q * (1 - q)) / n)
    return float(other.stats.norm.sf(_z(0.975) * pooled, loc=abs(p - q), scale=apart))


def _coin(n: int, rate: float) -> float:
    """Power of the sign test: every split that binomtest rejects."""
    k = np.arange(n + 1)
    p = np.array([float(other.stats.binomtest(int(w), n).pvalue) for w in k])
    return float(other.stats.binom.pmf(k, n, rate)[p <= 0.05].sum())


def _simulated(effect: float) -> Sequence[float]:
    """Type S and M by numerical integration over the significant estimates."""
    z = _z(0.975)

    def part(low: float, high: float, of: Callable[[float], float]) -> float:
        value, _ = other.quad(
            lambda x: of(x) * float(other.stats.norm.pdf(x, effect)), low, high, epsabs=1e-13
        )
        return float(value)

    right, wrong = part(z, z + 12, lambda _: 1), part(-z - 12, -z, lambda _: 1)
    size = part(z, z + 12, abs) + part(-z - 12, -z, abs)
    return right + wrong, wrong / (right + wrong), size / (right + wrong) / effect


def _errors(effect: float, se: float) -> Sequence[float]:
    found = stats.design_errors(effect, se, alpha=0.05)
    return found.power, found.wrong_sign, found.exaggeration


_ONE = Takes.NUMBERS

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
                f"{_NOTES}: a net gap of 10 points with 10 % ties",
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
        takes=_ONE,
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
        takes=_ONE,
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
                f"{_NOTES}: a net gap of 10 points with 10 % ties",
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
                    _first_settled(lambda n, e=e, psi=psi: _mcnemar(n, e, psi), 6, 120)  # type: ignore[misc]  # bound now
                    for e, psi in ((0.3, 0.4), (0.6, 0.6))
                ],
            ),
        ),
        takes=_ONE,
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
                f"{_NOTES}: 723 items find 10 points with 10 % ties",
                (0.100,),
                lambda: [
                    _number(stats.smallest_detectable_binary(723, 0.9, power=0.8, alpha=0.05))
                ],
                5e-4,
            ),
        ),
        second=Second(
            "scipy's binomial, solved by brentq",
            lambda: (
                [
                    _number(stats.smallest_detectable_binary(n, psi, power=0.8, alpha=0.05))
                    for n, psi in ((60, 0.17), (200, 0.33), (400, 0.1))
                ],
                [
                    _root(lambda e, n=n, psi=psi: _mcnemar(n, e, psi), 0.01, 0.9)  # type: ignore[misc]  # bound now
                    for n, psi in ((60, 0.17), (200, 0.33), (400, 0.1))
                ],
            ),
            1.1e-5,
        ),
        takes=_ONE,
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
    Verified(
        function=stats.mean_power,
        source="noncentral t",
        known=(
            Printed(
                f"{_PWR}, TestTTPowerOneS2 and OneS1, two-sided: n = 20, d = 0.2; n = 30, d = 1",
                (0.1359562888, 0.9995636010),
                lambda: [
                    _number(stats.mean_power(n, d, 1, alpha=0.05)) for n, d in ((20, 0.2), (30, 1))
                ],
                5e-11,
            ),
            Printed(
                f"{_GUIDE}, section 19, two-sided, 50 pairs: dz = 0.421637, 0.2828427",
                (0.832114, 0.500352),
                lambda: [
                    _number(stats.mean_power(50, d, 1, alpha=0.05)) for d in (0.421637, 0.2828427)
                ],
                5e-7,
            ),
        ),
        second=Second(
            "statsmodels TTestPower",
            lambda: (
                [
                    _number(stats.mean_power(n, e, 1, alpha=0.05))
                    for n in (5, 40, 300)
                    for e in (0.1, 0.6)
                ],
                [other.t_power(e, n, 0.05) for n in (5, 40, 300) for e in (0.1, 0.6)],
            ),
            1e-6,
        ),
        takes=_ONE,
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
                f"{_GUIDE}, section 20, two-sided: d = 0.1, alpha 0.01, power 0.9",
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
        takes=_ONE,
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
                    _number(stats.smallest_detectable_mean(n, 1, power=0.8, alpha=0.05))
                    for n in (34, 300)
                ],
                5e-6,
            ),
        ),
        second=Second(
            "statsmodels TTestPower",
            lambda: (
                [
                    _number(stats.smallest_detectable_mean(n, 0.36, power=0.8, alpha=0.05))
                    for n in (12, 60, 999)
                ],
                [0.36 * other.t_solved(0.8, 0.05, n, "two-sided") for n in (12, 60, 999)],
            ),
            1e-5,
        ),
        takes=_ONE,
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
        takes=_ONE,
        degenerate=of_numbers(lambda x: stats.design_effect_of(x, 0.1), outside=0.5),
        gives={
            "NaN": "ValueError: clusters of nan items with correlation 0.1",
            "infinity": "ValueError: clusters of inf items with correlation 0.1",
            "out of range": "ValueError: clusters of 0.5 items with correlation 0.1",
        },
    ),
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
        takes=_ONE,
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
                    _number(stats.binary_margin_items(m, 1e-6, power=0.8, alpha=0.05))
                    for m in (0.05, 0.02)
                ],
                0,
            ),
        ),
        second=Second(
            "scipy's multinomial over all pairs of counts, at every n",
            lambda: (
                [
                    _number(stats.binary_margin_items(m, psi, power=0.8, alpha=0.05))
                    for m, psi in ((0.2, 0.1), (0.3, 0.4))
                ],
                [
                    _first_settled(lambda n, m=m, psi=psi: _trinomial(n, m, psi, 0.0), 2, 60)  # type: ignore[misc]  # bound now
                    for m, psi in ((0.2, 0.1), (0.3, 0.4))
                ],
            ),
        ),
        takes=_ONE,
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
                f"{_NOTES}: a margin of 2 points, disagreement 5, 10, 20, 30 %",
                (773, 1546, 3092, 4637),
                lambda: [
                    _number(stats.liu_margin_items(0.02, psi, power=0.8, alpha=0.05))
                    for psi in (0.05, 0.1, 0.2, 0.3)
                ],
                0,
            ),
        ),
        second=Second(
            "the formula with scipy's quantiles",
            lambda: (
                [
                    _number(
                        stats.liu_margin_items(m, psi, power=0.8, alpha=0.05, true_difference=t)
                    )
                    for _, m, psi, t in _MARGINS
                ],
                [_liu(m, psi, t) for _, m, psi, t in _MARGINS],
            ),
        ),
        takes=_ONE,
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
                    _number(stats.smallest_margin_binary(n, 1e-6, power=0.8, alpha=0.05))
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
                            _number(stats.smallest_margin_binary(n, psi, power=0.8, alpha=0.05))
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
        takes=_ONE,
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
                f"{_PWR}, TestTTPowerOneS4 and OneS3, one-sided: n = 20, d = 0.05; n = 30, d = 1",
                (0.0764888785, 0.9998920102),
                lambda: [
                    _number(stats.mean_margin_power(n, d, 1, alpha=0.05))
                    for n, d in ((20, 0.05), (30, 1))
                ],
                5e-11,
            ),
            Printed(
                f"{_GUIDE}, section 20, one-sided: d = 0.625, N = 30",
                (0.955144,),
                lambda: [_number(stats.mean_margin_power(30, 0.625, 1, alpha=0.05))],
                5e-7,
            ),
        ),
        second=Second(
            "statsmodels TTestPower(alternative='larger')",
            lambda: (
                [
                    _number(stats.mean_margin_power(n, m, 1, alpha=0.05))
                    for n in (5, 40, 300)
                    for m in (0.1, 0.6)
                ],
                [other.t_power_one_sided(m, n, 0.05) for n in (5, 40, 300) for m in (0.1, 0.6)],
            ),
            1e-6,
        ),
        takes=_ONE,
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
                f"{_GUIDE}, section 20, one-sided: d = 0.625, power 0.95",
                (30,),
                lambda: [_number(stats.mean_margin_items(0.625, 1, power=0.95, alpha=0.05))],
                0,
            ),
        ),
        second=Second(
            "scipy's noncentral t at every n",
            lambda: (
                [
                    _number(stats.mean_margin_items(m, 0.36, power=0.8, alpha=0.05))
                    for m in (0.05, 0.1, 0.4)
                ],
                [_one_sided_items(m, 0.36) for m in (0.05, 0.1, 0.4)],
            ),
        ),
        takes=_ONE,
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
                    _number(stats.smallest_margin_mean(n, 1, power=0.8, alpha=0.05))
                    for n in (27, 300)
                ],
                5e-6,
            ),
        ),
        second=Second(
            "statsmodels TTestPower(alternative='larger')",
            lambda: (
                [
                    _number(stats.smallest_margin_mean(n, 0.36, power=0.8, alpha=0.05))
                    for n in (12, 60, 999)
                ],
                [0.36 * other.t_solved(0.8, 0.05, n, "larger") for n in (12, 60, 999)],
            ),
            1e-5,
        ),
        takes=_ONE,
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
        takes=_ONE,
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
        takes=_ONE,
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
                    + _number(stats.smallest_detectable_two_rates(50, 0.5, power=0.9, alpha=0.05))
                ],
                2e-5,
            ),
        ),
        second=Second(
            "scipy's normal, solved by brentq",
            lambda: (
                [
                    _number(stats.smallest_detectable_two_rates(n, 0.6, power=0.8, alpha=0.05))
                    for n in (60, 200, 999)
                ],
                [
                    _root(lambda gain, n=n: _rates(n, 0.6, 0.6 + gain), 1e-6, 0.39999)  # type: ignore[misc]  # bound now
                    for n in (60, 200, 999)
                ],
            ),
            1e-8,
        ),
        takes=_ONE,
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
        takes=_ONE,
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
                f"{_NOTES}: decisive win rate .60, .65, .70, .75, .80",
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
                [_first_settled(lambda n, p=p: _coin(n, p), 5, 60) for p in (0.75, 0.9)],  # type: ignore[misc]  # bound now
            ),
        ),
        takes=_ONE,
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
                lambda: [_number(stats.smallest_detectable_win_rate(6, power=0.8, alpha=0.05))],
                1.1e-5,
            ),
        ),
        second=Second(
            "scipy binomtest, solved by brentq",
            lambda: (
                [
                    _number(stats.smallest_detectable_win_rate(n, power=0.8, alpha=0.05))
                    for n in (9, 54, 200)
                ],
                [_root(lambda p, n=n: _coin(n, p), 0.51, 0.99) for n in (9, 54, 200)],  # type: ignore[misc]  # bound now
            ),
            1.1e-5,
        ),
        takes=_ONE,
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
    Verified(
        function=stats.design_errors,
        source="Gelman and Carlin (2014), Perspectives on Psychological Science 9(6); Lu, Qiu and "
        "Deng (2019), BJMSP 72(1)",
        known=(
            Printed(
                "Gelman and Carlin (2014), beauty and sex ratio, effect 0.1, error 3.28: power, type S",
                (0.05, 0.46),
                lambda: _errors(0.1, 3.28)[:2],
                0.005,
            ),
            Printed("the same, type M", (77,), lambda: [_errors(0.1, 3.28)[2]], 0.5),
            Printed("the same, effect 1: type S", (0.19,), lambda: [_errors(1, 3.28)[1]], 0.005),
            Printed("the same, effect 1: type M", (8,), lambda: [_errors(1, 3.28)[2]], 0.5),
            Printed(
                "the same paper, effect 2, error 8.1: power and type S (its type M, 9.7, is of 10,000 "
                "draws; the closed form is 9.54)",
                (0.06, 0.24),
                lambda: _errors(2.0, 8.1)[:2],
                0.005,
            ),
        ),
        second=Second(
            "scipy quad over the significant estimates",
            lambda: (
                [x for e in (0.5, 1.0, 2.8) for x in _errors(e, 1)],
                [x for e in (0.5, 1.0, 2.8) for x in _simulated(e)],
            ),
            1e-7,
        ),
        takes=_ONE,
        degenerate=of_numbers(lambda x: stats.design_errors(x, 1, alpha=0.05), outside=0),
        gives={
            "NaN": "ValueError: effect and standard error must be positive, not nan and 1",
            "infinity": "ValueError: effect and standard error must be positive, not inf and 1",
            "out of range": "ValueError: effect and standard error must be positive, not 0 and 1",
        },
    ),
)
