"""Rows for tests of paired differences by their signs and by their signed ranks."""

import itertools

import numpy as np

from evalreport import stats
from tests.stats import second_opinion as other
from tests.stats.verified import Printed, Second, Takes, Verified, p_of
from tests.stats.verified.degenerate import of_clusters, of_scores

_MAIZE = [6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75]
_DEPRESSION = np.array([0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29]) - np.array(
    [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30]
)


def _short() -> list[np.ndarray]:
    """Short samples, with ties and zeros."""
    rng = np.random.default_rng(8)
    return [np.round(rng.normal(0.5, 1.2, size=n) * 2) / 2 for n in (3, 6, 9, 11)]


def _rng() -> np.random.Generator:
    return np.random.default_rng(0)


def _signs(d: np.ndarray) -> float:
    sums = [abs(float(np.dot(s, d))) for s in itertools.product((1, -1), repeat=len(d))]
    return float(np.mean(np.array(sums) >= abs(float(d.sum())) - 1e-9))


def _signed_ranks(d: np.ndarray) -> float:
    """Pratt's ranks by scipy's rankdata, and every pattern of signs."""
    ranks = other.stats.rankdata(np.abs(d))[d != 0]
    positive = float(ranks[d[d != 0] > 0].sum())
    sums = np.array([float(np.dot(s, ranks)) for s in itertools.product((0, 1), repeat=len(ranks))])
    p = 2 * min(float((sums <= positive + 1e-9).mean()), float((sums >= positive - 1e-9).mean()))
    return min(1.0, p)


def _walsh(d: np.ndarray) -> tuple[float, float, float]:
    """The listed averages, and the counts of rank sums by enumeration."""
    averages = sorted((d[i] + d[j]) / 2 for i in range(len(d)) for j in range(i, len(d)))
    ranks = np.arange(1, len(d) + 1)
    sums = np.array([np.dot(s, ranks) for s in itertools.product((0, 1), repeat=len(d))])
    inside = max(k for k in range(len(averages)) if (sums <= k).mean() <= 0.025)
    return float(np.median(averages)), averages[inside], averages[-1 - inside]


def _continuous() -> list[np.ndarray]:
    rng = np.random.default_rng(9)
    return [rng.normal(0.3, 1, size=n) for n in (6, 8, 11, 13)]


def _ranked(d: np.ndarray) -> tuple[float, float, float]:
    found = stats.hodges_lehmann(d, level=0.95)
    assert isinstance(found, stats.Estimate)
    return found.value, found.low, found.high


