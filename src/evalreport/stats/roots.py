"""Where an increasing function crosses zero, by halving: slow, exact and without surprises."""

from collections.abc import Callable

_RELATIVE = 4e-16
_ABSOLUTE = 1e-300


def crossing(
    function: Callable[[float], float], low: float, high: float, *, tolerance: float = 0.0
) -> float:
    """The point of [low, high] at which an increasing function turns from below 0 to above.

    The ends are never evaluated, so a function may be degenerate there; one that does not change
    sign gives the end next to which it is nearest to zero.

    Args:
        function: Increasing on the open interval.
        low: Left end.
        high: Right end.
        tolerance: Width of the final bracket; 0 goes on to the resolution of a float.
    """
    while high - low > max(tolerance, _RELATIVE * max(abs(low), abs(high)), _ABSOLUTE):
        middle = low + (high - low) / 2
        if not low < middle < high:
            break
        if function(middle) < 0:
            low = middle
        else:
            high = middle
    return low + (high - low) / 2
