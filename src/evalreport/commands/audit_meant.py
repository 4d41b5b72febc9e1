"""Meant: of which models' results a user speaks who writes a name or a path."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from evalreport.commands.audit_groups import Group, names_of
from evalreport.commands.audit_paths import nearby
from evalreport.errors import Problem, Refused
from evalreport.importers.names import listed, shown_name
from evalreport.spec.nearest import nearest

_FILE: Final = re.compile(r"[/\\]|\.(?:jsonl?|csv|tsv|parquet|eval|gz)$")


def meant(groups: Sequence[Group], text: str | None, role: str) -> Group | None:
    """The results that are meant: by the model's name, else by the path that they came from.

    Args:
        groups: All that there are.
        text: What the user wrote; None where nothing.
        role: Of which option.

    Raises:
        Refused: Nothing there is called so, or several models are.
    """
    if text is None:
        return None
    found = (
        [one for one in groups if text == one.model]
        or [one for one in groups if one.model and text == one.name]
        or [one for one in groups if not one.is_rival and Path(text) in one.given]
    )
    if len(found) == 1:
        return found[0]
    if found:
        raise _several(found, text, role)
    raise _nobody(groups, text, role)


def _several(found: Sequence[Group], text: str, role: str) -> Refused:
    what = f"{shown_name(text)} holds results of {len(found)} models: {listed(names_of(found))}"
    hint = f"say which one it is: --{role} NAME"
    if any(one.unnamed for one in found):
        hint += f"; files that name nobody are meant by their own path: --{role} PATH"
    return Refused(Problem(f"--{role}", what, hint))


def _nobody(groups: Sequence[Group], text: str, role: str) -> Refused:
    known = {one.name: one.name for one in groups if one.model}
    for path in (path for one in groups for path in one.given):
        known |= dict.fromkeys((str(path), path.name, path.stem), str(path))
    near = nearest(text, known)
    what = f"no file holds results of {listed([text])}"
    if near is None and _FILE.search(text):
        what = f"there is no such file or folder, and {what}"
        hint = nearby(Path(text))
    elif near is None:
        hint = f"there are results of {listed(names_of(groups))}"
    else:
        hint = f"did you mean {shown_name(known[near])}?"
    return Refused(Problem(f"--{role}", what, hint))
