"""report: render a report again from its evidence file, offline."""

import sys
from collections.abc import Sequence
from pathlib import Path

from evalreport import __version__
from evalreport.commands.writing import NAMES, alone_in, render_all
from evalreport.errors import EXIT_WRITTEN, DataError, Problem, SpecError, printable
from evalreport.lineage.builds import build_at
from evalreport.lineage.named import not_a_build
from evalreport.lineage.places import OnDisk
from evalreport.report.files import JSON, report_folder
from evalreport.report.load import load_report
from evalreport.report.model import Report
from evalreport.spec.load import LoadedSpec, load_spec, spec_of_text
from evalreport.spec.models import ReportOptions


def report(path: Path, out: Path | None) -> int:
    """Render Markdown, HTML and model card of a report.json, or of a spec that was built.

    Args:
        path: The spec, a report.json, or the folder that holds one.
        out: Where the files go; None for beside the report.json.

    Raises:
        DataError: There is no report, or it cannot be read.
        SpecError: A spec was named, and it is not right.
    """
    source, given = found(path)
    formats: Sequence[str] = tuple(NAMES) if given is None else given.spec.report.formats
    folder = out or source.parent
    with alone_in(folder):  # a build that is ending puts a newer report.json there
        loaded = load_report(source)
        options = _options(loaded) if given is None else given.spec.report
        rendered = render_all(
            folder, loaded, formats, options.card_examples, pictures=options.pictures
        )
    say_if_stale(given, loaded)
    changed = build_at(OnDisk(source.parent, source.name), str(source)).unsealed
    if changed and loaded.evalreport == __version__:
        sys.stderr.write(
            f"{printable(str(source))} was changed after it was built ({', '.join(changed)}): "
            "evalreport recheck names what differs\n"
        )
    for written in rendered:
        sys.stdout.write(f"{written.as_posix()}\n")
    return EXIT_WRITTEN


def found(path: Path) -> tuple[Path, LoadedSpec | None]:
    """The report.json that a path means, and the spec, where it names one.

    Args:
        path: A spec, a report.json, or the folder that holds one.

    Raises:
        DataError: There is none.
        SpecError: A spec was named, and it is not right.
    """
    named = named_report(path)
    if named is not None:
        return named, None
    given = load_spec(path)
    return report_of(path, given.spec.name), given


def say_if_stale(given: LoadedSpec | None, report: Report) -> None:
    """Say on stderr that a spec is not the one any more that its report shows."""
    if given is not None and given.digest != report.spec_digest:
        sys.stderr.write(
            f"{given.path} has changed since this report was built: it shows the spec of "
            f"{report.built_at}; evalreport build {given.path} makes a new one\n"
        )


def named_report(path: Path) -> Path | None:
    """The report.json that a path names by itself or by its folder; None where it names a spec.

    Raises:
        DataError: There is nothing, or something else.
    """
    problem = not_a_build(path)
    if problem is not None:
        raise DataError(problem)
    if path.is_dir() or path.suffix == ".json":
        return path / JSON if path.is_dir() else path
    if not path.exists():
        hint = "name a spec that was built, a report.json, or the folder of one"
        raise DataError(Problem(str(path), "there is no such file", hint))
    return None


def report_of(path: Path, name: str) -> Path:
    """The report.json of a spec.

    Args:
        path: Of the spec.
        name: Of the spec.

    Raises:
        DataError: It has no report.
    """
    source = report_folder(path, name) / JSON
    if not source.exists():
        raise DataError(
            Problem(str(source), "this spec has no report yet", f"evalreport build {path}")
        )
    return source


def _options(report: Report) -> ReportOptions:
    """What its own spec says of its files; the card shows no item where it cannot be read here."""
    given = report.reproduce
    try:
        return spec_of_text(given.spec_yaml, given.overrides, "report.json").report
    except SpecError:
        return ReportOptions(card_examples="none")
