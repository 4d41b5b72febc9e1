"""What the rows for planning share: where power reaches 0.8, by plain search; normal quantiles."""

from collections.abc import Callable

from tests.stats import second_opinion as other


def number(value: object) -> float:
    """A number; fails where there is none."""
    assert isinstance(value, int | float)
    return float(value)


def first_settled(power: Callable[[int], float], start: int, end: int) -> int:
    """The item number from which on power is at least 0.8, by looking at every one."""
    return max(n for n in range(start, end) if power(n) < 0.8) + 1


def root(power: Callable[[float], float], low: float, high: float) -> float:
    return float(other.brentq(lambda x: power(x) - 0.8, low, high, xtol=1e-9))


def quantile(p: float) -> float:
    return float(other.stats.norm.ppf(p))
