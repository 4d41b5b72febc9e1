"""Exact numbers to text: what comes out of a sum that somebody claims."""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import Final

from evalreport.numbers.rounding import MINUS, MOST_DIGITS

_DIGITS: Final = 4
_PRECISE: Final = Context(prec=120)


def exact_text(number: Fraction, decimals: int = 0) -> str:
    """A number with so many decimals, more where that leaves fewer than four digits: `2.149`.

    Zeros at its end are not written, and a number that goes on says so by nothing: it is rounded.

    Args:
        number: As it was computed.
        decimals: To be shown where there are so many.
    """
    exact = _PRECISE.divide(Decimal(number.numerator), Decimal(number.denominator))
    if exact and abs(exact.adjusted()) >= MOST_DIGITS:
        return _signed(f"{exact:.3e}")
    places = max(decimals, _DIGITS - 1 - exact.adjusted()) if exact else 0
    rounded = exact.quantize(Decimal(1).scaleb(-max(0, places)), ROUND_HALF_EVEN, _PRECISE)
    whole, _, parts = f"{rounded:,f}".partition(".")
    parts = parts.rstrip("0")
    return _signed(f"{whole}.{parts}" if parts else whole)


def _signed(digits: str) -> str:
    return MINUS + digits[1:] if digits.startswith("-") else digits
