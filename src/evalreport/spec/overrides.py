"""`--set key.path=value`: one value of the spec replaced, list entries addressed by their name."""

import re
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Final

from evalreport.errors import Problem, printable
from evalreport.spec.nearest import did_you_mean, listed
from evalreport.spec.places import dotted, value_at
from evalreport.spec.yaml12 import Document, compose
from evalreport.spec.yaml_tree import Path, Unreadable
from evalreport.values import Json

# What describes the place that `path` names, and so goes with it when another one is named.
_GOES_WITH_PATH: Final = {
    "base_model": ("hub_id", "revision"),
    "datasets": ("config", "split", "revision", "expect"),
}


@dataclass(frozen=True, slots=True)
class Override:
    """One `--set`: as given, the path that it reached, and the value that now stands there."""

    text: str
    path: Path
    value: Json


@dataclass(frozen=True, slots=True)
class Overridden:
    """A spec's values after all overrides; `problems` are those that could not be applied."""

    value: Json
    applied: tuple[Override, ...]
    numbers: dict[Path, str]
    problems: tuple[Problem, ...]


class _NotReached(Exception):
    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint


def apply_overrides(document: Document, texts: Sequence[str]) -> Overridden:
    """Applies overrides in order to a copy of the values.

    A key that is missing is added, with what leads to it; whether the spec language has it is
    found when the spec is validated. Another `path` of a dataset or of the base takes away what
    described the former one (`config`, `split`, `revision`, `expect`; `hub_id`), unless an override
    says it anew.

    Args:
        document: The spec as it was written.
        texts: Such as `evaluation.layers.extraction.items.n=50`.
    """
    value = deepcopy(document.value)
    applied: list[Override] = []
    numbers = dict(document.numbers)
    problems: list[Problem] = []
    for text in texts:
        where = f"--set {printable(text)}"
        key, equals, written = text.partition("=")
        if not equals or not key.strip():
            problems.append(
                Problem(where, "an override is key.path=value", "such as training.epochs=3")
            )
            continue
        try:
            new = compose(written) if written.strip() else None
            if new and new.flaws:  # what such a value lacks follows from them
                problems += [Problem(where, flaw.what, flaw.hint) for flaw in new.flaws]
                continue
            path = _put(value, _segments(key.strip()), new.value if new else None)
        except Unreadable as error:
            problems.append(Problem(where, error.flaw.what, error.flaw.hint))
            continue
        except _NotReached as error:
            problems.append(Problem(where, error.what, error.hint))
            continue
        said = {path, *(one.path for one in applied)}
        gone = [path, *(at for at in _described(path) if at not in said and _removed(value, at))]
        numbers = {
            at: how for at, how in numbers.items() if not any(at[: len(p)] == p for p in gone)
        }
        if new:
            numbers |= {(*path, *inner): how for inner, how in new.numbers.items()}
        applied.append(Override(text, path, new.value if new else None))
    return Overridden(value, tuple(applied), numbers, tuple(problems))


def _described(path: Path) -> list[Path]:
    """The keys that say more about what `path` names, when that is what was overridden."""
    if len(path) < 2 or path[-1] != "path":
        return []
    return [(*path[:-1], key) for key in _GOES_WITH_PATH.get(str(path[0]), ())]


def _removed(root: Json, path: Path) -> bool:
    """Take a key away; whether it was there."""
    above = value_at(root, path[:-1])
    return isinstance(above, dict) and above.pop(str(path[-1]), None) is not None


def _segments(key: str) -> list[str]:
    parts = re.sub(r"\[(\d+)\]", r".\1", key).split(".")
    return [part.strip() for part in parts if part.strip()]


def _put(root: Json, segments: list[str], new: Json) -> Path:
    node = root
    path: Path = ()
    if not segments:
        raise _NotReached("an override is key.path=value", "such as training.epochs=3")
    while True:
        step, used = _step(node, segments, dotted(path, root) or "the spec")
        path, segments = (*path, step), segments[used:]
        if not segments:
            _assign(node, step, new)
            return path
        inner = _inner(node, step)
        if inner is None:
            inner = {}
            _assign(node, step, inner)
        node = inner


def _step(node: Json, segments: list[str], here: str) -> tuple[str | int, int]:
    """The key or index that the next segments mean below `here`, and how many of them it takes.

    Names may hold dots, so the longest one that exists wins.
    """
    joined = [(".".join(segments[:n]), n) for n in range(len(segments), 0, -1)]
    if isinstance(node, dict):
        return next(((key, n) for key, n in joined if key in node), (segments[0], 1))
    if not isinstance(node, list):
        raise _NotReached(
            f"{here} holds a single value, so that {segments[0]} cannot stand under it",
            f"set {here} itself",
        )
    names = [entry.get("name") if isinstance(entry, dict) else None for entry in node]
    for key, n in joined:
        if key in names:
            return names.index(key), n
    if segments[0].isdecimal() and len(segments[0]) < 9 and int(segments[0]) < len(node):
        return int(segments[0]), 1
    known = [name for name in names if isinstance(name, str)]
    raise _NotReached(
        f"{here} has no entry {segments[0]}",
        did_you_mean(segments[0], known, what="entries")
        if known
        else f"entries: {listed(f'[{i}]' for i in range(len(node)))}",
    )


def _inner(node: Json, step: str | int) -> Json:
    if isinstance(node, dict):
        return node.get(str(step))
    return node[step] if isinstance(node, list) and isinstance(step, int) else None


def _assign(node: Json, step: str | int, new: Json) -> None:
    if isinstance(node, dict):
        node[str(step)] = new
    elif isinstance(node, list) and isinstance(step, int):
        node[step] = new
