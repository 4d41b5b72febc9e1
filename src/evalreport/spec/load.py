"""load_spec: a YAML file to a frozen Spec, or every problem in it at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path as File
from typing import Final

from evalreport.digest import digest_model
from evalreport.errors import Problem, SpecError, printable
from evalreport.spec.asked import with_asked_arms
from evalreport.spec.check import check
from evalreport.spec.migrations import SPEC, outdated
from evalreport.spec.models import Spec
from evalreport.spec.nearest import nearest
from evalreport.spec.overrides import Override, apply_overrides
from evalreport.spec.places import Complaint, Positions, SpecProblem
from evalreport.spec.recognized import YAML, reads_as_spec
from evalreport.spec.schema_files import with_schema_files
from evalreport.spec.validate import validate
from evalreport.spec.yaml12 import Document, compose
from evalreport.spec.yaml_tree import Flaw, Path, Place, Unreadable, lines_of
from evalreport.values import Json
from evalreport.versions import Standing

MOST_BYTES: Final = 1 << 20
_OTHER_MARKS: Final = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)


@dataclass(frozen=True, slots=True)
class LoadedSpec:
    """A spec that is right in itself, with the text that it came from.

    Attributes:
        spec: What was asked; every layer names its arms.
        path: The file, as it was named.
        text: Its text, before overrides.
        digest: Of the validated values, overrides included: neither comments nor key order count.
        positions: Where each value stands, for problems that show up later.
        overrides: What was set on the command line.
    """

    spec: Spec
    path: File
    text: str
    digest: str
    positions: Positions
    overrides: tuple[Override, ...]

    @property
    def folder(self) -> File:
        """Paths in the spec are relative to it."""
        return self.path.parent


def load_spec(path: File, overrides: Sequence[str] = ()) -> LoadedSpec:
    """Reads, overrides and checks a spec.

    Args:
        path: A YAML file.
        overrides: Such as `training.epochs=3`, applied in order.

    Raises:
        SpecError: With every problem that was found, those with a line in its order.
    """
    return loaded_of(read_text(path), path, overrides)


def loaded_of(
    text: str, path: File, overrides: Sequence[str] = (), *, alone: bool = False
) -> LoadedSpec:
    """As `load_spec`, of a text that is at hand.

    Args:
        text: YAML.
        path: The file that it stands in, or would: what it names is relative to its folder.
        overrides: Such as `training.epochs=3`, applied in order.
        alone: Whether no file that it names is looked at.

    Raises:
        SpecError: With every problem that was found, those with a line in its order.
    """
    try:
        document = compose(text)
    except Unreadable as error:
        _refuse_other(text, path)
        raise SpecError(*in_order([_broken(path, text).flaw(error.flaw)])) from None
    _refuse_other(text, path)
    if not isinstance(document.value, dict):
        flaw = Flaw(
            Place(1, 1), "a spec is a mapping of keys and values", "begin with evalreport: 1"
        )
        raise SpecError(*in_order([_broken(path, text).flaw(flaw)]))
    overridden = apply_overrides(document, overrides)
    positions = Positions(
        str(path),
        document,
        overridden.value,
        {override.path: override.text for override in overridden.applied},
    )
    if SPEC.standing(overridden.value) in (Standing.NEWER, Standing.OLDER):
        # What it says is not looked at: it is right or wrong in a language that is not this one.
        raise SpecError(*_of_another_version(overridden.value, positions))
    validated = validate(overridden.value, overridden.numbers)
    complaints = [*validated.complaints, *check(validated.standing, None if alone else path.parent)]
    spec = validated.spec
    if spec is not None and not complaints and not alone:
        loaded = with_schema_files(spec, path.parent)
        spec, complaints = with_asked_arms(loaded.spec), [*loaded.complaints]
    problems: list[Problem] = [positions.flaw(flaw) for flaw in document.flaws]
    spoilt = {flaw.path for flaw in document.flaws} | {flaw.place for flaw in document.flaws}
    before = outdated(document, text) if complaints else {}
    problems += [
        positions.problem(_with_migration(one, before, path))
        for one in map(validated.as_written, complaints)
        if one.path not in spoilt and positions.place(one.path) not in spoilt
    ]
    problems += overridden.problems
    if problems or spec is None:
        raise SpecError(*in_order(problems))
    return LoadedSpec(spec, path, text, digest_model(spec), positions, overridden.applied)


def spec_of_text(text: str, overrides: Sequence[str], where: str) -> Spec:
    """The spec that a text holds which a build has used; no file that it names is looked at.

    A JSON Schema that stands in a file of its own is not part of what comes back.

    Args:
        text: As it was written.
        overrides: As on the command line.
        where: What to call the text in a complaint.

    Raises:
        SpecError: It is no spec.
    """
    try:
        document = compose(text)
    except Unreadable as error:
        raise SpecError(Problem(where, printable(error.flaw.what), error.flaw.hint)) from None
    overridden = apply_overrides(document, overrides)
    if SPEC.standing(overridden.value) in (Standing.NEWER, Standing.OLDER):
        problem = SPEC.problem(overridden.value, where, where=where)
        raise SpecError(*([problem] if problem is not None else []))
    validated = validate(overridden.value, overridden.numbers)
    spec = validated.spec
    if spec is None or document.flaws or overridden.problems:
        said = [
            *(flaw.what for flaw in document.flaws),
            *(one.what for one in validated.complaints),
        ]
        what = printable(" ".join([*said, "it is no spec"][0].split()))
        raise SpecError(Problem(where, what, "the text was changed since it was built"))
    return with_asked_arms(spec)


def _refuse_other(text: str, path: File) -> None:
    """What is no YAML by its name and no spec by its content is another file, not a broken spec."""
    if path.suffix not in ("", *YAML) and not reads_as_spec(text, is_yaml=False):
        hint = "name a YAML file that begins with evalreport: 1; `evalreport init` writes one"
        raise SpecError(Problem(str(path), "this is no spec", hint))


def _of_another_version(value: Json, positions: Positions) -> list[Problem]:
    place = positions.problem(Complaint((SPEC.key,), ""))
    problem = SPEC.problem(value, positions.file)
    if problem is None:
        return []
    return in_order([replace(place, what=problem.what, hint=problem.hint)])


def _with_migration(complaint: Complaint, before: Mapping[Path, str], path: File) -> Complaint:
    """The complaint with the command that mends it, where the language once had what it is about.

    Args:
        complaint: With its path as written.
        before: What became of each such value, by its path.
        path: The spec file.
    """
    became = before.get(complaint.path)
    if became is None or complaint.path == (SPEC.key,):  # that says itself what to write
        return complaint
    return replace(complaint, hint=f"{became}; `evalreport migrate --write {path}` changes it")


def read_text(path: File) -> str:
    """The text of a spec file.

    Raises:
        SpecError: There is no such file, it cannot be read, is too large, or is not UTF-8.
    """
    where = str(path)
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise SpecError(Problem(where, "there is no such file", _nearby(path))) from None
    except IsADirectoryError:
        hint = f"name the file: {path / 'spec.yaml'}"
        raise SpecError(Problem(where, "this is a folder", hint)) from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        hint = "check the path and its rights"
        raise SpecError(Problem(where, f"cannot be read: {why}", hint)) from None
    if len(data) > MOST_BYTES:
        what = f"larger than {MOST_BYTES // 1024:,} KiB"
        raise SpecError(Problem(where, what, "data belong in files that the spec names"))
    for mark, encoding in _OTHER_MARKS:
        if data.startswith(mark):
            raise SpecError(Problem(where, f"the text is {encoding}", "save it as UTF-8"))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        what = f"byte {error.start} (0x{data[error.start]:02x}) is not UTF-8"
        raise SpecError(Problem(f"{where}:{line}", what, "save the file as UTF-8")) from None


def in_order(problems: Sequence[Problem]) -> list[Problem]:
    """Problems without repetitions, by line and column; those without a line come last.

    What they quote comes from the spec: nothing in it may move a terminal's cursor.
    """

    def place(problem: Problem) -> tuple[int, Place]:
        if isinstance(problem, SpecProblem) and problem.place is not None:
            return 0, problem.place
        return 1, Place(0, 0)

    harmless = [
        replace(
            one,
            where=printable(one.where),
            what=printable(" ".join(one.what.split())),
            hint=printable(" ".join(one.hint.split())),
        )
        for one in problems
    ]
    return sorted(dict.fromkeys(harmless), key=place)


def _nearby(path: File) -> str:
    try:
        names = sorted(entry.name for entry in path.parent.iterdir() if entry.is_file())
    except OSError:
        return f"the folder {path.parent} is not there either"
    near = nearest(path.name, names)
    return f"did you mean {path.parent / near}?" if near else "`evalreport init` writes a spec"


def _broken(path: File, text: str) -> Positions:
    return Positions(str(path), Document(None, {}, {}, {}, (), lines_of(text)), None, {})
