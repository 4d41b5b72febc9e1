"""Genuine: whether items give what their report says of both arms.

A report's parts are sealed in its items; the items are not sealed anywhere, and somebody may have
edited them. `recheck` computes all of it again; here the means of whole layers are held against the
report, which costs nothing and notices one flipped score.
"""

from math import isclose
from typing import Final

import numpy as np

from evalreport.analyze.findings import Finding
from evalreport.analyze.missing import answered, known
from evalreport.analyze.tables import Table
from evalreport.estimates import has_value
from evalreport.metrics.base import Scale
from evalreport.report.model import Report
from evalreport.report.read_items import ItemsRead

_SAME: Final = 1e-6  # relative: sums in another order


def not_given(report: Report, items: ItemsRead) -> str:
    """The first finding of a report whose value its items do not give; empty where all do.

    Of what is no mean of items (a ratio, a corpus) nothing is said.
    """
    for f in report.findings:
        table = items.basis.tables.get(f.layer)
        if f.subgroup is None and table is not None and not _gives(table, f):
            return f.id
    return ""


def _gives(table: Table, f: Finding) -> bool:
    place = next(
        (i for i, c in enumerate(table.columns) if (c.metric, c.field) == (f.metric, f.field)), None
    )
    if place is None or any(arm not in table.scores for arm in f.arms):
        return True
    if table.columns[place].scale not in (Scale.BINARY, Scale.MEAN):
        return True
    arms = [answered(table.replicates(arm, place)) for arm in f.arms]
    keep = np.logical_and.reduce([known(replicates) for replicates in arms])
    if not keep.any():
        return True
    means = (float(np.mean([one.values[keep].mean() for one in arm])) for arm in arms)
    return all(
        not has_value(said) or isclose(mean, said.value, rel_tol=_SAME, abs_tol=_SAME)
        for mean, said in zip(means, (f.tuned, f.base), strict=True)
    )
