"""Rules about inference: is there enough of the right kind to conclude anything?"""

from typing import Final

from evalreport.analyze.compare import FEWEST_ITEMS
from evalreport.analyze.decide import oriented
from evalreport.analyze.findings import Finding, FindingOutcome, FindingRole
from evalreport.analyze.seen_power import two_digits
from evalreport.analyze.sentences import (
    NET_WIN,
    change_text,
    gain_text,
    measure_for,
    sample_phrase,
    spoken,
)
from evalreport.analyze.shown import shown_difference
from evalreport.estimates import NotEstimable, Point, has_value
from evalreport.numbers import bound_text, count_text, or_more_text
from evalreport.rules.base import Family, Rule, Said, Severity, Status
from evalreport.rules.case import (
    Case,
    CaseRule,
    broken,
    has_gain_to_find,
    has_items,
    has_measured_here,
    has_tuned_weights,
    unchecked,
)
from evalreport.stats.arguments import FEWEST_SEEDS

_FEW_DIFFERING: Final = 10
FEW_CLUSTERS: Final = 10
FEW_ITEMS: Final = 30
UNDERPOWERED_RULE: Final = "underpowered"


def _underpowered(case: Case) -> tuple[Said, ...]:
    said = []
    for primary in case.primaries:
        gain, smallest = primary.gain_at_least, primary.smallest_detectable
        if gain is None or not primary.n:
            continue
        items, asked = sample_phrase(primary), gain_text(primary)
        unit = "pair" if primary.metric == NET_WIN else "item"
        if primary.n < FEWEST_ITEMS:
            said.append(broken(f"{items} of {spoken(primary)} can show nothing.", primary.id))
        elif isinstance(smallest, NotEstimable):
            why = smallest.not_estimable
            text = f"What {items} of {spoken(primary)} can show is unknown: {why}."
            said.append(unchecked(text, primary.id))
        elif has_value(smallest) and smallest.value > gain and not _is_settled(primary, gain):
            needed = (
                f" For that about {count_text(primary.n_required, unit)} are needed."
                if primary.n_required and primary.n_required > primary.n
                else ""
            )
            asking = "this spec asks for" if primary.is_foreign else "were asked for"
            said.append(
                broken(
                    f"On {spoken(primary)}, {items} reliably show differences of about "
                    f"{_or_more(two_digits(smallest.value), primary)}, not the {asked} "
                    f"that {asking}.{needed}",
                    primary.id,
                )
            )
    return tuple(said)


def _or_more(gain: float, finding: Finding) -> str:
    measure = measure_for(finding)
    return or_more_text(gain, measure, higher_is_better=finding.higher_is_better)


def _is_settled(primary: Finding, gain: float) -> bool:
    """Whether the interval lies on one side of the gain that was asked for: then it was enough."""
    ends = oriented(primary.difference, higher_is_better=primary.higher_is_better)
    return ends is not None and (ends.low >= gain or ends.high < gain)


def _guard_power(case: Case) -> tuple[Said, ...]:
    said = []
    for guard in case.findings.by_role(FindingRole.GUARD):
        margin, smallest = guard.lose_at_most, guard.smallest_detectable
        if margin is None or not guard.n or guard.outcome is FindingOutcome.RETAINED:
            continue
        measure = measure_for(guard)
        items = f"{count_text(guard.n, 'item')} of {spoken(guard)}"
        if isinstance(smallest, NotEstimable):
            why = smallest.not_estimable
            said.append(unchecked(f"Which margin {items} can show is unknown: {why}.", guard.id))
        elif has_value(smallest) and smallest.value > margin:
            said.append(
                broken(
                    f"{items} reliably show retention within about "
                    f"{bound_text(two_digits(smallest.value), measure)} at best, not within "
                    f"{bound_text(margin, measure)}.",
                    guard.id,
                )
            )
    return tuple(said)


def _has_counted_guards(case: Case) -> bool:
    return any(guard.n for guard in case.findings.by_role(FindingRole.GUARD))


