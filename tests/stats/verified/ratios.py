"""Rows for ratios of sums."""

import itertools
import math
from collections.abc import Callable, Sequence

import numpy as np

from evalreport import stats
from evalreport.stats.arguments import FloatArray
from tests.stats.second_opinion import cr2_by_matrices, widened_by_root
from tests.stats.second_opinion import stats as scipy_stats
from tests.stats.verified import Computed, Printed, Second, Takes, Verified, ends, p_of, value_of
from tests.stats.verified.corpora import DARWIN, rng

_CITIES_1920 = (138, 93, 61, 179, 48, 37, 29, 23, 30, 2)
_CITIES_1930 = (143, 104, 69, 260, 75, 63, 50, 48, 111, 50)


def _texts(seed: int, n: int) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Losses and tokens of two arms with different tokenizers on the same texts."""
    generator = rng(seed)
    tokens = generator.integers(5, 90, size=n).astype(np.float64)
    other = np.round(tokens * generator.uniform(0.8, 1.2, size=n)) + 1
    hard = generator.normal(2, 0.4, size=n)
    return (
        tokens * (hard + generator.normal(0, 0.3, size=n)),
        tokens,
        other * (hard + generator.normal(0.1, 0.3, size=n)),
        other,
    )


def _delta(columns: Sequence[FloatArray], signs: Sequence[int], groups: int | None) -> list[float]:
    """Ratios and their covariances by the delta method, on cluster totals, t(G - 1)."""
    table = np.stack(columns)
    if groups is not None:
        codes = np.arange(table.shape[1]) % groups
        table = np.stack([table[:, codes == g].sum(axis=1) for g in range(groups)], axis=1)
    g = table.shape[1]
    totals, covariance = table.sum(axis=1), g * np.cov(table)
    gradient, value = np.zeros(len(columns)), 0.0
    for arm, sign in enumerate(signs):
        top, bottom = totals[2 * arm], totals[2 * arm + 1]
        value += sign * top / bottom
        gradient[2 * arm], gradient[2 * arm + 1] = sign / bottom, -sign * top / bottom**2
    half = scipy_stats.t.ppf(0.975, g - 1) * math.sqrt(gradient @ covariance @ gradient)
    return [float(value - half), float(value + half)]


def _ratio_second() -> tuple[Sequence[float], Sequence[float]]:
    ours: list[float] = []
    theirs: list[float] = []
    for seed, n, groups in ((1, 12, None), (2, 60, None), (3, 60, 7), (4, 200, 30)):
        a, m, _, _ = _texts(seed, n)
        codes = None if groups is None else np.arange(n) % groups
        ours += ends(stats.ratio(a, m, codes, level=0.95))
        spread = cr2_by_matrices(a / m, np.arange(n) if codes is None else codes, m)
        theirs += widened_by_root(a.sum() / m.sum(), *spread, 0.95)
    # With documents of equal size it is the delta method, and t(G - 1).
    a, _, _, _ = _texts(5, 60)
    m = np.full(60, 7.0)
    ours += ends(stats.ratio(a, m, np.arange(60) % 12, level=0.95, skewness=False))
    theirs += _delta((a, m), (1,), 12)
    return ours, theirs


def _difference_second() -> tuple[Sequence[float], Sequence[float]]:
    ours: list[float] = []
    theirs: list[float] = []
    for seed, n, groups in ((5, 12, None), (6, 60, None), (7, 60, 7), (8, 200, 30)):
        a, m, b, k = _texts(seed, n)
        codes = None if groups is None else np.arange(n) % groups
        ours += ends(stats.ratio_difference(a, m, b, k, codes, level=0.95))
        one, other = a.sum() / m.sum(), b.sum() / k.sum()
        shares = m / m.sum() + k / k.sum()
        errors = (a - one * m) / m.sum() - (b - other * k) / k.sum()
        units = np.arange(n) if codes is None else codes
        spread = cr2_by_matrices(2 * errors / shares, units, shares)
        theirs += widened_by_root(one - other, *spread, 0.95)
    a, _, b, _ = _texts(9, 60)
    m = np.full(60, 7.0)
    ours += ends(stats.ratio_difference(a, m, b, m, np.arange(60) % 12, level=0.95, skewness=False))
    theirs += _delta((a, m, b, m), (1, -1), 12)
    return ours, theirs


def _flip_second() -> tuple[Sequence[float], Sequence[float]]:
    ours: list[float] = []
    theirs: list[float] = []
    for seed, n in ((9, 6), (10, 8), (11, 10)):
        a, m, b, k = _texts(seed, n)
        gaps = []
        for swap in itertools.product((False, True), repeat=n):
            s = np.array(swap)
            one = np.where(s, b, a).sum() / np.where(s, k, m).sum()
            gaps.append(abs(one - np.where(s, a, b).sum() / np.where(s, m, k).sum()))
        theirs.append(float(np.mean(np.array(gaps) >= gaps[0] - 1e-12)))
        ours.append(p_of(stats.ratio_sign_flip(a, m, b, k, None, rng=rng())))
    return ours, theirs


def _one(x: Sequence[float], clusters: Sequence[int] | None = None) -> object:
    return stats.ratio(x, [1 + k % 3 for k in range(len(x))], clusters, level=0.95)


def _two(x: Sequence[float], clusters: Sequence[int] | None = None) -> object:
    ones = [1.0] * len(x)
    return stats.ratio_difference(x, ones, [0.5] * len(x), ones, clusters, level=0.95)


def _flipped(x: Sequence[float], clusters: Sequence[int] | None = None) -> object:
    ones = [1.0] * len(x)
    return stats.ratio_sign_flip(x, ones, [0.5] * len(x), ones, clusters, rng=rng())


def _degenerate(call: Callable[..., object]) -> dict[str, Callable[[], object]]:
    return {
        "no items": lambda: call([]),
        "one item": lambda: call([0.5]),
        "one cluster": lambda: call([0.5, 0.25] * 10, [0] * 20),
        "all equal": lambda: call([0.5] * 20),
        "NaN": lambda: call([0.5] * 19 + [math.nan]),
        "infinity": lambda: call([0.5] * 19 + [math.inf]),
    }


ROWS = (
    Verified(
        function=stats.ratio,
        source="Cochran (1977), Sampling Techniques, section 6.4; Bell and McCaffrey (2002); Hall "
        "(1992), JRSS B 54(1)",
        known=(
            Printed(
                'R package boot, the example of boot(city, ratio, R = 999, stype = "w"): original',
                (1.520313,),
                lambda: [value_of(stats.ratio(_CITIES_1930, _CITIES_1920, None, level=0.95))],
                5.1e-7,  # 973/640 = 1.5203125 lies halfway between two of its prints
            ),
        ),
        second=Second(
            "the whole matrices of a weighted mean and the root of Hall's cubic; with documents of "
            "equal size the delta method on cluster totals",
            _ratio_second,
        ),
        takes=Takes.CLUSTERED_SCORES,
        degenerate=_degenerate(_one),
        gives={
            "no items": "not estimable: the denominators sum to 0",
            "one item": "0.5, no interval: only 1 item",
            "one cluster": "0.1923, no interval: only 1 group",
            "all equal": "0.2564 (0.2022 to 0.3092)",
            "NaN": "ValueError: numerators hold NaN or an infinity",
            "infinity": "ValueError: numerators hold NaN or an infinity",
        },
    ),
    Verified(
        function=stats.ratio_difference,
        source="Cochran (1977), Sampling Techniques, section 6.4; contributions subtracted",
        known=(
            Computed(
                "scipy 1.17.1 ttest_1samp, Darwin's maize at equal denominators",
                (0.031193318392979563, 41.83547334827369),
                lambda: ends(
                    stats.ratio_difference(
                        DARWIN, [1] * 15, [0] * 15, [1] * 15, None, level=0.95, skewness=False
                    )
                ),
                5e-9,
            ),
        ),
        second=Second(
            "the whole matrices of a weighted mean and the root of Hall's cubic; with documents of "
            "equal size the delta method on cluster totals",
            _difference_second,
        ),
        takes=Takes.CLUSTERED_SCORES,
        degenerate=_degenerate(_two),
        gives={
            "no items": "not estimable: the denominators sum to 0",
            "one item": "0, no interval: only 1 item",
            "one cluster": "-0.125, no interval: only 1 group",
            "all equal": "0, no interval: no items differ",
            "NaN": "ValueError: numerators hold NaN or an infinity",
            "infinity": "ValueError: numerators hold NaN or an infinity",
        },
    ),
    Verified(
        function=stats.ratio_sign_flip,
        source="Noreen (1989), arms exchanged document by document",
        known=(
            Printed(
                "Fisher (1935), The Design of Experiments, section 21: Darwin's maize, both tails",
                (2 * 863 / 32768,),
                lambda: [
                    p_of(
                        stats.ratio_sign_flip(
                            DARWIN, [1] * 15, [0] * 15, [1] * 15, None, draws=32767, rng=rng()
                        )
                    )
                ],
                1e-12,
            ),
        ),
        second=Second("every swap of the arms, one by one", _flip_second),
        takes=Takes.CLUSTERED_SCORES,
        degenerate=_degenerate(_flipped),
        gives={
            "no items": "not estimable: the denominators sum to 0",
            "one item": "p = 1",
            "one cluster": "p = 1",
            "all equal": "p = 1",
            "NaN": "ValueError: numerators hold NaN or an infinity",
            "infinity": "ValueError: numerators hold NaN or an infinity",
        },
    ),
)
