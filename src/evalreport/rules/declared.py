"""Rules about what was declared: beforehand, completely, and not by picking afterwards?"""

from collections import defaultdict
from typing import Final

from evalreport.analyze.findings import Finding, FindingOutcome, FindingRole
from evalreport.analyze.sentences import change_text, spoken
from evalreport.estimates import Estimate
from evalreport.numbers import count_text
from evalreport.rules.base import Family, Rule, Said, Severity
from evalreport.rules.case import Case, CaseRule, always, broken, has_tuned_weights, unchecked
from evalreport.stats.multiplicity import benjamini_hochberg

_SCREEN: Final = 0.10  # false discovery rate of the look through subgroups


def _retention(case: Case) -> tuple[Said, ...]:
    guards = case.findings.by_role(FindingRole.GUARD)
    if any(guard.n for guard in guards):
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


def _spec_changed(case: Case) -> tuple[Said, ...]:
    registered = case.evidence.registration
    if registered is None:
        return (
            unchecked(
                "Whether the declaration was changed after results existed is unknown: no "
                "registration was found.",
                *case.primary_cites,
            ),
        )
    if len(registered.bodies) <= 1:
        return ()
    last = registered.bodies[-1]
    return (
        broken(
            "What was declared about these weights and this data was changed after outputs had "
            f"been scored: first declared {registered.first_scored_at}, changed "
            f"{count_text(len(registered.bodies) - 1, 'time')}, last {last[3]} "
            f"(in spec {last[2]}).",
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
    """Groups that fall where the average rises, after a look through all of them."""
    said = []
    for primary in case.primaries:
        if primary.outcome is not FindingOutcome.BETTER:
            continue
        groups = [f for f in _subgroups(case, primary) if f.p_value is not None]
        screened = benjamini_hochberg([f.p_value for f in groups if f.p_value is not None])
        for finding, adjusted in zip(groups, screened, strict=True):
            ends = finding.difference
            if not isinstance(ends, Estimate) or adjusted > _SCREEN:
                continue
            if ends.high < 0 if finding.higher_is_better else ends.low > 0:
                said.append(
                    broken(
                        f"The average hides {finding.subgroup}: {change_text(finding)} on "
                        f"{count_text(finding.n, 'item')} (exploratory, one of "
                        f"{count_text(len(groups), 'group')}).",
                        primary.id,
                        finding.id,
                    )
                )
    return tuple(said)


def _has_better_subgroups(case: Case) -> bool:
    return any(
        primary.outcome is FindingOutcome.BETTER and _subgroups(case, primary)
        for primary in case.primaries
    )


def _best_on_test(case: Case) -> tuple[Said, ...]:
    asked = {place.arm for place, block in case.evidence.blocks.items() if block.responses}
    names: dict[str, str] = {}
    for arm in case.evidence.arms.values():
        for replicate in arm.replicates:
            subject = replicate.subject
            if subject.kind == "trained" and arm.name in asked:
                step = _step_of(case, replicate.seed, subject.checkpoint)
                names.setdefault(f"{replicate.seed} {step}", f"{arm.name}/{subject.checkpoint}")
    checkpoints = set(names.values())
    if len({name.partition("/")[2] for name in checkpoints}) < 2:
        checkpoints = _of_one_run(case, asked)
    if len(checkpoints) < 2:
        return ()
    return (
        broken(
            f"{len(checkpoints)} checkpoints of one training ({', '.join(sorted(checkpoints))}) "
            "are scored on the same test items; picking the best of them afterwards would "
            "flatter it.",
        ),
    )


def _step_of(case: Case, seed: int | None, name: str) -> str:
    """The step that a checkpoint is from: `best` and `epoch-2` may be the same weights."""
    log = case.evidence.trainings.get(seed) if seed is not None else None
    kept = next((one for one in log.checkpoints if one.name == name), None) if log else None
    return name if kept is None else str(kept.step)


def _of_one_run(case: Case, asked: set[str]) -> set[str]:
    """Checkpoint folders that lie beside each other, which one training wrote."""
    runs: defaultdict[str, set[str]] = defaultdict(set)
    for name, earlier in case.evidence.earlier.items():
        run, _, folder = earlier.path.rstrip("/").rpartition("/")
        if name in asked and folder.startswith("checkpoint-"):
            runs[run].add(earlier.path)
    return max(runs.values(), key=len, default=set())


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
        applies=always,
        check=_retention,
    ),
    Rule(
        id="spec-changed-after-results",
        family=Family.INFERENCE,
        severity=Severity.WEAKENS,
        claim="What was declared before the first scored output was not changed since.",
        why="A margin or a metric chosen after seeing results has no error rate.",
        remedy="Confirm the result on fresh items under the declaration as it now stands.",
        source="Own; the practice of preregistration.",
        applies=lambda case: bool(case.primaries),
        check=_spec_changed,
    ),
    Rule(
        id="subgroup-regression",
        family=Family.INFERENCE,
        severity=Severity.WEAKENS,
        claim="No declared subgroup is shown to get worse where the average got better.",
        why="An average can rise while a group of users loses.",
        remedy="Look at the outputs of that group, and train on more of its like.",
        source="A mathematics tune whose olympiad items fell by 17 points.",
        applies=_has_better_subgroups,
        check=_subgroup_regression,
    ),
    Rule(
        id="best-checkpoint-on-test",
        family=Family.INFERENCE,
        severity=Severity.NOTE,
        claim="One checkpoint was scored on the test items.",
        why="The best of ten equal checkpoints on 200 items looks five points better than it is.",
        source="Blum and Hardt (2015), arXiv:1502.04585.",
        applies=has_tuned_weights,
        check=_best_on_test,
    ),
)
