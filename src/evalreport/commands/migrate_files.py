"""What `migrate` looks at: specs and reports that paths name, and writing what they become."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

from evalreport.errors import DataError, EvalReportError, Problem, SpecError
from evalreport.report import migrations as formats
from evalreport.report.files import ITEMS, JSON, LOCK
from evalreport.spec.load import read_text
from evalreport.spec.migrations import SPEC, STEPS, SpecStep
from evalreport.values import Json
from evalreport.versions import Migration

Kind: TypeAlias = Literal["spec", "report", "items", "lock"]

NAMES: Final[dict[str, Kind]] = {JSON: "report", ITEMS: "items", LOCK: "lock"}
_VERSIONS: Final[dict[Kind, int]] = {
    "spec": SPEC.current,
    "report": formats.REPORT.current,
    "items": formats.ITEMS.current,
    "lock": formats.LOCK.current,
}
_SECTION: Final = re.compile(
    r"""^(?:\{\s*)?["']?(evalreport|base_model|evaluation)["']?\s*:""", re.MULTILINE
)
_NAME_IT: Final = "name a spec, a report, or a folder of them"


@dataclass(frozen=True, slots=True)
class Tables:
    """The steps of every format."""

    specs: tuple[SpecStep, ...] = STEPS
    reports: tuple[Migration[Json], ...] = formats.REPORTS
    items: tuple[Migration[formats.Rows], ...] = formats.ITEM_FILES
    locks: tuple[Migration[Json], ...] = formats.LOCKS


@dataclass(frozen=True, slots=True)
class Brought:
    """One file, and what it would become.

    Attributes:
        path: The file.
        kind: What it is.
        changes: What changes, in words; empty when nothing does.
        before: Its text, where something changes.
        after: What it becomes.
        refused: Why it cannot be brought up to date.
        notes: What is left to be mended by hand.
    """

    path: Path
    kind: Kind
    changes: tuple[str, ...] = ()
    before: str = ""
    after: str = ""
    refused: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def version(self) -> int:
        """The version that it is brought to."""
        return _VERSIONS[self.kind]


def find(paths: Sequence[Path]) -> list[tuple[Path, ...]]:
    """The specs and reports that paths name, those files together that are of one report.

    Raises:
        DataError: There is no such file, or nothing of ours in a folder.
    """
    problems: list[Problem] = []
    groups: dict[tuple[Path, ...], None] = {}
    for path in paths:
        if not path.exists():
            problems.append(Problem(str(path), "there is no such file", _NAME_IT))
            continue
        found = [*_in_folder(path)] if path.is_dir() else [_with_siblings(path)]
        groups |= dict.fromkeys(found)
        if not found:
            what = "there is no spec and no report in this folder"
            problems.append(Problem(str(path), what, _NAME_IT))
    if problems:
        raise DataError(*problems)
    return [*groups]


def _with_siblings(path: Path) -> tuple[Path, ...]:
    """A file; of a report, all that stands beside it: its items hold seals of it."""
    if path.name not in NAMES:
        return (path,)
    return tuple(one for name in NAMES if (one := path.with_name(name)).is_file())


def _in_folder(folder: Path) -> Iterator[tuple[Path, ...]]:
    for here, inner, names in os.walk(folder):
        inner[:] = sorted(name for name in inner if not name.startswith((".", "__", "node_")))
        own = tuple(Path(here) / name for name in NAMES if name in names)
        if own:
            yield own
        for name in sorted(names):
            path = Path(here) / name
            if path.suffix in (".yaml", ".yml") and name not in NAMES and _is_spec(path):
                yield (path,)


def _is_spec(path: Path) -> bool:
    """Whether a file says its version, or has both sections that every spec must have."""
    try:
        sections = {*_SECTION.findall(read_text(path))}
    except SpecError:
        return False
    return SPEC.key in sections or len(sections) > 1


def write(brought: Sequence[Brought]) -> None:
    """Put what files become in their places, each at once; of a report, report.json last.

    Raises:
        EvalReportError: A file cannot be written; it stays as it was.
    """
    for one in sorted(brought, key=lambda one: one.kind == "report"):
        path = one.path.resolve()  # a link stays one
        try:
            with tempfile.NamedTemporaryFile(
                "w", encoding="utf-8", newline="", dir=path.parent, prefix=".migrate-", delete=False
            ) as file:
                staged = Path(file.name)
                file.write(one.after)
                file.flush()
                os.fsync(file.fileno())
            shutil.copymode(path, staged)
            staged.replace(path)
        except OSError as error:
            raise EvalReportError(
                Problem(
                    str(one.path),
                    f"it cannot be written ({error.strerror or error})",
                    "check space and permissions; files that were named before are changed",
                )
            ) from error
