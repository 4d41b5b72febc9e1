"""Broken: the broken rules of either build that bear on a comparison of their tuned models."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from evalreport.analyze.findings import FindingOutcome
from evalreport.diff.model import Pairing, Weakening
from evalreport.lineage.builds import Build
from evalreport.rules.base import Remark, Severity, Status, voided

# What a broken rule takes away; that something got worse is told all the same.
GAINS: Final = (FindingOutcome.BETTER, FindingOutcome.EQUIVALENT, FindingOutcome.RETAINED)


def void_in(a: Build, b: Build) -> Mapping[str, str]:
    """By metric, what a broken rule that invalidates its evidence says, and in which build."""
    said: dict[str, dict[str, list[str]]] = {}
    for build, label in ((a, "A"), (b, "B")):
        for metric, remark in voided(build.report.remarks).items():
            said.setdefault(metric, {}).setdefault(remark.text, []).append(label)
    return {
        metric: " ".join(f"In {' and '.join(labels)}: {text}" for text, labels in texts.items())
        for metric, texts in said.items()
    }


def broken_on(pairings: Sequence[Pairing], remarks: Iterable[Remark]) -> Iterator[Remark]:
    """Broken rules about a metric that was paired, as if they were about the two tuned models.

    What spoils a tuned model's number against its base spoils it against another model as well.
    """
    findings = {one.id: one.finding.id for one in pairings if one.finding is not None}
    for remark in remarks:
        if remark.status is not Status.BROKEN:
            continue
        cites = tuple(findings[one] for one in remark.cites if one in findings)
        if cites:
            yield remark.model_copy(update={"cites": cites})


def weakening_of(remarks: Iterable[Remark]) -> tuple[Weakening, ...]:
    """What the broken rules say that weaken what they are about."""
    return tuple(
        Weakening(rule=remark.rule, text=remark.text, cites=remark.cites)
        for remark in remarks
        if remark.status is Status.BROKEN and remark.severity is Severity.WEAKENS
    )
