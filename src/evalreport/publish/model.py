"""What leaves, what stays, and where each number stands: the plan of a publication."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

from evalreport.digest import digest_bytes, digest_file, digest_git_blob
from evalreport.report.placing import Listed

README, SPEC = "README.md", "spec.yaml"
_HELD_BYTES: Final = 32 << 20  # a larger file is not held in memory

State: TypeAlias = tuple[int, ...]
"""Which file lies at a path, and when it was last changed in any way."""


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """One file of the commit: its bytes, or the large file on this machine that holds them.

    `origin` says where it comes from, `why` what it is there for. `state` is that of a large file
    before it was read for the first time.
    """

    path: str
    content: bytes | Path = field(repr=False)
    origin: str
    why: str
    size: int
    sha256: str
    state: State = field(default=(), repr=False)

    @property
    def bytes(self) -> bytes:
        """All of it.

        Raises:
            OSError: The file on this machine cannot be read.
        """
        return self.content.read_bytes() if isinstance(self.content, Path) else self.content

    @property
    def git_blob(self) -> str:
        """What git calls this content where it is stored as it is."""
        return digest_git_blob(self.bytes)

    @property
    def is_as_it_was(self) -> bool:
        """Whether what would be read now is what was read for the plan, search for keys and all."""
        return not isinstance(self.content, Path) or state_of(self.content) == self.state


def state_of(path: Path) -> State:
    """What changes with every change of a file.

    Raises:
        OSError: It cannot be looked at.
    """
    found = path.stat()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def text_file(path: str, text: str, *, origin: str, why: str) -> PlannedFile:
    """A file that is made here of text."""
    return made_file(path, text.encode("utf-8"), origin=origin, why=why)


def made_file(path: str, content: bytes, *, origin: str, why: str) -> PlannedFile:
    """A file that is made here, or is held from now on."""
    return PlannedFile(path, content, origin, why, size=len(content), sha256=digest_bytes(content))


def copied_file(
    path: str, source: Path, *, origin: str, why: str, held_bytes: int = _HELD_BYTES
) -> PlannedFile:
    """A file that leaves byte for byte.

    Args:
        path: In the repository.
        source: On this machine.
        origin: Where it comes from, in words.
        why: What it is there for.
        held_bytes: A larger file is not held, and must still be the same when it is sent.

    Raises:
        OSError: It cannot be read.
    """
    state = state_of(source)
    if source.stat().st_size <= held_bytes:
        return made_file(path, source.read_bytes(), origin=origin, why=why)
    sha256 = digest_file(source)
    return PlannedFile(
        path, source, origin, why, size=source.stat().st_size, sha256=sha256, state=state
    )


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that stays on this machine, and why."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class PublishPlan:
    """Everything that one commit would hold, and what was decided on the way.

    Attributes:
        name: Of the report.
        repo: `org/name` on the hub.
        private: Whether a repository that has to be made is private.
        verdict: Outcome and strength, as the report has them.
        ships: Which weights leave, or why none do.
        examples: The most that leaves of test rows.
        files: Sorted by path.
        numbers: Where each declared number stands.
        left_out: What stays, and why.
        changed: What is not as it stands in the report's folder, and why.
        look_at: What leaves and may say more than was meant.
        says_private: Whether the spec itself says `private: true`, and not the default alone.
        trained_on: Datasets of the hub that the card's metadata names.
    """

    name: str
    repo: str
    private: bool
    verdict: str
    ships: str
    examples: str
    files: tuple[PlannedFile, ...]
    numbers: tuple[Listed, ...]
    left_out: tuple[LeftOut, ...]
    changed: tuple[str, ...]
    look_at: tuple[str, ...] = ()
    says_private: bool = False
    trained_on: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Of all files, in bytes."""
        return sum(one.size for one in self.files)

    def file(self, path: str) -> PlannedFile:
        """The file of a path.

        Raises:
            KeyError: The plan has none.
        """
        return {one.path: one for one in self.files}[path]
