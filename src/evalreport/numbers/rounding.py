"""Rounding that stays faithful: never onto or across a bound that matters, with real signs."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from math import isclose
from typing import Final

MINUS: Final = "\N{MINUS SIGN}"
MOST_DECIMALS: Final = 8
MOST_DIGITS: Final = 15  # before the point; a larger number is written with its power of ten


def faithful(number: Decimal, decimals: int, marks: Sequence[Decimal]) -> str:
    """The number with so many decimals, or more where fewer would move it onto or past a mark."""
    if number.adjusted() >= MOST_DIGITS:
        return _signed(f"{number:.3e}")
    places = places_needed(number, decimals, marks)
    if places is None:
        return _signed(f"{number:.2e}")
    return _signed(f"{number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):,f}")


def places_needed(number: Decimal, decimals: int, marks: Sequence[Decimal]) -> int | None:
    """How many decimals, from these on, keep a number on its side of the marks; None for none."""
    for places in range(decimals, decimals + MOST_DECIMALS):
        rounded = number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
        if all(_side(rounded, mark) == _side(number, mark) for mark in marks):
            return places
    return None


def _side(number: Decimal, mark: Decimal) -> int:
    """-1, 0 or 1: below, on or above a mark; arithmetic noise does not lift a number off it."""
    if isclose(number, mark, rel_tol=1e-12, abs_tol=1e-15):
        return 0
    return 1 if number > mark else -1


def _signed(digits: str) -> str:
    """Digits with a real minus sign, and none before zero."""
    if digits.startswith("-"):
        return MINUS + digits[1:] if any(c in "123456789" for c in digits) else digits[1:]
    return digits
