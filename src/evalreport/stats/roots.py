"""Where an increasing function crosses zero: a bracket that halves, and secants where they help."""

import math
from collections.abc import Callable

_RELATIVE = 4e-16
_ABSOLUTE = 1e-300
_PATIENCE = 3


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
    sign gives the end next to which it is nearest to zero. The bracket always holds the crossing;
    it is cut where the secant through its ends is 0 (the Illinois method: Dowell and Jarratt 1971,
    BIT 11(2), 168-174), and in the middle whenever three cuts have not halved it.

    Args:
        function: Increasing on the open interval.
        low: Left end.
        high: Right end.
        tolerance: Width of the final bracket; 0 goes on to the resolution of a float.
        near: Between which points it should lie. Where it does, only there the function is looked
            at; where it does not, two looks were for nothing.
    """
    below = above = math.nan  # values at the ends of the bracket, once they are known
    for point in near or ():
        if low < point < high:
            value = function(point)
            low, below, high, above = (
                (point, value, high, above) if value < 0 else (low, below, point, value)
            )
    halved, since, side = high - low, 0, 0
    while high - low > (least := _least(low, high, tolerance)):
        middle = low + (high - low) / 2
        if not low < middle < high:
            break
        at = middle
        if since < _PATIENCE and math.isfinite(below) and math.isfinite(above) and below < above:
            at = low + (high - low) * (below / (below - above))
            # Not so near to an end that the bracket could not close from the other side.
            at = min(max(at, low + least / 2), high - least / 2)
            at = at if low < at < high else middle
        value = function(at)
        # An end that stays twice is pulled in, or secants would never move it.
        if value < 0:
            low, below = at, value
            above, side = above / 2 if side < 0 else above, -1
        else:
            high, above = at, value
            below, side = below / 2 if side > 0 else below, 1
        if high - low <= halved / 2:
            halved, since = high - low, 0
        else:
            since = 0 if since >= _PATIENCE else since + 1
    return low + (high - low) / 2


def _least(low: float, high: float, tolerance: float) -> float:
    """The width at which a bracket is narrow enough."""
    return max(tolerance, _RELATIVE * max(abs(low), abs(high)), _ABSOLUTE)
