"""Committed: every version of some files that git keeps, read without a checkout.

One walk through the commits finds them, renames included, and few child processes read them all.
Nothing of the repository's settings is run: no filter, no pager, no hook, no download.
"""

import io
import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Final

from evalreport.errors import DataError, Problem

_GIT: Final = ("git", "--no-pager", "--no-optional-locks", "-c", "core.fsmonitor=false")
_QUIET: Final = {"GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
_AT_ONCE: Final = 96  # files that one child process is asked for, and that are held at once
_MARK: Final = "\x01"  # begins a commit in what git log says; no path can hold it unquoted


@dataclass(frozen=True, slots=True, order=True)
class Commit:
    """A commit, by when it was made.

    Attributes:
        at: When, in UTC, to the second.
        hash: Its full name.
        short: As git shortens it in this repository.
    """

    at: str
    hash: str
    short: str


@dataclass(frozen=True, slots=True)
class Committed:
    """One version of a file.

    Attributes:
        followed: The file as it is called today, in the repository.
        path: As it was called in that commit.
        commit: Which brought it.
    """

    followed: str
    path: str
    commit: Commit


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository around a folder.

    Attributes:
        root: Its work tree.
        is_shallow: Whether older commits are not here.
    """

    root: Path
    is_shallow: bool

    def name_of(self, path: Path) -> str:
        """A path of this machine as the repository calls it."""
        return path.resolve().relative_to(self.root).as_posix()

    def versions(self, followed: Sequence[str]) -> list[Committed]:
        """Every version of some files, newest first, under whatever names they had.

        Args:
            followed: As they are called today. A version that a merge made itself is one, too.

        Raises:
            DataError: Git cannot read its commits.
        """
        if _git(self.root, "rev-parse", "--verify", "--quiet", "HEAD").returncode:
            return []  # nothing is committed yet
        named = {f":(top,glob)**/{_literal(PurePosixPath(name).name)}" for name in followed}
        done = _git(
            self.root,
            *("log", "--date-order", "--full-history", "--diff-merges=first-parent"),
            *("--no-show-signature", "--no-textconv", "--no-ext-diff"),
            *("--raw", "-M", "-l0", "-z", f"--format={_MARK}%H %h %ct", "--"),
            *sorted(named),
        )
        if done.returncode:
            what = f"git cannot read its commits: {_first_line(done.stderr)}"
            raise DataError(
                Problem(
                    str(self.root),
                    what,
                    "look for damage with git fsck, or read only what lies here: --no-git",
                )
            )
        return [*_followed(done.stdout.decode("utf-8", "surrogateescape"), followed)]

    def contents(self, wanted: Iterable[tuple[str, str]]) -> Iterator[bytes | None]:
        """What files hold in commits, in the order asked for; None where a commit has none.

        Args:
            wanted: Full names of commits, and paths in them.
        """
        names = iter(f"{commit}:{path}" for commit, path in wanted)
        while some := [*islice(names, _AT_ONCE)]:
            yield from self._contents(some)

    def _contents(self, names: Sequence[str]) -> Iterator[bytes | None]:
        # A line break would end the question: nobody calls a folder of reports so.
        asked = [name for name in names if "\n" not in name]
        lines = "".join(f"{name}\n" for name in asked).encode("utf-8", "surrogateescape")
        said = io.BytesIO(_git(self.root, "cat-file", "--batch", given=lines).stdout)
        for name in names:
            head = said.readline().split(b" ") if "\n" not in name else []
            if len(head) != len(("digest", "kind", "size")) or not head[2].strip().isdigit():
                yield None  # missing
                continue
            content = said.read(int(head[2]))
            said.read(1)
            yield content if head[1] == b"blob" else None


def repository_around(folder: Path) -> Repository | str:
    """The git repository in which a folder lies; or why its versions cannot be read."""
    asked = ("rev-parse", "--is-shallow-repository", "--show-toplevel")
    try:
        done = _git(folder, *asked)
    except OSError:
        return "git cannot be run here"
    if done.returncode:
        said = _first_line(done.stderr)
        if "not a git repository" in said:
            return "it lies in no git repository"
        return f"git does not read this repository: {said}"
    shallow, _, root = done.stdout.decode("utf-8", "surrogateescape").strip().partition("\n")
    if not root:
        return "it lies in a repository without a work tree"
    return Repository(Path(root).resolve(), shallow == "true")


def _git(folder: Path, *arguments: str, given: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [*_GIT, *arguments],
        cwd=folder,
        env={**os.environ, **_QUIET},
        input=given,
        capture_output=True,
        check=False,
    )


def _first_line(said: bytes) -> str:
    return said.decode("utf-8", "replace").strip().split("\n")[0].removeprefix("fatal: ")


def _literal(name: str) -> str:
    """A file's name as a pattern that matches it alone."""
    return re.sub(r"([*?\[\]\\])", r"\\\1", name)


def _followed(said: str, followed: Sequence[str]) -> Iterator[Committed]:
    """The versions in what git log says, which goes back from the newest commit."""
    called = {name: name for name in followed}  # today's name by the name at that time
    commit: Commit | None = None
    parts = iter(said.split("\0"))
    for part in parts:
        text = part.lstrip("\n")
        if text.startswith(_MARK):
            commit = _commit(text[1:])
        elif text.startswith(":") and commit is not None:
            *_, new, status = text.split(" ")
            before = next(parts)
            path = next(parts) if status.startswith("R") else before
            today = called.get(path)
            if today is None:
                continue
            if new.strip("0"):  # else it was removed
                yield Committed(today, path, commit)
            if path != before:  # a rename: further back it is known by the name that it had
                del called[path]
                called.setdefault(before, today)


def _commit(text: str) -> Commit:
    full, short, seconds = text.split(" ")
    at = datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Commit(at, full, short)
