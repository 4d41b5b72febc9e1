"""What a report on a published text has to say: written by hand, before looking at the report."""

from dataclasses import dataclass

from evalreport.verdict import Outcome
from evalreport.verdict.ruling import Ruling


@dataclass(frozen=True, slots=True)
class Expected:
    """The acceptance of one audit.

    Attributes:
        outcome: Of the verdict.
        rulings: By claim, in the order of the spec: words of the claim, and the ruling.
        broken: Rules that must be broken, among others.
        kept: Rules that must be kept: an objection there would be unjust.
        says: What must stand in report.md, word for word.
        never: What must not stand in it.
    """

    outcome: Outcome
    rulings: tuple[tuple[str, Ruling], ...]
    broken: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
