"""Groups: results of one model, by the name in the files or by the argument that named them."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evalreport.importers.fastchat.judgments import MT_BENCH_PAIR
from evalreport.importers.fastchat.votes import MT_BENCH_HUMAN
from evalreport.importers.names import without_folders
from evalreport.importers.survey import Surveyed, Topic

_LONG: Final = 56
_ALIKE: Final = frozenset({MT_BENCH_PAIR.name, MT_BENCH_HUMAN.name})


@dataclass(frozen=True, slots=True)
class Group:
    """Results of one model.

    Attributes:
        model: As the files name it; empty where they name nobody, or all of them one.
        given: The arguments that its files came from.
        is_rival: Whether others are only held against it, such as a benchmark's own reference.
        is_peer: Of a rival, whether its files tell of both models of a pair alike, and of no third,
            so that nothing in them makes it a benchmark's reference.
        unnamed: Its files, which name nobody, where its argument holds named ones too; else empty,
            and all files of its arguments are its own.
    """

    model: str
    given: tuple[Path, ...]
    is_rival: bool = False
    is_peer: bool = False
    unnamed: tuple[Path, ...] = ()

    @property
    def name(self) -> str:
        """What people are told that it is called, without the folders of a path on some disk."""
        return without_folders(self.model) or ", ".join(
            without_folders(str(path)) for path in self.places
        )

    @property
    def full_name(self) -> str:
        """The same with all folders, of which the last say most."""
        name = self.model or ", ".join(str(path) for path in self.places)
        return name if len(name) <= _LONG else f"...{name[-_LONG:]}"

    @property
    def places(self) -> tuple[Path, ...]:
        """Where its results lie: its arguments, or what in one of them names nobody."""
        if not self.unnamed:
            return self.given
        folder = Path(os.path.commonpath([path.parent for path in self.unnamed]))
        if folder.is_relative_to(self.given[0]) and folder != self.given[0]:
            return (folder,)
        return self.unnamed if len(self.unnamed) == 1 else self.given

    def held(self, file: Surveyed) -> frozenset[Topic]:
        """What a file holds of it, by itself or as the other of a pair."""
        if self.model:
            return frozenset(one for one in file.holds if self.model in (one.model, one.other))
        is_mine = file.path in self.unnamed if self.unnamed else file.given in self.given
        return file.holds if is_mine else frozenset()


def names_of(groups: Sequence[Group]) -> list[str]:
    """What groups are called, with their folders where they would be called alike without."""
    names = [one.name for one in groups]
    return names if len({*names}) == len(names) else [one.full_name for one in groups]


def groups_of(files: Sequence[Surveyed]) -> tuple[Group, ...]:
    """Results by model: by the name in the files, else by the argument that named them.

    Where there is one name in all, or none, each argument is a model by itself. Beside several
    names, what an argument holds without one is a model by itself, and a name is one model,
    whichever arguments hold it. Models that others are only held against come last.
    """
    subjects: dict[str, dict[Path, None]] = {}
    for one in files:
        for model in one.models or ("",):
            subjects.setdefault(model, {}).setdefault(one.given)
    rivals: dict[str, dict[Path, None]] = {}
    strangers: set[str] = set()
    for one in files:
        for _, other in one.pairs:
            if other not in subjects:
                rivals.setdefault(other, {}).setdefault(one.given)
                if one.format not in _ALIKE:
                    strangers.add(other)
    are_two = len(subjects) == 1 and len(rivals) == 1
    others = [
        Group(name, tuple(given), is_rival=True, is_peer=are_two and name not in strangers)
        for name, given in rivals.items()
    ]
    if len(subjects) == 1:
        ((model, given),) = subjects.items()
        mine = [Group(model if len(given) == 1 else "", (path,)) for path in given]
        return (*mine, *others)
    own = (
        group
        for model, given in subjects.items()
        for group in (
            [Group(model, tuple(given))]
            if model
            else [Group("", (path,), unnamed=_unnamed(files, path)) for path in given]
        )
    )
    return (*own, *others)


def _unnamed(files: Sequence[Surveyed], given: Path) -> tuple[Path, ...]:
    """The files of an argument that name nobody, where others of it name somebody."""
    mine = [one for one in files if one.given == given]
    is_shared = any(one.models for one in mine)
    return tuple(one.path for one in mine if not one.models) if is_shared else ()
