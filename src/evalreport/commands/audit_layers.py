"""The layers that an audit writes: one for each measurement, with the files of each arm."""

import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evalreport.commands.audit_roles import Roles
from evalreport.commands.audit_stems import stem_of
from evalreport.errors import Problem, Refused, printable
from evalreport.importers.names import without_folders
from evalreport.importers.plain.tables import PLAIN_SCORES
from evalreport.importers.survey import Surveyed

_NO_NAME: Final = re.compile(r"[^A-Za-z0-9_.-]+")
_LONGEST: Final = 48
_MOST_LAYERS: Final = 200


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


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer.

    Attributes:
        name: Of the layer.
        metrics: That it gives.
        lines: As YAML.
    """

    name: str
    metrics: tuple[str, ...]
    lines: tuple[str, ...]


def layers_of(found: Found, folder: Path, only: dict[str, dict[str, None]]) -> Iterator[Layer]:
    """One for each format, judge and part of the files.

    Args:
        found: What the files hold.
        folder: Of the spec.
        only: Where the measurements go that only one of two arms has.

    Raises:
        Refused: There are too many.
    """
    taken: set[str] = set()
    roles = found.roles
    for format_ in dict.fromkeys(one.format for one in found.files):
        files = [one for one in found.files if one.format == format_]
        judges = dict.fromkeys(judge for one in files for judge in _judges(one))
        for judge in judges:
            for part in dict.fromkeys(part for one in files for part in one.metrics):
                by_arm = {} if roles is None else _by_arm(files, roles, part, judge)
                if roles is not None and roles.base is not None and len(by_arm) == 1:
                    of = f" by {judge}" if judge and len(judges) > 1 else ""
                    only.setdefault(next(iter(by_arm)), {}).setdefault(f"{part or format_}{of}")
                if roles is not None and "tuned" in by_arm:
                    if len(taken) == _MOST_LAYERS:
                        what = f"the files hold more than {_MOST_LAYERS} measurements"
                        raise Refused(Problem("audit", what, "name files of fewer tasks"))
                    yield _layer(by_arm, roles, folder, taken, part, judge)


def _by_arm(
    files: Sequence[Surveyed], roles: Roles, part: str, judge: str
) -> dict[str, tuple[Surveyed, ...]]:
    """By arm, the files that hold a measurement of it."""
    found = {
        arm: tuple(
            one
            for one in files
            if any((held.part, held.judge) == (part, judge) for held in roles.held(arm, one))
        )
        for arm in roles.there
    }
    return {arm: mine for arm, mine in found.items() if mine}


def _judges(file: Surveyed) -> tuple[str, ...]:
    """Whose verdicts a file holds; empty for those of whom it does not tell."""
    is_unnamed = any(not held.judge for held in file.holds)
    return (*file.judges, *([""] if is_unnamed or not file.judges else []))


def _layer(
    by_arm: dict[str, tuple[Surveyed, ...]],
    roles: Roles,
    folder: Path,
    taken: set[str],
    part: str,
    judge: str,
) -> Layer:
    files = list(dict.fromkeys(one.path for mine in by_arm.values() for one in mine))
    every = [next(o for mine in by_arm.values() for o in mine if o.path == path) for path in files]
    named = {
        arm: group.model for arm, group in roles.there.items() if arm in by_arm and group.model
    }
    is_direct = len(named) > 1 and any(
        {held.model, held.other} == {*named.values()} for one in every for held in one.holds
    )
    paths = {arm: tuple(one.path for one in mine) for arm, mine in by_arm.items()}
    is_shared = is_direct or len({frozenset(mine) for mine in paths.values()}) < len(by_arm)
    is_other = any(  # a file that names another model alone
        file.models and arm in named and named[arm] not in file.models
        for arm, mine in by_arm.items()
        for file in mine
    )
    called = stem_of(paths) if every[0].format == PLAIN_SCORES.name else every[0].format
    name = _free(written_name(part or called), taken)
    metrics = _metrics(every, part)
    return Layer(
        name,
        metrics if is_direct else _each(metrics),
        tuple(
            _lines(
                name,
                _from({"": tuple(files)} if is_shared else paths, folder),
                part=part if any(len(one.metrics) > 1 for one in every) else None,
                judge=judge if any(len(_judges(one)) > 1 for one in every) else None,
                models=(
                    _told(named, every)
                    if is_shared or is_other or any(len(one.models) > 1 for one in every)
                    else {}
                ),
                guessed=[name for name in metrics if all(name in one.guessed for one in every)],
            )
        ),
    )


def _told(named: dict[str, str], files: Sequence[Surveyed]) -> dict[str, str]:
    """Names as the spec says them: without folders of somebody's disk, unless two would be one."""
    every = {name for one in files for held in one.holds for name in (held.model, held.other)}
    count = Counter(without_folders(name) for name in every)
    short = {arm: without_folders(model) for arm, model in named.items()}
    return {arm: one if count[one] == 1 else named[arm] for arm, one in short.items()}


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
    name: str,
    files: Sequence[str],
    *,
    part: str | None,
    judge: str | None,
    models: dict[str, str],
    guessed: Sequence[str],
) -> Iterator[str]:
    yield f"    - kind: imported\n      name: {quoted(name)}"
    yield from files
    if models:
        inner = ", ".join(f"{arm}: {quoted(model)}" for arm, model in models.items())
        yield f"      models: {{{inner}}}"
    if part is not None:
        yield f"      part: {quoted(part)}"
    if judge is not None:
        yield f"      judge: {quoted(judge)}"
    if guessed:
        inner = ", ".join(f"{quoted(name)}: true" for name in guessed)
        yield "      # Nothing in the files tells whether higher is better: say it."
        yield f"      # higher_is_better: {{{inner}}}"


def _from(files: dict[str, tuple[Path, ...]], folder: Path) -> list[str]:
    def several(paths: Sequence[Path]) -> str:
        shown = [written_path(path, folder) for path in dict.fromkeys(paths)]
        return shown[0] if len(shown) == 1 else f"[{', '.join(shown)}]"

    if "" in files:
        return [f"      from: {several(files[''])}"]
    return ["      from:", *(f"        {arm}: {several(paths)}" for arm, paths in files.items())]


def _free(name: str, taken: set[str]) -> str:
    own, k = name, 2
    while own in taken:
        own, k = f"{name}-{k}", k + 1
    taken.add(own)
    return own


def written_path(path: Path, folder: Path) -> str:
    """A path as YAML, relative to a folder.

    Raises:
        Refused: Its name is no text, so that no spec can hold it.
    """
    if any("\ud800" <= c <= "\udfff" for c in str(path)):
        raise Refused(Problem(str(path), "the name of the file is not UTF-8", "rename it"))
    return quoted(Path(os.path.relpath(path, folder)).as_posix())


def quoted(text: str) -> str:
    """A text as YAML, whatever it holds: JSON's quotes and escapes are YAML's."""
    return printable(json.dumps(text, ensure_ascii=False))
