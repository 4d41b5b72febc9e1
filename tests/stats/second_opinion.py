"""Second implementations: statsmodels behind types, and formulas written out another way."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, stats
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import betaln
from statsmodels.genmod.families import Binomial  # type: ignore[import-untyped]  # ships no types
from statsmodels.genmod.generalized_linear_model import (  # type: ignore[import-untyped]  # ships no types
    GLM,
)
from statsmodels.regression.linear_model import OLS  # type: ignore[import-untyped]  # ships no types
from statsmodels.stats.contingency_tables import (  # type: ignore[import-untyped]  # ships no types
    mcnemar,
)
from statsmodels.stats.inter_rater import (  # type: ignore[import-untyped]  # ships no types
    cohens_kappa,
    fleiss_kappa,
)
from statsmodels.stats.multitest import (  # type: ignore[import-untyped]  # ships no types
    multipletests,
)
from statsmodels.stats.power import TTestPower  # type: ignore[import-untyped]  # ships no types
from statsmodels.stats.proportion import (  # type: ignore[import-untyped]  # ships no types
    confint_proportions_2indep,
    power_proportions_2indep,
    proportion_confint,
)
from statsmodels.stats.weightstats import DescrStatsW  # type: ignore[import-untyped]  # ships no types

__all__ = [
    "GLM",
    "Binomial",
    "adjusted",
    "betaln",
    "brentq",
    "clustered_ols",
    "cochran",
    "cr2_by_matrices",
    "equivalence_p",
    "exact_power",
    "fleiss",
    "independent_difference",
    "kappa",
    "mcnemar_p",
    "proportion",
    "quad",
    "stats",
    "strengths",
    "t_items",
    "t_power",
    "t_power_one_sided",
    "t_solved",
    "tango_by_likelihood",
    "two_rates_power_by_statsmodels",
    "widened_by_root",
    "widened_mean",
]

FloatArray = NDArray[np.float64]


def proportion(successes: int, trials: int, level: float, method: str) -> tuple[float, float]:
    """`proportion_confint`: wilson or beta."""
    low, high = proportion_confint(successes, trials, alpha=1 - level, method=method)
    return float(low), float(high)


def mcnemar_p(better: int, worse: int) -> float:
    """Exact McNemar by statsmodels."""
    return float(mcnemar([[1, better], [worse, 1]], exact=True).pvalue)


def adjusted(p_values: Sequence[float], method: str) -> list[float]:
    """`multipletests`: holm or fdr_bh."""
    return [float(p) for p in multipletests(p_values, method=method)[1]]


def clustered_ols(x: ArrayLike, groups: ArrayLike, level: float) -> tuple[float, float, float]:
    """Mean and interval of a regression on a constant, CR1 errors, t with G - 1."""
    values = np.asarray(x, dtype=np.float64)
    fit = OLS(values, np.ones(len(values))).fit(
        cov_type="cluster", cov_kwds={"groups": np.asarray(groups)}, use_t=True
    )
    low, high = fit.conf_int(alpha=1 - level)[0]
    return float(fit.params[0]), float(low), float(high)


def t_power(effect: float, n: int, alpha: float) -> float:
    """Power of the two-sided one-sample t test."""
    return float(TTestPower().power(effect, n, alpha))


def t_items(effect: float, power: float, alpha: float) -> float:
    """Real-valued n of the two-sided one-sample t test."""
    return float(np.squeeze(TTestPower().solve_power(effect, power=power, alpha=alpha)))


def tango_by_likelihood(better: float, worse: float, n: float, level: float) -> tuple[float, float]:
    """Tango's interval with the nuisance parameter found by maximising the likelihood itself."""
    z = float(stats.norm.ppf((1 + level) / 2))

    def statistic(difference: float) -> float:
        """The score statistic, from a numerical constrained maximum."""
        low, high = max(0.0, -difference), (1 - difference) / 2

        def negative_log_likelihood(share_worse: float) -> float:
            share_better = share_worse + difference
            rest = 1 - share_worse - share_better
            terms = ((better, share_better), (worse, share_worse), (n - better - worse, rest))
            return -sum(k * math.log(max(p, 1e-300)) for k, p in terms if k)

        best = optimize.minimize_scalar(
            negative_log_likelihood, bounds=(low, high), method="bounded", options={"xatol": 1e-13}
        )
        variance = n * (2 * float(best.x) + difference - difference**2)
        return (better - worse - n * difference) / math.sqrt(max(variance, 1e-300))

    net = (better - worse) / n
    edge = 1e-9
    low = -1.0 if net == -1 else optimize.brentq(lambda d: statistic(d) - z, -1 + edge, net - edge)
    high = 1.0 if net == 1 else optimize.brentq(lambda d: statistic(d) + z, net + edge, 1 - edge)
    return float(low), float(high)


def exact_power(n: int, disagreement: float, effect: float, alpha: float) -> float:
    """Power of exact McNemar, by scipy's binomial over every count of differing items."""
    m = np.arange(n + 1)
    k = stats.binom.ppf(alpha / 2, m, 0.5)
    k = np.where(2 * stats.binom.cdf(k, m, 0.5) <= alpha, k, k - 1)
    better = (disagreement + effect) / (2 * disagreement)
    rejects = stats.binom.cdf(k, m, better) + stats.binom.sf(m - k - 1, m, better)
    return float((stats.binom.pmf(m, n, disagreement) * rejects).sum())


