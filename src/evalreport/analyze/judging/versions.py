"""Versions of a judge in a sentence: a server names them, so they are short there, and few."""

from collections.abc import Mapping, Sequence
from typing import Final

_LONGEST: Final = 60
_MOST: Final = 3


def by_calls(versions: Mapping[str, int]) -> list[tuple[str, int]]:
    """Versions and how many calls each answered, the most first."""
    return sorted(versions.items(), key=lambda one: (-one[1], one[0]))


def cut(name: str) -> str:
    """A name of which no more than 60 characters are shown."""
    return name if len(name) <= _LONGEST else f"{name[:_LONGEST]}…"


def first_of(named: Sequence[str]) -> list[str]:
    """The first three, and how many more there are."""
    more = len(named) - _MOST
    return [*named[:_MOST], *([f"and {more} more"] if more > 0 else [])]
