"""Rules about meaning: does the number say what the title says?"""

from collections.abc import Sequence
from typing import Final

from evalreport.analyze.findings import Finding, FindingRole
from evalreport.analyze.sentences import spoken
from evalreport.estimates import has_value
from evalreport.numbers import count_text
from evalreport.rules.base import Family, Rule, Said, Severity
from evalreport.rules.case import Case, CaseRule, always, broken, has_answers, has_primary
from evalreport.rules.published import is_fit, is_loss, is_recorded, told

LOSS_AS_PRIMARY: Final = "ppl-on-reasoning"
"""The rule whose breach keeps a verdict from saying "better"."""

_ON_LOSS: Final = ("perplexity", "overfitting")
_MANY: Final = 6


def _only_foreign(case: Case) -> bool:
    """Whether what decides was declared where its numbers stood already."""
    return bool(case.primaries) and all(primary.is_foreign for primary in case.primaries)


def _proxy_only(case: Case) -> tuple[Said, ...]:
    if any(
        layer.kind not in _ON_LOSS and case.was_answered(layer)
        for layer in case.spec.evaluation.layers
    ) or any(_is_outcome(f) for one in told(case) for f in one.findings):
        return ()
    return (
        broken(
            "No task outcome was measured; these figures describe fit to reference text.",
            *case.primary_cites,
        ),
    )


def _is_outcome(finding: Finding) -> bool:
    """Whether a recorded number is about the task, and not about fit to reference text."""
    return has_value(finding.tuned) and not is_fit(finding)


def _loss_as_primary(case: Case) -> tuple[Said, ...]:
    return tuple(
        broken(
            f"The primary metric, {spoken(primary)}, is a loss on reference text: it shows fit to "
            "these references, and several right answers may be worded otherwise. It can condemn "
            "a model, not acquit it.",
            primary.id,
        )
        for primary in case.primaries
        if case.layer(primary.layer).kind in _ON_LOSS or (primary.is_foreign and is_loss(primary))
    )


def _no_primary(case: Case) -> tuple[Said, ...]:
    if case.spec.evaluation.primary is not None:
        return ()
    return (
        broken(
            "No primary metric was declared before the run, so none of the numbers decides; "
            "picking one of them afterwards would make any of them significant sooner or later."
        ),
    )


def _exploratory_many(case: Case) -> tuple[Said, ...]:
    explored = [
        f
        for f in case.findings.findings
        if f.role is FindingRole.EXPLORATORY and not f.is_guard_of_export and f.p_value is not None
    ]
    if len(explored) < _MANY:
        return ()
    return (
        broken(
            f"{len(explored)} further comparisons were not declared to decide anything. They carry "
            "no verdict word: among so many, a few look significant by chance."
            f"{_of_listed_pairs(case, explored)}"
        ),
    )


def _of_listed_pairs(case: Case, explored: Sequence[Finding]) -> str:
    """A pair under `comparisons:` was declared, though none of its metrics is."""
    listed = [pair for pair in case.spec.comparisons if any(f.arms == pair for f in explored)]
    if not listed:
        return ""
    count = sum(f.arms in listed for f in explored)
    pairs = ", ".join(f"{candidate} against {reference}" for candidate, reference in listed)
    one = len(listed) == 1
    return (
        f" {count_text(count)} of them {'is' if count == 1 else 'are'} of "
        f"{'a pair' if one else 'pairs'} that `comparisons` lists ({pairs}): declared as "
        f"{'a pair' if one else 'pairs'}, without saying which of {'its' if one else 'their'} "
        "metrics counts."
    )


MEANING: tuple[CaseRule, ...] = (
    Rule(
        id="proxy-only",
        family=Family.MEANING,
        severity=Severity.WEAKENS,
        claim="A task is measured by its outcome, not by loss or perplexity alone.",
        why="Loss and next-token accuracy say how close a model is to reference text. Whether it "
        "does the task has to be asked.",
        remedy="Add a generation or multiple_choice layer that asks for the task itself.",
        source="Published fine-tunes that report training metrics only.",
        is_caveat=True,
        is_absence=True,
        applies=lambda case: has_answers(case) or is_recorded(case),
        check=_proxy_only,
    ),
    Rule(
        id=LOSS_AS_PRIMARY,
        family=Family.MEANING,
        severity=Severity.WEAKENS,
        claim="A loss is not the primary measure of quality.",
        why="Perplexity scores closeness to one wording. With a loss as primary metric the "
        "verdict can at best be inconclusive.",
        remedy="Declare a primary that measures the task's outcome.",
        source="A published evaluation that led with perplexity on reasoning traces.",
        is_caveat=True,
        applies=has_primary,
        check=_loss_as_primary,
    ),
    Rule(
        id="no-primary",
        family=Family.MEANING,
        severity=Severity.WEAKENS,
        claim="One primary metric is declared before the run.",
        why="A question that is chosen after the answers are known has no error rate.",
        remedy="Declare `evaluation.primary` with the gain worth having.",
        source="Dror et al. (2018), P18-1128, on multiple comparisons.",
        is_caveat=True,
        is_absence=True,
        applies=lambda case: not _only_foreign(case),
        check=_no_primary,
    ),
    Rule(
        id="multiple-testing",
        family=Family.MEANING,
        severity=Severity.NOTE,
        claim="At most five comparisons that were not declared to decide were tested.",
        why="Six tests at 5 % raise a false alarm in 26 % of runs in which nothing changed; so "
        "what was not declared to decide is called exploratory.",
        source="Dror et al. (2018), P18-1128.",
        applies=always,
        check=_exploratory_many,
    ),
)
