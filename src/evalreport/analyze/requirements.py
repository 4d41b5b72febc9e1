"""Requirements: values that one arm must reach by itself, whole interval included."""

from collections.abc import Sequence
from math import log
from typing import Final

from evalreport.analyze.compare import arm_value
from evalreport.analyze.findings import Measurement
from evalreport.analyze.missing import answered, failed, filled, known, unread
from evalreport.analyze.order import IntArray
from evalreport.analyze.recorded_pairs import items_behind, value_of
from evalreport.analyze.samples import sample
from evalreport.analyze.scores import Scored
from evalreport.analyze.tables import Table
from evalreport.analyze.terms import Terms
from evalreport.estimates import Estimate, Estimated, NotEstimable
from evalreport.numbers import count_text
from evalreport.records import Published
from evalreport.spec.evaluation import Requirement

_OTHERS: Final = "totals that others published can show that it is not met, and no more"


def published_requirement(required: Requirement, published: Published, terms: Terms) -> Measurement:
    """One requirement against a number that others published.

    It is never met by that: nobody can look at the items behind the number.
    """
    row = next(
        (
            row
            for row in published.rows
            if (row.metric, row.field) == (required.metric, required.field)
        ),
        None,
    )
    required = _as_kept(required)
    if row is None or required.arm not in row.arms:
        return _measurement(required, NotEstimable(not_estimable=_silent(required)))
    value = value_of(row, required.arm, terms.level)
    met = _reaches(required, value)
    return _measurement(
        required,
        value,
        n=items_behind(row, required.arm),
        unit=row.unit,
        met=None if met else met,
        why=_OTHERS if met else "",
    )


def measure_requirement(required: Requirement, table: Table | None, terms: Terms) -> Measurement:
    """One requirement against what was measured.

    It is not decided without an interval, nor when some outputs have no score, nor when missing
    answers could change whether it is met.
    """
    place = next(
        (
            i
            for i, column in enumerate(table.columns if table else ())
            if (column.metric, column.field) == (required.metric, required.field)
        ),
        None,
    )
    required = _as_kept(required)
    if table is None or place is None or required.arm not in table.scores:
        return _measurement(required, NotEstimable(not_estimable=_silent(required)))
    replicates = answered(table.replicates(required.arm, place))
    keep = known(replicates)
    value = arm_value(sample(replicates, keep, table.clusters), level=terms.level)
    met, why = _met(required, replicates, table.clusters, value, terms)
    unit = table.columns[place].unit
    return _measurement(required, value, n=int(keep.sum()), unit=unit, met=met, why=why)


def _silent(required: Requirement) -> str:
    return f"{required.arm} gave no such score"


def _measurement(
    required: Requirement,
    value: Estimated,
    *,
    n: int = 0,
    unit: str = "",
    met: bool | None = None,
    why: str = "",
) -> Measurement:
    low = required.value_at_least
    return Measurement(
        id=f"{required.finding}:{required.arm}",
        layer=required.layer,
        name=".".join(p for p in (required.metric, required.field) if p),
        arm=required.arm,
        n=n,
        unit=unit,
        value=value,
        requirement=low if low is not None else required.value_at_most,
        met=met,
        required_is="at_least" if low is not None else "at_most",
        note=why,
    )


def _as_kept(required: Requirement) -> Requirement:
    """A required perplexity as what is kept of it: the mean of the logarithms."""
    if not required.metric.endswith("perplexity"):
        return required
    bounds = ("value_at_least", "value_at_most")
    values = {key: getattr(required, key) for key in bounds}
    kept = {key: log(value) for key, value in values.items() if value is not None}
    return required.model_copy(update=kept)


def _met(
    required: Requirement,
    replicates: Sequence[Scored],
    clusters: IntArray | None,
    value: Estimated,
    terms: Terms,
) -> tuple[bool | None, str]:
    """Whether the whole interval reaches the value, and why that is not decided where it is not."""
    met = _reaches(required, value)
    if met is None:
        return None, ""
    silent = int(unread(replicates).sum())
    if silent:
        return None, f"{count_text(silent, 'output')} could not be read and have no penalty"
    lost = int(failed(replicates).sum())
    if not lost:
        return met, ""
    column = replicates[0].column
    for end in (column.low, column.high):
        if end is None:
            return None, f"{count_text(lost, 'item')} without an answer"
        whole = [filled(scored, end) for scored in replicates]
        at_end = arm_value(sample(whole, known(whole), clusters), level=terms.level)
        if _reaches(required, at_end) is not met:
            return None, f"{count_text(lost, 'item')} without an answer could change it"
    return met, ""


def _reaches(required: Requirement, value: Estimated) -> bool | None:
    if not isinstance(value, Estimate):
        return None
    low, high = required.value_at_least, required.value_at_most
    return (low is None or value.low >= low) and (high is None or value.high <= high)
