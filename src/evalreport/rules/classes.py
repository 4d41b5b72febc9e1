"""The rule about classes: is there one that tuned never finds?"""

from typing import Final

from evalreport.analyze.confusion import UNREADABLE
from evalreport.analyze.text_findings import ClassRow, ConfusionMatrix
from evalreport.numbers import count_text
from evalreport.rules.base import Family, Rule, Said, Severity
from evalreport.rules.case import Case, CaseRule, broken

_LEAST_ITEMS: Final = 5
_LARGE_SHARE: Final = 0.10  # of the items: what a class of that size hides, an average hides
_MOST_NAMED: Final = 3
_LONGEST_LABEL: Final = 40


def _matrix(case: Case, layer: str, arm: str) -> ConfusionMatrix | None:
    found = (one for one in case.findings.confusion if (one.layer, one.arm) == (layer, arm))
    return next(found, None)


def _never_given(case: Case) -> tuple[Said, ...]:
    said = []
    for layer in case.generations:
        matrix = _matrix(case, layer.name, "tuned")
        if matrix is None:
            continue
        missed = [
            row for row in matrix.rows if row.n >= _LEAST_ITEMS and not row.predicted[row.label]
        ]
        if not missed:
            continue
        base = _matrix(case, layer.name, "base")
        told = "; ".join(_told(row, base) for row in missed[:_MOST_NAMED])
        more = len(missed) - _MOST_NAMED
        further = (
            f"; and {count_text(more, 'further class', 'further classes')}" if more > 0 else ""
        )
        several = len(case.evidence.of_arm(layer.name, "tuned")) > 1
        of_seed = " (first training seed)" if several else ""
        share = sum(row.n for row in missed) / max(1, sum(row.n for row in matrix.rows))
        said.append(
            broken(
                f"In {layer.name} tuned{of_seed} never finds {told}{further}. The average does not "
                "show it.",
                *case.cites(layer=layer.name),
                severity=Severity.WEAKENS if share >= _LARGE_SHARE else None,
            )
        )
    return tuple(said)


def _told(row: ClassRow, base: ConfusionMatrix | None) -> str:
    """One class, how many items it has, and what they were called instead."""
    instead, count = max(row.predicted.items(), key=lambda named: named[1])
    items = f"{_quoted(row.label)} (0 of {count_text(row.n, 'item')}"
    called = (
        f"{count_text(count)} could not be read"
        if instead == UNREADABLE
        else f"{count_text(count)} of them called {_quoted(instead)}"
    )
    theirs = next((one for one in base.rows if one.label == row.label), None) if base else None
    found = theirs.predicted[row.label] if theirs else 0
    beside = f", base finds {count_text(found)}" if found else ""
    return f"{items}, {called}{beside})"


def _quoted(label: str) -> str:
    cut = label if len(label) <= _LONGEST_LABEL else f"{label[:_LONGEST_LABEL]}..."
    return f'"{cut}"'


CLASSES: tuple[CaseRule, ...] = (
    Rule(
        id="class-never-given",
        family=Family.INFERENCE,
        severity=Severity.NOTE,
        varies="weakens from 10 % of the items on",
        claim="Tuned finds some item of every class.",
        why="A model that never gives one of the classes does another task than the one asked, "
        "however good its average is. From a tenth of the items on it weakens the verdict.",
        remedy="Look at the items of that class, and train on more of them.",
        source="Own, after a grader that knew no partial answers.",
        applies=lambda case: any(
            _matrix(case, layer.name, "tuned") is not None for layer in case.generations
        ),
        check=_never_given,
    ),
)
