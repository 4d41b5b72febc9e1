"""Pairing: the tuned models of two builds on the items that both asked, metric by metric.

They are compared by the functions that compare any two arms; what forbids it is named.
"""

from collections.abc import Sequence

from evalreport.analyze.family import correct_families
from evalreport.analyze.finding import Question, build_finding
from evalreport.analyze.findings import Finding, FindingOutcome, FindingRole
from evalreport.analyze.missing import known
from evalreport.analyze.sentences import NOT_BETTER
from evalreport.analyze.tables import Table
from evalreport.diff.alike import cluster_by, how_measured, same_weights
from evalreport.diff.broken import GAINS, void_in
from evalreport.diff.columns import Columns, columns_of
from evalreport.diff.common import Common, common_items
from evalreport.diff.flipped import flipped_items
from evalreport.diff.model import TUNED_A, TUNED_B, Moved, Pairing, PairState
from evalreport.diff.moved import judged_beyond, movement
from evalreport.diff.opened import BASE, TUNED, Metric, Opened, metrics_of
from evalreport.diff.roles import Declared
from evalreport.diff.runs import over_recipes, pooled, runs_text, why_not_pooled
from evalreport.estimates import NotEstimable
from evalreport.layers.human import Human
from evalreport.layers.judge import Judge
from evalreport.lineage.aspect import Aspect, AspectState
from evalreport.lineage.aspects import forbidding
from evalreport.lineage.measured import Measured, measured_in
from evalreport.lineage.test_sets import test_set
from evalreport.records import Origin


def pair_builds(a: Opened, b: Opened, declared: Declared) -> tuple[Pairing, ...]:
    """Every metric of both builds, its comparison corrected for its family where there is one.

    Args:
        a: The reference.
        b: The candidate.
        declared: What both declared alike.
    """
    found = [_pair(metric, a, b, declared) for metric in metrics_of(a, b)]
    void = void_in(a.build, b.build)
    found = [one.model_copy(update={"void": void.get(one.id, "")}) for one in found]
    decided = [_decided(one, b, declared) for one in found]
    gate = gate_of(found, declared)
    tested = [
        _with_weaker_test(finding, one.moved)
        for one, finding in zip(found, decided, strict=True)
        if finding is not None
    ]
    corrected = {
        one.id: one for one in correct_families(tested, declared.terms, is_gated=bool(gate))
    }
    return tuple(
        one
        if finding is None
        else one.model_copy(update={"finding": _said(corrected[finding.id], finding.p_value, gate)})
        for one, finding in zip(found, decided, strict=True)
    )


def gate_of(pairings: Sequence[Pairing], declared: Declared) -> str:
    """Why secondary metrics wait although nothing is known of the primary; empty where they do not.

    They were declared to be tested only after it.
    """
    if declared.primary_otherwise:
        return "both builds do not declare the same primary"
    if not declared.has_primary:
        return ""
    primaries = [one for one in pairings if declared.of(one.id).role is FindingRole.PRIMARY]
    if len(primaries) < declared.primaries or any(one.finding is None for one in primaries):
        return "the primary was not compared"
    return "the primary's evidence does not count" if any(one.void for one in primaries) else ""


def _decided(one: Pairing, b: Opened, declared: Declared) -> Finding | None:
    """What a comparison shows once the base's movement and broken rules have been heard."""
    if one.finding is None:
        return None
    finding = judged_beyond(one.finding, one.moved, declared.of(one.id), declared.terms)
    why = ""
    if one.void and finding.role is not FindingRole.PRIMARY:
        why = "a rule is broken that voids its evidence"
    elif finding.outcome is FindingOutcome.RETAINED and not _retains(one.id, b):
        why = (
            "the margin was declared against the base, and B's own report does not show that "
            "tuned is within it"
        )
    if why and finding.outcome in GAINS:
        finding = finding.model_copy(
            update={"outcome": FindingOutcome.INCONCLUSIVE, "withheld": why}
        )
    return finding


def _with_weaker_test(finding: Finding, moved: Moved | None) -> Finding:
    """With the larger of its two p-values, which is the one to correct for its family."""
    if moved is None or finding.p_value is None or moved.p_value is None:
        return finding
    return finding.model_copy(update={"p_value": max(finding.p_value, moved.p_value)})


def _retains(metric: str, side: Opened) -> bool:
    """Whether a build's own report shows that a guard is retained against its base."""
    return any(
        one.id == metric and one.outcome is FindingOutcome.RETAINED
        for one in side.build.report.findings
    )


def _said(finding: Finding, p_value: float | None, gate: str) -> Finding:
    """With its own test's p-value; a secondary metric that waits says for what."""
    finding = finding.model_copy(update={"p_value": p_value})
    waits = finding.role is FindingRole.SECONDARY and gate
    if waits and finding.outcome is FindingOutcome.DESCRIPTIVE:
        sentence = finding.sentence.replace(NOT_BETTER, gate)
        return finding.model_copy(update={"sentence": sentence})
    return finding


