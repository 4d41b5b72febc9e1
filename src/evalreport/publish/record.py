"""What was published where and when: a line a publication, in `.evalreport/published.jsonl`.

It is written before the commit and again after it, so that files which a killed command brought
there are known as ours. It holds digests and no token.
"""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, Literal

from evalreport.errors import EvalReportError
from evalreport.publish.hub import RemoteFile
from evalreport.publish.model import PublishPlan
from evalreport.values import Value

NAME: Final = "published.jsonl"
_LARGE_BYTES: Final = 10_000_000  # above, the hub keeps files by SHA-256 alone


class FileRecord(Value):
    """A file as it was published."""

    sha256: str
    git_blob: str


class Published(Value):
    """One publication, begun or done."""

    version: Literal[1] = 1
    at: str
    endpoint: str
    repo: str
    state: Literal["begun", "done"]
    commit: str = ""
    name: str
    spec_digest: str
    files: dict[str, FileRecord]


class Record:
    """The publications of a working directory."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME

    def check(self) -> None:
        """Find out whether it can be written, before anything is done that it has to know of.

        Raises:
            EvalReportError: It cannot.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("ab"):
                pass
        except OSError as error:
            raise EvalReportError.because(
                f"what is published cannot be noted here ({error.strerror or error})",
                where=str(self._path),
                hint="make it writable: without it the next publication would take these files "
                "for somebody else's; nothing was sent",
            ) from error

    def add(self, one: Published) -> None:
        """Write a line; a line that was cut off before it stays one of its own.

        Raises:
            OSError: It cannot be written.
        """
        with self._path.open("a+b") as file:
            file.seek(0, os.SEEK_END)
            if file.tell():
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":
                    file.write(b"\n")
            file.write(one.model_dump_json().encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def of(self, endpoint: str, repo: str) -> tuple[Published, ...]:
        """All of one repository, oldest first; a line that was cut off is passed over."""
        found = (one for one in self._all() if (one.endpoint, one.repo) == (endpoint, repo))
        return tuple(found)

    def _all(self) -> Iterator[Published]:
        try:
            text = self._path.read_bytes().decode("utf-8", "replace")
        except OSError:
            return
        for line in text.splitlines():
            try:
                yield Published.model_validate(json.loads(line))
            except (ValueError, RecursionError):
                continue

    def is_ours(self, endpoint: str, repo: str, path: str, there: RemoteFile) -> bool:
        """Whether a file of a repository is one that was published from here."""
        return any(
            there.holds(sha256=file.sha256, git_blob=file.git_blob)
            for one in self.of(endpoint, repo)
            if (file := one.files.get(path)) is not None
        )


def file_records(plan: PublishPlan) -> Mapping[str, FileRecord]:
    """The digests of a plan's files."""
    return {
        one.path: FileRecord(
            sha256=one.sha256, git_blob=one.git_blob if one.size <= _LARGE_BYTES else ""
        )
        for one in plan.files
    }
