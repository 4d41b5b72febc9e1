"""report: render a report again from its evidence file, offline."""

import sys
from pathlib import Path

from evalreport.commands.build import report_folder
from evalreport.commands.writing import alone_in, render_all
from evalreport.errors import EXIT_WRITTEN, DataError, Problem
from evalreport.report.load import load_report
from evalreport.report.model import ExamplesShown
from evalreport.spec.load import load_spec


def report(path: Path, out: Path | None) -> int:
    """Render Markdown, HTML and model card of a report.json, or of a spec that was built.

    Raises:
        DataError: There is no report, or it cannot be read.
        SpecError: A spec was named, and it is not right.
    """
    if path.suffix == ".json":
        source = path
        formats: tuple[str, ...] = ("markdown", "html", "model_card")
        card: ExamplesShown = "ids"
        digest: str | None = None
    else:
        given = load_spec(path)
        spec, digest = given.spec, given.digest
        source = report_folder(path, spec.name) / "report.json"
        formats, card = spec.report.formats, spec.report.card_examples
        if not source.exists():
            raise DataError(
                Problem(str(source), "this spec has no report yet", f"evalreport build {path}")
            )
    folder = out or source.parent
    with alone_in(folder):  # a build that is ending puts a newer report.json there
        loaded = load_report(source)
        rendered = render_all(folder, loaded, formats, card)
    if digest is not None and digest != loaded.spec_digest:
        sys.stderr.write(
            f"{path} has changed since this report was built: it shows the spec of "
            f"{loaded.built_at}; evalreport build {path} makes a new one\n"
        )
    for written in rendered:
        sys.stdout.write(f"{written.as_posix()}\n")
    return EXIT_WRITTEN
