"""What is said of versions that cannot be read."""

from dataclasses import dataclass

from evalreport.history.kept import Unreadable


@dataclass(frozen=True, slots=True)
class LostRow:
    """A version that cannot be read, and why."""

    where: str
    commit: str
    reason: str
    told: str


def lost_row(one: Unreadable) -> LostRow:
    """What is said of a version that cannot be read."""
    commit = "lies here" if one.commit is None else f"{one.commit.short} of {one.commit.at[:10]}"
    return LostRow(one.where, commit, one.reason, one.told)
