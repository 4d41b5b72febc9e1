"""Groups: results of one model, by the name in the files or by the argument that named them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evalreport.importers.fastchat.judgments import MT_BENCH_PAIR
from evalreport.importers.fastchat.votes import MT_BENCH_HUMAN
from evalreport.importers.names import without_folders
from evalreport.importers.survey import Held, Surveyed

_LONG: Final = 56
_ALIKE: Final = frozenset({MT_BENCH_PAIR.name, MT_BENCH_HUMAN.name})


@dataclass(frozen=True, slots=True)
class Group:
    """Results of one model.

    Attributes:
        model: As the files name it; empty where they name nobody.
        given: The arguments that its files came from.
        is_rival: Whether others are only held against it, such as a benchmark's own reference.
        is_peer: Of a rival, whether its files tell of both models of a pair alike, and of no third,
            so that nothing in them makes it a benchmark's reference.
    """

    model: str
    given: tuple[Path, ...]
    is_rival: bool = False
    is_peer: bool = False

    @property
    def name(self) -> str:
        """What people are told that it is called, without the folders of a path on some disk."""
        return without_folders(self.model) or ", ".join(
            without_folders(str(path)) for path in self.given
        )

    @property
    def full_name(self) -> str:
        """The same with all folders, of which the last say most."""
        name = self.model or ", ".join(str(path) for path in self.given)
        return name if len(name) <= _LONG else f"...{name[-_LONG:]}"

    def held(self, file: Surveyed) -> frozenset[Held]:
        """What a file holds of it, by itself or as the other of a pair."""
        if not self.model or not file.models:
            return file.holds if file.given in self.given else frozenset()
        return frozenset(one for one in file.holds if self.model in (one.model, one.other))


def names_of(groups: Sequence[Group]) -> list[str]:
    """What groups are called, with their folders where they would be called alike without."""
    names = [one.name for one in groups]
    return names if len({*names}) == len(names) else [one.full_name for one in groups]


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
            [Group(model, tuple(given))] if model else [Group("", (path,)) for path in given]
        )
    )
    return (*own, *others)
