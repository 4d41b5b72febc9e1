"""How far a number may be off because of how it was written."""

from typing import Final

_MOST_DECIMALS: Final = 10


def half_unit(number: float) -> float:
    """Half a unit in the last decimal place that a number was written with; 0 where that is far."""
    shown = round(number, _MOST_DECIMALS)
    for decimals in range(_MOST_DECIMALS):
        if round(shown, decimals) == shown:
            return 0.5 * 10.0**-decimals
    return 0.0
