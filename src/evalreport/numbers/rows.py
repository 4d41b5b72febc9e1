"""With how many decimals a row reads: a difference, and the two values that it is between."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from evalreport.estimates import Estimate, Estimated, NotEstimable, Point
from evalreport.numbers.measures import (
    POINT_DIGITS,
    Measure,
    Scale,
    displayed,
    free_decimals,
    width_decimals,
)
from evalreport.numbers.rounding import places_needed

_BEYOND: Final = 1  # decimals that a row may have beyond what the width of its difference allows


def row_decimals(
    candidate: Estimated,
    reference: Estimated,
    difference: Estimated,
    measure: Measure,
    marks: Sequence[float] = (),
) -> int | None:
    """So many decimals for all numbers of a row; None where each is best shown by itself.

    As the width of the difference's interval allows; one more where a number would be rounded onto
    a bound, or where two whole numbers would not give the difference, which a reader would take for
    an error.

    Args:
        candidate: Its value.
        reference: Its value.
        difference: The first less the second.
        measure: How they read; a ratio is no difference of what stands beside it.
        marks: Bounds of the difference, in raw units.
    """
    known = [one for one in (candidate, reference, difference) if not isinstance(one, NotEstimable)]
    if measure.scale is Scale.RATIO or not known:
        return None
    wide = [one for one in known if isinstance(one, Estimate) and one.high > one.low]
    if not wide:
        return _of_points([one.value for one in known], measure)
    if not isinstance(difference, Estimate) or difference.high <= difference.low:
        return max(width_decimals(one, measure) for one in wide)
    decimals = own = width_decimals(difference, measure)
    shown_marks = [displayed(mark, measure) for mark in (*marks, 0.0)]
    for number in (difference.value, difference.low, difference.high):
        needed = places_needed(displayed(number, measure), decimals, shown_marks)
        if needed is not None and needed <= own + _BEYOND:
            decimals = max(decimals, needed)
    if decimals == 0 and not _adds_up(candidate, reference, difference, measure):
        return 1
    return decimals


def _of_points(values: Sequence[float], measure: Measure) -> int:
    """Four digits of the largest, without zeros at the end of all."""
    largest = max(displayed(value, measure).adjusted() if value else 0 for value in values)
    most = max(free_decimals(value, measure) for value in values)
    return min(max(0, POINT_DIGITS - 1 - largest), most)


def _adds_up(
    candidate: Estimated,
    reference: Estimated,
    difference: Estimate | Point,
    measure: Measure,
) -> bool:
    """Whether the values as whole numbers give the difference as one."""
    if isinstance(candidate, NotEstimable) or isinstance(reference, NotEstimable):
        return True

    def rounded(value: float) -> Decimal:
        return displayed(value, measure).quantize(Decimal(1), ROUND_HALF_UP)

    return rounded(candidate.value) - rounded(reference.value) == rounded(difference.value)
