"""Where an increasing function crosses zero, by halving: slow, exact and without surprises."""

from collections.abc import Callable

_RELATIVE = 4e-16
_ABSOLUTE = 1e-300


def crossing(
    function: Callable[[float], float],
    low: float,
    high: float,
    *,
    tolerance: float = 0.0,
    near: tuple[float, float] | None = None,
) -> float:
    """The point of [low, high] at which an increasing function turns from below 0 to above.

    The ends are never evaluated, so a function may be degenerate there; one that does not change
    sign gives the end next to which it is nearest to zero.

    Args:
        function: Increasing on the open interval.
        low: Left end.
        high: Right end.
        tolerance: Width of the final bracket; 0 goes on to the resolution of a float.
        near: Between which points it should lie. Where it does, only there the function is looked
            at, and the answer is the same; where it does not, two looks were for nothing.
    """
    below, above = low, high  # the function is negative up to here, and from there on it is not
    for point in near or ():
        if low < point < high:
            if function(point) < 0:
                below = max(below, point)
            else:
                above = min(above, point)
    while high - low > max(tolerance, _RELATIVE * max(abs(low), abs(high)), _ABSOLUTE):
        middle = low + (high - low) / 2
        if not low < middle < high:
            break
        if middle <= below or (middle < above and function(middle) < 0):
            low = middle
        else:
            high = middle
    return low + (high - low) / 2
