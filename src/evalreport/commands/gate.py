"""gate: may this report pass? For CI: conditions, one sentence, exit 0 or 4."""

import json
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from evalreport import __version__
from evalreport.commands.opening import STORE, now, open_plan
from evalreport.commands.recheck import computed_again
from evalreport.commands.report import named_report, report_of
from evalreport.commands.writing import refuse_to_replace
from evalreport.errors import (
    EXIT_GATE,
    EXIT_WRITTEN,
    DataError,
    EvalReportError,
    Problem,
    Refused,
    in_one_line,
    printable,
)
from evalreport.gate.conditions import Demands, Gated, Held, NotHeld, verdict_text
from evalreport.gate.current import SpecHere, held_against, of_another_spec, spec_here
from evalreport.gate.gate import gate
from evalreport.gate.junit import junit_error, junit_unfinished, junit_xml
from evalreport.gate.names import demands_of
from evalreport.gate.summary import summary_markdown
from evalreport.numbers import count_text
from evalreport.recheck.wording import difference_text
from evalreport.report.files import ITEMS
from evalreport.report.load import load_report
from evalreport.report.model import Report
from evalreport.store.store import Store
from evalreport.verdict import Strength


@dataclass(frozen=True, slots=True)
class GateOptions:
    """What the command line says.

    Attributes:
        require: Names of outcomes that may pass, divided by commas.
        forbid: Names of outcomes that may not.
        accept: Ids of rules that may be broken.
        strength: The least that is enough.
        allow_simulated: Whether simulated models may pass.
        gain_reached: Whether the gain asked for has to be shown to be reached.
        spec: The spec that the report must be of, where the report is what was named.
        overrides: Values that were set in it.
        recheck: Whether the report is computed again from its items.
        junit: Where JUnit XML goes.
        summary: To which file a table in Markdown is appended.
        as_json: Whether JSON is printed.
    """

    require: tuple[str, ...] = ()
    forbid: tuple[str, ...] = ()
    accept: tuple[str, ...] = ()
    strength: Strength = Strength.FULL
    allow_simulated: bool = False
    gain_reached: bool = False
    spec: Path | None = None
    overrides: tuple[str, ...] = ()
    recheck: bool = True
    junit: Path | None = None
    summary: Path | None = None
    as_json: bool = False


def gate_report(path: Path, options: GateOptions) -> int:
    """Print every condition on a report and one sentence; write them where CI reads them.

    Args:
        path: A report.json, its folder, or the spec that was built.
        options: What is demanded of it, and what is written.

    Returns:
        0 when all conditions let it pass; 4 when one does not.

    Raises:
        EvalReportError: A name is wrong, or a file cannot be written.
        Refused: A file would be written over what is read.
        DataError: There is no report, or it cannot be read.
        SpecError: Its spec is not right as it stands.
    """
    for option, target in (("--junit", options.junit), ("--summary", options.summary)):
        if target is not None:
            refuse_to_replace(target, option, path, options.spec)
    _refuse_other_than_xml(options.junit)
    if options.junit is not None:  # whatever happens, no older file is left to be read
        _write(options.junit, junit_unfinished(path.as_posix()))
    try:
        demands = demands_of(
            options.require,
            options.forbid,
            options.accept,
            strength=options.strength,
            allow_simulated=options.allow_simulated,
            gain_reached=options.gain_reached,
        )
        source, report, gated = _gated(path, demands, options)
    except EvalReportError as error:
        if options.junit is not None:
            _write(options.junit, junit_error(path.as_posix(), error))
        raise
    if options.junit is not None:
        _write(options.junit, junit_xml(report.name, gated))
    if options.summary is not None:
        place = source.parent.as_posix()
        _write(options.summary, summary_markdown(report.title, place, gated), mode="a")
    if options.as_json:
        _print_json(source, report, gated)
    else:
        _print(gated)
    return EXIT_WRITTEN if gated.is_passed else EXIT_GATE


def _gated(path: Path, demands: Demands, options: GateOptions) -> tuple[Path, Report, Gated]:
    source = named_report(path)
    named = options.spec if source is not None else path
    here = spec_here(named, options.overrides) if named is not None else None
    if source is None and here is not None:
        if options.spec is not None:
            what = f"{path} is a spec already"
            raise EvalReportError(Problem(f"--spec {options.spec}", what, "name one of the two"))
        source = report_of(path, here.spec.name)
    source = source or path
    report, items = _items(source, recheck=options.recheck)
    here = here or _spec_of(report, options.overrides)
    spec = _told_only(report) if here is None else _current(report, here)
    return source, report, gate(report, demands, spec=spec, items=items)


