"""Columns: one metric of both tuned models on the items that both asked, and by which seeds."""

from typing import Final

from evalreport.analyze.missing import answered
from evalreport.analyze.scores import Scored
from evalreport.diff.common import Common, taken
from evalreport.diff.opened import TUNED, Metric
from evalreport.estimates import NotEstimable
from evalreport.metrics.aggregates import name_of
from evalreport.metrics.base import Column, Scale

_OF_LABELS: Final = frozenset({"balanced_accuracy", "macro_f1", "quadratic_kappa", "share"})
Columns = tuple[tuple[Scored, ...], tuple[Scored, ...]]


def columns_of(metric: Metric, common: Common, arm: str = TUNED) -> Columns | NotEstimable:
    """Candidate's and reference's scores on the common items, or why they are not to be paired."""
    if common.repeated:
        return NotEstimable(not_estimable=f"the id {common.repeated} stands twice in one of them")
    if not common.ids:
        return NotEstimable(not_estimable="no item was asked in both")
    places = [
        next((i for i, one in enumerate(table.columns) if _is_of(one, metric)), None)
        for table in (common.a, common.b)
    ]
    if places[0] is None or places[1] is None:
        return NotEstimable(not_estimable="one of the two has no such scores")
    column, theirs = common.a.columns[places[0]], common.b.columns[places[1]]
    if column != theirs:
        return NotEstimable(not_estimable="its unit, direction or range is not the same in both")
    if _rests_on_labels(column) and not common.is_whole:
        return NotEstimable(
            not_estimable="it is counted by class, and which classes there are follows from all "
            "items: with others in one of the two the counts may not mean the same"
        )
    reference = answered(common.a.replicates(arm, places[0]))
    candidate = answered(common.b.replicates(arm, places[1]))
    if candidate[0].values.shape[1:] != reference[0].values.shape[1:]:
        return NotEstimable(not_estimable="its counts are not of the same things in both")
    return (
        tuple(taken(one, common.at_b) for one in candidate),
        tuple(taken(one, common.at_a) for one in reference),
    )


def _is_of(column: Column, metric: Metric) -> bool:
    return (column.metric, column.field) == (metric.metric, metric.field)


def _rests_on_labels(column: Column) -> bool:
    if column.scale is not Scale.CORPUS or column.aggregate is None:
        return False
    return name_of(column.aggregate) in _OF_LABELS
