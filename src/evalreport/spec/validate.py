"""Plain values to a Spec: every complaint at once, and what still stands without the bad parts."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Final, TypeAlias

from pydantic import ValidationError

from evalreport.spec.models import LANGUAGE_VERSION, Spec
from evalreport.spec.places import Complaint, value_at
from evalreport.spec.wanted import Found
from evalreport.spec.yaml_tree import Path
from evalreport.values import Json

_MOST_ROUNDS: Final = 64
_STANDING_IN: Final[tuple[tuple[Path, Json], ...]] = (
    (("evalreport",), LANGUAGE_VERSION),
    (("name",), "unnamed"),
    (("base_model",), {}),
    (("base_model", "path"), "unknown/unknown"),
    (("evaluation",), {}),
    (("evaluation", "layers"), []),
)
_WANT_TEXT: Final = frozenset({"string_type", "number_type"})
_Loc: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """A spec without its bad parts, for the checks that look across sections.

    Attributes:
        spec: What is left; a required section that is bad has something standing in.
        raw: All that was written, bad parts too: their names are still names.
        lost: Paths of the bad parts.
        origin: Path as written of each list entry that is left, by its path in `spec`.
    """

    spec: Spec
    raw: Json
    lost: frozenset[Path]
    origin: Mapping[Path, Path]

    def written(self, path: Path) -> Path:
        """The path of a value as it was written: entries before it may have been lost."""
        return _written(path, self.origin)

    def is_readable(self, *path: str | int) -> bool:
        """Whether this (written) path stands, though parts below it may be lost."""
        return not any(path[: len(bad)] == bad for bad in self.lost)

    def is_whole(self, *path: str | int) -> bool:
        """Whether nothing was lost at this (written) path, above or below it."""
        return not any(path[: len(bad)] == bad or bad[: len(path)] == path for bad in self.lost)


@dataclass(frozen=True, slots=True)
class Validated:
    """The spec when nothing is wrong, the complaints otherwise, and what stands either way.

    A key that is spelled wrong is read as the nearest right one: what stands under it is checked
    as well, and nobody is told that it is missing. Paths below it are those of the right key.

    Attributes:
        spec: The spec, when nothing is wrong with its values.
        complaints: What is wrong with them.
        standing: What is left without the bad parts.
        spelled: How each key that is spelled wrong was written, by its path with the right key.
    """

    spec: Spec | None
    complaints: tuple[Complaint, ...]
    standing: Standing
    spelled: Mapping[Path, str] = field(default_factory=dict)

    def as_written(self, complaint: Complaint) -> Complaint:
        """The complaint with the path as it stands in the file."""
        path = complaint.path
        spelled = tuple(self.spelled.get(path[: i + 1], part) for i, part in enumerate(path))
        return replace(complaint, path=spelled)


def validate(value: Json, numbers: Mapping[Path, str]) -> Validated:
    """Checks values against the spec language.

    Args:
        value: The root of the spec.
        numbers: How each number was written, by its path: where text is wanted, it is that text.
    """
    spec, found, value = _with_numbers_as_text(value, numbers)
    if spec is not None:
        return Validated(spec, (), Standing(spec, value, frozenset(), {}))
    # The words for what is wrong need the JSON Schema: a spec that is right does not wait for it.
    from evalreport.spec.complaints import complain, meant_key

    complaints: list[Complaint] = []
    spelled: dict[Path, str] = {}
    for _ in range(_MOST_ROUNDS):  # under a key that is read another way there may be more of them
        meant: dict[Path, str] = {}
        for one in found:
            path, key = meant_key(one, value) or ((), "")
            if path and (*path[:-1], key) not in spelled:
                complaints += complain([one], value, numbers.get)
                spelled[(*path[:-1], key)] = str(path[-1])
                meant[path] = key
        if not meant:
            break
        value, numbers = _respelled(value, (), meant), _moved(numbers, meant)
        spec, found, value = _with_numbers_as_text(value, numbers)
    complaints += [
        one
        for group in _by_path(found).values()
        for one in complain(group, value, numbers.get)
        if one.path not in spelled  # whether that key was meant is not sure
    ]
    return Validated(None, tuple(complaints), _what_stands(value, found), spelled)


def _respelled(value: Json, path: Path, meant: Mapping[Path, str]) -> Json:
    """The value with keys replaced, by their paths."""
    if isinstance(value, dict):
        return {
            meant.get((*path, key), key): _respelled(inner, (*path, key), meant)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [_respelled(inner, (*path, i), meant) for i, inner in enumerate(value)]
    return value


def _moved(numbers: Mapping[Path, str], meant: Mapping[Path, str]) -> dict[Path, str]:
    return {
        tuple(meant.get(path[: i + 1], part) for i, part in enumerate(path)): text
        for path, text in numbers.items()
    }


def _parse(value: Json) -> tuple[Spec | None, list[Found]]:
    try:
        return Spec.model_validate(value), []
    except ValidationError as error:
        return None, [
            _found(value, one) for one in error.errors(include_url=False, include_input=False)
        ]


def _with_numbers_as_text(
    value: Json, numbers: Mapping[Path, str]
) -> tuple[Spec | None, list[Found], Json]:
    """Validates; where text (or the digits of a number) was wanted and a number stands, takes the
    number as it was written.
    """
    spec, found = _parse(value)
    texts = {one.path for one in found if one.kind in _WANT_TEXT and one.path in numbers}
    if not texts:
        return spec, found, value
    mended = _replaced(value, (), {path: numbers[path] for path in texts})
    spec, again = _parse(mended)
    if spec is not None:
        return spec, [], mended
    refused = {one.path for one in again} & texts
    if refused:  # as text it is wrong as well: speak of the number that stands there
        mended = _replaced(value, (), {path: numbers[path] for path in texts - refused})
        spec, again = _parse(mended)
    return spec, again, mended


def _replaced(value: Json, path: Path, new: Mapping[Path, str]) -> Json:
    if path in new:
        return new[path]
    if isinstance(value, dict):
        return {key: _replaced(inner, (*path, key), new) for key, inner in value.items()}
    if isinstance(value, list):
        return [_replaced(inner, (*path, i), new) for i, inner in enumerate(value)]
    return value


def _found(root: Json, error: Any) -> Found:
    loc: _Loc = error["loc"]
    kind: str = error["type"]
    context: Mapping[str, Any] = error.get("ctx", {})
    if loc and loc[-1] == "[key]":
        return Found(path_of(root, loc[:-1]), kind, error["msg"], context, of_key=True)
    if kind == "missing":
        above = path_of(
            root, loc[:-1], lambda node: isinstance(node, dict) and not _has(node, loc[-1])
        )
        return Found((*above, loc[-1]), kind, error["msg"], context)
    if kind == "extra_forbidden":
        above = path_of(root, loc[:-1], lambda node: _has(node, loc[-1]))
        return Found((*above, loc[-1]), kind, "", context)
    return Found(path_of(root, loc), kind, error["msg"], context)


def path_of(root: Json, loc: _Loc, fits: Callable[[Json], bool] = lambda _: True) -> Path:
    """The path of a value from pydantic's location, which also names members of unions.

    A part that is no key of the value names a union's member, or stands behind a short form that
    has no such part. A part that is both may be either: the reading whose end fits wins, then the
    one that uses the last part, then the one that uses most.

    Args:
        root: What was validated.
        loc: Location.
        fits: What the value at the end should be.
    """
    best: tuple[tuple[bool, bool, int], Path] = ((False, False, -1), ())

    def walk(node: Json, i: int, path: Path, *, used_last: bool) -> None:
        nonlocal best
        if i == len(loc):
            rank = (fits(node), used_last, len(path))
            best = max(best, (rank, path), key=lambda one: one[0])
            return
        part = loc[i]
        is_key = _has(node, part)
        if is_key:
            walk(value_at(node, (part,)), i + 1, (*path, part), used_last=True)
        if not is_key or part in _tags():
            walk(node, i + 1, path, used_last=False)

    walk(root, 0, (), used_last=not loc)
    return best[1]


@cache
def _tags() -> frozenset[str]:
    """The names of all members of tagged unions: pydantic puts them into its locations."""
    tags: set[str] = set()
    rest: list[Any] = [Spec.__pydantic_core_schema__]
    while rest:
        part = rest.pop()
        if isinstance(part, dict):
            if part.get("type") == "tagged-union":
                tags.update(key for key in part["choices"] if isinstance(key, str))
            rest += part.values()
        elif isinstance(part, list | tuple):
            rest += part
    return frozenset(tags)


def _has(node: Json, part: str | int) -> bool:
    if isinstance(node, dict):
        return part in node
    return isinstance(node, list) and isinstance(part, int) and part < len(node)


def _by_path(found: list[Found]) -> dict[tuple[Path, bool], list[Found]]:
    groups: dict[tuple[Path, bool], list[Found]] = {}
    for one in found:
        groups.setdefault((one.path, one.of_key), []).append(one)
    return groups


def _written(path: Path, origin: Mapping[Path, Path]) -> Path:
    written: Path = ()
    for i, part in enumerate(path):
        written = origin.get(path[: i + 1], (*written, part))
    return written


def _what_stands(value: Json, found: list[Found]) -> Standing:
    lost: set[Path] = set()
    origin: Mapping[Path, Path] = {}
    for _ in range(_MOST_ROUNDS):
        bad = {_written(_to_drop(one), origin) for one in found}
        # What was dropped already and is still wrong takes its whole section with it.
        lost |= {path[:-1] if path in lost else path for path in bad}
        kept, origin = _without(value, lost)
        spec, found = _parse(kept)
        if spec is not None:
            return Standing(spec, value, frozenset(lost), origin)
    nothing, _ = _without({}, set())
    return Standing(Spec.model_validate(nothing), value, frozenset({()}), {})


def _to_drop(found: Found) -> Path:
    """What has to go for a finding to go: for a missing key, all that wanted it."""
    is_replaceable = any(found.path == path for path, _ in _STANDING_IN)
    return found.path[:-1] if found.kind == "missing" and not is_replaceable else found.path


def _without(value: Json, lost: set[Path]) -> tuple[Json, dict[Path, Path]]:
    origin: dict[Path, Path] = {}

    def keep(node: Json, written: Path, path: Path) -> Json:
        if isinstance(node, dict):
            return {
                key: keep(inner, (*written, key), (*path, key))
                for key, inner in node.items()
                if (*written, key) not in lost
            }
        if isinstance(node, list):
            entries: list[Json] = []
            for i, inner in enumerate(node):
                if (*written, i) not in lost:
                    at = (*path, len(entries))
                    origin[at] = (*written, i)
                    entries.append(keep(inner, (*written, i), at))
            return entries
        return node

    root = keep(value, (), ()) if () not in lost else {}
    root = root if isinstance(root, dict) else {}
    for (*above, key), standing_in in _STANDING_IN:
        holder = value_at(root, tuple(above))
        if isinstance(holder, dict):
            holder.setdefault(str(key), deepcopy(standing_in))
    return root, origin
