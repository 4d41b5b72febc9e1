"""Blind: who stands first, in which order items come, which of them a check takes; all by hash.

A hash of the seed and the item decides, so that added rows change nothing of the others and a
rebuild asks the same.
"""

from collections.abc import Iterable

from evalreport.digest import digest_of


def candidate_first(seed: int, item: str, pair: tuple[str, str], run: int | None) -> bool:
    """Whether the candidate's answer stands first where an item is shown in one order.

    Args:
        seed: Of the layer.
        item: The item's id.
        pair: Candidate and reference.
        run: Training seed of the candidate.
    """
    return int(digest_of("slot", seed, item, [*pair], run)[:8], 16) % 2 == 0


def shuffled(seed: int, items: Iterable[str], what: str = "order") -> tuple[str, ...]:
    """Items in an order that says nothing about them; `what` tells one draw from another."""
    return tuple(sorted(items, key=lambda item: digest_of(what, seed, item)))
