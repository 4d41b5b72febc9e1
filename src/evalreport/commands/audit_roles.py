"""Roles: of the models in other tools' files, which is tuned and which is the base."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evalreport.errors import Problem, Refused
from evalreport.importers.names import listed
from evalreport.importers.survey import Surveyed

_WORD: Final = re.compile(r"[a-z]+")
_BASE: Final = frozenset({"base", "baseline", "pretrained", "original", "before", "vanilla"})
_TUNED: Final = frozenset(
    {"tuned", "finetuned", "tune", "ft", "sft", "lora", "qlora", "dora", "dpo", "adapter", "after"}
)
_TWO: Final = 2


@dataclass(frozen=True, slots=True)
class Group:
    """Results of one model.

    Attributes:
        model: As the files name it; empty where they name nobody.
        given: The arguments that its files came from.
        files: Its files.
    """

    model: str
    given: tuple[Path, ...]
    files: tuple[Surveyed, ...]

    @property
    def name(self) -> str:
        """What it is called."""
        return self.model or ", ".join(str(path) for path in self.given)

    def is_meant_by(self, text: str) -> bool:
        """Whether a user who writes this means it: its name, or the path of its files."""
        return text == self.model or any(Path(text) == path for path in self.given)


@dataclass(frozen=True, slots=True)
class Roles:
    """Who is who.

    Attributes:
        tuned: The candidate.
        base: The reference; None where nothing of it is there.
        why: How that was found out.
    """

    tuned: Group
    base: Group | None
    why: str


def groups_of(files: Sequence[Surveyed]) -> tuple[Group, ...]:
    """Results by model: by the name in the files, else by the argument that named them.

    Where two arguments hold results of one name, the arguments tell them apart.
    """
    by_name: dict[str, list[Surveyed]] = {}
    for one in files:
        for model in one.models or ("",):
            by_name.setdefault(model, []).append(one)
    groups: list[Group] = []
    for model, found in by_name.items():
        given = dict.fromkeys(one.given for one in found)
        if len(by_name) == 1 and len(given) > 1:
            groups += [
                Group(model if len(by_name) > 1 else "", (path,), _of(found, path))
                for path in given
            ]
        elif not model:
            groups += [Group("", (path,), _of(found, path)) for path in given]
        else:
            groups.append(Group(model, tuple(given), tuple(found)))
    return tuple(groups)


def _of(files: Sequence[Surveyed], given: Path) -> tuple[Surveyed, ...]:
    return tuple(one for one in files if one.given == given)


def roles_of(
    groups: Sequence[Group], tuned: str | None, base: str | None, *, told: str = ""
) -> Roles:
    """Which group is tuned and which is the base.

    Args:
        groups: The models.
        tuned: What the user calls tuned: a path or a name.
        base: What the user calls the base.
        told: The name of the group that the files themselves call the baseline.

    Raises:
        Refused: It cannot be told, or there are too many.
    """
    named = {"tuned": _meant(groups, tuned, "tuned"), "base": _meant(groups, base, "base")}
    mine, theirs = named["tuned"], named["base"]
    rest = [one for one in groups if one not in (mine, theirs)]
    if mine is not None and theirs is not None:
        return Roles(mine, theirs, "as the command line says")
    if mine is not None and len(groups) <= _TWO:
        return Roles(mine, rest[0] if rest else None, "as the command line says")
    if theirs is not None and len(rest) == 1:
        return Roles(rest[0], theirs, "as the command line says")
    if len(groups) == 1:
        return Roles(groups[0], None, "there are results of one model only")
    if len(groups) > _TWO:
        what = f"the files hold results of {len(groups)} models: {listed(g.name for g in groups)}"
        raise Refused(Problem("audit", what, "say which two: --base NAME --tuned NAME"))
    return _by_words(groups, told)


def _by_words(groups: Sequence[Group], told: str) -> Roles:
    """Of two, by what they are called."""
    words = [_words(group) for group in groups]
    for mark, is_base in ((_BASE, True), (_TUNED, False)):
        marked = [bool(mark & of) for of in words]
        if marked[0] != marked[1]:
            first = groups[0] if marked[0] else groups[1]
            other = groups[1] if marked[0] else groups[0]
            found = (other, first) if is_base else (first, other)
            return Roles(*found, f"by its name, {listed([first.name])} is the "
                         f"{'base' if is_base else 'tuned model'}")  # fmt: skip
    baseline = next((one for one in groups if told and one.model == told), None)
    if baseline is not None:
        other = next(one for one in groups if one is not baseline)
        return Roles(other, baseline, f"the files call {listed([baseline.name])} the baseline")
    what = f"nothing tells which of {listed(one.name for one in groups)} is the base"
    raise Refused(Problem("audit", what, "say it: --base PATH --tuned PATH (or their names)"))


def _words(group: Group) -> frozenset[str]:
    last = [group.model.rsplit("/", 1)[-1], *(path.name for path in group.given)]
    own = frozenset(_WORD.findall(" ".join(last).lower()))
    return own or frozenset(_WORD.findall(" ".join(map(str, group.given)).lower()))


def _meant(groups: Sequence[Group], text: str | None, role: str) -> Group | None:
    if text is None:
        return None
    found = next((one for one in groups if one.is_meant_by(text)), None)
    if found is None:
        what = f"no file holds results of {listed([text])}"
        known = listed(one.name for one in groups)
        raise Refused(Problem(f"--{role}", what, f"there are results of {known}"))
    return found