# What a report is held against


def _items(source: Path, *, recheck: bool) -> tuple[Report, Held | NotHeld]:
    """The report, and what its items say of it."""
    if not recheck:
        why = "it was not computed again (--no-recheck): its word is taken"
        return load_report(source), NotHeld(why)
    if source.exists() and not (source.parent / ITEMS).exists():
        why = f"no {ITEMS} stands beside it to compute it again from (--no-recheck takes its word)"
        return load_report(source), NotHeld(why, is_demanded=True)
    again = computed_again(source)
    by = again.report.evalreport
    found = again.found
    items = f" from {count_text(found.items, 'item')}" if found.items else ", without any item"
    return again.report, Held(
        f"{count_text(found.agreed, 'value')} computed again{items}",
        (again.result, *map(difference_text, again.differences)) if again.differences else (),
        () if by == __version__ else (f"the files that people read (evalreport {by} made them)",),
    )


def _spec_of(report: Report, overrides: Sequence[str]) -> SpecHere | None:
    """The spec that a report names as its own, where that lies below the working directory."""
    path = Path(report.reproduce.spec_path)
    is_below = not path.is_absolute() and ".." not in path.parts
    if is_below and path.suffix in (".yaml", ".yml") and _is_file(path):
        return spec_here(path, overrides)
    if overrides:
        what = "there is no spec in which to set it"
        raise EvalReportError(Problem(f"--set {overrides[0]}", what, "name it: --spec SPEC"))
    return None


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # too long a name
        return False


def _told_only(report: Report) -> NotHeld:
    path = report.reproduce.spec_path
    return NotHeld(f"{path}, of which it says it is, is not here (--spec SPEC names another)")


def _current(report: Report, here: SpecHere) -> Held:
    """A report against its spec, and against what that names as far as it can be read here."""
    other = of_another_spec(report, here)
    if other:
        return Held(str(here.path), (other,))
    if isinstance(here.loaded, str):
        return Held(str(here.path), unseen=(f"what it names ({here.loaded})",))
    with TemporaryDirectory() as empty:  # a gate leaves no store behind
        folder = Path(STORE) if Path(STORE).exists() else Path(empty)
        with closing(Store(folder, now, to_look=True)) as store:
            try:
                opened = open_plan(here.spec, here.loaded, store, may_download=False)
            except DataError as error:
                why = in_one_line(DataError(error.problems[0]))
                return Held(str(here.path), (f"its data cannot be used as they stand: {why}",))
            return held_against(report, here.path, opened.given.inputs, opened.plan)


# Words


def _print(gated: Gated) -> None:
    verdict = gated.verdict
    rows = [
        ("verdict", gated.stamped(f"{verdict_text(verdict)}: {verdict.headline}")),
        *((one.name, f"{one.state.value:<16}{one.why}") for one in gated.conditions),
        ("gate", gated.sentence),
    ]
    sys.stdout.write("".join(f"{name:<14}{printable(text)}\n" for name, text in rows))


def _print_json(source: Path, report: Report, gated: Gated) -> None:
    content = {
        "passed": gated.is_passed,
        "sentence": gated.sentence,
        "stamps": list(gated.stamps),
        "report": {
            "path": source.as_posix(),
            "name": report.name,
            "built_at": report.built_at,
            "spec_digest": report.spec_digest,
            "outcome": report.verdict.outcome,
            "strength": report.verdict.strength,
            "headline": report.verdict.headline,
        },
        "conditions": [
            {
                "name": one.name,
                "claim": one.claim,
                "state": one.state,
                "why": one.why,
                "details": list(one.details),
            }
            for one in gated.conditions
        ],
    }
    sys.stdout.write(json.dumps(content, indent=2) + "\n")


def _refuse_other_than_xml(target: Path | None) -> None:
    """A JUnit file is written anew each time; a spec that somebody named by mistake is not.

    Raises:
        Refused: A file stands there that is no XML.
    """
    if target is None or not target.is_file():  # a device, or nothing, is not read
        return
    try:
        with target.open("rb") as file:
            begins = file.read(64).lstrip()
    except OSError:
        return  # it cannot be written either, which is said then
    if begins and not begins.startswith(b"<"):
        what = "a file stands there that is no XML, and would be written over"
        raise Refused(Problem(f"--junit {target}", what, "name another"))


def _write(path: Path, text: str, *, mode: str = "w") -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open(mode, encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        what = f"it cannot be written: {error.strerror or error}"
        raise EvalReportError(Problem(str(path), what, "name another place")) from error
