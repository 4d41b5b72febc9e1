"""What a verdict rests on: the worst of it first, and what is about other numbers apart."""

import pytest

from evalreport.analyze.findings import Finding, FindingOutcome, FindingRole
from evalreport.report.bearing import Bearing, bearing_of
from evalreport.rules.base import Family, Remark, Severity, Status
from evalreport.rules.declared import SUBGROUP_RULE
from evalreport.rules.table import RULES, is_caveat
from tests.reports import clear_win

PRIMARY, GUARD, OTHER = "extraction.field_accuracy", "general.accuracy", "extraction.json_valid"
BROKEN, UNCHECKED = Status.BROKEN, Status.UNCHECKED
INVALIDATES, WEAKENS, NOTE = Severity.INVALIDATES, Severity.WEAKENS, Severity.NOTE


def remark(
    severity: Severity, status: Status, *cites: str, rule: str = "floor-ceiling", text: str = ""
) -> Remark:
    return Remark(
        rule=rule,
        family=Family.DATA,
        severity=severity,
        status=status,
        text=text or rule,
        cites=cites,
    )


def bearing(*remarks: Remark, findings: tuple[Finding, ...] = ()) -> Bearing:
    report = clear_win()
    return bearing_of(findings or report.findings, report.measurements, remarks)


def fallen() -> tuple[tuple[Finding, ...], str]:
    """The findings with a subgroup of the primary that fell, and its id."""
    findings = clear_win().findings
    primary = next(f for f in findings if f.id == PRIMARY)
    group = primary.model_copy(
        update={
            "id": f"{PRIMARY}@channel=fax",
            "subgroup": "channel=fax",
            "role": FindingRole.EXPLORATORY,
            "outcome": FindingOutcome.DESCRIPTIVE,
        }
    )
    return (*findings, group), group.id


def test_the_worst_comes_first_and_other_numbers_come_before_notes() -> None:
    findings, group = fallen()
    in_order = (
        remark(INVALIDATES, BROKEN, PRIMARY),
        remark(INVALIDATES, BROKEN, GUARD),
        remark(INVALIDATES, UNCHECKED, GUARD),
        remark(WEAKENS, BROKEN, PRIMARY, group, rule=SUBGROUP_RULE),
        remark(WEAKENS, BROKEN, PRIMARY, rule="truncated"),
        remark(WEAKENS, BROKEN, GUARD, rule="truncated"),
        remark(WEAKENS, BROKEN, PRIMARY, rule="single-seed"),
        remark(WEAKENS, UNCHECKED),
        remark(INVALIDATES, BROKEN, OTHER),
        remark(WEAKENS, BROKEN, OTHER),
        remark(WEAKENS, UNCHECKED, OTHER),
        remark(NOTE, BROKEN, PRIMARY),
        remark(NOTE, UNCHECKED),
    )
    about = bearing(*in_order, findings=findings)
    assert about.falling == {group}
    weights = [about.weight(one) for one in in_order]
    assert weights == sorted(weights)
    assert len(set(weights)) == len(weights)


def test_what_counts_is_what_the_verdict_counts() -> None:
    about = bearing(
        remark(WEAKENS, BROKEN, PRIMARY, rule="few-items"),
        remark(WEAKENS, BROKEN, PRIMARY, rule="few-items"),
        remark(WEAKENS, BROKEN, GUARD, rule="truncated"),
    )
    assert about.weakening == 1
    assert about.primaries == {PRIMARY}
    assert about.is_counted(remark(WEAKENS, UNCHECKED))  # it names nothing: it may be anything
    assert not about.is_counted(remark(WEAKENS, BROKEN, GUARD))
    assert about.concerns(remark(INVALIDATES, BROKEN, GUARD))
    assert not about.concerns(remark(INVALIDATES, BROKEN, OTHER))


@pytest.mark.parametrize(
    ("step", "is_about_it"),
    [
        ("ask extraction tuned seed 1", True),
        ("ask extraction base", True),
        ("ask extraction previous", False),
        ("ask heldout-loss tuned seed 1", False),
        ("train seed 1", True),
        ("preflight before training", True),
        ("preflight base", True),
        ("preflight previous seed 2", False),
        ("import published", False),
        ("something else", True),
    ],
)
def test_a_step_of_an_arm_outside_the_verdict_leaves_it_as_it_is(
    step: str, is_about_it: bool
) -> None:
    assert bearing().concerns_step(step) is is_about_it


def test_without_a_primary_everything_may_be_about_the_verdict() -> None:
    about = bearing_of((), (), ())
    assert about.concerns(remark(INVALIDATES, BROKEN, OTHER))
    assert about.concerns_step("ask extraction previous")


def test_caveats_are_rules_that_weaken() -> None:
    caveats = [rule for rule in RULES if rule.is_caveat]
    assert len(caveats) > 20
    assert all(rule.severity is WEAKENS for rule in caveats)
    assert is_caveat("single-seed")
    assert not is_caveat("underpowered")
