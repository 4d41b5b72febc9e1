"""Rows for what significance is worth: wrong signs and exaggeration, types S and M."""

from collections.abc import Callable, Sequence

from evalreport import stats
from tests.stats import second_opinion as other
from tests.stats.verified import Printed, Second, Takes, Verified
from tests.stats.verified.degenerate import of_numbers
from tests.stats.verified.power_solved import quantile


def _simulated(effect: float) -> Sequence[float]:
    """Type S and M by numerical integration over the significant estimates."""
    z = quantile(0.975)

    def part(low: float, high: float, of: Callable[[float], float]) -> float:
        value, _ = other.quad(
            lambda x: of(x) * float(other.stats.norm.pdf(x, effect)), low, high, epsabs=1e-13
        )
        return float(value)

    right, wrong = part(z, z + 12, lambda _: 1), part(-z - 12, -z, lambda _: 1)
    size = part(z, z + 12, abs) + part(-z - 12, -z, abs)
    return right + wrong, wrong / (right + wrong), size / (right + wrong) / effect


def _errors(effect: float, se: float) -> Sequence[float]:
    found = stats.design_errors(effect, se, alpha=0.05)
    return found.power, found.wrong_sign, found.exaggeration


ROWS = (
    Verified(
        function=stats.design_errors,
        source="Gelman and Carlin (2014), Perspectives on Psychological Science 9(6); Lu, Qiu and "
        "Deng (2019), BJMSP 72(1)",
        known=(
            Printed(
                "Gelman and Carlin (2014), beauty and sex ratio, effect 0.1, error 3.28: power, type S",
                (0.05, 0.46),
                lambda: _errors(0.1, 3.28)[:2],
                0.005,
            ),
            Printed("the same, type M", (77,), lambda: [_errors(0.1, 3.28)[2]], 0.5),
            Printed("the same, effect 1: type S", (0.19,), lambda: [_errors(1, 3.28)[1]], 0.005),
            Printed("the same, effect 1: type M", (8,), lambda: [_errors(1, 3.28)[2]], 0.5),
            Printed(
                "the same paper, effect 2, error 8.1: power and type S (its type M, 9.7, is of 10,000 "
                "draws; the closed form is 9.54)",
                (0.06, 0.24),
                lambda: _errors(2.0, 8.1)[:2],
                0.005,
            ),
        ),
        second=Second(
            "scipy quad over the significant estimates",
            lambda: (
                [x for e in (0.5, 1.0, 2.8) for x in _errors(e, 1)],
                [x for e in (0.5, 1.0, 2.8) for x in _simulated(e)],
            ),
            1e-7,
        ),
        takes=Takes.NUMBERS,
        degenerate=of_numbers(lambda x: stats.design_errors(x, 1, alpha=0.05), outside=0),
        gives={
            "NaN": "ValueError: effect and standard error must be positive, not nan and 1",
            "infinity": "ValueError: effect and standard error must be positive, not inf and 1",
            "out of range": "ValueError: effect and standard error must be positive, not 0 and 1",
        },
    ),
)
