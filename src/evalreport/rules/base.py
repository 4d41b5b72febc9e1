"""What a rule is, what it may say, and how hard a broken one bites."""

import re
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Generic, TypeVar

from pydantic import SerializerFunctionWrapHandler, model_serializer

from evalreport.values import Value


class Severity(StrEnum):
    """What a broken rule does to the verdict."""

    INVALIDATES = "invalidates"  # on the primary: replaces the outcome
    WEAKENS = "weakens"  # three on the primary: the verdict is weak
    NOTE = "note"


NOTED = "worth knowing"  # what a note is called wherever people read it


class Status(StrEnum):
    """What checking a rule gave."""

    KEPT = "kept"
    BROKEN = "broken"
    UNCHECKED = "unchecked"
    NOT_APPLICABLE = "not_applicable"


class Remark(Value):
    """What one rule says about one thing; `cites` are ids of findings, layers or datasets.

    `subject` are the words of the text that say of what it is, where the same may be said of
    others in one sentence (`together`).
    """

    rule: str
    family: str
    severity: Severity
    status: Status
    text: str
    cites: tuple[str, ...] = ()
    subject: str = ""

    @model_serializer(mode="wrap")
    def _without_nothing(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """What is said of one thing alone needs no word for it."""
        dumped: dict[str, Any] = dump(self)
        if not self.subject:
            dumped.pop("subject", None)
        return dumped


def _of_any(_: Remark) -> Hashable:
    return None


def together(
    remarks: Iterable[Remark], apart: Callable[[Remark], Hashable] = _of_any
) -> tuple[Remark, ...]:
    """Remarks that say the same of several things as one, which names and cites all of them.

    Each stands where the first of its remarks stood.

    Args:
        remarks: In their order.
        apart: What keeps remarks apart that read alike.
    """
    alike: dict[Hashable, list[Remark]] = {}
    for i, one in enumerate(remarks):
        around = _around(one)
        key: Hashable = i if around is None else (one.rule, one.status, *around, apart(one))
        alike.setdefault(key, []).append(one)
    return tuple(_joined(members) for members in alike.values())


def _around(remark: Remark) -> tuple[str, str] | None:
    """The text before and after its subject; None where it has none, or names it more than once."""
    if not remark.subject:
        return None
    found = [*re.finditer(rf"(?<![\w.-]){re.escape(remark.subject)}(?![\w-]|\.\w)", remark.text)]
    if len(found) != 1:
        return None
    return remark.text[: found[0].start()], remark.text[found[0].end() :]


def _joined(alike: list[Remark]) -> Remark:
    first, around = alike[0], _around(alike[0])
    if len(alike) == 1 or around is None:
        return first
    *names, last = dict.fromkeys(one.subject for one in alike)
    named = f"{', '.join(names)} and {last}" if names else last
    return first.model_copy(
        update={
            "text": f"{around[0]}{named}{around[1]}",
            "cites": tuple(dict.fromkeys(cited for one in alike for cited in one.cites)),
            "subject": named,
        }
    )


def voided(remarks: Iterable[Remark]) -> dict[str, Remark]:
    """By id, what a broken rule invalidates, with the first remark that says so."""
    void: dict[str, Remark] = {}
    for remark in remarks:
        if remark.status is Status.BROKEN and remark.severity is Severity.INVALIDATES:
            for cited in remark.cites:
                void.setdefault(cited, remark)
    return void


class Family(StrEnum):
    """Families of rules, in the order of the report."""

    MEANING = "meaning"
    BASELINE = "baseline"
    DATA = "data"
    INFERENCE = "inference"
    JUDGES = "judges"
    TRAINING = "training"


@dataclass(frozen=True, slots=True)
class Said:
    """What a check found: broken with a sentence, or unchecked with a reason.

    A check returns nothing for "kept". The facts may decide another severity than the rule's (a
    share above a bound), as its `varies` says. `subject` is that of the remark.
    """

    status: Status
    text: str
    cites: tuple[str, ...] = ()
    severity: Severity | None = None
    subject: str = ""


def said_of(subject: str, said: Said) -> Said:
    """What is said, in a sentence that stays one where it names several such subjects."""
    return replace(said, subject=subject)


def of_layer(layer: str, said: Said) -> Said:
    """What could not be checked of a layer: the same may be said of others."""
    return said_of(layer, said) if said.status is Status.UNCHECKED and not said.subject else said


CaseT = TypeVar("CaseT")


@dataclass(frozen=True, slots=True)
class Rule(Generic[CaseT]):
    """One honesty rule: id, claim, cap and check in one object, so that they cannot drift apart.

    Attributes:
        id: Stable name, such as `no-baseline`.
        family: Where it stands in the report.
        severity: What it does when broken.
        varies: When it does something else instead, such as "invalidates above 1 % of the items";
            empty where it never does.
        claim: The rule in one sentence, as `evalreport rules` lists it.
        why: Why it exists, in two or three sentences.
        source: Where the rule comes from.
        applies: Whether there is anything to check.
        check: What it found; an empty tuple means kept.
        remedy: What to do when it is broken, in one sentence; a rule that only notes needs none.
        is_caveat: Whether it says how numbers were come by, and no number; limitations with one
            stand first.
        is_absence: Whether a breach says that something was not looked at, stated or shown: a claim
            that rests on the rule is then not shown, where else it would be contradicted.
    """

    id: str
    family: Family
    severity: Severity
    claim: str
    why: str
    source: str
    applies: Callable[[CaseT], bool]
    check: Callable[[CaseT], tuple[Said, ...]]
    remedy: str = ""
    varies: str = ""
    is_caveat: bool = False
    is_absence: bool = False
