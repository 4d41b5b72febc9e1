"""Normal, Student t, beta and binomial distributions from the standard library alone.

A plan must start in half a second and scipy.special alone takes a quarter of one, so the one
special function that everything here needs, the regularised incomplete beta function, is written
out: the continued fraction of Didonato and Morris (1992), "Algorithm 708", ACM TOMS 18(3), in the
form evaluated by Lentz's method (Press et al., Numerical Recipes, 3rd ed., section 6.4), with the
factor in front of it computed so that it keeps its digits for large arguments.
"""

import math
from functools import lru_cache
from statistics import NormalDist

from evalreport.stats.roots import crossing

_STANDARD = NormalDist()
_TINY = 1e-300
_PRECISION = 1e-16
_STIRLING_FROM = 10.0
_NEAR_NORMAL_DF = 1e4


def normal_cdf(x: float) -> float:
    """P(Z <= x) of a standard normal Z, with full relative accuracy in the lower tail."""
    return 0.5 * math.erfc(-x / math.sqrt(2))


def normal_density(x: float) -> float:
    """The standard normal density."""
    return math.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)


def normal_quantile(p: float) -> float:
    """The x with P(Z <= x) = p (Wichura 1988, AS 241, as the standard library has it).

    Raises:
        ValueError: p is not strictly between 0 and 1.
    """
    return _STANDARD.inv_cdf(_probability(p))


def two_sided_z(level: float) -> float:
    """The half-width, in standard errors, of a two-sided normal interval: 1.96 for 0.95."""
    return -normal_quantile((1 - _probability(level)) / 2)


def two_sided_t(level: float, df: float) -> float:
    """The half-width, in standard errors, of a two-sided t interval with df degrees of freedom."""
    return -t_quantile((1 - _probability(level)) / 2, df)


def t_two_sided_p(t: float, df: float) -> float:
    """P(|T| >= |t|) of Student's t: I_x(df/2, 1/2) at x = df / (df + t²).

    Raises:
        ValueError: df is not positive, or t is NaN.
    """
    _check_df(df)
    if math.isnan(t):
        raise ValueError("t is NaN")
    if math.isinf(t):
        return 0.0
    if math.isinf(df):
        return math.erfc(abs(t) / math.sqrt(2))
    ratio = t * t / df
    if df > _NEAR_NORMAL_DF:
        return _hill_two_sided_p(ratio, df)
    return _incomplete_beta(df / 2, 0.5, 1 / (1 + ratio), ratio / (1 + ratio))


def t_cdf(t: float, df: float) -> float:
    """P(T <= t) of Student's t with df degrees of freedom, whole or not."""
    tail = t_two_sided_p(t, df) / 2
    return tail if t <= 0 else 1 - tail


@lru_cache(maxsize=4096)
def t_quantile(p: float, df: float) -> float:
    """The t with P(T <= t) = p, by Newton steps on the cdf inside a shrinking bracket.

    Raises:
        ValueError: p is not strictly between 0 and 1, or df is not positive.
    """
    _probability(p)
    _check_df(df)
    if p > 0.5:
        return -t_quantile(1 - p, df)
    if p == 0.5:
        return 0.0
    if math.isinf(df):
        return normal_quantile(p)
    if df == 1:
        return -1 / math.tan(math.pi * p)
    log_scale = _log_t_scale(df)
    low, high = 0.0, math.inf
    t = max(-normal_quantile(p), 1e-3)
    for _ in range(200):
        tail = t_two_sided_p(t, df) / 2
        low, high = (t, high) if tail > p else (low, t)
        density = math.exp(log_scale - (df + 1) / 2 * math.log1p(t * t / df))
        # A Newton step on log(tail), which is close to straight where the tail itself is not.
        step = tail * math.log(tail / p) / density if density > 0 and tail > 0 else math.inf
        proposed = t + step
        if abs(step) <= 1e-14 * t:
            return -proposed
        if not low < proposed < high:
            proposed = 2 * t if math.isinf(high) else low + (high - low) / 2
        t = proposed
    return -t


@lru_cache(maxsize=4096)
def beta_quantile(p: float, a: float, b: float) -> float:
    """The x in [0, 1] with I_x(a, b) = p.

    Raises:
        ValueError: p is not strictly between 0 and 1, or a or b is not positive.
    """
    _probability(p)
    return crossing(lambda x: incomplete_beta(a, b, x) - p, 0.0, 1.0)


def binomial_cdf(successes: int, trials: int, rate: float) -> float:
    """P(X <= successes) of X ~ Binomial(trials, rate)."""
    if successes < 0:
        return 0.0
    if successes >= trials:
        return 1.0
    return incomplete_beta(trials - successes, successes + 1, 1 - rate)


def binomial_pmf(successes: int, trials: int, rate: float) -> float:
    """P(X = successes) of X ~ Binomial(trials, rate)."""
    if not 0 <= successes <= trials:
        return 0.0
    if rate in {0.0, 1.0}:
        return float(successes == trials * rate)
    # Binomial(n, k) = 1 / ((n + 1) B(k + 1, n - k + 1)), with the powers kept together.
    factor = _power_factor(successes + 1, trials - successes + 1, rate, 1 - rate)
    return factor / ((trials + 1) * rate * (1 - rate))


