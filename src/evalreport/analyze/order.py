"""Order: items in an order that their scores give, so that neither files nor names decide a draw.

Permutation tests and bootstraps draw by position, and sums round by position. Sorted by their
content, the same scores give the same numbers to the last digit, however the rows of a file were
shuffled and whatever items and clusters are called.
"""

from typing import Final, TypeAlias

import numpy as np

from evalreport.metrics.base import FloatArray

IntArray: TypeAlias = np.ndarray[tuple[int], np.dtype[np.intp]]
StrArray: TypeAlias = np.ndarray[tuple[int], np.dtype[np.str_]]

_WIDEST: Final = 4  # places in a table of clusters, for each item


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
    content = _by_content(ranks[by_cluster], np.bincount(codes, minlength=len(names)))
    number = np.empty(len(names), dtype=np.intp)
    number[content] = np.arange(len(names))
    numbered = number[codes]
    order = np.lexsort((ranks, numbered)).astype(np.intp)
    return order, numbered[order].astype(np.intp)


def _by_content(held: IntArray, sizes: IntArray) -> IntArray:
    """Clusters in the order of what they hold, one before another that begins with the same.

    Args:
        held: Ranks of the items, cluster after cluster, in order within each.
        sizes: How many of them each cluster holds.
    """
    widest = int(sizes.max(initial=0))
    if len(sizes) * widest > _WIDEST * len(held):  # one cluster holds most: a table would be empty
        lists = np.split(held, np.cumsum(sizes)[:-1])
        ordered = sorted(range(len(sizes)), key=lambda code: lists[code].tolist())
        return np.asarray(ordered, dtype=np.intp)
    if widest == 0:
        return np.arange(len(sizes), dtype=np.intp)
    table = np.full((len(sizes), widest), -1, dtype=np.intp)  # nothing comes before anything
    table[np.arange(widest) < sizes[:, np.newaxis]] = held
    return np.lexsort(table.T[::-1]).astype(np.intp)


def _ranks(rows: FloatArray) -> IntArray:
    """Each row's place among the distinct rows, shape (n,); any fixed order of rows will do."""
    if len(rows) == 0:
        return np.zeros(0, dtype=np.intp)
    plain = np.ascontiguousarray(rows + 0.0)  # -0.0 and 0.0 are the same score
    # By their bytes, the first one first: as numbers, that is the order of swapped bytes.
    keys = [np.ascontiguousarray(column).byteswap().view(np.uint64) for column in plain.T]
    order = keys[0].argsort(kind="stable") if len(keys) == 1 else np.lexsort(keys[::-1])
    is_new = np.zeros(len(rows), dtype=np.bool_)
    for key in keys:
        ordered = key[order]
        is_new[1:] |= ordered[1:] != ordered[:-1]
    ranks = np.empty(len(rows), dtype=np.intp)
    ranks[order] = np.cumsum(is_new)
    return ranks
