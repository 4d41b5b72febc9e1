"""audit: files of other tools in, a spec and its report out."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from evalreport.commands.audit_layers import Found, written_name
from evalreport.commands.audit_roles import groups_of, refuse_repeated, roles_of
from evalreport.commands.audit_spec import Draft, drafted
from evalreport.commands.build import Options, build, report_folder
from evalreport.errors import Problem, Refused, SpecError, printable
from evalreport.importers.names import listed, shown_name
from evalreport.importers.survey import Surveyed, survey
from evalreport.report.load import load_report
from evalreport.values import Name

FOLDER: Final = Path("specs") / "audits"
_NAME: Final = TypeAdapter(Name)


@dataclass(frozen=True, slots=True)
class AuditOptions:
    """How to audit, beside the files.

    Attributes:
        tuned: Path or name of the tuned model's results.
        base: Path or name of the base's.
        name: Of the spec.
        primary: `layer.metric` that decides.
    """

    tuned: str | None = None
    base: str | None = None
    name: str | None = None
    primary: str | None = None


def audit(files: Sequence[Path], options: AuditOptions) -> int:
    """Write the spec that these files ask for, build it, and print what was found.

    Returns:
        As `build`.

    Raises:
        SpecError: No file is named, or an option cannot be used.
        DataError: A file cannot be used, or no importer knows it.
        Refused: Nothing tells which model is which, or another spec stands in the way.
    """
    _refuse_odd(options)
    wanted = [
        *(Path(one) for one in (options.tuned, options.base) if one and _is_path(one)),
        *files,
    ]
    if not wanted:
        hint = "evalreport audit --base runs/base --tuned runs/tuned"
        raise SpecError(Problem("audit", "no file is named", hint))
    surveyed = survey(dict.fromkeys(wanted))
    for one in surveyed:
        _say(f"{one.path}: {one.tool}, {one.gives}, {one.rows} rows{_left(one)}")
    found = _found(surveyed, options)
    name = options.name or written_name(_called(found))
    path = FOLDER / name / "spec.yaml"
    draft = drafted(found, name, path.parent, options.primary)
    _write(path, draft.text)
    _say_drafted(found, draft)
    _say(f"spec: {path}")
    code = build(path, Options())
    _print_findings(path, name)
    return code


def _refuse_odd(options: AuditOptions) -> None:
    """Options that nothing can be done with, before anything is read or written."""
    for role, text in (("--tuned", options.tuned), ("--base", options.base)):
        if text is not None and not text.strip():
            raise SpecError(Problem(role, "it is empty", "give a path, or a name as files have it"))
    if options.name is None:
        return
    try:
        _NAME.validate_python(options.name)
    except ValidationError as error:
        what = f"{listed([options.name])} cannot be the name of a spec"
        hint = (
            "at most 64 letters, digits, dots, hyphens and underscores, of which the first is a "
            "letter or a digit"
        )
        raise SpecError(Problem("--name", what, hint)) from error


def _say_drafted(found: Found, draft: Draft) -> None:
    """Who is who, what is not compared, and what nobody has decided yet."""
    roles = found.roles
    if roles is not None and roles.base is None and roles.rivals:
        is_one = len(roles.rivals) == 1
        name = shown_name(roles.rivals[0]) if is_one else "NAME"
        against = name if is_one else listed(roles.rivals)
        hint = f"if that is the base of the fine-tune: --base {name}"
        _say(f"tuned: {roles.tuned.name} ({roles.why})")
        _say(f"base: none (held against {against}; {hint})")
    elif roles is not None:
        base = "none" if roles.base is None else roles.base.name
        _say(f"tuned: {roles.tuned.name}; base: {base} ({roles.why})")
    for arm, parts in draft.only.items():
        _say(f"only of {arm}: {listed(parts)}")
    if draft.undecided:
        names = listed(draft.undecided)
        _say(f"primary: none; say what decides with --primary LAYER.METRIC: {names}")


def _called(found: Found) -> str:
    """What the tuned model is called: its name in the files, else that of its file."""
    if found.roles is None:
        return "training"
    tuned = found.roles.tuned
    return tuned.model or tuned.given[0].name.partition(".")[0]


def _is_path(text: str) -> bool:
    try:
        return Path(text).exists()
    except OSError:  # too long for one
        return False


def _left(one: Surveyed) -> str:
    return f", {one.left} could not be taken up" if one.left else ""


def _found(surveyed: Sequence[Surveyed], options: AuditOptions) -> Found:
    """What the files are good for: verdicts and scores, or totals; a trainer's state beside."""
    states = [one for one in surveyed if one.gives == "training"]
    items = [one for one in surveyed if one.gives in {"verdicts", "scores"}]
    mine = items or [one for one in surveyed if one.gives == "figures"]
    state = states[0] if states else None
    if mine:
        roles = roles_of(groups_of(mine), options.tuned, options.base)
        refuse_repeated(roles, mine)
        return Found(roles, tuple(mine), state)
    if state is not None:
        return Found(None, (), state)
    tools = listed(dict.fromkeys(one.tool for one in surveyed))
    hint = (
        "give them references: a dataset and a generation layer with `imported:` "
        "(evalreport schema), then build"
    )
    what = f"the files hold answers without scores ({tools})"
    raise Refused(Problem(str(surveyed[0].path), what, hint))


def _write(path: Path, text: str) -> None:
    """The spec, unless another stands there that somebody may have worked on.

    Raises:
        Refused: Another does, or none can be written there.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        standing = path.read_bytes() if path.exists() else None
        if standing is None:
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        what = f"the spec cannot be written: {error.strerror or error}"
        hint = f"{FOLDER} has to be a folder that may be written to, and no folder called spec.yaml"
        raise Refused(Problem(str(path), what, hint)) from error
    if standing not in (None, text.encode()):
        what = "another spec stands there, and may hold what somebody wrote into it"
        hint = (
            "give this one a name (--name NAME), or edit that file, such as its primary or which "
            f"model is which, and build it: evalreport build {path}"
        )
        raise Refused(Problem(str(path), what, hint))


def _print_findings(path: Path, name: str) -> None:
    """What was measured, a sentence each: of an audit it is what one wants to see first."""
    report = load_report(report_folder(path, name) / "report.json")
    for finding in report.findings:
        if finding.subgroup is None:
            sys.stdout.write(printable(f"found    {finding.sentence}") + "\n")


def _say(line: str) -> None:
    sys.stderr.write(printable(line) + "\n")
