"""The spec that an audit writes: all that the files tell, and where to say what they do not."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evalreport.commands.audit_groups import Group
from evalreport.commands.audit_layers import Found, layers_of, quoted, written_path
from evalreport.digest import digest_of
from evalreport.errors import Problem, SpecError
from evalreport.importers.names import listed, shown_name
from evalreport.spec.models import UNKNOWN_BASE
from evalreport.spec.nearest import nearest

_REPOSITORY: Final = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_SEAL: Final = "# As audit wrote it; audits of the same files may write it again: "


@dataclass(frozen=True, slots=True)
class Draft:
    """A spec before it is written.

    Attributes:
        text: As YAML.
        only: By arm, the measurements that only it has.
        undecided: What may be named as primary, `layer.metric`, where nothing is.
    """

    text: str
    only: dict[str, tuple[str, ...]]
    undecided: tuple[str, ...]


def drafted(found: Found, name: str, folder: Path, primary: str | None) -> Draft:
    """The spec as YAML.

    Args:
        found: What the files hold.
        name: Of the spec.
        folder: In which it will stand; paths are relative to it.
        primary: `layer.metric` that decides; the only metric of all where left out.

    Raises:
        SpecError: There is no such metric.
        Refused: There are too many measurements.
    """
    only: dict[str, dict[str, None]] = {}
    layers = list(layers_of(found, folder, only))
    metrics = [(layer.name, metric) for layer in layers for metric in layer.metrics]
    chosen = _chosen(primary, metrics)
    base = found.roles.base if found.roles is not None else None
    lines = [
        "# Written by `evalreport audit` from what it recognised. Change what is wrong, say what",
        "# the files do not tell, and build again: evalreport build SPEC",
        *(
            f"# Only of {arm}, and so not compared: {quoted(part)}"
            for arm, parts in only.items()
            for part in parts
        ),
        "evalreport: 1",
        f"name: {quoted(name)}",
        f"title: {quoted(_title(found))}",
        f"base_model: {{path: {quoted(_model_path(base))}}}",
    ]
    if found.state is not None:
        lines += [
            "training:",
            f"  recorded: {{trainer_state: {written_path(found.state.path, folder)}}}",
        ]
    lines.append("evaluation:")
    if chosen is not None:
        hint = "   # add gain_at_least: the gain worth having, such as 0.05"
        lines.append(f"  primary: {_metric(*chosen)}{hint}")
    elif metrics:
        lines += [
            "  # primary: {layer: ..., metric: ..., gain_at_least: 0.05}   # what decides: one of",
            "  # those in `secondary`, taken out of there, as --primary LAYER.METRIC of audit does",
        ]
    lines += [
        "  # guards: [{layer: ..., metric: ..., lose_at_most: 0.02}]   # what must not be lost"
    ]
    rest = [one for one in metrics if one != chosen]
    if rest:
        lines.append("  secondary:")
        lines += [f"    - {_metric(*one)}" for one in rest]
    lines.append("  layers:" if layers else "  layers: []")
    for layer in layers:
        lines += layer.lines
    undecided = () if chosen is not None else tuple(f"{of}.{metric}" for of, metric in metrics)
    text = "\n".join(lines) + "\n"
    return Draft(text, {arm: tuple(parts) for arm, parts in only.items()}, undecided)


def sealed(text: str, files: Sequence[Path], folder: Path) -> str:
    """A spec with a last line that tells whether it is still what an audit of these files wrote.

    Args:
        text: The spec.
        files: All that was looked at.
        folder: In which the spec stands.
    """
    there = sorted(repr(os.path.relpath(file, folder)) for file in files)
    return f"{text}{_SEAL}{digest_of('audit', text, *there)[:16]}\n"


def is_untouched(standing: bytes, files: Sequence[Path], folder: Path) -> bool:
    """Whether a file is byte for byte a spec that an audit of these files wrote.

    Args:
        standing: What the file holds.
        files: All that is looked at now.
        folder: In which it stands.
    """
    body, mark, _ = standing.rpartition(_SEAL.encode())
    try:
        return bool(mark) and sealed(body.decode(), files, folder).encode() == standing
    except UnicodeDecodeError:
        return False


def _metric(layer: str, metric: str) -> str:
    return f"{{layer: {quoted(layer)}, metric: {quoted(metric)}}}"


def _chosen(primary: str | None, metrics: Sequence[tuple[str, str]]) -> tuple[str, str] | None:
    """What decides: what the user says, or the only number that there is."""
    if primary is None:
        return metrics[0] if len(metrics) == 1 else None
    known = {f"{layer}.{metric}": (layer, metric) for layer, metric in metrics}
    if primary not in known:
        what = f"no file gives {shown_name(primary)}"
        near = nearest(primary, known)
        hint = f"there are {listed(known)}" if near is None else f"did you mean {near}?"
        raise SpecError(Problem("--primary", what, hint))
    return known[primary]


def _title(found: Found) -> str:
    if found.roles is None:
        return "A training, as its trainer logged it"
    base = found.roles.base
    against = f" against {shown_name(base.name)}" if base is not None else ""
    return f"{shown_name(found.roles.tuned.name)}{against}, as other tools measured them"


def _model_path(base: Group | None) -> str:
    """What the base is called, where that can be the id of a model."""
    name = base.model if base is not None else ""
    return name if _REPOSITORY.fullmatch(name) else UNKNOWN_BASE
