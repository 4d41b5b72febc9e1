"""The spec that an audit writes: all that the files tell, and where to say what they do not."""

import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evalreport.commands.audit_roles import Group, Roles
from evalreport.errors import Problem, SpecError
from evalreport.importers.survey import Surveyed

_REPOSITORY: Final = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_NO_NAME: Final = re.compile(r"[^A-Za-z0-9_.-]+")
_LONGEST: Final = 48
UNKNOWN: Final = "unknown/base-model"


@dataclass(frozen=True, slots=True)
class Found:
    """What files are good for.

    Attributes:
        roles: Who is who; None where there is only a trainer's state.
        files: Files with verdicts and scores, or with totals.
        state: A trainer's state.
    """

    roles: Roles | None
    files: tuple[Surveyed, ...] = ()
    state: Surveyed | None = None


def written_name(text: str) -> str:
    """A name as specs and folders have it, made of what a file says."""
    last = text.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    plain = _NO_NAME.sub("-", last).strip("-._")[:_LONGEST].strip("-._")
    return plain or "audit"


def spec_text(found: Found, name: str, folder: Path, primary: str | None) -> str:
    """The spec as YAML.

    Args:
        found: What the files hold.
        name: Of the spec.
        folder: In which it will stand; paths are relative to it.
        primary: `layer.metric` that decides; the only metric of an only layer where left out.

    Raises:
        SpecError: There is no such metric.
    """
    layers = list(_layers(found, folder))
    metrics = [(layer.name, metric) for layer in layers for metric in layer.metrics]
    chosen = _chosen(primary, layers, metrics)
    base = found.roles.base if found.roles is not None else None
    lines = [
        "# Written by `evalreport audit` from what it recognised. Change what is wrong, say what",
        "# the files do not tell, and build again: evalreport build SPEC",
        "evalreport: 1",
        f"name: {name}",
        f"title: {_quoted(_title(found))}",
        f"base_model: {{path: {_quoted(_model_path(base))}}}",
    ]
    if found.state is not None:
        lines += [
            "training:",
            f"  recorded: {{trainer_state: {_path(found.state.path, folder)}}}",
        ]
    lines.append("evaluation:")
    if chosen is not None:
        hint = "   # add gain_at_least: the gain worth having, such as 0.05"
        lines.append(f"  primary: {{layer: {chosen[0]}, metric: {chosen[1]}}}{hint}")
    elif metrics:
        lines += ["  # primary: {layer: ..., metric: ..., gain_at_least: 0.05}   # what decides"]
    lines += [
        "  # guards: [{layer: ..., metric: ..., lose_at_most: 0.02}]   # what must not be lost"
    ]
    rest = [one for one in metrics if one != chosen]
    if rest:
        lines.append("  secondary:")
        lines += [f"    - {{layer: {layer}, metric: {metric}}}" for layer, metric in rest]
    lines.append("  layers:" if layers else "  layers: []")
    for layer in layers:
        lines += layer.lines
    return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class _Layer:
    name: str
    metrics: tuple[str, ...]
    lines: tuple[str, ...]


def _layers(found: Found, folder: Path) -> Iterator[_Layer]:
    """One for each format, judge and part of the files."""
    taken: set[str] = set()
    roles = found.roles
    for format_ in dict.fromkeys(one.format for one in found.files):
        files = [one for one in found.files if one.format == format_]
        for judge in dict.fromkeys(judge for one in files for judge in (one.judges or ("",))):
            mine = [one for one in files if judge in (one.judges or ("",))]
            for part in dict.fromkeys(part for one in mine for part in one.metrics):
                having = [one for one in mine if part in one.metrics]
                if roles is not None and any(roles.tuned.has(one) for one in having):
                    yield _layer(having, roles, folder, taken, part, judge)


