"""Names of columns in messages: the first few, and the nearest to a name that is wrong."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

_SHOWN: Final = 20


def listed(names: Iterable[str]) -> str:
    """Names for a message, the first 20 of them."""
    every = [*names]
    shown = ", ".join(f"`{name:.60}`" for name in every[:_SHOWN])
    more = len(every) - _SHOWN
    return f"{shown} and {more} more" if more > 0 else shown or "no fields"


def suggestion(name: str, names: Iterable[str]) -> str:
    """What a message adds when a name is wrong: the nearest name, and those that exist."""
    every = [*names]
    near = get_close_matches(name[:200], every, n=1)
    return (f"did you mean `{near[0]}`? " if near else "") + f"it has {listed(every)}"