ROWS = (
    Verified(
        function=stats.sign_flip,
        source="Fisher (1935), The Design of Experiments, section 21",
        known=(
            Printed(
                "the same section: Darwin's maize, 1,726 of 32,768 arrangements",
                (1726 / 32768,),
                lambda: [p_of(stats.sign_flip(_MAIZE, draws=2**15, rng=_rng()))],
                1e-12,
            ),
        ),
        second=Second(
            "every sign pattern listed",
            lambda: (
                [p_of(stats.sign_flip(d, rng=_rng())) for d in _short()],
                [_signs(d) for d in _short()],
            ),
        ),
        takes=Takes.SCORES,
        degenerate={
            **of_scores(lambda x: stats.sign_flip(x, rng=_rng())),
            "nothing differs": lambda: stats.sign_flip(np.zeros(20), rng=_rng()),
            "no draws": lambda: stats.sign_flip([1.0, 2.0], draws=0, rng=_rng()),
        },
        gives={
            "no items": "not estimable: no items",
            "one item": "p = 1",
            "all equal": "p = 0.0001",
            "NaN": "ValueError: differences hold NaN or an infinity",
            "infinity": "ValueError: differences hold NaN or an infinity",
            "nothing differs": "p = 1",
            "no draws": "ValueError: at least one draw is needed",
        },
    ),
    Verified(
        function=stats.cluster_sign_flip,
        source="Fisher (1935), The Design of Experiments, section 21, on cluster sums",
        known=(
            Printed(
                "the same section: each difference as a cluster of its two halves",
                (1726 / 32768,),
                lambda: [
                    p_of(
                        stats.cluster_sign_flip(
                            np.repeat(_MAIZE, 2) / 2,
                            np.repeat(np.arange(15), 2),
                            draws=2**15,
                            rng=_rng(),
                        )
                    )
                ],
                1e-12,
            ),
        ),
        second=Second(
            "every sign pattern of the sums listed",
            lambda: (
                [
                    p_of(
                        stats.cluster_sign_flip(
                            np.concatenate((d, d / 4)), np.tile(np.arange(len(d)), 2), rng=_rng()
                        )
                    )
                    for d in _short()
                ],
                [_signs(1.25 * d) for d in _short()],
            ),
        ),
        takes=Takes.CLUSTERED_SCORES,
        degenerate=of_clusters(lambda d, g: stats.cluster_sign_flip(d, g, rng=_rng())),
        gives={
            "no items": "not estimable: no items",
            "one item": "p = 1",
            "one cluster": "p = 1",
            "all equal": "p = 0.001953",
            "NaN": "ValueError: differences hold NaN or an infinity",
            "infinity": "ValueError: differences hold NaN or an infinity",
        },
    ),
    Verified(
        function=stats.wilcoxon_signed_rank,
        source="Wilcoxon (1945), Biometrics Bulletin 1; Pratt (1959), JASA 54",
        known=(
            Printed(
                "the example of scipy.stats.wilcoxon: Darwin's maize",
                (0.041259765625,),
                lambda: [p_of(stats.wilcoxon_signed_rank(_MAIZE))],
                1e-12,
            ),
            Printed(
                "R 4, the example of wilcox.test, Hollander and Wolfe's depression data: the "
                "one-sided p, half of ours",
                (0.01953,),
                lambda: [p_of(stats.wilcoxon_signed_rank(_DEPRESSION)) / 2],
                5e-6,
            ),
        ),
        second=Second(
            "scipy's ranks, every sign pattern listed, ties and zeros",
            lambda: (
                [p_of(stats.wilcoxon_signed_rank(d)) for d in _short()],
                [_signed_ranks(d) for d in _short()],
            ),
        ),
        takes=Takes.SCORES,
        degenerate={
            **of_scores(stats.wilcoxon_signed_rank),
            "nothing differs": lambda: stats.wilcoxon_signed_rank(np.zeros(20)),
            "another name for zeros": lambda: stats.wilcoxon_signed_rank([1], zeros="split"),  # type: ignore[arg-type]  # that is the fault
        },
        gives={
            "no items": "not estimable: no items",
            "one item": "p = 1",
            "all equal": "p = 1.907e-06",
            "NaN": "ValueError: differences hold NaN or an infinity",
            "infinity": "ValueError: differences hold NaN or an infinity",
            "nothing differs": "p = 1",
            "another name for zeros": "ValueError: zeros are handled by wilcoxon or pratt, not 'split'",
        },
    ),
    Verified(
        function=stats.hodges_lehmann,
        source="Hodges and Lehmann (1963), Annals of Mathematical Statistics 34; Hollander and "
        "Wolfe (1999), sections 3.2 and 3.3",
        known=(
            Printed(
                "Hollander and Wolfe (1973), pages 40 and 53, as R quotes them, tests/reg-tests-1a.R: "
                "depression data",
                (-0.46, -0.786, -0.010),
                lambda: _ranked(_DEPRESSION),
                1e-9,
            ),
        ),
        second=Second(
            "every average listed, every rank sum counted",
            lambda: (
                [x for d in _continuous() for x in _ranked(d)],
                [x for d in _continuous() for x in _walsh(d)],
            ),
        ),
        takes=Takes.SCORES,
        degenerate={
            **of_scores(lambda x: stats.hodges_lehmann(x, level=0.95)),
            "five items": lambda: stats.hodges_lehmann([1, 2, 3, 4, 5], level=0.95),
            "mostly equal": lambda: stats.hodges_lehmann([0] * 40 + [1, 2, 3], level=0.95),
        },
        gives={
            "no items": "not estimable: no items",
            "one item": "0.5, no interval: only 1 item",
            "all equal": "0.25, no interval: ties leave no width",
            "NaN": "ValueError: differences hold NaN or an infinity",
            "infinity": "ValueError: differences hold NaN or an infinity",
            "five items": "3, no interval: only 5 items",
            "mostly equal": "0, no interval: ties leave no width",
        },
    ),
)
