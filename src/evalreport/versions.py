"""Versions of what is kept in files: which one is read here, and how an older one becomes it.

A format is of one version at a time. What is newer than this program is never read in part; what
is older is brought up to date by steps from one version to the next, each a pure function.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Generic, TypeVar

from evalreport import __version__
from evalreport.errors import Problem, printable
from evalreport.values import Json

T = TypeVar("T")

UPGRADE: Final = "upgrade evalreport, from where you installed it"
_LONGEST_SHOWN: Final = 60


class Standing(StrEnum):
    """How the version of a file stands to the one that is read here."""

    CURRENT = "current"
    OLDER = "older"
    NEWER = "newer"
    MISSING = "missing"
    NO_VERSION = "no_version"


@dataclass(frozen=True, slots=True)
class Format:
    """A format of files, each of which says its version under a key.

    Attributes:
        name: In a sentence, with its article: `the spec language`.
        key: What holds the version.
        current: The version that this program writes, and the only one that it reads.
        no_file: What a file without a version is not, such as `a report`.
        hint: What to do about a file that is none.
        older: What to do about an older one; `{path}` stands for the file. Empty for `migrate`.
    """

    name: str
    key: str
    current: int
    no_file: str
    hint: str
    older: str = ""

    def standing(self, content: Json) -> Standing:
        """How the version in a file stands to the current one.

        Args:
            content: What the file holds.
        """
        if not isinstance(content, Mapping) or self.key not in content:
            return Standing.MISSING
        found = content[self.key]
        if isinstance(found, bool) or not isinstance(found, int) or found < 1:
            return Standing.NO_VERSION
        if found == self.current:
            return Standing.CURRENT
        return Standing.OLDER if found < self.current else Standing.NEWER

    def problem(self, content: Json, path: object, *, where: str = "") -> Problem | None:
        """What is wrong with the version in a file; None when it is the current one.

        Args:
            content: What the file holds.
            path: The file, as it was named.
            where: The place in it; left out, the file and the key.
        """
        standing = self.standing(content)
        found = content.get(self.key) if isinstance(content, dict) else None
        place = where or f"{path}: {self.key}"
        reads = f"evalreport {__version__} reads version {self.current}"
        match standing:
            case Standing.CURRENT:
                return None
            case Standing.MISSING:
                what = f"it is no {self.no_file}: `{self.key}`, the version of {self.name}, is "
                return Problem(where or str(path), f"{what}missing", self.hint)
            case Standing.NO_VERSION:
                shown = printable(str(found))[:_LONGEST_SHOWN]
                what = f"{shown} is no version of {self.name}: versions are whole numbers from 1"
                return Problem(place, f"{what}, and {reads}", self.hint)
            case Standing.NEWER:
                return Problem(place, f"it is of version {found} of {self.name}; {reads}", UPGRADE)
            case Standing.OLDER:
                hint = self.older or "`evalreport migrate {path}` shows what it would change"
                what = f"it is of version {found} of {self.name}; {reads}"
                return Problem(place, what, hint.format(path=path))


# Bringing up to date


class CannotMigrate(Exception):
    """A step meets something that it cannot carry over; the text says what, and what to do."""


@dataclass(frozen=True, slots=True)
class Migration(Generic[T]):
    """One step of a format.

    Attributes:
        start: The version that it takes.
        to: The version that it gives. The same as `start` where files were written before that
            version was released, in a form that it no longer has.
        what: What it changes, in words.
        apply: Gives the content as it should be; what it was given where nothing is to be changed.
            It leaves the version alone, and raises CannotMigrate.
    """

    start: int
    to: int
    what: str
    apply: Callable[[T], T]


@dataclass(frozen=True, slots=True)
class Migrated(Generic[T]):
    """What came of it.

    Attributes:
        content: Of the current version.
        changes: What was changed, in words; empty when it was of the current version and form.
    """

    content: T
    changes: tuple[str, ...] = field(default=())


def migrate(
    content: T,
    version: int,
    table: Sequence[Migration[T]],
    with_version: Callable[[T, int], T],
) -> Migrated[T]:
    """Take every step from a version on, in the order of the table.

    Args:
        content: Of that version.
        version: The version.
        table: All steps of a format, by the version that they take.
        with_version: Writes another version into a content.

    Raises:
        CannotMigrate: A step says so.
    """
    changes: list[str] = []
    for step in table:
        if step.start != version:
            continue
        after = step.apply(content)
        if step.to != version:
            after, version = with_version(after, step.to), step.to
        if after != content:
            changes.append(step.what)
        content = after
    return Migrated(content, tuple(changes))
