"""Paths on the command line of an audit: missing ones, and what was probably meant."""

from pathlib import Path

from evalreport.errors import DataError, Problem
from evalreport.spec.nearest import nearest

_FROM_HERE = "a path is relative to the folder in which the command runs"


def refuse_missing(path: Path) -> None:
    """Refuse a path at which nothing stands.

    Raises:
        DataError: Nothing stands there; says what does that is called nearly so.
    """
    try:
        is_there = path.exists()
    except OSError:  # too long for one, as reading it says
        return
    if not is_there:
        raise DataError(Problem(str(path), "there is no such file or folder", nearby(path)))


def nearby(path: Path) -> str:
    """What to do about a missing path: the nearest name in its folder, if there is one."""
    try:
        names = sorted(entry.name for entry in path.parent.iterdir())
    except OSError:
        return f"the folder {path.parent} is not there either; {_FROM_HERE}"
    near = nearest(path.name, names)
    return _FROM_HERE if near is None else f"did you mean {path.parent / near}?"