def _layer(
    files: Sequence[Surveyed], roles: Roles, folder: Path, taken: set[str], part: str, judge: str
) -> _Layer:
    by_arm = {
        arm: tuple(one for one in files if group.has(one)) for arm, group in roles.there.items()
    }
    by_arm = {arm: mine for arm, mine in by_arm.items() if mine}
    is_shared = len({frozenset(one.path for one in mine) for mine in by_arm.values()}) < len(by_arm)
    named = {arm: group.model for arm, group in roles.there.items() if group.model}
    several = is_shared or any(len(one.models) > 1 for mine in by_arm.values() for one in mine)
    paths = {arm: tuple(one.path for one in mine) for arm, mine in by_arm.items()}
    is_direct = any({*pair} == {*named.values()} for one in files for pair in one.pairs)
    name = _free(written_name(part or files[0].format), taken)
    return _Layer(
        name,
        _metrics(files, part) if is_direct else _each(_metrics(files, part)),
        tuple(
            _lines(
                name,
                _from({"": next(iter(paths.values()))} if is_shared else paths, folder),
                part=part if any(len(one.metrics) > 1 for one in files) else "",
                judge=judge if any(len(one.judges) > 1 for one in files) else "",
                models=named if several else {},
            )
        ),
    )


def _each(metrics: Sequence[str]) -> tuple[str, ...]:
    """Held against something else, wins are a rate."""
    return tuple(dict.fromkeys("win_rate" if one == "net_win" else one for one in metrics))


def _metrics(files: Sequence[Surveyed], part: str) -> tuple[str, ...]:
    """The metrics of a part that every file of it has."""
    having = [one.metrics[part] for one in files if part in one.metrics]
    return tuple(
        metric
        for metric in dict.fromkeys(m for of in having for m in of)
        if all(metric in of for of in having)
    )


def _lines(
    name: str, files: Sequence[str], *, part: str, judge: str, models: dict[str, str]
) -> Iterator[str]:
    yield f"    - kind: imported\n      name: {name}"
    yield from files
    if models:
        inner = ", ".join(f"{arm}: {_quoted(model)}" for arm, model in models.items())
        yield f"      models: {{{inner}}}"
    if part:
        yield f"      part: {_quoted(part)}"
    if judge:
        yield f"      judge: {_quoted(judge)}"


def _from(files: dict[str, tuple[Path, ...]], folder: Path) -> list[str]:
    def several(paths: Sequence[Path]) -> str:
        shown = [_path(path, folder) for path in dict.fromkeys(paths)]
        return shown[0] if len(shown) == 1 else f"[{', '.join(shown)}]"

    if "" in files:
        return [f"      from: {several(files[''])}"]
    return ["      from:", *(f"        {arm}: {several(paths)}" for arm, paths in files.items())]


def _chosen(
    primary: str | None, layers: Sequence[_Layer], metrics: Sequence[tuple[str, str]]
) -> tuple[str, str] | None:
    if primary is None:
        only = layers[0] if len(layers) == 1 else None
        return (only.name, only.metrics[0]) if only is not None and only.metrics else None
    known = {f"{layer}.{metric}": (layer, metric) for layer, metric in metrics}
    if primary not in known:
        hint = f"there are {', '.join(known)}"
        raise SpecError(Problem("--primary", f"no file gives {primary[:80]}", hint))
    return known[primary]


def _free(name: str, taken: set[str]) -> str:
    own, k = name, 2
    while own in taken:
        own, k = f"{name}-{k}", k + 1
    taken.add(own)
    return own


def _title(found: Found) -> str:
    if found.roles is None:
        return "A training, as its trainer logged it"
    base = found.roles.base
    against = f" against {base.name}" if base is not None else ""
    return f"{found.roles.tuned.name}{against}, as other tools measured them"


def _model_path(base: Group | None) -> str:
    """What the base is called, where that can be the id of a model."""
    name = base.model if base is not None else ""
    return name if _REPOSITORY.fullmatch(name) else UNKNOWN


def _path(path: Path, folder: Path) -> str:
    return _quoted(Path(os.path.relpath(path, folder)).as_posix())


def _quoted(text: str) -> str:
    """A text as YAML, whatever it holds: JSON's quotes and escapes are YAML's."""
    return json.dumps(text[:400])