def _few_items(case: Case) -> tuple[Said, ...]:
    return tuple(
        Said(
            Status.BROKEN,
            f"Only {count_text(f.n, 'item')} stand{'s' if f.n == 1 else ''} behind {spoken(f)}.",
            (f.id,),
            subject=spoken(f),
        )
        for f in case.declared
        if 0 < f.n < FEW_ITEMS
    )


def _few_discordant(case: Case) -> tuple[Said, ...]:
    said = []
    for finding in case.declared:
        if finding.counts is None or finding.role is FindingRole.GUARD:
            continue
        if finding.outcome is FindingOutcome.EQUIVALENT:
            continue  # that few items differ is what it rests on
        differing = finding.counts.better + finding.counts.worse
        if differing < _FEW_DIFFERING and finding.n:
            said.append(
                broken(
                    f"Only {count_text(differing, 'item')} of {spoken(finding)} separate"
                    f"{'s' if differing == 1 else ''} the two."
                    if differing
                    else f"No item of {spoken(finding)} separates the two.",
                    finding.id,
                )
            )
    return tuple(said)


def _few_clusters(case: Case) -> tuple[Said, ...]:
    return tuple(
        broken(
            f"{spoken(f)} rests on {count_text(f.clusters.n, 'independent group')} "
            f"({f.clusters.by}) only.",
            f.id,
        )
        for f in case.declared
        if f.clusters is not None and f.clusters.n < FEW_CLUSTERS
    )


def _has_clusters(case: Case) -> bool:
    return any(f.clusters is not None for f in case.declared)


def _clusters_ignored(case: Case) -> tuple[Said, ...]:
    said = []
    for name in case.declared_datasets:
        corpus = case.corpus(name)
        if corpus is None or any(item.cluster is not None for item in corpus.items):
            continue
        groups = [item.group for item in corpus.items if item.group is not None]
        if len(groups) > len(set(groups)):
            said.append(
                broken(
                    f"Items of {name} share {count_text(len(set(groups)), 'group')}, and "
                    "`cluster_by` is not declared: the intervals take each item as independent, "
                    "and are too narrow where items of a group resemble each other.",
                    *case.cites(dataset=name),
                )
            )
    return tuple(said)


def _single_seed(case: Case) -> tuple[Said, ...]:
    elsewhere = case.evidence.earlier.get("tuned")
    if elsewhere is not None:
        return (
            broken(
                f"{elsewhere.path} is one training run, not made here: this says what this "
                "checkpoint does, not what its recipe does.",
                *case.primary_cites,
            ),
        )
    # What was trained but did not answer is not in the interval.
    answered = [len(primary.per_seed or (None,)) for primary in case.primaries if primary.n]
    runs = (
        min(len(case.evidence.trainings), *answered) if answered else len(case.evidence.trainings)
    )
    if runs >= FEWEST_SEEDS:
        return ()
    if runs == 1:
        text = "One training run: this says what this checkpoint does, not what the recipe does."
    else:
        text = (
            f"{count_text(runs, 'training run')} give a range, not an interval: this says what "
            f"these checkpoints do, not what the recipe does.{_range(case)}"
        )
    return (broken(text, *case.primary_cites),)


def _range(case: Case) -> str:
    """The primary's difference of each seed, in one sentence."""
    for primary in case.primaries:
        shown = [
            f"seed {one.seed}: {_value(one.difference.value, primary)}"
            for one in primary.per_seed or ()
            if has_value(one.difference)
        ]
        if shown:
            return f" {spoken(primary)} by {'; '.join(shown)}."
    return ""


def _value(change: float, finding: Finding) -> str:
    shown = shown_difference(finding, Point(value=change, no_interval=""))
    return shown.value.text if shown.value else ""


def _seed_range(case: Case) -> tuple[Said, ...]:
    said = []
    for finding in case.declared:
        values = [s.difference.value for s in finding.per_seed or () if has_value(s.difference)]
        worse = [v for v in values if (v < 0) == finding.higher_is_better and v != 0]
        if 0 < len(worse) < len(values):
            said.append(
                broken(
                    f"{len(worse)} of {count_text(len(values), 'seed')} "
                    f"{'is' if len(worse) == 1 else 'are'} worse than {finding.arms[1]} on "
                    f"{spoken(finding)}, which changes by {change_text(finding)} on average.",
                    finding.id,
                )
            )
    return tuple(said)


