"""What a statistical procedure may say: a value with an interval, a bare value, or why neither.

Absence is a value here. There is no NaN, no None and no comfortable zero.
"""

from typing import TypeAlias, TypeGuard

from evalreport.values import Number, OpenFraction, Value


class Estimate(Value):
    """A value with a two-sided interval, all in the unit of the metric."""

    value: Number
    low: Number
    high: Number
    level: OpenFraction
    method: str

    def excludes(self, point: float) -> bool:
        """Whether the interval lies wholly on one side of a point."""
        return self.low > point or self.high < point


class Point(Value):
    """A value without an interval, and the reason why there is none."""

    value: Number
    no_interval: str


class NotEstimable(Value):
    """Neither value nor interval, and the reason."""

    not_estimable: str


Estimated: TypeAlias = Estimate | Point | NotEstimable


class Tested(Value):
    """The p-value of a two-sided test of no difference, and the name of the test."""

    p_value: Number
    test: str


def has_value(estimated: Estimated) -> TypeGuard[Estimate | Point]:
    """Whether there is a number to show."""
    return not isinstance(estimated, NotEstimable)
