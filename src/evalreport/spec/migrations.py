"""How a spec of an older version or form becomes one of the current: its text, edited in place.

A step is one function that finds what it changes, and one line in the table. Today there is version
1 alone: what stands here puts right what specs said before its release.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from evalreport.spec.models import LANGUAGE_VERSION
from evalreport.spec.places import value_at
from evalreport.spec.text_edits import (
    Edit,
    NotEditable,
    added_first,
    edited,
    removed,
    renamed,
    replaced,
)
from evalreport.spec.yaml12 import Document, compose
from evalreport.spec.yaml_tree import Path, Unreadable
from evalreport.values import Json
from evalreport.versions import CannotMigrate, Format, Migrated, Migration, Standing, migrate

SPEC: Final = Format(
    "the spec language", "evalreport", LANGUAGE_VERSION, "spec", "begin with evalreport: 1"
)

Edits: TypeAlias = Callable[[str, Document], Iterable[tuple[Path, Edit]]]


@dataclass(frozen=True, slots=True)
class SpecStep:
    """One step of the spec language.

    Attributes:
        start: The version that it takes.
        to: The version that it gives; the same where specs were written before its release.
        what: What it changes, in words.
        edits: The edits that it takes, each with the path of what it is about. Raises
            CannotMigrate, and NotEditable where the text is written in a way that takes a person.
    """

    start: int
    to: int
    what: str
    edits: Edits


def _numbered(text: str, document: Document) -> Iterator[tuple[Path, Edit]]:
    if document.keys and SPEC.standing(document.value) is Standing.MISSING:
        yield (SPEC.key,), added_first(text, document, "evalreport: 1")


def _processes(text: str, document: Document) -> Iterator[tuple[Path, Edit]]:
    launch: Path = ("training", "launch")
    if _has(document, launch, "num_processes") and not _has(document, launch, "processes"):
        path: Path = (*launch, "num_processes")
        yield path, renamed(text, document, path, "processes")


def _double_quantization(text: str, document: Document) -> Iterator[tuple[Path, Edit]]:
    path: Path = ("adapter", "double_quantization")
    if not _has(document, path[:-1], "double_quantization"):
        return
    if value_at(document.value, path) is not True:
        raise CannotMigrate(
            "adapter.double_quantization: the constants of nf4 are always quantised today, so a "
            "training without that cannot be asked for; remove the key if you want it with"
        )
    yield path, removed(text, document, path)


def _constant(text: str, document: Document) -> Iterator[tuple[Path, Edit]]:
    path: Path = ("training", "schedule")
    if value_at(document.value, path) == "constant_with_warmup":
        yield path, replaced(text, document, path, "constant")


STEPS: Final[tuple[SpecStep, ...]] = (
    SpecStep(1, 1, "`evalreport: 1` says the version of the language", _numbered),
    SpecStep(1, 1, "training.launch.num_processes is called processes", _processes),
    SpecStep(
        1,
        1,
        "adapter.double_quantization is gone: nf4 always quantises its constants",
        _double_quantization,
    ),
    SpecStep(
        1,
        1,
        "training.schedule is called constant: training.warmup says how long it rises",
        _constant,
    ),
)


def migrated_text(text: str, steps: Sequence[SpecStep] = STEPS, of: Format = SPEC) -> Migrated[str]:
    """A spec's text, brought up to date; comments, order and layout stay.

    What is no spec, or one that is newer than this program, stays as it is: loading it says why.

    Args:
        text: Of the spec.
        steps: All steps of the language, in order.
        of: The language.

    Raises:
        CannotMigrate: A step says so.
    """
    document = _read(text)
    if document is None or not isinstance(document.value, dict):
        return Migrated(text)
    if of.standing(document.value) in (Standing.NEWER, Standing.NO_VERSION):
        return Migrated(text)
    given = document.value.get(of.key, 1)  # what does not say it was written for the first
    table = [Migration(one.start, one.to, one.what, _applied(one)) for one in steps]
    return migrate(text, given if isinstance(given, int) else 1, table, _with_version(of))


def outdated(document: Document, text: str) -> dict[Path, str]:
    """What of a spec is in a form that the language had once: by path, what became of it.

    Args:
        document: The spec.
        text: Its text.
    """
    found: dict[Path, str] = {}
    for step in STEPS:
        try:
            found |= {path: step.what for path, _ in step.edits(text, document)}
        except (NotEditable, CannotMigrate):
            continue
    return found


def _applied(step: SpecStep) -> Callable[[str], str]:
    def apply(text: str) -> str:
        document = _read(text)
        if document is None:
            raise CannotMigrate(f"{step.what}; the steps before it left no readable text")
        try:
            return edited(text, [edit for _, edit in step.edits(text, document)])
        except NotEditable:
            raise CannotMigrate(
                f"{step.what}; it is written in a way that takes a person to change it"
            ) from None

    return apply


def _with_version(of: Format) -> Callable[[str, int], str]:
    def write(text: str, version: int) -> str:
        document = _read(text)
        if document is None or (of.key,) not in document.values:
            raise CannotMigrate(f"`{of.key}` is not there to say version {version}")
        return edited(text, [replaced(text, document, (of.key,), str(version))])

    return write


def _read(text: str) -> Document | None:
    """The document in a text; None where it cannot be read, or only in part."""
    try:
        document = compose(text)
    except Unreadable:
        return None
    return None if document.flaws else document


def _has(document: Document, path: Path, key: str) -> bool:
    holder: Json = value_at(document.value, path)
    return isinstance(holder, dict) and key in holder
