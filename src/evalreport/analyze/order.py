"""Order: items in an order that their scores give, so that neither files nor names decide a draw.

Permutation tests and bootstraps draw by position, and sums round by position. Sorted by their
content, the same scores give the same numbers to the last digit, however the rows of a file were
shuffled and whatever items and clusters are called.
"""

from typing import TypeAlias

import numpy as np

from evalreport.metrics.base import FloatArray

IntArray: TypeAlias = np.ndarray[tuple[int], np.dtype[np.intp]]
StrArray: TypeAlias = np.ndarray[tuple[int], np.dtype[np.str_]]


def canonical_order(
    rows: FloatArray, clusters: StrArray | IntArray | None
) -> tuple[IntArray, IntArray | None]:
    """The order of items by cluster and scores, and the clusters numbered in that order.

    Clusters that hold the same rows are interchangeable, and so are equal rows of a cluster:
    whichever comes first, nothing that is computed from them changes.

    Args:
        rows: What is known of each item, shape (n, k).
        clusters: Cluster of each item, shape (n,), or None.

    Returns:
        Indices of the items, shape (n,), and the cluster number of each item in its new place.
    """
    ranks = _ranks(rows)
    if clusters is None:
        return np.argsort(ranks, kind="stable").astype(np.intp), None
    names, codes = np.unique(clusters, return_inverse=True)
    by_cluster = np.lexsort((ranks, codes))
    held = np.split(ranks[by_cluster], np.cumsum(np.bincount(codes, minlength=len(names)))[:-1])
    content = sorted(range(len(names)), key=lambda code: held[code].tolist())
    number = np.empty(len(names), dtype=np.intp)
    number[content] = np.arange(len(names))
    numbered = number[codes]
    order = np.lexsort((ranks, numbered)).astype(np.intp)
    return order, numbered[order].astype(np.intp)


def _ranks(rows: FloatArray) -> IntArray:
    """Each row's place among the distinct rows, shape (n,); any fixed order of rows will do."""
    if len(rows) == 0:
        return np.zeros(0, dtype=np.intp)
    plain = np.ascontiguousarray(rows + 0.0)  # -0.0 and 0.0 are the same score
    whole = plain.view(np.dtype((np.void, plain.dtype.itemsize * plain.shape[1]))).ravel()
    ranks: IntArray = np.unique(whole, return_inverse=True)[1].astype(np.intp)
    return ranks
