"""What a rule is, what it may say, and how hard a broken one bites."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

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
    """What one rule says about one thing; `cites` are ids of findings, layers or datasets."""

    rule: str
    family: str
    severity: Severity
    status: Status
    text: str
    cites: tuple[str, ...] = ()


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
    share above a bound), as its `varies` says.
    """

    status: Status
    text: str
    cites: tuple[str, ...] = ()
    severity: Severity | None = None


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