def _pair(metric: Metric, a: Opened, b: Opened, declared: Declared) -> Pairing:
    """One metric."""

    def refused(why: str, aspects: Sequence[Aspect] = (), common: Common | None = None) -> Pairing:
        return _pairing(metric, PairState.REFUSED, why, aspects, common)

    for side, label in ((a, "A"), (b, "B")):
        if side.build.unsealed:
            return refused(
                f"the items of {label} are not those of its report, or the report was changed "
                f"since: {', '.join(side.build.unsealed)}"
            )
    mine, theirs = measured_in(a.build, metric.layer), measured_in(b.build, metric.layer)
    if mine is None or theirs is None:
        return refused("a report does not say how the layer was measured")
    tables = (a.table(metric.layer), b.table(metric.layer))
    for table, measured, label in zip(tables, (mine, theirs), "AB", strict=True):
        if isinstance(table, NotEstimable):
            return refused(f"{label}: {_why_no_table(table, measured)}")
    one, other = (table for table in tables if isinstance(table, Table))
    absent = _without_scores(one, other, mine, theirs)
    if absent:
        return refused(absent)
    common = common_items(one, other)
    sets = test_set(mine, theirs)
    aspects = how_measured(metric, mine, theirs, common)
    forbidden = forbidding(aspects)
    if forbidden:
        return refused("", forbidden, common)
    trusted = tuple(one for one in aspects if one.state is AspectState.ON_TRUST)
    scores = columns_of(metric, common)
    if isinstance(scores, NotEstimable):
        return refused(scores.not_estimable, trusted, common)
    candidate, reference = scores
    if same_weights(mine, theirs, TUNED):
        return _pairing(
            metric, PairState.SAME_MODEL, "tuned is one and the same model", trusted, common
        )
    if not (known(candidate) & known(reference)).any():
        return refused("no item has a score of both", trusted, common)
    if why := why_not_pooled(candidate, reference):
        return refused(why, trusted, common)
    question = _question(metric, mine, theirs, common, declared)
    means = pooled(candidate, reference)
    finding = over_recipes(
        build_finding(question, *means, common.clusters, declared.terms),
        scores,
        common.clusters,
        question.declaration,
        declared.terms,
    )
    base = _base_of_both(metric, mine, theirs, common)
    return _pairing(
        metric, PairState.PAIRED, runs_text(candidate, reference), trusted, common
    ).model_copy(
        update={
            "finding": finding,
            "moved": base
            and movement((candidate, reference), base, common.clusters, declared.terms),
            "runs": (len(reference), len(candidate)),
            "test_set": sets if sets.forbids else None,
            "flipped": flipped_items(*means, common, shown=_may_name(a, b)),
        }
    )


def _base_of_both(
    metric: Metric, mine: Measured, theirs: Measured, common: Common
) -> Columns | None:
    """The base's scores in both, where it was one and the same model and asked the same."""
    if any(BASE not in table.scores for table in (common.a, common.b)):
        return None
    if not same_weights(mine, theirs, BASE):
        return None
    if forbidding(how_measured(metric, mine, theirs, common, BASE)):
        return None
    scores = columns_of(metric, common, BASE)
    return None if isinstance(scores, NotEstimable) else scores


def _pairing(
    metric: Metric,
    state: PairState,
    why: str,
    aspects: Sequence[Aspect],
    common: Common | None,
) -> Pairing:
    return Pairing(
        id=metric.id,
        layer=metric.layer,
        metric=metric.metric,
        field=metric.field,
        state=state,
        why=why,
        aspects=tuple(aspects),
        common=0 if common is None else len(common.ids),
        only_a=0 if common is None else common.only_a,
        only_b=0 if common is None else common.only_b,
    )


def _why_no_table(absent: NotEstimable, side: Measured) -> str:
    """Why a layer has no items: nobody answered, or only totals are known."""
    blocks = side.blocks(TUNED)
    has_items = not side.is_headless and side.facts.kind != "recorded"
    if has_items and isinstance(blocks, NotEstimable):
        return blocks.not_estimable
    return absent.not_estimable


def _without_scores(one: Table, other: Table, mine: Measured, theirs: Measured) -> str:
    """Why tuned has no scores of its own in one of the two; empty where it has."""
    for table, side, label in ((one, mine, "A"), (other, theirs, "B")):
        if TUNED in table.scores:
            continue
        if any(name.startswith(f"{TUNED}~") for name in table.scores):
            return (
                "its verdicts are between a tuned model and its own base: the two tuned models "
                "were not judged against each other"
            )
        blocks = side.blocks(TUNED)
        why = blocks.not_estimable if isinstance(blocks, NotEstimable) else "tuned has no scores"
        return f"{label}: {why}"
    return ""


def _question(
    metric: Metric, mine: Measured, theirs: Measured, common: Common, declared: Declared
) -> Question:
    layer = theirs.options
    keys = dict.fromkeys(key for side in (mine, theirs) if (key := cluster_by(side)))
    is_foreign = any(
        not isinstance(side.build.head, NotEstimable)
        and (metric.layer, TUNED) in side.build.head.elsewhere
        for side in (mine, theirs)
    )
    return Question(
        layer=metric.layer,
        dataset=theirs.facts.dataset,
        candidate=TUNED_B,
        reference=TUNED_A,
        cluster_by=" or ".join(keys) or "cluster" if common.clusters is not None else None,
        declaration=declared.of(metric.id),
        origin=Origin.IMPORTED if is_foreign else Origin.RUN,
        is_judged=isinstance(layer, Judge | Human),
        by_people=isinstance(layer, Human),
    )


def _may_name(a: Opened, b: Opened) -> bool:
    """Whether ids of single items may be shown."""
    return "none" not in (a.build.report.examples_shown, b.build.report.examples_shown)
