"""What leaves, what stays, and where each number stands: the plan of a publication."""

from dataclasses import dataclass, field
from pathlib import Path

from evalreport.digest import digest_file, digest_git_blob, digest_text
from evalreport.report.placing import Listed

README, SPEC = "README.md", "spec.yaml"


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """One file of the commit: its text, or the file on this machine whose bytes leave unchanged.

    `origin` says where it comes from, `why` what it is there for.
    """

    path: str
    content: str | Path = field(repr=False)
    origin: str
    why: str
    size: int
    sha256: str

    @property
    def bytes(self) -> bytes:
        """All of it.

        Raises:
            OSError: The file on this machine cannot be read.
        """
        if isinstance(self.content, Path):
            return self.content.read_bytes()
        return self.content.encode("utf-8")

    @property
    def git_blob(self) -> str:
        """What git calls this content where it is stored as it is."""
        return digest_git_blob(self.bytes)


def text_file(path: str, text: str, *, origin: str, why: str) -> PlannedFile:
    """A file that is made here."""
    size = len(text.encode("utf-8"))
    return PlannedFile(path, text, origin, why, size=size, sha256=digest_text(text))


def copied_file(path: str, source: Path, *, origin: str, why: str) -> PlannedFile:
    """A file that leaves byte for byte.

    Raises:
        OSError: It cannot be read.
    """
    size, sha256 = source.stat().st_size, digest_file(source)
    return PlannedFile(path, source, origin, why, size=size, sha256=sha256)


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
