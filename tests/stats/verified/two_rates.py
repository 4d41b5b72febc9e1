"""Rows for two rates of independent items."""

from collections.abc import Callable
from math import comb

from evalreport import stats
from evalreport.estimates import Estimated
from tests.stats import second_opinion as other
from tests.stats.verified import Printed, Second, Takes, Verified, ends, p_of
from tests.stats.verified.degenerate import Calls

_TABLES = ((56, 70, 48, 80), (9, 10, 3, 10), (5, 56, 0, 29), (0, 10, 0, 20), (10, 10, 0, 10),
           (320, 400, 300, 410))  # fmt: skip


def _of_counts(function: Callable[..., object]) -> Calls:
    return {
        "no items": lambda: function(0, 0, 3, 5),
        "negative count": lambda: function(-1, 5, 3, 5),
        "half a count": lambda: function(0.5, 5, 3, 5),
        "more successes than trials": lambda: function(6, 5, 3, 5),
        "none succeeded": lambda: function(0, 10, 0, 10),
    }


def _by_enumeration(a: int, n: int, b: int, m: int) -> float:
    """Whole numbers of ways: every split no likelier than the observed one."""
    ways = {k: comb(n, k) * comb(m, a + b - k) for k in range(max(0, a + b - m), min(n, a + b) + 1)}
    return sum(one for one in ways.values() if one <= ways[a]) / comb(n + m, a + b)


def _of_wilsons(a: int, n: int, b: int, m: int) -> Estimated:
    return stats.mover(stats.wilson(a, n, level=0.95), stats.wilson(b, m, level=0.95))


ROWS = (
    Verified(
        function=stats.newcombe,
        source="Newcombe (1998), Statistics in Medicine 17, 873-890, method 10",
        known=(
            Printed(
                "the same paper, table II: 56/70 - 48/80, 9/10 - 3/10, 5/56 - 0/29, 10/10 - 0/20",
                (0.0524, 0.3339, 0.1705, 0.8090, -0.0381, 0.1926, 0.6791, 1.0),
                lambda: [
                    end
                    for table in (
                        (56, 70, 48, 80),
                        (9, 10, 3, 10),
                        (5, 56, 0, 29),
                        (10, 10, 0, 20),
                    )
                    for end in ends(stats.newcombe(*table, level=0.95))
                ],
                5e-5,
            ),
        ),
        second=Second(
            "statsmodels confint_proportions_2indep(method='newcomb')",
            lambda: (
                [end for table in _TABLES for end in ends(stats.newcombe(*table, level=0.95))],
                [end for table in _TABLES for end in other.independent_difference(*table, 0.95)],
            ),
        ),
        takes=Takes.COUNTS,
        degenerate=_of_counts(lambda *table: stats.newcombe(*table, level=0.95)),
        gives={
            "no items": "not estimable: no items",
            "negative count": "ValueError: successes cannot be negative: -1",
            "half a count": "ValueError: successes must be a whole number, not 0.5",
            "more successes than trials": "ValueError: 6 successes in 5 trials",
            "none succeeded": "0 (-0.2775 to 0.2775)",
        },
    ),
    Verified(
        function=stats.fisher_exact,
        source="Fisher (1935), JRSS 98, 39-82; scipy.stats.fisher_exact",
        known=(
            Printed(
                "R 4, the example of r2dtable (tests/Examples/stats-Ex.Rout.save): tea tasting, "
                "3/4 and 1/4, two-sided",
                (0.4857,),
                lambda: [p_of(stats.fisher_exact(3, 4, 1, 4))],
                5e-5,
            ),
            Printed(
                "R 4, the example of fisher.test: convictions of twins, 2/17 and 10/13",
                (0.0005367,),
                lambda: [p_of(stats.fisher_exact(2, 17, 10, 13))],
                5e-8,
            ),
        ),
        second=Second(
            "enumeration in whole numbers",
            lambda: (
                [p_of(stats.fisher_exact(*table)) for table in _TABLES],
                [_by_enumeration(*table) for table in _TABLES],
            ),
        ),
        takes=Takes.COUNTS,
        degenerate=_of_counts(stats.fisher_exact),
        gives={
            "no items": "not estimable: no items",
            "negative count": "ValueError: successes cannot be negative: -1",
            "half a count": "ValueError: successes must be a whole number, not 0.5",
            "more successes than trials": "ValueError: 6 successes in 5 trials",
            "none succeeded": "p = 1",
        },
    ),
    Verified(
        function=stats.mover,
        source="Zou and Donner (2008), Statistics in Medicine 27, 1693-1702",
        known=(
            Printed(
                "Newcombe (1998), Statistics in Medicine 17, 873-890, table II, method 10, which "
                "it is of Wilson's intervals: 56/70 - 48/80, 9/10 - 3/10",
                (0.0524, 0.3339, 0.1705, 0.8090),
                lambda: [
                    end
                    for table in ((56, 70, 48, 80), (9, 10, 3, 10))
                    for end in ends(_of_wilsons(*table))
                ],
                5e-5,
            ),
        ),
        second=Second(
            "the ends that the hybrid score interval has by statsmodels' Wilson intervals",
            lambda: (
                [end for table in _TABLES for end in ends(_of_wilsons(*table))],
                [end for table in _TABLES for end in other.independent_difference(*table, 0.95)],
            ),
        ),
        takes=Takes.COUNTS,
        degenerate=_of_counts(_of_wilsons),
        gives={
            "no items": "not estimable: no items",
            "negative count": "ValueError: successes cannot be negative: -1",
            "half a count": "ValueError: successes must be a whole number, not 0.5",
            "more successes than trials": "ValueError: 6 successes in 5 trials",
            "none succeeded": "0 (-0.2775 to 0.2775)",
        },
    ),
)
