"""What a significant result from a weak study is worth: wrong signs and exaggeration."""

import math

from evalreport.stats.arguments import LARGEST, check_level
from evalreport.stats.quantiles import normal_cdf, normal_density, normal_quantile
from evalreport.values import Fraction, Number, Value


class DesignErrors(Value):
    """What significance would mean if the true effect were as assumed.

    Attributes:
        power: Probability of a significant result.
        wrong_sign: Type S error: share of the significant results with the wrong sign.
        exaggeration: Type M error: mean size of the significant estimates over the true effect.
    """

    power: Fraction
    wrong_sign: Fraction
    exaggeration: Number


def design_errors(effect: float, se: float, *, alpha: float) -> DesignErrors:
    """Power, Type S and Type M errors of a normal estimate, in closed form.

    Source: Gelman and Carlin (2014), Perspectives on Psychological Science 9(6); the closed form
    of Lu, Qiu and Deng (2019), British Journal of Mathematical and Statistical Psychology 72(1).

    Args:
        effect: The true effect, positive, declared and never the observed one.
        se: Standard error of the estimate, positive.
        alpha: Two-sided size, such as 0.05.

    Raises:
        ValueError: An argument outside its range, or two so far apart that their quotient is
            beyond 1e100 either way.
    """
    if not (0 < effect < math.inf and 0 < se < math.inf):
        raise ValueError(f"effect and standard error must be positive, not {effect} and {se}")
    z = -normal_quantile(check_level(alpha) / 2)
    shift = effect / se
    if not 1 / LARGEST <= shift <= LARGEST:
        raise ValueError(f"an effect of {effect} is too far from a standard error of {se}")
    right, wrong = normal_cdf(shift - z), normal_cdf(-shift - z)
    power = right + wrong
    significant = normal_density(shift + z) + normal_density(shift - z) + shift * (right - wrong)
    return DesignErrors(
        power=min(1.0, power),
        wrong_sign=wrong / power,
        exaggeration=significant / (shift * power),
    )
