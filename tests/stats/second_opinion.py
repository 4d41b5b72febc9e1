"""Second implementations: statsmodels behind types, and formulas written out another way."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, stats
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
    proportion_confint,
)

__all__ = [
    "adjusted",
    "clustered_ols",
    "exact_power",
    "fleiss",
    "kappa",
    "mcnemar_p",
    "proportion",
    "stats",
    "strengths",
    "t_items",
    "t_power",
    "tango_by_likelihood",
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


def tango_by_likelihood(better: int, worse: int, n: int, level: float) -> tuple[float, float]:
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
