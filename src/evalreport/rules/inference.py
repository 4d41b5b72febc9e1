"""Rules about inference: is there enough of the right kind to conclude anything?"""

from evalreport.analyze.findings import FindingOutcome, FindingRole
from evalreport.analyze.sentences import difference_text
from evalreport.estimates import Estimate, has_value
from evalreport.numbers import bound_text, count_text, measure_of
from evalreport.rules.base import Family, Rule, Said, Severity
from evalreport.rules.case import (
    Case,
    CaseRule,
    always,
    broken,
    has_primary,
    has_training,
    unchecked,
)

_FEW_DIFFERING = 10
_FEW_CLUSTERS = 10
_FEW_ITEMS = 30


def _underpowered(case: Case) -> tuple[Said, ...]:
    primary = case.primary
    if primary is None or primary.gain_at_least is None:
        return ()
    smallest = primary.smallest_detectable
    if not has_value(smallest) or smallest.value <= primary.gain_at_least:
        return ()
    measure = measure_of(primary.metric, primary.unit)
    needed = (
        f" {count_text(primary.n_required, 'item')} are needed for "
        f"{bound_text(primary.gain_at_least, measure)}."
        if primary.n_required
        else ""
    )
    return (
        broken(
            f"{count_text(primary.n, 'item')} reliably show differences of "
            f"{bound_text(smallest.value, measure)} or more, not the "
            f"{bound_text(primary.gain_at_least, measure)} that were asked for.{needed}",
            primary.id,
        ),
    )


def _guard_power(case: Case) -> tuple[Said, ...]:
    said = []
    for guard in case.findings.by_role(FindingRole.GUARD):
        smallest = guard.smallest_detectable
        if guard.lose_at_most is None or not has_value(smallest):
            continue
        if smallest.value > guard.lose_at_most and guard.outcome is not FindingOutcome.RETAINED:
            measure = measure_of(guard.metric, guard.unit)
            said.append(
                broken(
                    f"{count_text(guard.n, 'item')} of {guard.id} can show retention within "
                    f"{bound_text(smallest.value, measure)} at best, not within "
                    f"{bound_text(guard.lose_at_most, measure)}.",
                    guard.id,
                )
            )
    return tuple(said)


def _few_items(case: Case) -> tuple[Said, ...]:
    return tuple(
        broken(f"{f.id} rests on {count_text(f.n, 'item')} only.", f.id)
        for f in case.declared
        if 0 < f.n < _FEW_ITEMS
    )


def _few_discordant(case: Case) -> tuple[Said, ...]:
    said = []
    for finding in case.declared:
        if finding.counts is None or finding.role is FindingRole.GUARD:
            continue
        differing = finding.counts.better + finding.counts.worse
        if differing < _FEW_DIFFERING and finding.n:
            said.append(
                broken(
                    f"Only {count_text(differing, 'item')} of {finding.id} separate the two.",
                    finding.id,
                )
            )
    return tuple(said)


def _few_clusters(case: Case) -> tuple[Said, ...]:
    return tuple(
        broken(
            f"{f.id} rests on {count_text(f.clusters.n, 'independent group')} "
            f"({f.clusters.by}) only.",
            f.id,
        )
        for f in case.declared
        if f.clusters is not None and f.clusters.n < _FEW_CLUSTERS
    )


def _clusters_ignored(case: Case) -> tuple[Said, ...]:
    said = []
    for name in dict.fromkeys(f.dataset for f in case.declared):
        corpus = case.corpus(name)
        if corpus is None or any(item.cluster is not None for item in corpus.items):
            continue
        groups = [item.group for item in corpus.items if item.group is not None]
        if len(groups) > len(set(groups)):
            said.append(
                broken(
                    f"Items of {name} share {count_text(len(set(groups)), 'group')}, and "
                    "`cluster_by` is not declared: the intervals are too narrow.",
                    *case.cites(dataset=name),
                )
            )
    return tuple(said)


def _single_seed(case: Case) -> tuple[Said, ...]:
    if len(case.evidence.trainings) != 1:
        return ()
    return (
        broken(
            "One training run: this says what this checkpoint does, not what the recipe does.",
            *case.primary_cites,
        ),
    )


def _seed_range(case: Case) -> tuple[Said, ...]:
    said = []
    for finding in case.declared:
        if not finding.per_seed:
            continue
        values = [s.difference.value for s in finding.per_seed if has_value(s.difference)]
        worse = [v for v in values if (v < 0) == finding.higher_is_better and v != 0]
        if 0 < len(worse) < len(values):
            said.append(
                broken(
                    f"{len(worse)} of {count_text(len(values), 'seed')} regress on {finding.id}.",
                    finding.id,
                )
            )
    return tuple(said)


def _retention(case: Case) -> tuple[Said, ...]:
    if case.spec.evaluation.guards:
        return ()
    return (
        broken(
            "Nothing shows what was lost: no guard was declared, so forgetting was not tested.",
            *case.primary_cites,
        ),
    )


def _spec_changed(case: Case) -> tuple[Said, ...]:
    registered = case.evidence.registration
    if registered is None:
        if case.spec.evaluation.primary is None:
            return ()
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


