"""What `migrate` looks at: specs and reports that paths name, and writing what they become."""

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

from evalreport.commands.writing import staging_in
from evalreport.commit_points import reached
from evalreport.errors import DataError, EvalReportError, Problem, SpecError
from evalreport.lineage.named import not_a_build
from evalreport.report import migrations as formats
from evalreport.report.files import ITEMS, JSON, LOCK, leads_out
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


@dataclass(frozen=True, slots=True)
class Found:
    """The specs and reports that paths name.

    Attributes:
        groups: Those files together that are of one report, and each spec by itself.
        passed_over: Links in a folder that lead out of it: no file elsewhere is changed unless it
            is named.
    """

    groups: tuple[tuple[Path, ...], ...]
    passed_over: tuple[Path, ...]


def find(paths: Sequence[Path]) -> Found:
    """The specs and reports that paths name.

    Raises:
        DataError: There is no such file, it is none of ours, or nothing of ours in a folder.
    """
    problems: list[Problem] = []
    groups: dict[tuple[Path, ...], None] = {}
    outward: dict[Path, None] = {}
    for path in paths:
        if not path.exists():
            problems.append(Problem(str(path), "there is no such file", _NAME_IT))
            continue
        if not path.is_dir():
            other = None if path.name in NAMES else not_a_build(path)
            if other is not None:
                problems.append(other)
            else:
                groups[_with_siblings(path)] = None
            continue
        found = [*_in_folder(path)]
        for group in found:
            out = [one for one in group if leads_out(one, path)]
            outward |= dict.fromkeys(out)
            if not out:
                groups[group] = None
        if not found:
            what = "there is no spec and no report in this folder"
            problems.append(Problem(str(path), what, _NAME_IT))
    if problems:
        raise DataError(*problems)
    return Found(tuple(groups), tuple(outward))


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

    All are staged before the first is put in place. What was cut off between two of them goes on
    with the same command: items whose seals are those of the new report are taken as they are.

    Raises:
        EvalReportError: A file cannot be written.
    """
    ordered = sorted(brought, key=lambda one: one.kind == "report")
    with ExitStack() as stages:
        staged: list[tuple[Path, Path]] = []
        for one in ordered:
            path = one.path.resolve()  # a link stays one
            with _named(one, "no file of it is changed"):
                stage = stages.enter_context(staging_in(path.parent)) / path.name
                with stage.open("w", encoding="utf-8", newline="") as file:
                    file.write(one.after)
                    file.flush()
                    os.fsync(file.fileno())
                shutil.copymode(path, stage)
            staged.append((stage, path))
        for one, (stage, path) in zip(ordered, staged, strict=True):
            with _named(one, "the same command goes on"):
                stage.replace(path)
            reached("migration-put")


@contextmanager
def _named(one: Brought, then: str) -> Iterator[None]:
    """Say of which file the trouble is."""
    try:
        yield
    except OSError as error:
        what = f"it cannot be written ({error.strerror or error})"
        hint = f"check space and permissions; {then}"
        raise EvalReportError(Problem(str(one.path), what, hint)) from error
