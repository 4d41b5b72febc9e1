"""Wordings: how far numbers range under several wordings where the wording makes no difference."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from evalreport.analyze.compare import rng
from evalreport.analyze.order import IntArray
from evalreport.numbers import fraction_text

_DRAWS: Final = 1_000
_OFTEN: Final = 0.95


def range_by_chance(values: Sequence[Sequence[float]], clusters: IntArray | None) -> float:
    """The range of the means that wordings without a difference stay within in 95 % of cases.

    Under no difference the wordings of an item may change places. In every draw they do so by
    chance, in all items of a cluster alike.

    Args:
        values: By wording, the value of each item.
        clusters: The unit of each item; None where each is its own.
    """
    seen = np.asarray(values, dtype=np.float64)
    n = seen.shape[1]
    units = np.arange(n) if clusters is None else np.unique(clusters, return_inverse=True)[1]
    sums = np.stack([np.bincount(units, weights=row) for row in seen])
    draw = rng()
    ranges = [np.ptp(draw.permuted(sums, axis=0).sum(axis=1)) / n for _ in range(_DRAWS)]
    return float(np.quantile(ranges, _OFTEN, method="higher"))


def chance_note(within: str) -> str:
    """What a range is read beside.

    Args:
        within: What `range_by_chance` gives, in words.
    """
    return f"wordings that make no difference stay within {within} in {fraction_text(_OFTEN)}"
