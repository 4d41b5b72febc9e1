"""A finding's numbers as they read: alike in every table and in every sentence of a report."""

from evalreport.analyze.findings import Finding
from evalreport.estimates import Estimated
from evalreport.numbers import ShownEstimate, difference, estimate, measure_of, row_decimals


def decimals_of(finding: Finding) -> int | None:
    """With how many decimals its row is shown, and whatever is told of it."""
    return row_decimals(
        finding.tuned,
        finding.base,
        finding.difference,
        measure_of(finding.metric, finding.unit),
        marks_of(finding),
    )


def marks_of(finding: Finding) -> tuple[float, ...]:
    """Declared bounds, on both sides: rounding must not move a number onto or across them."""
    bounds = (finding.gain_at_least, finding.lose_at_most)
    return tuple(sign * bound for bound in bounds if bound is not None for sign in (1, -1))


def shown_difference(
    finding: Finding, estimated: Estimated | None = None, key: str = ""
) -> ShownEstimate:
    """Its difference, or another one on its scale, such as that of one seed."""
    return difference(
        finding.difference if estimated is None else estimated,
        measure_of(finding.metric, finding.unit),
        key,
        marks=marks_of(finding),
        decimals=decimals_of(finding),
    )


def shown_value(finding: Finding, estimated: Estimated, key: str = "") -> ShownEstimate:
    """The value of one of its arms."""
    measure = measure_of(finding.metric, finding.unit)
    return estimate(estimated, measure, key, decimals=decimals_of(finding))
