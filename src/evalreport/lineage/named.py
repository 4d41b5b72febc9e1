"""What a path names: something that may be a spec or a report, or else the nearest thing to it."""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from evalreport.errors import Problem, SpecError, printable
from evalreport.report.files import JSON, LOCK
from evalreport.report.migrations import REPORT
from evalreport.spec.load import read_text
from evalreport.spec.recognized import YAML, reads_as_spec

_NAME_IT: Final = "name a spec that was built, a report.json, or the folder of one"
_MOST: Final = 3


def not_a_build(path: Path) -> Problem | None:
    """Why a file or folder is neither spec nor report; None where it may be one, or is not there.

    What may be one is left to whoever reads it, who says better what is wrong with it.

    Args:
        path: As the user named it.
    """
    try:
        is_folder, is_file = path.is_dir(), path.is_file()
    except OSError:  # too long a name
        return Problem(printable(str(path)), "there is no such file", _NAME_IT)
    if is_folder:
        if (path / JSON).exists():
            return None
        specs = [*_specs(path)]
        what = "this folder holds a spec and no report" if specs else f"this folder has no {JSON}"
        return Problem(str(path), what, _meant(specs or _reports(path)))
    if not is_file or path.suffix == ".json" or (path.name != LOCK and _may_be_one(path)):
        return None
    return Problem(str(path), "this is no spec and no report", _meant(_beside(path)))


def is_no_spec(path: Path) -> bool:
    """Whether a file surely holds no spec; of what says YAML by its name, only what is read."""
    try:
        text = read_text(path)
    except SpecError:  # too large, or no text
        return path.suffix not in YAML
    return not reads_as_spec(text, is_yaml=path.suffix in YAML)


def _may_be_one(path: Path) -> bool:
    return not is_no_spec(path) or _is_report(path)


def _is_report(path: Path) -> bool:
    """Whether a file of another name holds what a report.json holds."""
    try:
        with path.open("rb") as file:
            if not re.match(rb"\s*\{", file.read(64)):
                return False
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(content, dict) and REPORT.key in content


def _meant(found: Iterable[Path]) -> str:
    near = [path.as_posix() for path in found][:_MOST]
    return f"did you mean {' or '.join(near)}?" if near else _NAME_IT


def _beside(path: Path) -> list[Path]:
    """The report that a file belongs to, or the specs around it."""
    folder = path.parent
    if (folder / JSON).is_file():
        return [folder]
    return [*_specs(folder)] or [*_specs(folder.parent)]


def _specs(folder: Path) -> Iterator[Path]:
    try:
        names = sorted(one.name for one in folder.iterdir() if one.suffix in YAML)
    except OSError:
        return
    for name in sorted(names, key=lambda name: name != "spec.yaml"):
        path = folder / name
        if name != LOCK and path.is_file() and not is_no_spec(path):
            yield path


def _reports(folder: Path) -> Iterator[Path]:
    """Those just below, which one may have meant to name."""
    try:
        yield from sorted(one for one in folder.iterdir() if (one / JSON).is_file())
    except OSError:
        return
