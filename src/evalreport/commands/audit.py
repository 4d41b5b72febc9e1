"""audit: files of other tools in, a spec and its report out."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evalreport.commands.audit_roles import groups_of, roles_of
from evalreport.commands.audit_spec import Found, spec_text, written_name
from evalreport.commands.build import Options, build, report_folder
from evalreport.errors import Problem, Refused, SpecError
from evalreport.importers.names import listed
from evalreport.importers.survey import Surveyed, survey
from evalreport.report.load import load_report

FOLDER: Final = Path("specs") / "audits"
_WITH_BASELINE: Final = ("alpaca_eval", "arena-hard")


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
        DataError: A file cannot be used, or no importer knows it.
        Refused: Nothing tells which model is which, or another spec stands in the way.
    """
    wanted = [
        *files,
        *(Path(one) for one in (options.tuned, options.base) if one and _is_path(one)),
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
    text = spec_text(found, name, path.parent, options.primary)
    _write(path, text)
    if found.roles is not None:
        _say(f"tuned: {found.roles.tuned.name}; base: {_base_name(found)} ({found.roles.why})")
    _say(f"spec: {path}")
    code = build(path, Options())
    _print_findings(path, name)
    return code


def _base_name(found: Found) -> str:
    base = found.roles.base if found.roles is not None else None
    return "none" if base is None else base.name


def _called(found: Found) -> str:
    """What the tuned model is called: its name in the files, else that of its file."""
    if found.roles is None:
        return "training"
    tuned = found.roles.tuned
    return tuned.model or tuned.given[0].name.partition(".")[0]


def _is_path(text: str) -> bool:
    return Path(text).exists()


def _left(one: Surveyed) -> str:
    return f", {one.left} could not be taken up" if one.left else ""


def _found(surveyed: Sequence[Surveyed], options: AuditOptions) -> Found:
    """What the files are good for: verdicts and scores, or totals; a trainer's state beside."""
    states = [one for one in surveyed if one.gives == "training"]
    items = [one for one in surveyed if one.gives in {"verdicts", "scores"}]
    mine = items or [one for one in surveyed if one.gives == "figures"]
    state = states[0] if states else None
    if mine:
        roles = roles_of(groups_of(mine), options.tuned, options.base, baseline=_baseline(mine))
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


def _baseline(files: Sequence[Surveyed]) -> str:
    """The model that all rows of a tool with a baseline are held against."""
    others = {other for one in files for _, other in one.pairs}
    has_baseline = all(one.format.startswith(_WITH_BASELINE) for one in files if one.pairs)
    return others.pop() if has_baseline and len(others) == 1 else ""


def _write(path: Path, text: str) -> None:
    """The spec, unless another stands there that somebody may have worked on."""
    if path.exists() and path.read_text(encoding="utf-8") != text:
        what = "another spec stands there, and may hold what somebody wrote into it"
        hint = f"build that one (evalreport build {path}), or give this one a name: --name NAME"
        raise Refused(Problem(str(path), what, hint))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _print_findings(path: Path, name: str) -> None:
    """What was measured, a sentence each: of an audit it is what one wants to see first."""
    report = load_report(report_folder(path, name) / "report.json")
    for finding in report.findings:
        if finding.subgroup is None:
            sys.stdout.write(f"found    {finding.sentence}\n")


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
