"""Rows for the agreement of two raters."""

import math
from collections.abc import Callable, Sequence

import numpy as np

from evalreport import stats
from evalreport.stats.arguments import FloatArray, IntArray
from tests.stats.second_opinion import cr2_by_matrices, kappa, proportion, widened_by_root
from tests.stats.verified import ClosedForm, Printed, Second, Takes, Verified, ends, value_of
from tests.stats.verified.standard_errors import error_of, slope_error

ABSTRACTORS = ((13, 0, 0), (0, 20, 7), (0, 4, 56))
"""irrCAC's cont3x3abstractors: 100 pregnancies by two abstractors."""

_TABLES = (
    ABSTRACTORS,
    ((22, 9), (7, 40)),
    ((30, 9, 2, 1), (6, 25, 8, 3), (2, 7, 20, 9), (1, 0, 6, 33)),
)
_GROUPS = {100: 10, 78: 13, 162: 27}
"""Clusters of equal size, for the number of items of each table."""

_IRRCAC = "R package irrCAC 1.0, README, data set cont3x3abstractors (n = 100)"


def _pairs(table: Sequence[Sequence[int]]) -> tuple[list[int], list[int]]:
    cells = [(i, j) for i, row in enumerate(table) for j, k in enumerate(row) for _ in range(k)]
    return [i for i, _ in cells], [j for _, j in cells]


def _kappa_second() -> tuple[Sequence[float], Sequence[float]]:
    ours: list[float] = []
    theirs: list[float] = []
    for table in _TABLES:
        a, b = _pairs(table)
        for weights in ("none", "linear", "quadratic"):
            found = stats.cohens_kappa(a, b, weights=weights, level=0.95, skewness=False)
            ours += [value_of(found), error_of(found, len(a))]
            theirs += kappa(table, None if weights == "none" else weights)
        groups = _GROUPS[len(a)]
        codes = np.arange(len(a)) * 7 % groups
        one, other = np.array(a), np.array(b)

        def weighed(weight: FloatArray, one: IntArray = one, other: IntArray = other) -> float:
            counts = np.zeros((4, 4))
            np.add.at(counts, (one, other), weight)
            return kappa(counts, None)[0]

        ours.append(error_of(stats.cohens_kappa(a, b, codes, level=0.95, skewness=False), groups))
        theirs.append(slope_error(weighed, len(a), codes))
    return ours, theirs


def _ac1_second() -> tuple[Sequence[float], Sequence[float]]:
    ours: list[float] = []
    theirs: list[float] = []
    for table in _TABLES:
        a, b = (np.array(one) for one in _pairs(table))
        k = len(table)

        def ac1(weight: FloatArray, a: FloatArray = a, b: FloatArray = b, k: int = k) -> float:
            total = weight.sum()
            share = [(weight[a == c].sum() + weight[b == c].sum()) / (2 * total) for c in range(k)]
            chance = sum(p * (1 - p) for p in share) / (k - 1)
            return float((weight[a == b].sum() / total - chance) / (1 - chance))

        found = stats.gwets_ac1(a, b, level=0.95, skewness=False)
        ours += [value_of(found), error_of(found, len(a))]
        theirs += [ac1(np.ones(len(a))), slope_error(ac1, len(a))]
        groups = _GROUPS[len(a)]
        codes = np.arange(len(a)) * 7 % groups
        ours.append(error_of(stats.gwets_ac1(a, b, codes, level=0.95, skewness=False), groups))
        theirs.append(slope_error(ac1, len(a), codes))
    return ours, theirs


def _raw_second() -> tuple[Sequence[float], Sequence[float]]:
    ours: list[float] = []
    theirs: list[float] = []
    for table in _TABLES:
        ours += ends(stats.raw_agreement(*_pairs(table), level=0.95))
        agreed = sum(row[place] for place, row in enumerate(table))
        theirs += proportion(agreed, sum(map(sum, table)), 0.95, "wilson")
    return ours, theirs


def _by_class(table: Sequence[Sequence[int]]) -> list[float]:
    found = stats.class_agreement(*_pairs(table), level=0.95)
    assert isinstance(found, dict)
    return [value_of(one) for one in found.values()]


def _class_second() -> tuple[Sequence[float], Sequence[float]]:
    """From the margins, with the interval of a ratio by the whole matrices."""
    ours: list[float] = []
    theirs: list[float] = []
    for table in _TABLES[1:]:
        a, b = (np.array(one) for one in _pairs(table))
        found_of = stats.class_agreement(a, b, level=0.95)
        assert isinstance(found_of, dict)
        for label, found in found_of.items():
            x, y = (a == label).astype(float), (b == label).astype(float)

            value = float(2 * (x * y).sum() / (x + y).sum())
            given = x + y
            each = np.divide(2 * x * y, given, out=np.full(len(x), value), where=given > 0)
            spread = cr2_by_matrices(each, np.arange(len(x)), given)
            ours += [value_of(found), *ends(found)]
            theirs += [value, *np.clip(widened_by_root(value, *spread, 0.95), 0, 1)]
            codes = np.arange(len(a)) * 7 % 11
            grouped = stats.class_agreement(a, b, codes, level=0.95)
            assert isinstance(grouped, dict)
            ours += ends(grouped[label])
            spread = cr2_by_matrices(each, codes, given)
            theirs += [*np.clip(widened_by_root(value, *spread, 0.95), 0, 1)]
    return ours, theirs


