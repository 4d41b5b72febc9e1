"""What rules about files of other tools look at: each layer of them, and what is odd about it.

All counting was done when the files were read; the rules make sentences of it. Published results
have shown each of their faults: a file that is another model's, one judge's verdicts under
another's name, one text for all prompts at the top of a leaderboard.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from evalreport.analyze.findings import Finding
from evalreport.importers.results import Integrity, Results
from evalreport.rules.base import Said, Severity
from evalreport.rules.case import Case, broken


class Odd(NamedTuple):
    """Something odd about files.

    Attributes:
        text: In words.
        severity: If it is not that of the rule.
        arms: Whose files: findings about one of them are concerned, and all where it is empty.
        pair: The two arms that it is about together.
    """

    text: str
    severity: Severity | None = None
    arms: tuple[str, ...] = ()
    pair: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Imported:
    """One imported layer, and its findings."""

    layer: str
    integrity: Integrity
    results: Results | None
    findings: tuple[Finding, ...]

    def cites(self, odd: Odd) -> tuple[str, ...]:
        """What is cited of it: the findings that are concerned, or the layer where none is."""
        found = tuple(
            f.id
            for f in self.findings
            if {*odd.pair} <= {*f.arms} and (not odd.arms or {*odd.arms} & {*f.arms})
        )
        return found or (self.layer,)

    @property
    def is_judged(self) -> bool:
        """Whether somebody judged."""
        return self.results is not None and self.results.judging is not None


def imported(case: Case) -> Iterator[Imported]:
    """Every layer whose results, or of which an arm's outputs, come from files."""
    for layer, integrity in case.evidence.integrity.items():
        findings = tuple(f for f in case.findings.findings if f.layer == layer)
        yield Imported(layer, integrity, case.evidence.results.get(layer), findings)


def each(
    look: Callable[[Imported], Iterator[Odd]],
) -> Callable[[Case], tuple[Said, ...]]:
    """A check of every imported layer by itself."""

    def check(case: Case) -> tuple[Said, ...]:
        return tuple(
            broken(odd.text, *one.cites(odd), severity=odd.severity)
            for one in imported(case)
            for odd in look(one)
        )

    return check


def where(tells: Callable[[Imported], bool]) -> Callable[[Case], bool]:
    """Whether the files of some layer tell what a rule asks for."""
    return lambda case: any(tells(one) for one in imported(case))


def has_pair(one: Imported) -> bool:
    """Whether the files hold items of two arms at least, one of which may be compared."""
    return one.results is not None and one.results.n > 0 and len(one.results.arms) > 1
