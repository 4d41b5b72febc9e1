"""Rules about what was declared: beforehand, completely, and not by picking afterwards?"""

from typing import Final

from evalreport.analyze.findings import Finding, FindingOutcome, FindingRole
from evalreport.analyze.sentences import change_text, spoken
from evalreport.estimates import Estimate, has_value
from evalreport.numbers import count_text
from evalreport.rules.base import Family, Rule, Said, Severity
from evalreport.rules.case import Case, CaseRule, always, broken
from evalreport.stats.multiplicity import benjamini_hochberg

SUBGROUP_RULE: Final = "subgroup-regression"
_SCREEN: Final = 0.10  # false discovery rate of the look through subgroups


def _retention(case: Case) -> tuple[Said, ...]:
    guards = case.findings.by_role(FindingRole.GUARD)
    if any(guard.n or guard.is_measured for guard in guards):
        return ()
    why = (
        f"no guard was measured ({'; '.join(spoken(guard) for guard in guards)})"
        if guards
        else "no guard was declared"
    )
    return (
        broken(
            f"Nothing shows what was lost: {why}, so forgetting was not tested.",
            *case.primary_cites,
        ),
    )


def _subgroups(case: Case, primary: Finding) -> list[Finding]:
    whole = (primary.layer, primary.metric, primary.field, primary.arms)
    return [
        f
        for f in case.findings.findings
        if f.subgroup is not None and (f.layer, f.metric, f.field, f.arms) == whole
    ]


def _subgroup_regression(case: Case) -> tuple[Said, ...]:
    """Groups that fall where the average rises, after a look through all of them.

    Every group is asked whether it falls, not whether it moves: groups that rise would count as
    discoveries of a two-sided screen, and let a fall by chance pass. That such a group differs from
    the whole needs no test of its own: with its interval below 0 and that of the whole above, the
    interval of the difference excludes 0 (each end lies within the sum of the two distances).
    """
    said = []
    for primary in case.primaries:
        if primary.outcome is not FindingOutcome.BETTER:
            continue
        groups = _subgroups(case, primary)
        falls = {f.id: p for f in groups if (p := _p_of_falling(f)) is not None}
        screened = dict(zip(falls, benjamini_hochberg(list(falls.values())), strict=True))
        for finding in groups:
            ends = finding.difference
            if not isinstance(ends, Estimate) or screened.get(finding.id, 1.0) > _SCREEN:
                continue
            if ends.high < 0 if finding.higher_is_better else ends.low > 0:
                said.append(
                    broken(
                        f"The average hides {finding.subgroup}: {change_text(finding)} on "
                        f"{count_text(finding.n, 'item')} (exploratory, one of "
                        f"{count_text(len(falls), 'group')}).",
                        primary.id,
                        finding.id,
                    )
                )
    return tuple(said)


def _p_of_falling(finding: Finding) -> float | None:
    """The one-sided p-value that goes with a two-sided one, in the direction of a loss."""
    if finding.p_value is None or not has_value(finding.difference):
        return None
    change = finding.difference.value * (1 if finding.higher_is_better else -1)
    return finding.p_value / 2 if change < 0 else 1 - finding.p_value / 2


def _has_better_subgroups(case: Case) -> bool:
    return any(
        primary.outcome is FindingOutcome.BETTER and _subgroups(case, primary)
        for primary in case.primaries
    )


DECLARED: tuple[CaseRule, ...] = (
    Rule(
        id="retention-unmeasured",
        family=Family.INFERENCE,
        severity=Severity.WEAKENS,
        claim="At least one guard shows what must not be lost.",
        why="Fine-tuning forgets. Without a guard the verdict can say 'better', not 'and nothing "
        "was lost'.",
        remedy="Declare a guard for what must not be lost.",
        source="Four published fine-tunes, none of which measured it.",
        is_caveat=True,
        is_absence=True,
        applies=always,
        check=_retention,
    ),
    Rule(
        id=SUBGROUP_RULE,
        family=Family.INFERENCE,
        severity=Severity.WEAKENS,
        claim="No declared subgroup is shown to get worse where the average got better.",
        why="An average can rise while a group of users loses.",
        remedy="Look at the outputs of that group, and train on more of its like.",
        source="A mathematics tune whose olympiad items fell by 17 points.",
        applies=_has_better_subgroups,
        check=_subgroup_regression,
    ),
)
