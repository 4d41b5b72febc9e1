"""migrate: what of specs and reports is of an older version or form, and what it would become."""

import difflib
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from evalreport.commands.migrate_each import bring
from evalreport.commands.migrate_files import Brought, Tables, find, write
from evalreport.commands.writing import alone_in
from evalreport.errors import EXIT_WRITTEN, DataError, printable
from evalreport.numbers import count_text


def migrate(
    paths: Sequence[Path], *, do_write: bool, as_json: bool, tables: Tables | None = None
) -> int:
    """Print what would change, and change it where that was asked for.

    Args:
        paths: Specs, reports, and folders of them.
        do_write: Whether files are changed.
        as_json: Print JSON.
        tables: The steps of every format; None for those of this program.

    Raises:
        DataError: A file cannot be brought up to date; those that can are, all the same.
    """
    known = tables or Tables()
    found = find(paths)
    brought = [one for group in found.groups for one in _group(group, known, do_write=do_write)]
    if as_json:
        _print_json(brought, found.passed_over, written=do_write)
    else:
        _print(brought, written=do_write)
        for path in found.passed_over:
            told = (
                "a link that leads out of the folder is passed over; name it to have it looked at"
            )
            sys.stdout.write(_line(path.as_posix(), told))
    refused = [problem for one in brought for problem in one.refused]
    if refused:
        raise DataError(*refused)
    return EXIT_WRITTEN


def _group(group: Sequence[Path], tables: Tables, *, do_write: bool) -> list[Brought]:
    """The files of one report, or one spec; no build writes there meanwhile."""
    with alone_in(group[0].parent):
        brought = bring(group, tables)
        if do_write:
            write([one for one in brought if one.changes])
    return brought


def _diff(one: Brought) -> str:
    lines = difflib.unified_diff(
        one.before.splitlines(),
        one.after.splitlines(),
        one.path.as_posix(),
        f"{one.path.as_posix()} (migrated)",
        lineterm="",
    )
    return "".join(f"{printable(line.expandtabs())}\n" for line in lines)


def _print(brought: Sequence[Brought], *, written: bool) -> None:
    for one in brought:
        name = one.path.as_posix()
        if one.changes:
            sys.stdout.write("".join(_line(name, change) for change in one.changes) + _diff(one))
        elif not one.refused:
            version = f"it is of the current version, {one.version}"
            sys.stdout.write(_line(name, f"nothing to change: {version}"))
        sys.stdout.write("".join(_line(name, note) for note in one.notes))
    changed = sum(bool(one.changes) for one in brought)
    refused = sum(bool(one.refused) for one in brought)
    verb = "changed" if written else "would change (--write changes)"
    parts = [f"{changed:,} {verb}"] if changed else []
    parts += [f"{refused:,} cannot be brought up to date"] if refused else []
    if parts:
        sys.stdout.write(f"of {count_text(len(brought), 'file')} {', '.join(parts)}\n")


def _line(name: str, told: str) -> str:
    return f"{printable(f'{name}: {told}')}\n"


def _print_json(brought: Sequence[Brought], passed_over: Sequence[Path], *, written: bool) -> None:
    content = {
        "written": written,
        "files": [
            {
                "path": one.path.as_posix(),
                "kind": one.kind,
                "version": one.version,
                "changes": list(one.changes),
                "diff": _diff(one) if one.changes else "",
                "refused": [
                    {"where": p.where, "what": p.what, "hint": p.hint} for p in one.refused
                ],
                "notes": list(one.notes),
            }
            for one in brought
        ],
        "passed_over": [path.as_posix() for path in passed_over],
    }
    sys.stdout.write(json.dumps(content, indent=2) + "\n")
