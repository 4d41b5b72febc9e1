"""Committed: every version of some files that git keeps, read without a checkout.

One walk through the commits finds them, renames included; they are read one after the other.
Nothing of the repository's settings is run: no filter, no pager, no hook, no download.
"""

import os
import re
import subprocess
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Final

from evalreport.errors import DataError, Problem
from evalreport.lineage.git import open_git, run_git

_PIECE: Final = 1 << 16
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
class Wanted:
    """A file in a commit, and how much of it.

    Attributes:
        commit: The full name of the commit.
        path: Of the file in it.
        most: Bytes that it may have.
        is_first_line: Whether only that is read, and of a longer one its first `most` bytes.
    """

    commit: str
    path: str
    most: int
    is_first_line: bool = False


@dataclass(frozen=True, slots=True)
class TooLarge:
    """A file that was not read, with its size in bytes."""

    size: int


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
        return Path(os.path.realpath(path)).relative_to(self.root).as_posix()

    def versions(self, followed: Sequence[str]) -> list[Committed]:
        """Every version of some files, newest first, under whatever names they had.

        Args:
            followed: As they are called today. A version that a merge made itself is one, too.

        Raises:
            DataError: Git cannot read its commits.
        """
        if run_git(self.root, "rev-parse", "--verify", "--quiet", "HEAD").returncode:
            return []  # nothing is committed yet
        named = {f":(top,glob)**/{_literal(PurePosixPath(name).name)}" for name in followed}
        done = run_git(
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

    def contents(self, wanted: Iterable[Wanted]) -> Generator[bytes | TooLarge | None]:
        """What files hold in commits, in the order asked for; None where a commit has none.

        One is held at a time.

        Args:
            wanted: Which, and how much of each.

        Raises:
            DataError: Git ends before it was asked for all.
        """
        try:
            with ExitStack() as open_now:
                git = open_now.enter_context(open_git(self.root, "cat-file", "--batch"))
                for one in wanted:
                    try:
                        content = _content(git, one)
                    except EOFError:  # git ends at what it would have to download
                        content = None
                        open_now.close()
                        git = open_now.enter_context(open_git(self.root, "cat-file", "--batch"))
                    yield content
        except BrokenPipeError as error:
            hint = "look for damage with git fsck, or read only what lies here: --no-git"
            raise DataError(Problem(str(self.root), "git stopped half-way", hint)) from error


def _content(git: "subprocess.Popen[bytes]", one: Wanted) -> bytes | TooLarge | None:
    asked, said = git.stdin, git.stdout
    # A line break would end the question: nobody calls a folder of reports so.
    if asked is None or said is None or "\n" in one.path:
        return None
    asked.write(f"{one.commit}:{one.path}\n".encode("utf-8", "surrogateescape"))
    asked.flush()
    first = said.readline()
    if not first:
        raise EOFError
    head = first.split(b" ")
    if len(head) != len(("digest", "kind", "size")) or not head[2].strip().isdigit():
        return None  # missing
    size = int(head[2])
    content: bytes | TooLarge | None = None
    taken = 0
    if head[1] == b"blob" and one.is_first_line:
        content = said.readline(min(size, one.most)) if size else b""
        taken = len(content)
    elif head[1] == b"blob" and size > one.most:
        content = TooLarge(size)
    elif head[1] == b"blob":
        content = said.read(size)
        taken = size
    _pass_over(said, size - taken + 1)  # a line break ends each
    return content


def _pass_over(said: IO[bytes], count: int) -> None:
    while count > 0 and (some := said.read(min(count, _PIECE))):
        count -= len(some)


def repository_around(folder: Path) -> Repository | str:
    """The git repository in which a folder lies; or why its versions cannot be read."""
    asked = ("rev-parse", "--is-shallow-repository", "--show-toplevel")
    try:
        done = run_git(folder, *asked)
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
