"""diff: two builds held against each other."""

import sys
from contextlib import ExitStack
from pathlib import Path

from evalreport.commands.writing import alone_in, put
from evalreport.diff.diff import diff
from evalreport.diff.opened import Opened
from evalreport.errors import EXIT_WRITTEN
from evalreport.lineage.builds import build_at
from evalreport.lineage.places import OnDisk, find_build
from evalreport.render import (
    render_diff_html,
    render_diff_json,
    render_diff_markdown,
    render_diff_summary,
)


def diff_builds(a: str, b: str, out: Path | None, *, as_json: bool) -> int:
    """Print what changed from A to B, what of it may be compared, and how the tuned models compare.

    Args:
        a: The reference: a folder of a report, a report.json, a spec that was built, or one of
            these after `REV:`.
        b: The candidate, named in the same ways.
        out: Where diff.md, diff.html and diff.json go; None for nowhere.
        as_json: Whether JSON is printed.

    Returns:
        0, whatever is found.

    Raises:
        DataError: There is no report, or it or its items cannot be read.
        SpecError: A spec was named, and it is not right.
        EvalReportError: The folder cannot be written.
    """
    places = find_build(a), find_build(b)
    with ExitStack() as held:  # a build that is ending writes items.jsonl first, the report last
        for folder in sorted({one.folder for one in places if isinstance(one, OnDisk)}):
            held.enter_context(alone_in(folder))
        opened = [Opened.of(build_at(*one)) for one in zip(places, (a, b), strict=True)]
        found = diff(*opened)
    if out is not None:
        files = {
            "diff.md": render_diff_markdown(found),
            "diff.html": render_diff_html(found),
            "diff.json": render_diff_json(found),
        }
        with alone_in(out):
            put(out, files)
        for name in files:
            sys.stderr.write(f"{(out / name).as_posix()}\n")
    sys.stdout.write(render_diff_json(found) if as_json else render_diff_summary(found))
    return EXIT_WRITTEN