def _two(call: Callable[..., object]) -> dict[str, Callable[[], object]]:
    return {
        "no items": lambda: call([], [], level=0.95),
        "one item": lambda: call(["a"], ["b"], level=0.95),
        "one label only": lambda: call(["a"] * 30, ["a"] * 30, level=0.95),
        "one cluster": lambda: call([1, 2] * 10, [2, 2] * 10, [0] * 20, level=0.95),
        "NaN": lambda: call([1.0, math.nan], [1.0, 2.0], level=0.95),
        "other lengths": lambda: call([1, 2], [1], level=0.95),
    }


ROWS = (
    Verified(
        function=stats.raw_agreement,
        source="Wilson (1927), JASA 22; CR1 for clusters",
        known=(
            Printed(
                f"{_IRRCAC}: percent agreement",
                (0.89,),
                lambda: [value_of(stats.raw_agreement(*_pairs(ABSTRACTORS), level=0.95))],
                1e-9,
            ),
        ),
        second=Second("statsmodels proportion_confint(method='wilson')", _raw_second),
        takes=Takes.LABELS,
        degenerate=_two(stats.raw_agreement),
        gives={
            "no items": "not estimable: no items",
            "one item": "0 (0 to 0.7935)",
            "one label only": "1 (0.8865 to 1)",
            "one cluster": "0.5, no interval: only 1 group",
            "NaN": "ValueError: first labels must be whole numbers or texts, not float64",
            "other lengths": "ValueError: lengths differ: 2 and 1",
        },
    ),
    Verified(
        function=stats.class_agreement,
        source="Cicchetti and Feinstein (1990), Journal of Clinical Epidemiology 43(6)",
        known=(
            ClosedForm(
                "the counts of irrCAC's cont3x3abstractors: 2 x 13/26, 2 x 20/51, 2 x 56/123",
                (2 * 13 / 26, 2 * 20 / 51, 2 * 56 / 123),
                lambda: _by_class(ABSTRACTORS),
                1e-12,
            ),
        ),
        second=Second("the whole matrices of a weighted mean", _class_second, 1e-7),
        takes=Takes.LABELS,
        degenerate=_two(stats.class_agreement),
        gives={
            "no items": "not estimable: no items",
            "one item": "a: 0, no interval: only 1 item; b: 0, no interval: only 1 item",
            "one label only": "a: 1, no interval: no items differ on it",
            "one cluster": "1: 0, no interval: only 1 group; 2: 0.6667, no interval: only 1 group",
            "NaN": "ValueError: first labels must be whole numbers or texts, not float64",
            "other lengths": "ValueError: lengths differ: 2 and 1",
        },
    ),
    Verified(
        function=stats.cohens_kappa,
        source=(
            "Cohen (1960, 1968); Fleiss, Cohen and Everitt (1969), Psychological Bulletin 72(5); "
            "widened for skewness by Hall (1992), JRSS B 54(1)"
        ),
        known=(
            Printed(
                f"{_IRRCAC}: kappa and its standard error",
                (0.7964094, 0.05891072),
                lambda: [
                    value_of(stats.cohens_kappa(*_pairs(ABSTRACTORS), level=0.95)),
                    error_of(
                        stats.cohens_kappa(*_pairs(ABSTRACTORS), level=0.95, skewness=False), 100
                    ),
                ],
                5e-8,
            ),
        ),
        second=Second(
            "statsmodels cohens_kappa, unweighted, linear, quadratic; for clusters its slopes",
            _kappa_second,
            1e-7,
        ),
        takes=Takes.LABELS,
        degenerate=_two(stats.cohens_kappa),
        gives={
            "no items": "not estimable: no items",
            "one item": "0, no interval: only 1 item",
            "one label only": "not estimable: only one label occurs",
            "one cluster": "0, no interval: only 1 group",
            "NaN": "ValueError: first labels must be whole numbers or texts, not float64",
            "other lengths": "ValueError: lengths differ: 2 and 1",
        },
    ),
    Verified(
        function=stats.gwets_ac1,
        source="Gwet (2008), British Journal of Mathematical and Statistical Psychology 61(1)",
        known=(
            Printed(
                f"{_IRRCAC}: AC1 and its standard error",
                (0.8493305, 0.04321747),
                lambda: [
                    value_of(stats.gwets_ac1(*_pairs(ABSTRACTORS), level=0.95)),
                    error_of(
                        stats.gwets_ac1(*_pairs(ABSTRACTORS), level=0.95, skewness=False), 100
                    ),
                ],
                5e-8,
            ),
        ),
        second=Second(
            "numerical slopes with the weight of each item, or cluster", _ac1_second, 1e-7
        ),
        takes=Takes.LABELS,
        degenerate=_two(stats.gwets_ac1),
        gives={
            "no items": "not estimable: no items",
            "one item": "-1, no interval: only 1 item",
            "one label only": "not estimable: only one label occurs, and `labels` names no other",
            "one cluster": "0.2, no interval: only 1 group",
            "NaN": "ValueError: first labels must be whole numbers or texts, not float64",
            "other lengths": "ValueError: lengths differ: 2 and 1",
        },
    ),
)
