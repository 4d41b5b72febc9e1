import numpy as np
import pytest

from evalreport.stats.arguments import (
    check_count,
    check_items_needed,
    check_one_sided,
    check_power,
    cluster_codes,
    few,
    matrix,
    only,
    only_these_differ,
    sums_by_cluster,
    vector,
)


def test_counts() -> None:
    assert check_count(np.int64(3), "items") == 3
    for bad in (-1, 1.0, float("nan"), "3"):
        with pytest.raises(ValueError, match="items"):
            check_count(bad, "items")  # type: ignore[arg-type]  # that is the point


def test_vectors_and_matrices() -> None:
    assert vector([True, False], "x").tolist() == [1.0, 0.0]
    assert vector([], "x").shape == (0,)
    assert matrix(np.zeros((0, 3)), "x").shape == (0, 3)
    for bad in ([[1.0]], [1 + 2j], ["1"], [float("inf")]):
        with pytest.raises(ValueError, match="x"):
            vector(bad, "x")


def test_clusters_become_codes() -> None:
    for labels in (["b", "a", "b"], np.array(["b", "a", "b"], dtype=object), [7, -1, 7]):
        codes, groups = cluster_codes(labels, 3)
        assert (codes.tolist(), groups) == ([1, 0, 1], 2)
    assert cluster_codes(None, 3)[0].tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match="integers or texts"):
        cluster_codes(np.array(["a", None, 3.5], dtype=object), 3)


def test_sums_by_cluster() -> None:
    codes = np.array([1, 0, 1])
    assert sums_by_cluster(np.array([1.0, 2.0, 4.0]), codes, 2).tolist() == [2.0, 5.0]
    both = sums_by_cluster(np.array([[1.0, 1], [2, 10], [4, 100]]), codes, 3)
    assert both.tolist() == [[2.0, 10.0], [5.0, 101.0], [0.0, 0.0]]
    assert sums_by_cluster(np.zeros((3, 0)), codes, 2).shape == (2, 0)


def test_few_means_too_few_to_reject_and_a_minority() -> None:
    assert few(5, 11)
    assert not few(5, 10)
    assert not few(6, 1000)
    assert few(0, 1)


def test_reasons_read_as_sentences() -> None:
    assert only(1, "groups") == "only 1 group"
    assert only(0, "items") == "only 0 items"
    assert only_these_differ(0, "items") == "no items differ"
    assert only_these_differ(1, "groups") == "only 1 group differs"
    assert only_these_differ(4, "documents") == "only 4 documents differ"


def test_sizes_and_powers() -> None:
    assert check_one_sided(0.05) == 0.05
    for bad in (0.0, 0.5, 0.6, float("nan")):
        with pytest.raises(ValueError, match=r"strictly between 0 and 0\.5"):
            check_one_sided(bad)
    assert check_power(0.051, 0.05) == 0.051
    for bad in (0.02, 0.05):
        with pytest.raises(ValueError, match=r"lies above alpha = 0\.05, not at"):
            check_power(bad, 0.05)
    for bad in (0.0, 1.0, float("nan")):
        with pytest.raises(ValueError, match="strictly between 0 and 1"):
            check_power(bad, 0.05)


def test_no_count_passes_what_a_float_can_count() -> None:
    assert check_count(2**53, "items") == 2**53
    for bad in (2**53 + 1, 10**400):
        with pytest.raises(ValueError, match=r"items cannot be beyond 2\^53"):
            check_count(bad, "items")
    assert (check_items_needed(0.2), check_items_needed(7.1)) == (1, 8)
    with pytest.raises(ValueError, match="too small"):
        check_items_needed(float("inf"))
