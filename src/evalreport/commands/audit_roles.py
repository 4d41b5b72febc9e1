"""Roles: of the models in other tools' files, which is tuned and which is the base."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from evalreport.commands.audit_groups import Group, names_of
from evalreport.commands.audit_marks import marks_of
from evalreport.commands.audit_meant import meant
from evalreport.errors import Problem, Refused
from evalreport.importers.names import listed, shown_name
from evalreport.importers.survey import Surveyed, Topic

_TWO: Final = 2


@dataclass(frozen=True, slots=True)
class Roles:
    """Who is who.

    Attributes:
        tuned: The candidate.
        base: The reference; None where nothing of it is there.
        why: How that was found out.
        rivals: Names of models that the tuned one is held against without a base.
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

    def held(self, arm: str, file: Surveyed) -> frozenset[Topic]:
        """What a file holds of an arm; of a common rival only what the tuned one is held against.

        Args:
            arm: Of those that are there.
            file: The file.
        """
        group = self.there[arm]
        mine = group.held(file)
        return mine & self.tuned.held(file) if group.is_rival else mine


def roles_of(groups: Sequence[Group], tuned: str | None, base: str | None) -> Roles:
    """Which group is tuned and which is the base.

    What others are only held against is the base only where the user says so: the reference of a
    benchmark is hardly what was fine-tuned. Where files tell of two models against each other,
    their names may say it too.

    Args:
        groups: The models.
        tuned: What the user calls tuned: a path or a name.
        base: What the user calls the base.

    Raises:
        Refused: It cannot be told, or there are too many.
    """
    mine, theirs = meant(groups, tuned, "tuned"), meant(groups, base, "base")
    if mine is not None and mine is theirs:
        what = f"{listed([mine.name])} is named as the base and as the tuned model"
        raise Refused(Problem("audit", what, "name two: --base PATH|NAME --tuned PATH|NAME"))
    if theirs is None and len(groups) == _TWO and groups[1].is_peer:
        return _of_pair(groups, mine)
    own = [one for one in groups if not one.is_rival]
    rivals = tuple(one.name for one in groups if one.is_rival)
    rest = [one for one in own if one not in (mine, theirs)]
    told = "as the command line says"
    if mine is not None and theirs is not None:
        return Roles(mine, theirs, told, is_told=True)
    if mine is not None and not rest:
        return Roles(mine, None, told, tuple(one for one in rivals if one != mine.name))
    if mine is not None and len(rest) == 1:
        return Roles(mine, rest[0], told)
    if theirs is not None and len(rest) == 1:
        return Roles(rest[0], theirs, told)
    if theirs is not None and not rest:
        what = f"there are results of the base only: {listed([theirs.name])}"
        raise Refused(Problem("--base", what, "name the tuned model's: --tuned PATH|NAME"))
    if len(own) > _TWO or mine is not None or theirs is not None:
        what = f"the files hold results of {len(own)} models: {listed(names_of(own))}"
        raise Refused(Problem("audit", what, "say which two: --base NAME --tuned NAME"))
    if len(own) == _TWO:
        return _by_words(own)
    if rivals and marks_of(*_named(own[0])) == {"base"}:
        raise _unclear(groups)
    return Roles(own[0], None, "there are results of one model only", rivals)


def _of_pair(groups: Sequence[Group], mine: Group | None) -> Roles:
    """Of two that were only held against each other, by what they are called.

    A name that says nothing is the base's only where the tuned model is called after it: a judge's
    usual baseline says nothing either.

    Args:
        groups: Both.
        mine: Which of them the user calls tuned.
    """
    decided = _decided([_named(one) for one in groups])
    if mine is None and decided is None:
        what = f"nothing tells which of {listed(names_of(groups))} is the base"
        hint = "say --tuned NAME, and --base NAME where the other is what was fine-tuned"
        raise Refused(Problem("audit", what, hint))
    at = groups.index(mine) if mine is not None else 1 - decided[0] if decided is not None else 0
    tuned, other = (replace(one, is_rival=False) for one in (groups[at], groups[1 - at]))
    is_called_base = decided == (1 - at, "base") or tuned.name.startswith(other.name)
    named = other if is_called_base else tuned
    word = "base" if is_called_base else "tuned model"
    why = f"by its name, {listed([named.name])} is the {word}"
    if mine is not None:
        why = f"as the command line says; {why}" if is_called_base else "as the command line says"
    if is_called_base:
        return Roles(tuned, other, why)
    return Roles(tuned, None, why, (other.name,))


def _by_words(groups: Sequence[Group]) -> Roles:
    """Of two, by what they are called in their files, and by what their files are called.

    Either decides only where the other does not say otherwise. A name that has words of both kinds,
    as of a tuned model that is called after its base, says nothing.
    """
    shared = {*groups[0].given} & {*groups[1].given}
    names = [_named(one) for one in groups]
    paths = [
        [path.name for path in one.places if path not in shared and len(one.places) == 1]
        for one in groups
    ]
    said = [found for found in (_decided(names), _decided(paths)) if found is not None]
    if len({at for at, _ in said}) != 1:
        raise _unclear(groups)
    base, role = said[0]
    marked = groups[base] if role == "base" else groups[1 - base]
    word = "base" if role == "base" else "tuned model"
    why = f"by its name, {listed([marked.name])} is the {word}"
    return Roles(groups[1 - base], groups[base], why)


def _decided(texts: Sequence[Sequence[str]]) -> tuple[int, str] | None:
    """Which of two is the base, and which word says so; None where none does."""
    marks = [marks_of(*one) for one in texts]
    for role in ("base", "tuned"):
        if [one == {role} for one in marks].count(True) == 1:
            at = marks.index({role})
            return (at if role == "base" else 1 - at), role
    return None


def _named(group: Group) -> list[str]:
    return [group.model.rsplit("/", 1)[-1]] if group.model else []


def _unclear(groups: Sequence[Group]) -> Refused:
    what = f"nothing tells which of {listed(names_of(groups))} is the base"
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
        seen: dict[tuple[str, Topic], Path] = {}
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
