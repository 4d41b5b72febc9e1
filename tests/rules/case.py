"""A rule's lie and its clean case."""

from collections.abc import Callable
from dataclasses import dataclass

from evalreport.rules.base import Severity, Status
from tests.analyze.evidence import World


@dataclass(frozen=True, slots=True)
class Case:
    """How a rule is broken and how it is kept.

    Attributes:
        lying: A world that it must object to.
        says: Words that it must say then.
        clean: A world in which it must find nothing.
        status: What the objection is.
        severity: How hard it bites.
    """

    lying: Callable[[], World]
    says: str
    clean: Callable[[], World]
    status: Status = Status.BROKEN
    severity: Severity = Severity.WEAKENS
