"""Rows for equivalence and non-inferiority."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from evalreport import stats
from tests.stats import second_opinion as other
from tests.stats.verified import Computed, Printed, Second, Takes, Verified, clinic
from tests.stats.verified.degenerate import Calls, of_scores

_EXTRA = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4]
_TABLE_V = (
    "Tango (1998), Statistics in Medicine 17, table V (page 903), as the R package ratesci quotes "
    "it, tests/testthat/test3.R"
)
_TABLES = ((30, 32, 900), (16, 18, 161), (0, 1, 44), (3, 4, 300), (1, 0, 60))


def _samples() -> list[np.ndarray]:
    rng = np.random.default_rng(11)
    return [rng.normal(0.1, 1, size=n) for n in (12, 40, 200)]


def _tost(d: ArrayLike) -> stats.Equivalence:
    found = stats.tost(d, margin=0.4, alpha=0.05)
    assert isinstance(found, stats.Equivalence)
    return found


def _clinic(pair: tuple[tuple[float, ...], tuple[float, ...]]) -> stats.Equivalence:
    found = stats.tost(np.subtract(*pair), margin=0.6, alpha=0.05)
    assert isinstance(found, stats.Equivalence)
    return found


def _ends(found: stats.Equivalence) -> tuple[float, float]:
    return found.low, found.high


def _loss(d: ArrayLike, margin: float = 0.4, alpha: float = 0.05) -> stats.NonInferiority:
    found = stats.non_inferiority(d, margin=margin, alpha=alpha)
    assert isinstance(found, stats.NonInferiority)
    return found


def _tost_binary(b: int, c: int, n: int, margin: float = 0.05) -> stats.Equivalence:
    found = stats.tost_binary(b, c, n, margin=margin, alpha=0.05)
    assert isinstance(found, stats.Equivalence)
    return found


def _loss_binary(b: int, c: int, n: int, margin: float) -> stats.NonInferiority:
    found = stats.non_inferiority_binary(b, c, n, margin=margin, alpha=0.05)
    assert isinstance(found, stats.NonInferiority)
    return found


def _one_sided(d: np.ndarray, margin: float) -> tuple[float, float]:
    """scipy's p-value against a loss of the margin, and the lower bound."""
    found = other.stats.ttest_1samp(d, -margin, alternative="greater")
    return float(found.pvalue), float(found.confidence_interval(0.95).low)


def _likelihood_p(b: int, c: int, n: int, margin: float) -> float:
    """The p-value at which the likelihood's own interval would just touch -margin."""
    return float(
        other.brentq(
            lambda p: other.tango_by_likelihood(b, c, n, 1 - 2 * p)[0] + margin, 1e-9, 0.4999
        )
    )


def _of_scores(function: Callable[..., object]) -> Calls:
    return {
        **of_scores(function),
        "three of fifty differ": lambda: function([0.5] * 3 + [0.0] * 47),
    }


def _of_table(function: Callable[..., object]) -> Calls:
    return {
        "no items": lambda: function(0, 0, 0),
        "negative count": lambda: function(-1, 0, 5),
        "half a count": lambda: function(0.5, 0, 5),
        "nothing differs": lambda: _holds(function(0, 0, 100)),
    }


def _holds(found: object) -> str:
    if isinstance(found, stats.Equivalence):
        return f"p = {found.p_value:.4g}, {found.low:.4g} to {found.high:.4g}"
    assert isinstance(found, stats.NonInferiority)
    return f"p = {found.p_value:.4g}, bound {found.bound:.4g}"