def cr2_by_matrices(
    x: ArrayLike, codes: ArrayLike, sizes: ArrayLike | None = None
) -> tuple[float, float, float]:
    """Standard error, degrees of freedom and skewness of a weighted mean, by the whole matrices.

    A regression on a constant with weights; clusters' blocks of I - H are put to the power -1/2 by
    their eigenvalues, and Satterthwaite's degrees of freedom take items of a cluster as copies.

    Args:
        x: Values, shape (n,).
        codes: Cluster of each.
        sizes: Weights of the mean.
    """
    values, labels = np.asarray(x, dtype=np.float64), np.asarray(codes)
    n = len(values)
    b = np.ones(n) if sizes is None else np.asarray(sizes, dtype=np.float64)
    share = b / b.sum()
    root = np.sqrt(share)
    hat = np.outer(root, root)  # of the weighted problem, whose constant is the root
    annihilator = np.eye(n) - hat
    contrast = np.zeros((0, n))
    for label in np.unique(labels):
        own = np.flatnonzero(labels == label)
        eigenvalues, vectors = np.linalg.eigh(annihilator[np.ix_(own, own)])
        adjust = vectors @ np.diag(np.clip(eigenvalues, 1e-12, None) ** -0.5) @ vectors.T
        row = (root[own] @ adjust) @ annihilator[own]
        contrast = np.vstack((contrast, row))
    mean = float(share @ values)
    sums = contrast @ (root * (values - mean))
    same = labels[:, None] == labels[None, :]
    working = np.where(same, np.outer(root, root), 0.0)
    middle = contrast @ working @ contrast.T
    df = float(np.trace(middle)) ** 2 / float(np.trace(middle @ middle))
    variance = float((sums**2).sum())
    return math.sqrt(variance), df, float((sums**3).sum()) / variance**1.5


def widened_by_root(
    value: float, se: float, df: float, skew: float, level: float
) -> tuple[float, float]:
    """Both ends: the wider of t and of Hall's cubic, solved for its root."""
    t = float(stats.t.ppf((1 + level) / 2, df))
    k = float(np.clip(skew, -0.9 / t, 0.9 / t))

    def root(quantile: float) -> float:
        def cubic(x: float) -> float:
            return x + k * x**2 / 3 + k**2 * x**3 / 27 + k / 6 - quantile

        return float(optimize.brentq(cubic, -100, 100, xtol=1e-13))

    return value - se * max(t, root(t)), value + se * max(t, -root(-t))


def independent_difference(a: int, n: int, b: int, m: int, level: float) -> tuple[float, float]:
    """`confint_proportions_2indep`, Newcombe's interval."""
    low, high = confint_proportions_2indep(
        a, n, b, m, compare="diff", method="newcomb", alpha=1 - level
    )
    return float(low), float(high)


def two_rates_power_by_statsmodels(n: int, reference: float, candidate: float) -> float:
    """`power_proportions_2indep` at alpha 0.05, which counts the wrong tail in."""
    return float(power_proportions_2indep(candidate - reference, reference, n, alpha=0.05).power)


def equivalence_p(d: ArrayLike, margin: float) -> tuple[float, float]:
    """`DescrStatsW.ttost_mean`: p-values against a loss and a gain of the margin."""
    _, below, above = DescrStatsW(np.asarray(d, dtype=np.float64)).ttost_mean(-margin, margin)
    return float(below[1]), float(above[1])


def t_power_one_sided(effect: float, n: int, alpha: float) -> float:
    """Power of the one-sided one-sample t test."""
    return float(TTestPower().power(effect, n, alpha, alternative="larger"))


def t_solved(power: float, alpha: float, n: int, alternative: str) -> float:
    """The effect, in standard deviations, that a one-sample t test finds with this power."""
    return float(
        np.squeeze(
            TTestPower().solve_power(nobs=n, power=power, alpha=alpha, alternative=alternative)
        )
    )


def widened_mean(
    x: ArrayLike, codes: ArrayLike | None = None, level: float = 0.95
) -> tuple[float, float]:
    """The interval of a mean by the whole matrices and the root of Hall's cubic."""
    values = np.asarray(x, dtype=np.float64)
    labels = np.arange(len(values)) if codes is None else codes
    return widened_by_root(float(values.mean()), *cr2_by_matrices(values, labels), level)


def kappa(table: ArrayLike, weights: str | None) -> tuple[float, float]:
    """Cohen's kappa of a table of counts and its standard error (Fleiss, Cohen and Everitt)."""
    found = cohens_kappa(np.asarray(table), wt=weights)
    return float(found.kappa), float(found.std_kappa)


def fleiss(counts: ArrayLike) -> float:
    """Fleiss' kappa of how often each item got each label."""
    return float(fleiss_kappa(np.asarray(counts)))


def strengths(wins: ArrayLike) -> list[float]:
    """Bradley-Terry log-odds against the last system, by binomial regression on each pair."""
    table = np.asarray(wins, dtype=np.float64)
    k = len(table)
    rows, counts = [], []
    for i in range(k):
        for j in range(i):
            rows.append([float(i == c) - float(j == c) for c in range(k - 1)])
            counts.append([table[i, j], table[j, i]])
    fit = GLM(np.array(counts), np.array(rows), family=Binomial()).fit(tol=1e-12, maxiter=200)
    return [float(value) for value in fit.params]


def cochran(a: float, df_a: float, b: float, df_b: float) -> float:
    """Degrees of freedom at which t is Cochran's t' of two variances, at 95 %."""
    t = [float(stats.t.ppf(0.975, df)) for df in (df_a, df_b)]
    wanted = (a * t[0] + b * t[1]) / (a + b)
    ends = sorted((df_a, df_b))

    def above(df: float) -> float:
        return float(stats.t.ppf(0.975, df)) - wanted

    return float(optimize.brentq(above, ends[0], ends[1], xtol=1e-12))
