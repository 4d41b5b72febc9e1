"""Requirements: values that one arm must reach by itself, whole interval included."""

from evalreport.analyze.compare import arm_value, sample
from evalreport.analyze.findings import Measurement
from evalreport.analyze.missing import known
from evalreport.analyze.tables import Table
from evalreport.analyze.terms import Terms
from evalreport.estimates import Estimate, Estimated, NotEstimable
from evalreport.spec.evaluation import Requirement


def measure_requirement(required: Requirement, table: Table, terms: Terms) -> Measurement:
    """One requirement against what was measured; without an interval it is not decided."""
    place = next(
        (
            i
            for i, column in enumerate(table.columns)
            if (column.metric, column.field) == (required.metric, required.field)
        ),
        None,
    )
    value: Estimated
    n = 0
    unit = table.columns[place].unit if place is not None else ""
    if place is None or required.arm not in table.scores:
        value = NotEstimable(not_estimable=f"{required.arm} gave no such score")
    else:
        replicates = table.replicates(required.arm, place)
        keep = known(replicates)
        n = int(keep.sum())
        value = arm_value(sample(replicates, keep, table.clusters), level=terms.level)
    low, high = required.value_at_least, required.value_at_most
    met = None
    if isinstance(value, Estimate):
        met = (low is None or value.low >= low) and (high is None or value.high <= high)
    return Measurement(
        id=f"{required.finding}:{required.arm}",
        layer=required.layer,
        name=required.metric,
        arm=required.arm,
        n=n,
        unit=unit,
        value=value,
        requirement=low if low is not None else high,
        met=met,
        note="at least" if low is not None else "at most",
    )
