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
    """

    model: str
    given: tuple[Path, ...]

    @property
    def name(self) -> str:
        """What it is called."""
        return self.model or ", ".join(str(path) for path in self.given)

    def is_meant_by(self, text: str) -> bool:
        """Whether a user who writes this means it: its name, or the path of its files."""
        return text == self.model or any(Path(text) == path for path in self.given)

    def has(self, file: Surveyed) -> bool:
        """Whether a file holds results of it."""
        if not self.model or not file.models:
            return file.given in self.given
        return self.model in file.models or any(self.model in pair for pair in file.pairs)


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

    @property
    def there(self) -> dict[str, Group]:
        """Both by arm, or the one that is there."""
        base = {} if self.base is None else {"base": self.base}
        return {"tuned": self.tuned, **base}


def groups_of(files: Sequence[Surveyed]) -> tuple[Group, ...]:
    """Results by model: by the name in the files, else by the argument that named them.

    Where two arguments hold results of one name, the arguments tell them apart. A model that
    others are only held against is a group where there is one other, and a common rival else.
    """
    subjects: dict[str, dict[Path, None]] = {}
    for one in files:
        for model in one.models or ("",):
            subjects.setdefault(model, {}).setdefault(one.given)
    rivals: dict[str, dict[Path, None]] = {}
    for one in files:
        for _, other in one.pairs:
            if other not in subjects:
                rivals.setdefault(other, {}).setdefault(one.given)
    named = [model for model in subjects if model]
    if len(named) == 1 and len(rivals) == 1:
        subjects |= rivals
    if len(subjects) == 1:
        ((model, given),) = subjects.items()
        return tuple(Group(model if len(given) == 1 else "", (path,)) for path in given)
    return tuple(
        group
        for model, given in subjects.items()
        for group in (
            [Group(model, tuple(given))] if model else [Group("", (path,)) for path in given]
        )
    )


def roles_of(
    groups: Sequence[Group], tuned: str | None, base: str | None, *, baseline: str = ""
) -> Roles:
    """Which group is tuned and which is the base.

    Args:
        groups: The models.
        tuned: What the user calls tuned: a path or a name.
        base: What the user calls the base.
        baseline: The name of the model that the files themselves hold all others against.

    Raises:
        Refused: It cannot be told, or there are too many.
    """
    mine, theirs = _meant(groups, tuned, "tuned"), _meant(groups, base, "base")
    rest = [one for one in groups if one not in (mine, theirs)]
    told = "as the command line says"
    if mine is not None and theirs is not None:
        return Roles(mine, theirs, told)
    if mine is not None and len(rest) < _TWO:
        return Roles(mine, rest[0] if rest else None, told)
    if theirs is not None and len(rest) == 1:
        return Roles(rest[0], theirs, told)
    if len(groups) == 1:
        return Roles(groups[0], None, "there are results of one model only")
    if len(groups) > _TWO:
        what = f"the files hold results of {len(groups)} models: {listed(g.name for g in groups)}"
        raise Refused(Problem("audit", what, "say which two: --base NAME --tuned NAME"))
    return _by_words(groups, baseline)


def _by_words(groups: Sequence[Group], baseline: str) -> Roles:
    """Of two, by what they are called, or by what the files call them."""
    first, second = groups
    for marks, role in ((_BASE, "base"), (_TUNED, "tuned model")):
        marked = [one for one in groups if marks & _words(one)]
        if len(marked) == 1:
            (found,) = marked
            other = second if found is first else first
            why = f"by its name, {listed([found.name])} is the {role}"
            return Roles(other, found, why) if role == "base" else Roles(found, other, why)
    if baseline in (first.model, second.model) and baseline:
        base, other = (first, second) if first.model == baseline else (second, first)
        return Roles(other, base, f"the files hold it against {listed([baseline])}")
    what = f"nothing tells which of {listed(one.name for one in groups)} is the base"
    raise Refused(Problem("audit", what, "say it: --base PATH --tuned PATH (or their names)"))


def _words(group: Group) -> frozenset[str]:
    last = [group.model.rsplit("/", 1)[-1], *(path.name for path in group.given)]
    own = frozenset(_WORD.findall((last[0] or " ".join(last)).lower()))
    return own | (
        frozenset(_WORD.findall(" ".join(last[1:]).lower())) if len(last) == _TWO else own
    )


def _meant(groups: Sequence[Group], text: str | None, role: str) -> Group | None:
    if text is None:
        return None
    found = next((one for one in groups if one.is_meant_by(text)), None)
    if found is None:
        what = f"no file holds results of {listed([text])}"
        known = listed(one.name for one in groups)
        raise Refused(Problem(f"--{role}", what, f"there are results of {known}"))
    return found
