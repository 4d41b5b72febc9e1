"""Names that files give, as text in which nothing of the file can do anything."""

import re
from collections.abc import Iterable
from typing import Final

_ABSOLUTE: Final = re.compile(r"(/|~|\\\\|[A-Za-z]:[/\\])")
_LONGEST: Final = 60
_MOST: Final = 8


def shown_name(name: str) -> str:
    """A name without control characters and line breaks, cut where it is long."""
    plain = without_controls(name[: _LONGEST * 4])
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 3]}..."


def without_controls(text: str) -> str:
    """A text on one line without control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def without_folders(name: str) -> str:
    """A name that is a place on somebody's disk without the folders, which are nobody's business.

    What is no absolute path stays as it is: `org/model` is a name.
    """
    is_path = _ABSOLUTE.match(name) is not None
    last = re.split(r"[/\\]", name.rstrip("/\\"))[-1]
    return last if is_path and last else name


def listed(names: Iterable[str]) -> str:
    """Several names, quoted, the first of them and how many more there are."""
    every = list(names)
    shown = [f'"{shown_name(name)}"' for name in every[:_MOST]]
    more = f" and {len(every) - _MOST} more" if len(every) > _MOST else ""
    return ", ".join(shown) + more
