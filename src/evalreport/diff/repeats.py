"""Repeats: the same model asked the same in two builds, whose scores should be the same."""

from collections.abc import Iterator

from evalreport.analyze.finding import Question, build_finding
from evalreport.analyze.missing import known
from evalreport.analyze.samples import flips, pair
from evalreport.analyze.tables import Table
from evalreport.analyze.terms import Declaration
from evalreport.diff.alike import cluster_by, how_measured, same_weights
from evalreport.diff.columns import columns_of
from evalreport.diff.common import Common, common_items
from evalreport.diff.model import Repeat
from evalreport.diff.moved import moved_items, replicates_of_both
from evalreport.diff.opened import Metric, Opened
from evalreport.diff.roles import Declared
from evalreport.estimates import NotEstimable
from evalreport.layers.human import Human
from evalreport.layers.judge import Judge
from evalreport.lineage.aspects import forbidding
from evalreport.lineage.measured import Measured, measured_in
from evalreport.numbers import count_text
from evalreport.report.model import StepFacts

_ARMS = ("base", "tuned")


def repeats_of(a: Opened, b: Opened, declared: Declared) -> Iterator[Repeat]:
    """Every metric of an arm that was one and the same model in both builds, measured alike.

    Args:
        a: The first build.
        b: The second.
        declared: For the error rate of its interval.
    """
    if a.build.unsealed or b.build.unsealed or isinstance(b.items, NotEstimable):
        return
    for arm in _ARMS:
        for layer, table in b.items.basis.tables.items():
            mine, theirs = measured_in(a.build, layer), measured_in(b.build, layer)
            other = a.table(layer)
            if mine is None or theirs is None or isinstance(other, NotEstimable):
                continue
            if arm not in table.scores or arm not in other.scores:
                continue
            if not same_weights(mine, theirs, arm):
                continue
            yield from _of_layer(arm, (mine, theirs), (other, table), declared)


def _of_layer(
    arm: str,
    sides: tuple[Measured, Measured],
    tables: tuple[Table, Table],
    declared: Declared,
) -> Iterator[Repeat]:
    common = common_items(*tables)
    for column in tables[1].columns:
        metric = Metric(sides[1].facts.name, column.metric, column.field)
        if forbidding(how_measured(metric, *sides, common, arm)):
            continue
        scores = columns_of(metric, common, arm)
        if isinstance(scores, NotEstimable):
            continue
        again, first = replicates_of_both(*scores)
        if not again:
            continue  # the same weights under other seeds: which is which nobody knows
        keep = known(again) & known(first)
        if not keep.any():
            continue
        question = Question(
            layer=metric.layer,
            dataset=sides[1].facts.dataset,
            candidate=f"{arm} of B",
            reference=f"{arm} of A",
            cluster_by=_clusters_by(sides, common),
            declaration=Declaration(),
        )
        finding = build_finding(question, again, first, common.clusters, declared.terms)
        counts = flips(*pair(again, first, keep, None))
        yield Repeat(
            arm=arm,
            layer=metric.layer,
            metric=metric.metric,
            field=metric.field,
            n=finding.n,
            changed=int(moved_items(again, first, keep).sum()),
            better=0 if counts is None else counts.better,
            worse=0 if counts is None else counts.worse,
            difference=finding.difference,
            unit=column.unit,
            asked_again=_asked_again(arm, metric.layer, sides),
        )


def _clusters_by(sides: tuple[Measured, Measured], common: Common) -> str | None:
    if common.clusters is None:
        return None
    return next((by for side in sides if (by := cluster_by(side))), "cluster")


def _asked_again(arm: str, layer: str, sides: tuple[Measured, Measured]) -> bool:
    """Whether the later build asked, and did not take the answers of the earlier from the store."""
    at = max(side.build.report.built_at for side in sides)
    return all(_asked(arm, layer, side) for side in sides if side.build.report.built_at == at)


def _asked(arm: str, layer: str, side: Measured) -> bool:
    """Whether a build asked all items itself; of a judged layer, whether it asked the judge.

    There it is the judge's word that is the score: answers that were generated again and were
    given an earlier verdict tell nothing of it.
    """
    if isinstance(side.options, Judge | Human):
        judging = [
            s for s in side.build.report.steps if s.id in (f"judge {layer}", f"rate {layer}")
        ]
        return bool(judging) and all(s.outcome == "done" and not _is_part(s) for s in judging)
    asked = side.asked.name if side.asked is not None else layer
    steps = [
        step
        for step in side.build.report.steps
        if step.id == f"ask {asked} {arm}" or step.id.startswith(f"ask {asked} {arm} seed ")
    ]
    return bool(steps) and all(step.outcome == "done" and not _is_part(step) for step in steps)


def _is_part(step: StepFacts) -> bool:
    """Whether only some of a step's items were asked, and the others were there already."""
    return any(
        f" of {count_text(step.items, what)}" in step.reason for what in ("item", "judgment")
    )
