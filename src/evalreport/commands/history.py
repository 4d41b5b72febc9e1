"""history: all reports below a folder on one page, and how each metric went from build to build."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from evalreport.commands.writing import put, refuse_to_replace
from evalreport.errors import EXIT_WRITTEN, printable
from evalreport.history.gather import gather
from evalreport.history.trend import courses_of
from evalreport.render.history import render_index
from evalreport.render.history_told import history_json, history_text

PAGE = "index.html"


@dataclass(frozen=True, slots=True)
class HistoryOptions:
    """What the command line says beside the folder."""

    out: Path | None = None
    with_git: bool = True
    as_json: bool = False


def history(folder: Path, options: HistoryOptions) -> int:
    """Print every build's verdict and primary number, and write the page over all reports.

    Args:
        folder: Below which reports lie.
        options: Where the page goes (a file, or a folder for its index.html; None for the folder
            itself), whether commits are read, and whether JSON is printed.

    Raises:
        DataError: There is no such folder, or no report in it.
        EvalReportError: The page cannot be written.
        Refused: It would be written over a file of a report.
    """
    found = gather(folder, with_git=options.with_git)
    courses = courses_of(found)
    page = _page(folder, options.out)
    refuse_to_replace(page, "--out")
    put(page.parent, {page.name: render_index(found, courses, Around(folder, page.parent))})
    if options.as_json:
        sys.stdout.write(history_json(found, courses, page))
    else:
        sys.stdout.write(history_text(found, courses))
        sys.stderr.write(f"wrote {printable(str(page))}\n")
    return EXIT_WRITTEN


def _page(folder: Path, out: Path | None) -> Path:
    if out is None:
        return folder / PAGE
    return out if out.suffix in (".html", ".htm") else out / PAGE


@dataclass(frozen=True, slots=True)
class Around:
    """The reports around a page.

    Attributes:
        folder: Below which they lie.
        page: The folder of the page.
    """

    folder: Path
    page: Path

    def link(self, folder: str) -> str:
        """A report's folder, as the page's links begin; empty for the page's own."""
        name = Path(os.path.relpath(self.folder / folder, self.page)).as_posix()
        return "" if name == "." else name

    def files(self, folder: str) -> frozenset[str]:
        """The names of the files in a report's folder."""
        return frozenset(one.name for one in (self.folder / folder).iterdir() if one.is_file())
