"""audit: files of other tools in, a spec and its report out."""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from evalreport.commands.audit_answers import snippet
from evalreport.commands.audit_found import print_found
from evalreport.commands.audit_groups import groups_of, names_of
from evalreport.commands.audit_layers import Found, written_name
from evalreport.commands.audit_paths import refuse_missing
from evalreport.commands.audit_roles import refuse_repeated, roles_of
from evalreport.commands.audit_spec import Draft, drafted, is_untouched, sealed
from evalreport.commands.audit_states import chosen_state, step_of
from evalreport.commands.audit_unusable import refuse_unusable
from evalreport.commands.audit_wide import refuse_wide
from evalreport.commands.build import Options, build
from evalreport.errors import Problem, Refused, SpecError, printable
from evalreport.importers.files import walked
from evalreport.importers.names import listed, shown_name
from evalreport.importers.survey import Surveyed, survey
from evalreport.importers.table import MADE_OF, recognised
from evalreport.numbers import count_text
from evalreport.report.files import JSON, report_folder
from evalreport.report.load import load_report
from evalreport.values import Name

FOLDER: Final = Path("specs") / "audits"
_NAME: Final = TypeAdapter(Name)
_COUNTED: Final = {"figures": "figure", "training": "logged point"}


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


def audit(files: Sequence[str], options: AuditOptions) -> int:
    """Write the spec that these files ask for, build it, and print what was found.

    Args:
        files: Paths of files and folders, as the user wrote them.
        options: How.

    Returns:
        As `build`.

    Raises:
        SpecError: No file is named, or an option cannot be used.
        DataError: A file cannot be used, or no importer knows it.
        Refused: Nothing tells which model is which, or another spec stands in the way.
    """
    _refuse_odd(files, options)
    named = [Path(one) for one in files]
    for path in named:
        refuse_missing(path)
    told = [Path(one) for one in (options.tuned, options.base) if one and _is_path(one)]
    wanted = [*(one for one in told if not named or _has_results(one)), *named]
    if not wanted:
        hint = "evalreport audit --base runs/base --tuned runs/tuned"
        raise SpecError(Problem("audit", "no file is named", hint))
    surveyed = survey(dict.fromkeys(wanted))
    for one in surveyed:
        held = count_text(one.rows, _COUNTED.get(one.gives, "row"))
        _say(f"{one.path}: {one.tool}, {one.gives}, {held}{_left(one)}")
    found = _found(surveyed, options, frozenset(os.path.realpath(one) for one in wanted))
    name = options.name or written_name(_called(found))
    spec = FOLDER / name / "spec.yaml"
    draft = drafted(found, name, spec.parent, options.primary)
    _write(spec, draft.text, [one.path for one in surveyed])
    _say_drafted(found, draft)
    _say(f"spec: {spec}")
    code = build(spec, Options())
    print_found(load_report(report_folder(spec, name) / JSON))
    return code


def _refuse_odd(files: Sequence[str], options: AuditOptions) -> None:
    """Arguments that nothing can be done with, before anything is read or written."""
    if any(not one.strip() for one in files):
        hint = "name a file or a folder; `.` is the folder that you are in"
        raise SpecError(Problem("audit", "the name of a file is empty", hint))
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
        tuned, base = (*names_of([*roles.there.values()]), "none")[:2]
        _say(f"tuned: {tuned}; base: {base} ({roles.why})")
    if found.state is not None:
        step = step_of(found.state)
        _say(f"training: {found.state.path}{f', to step {step}' if step is not None else ''}")
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
    return tuned.model or tuned.places[0].name.partition(".")[0]


def _is_path(text: str) -> bool:
    try:
        return Path(text).exists()
    except OSError:  # too long for one
        return False


def _has_results(path: Path) -> bool:
    """Whether an option is a path of results, and not a model's folder, which is a name as well."""
    return not path.is_dir() or bool(recognised(walked(path)))


def _left(one: Surveyed) -> str:
    return f", {one.left} could not be taken up: {one.why}" if one.left else ""


def _once(files: Iterable[Surveyed]) -> Iterator[Surveyed]:
    """Files without those that their tool makes of others that are here, which hold the same."""
    every = [*files]
    formats = {one.format for one in every}
    for one in every:
        if MADE_OF.get(one.format) in formats:
            _say(f"{one.path}: passed over, as it holds once more what the files beside it hold")
        else:
            yield one


def _found(surveyed: Sequence[Surveyed], options: AuditOptions, named: frozenset[str]) -> Found:
    """What the files are good for: verdicts and scores, or totals; a trainer's state beside."""
    states = [one for one in surveyed if one.gives == "training"]
    items = [*_once(one for one in surveyed if one.gives in {"verdicts", "scores"})]
    mine = items or [one for one in surveyed if one.gives == "figures"]
    roles = None
    if mine:
        refuse_unusable(mine)
        refuse_wide(mine)
        roles = roles_of(groups_of(mine), options.tuned, options.base)
        refuse_repeated(roles, mine)
    if mine or states:
        chosen = chosen_state(states, roles, mine, named)
        for path, why in chosen.passed:
            _say(f"{path}: passed over, {why}")
        return Found(roles, tuple(mine), chosen.state)
    tools = listed(dict.fromkeys(one.tool for one in surveyed))
    _say("A layer that scores these answers, for the spec:")
    _say("")
    for line in snippet(surveyed):
        _say(line)
    _say("")
    what = f"the files hold answers without scores ({tools})"
    hint = (
        "give them references: a spec with a dataset of prompts and right answers and the layer "
        "above, then evalreport build SPEC"
    )
    raise Refused(Problem(str(surveyed[0].path), what, hint))


def _write(path: Path, text: str, files: Sequence[Path]) -> None:
    """The spec, unless another stands there that somebody may have worked on.

    One that an audit of the same files wrote and nobody changed gives way.

    Raises:
        Refused: Another does, or none can be written there.
    """
    whole = sealed(text, files, path.parent).encode()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        standing = path.read_bytes() if path.exists() else None
        is_free = standing is None or is_untouched(standing, files, path.parent)
        if is_free and standing != whole:
            path.write_bytes(whole)
    except OSError as error:
        what = f"the spec cannot be written: {error.strerror or error}"
        hint = f"{FOLDER} has to be a folder that may be written to, and no folder called spec.yaml"
        raise Refused(Problem(str(path), what, hint)) from error
    if not is_free:
        what = "another spec stands there: of other files, or changed since audit wrote it"
        hint = (
            "give this one a name (--name NAME), or edit that file, such as its primary or which "
            f"model is which, and build it: evalreport build {path}"
        )
        raise Refused(Problem(str(path), what, hint))


def _say(line: str) -> None:
    sys.stderr.write(printable(line) + "\n")