def _has_seeds(case: Case) -> bool:
    return any(finding.per_seed for finding in case.declared)


INFERENCE: tuple[CaseRule, ...] = (
    Rule(
        id=UNDERPOWERED_RULE,
        family=Family.INFERENCE,
        severity=Severity.WEAKENS,
        claim="The items can show the gain worth having, or have settled it.",
        why="An evaluation that cannot see the effect answers nothing, and what it finds by luck "
        "is exaggerated.",
        remedy="Test on a larger fresh set.",
        source="Card et al. (2020), arXiv:2010.06595.",
        is_absence=True,
        applies=has_gain_to_find,
        check=_underpowered,
    ),
    Rule(
        id="guard-underpowered",
        family=Family.INFERENCE,
        severity=Severity.NOTE,
        claim="Each guard is retained, or has the items to show retention within its margin.",
        why="Retention has to be shown; a guard with too few items can only fail to show it.",
        source="Card et al. (2020), arXiv:2010.06595.",
        is_absence=True,
        applies=_has_counted_guards,
        check=_guard_power,
    ),
    Rule(
        id="few-items",
        family=Family.INFERENCE,
        severity=Severity.WEAKENS,
        claim="A declared comparison rests on at least 30 items.",
        why="Below, only exact tests hold, and single items decide.",
        remedy="Test on a larger fresh set.",
        source="Bowyer, Aitchison and Ivanova (2025), arXiv:2503.01747.",
        is_absence=True,
        applies=has_items,
        check=_few_items,
    ),
    Rule(
        id="few-discordant",
        family=Family.INFERENCE,
        severity=Severity.WEAKENS,
        claim="At least 10 items separate the two arms, unless they are shown to be equivalent.",
        why="Fewer than six can never reject at 5 %, however many items there are.",
        remedy="Test on a larger fresh set, on which the two differ more often.",
        source="The exact sign test.",
        is_absence=True,
        applies=has_items,
        check=_few_discordant,
    ),
    Rule(
        id="few-clusters",
        family=Family.INFERENCE,
        severity=Severity.WEAKENS,
        claim="At least 10 independent groups stand behind a declared comparison.",
        why="Items of one group say much the same; groups are the sample.",
        remedy="Test on items of more independent groups.",
        source="Cameron and Miller (2015).",
        is_absence=True,
        applies=_has_clusters,
        check=_few_clusters,
    ),
    Rule(
        id="clusters-ignored",
        family=Family.INFERENCE,
        severity=Severity.WEAKENS,
        claim="Items that are declared to hang together are declared as clusters.",
        why="Intervals that ignore clusters are too narrow, and do not improve with more data.",
        remedy="Declare `cluster_by` with the column of the groups.",
        source="Miller (2024), arXiv:2411.00640: design effects up to 9.",
        is_caveat=True,
        applies=has_measured_here,
        check=_clusters_ignored,
    ),
    Rule(
        id="single-seed",
        family=Family.INFERENCE,
        severity=Severity.WEAKENS,
        claim="The recipe was trained with three or more seeds.",
        why="Seeds differ by more than intervals over items show. One run supports a claim about "
        "this checkpoint, two give a range.",
        remedy="Train at least three seeds with `training.seeds`.",
        source="Zhou et al. (2025), arXiv:2503.07329.",
        is_caveat=True,
        is_absence=True,
        applies=has_tuned_weights,
        check=_single_seed,
    ),
    Rule(
        id="seed-range",
        family=Family.INFERENCE,
        severity=Severity.WEAKENS,
        claim="All seeds change in the same direction.",
        why="An average over seeds that disagree describes none of them.",
        remedy="Train more seeds, and find out why they disagree.",
        source="Zhou et al. (2025), arXiv:2503.07329.",
        applies=_has_seeds,
        check=_seed_range,
    ),
)
