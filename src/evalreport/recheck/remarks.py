"""Remarks again: those of rules that look at findings alone, and the form of all others."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from evalreport.analyze.findings import Findings
from evalreport.report.model import Report
from evalreport.rules.base import Remark, Status
from evalreport.rules.case import Case
from evalreport.rules.table import RULES, remarks_of
from evalreport.spec.models import Spec


class _NotCarried(Exception):
    """A rule looked at evidence that no items.jsonl carries."""


class _Evidence:
    """Stands where evidence would; whoever looks at it learns that there is none."""

    def __getattr__(self, name: str) -> NoReturn:
        raise _NotCarried(name)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What rules say of findings alone.

    Attributes:
        again: By rule, its remarks, where it looks at nothing else.
        unseen: The rules that look at what items do not carry.
    """

    again: dict[str, tuple[Remark, ...]]
    unseen: tuple[str, ...]


def review_again(spec: Spec, findings: Findings) -> Reviewed:
    """Ask every rule, and keep those that could answer.

    Args:
        spec: What was declared.
        findings: Computed again; health, overlaps and confusion as the report has them.
    """
    evidence: Any = _Evidence()
    case = Case(spec, evidence, findings)
    again: dict[str, tuple[Remark, ...]] = {}
    for rule in RULES:
        try:
            again[rule.id] = remarks_of(rule, case)
        except _NotCarried:
            continue
    return Reviewed(again, tuple(rule.id for rule in RULES if rule.id not in again))


def ill_formed(report: Report, findings: Findings) -> Iterator[tuple[str, str, str]]:
    """What no build says of a rule: the place, what stands there, what would have to.

    A rule that was kept or does not apply says its own claim with its own severity; every rule
    says something; and what a remark cites is in the report.
    """
    rules = {rule.id: rule for rule in RULES}
    said = {remark.rule for remark in report.remarks}
    for rule in RULES:
        if rule.id not in said:
            yield f"remarks[{rule.id}]", "nothing", "a remark of every rule"
    known = {
        *(finding.id for finding in findings.findings),
        *(one.id for one in findings.measurements),
        *report.datasets,
        *report.arms,
        *(layer.name for layer in report.layers),
    }
    for i, remark in enumerate(report.remarks):
        where = f"remarks[{i}] ({remark.rule})"
        if remark.rule not in rules:
            yield f"{where}.rule", remark.rule, "a rule that there is"
            continue
        rule = rules[remark.rule]
        if remark.family != rule.family.value:
            yield f"{where}.family", remark.family, rule.family.value
        if remark.status in (Status.KEPT, Status.NOT_APPLICABLE):
            if remark.text != rule.claim:
                yield f"{where}.text", remark.text, rule.claim
            if remark.severity is not rule.severity:
                yield f"{where}.severity", remark.severity.value, rule.severity.value
            if remark.cites:
                yield f"{where}.cites", ", ".join(remark.cites), "no cites: it was not broken"
        for cite in remark.cites:
            if cite not in known:
                yield f"{where}.cites", cite, "something that is in the report"
