"""Places: where a build's files are, on disk or in a commit of git, by what a user calls it."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final, TypeAlias

from evalreport.errors import DataError, Problem, printable
from evalreport.lineage.git import run_git
from evalreport.lineage.named import not_a_build
from evalreport.report.files import JSON, read_regular, report_folder
from evalreport.spec.load import load_spec, spec_of_text

_NAME_IT: Final = (
    "name the folder of a report, its report.json, a spec that was built, or REV:PATH of git"
)
_SPECS: Final = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class OnDisk:
    """A folder of this machine.

    Attributes:
        folder: Where the report and what belongs to it stand.
        name: How the report's file is called.
    """

    folder: Path
    name: str = JSON

    def shown(self, name: str) -> str:
        """How a file is called in a complaint."""
        return str(self.folder / name)

    def read(self, name: str) -> bytes | None:
        """What a file holds; None where there is none.

        Raises:
            DataError: It cannot be read.
        """
        try:
            return read_regular(self.folder / name)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            what = f"it cannot be read: {error.strerror}"
            raise DataError(Problem(self.shown(name), what, _NAME_IT)) from error


@dataclass(frozen=True, slots=True)
class InGit:
    """A folder in a commit; nothing is checked out.

    Attributes:
        rev: As the user named the commit.
        commit: Its full name.
        folder: In the repository, as git writes it.
        name: How the report's file is called.
    """

    rev: str
    commit: str
    folder: str
    name: str = JSON

    def shown(self, name: str) -> str:
        """How a file is called in a complaint."""
        return f"{self.rev}:{_below(self.folder, name)}"

    def read(self, name: str) -> bytes | None:
        """What a file holds; None where there is none.

        Raises:
            DataError: Git cannot say.
        """
        return _blob(self.commit, _below(self.folder, name))


@dataclass(frozen=True, slots=True)
class Read:
    """Files that were read already, such as many versions at once.

    Attributes:
        where: The folder that they stand in, as a command names it.
        files: What they hold, by name.
        name: How the report's file is called.
    """

    where: str
    files: Mapping[str, bytes]
    name: str = JSON

    def shown(self, name: str) -> str:
        """How a file is called in a complaint."""
        return f"{self.where}/{name}"

    def read(self, name: str) -> bytes | None:
        """What a file holds; None where there is none."""
        return self.files.get(name)


Place: TypeAlias = OnDisk | InGit | Read


def find_build(named: str) -> Place:
    """Where the build is that a user names.

    A path that exists is one; else `REV:PATH` names a path in a commit of the repository around
    the working directory.

    Args:
        named: A folder, a report.json, a spec that was built, or one of these after `REV:`.

    Raises:
        DataError: There is no such place, no report in it, or neither spec nor report.
        SpecError: It is a spec, and not right.
    """
    path = Path(named)
    problem = not_a_build(path) if _exists(path) else None
    if problem is not None:
        raise DataError(problem)
    rev, colon, inside = named.partition(":")
    if colon and rev and not _exists(path):
        return _in_git(rev, inside)
    if not _exists(path):
        raise DataError(Problem(printable(named), "there is no such file or folder", _NAME_IT))
    if path.is_dir():
        place = OnDisk(path)
    elif path.suffix in _SPECS:
        place = OnDisk(report_folder(path, load_spec(path).spec.name))
        if not (place.folder / JSON).exists():
            what = "this spec has no report yet"
            raise DataError(Problem(place.shown(JSON), what, f"evalreport build {path}"))
    else:
        place = OnDisk(path.parent, path.name)
    return place


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # too long a name, or one with a null byte
        return False


def _in_git(rev: str, inside: str) -> InGit:
    """The place that `REV:PATH` names."""
    named = f"{rev}:{inside}"
    found = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{rev}^{{commit}}")
    if found is None:
        what = f"there is no such file or folder, and git knows no commit {printable(rev)} here"
        hint = _NAME_IT
        if _git("rev-parse", "--git-dir") is None:
            what += f", since it opens no repository around {printable(str(Path.cwd()))}"
            hint = "run it inside the repository whose commit you mean, or name a folder on disk"
        raise DataError(Problem(printable(named), what, hint))
    commit = found.decode().strip()
    path = inside.rstrip("/") if inside not in ("", ".", "./") else ""
    kind = _git("cat-file", "-t", f"{commit}:{path}")
    if kind is None:
        _refuse_partial(commit, path, named)
        hint = f"git ls-tree -r --name-only {rev} lists what is there"
        what = f"this commit has no {printable(path)}"
        raise DataError(Problem(printable(named), what, hint))
    if kind.strip() == b"tree":
        return InGit(rev, commit, path)
    if PurePosixPath(path).suffix in _SPECS:
        text = (_blob(commit, path) or b"").decode("utf-8", "replace")
        name = spec_of_text(text, (), printable(named)).name
        place = InGit(rev, commit, report_folder(Path(path), name).as_posix())
        if place.read(JSON) is None:
            hint = "name the folder of its report, as REV:FOLDER"
            raise DataError(Problem(place.shown(JSON), "that commit has no report of it", hint))
        return place
    folder, _, name = path.rpartition("/")
    return InGit(rev, commit, folder, name)


def _below(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _refuse_partial(commit: str, path: str, named: str) -> None:
    """Say so where a commit has a file whose content is not in this clone.

    Raises:
        DataError: It is so.
    """
    if _git("rev-parse", "--verify", "--quiet", f"{commit}:{path}") is not None:
        what = "its content is not in this clone, and nothing is downloaded unasked"
        hint = f"fetch it, then ask again: git cat-file -p {shlex.quote(named)} > /dev/null"
        raise DataError(Problem(printable(named), what, printable(hint)))


def _blob(commit: str, path: str) -> bytes | None:
    """The bytes of a file in a commit, as they are stored: no filter runs on them."""
    kind = _git("cat-file", "-t", f"{commit}:{path}")
    if kind is None:
        _refuse_partial(commit, path, f"{commit[:12]}:{path}")
    if kind is None or kind.strip() != b"blob":
        return None
    return _git("cat-file", "blob", f"{commit}:{path}")


def _git(*arguments: str) -> bytes | None:
    """What git says; None where it does not know.

    Raises:
        DataError: There is no git.
    """
    try:
        done = run_git(None, *arguments)
    except ValueError:  # a null byte, which no commit and no path has
        return None
    except OSError as error:
        hint = "install git, or name a folder on disk"
        raise DataError(Problem("git", f"it cannot be run: {error.strerror}", hint)) from error
    return done.stdout if done.returncode == 0 else None
