"""Roles: of the models in other tools' files, which is tuned and which is the base."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evalreport.errors import Problem, Refused
from evalreport.importers.names import listed, shown_name
from evalreport.importers.survey import Held, Surveyed

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
        is_rival: Whether others are only held against it, such as a benchmark's own reference.
    """

    model: str
    given: tuple[Path, ...]
    is_rival: bool = False

    @property
    def name(self) -> str:
        """What it is called."""
        return self.model or ", ".join(str(path) for path in self.given)

    def is_meant_by(self, text: str) -> bool:
        """Whether a user who writes this means it: its name, or the path of its files."""
        if text == self.model:
            return True
        return not self.is_rival and any(Path(text) == path for path in self.given)

    def held(self, file: Surveyed) -> frozenset[Held]:
        """What a file holds of it, by itself or as the other of a pair."""
        if not self.model or not file.models:
            return file.holds if file.given in self.given else frozenset()
        return frozenset(one for one in file.holds if self.model in (one.model, one.other))


@dataclass(frozen=True, slots=True)
class Roles:
    """Who is who.

    Attributes:
        tuned: The candidate.
        base: The reference; None where nothing of it is there.
        why: How that was found out.
        rivals: Models that the tuned one is held against without a base.
        is_told: Whether the user named both.
    """

    tuned: Group
    base: Group | None
    why: str
    rivals: tuple[str, ...] = ()
    is_told: bool = False

    @property
    def there(self) -> dict[str, Group]:
        """Both by arm, or the one that is there."""
        base = {} if self.base is None else {"base": self.base}
        return {"tuned": self.tuned, **base}

    def held(self, arm: str, file: Surveyed) -> frozenset[Held]:
        """What a file holds of an arm; of a common rival only what the tuned one is held against.

        Args:
            arm: Of those that are there.
            file: The file.
        """
        group = self.there[arm]
        mine = group.held(file)
        return mine & self.tuned.held(file) if group.is_rival else mine


def groups_of(files: Sequence[Surveyed]) -> tuple[Group, ...]:
    """Results by model: by the name in the files, else by the argument that named them.

    Where two arguments hold results of one name, the arguments tell them apart. Models that others
    are only held against come last.
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
    others = [Group(name, tuple(given), is_rival=True) for name, given in rivals.items()]
    if len(subjects) == 1:
        ((model, given),) = subjects.items()
        mine = [Group(model if len(given) == 1 else "", (path,)) for path in given]
        return (*mine, *others)
    own = (
        group
        for model, given in subjects.items()
        for group in (
            [Group(model, tuple(given))] if model else [Group("", (path,)) for path in given]
        )
    )
    return (*own, *others)


def roles_of(groups: Sequence[Group], tuned: str | None, base: str | None) -> Roles:
    """Which group is tuned and which is the base.

    What others are only held against is the base only where the user says so: the reference of a
    benchmark is hardly what was fine-tuned.

    Args:
        groups: The models.
        tuned: What the user calls tuned: a path or a name.
        base: What the user calls the base.

    Raises:
        Refused: It cannot be told, or there are too many.
    """
    mine, theirs = _meant(groups, tuned, "tuned"), _meant(groups, base, "base")
    if mine is not None and mine is theirs:
        what = f"{listed([mine.name])} is named as the base and as the tuned model"
        raise Refused(Problem("audit", what, "name two: --base PATH|NAME --tuned PATH|NAME"))
    own = [one for one in groups if not one.is_rival]
    rivals = tuple(one.model for one in groups if one.is_rival)
    rest = [one for one in own if one not in (mine, theirs)]
    told = "as the command line says"
    if mine is not None and theirs is not None:
        return Roles(mine, theirs, told, is_told=True)
    if mine is not None and not rest:
        return Roles(mine, None, told, tuple(one for one in rivals if one != mine.model))
    if mine is not None and len(rest) == 1:
        return Roles(mine, rest[0], told)
    if theirs is not None and len(rest) == 1:
        return Roles(rest[0], theirs, told)
    if theirs is not None and not rest:
        what = f"there are results of the base only: {listed([theirs.name])}"
        raise Refused(Problem("--base", what, "name the tuned model's: --tuned PATH|NAME"))
    if len(own) > _TWO or mine is not None or theirs is not None:
        what = f"the files hold results of {len(own)} models: {listed(g.name for g in own)}"
        raise Refused(Problem("audit", what, "say which two: --base NAME --tuned NAME"))
    if len(own) == _TWO:
        return _by_words(own)
    if rivals and _marks(_named(own[0])) == {"base"}:
        raise _unclear(groups)
    return Roles(own[0], None, "there are results of one model only", rivals)


def _by_words(groups: Sequence[Group]) -> Roles:
    """Of two, by what they are called in their files, and by what their files are called.

    Either decides only where the other does not say otherwise. A name that has words of both kinds,
    as of a tuned model that is called after its base, says nothing.
    """
    shared = {*groups[0].given} & {*groups[1].given}
    names = [_named(one) for one in groups]
    paths = [
        [path.name for path in one.given if path not in shared and len(one.given) == 1]
        for one in groups
    ]
    said = {found for found in (_decided(names), _decided(paths)) if found is not None}
    if len(said) != 1:
        raise _unclear(groups)
    ((base, role),) = said
    marked = groups[base] if role == "base" else groups[1 - base]
    word = "base" if role == "base" else "tuned model"
    why = f"by its name, {listed([marked.name])} is the {word}"
    return Roles(groups[1 - base], groups[base], why)


def _decided(texts: Sequence[Sequence[str]]) -> tuple[int, str] | None:
    """Which of two is the base, and which word says so; None where none does."""
    marks = [_marks(one) for one in texts]
    for role in ("base", "tuned"):
        if [one == {role} for one in marks].count(True) == 1:
            at = marks.index({role})
            return (at if role == "base" else 1 - at), role
    return None


def _named(group: Group) -> list[str]:
    return [group.model.rsplit("/", 1)[-1]] if group.model else []


def _marks(texts: Sequence[str]) -> set[str]:
    words = frozenset(_WORD.findall(" ".join(texts).lower()))
    return {role for role, of in (("base", _BASE), ("tuned", _TUNED)) if of & words}


def _unclear(groups: Sequence[Group]) -> Refused:
    what = f"nothing tells which of {listed(one.name for one in groups)} is the base"
    return Refused(Problem("audit", what, "say it: --base PATH --tuned PATH (or their names)"))


def refuse_repeated(roles: Roles, files: Sequence[Surveyed]) -> None:
    """Two files with one measurement of one model may well be of two models.

    Where the user named both, they are runs or pieces of what the user says.

    Raises:
        Refused: There are two.
    """
    if roles.is_told:
        return
    for arm in roles.there:
        seen: dict[tuple[str, Held], Path] = {}
        for file in files:
            for held in sorted(roles.held(arm, file)):
                first = seen.setdefault((file.format, held), file.path)
                if first != file.path:
                    of = f"{shown_name(held.part)} " if held.part else "results "
                    what = (
                        f"two files hold {of}of one model: {listed([str(first), str(file.path)])}"
                    )
                    hint = "name two files with --base and --tuned"
                    raise Refused(Problem(str(file.given), what, hint))


def _meant(groups: Sequence[Group], text: str | None, role: str) -> Group | None:
    if text is None:
        return None
    found = next((one for one in groups if one.is_meant_by(text)), None)
    if found is None:
        what = f"no file holds results of {listed([text])}"
        known = listed(one.name for one in groups)
        raise Refused(Problem(f"--{role}", what, f"there are results of {known}"))
    return found
