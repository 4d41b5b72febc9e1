"""Answers without scores: the layer that would score them, for whoever writes the spec."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from evalreport.commands.audit_groups import Group, groups_of
from evalreport.commands.audit_layers import quoted, written_path
from evalreport.commands.audit_roles import roles_of
from evalreport.errors import Refused
from evalreport.importers.survey import Surveyed


def snippet(files: Sequence[Surveyed]) -> Iterator[str]:
    """A generation layer that takes its answers from these files, as YAML below `layers:`.

    Args:
        files: That hold answers; of whom is told where their names tell it.
    """
    who, is_told = _who(files)
    yield "    - kind: generation"
    yield "      name: kept"
    yield "      dataset: test            # prompts and right answers of the same items"
    yield "      metrics: [exact_match]   # evalreport schema lists them"
    yield "      imported:                # paths are relative to the folder of the spec"
    for arm, group in who.items():
        doubt = "" if is_told else "   # nothing tells whose they are: mend it"
        yield f"        {arm}: {_from(group, files)}{doubt}"


def _who(files: Sequence[Surveyed]) -> tuple[dict[str, Group], bool]:
    """By arm, whose answers; and whether anything tells."""
    groups = groups_of(files)
    try:
        return dict(sorted(roles_of(groups, None, None).there.items())), True
    except Refused:
        return dict(zip(("base", "tuned"), groups, strict=False)), False


def _from(group: Group, files: Sequence[Surveyed]) -> str:
    mine = [file for file in files if group.held(file)]
    paths = [written_path(file.path, Path()) for file in mine]
    shown = paths[0] if len(paths) == 1 else f"[{', '.join(paths)}]"
    is_shared = any(len(file.models) > 1 for file in mine)
    return f"{{from: {shown}{f', model: {quoted(group.model)}' if is_shared else ''}}}"
