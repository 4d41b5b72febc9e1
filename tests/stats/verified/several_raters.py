"""Rows for the agreement of several raters."""

import math
from collections.abc import Callable, Sequence
from typing import get_args

import numpy as np

from evalreport import stats
from evalreport.stats.arguments import FloatArray
from evalreport.stats.raters import LabelScale
from tests.stats.second_opinion import fleiss
from tests.stats.verified import Printed, Second, Takes, Verified, value_of
from tests.stats.verified.standard_errors import error_of, slope_error

# Fleiss (1971), table 1: diagnoses of 30 patients by six psychiatrists, in his order of classes.
DIAGNOSES = (
    "444444", "222555", "233335", "555555", "222444", "113333", "333355", "113334",
    "114444", "555555", "144444", "124444", "222333", "144444", "224445", "333335",
    "111455", "111112", "224444", "133555", "555555", "244444", "224555", "114444",
    "144445", "222224", "111155", "224444", "133333", "555555",
)  # fmt: skip

# Krippendorff (2011): four observers, twelve units, gaps as dots.
OBSERVERS = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")
UNITS = [
    [None if mark == "." else int(mark) for mark in unit] for unit in zip(*OBSERVERS, strict=True)
]

SCALES = get_args(LabelScale)


def _random_counts(seed: int, n: int) -> FloatArray:
    rng = np.random.default_rng(seed)
    return np.array([rng.multinomial(5, rng.dirichlet((0.4, 0.4, 0.4))) for _ in range(n)])


def _spelled(counts: FloatArray) -> list[list[int]]:
    return [[label for label, k in enumerate(row) for _ in range(int(k))] for row in counts]


def _fleiss_second() -> tuple[Sequence[float], Sequence[float]]:
    ours: list[float] = []
    theirs: list[float] = []
    for seed, n in ((1, 40), (2, 88)):
        counts = _random_counts(seed, n)

        def weighed(weight: FloatArray, counts: FloatArray = counts) -> float:
            share = weight @ counts / counts.sum(axis=1)[0] / weight.sum()
            pairs = (counts * (counts - 1)).sum(axis=1) / 20
            chance = float((share**2).sum())
            return float((weight @ pairs / weight.sum() - chance) / (1 - chance))

        found = stats.fleiss_kappa(_spelled(counts), level=0.95, skewness=False)
        ours += [value_of(found), error_of(found, n)]
        theirs += [fleiss(counts), slope_error(weighed, n)]
        codes = np.arange(n) % 8
        grouped = stats.fleiss_kappa(_spelled(counts), codes, level=0.95, skewness=False)
        ours.append(error_of(grouped, 8))
        theirs.append(slope_error(weighed, n, codes))
    return ours, theirs


def _alpha_by_pairs(units: Sequence[Sequence[int | None]], scale: LabelScale) -> float:
    """Every pair of ratings within items, and every pair of ratings at all."""
    kept = [[r for r in unit if r is not None] for unit in units]
    kept = [unit for unit in kept if len(unit) > 1]
    values = [r for unit in kept for r in unit]

    def apart(c: int, k: int) -> float:
        if scale == "nominal":
            return float(c != k)
        if scale == "interval":
            return float((c - k) ** 2)
        low, high = min(c, k), max(c, k)
        between = sum(low <= v <= high for v in values)
        return (between - (values.count(c) + values.count(k)) / 2) ** 2 if c != k else 0.0

    seen = sum(
        apart(c, k) / (len(unit) - 1)
        for unit in kept
        for i, c in enumerate(unit)
        for j, k in enumerate(unit)
        if i != j
    ) / len(values)
    chance = sum(apart(c, k) for i, c in enumerate(values) for j, k in enumerate(values) if i != j)
    return 1 - seen / (chance / (len(values) * (len(values) - 1)))


def _alpha(units: Sequence[Sequence[int | None]], scale: LabelScale) -> object:
    rng = np.random.default_rng(1)
    return stats.krippendorffs_alpha(units, scale=scale, level=0.95, draws=500, rng=rng)


def _alpha_second() -> tuple[Sequence[float], Sequence[float]]:
    ours: list[float] = []
    theirs: list[float] = []
    for seed in (3, 4):
        rng = np.random.default_rng(seed)
        units: list[list[int | None]] = [
            [None if rng.random() < 0.3 else int(r) for r in rng.binomial(4, p, size=4)]
            for p in rng.random(25)
        ]
        for scale in SCALES:
            ours.append(value_of(_alpha(units, scale)))
            theirs.append(_alpha_by_pairs(units, scale))
    return ours, theirs


def _several(call: Callable[..., object]) -> dict[str, Callable[[], object]]:
    return {
        "no items": lambda: call([]),
        "one item": lambda: call([["a", "b"]]),
        "one label only": lambda: call([["a", "a"]] * 30),
        "one cluster": lambda: call([["a", "b"], ["b", "b"]] * 10, [0] * 20),
        "NaN": lambda: call([[1, math.nan]]),
        "one rater": lambda: call([["a"], ["b"]]),
    }


ROWS = (
    Verified(
        function=stats.fleiss_kappa,
        source="Fleiss (1971), Psychological Bulletin 76(5); Gwet (2021), EPM 81(4)",
        known=(
            Printed(
                "R package irr, kappam.fleiss(diagnoses), thirty patients and six psychiatrists of "
                "Fleiss (1971), as statsmodels/stats/tests/test_inter_rater.py prints it",
                (0.4302445,),
                lambda: [value_of(stats.fleiss_kappa(DIAGNOSES, level=0.95))],
                5e-8,
            ),
        ),
        second=Second(
            "statsmodels fleiss_kappa; numerical slopes with the weight of each item, or cluster",
            _fleiss_second,
            1e-7,
        ),
        takes=Takes.LABELS,
        degenerate=_several(lambda *given: stats.fleiss_kappa(*given, level=0.95)),
        gives={
            "no items": "not estimable: no items",
            "one item": "-1, no interval: only 1 item",
            "one label only": "not estimable: only one label occurs",
            "one cluster": "-0.3333, no interval: only 1 group",
            "NaN": "ValueError: a rating is a whole number, a text or None, not nan",
            "one rater": "ValueError: agreement needs two ratings of each item",
        },
    ),
    Verified(
        function=stats.krippendorffs_alpha,
        source="Krippendorff (2011), Computing Krippendorff's Alpha-Reliability",
        known=(
            Printed(
                "Krippendorff (2011), four observers, twelve units: nominal, ordinal, interval",
                (0.743, 0.815, 0.849),
                lambda: [value_of(_alpha(UNITS, scale)) for scale in SCALES],
                5e-4,
            ),
        ),
        second=Second("every pair of ratings, one by one", _alpha_second),
        takes=Takes.LABELS,
        degenerate=_several(
            lambda *given: stats.krippendorffs_alpha(
                *given, level=0.95, rng=np.random.default_rng(1)
            )
        ),
        gives={
            "no items": "not estimable: no items",
            "one item": "0, no interval: only 1 item",
            "one label only": "not estimable: only one label occurs",
            "one cluster": "-0.3, no interval: only 20 items",
            "NaN": "ValueError: a rating is a whole number, a text or None, not nan",
            "one rater": "not estimable: no item has two ratings",
        },
    ),
)
