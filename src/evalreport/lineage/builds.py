"""Builds: a report that was written, with the spec that it holds and the items beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from evalreport.errors import DataError, Problem, SpecError
from evalreport.estimates import NotEstimable
from evalreport.lineage.places import OnDisk, Place, find_build
from evalreport.report.files import ITEMS, LOCK
from evalreport.report.item_rows import ItemsFile
from evalreport.report.items_head import Head
from evalreport.report.load import json_of, read_report
from evalreport.report.model import Report
from evalreport.report.read_items import ItemsRead, read_head, read_items
from evalreport.report.seals import seals_of
from evalreport.report.volatile import VOLATILE
from evalreport.spec.load import spec_of_text
from evalreport.spec.models import Spec
from evalreport.values import Json

_NAME_IT: Final = "name the folder of a report, or its report.json"
_OF_NO_ACCOUNT: Final = frozenset(key for key in VOLATILE if "." not in key)


@dataclass(frozen=True, slots=True)
class Build:
    """One build that left a report.

    Attributes:
        named: As the user named it.
        place: Where its files are.
        report: Its report.
        content: The same as JSON.
        spec: The spec that the report holds, overrides included; or why it cannot be read here.
        head: What items.jsonl says of the whole file; or why it cannot be read.
        unsealed: Parts of the report that are not as they were when the items were written: it was
            changed since, or the items are those of another report.
    """

    named: str
    place: Place
    report: Report
    content: Json
    spec: Spec | NotEstimable
    head: Head | NotEstimable
    unsealed: tuple[str, ...]

    @property
    def source(self) -> str:
        """Where its report.json is."""
        return self.place.shown(self.place.name)

    def items(self) -> ItemsRead | NotEstimable:
        """All items with their scores, or why they are not to be had.

        Raises:
            DataError: A row holds what no build writes.
        """
        if isinstance(self.head, NotEstimable):
            return self.head
        if isinstance(self.spec, NotEstimable):
            return self.spec
        if self.report.smoke:
            return NotEstimable(not_estimable="a smoke run counts for nothing")
        return read_items(_items_file(self.place), self.spec)

    def lock(self) -> bytes | None:
        """What spec.lock.yaml beside it holds; None where there is none."""
        return self.place.read(LOCK)


def open_build(named: str) -> Build:
    """The build that a user names.

    Args:
        named: A folder, a report.json, a spec that was built, or one of these after `REV:`.

    Raises:
        DataError: There is no report, or it cannot be read.
        SpecError: A spec was named, and it is not right.
    """
    return build_at(find_build(named), named)


def build_at(place: Place, named: str) -> Build:
    """The build at a place.

    Raises:
        DataError: There is no report, or it cannot be read.
    """
    where = place.shown(place.name)
    data = place.read(place.name)
    if data is None:
        raise DataError(Problem(where, "there is no such file", _NAME_IT))
    content = json_of(data, where)
    report = read_report(content, where).report  # of an older form too: it is only read here
    head = _head(place)
    sealed = {} if isinstance(head, NotEstimable) else head.sealed
    return Build(
        named=named,
        place=place,
        report=report,
        content=content,
        spec=_spec(report),
        head=head,
        unsealed=_unsealed(content, sealed) if sealed else (),
    )


def _items_file(place: Place) -> ItemsFile:
    if isinstance(place, OnDisk):
        return ItemsFile(place.folder / ITEMS)
    return ItemsFile(place.shown(ITEMS), place.read(ITEMS) or b"")


def _head(place: Place) -> Head | NotEstimable:
    """The first line of items.jsonl, of which only that is read where it stands on disk."""
    if isinstance(place, OnDisk):
        if not (place.folder / ITEMS).exists():
            return NotEstimable(not_estimable=f"there is no {ITEMS} beside the report")
        file = ItemsFile(place.folder / ITEMS)
    else:
        data = place.read(ITEMS)
        if data is None:
            return NotEstimable(not_estimable=f"there is no {ITEMS} beside the report")
        file = ItemsFile(place.shown(ITEMS), data)
    try:
        return read_head(file)
    except DataError as error:
        why = f"{ITEMS} cannot be read: {error.problems[0].what}"
        return NotEstimable(not_estimable=why)


def _spec(report: Report) -> Spec | NotEstimable:
    given = report.reproduce
    return _spec_of(given.spec_yaml, given.overrides)


@lru_cache(maxsize=64)
def _spec_of(text: str, overrides: tuple[str, ...]) -> Spec | NotEstimable:
    """Read once: of a history, many builds are of one spec."""
    try:
        return spec_of_text(text, overrides, "reproduce.spec_yaml")
    except SpecError as error:
        why = f"the spec in the report is none of this version: {error.problems[0].what}"
        return NotEstimable(not_estimable=why)


def _unsealed(content: Json, sealed: Mapping[str, str]) -> tuple[str, ...]:
    """The parts of a report whose digest is not the one that was sealed."""
    seals = seals_of(content)
    return tuple(
        key
        for key in dict.fromkeys((*seals, *sealed))
        if seals.get(key) != sealed.get(key) and key not in _OF_NO_ACCOUNT
    )
