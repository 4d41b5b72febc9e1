"""A finding's numbers as they read: alike in every table and in every sentence of a report."""

from collections.abc import Iterable

from evalreport.analyze.findings import Finding
from evalreport.estimates import Estimate, Estimated
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


def common_decimals(findings: Iterable[Finding]) -> int | None:
    """With how many decimals one metric is shown in a column: as its finest interval allows.

    The same value then reads the same in every row. None where each is best shown by itself.
    """
    told = [(one, decimals_of(one)) for one in findings]
    known = [(one, decimals) for one, decimals in told if decimals is not None]
    wide = [decimals for one, decimals in known if isinstance(one.difference, Estimate)]
    return max(wide or [decimals for _, decimals in known], default=None)


def marks_of(finding: Finding) -> tuple[float, ...]:
    """Declared bounds, on both sides: rounding must not move a number onto or across them."""
    bounds = (finding.gain_at_least, finding.lose_at_most)
    return tuple(sign * bound for bound in bounds if bound is not None for sign in (1, -1))


def shown_difference(
    finding: Finding,
    estimated: Estimated | None = None,
    key: str = "",
    *,
    decimals: int | None = None,
) -> ShownEstimate:
    """Its difference, or another one on its scale, such as that of one seed.

    Args:
        finding: Whose.
        estimated: Another one.
        key: Where it stands.
        decimals: As its column has them; None for those of its row.
    """
    return difference(
        finding.difference if estimated is None else estimated,
        measure_of(finding.metric, finding.unit),
        key,
        marks=marks_of(finding),
        decimals=decimals_of(finding) if decimals is None else decimals,
    )


def shown_value(
    finding: Finding, estimated: Estimated, key: str = "", *, decimals: int | None = None
) -> ShownEstimate:
    """The value of one of its arms; arguments as `shown_difference`."""
    measure = measure_of(finding.metric, finding.unit)
    own = decimals_of(finding) if decimals is None else decimals
    return estimate(estimated, measure, key, decimals=own)
