"""Flipped: the items on which one tuned model does better than the other."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from evalreport.analyze.missing import known
from evalreport.analyze.samples import Sample, item_differences
from evalreport.analyze.scores import Scored
from evalreport.diff.common import Common
from evalreport.diff.model import Flipped

_NAMED: Final = 50


def flipped_items(
    candidate: Sequence[Scored], reference: Sequence[Scored], common: Common, *, shown: bool
) -> Flipped | None:
    """The items on which one does better, the largest changes first, then as they stand."""
    keep = known(candidate) & known(reference)
    sides = [
        Sample(
            values=np.stack([o.values[keep] for o in side]),
            column=side[0].column,
            clusters=None,
            seeds=tuple(o.seed for o in side),
        )
        for side in (candidate, reference)
    ]
    change = item_differences(*sides)
    if change is None:
        return None
    gain = change if candidate[0].column.higher_is_better else -change
    ids = [common.ids[int(i)] for i in np.flatnonzero(keep)]
    order = np.argsort(-np.abs(gain), kind="stable")
    better = [ids[int(i)] for i in order if gain[i] > 0]
    worse = [ids[int(i)] for i in order if gain[i] < 0]
    most = _NAMED if shown else 0
    return Flipped(
        better=tuple(better[:most]),
        worse=tuple(worse[:most]),
        more_better=len(better[most:]),
        more_worse=len(worse[most:]),
    )