def incomplete_beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function I_x(a, b).

    Raises:
        ValueError: a or b is not positive, or x is outside [0, 1].
    """
    if not (a > 0 and b > 0 and 0 <= x <= 1):
        raise ValueError(f"I_x(a, b) needs a, b > 0 and x in [0, 1], not {(x, a, b)}")
    return _incomplete_beta(a, b, x, 1 - x)


def _incomplete_beta(a: float, b: float, x: float, y: float) -> float:
    """I_x(a, b) with y = 1 - x given, so that neither tail loses digits."""
    if x <= 0 or y <= 0:
        return 0.0 if x <= 0 else 1.0
    if x < (a + 1) / (a + b + 2):
        return _power_factor(a, b, x, y) * _fraction(a, b, x) / a
    return 1 - _power_factor(b, a, y, x) * _fraction(b, a, y) / b


def _fraction(a: float, b: float, x: float) -> float:
    """The continued fraction of I_x(a, b) / (x^a (1-x)^b / (a B(a, b))), by Lentz's method."""
    c = 1.0
    d = 1 - (a + b) * x / (a + 1)
    d = 1 / (d if abs(d) > _TINY else _TINY)
    value = d
    # About sqrt(max(a, b)) terms are needed; the limit is far above that.
    for m in range(1, 200 + 20 * math.isqrt(int(max(a, b)) + 1)):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        change = 1.0
        for term in (even, odd):
            d = 1 + term * d
            d = 1 / (d if abs(d) > _TINY else _TINY)
            c = 1 + term / c
            c = c if abs(c) > _TINY else _TINY
            change = c * d
            value *= change
        if abs(change - 1) < _PRECISION:
            break
    return value


def _power_factor(a: float, b: float, x: float, y: float) -> float:
    """x^a y^b / B(a, b), with x + y = 1."""
    scale, exponent = _factor_parts(a, b, x, y)
    return scale * math.exp(exponent) if exponent > -745 else 0.0


def log_power_factor(a: float, b: float, x: float, y: float) -> float:
    """Log of x^a y^b / B(a, b), with x + y = 1: a beta density times x y."""
    scale, exponent = _factor_parts(a, b, x, y)
    return math.log(scale) + exponent


def _factor_parts(a: float, b: float, x: float, y: float) -> tuple[float, float]:
    """A factor and an exponent of x^a y^b / B(a, b).

    Large arguments are taken relative to the mode a / (a + b), where the huge logarithms that
    would cancel do so before they are computed.
    """
    if min(a, b) < _STIRLING_FROM:
        return 1.0, a * _log(x, y) + b * _log(y, x) - _log_beta(a, b)
    total = a + b
    lead = (x * b - y * a) / total  # x - a/(a+b)
    exponent = a * _log1p_ratio(x, a / total, lead) + b * _log1p_ratio(y, b / total, -lead)
    exponent += _stirling(total) - _stirling(a) - _stirling(b)
    return math.sqrt(a / total * b / (2 * math.pi)), exponent


def _log(x: float, complement: float) -> float:
    return math.log(x) if x < 0.5 else math.log1p(-complement)


def _log1p_ratio(x: float, at: float, difference: float) -> float:
    """log(x / at), through the difference where the two are close."""
    return math.log1p(difference / at) if abs(difference) < 0.5 * at else math.log(x / at)


def _stirling(x: float) -> float:
    """What Stirling's formula lacks of log Gamma(x), for x >= 10 to the last digit."""
    inverse = 1 / (x * x)
    series = -691 / 360360 * inverse + 1 / 1188
    series = -1 / 1680 + inverse * series
    series = 1 / 1260 + inverse * series
    return (1 / 12 + inverse * (-1 / 360 + inverse * series)) / x


def _log_beta(a: float, b: float) -> float:
    """Log B(a, b) where the smaller argument is below 10."""
    small, large = min(a, b), max(a, b)
    if large < _STIRLING_FROM:
        return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
    # lgamma(large) - lgamma(small + large) without subtracting two huge numbers
    difference = small - (large - 0.5) * math.log1p(small / large)
    difference += _stirling(large) - _stirling(small + large) - small * math.log(small + large)
    return math.lgamma(small) + difference


def _hill_two_sided_p(ratio: float, df: float) -> float:
    """P(|T| >= t) for large df from ratio = t²/df: Hill (1970), Algorithm 395, CACM 13(10).

    The next term of the expansion is below 1e-13 of the result for df > 10,000 and |t| < 8.
    """
    shifted = df - 0.5
    z_squared = shifted * math.log1p(ratio)
    z = math.sqrt(z_squared) * (1 + (z_squared + 3) / (48 * shifted * shifted))
    return math.erfc(z / math.sqrt(2))


def _log_t_scale(df: float) -> float:
    """Log of the t density's constant: 1 / (sqrt(df) B(df/2, 1/2))."""
    return -0.5 * math.log(df) - _log_beta(df / 2, 0.5)


def _probability(p: float) -> float:
    if not 0 < p < 1:
        raise ValueError(f"a probability strictly between 0 and 1 is needed, not {p}")
    return float(p)


def _check_df(df: float) -> None:
    if not df > 0:
        raise ValueError(f"degrees of freedom must be positive, not {df}")