ROWS = (
    Verified(
        function=stats.tost,
        source="Schuirmann (1987), Journal of Pharmacokinetics and Biopharmaceutics 15",
        known=(
            Printed(
                f"{clinic.WHERE}: tost_clinic_paired_1, margin 0.6: p and the 90 % interval",
                (0.003166881489, *clinic.PAIRED_1),
                lambda: (_clinic(clinic.VAR1).p_value, *_ends(_clinic(clinic.VAR1))),
                5e-11,
            ),
            Printed(
                f"{clinic.WHERE}: tost_clinic_paired, margin 0.6: p",
                (0.4412034046,),
                lambda: [_clinic(clinic.VAR2).p_value],
                5e-11,
            ),
            Computed(
                "statsmodels 0.15.0, DescrStatsW.ttost_mean(-0.4, 0.4) of -1.0, -0.9 ... 1.1",
                (0.0019138, 0.0097759),
                lambda: (
                    _tost(np.arange(-10, 12) / 10).p_loss,
                    _tost(np.arange(-10, 12) / 10).p_gain,
                ),
                5e-8,
            ),
        ),
        second=Second(
            "statsmodels DescrStatsW.ttost_mean",
            lambda: (
                [p for d in _samples() for p in (_tost(d).p_loss, _tost(d).p_gain)],
                [p for d in _samples() for p in other.equivalence_p(d, 0.4)],
            ),
        ),
        takes=Takes.SCORES,
        degenerate={
            **_of_scores(lambda d: stats.tost(d, margin=0.1, alpha=0.05)),
            "no margin": lambda: stats.tost(_EXTRA, margin=0, alpha=0.05),
        },
        gives={
            "no items": "not estimable: no items",
            "one item": "not estimable: only 1 item",
            "all equal": "not estimable: no items differ",
            "NaN": "ValueError: differences hold NaN or an infinity",
            "infinity": "ValueError: differences hold NaN or an infinity",
            "three of fifty differ": "not estimable: only 3 items differ",
            "no margin": "ValueError: a margin lies strictly between 0 and inf, not 0",
        },
    ),
    Verified(
        function=stats.non_inferiority,
        source="one-sided t; Piaggio and others (2012), JAMA 308 (CONSORT)",
        known=(
            Printed(
                f"{clinic.WHERE}: tost_clinic_paired_1: the lower end of the 90 % interval",
                clinic.PAIRED_1[:1],
                lambda: [_loss(np.subtract(*clinic.VAR1)).bound],
                5e-11,
            ),
            Printed(
                "R 4, the examples of t.test, Student's sleep data, paired: the lower end of the "
                "95 % interval",
                (0.7001142,),
                lambda: [_loss(_EXTRA, 1e-9, 0.025).bound],
                5e-8,
            ),
            Printed(
                "the same example: the two-sided p, here twice ours at a margin next to nothing",
                (0.002833,),
                lambda: [2 * _loss(_EXTRA, 1e-9).p_value],
                5e-7,
            ),
        ),
        second=Second(
            "scipy ttest_1samp(alternative='greater')",
            lambda: (
                [x for d in _samples() for x in (_loss(d).p_value, _loss(d).bound)],
                [x for d in _samples() for x in _one_sided(d, 0.4)],
            ),
        ),
        takes=Takes.SCORES,
        degenerate={
            **_of_scores(lambda d: stats.non_inferiority(d, margin=0.1, alpha=0.05)),
            "alpha of a half": lambda: stats.non_inferiority(_EXTRA, margin=1, alpha=0.5),
        },
        gives={
            "no items": "not estimable: no items",
            "one item": "not estimable: only 1 item",
            "all equal": "not estimable: no items differ",
            "NaN": "ValueError: differences hold NaN or an infinity",
            "infinity": "ValueError: differences hold NaN or an infinity",
            "three of fifty differ": "not estimable: only 3 items differ",
            "alpha of a half": "ValueError: a one-sided alpha lies strictly between 0 and 0.5, not 0.5",
        },
    ),
    Verified(
        function=stats.tost_binary,
        source="Tango (1998), Statistics in Medicine 17, 891-908, at both ends",
        known=(
            Printed(
                f"{_TABLE_V}: 0, 1 of 44, the 90 % interval",
                (-0.096, 0.037),
                lambda: _ends(_tost_binary(0, 1, 44, 0.1)),
                5e-4,
            ),
        ),
        second=Second(
            "the likelihood search solved for the level that touches the margin",
            lambda: (
                [p for t in _TABLES for p in (_tost_binary(*t).p_loss, _tost_binary(*t).p_gain)],
                [
                    p
                    for b, c, n in _TABLES
                    for p in (_likelihood_p(b, c, n, 0.05), _likelihood_p(c, b, n, 0.05))
                ],
            ),
            1e-5,
        ),
        takes=Takes.COUNTS,
        degenerate=_of_table(lambda b, c, n: stats.tost_binary(b, c, n, margin=0.05, alpha=0.05)),
        gives={
            "no items": "not estimable: no items",
            "negative count": "ValueError: better cannot be negative: -1",
            "half a count": "ValueError: better must be a whole number, not 0.5",
            "nothing differs": "p = 0.01089, -0.02634 to 0.02634",
        },
    ),
    Verified(
        function=stats.non_inferiority_binary,
        source="Tango (1998), Statistics in Medicine 17, 891-908",
        known=(
            Printed(
                f"{_TABLE_V}: 0, 1 of 44, the lower end of the 90 % interval",
                (-0.096,),
                lambda: [_loss_binary(0, 1, 44, 0.1).bound],
                5e-4,
            ),
        ),
        second=Second(
            "the likelihood search solved for the level that touches the margin",
            lambda: (
                [_loss_binary(*t, 0.05).p_value for t in _TABLES],
                [_likelihood_p(*t, 0.05) for t in _TABLES],
            ),
            1e-5,
        ),
        takes=Takes.COUNTS,
        degenerate={
            **_of_table(
                lambda b, c, n: stats.non_inferiority_binary(b, c, n, margin=0.05, alpha=0.05)
            ),
            "a margin of 1": lambda: stats.non_inferiority_binary(1, 1, 9, margin=1, alpha=0.05),
        },
        gives={
            "no items": "not estimable: no items",
            "negative count": "ValueError: better cannot be negative: -1",
            "half a count": "ValueError: better must be a whole number, not 0.5",
            "nothing differs": "p = 0.01089, bound -0.02634",
            "a margin of 1": "ValueError: a margin lies strictly between 0 and 1, not 1",
        },
    ),
)