def _subgroup_regression(case: Case) -> tuple[Said, ...]:
    primary = case.primary
    if primary is None:
        return ()
    said = []
    for finding in case.findings.findings:
        if finding.subgroup is None or finding.id.split("@")[0] != primary.id.split(":")[0]:
            continue
        if not isinstance(finding.difference, Estimate):
            continue
        ends = finding.difference
        falls = ends.high < 0 if finding.higher_is_better else ends.low > 0
        if falls:
            shown = difference_text(ends, measure_of(finding.metric, finding.unit))
            said.append(
                broken(
                    f"The average hides {finding.subgroup}: {shown} on "
                    f"{count_text(finding.n, 'item')} (exploratory).",
                    primary.id,
                    finding.id,
                )
            )
    return tuple(said)


def _best_on_test(case: Case) -> tuple[Said, ...]:
    checkpoints = {
        f"{arm.name}/{r.subject.checkpoint}"
        for arm in case.evidence.arms.values()
        for r in arm.replicates
        if r.subject.kind == "trained"
        and any(arm.name in layer.arms for layer in case.spec.evaluation.layers)
    }
    arms = {name.partition("/")[0] for name in checkpoints}
    if len(arms) < 2 or len({name.partition("/")[2] for name in checkpoints}) < 2:
        return ()
    return (
        broken(
            f"{len(arms)} checkpoints of one training ({', '.join(sorted(checkpoints))}) are "
            "scored on the same test items; picking the best of them afterwards would flatter it.",
        ),
    )


INFERENCE: tuple[CaseRule, ...] = (
    Rule(
        id="underpowered",
        family=Family.INFERENCE,
        severity=Severity.WEAKENS,
        claim="The items can show the gain worth having.",
        why="An evaluation that cannot see the effect answers nothing, and what it finds by luck "
        "is exaggerated.",
        source="Card et al. (2020), arXiv:2010.06595.",
        applies=has_primary,
        check=_underpowered,
    ),
    Rule(
        id="guard-underpowered",
        family=Family.INFERENCE,
        severity=Severity.NOTE,
        claim="The items of each guard can show retention within its margin.",
        why="Retention has to be shown; a guard with too few items can only fail to show it.",
        source="Card et al. (2020), arXiv:2010.06595.",
        applies=has_primary,
        check=_guard_power,
    ),
    Rule(
        id="few-items",
        family=Family.INFERENCE,
        severity=Severity.WEAKENS,
        claim="A declared comparison rests on at least 30 items.",
        why="Below, only exact tests hold, and single items decide.",
        source="Bowyer, Aitchison and Ivanova (2025), arXiv:2503.01747.",
        applies=has_primary,
        check=_few_items,
    ),
    Rule(
        id="few-discordant",
        family=Family.INFERENCE,
        severity=Severity.WEAKENS,
        claim="At least 10 items separate the two arms.",
        why="Fewer than six can never reject at 5 %, however many items there are.",
        source="The exact sign test.",
        applies=has_primary,
        check=_few_discordant,
    ),
    Rule(
        id="few-clusters",
        family=Family.INFERENCE,
        severity=Severity.WEAKENS,
        claim="At least 10 independent groups stand behind a declared comparison.",
        why="Items of one group say much the same; groups are the sample.",
        source="Cameron and Miller (2015).",
        applies=has_primary,
        check=_few_clusters,
    ),
    Rule(
        id="clusters-ignored",
        family=Family.INFERENCE,
        severity=Severity.WEAKENS,
        claim="Items that hang together are declared as clusters.",
        why="Intervals that ignore clusters are too narrow, and do not improve with more data.",
        source="Miller (2024), arXiv:2411.00640: design effects up to 9.",
        applies=has_primary,
        check=_clusters_ignored,
    ),
    Rule(
        id="single-seed",
        family=Family.INFERENCE,
        severity=Severity.WEAKENS,
        claim="The recipe was trained with three or more seeds.",
        why="Seeds differ by more than intervals over items show. One run supports a claim about "
        "this checkpoint.",
        source="Zhou et al. (2025), arXiv:2503.07329.",
        applies=has_training,
        check=_single_seed,
    ),
    Rule(
        id="seed-range",
        family=Family.INFERENCE,
        severity=Severity.WEAKENS,
        claim="All seeds change in the same direction.",
        why="An average over seeds that disagree describes none of them.",
        source="Zhou et al. (2025), arXiv:2503.07329.",
        applies=has_training,
        check=_seed_range,
    ),
    Rule(
        id="retention-unmeasured",
        family=Family.INFERENCE,
        severity=Severity.WEAKENS,
        claim="At least one guard shows what must not be lost.",
        why="Fine-tuning forgets. Without a guard the verdict can say 'better', not 'and nothing "
        "was lost'.",
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
        source="Own; the practice of preregistration.",
        applies=has_primary,
        check=_spec_changed,
    ),
    Rule(
        id="subgroup-regression",
        family=Family.INFERENCE,
        severity=Severity.WEAKENS,
        claim="No declared subgroup got worse while the average got better.",
        why="An average can rise while a group of users loses.",
        source="A mathematics tune whose olympiad items fell by 17 points.",
        applies=has_primary,
        check=_subgroup_regression,
    ),
    Rule(
        id="best-checkpoint-on-test",
        family=Family.INFERENCE,
        severity=Severity.NOTE,
        claim="One checkpoint was scored on the test items.",
        why="The best of ten equal checkpoints on 200 items looks five points better than it is.",
        source="Blum and Hardt (2015), arXiv:1502.04585.",
        applies=has_training,
        check=_best_on_test,
    ),
)
