"""Several tests at once: p-values adjusted by Holm, or by Benjamini and Hochberg."""

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjusted p-values, in the given order: at most alpha means rejected, family-wise.

    Source: Holm (1979), Scandinavian Journal of Statistics 6(2).

    Raises:
        ValueError: A p-value is outside [0, 1].
    """
    order = _ascending(p_values)
    adjusted = [0.0] * len(p_values)
    reached = 0.0
    for rank, index in enumerate(order):
        reached = max(reached, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = reached
    return tuple(adjusted)


def benjamini_hochberg(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjusted p-values, in the given order: at most q keeps the false discovery rate at q.

    A screen, not a verdict. Source: Benjamini and Hochberg (1995), JRSS B 57(1).

    Raises:
        ValueError: A p-value is outside [0, 1].
    """
    order = _ascending(p_values)
    adjusted = [0.0] * len(p_values)
    reached = 1.0
    for rank, index in reversed(list(enumerate(order, start=1))):
        reached = min(reached, len(p_values) / rank * p_values[index])
        adjusted[index] = reached
    return tuple(adjusted)


def _ascending(p_values: Sequence[float]) -> list[int]:
    for p in p_values:
        if not 0 <= p <= 1:
            raise ValueError(f"a p-value lies in [0, 1], not {p}")
    return sorted(range(len(p_values)), key=lambda index: p_values[index])
