"""The nearest right thing to a name that is wrong."""

from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import Final

_NEAR: Final = 0.66
_SHOWN: Final = 30


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant; None when none is near.

    Case, `-`, `_` and spaces do not count; a name that begins with what was written is near.
    """
    wanted = _bare(name[:100])
    best: tuple[float, str] | None = None
    for other in known:
        bare = _bare(other)
        if bare == wanted:
            return other
        ratio = SequenceMatcher(None, wanted, bare).ratio()
        if min(len(wanted), len(bare)) >= 3 and (
            bare.startswith(wanted) or wanted.startswith(bare)
        ):
            ratio = max(ratio, _NEAR)
        if ratio >= _NEAR and (best is None or ratio > best[0]):
            best = (ratio, other)
    return best[1] if best else None


def did_you_mean(name: str, known: Iterable[str], *, what: str = "known") -> str:
    """What to do about a wrong name: the nearest, else all that there are.

    Args:
        name: As it was written.
        known: The names that would be right.
        what: What the known ones are called, such as `layers`.
    """
    names = list(known)
    near = nearest(name, names)
    if near is not None:
        return f"did you mean {near}?"
    return f"{what}: {listed(names)}" if names else ""


def listed(names: Iterable[str]) -> str:
    """Names in one line, at most 30 of them."""
    every = list(names)
    more = len(every) - _SHOWN
    return ", ".join(every[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _bare(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "").replace(" ", "")
