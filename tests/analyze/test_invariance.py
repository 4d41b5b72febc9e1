"""What must change nothing: the order of items, the names of items and clusters, copies of items."""

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport.analyze.findings import Finding
from evalreport.analyze.order import canonical_order
from evalreport.estimates import Estimate
from evalreport.records import Item
from tests.analyze.evidence import GUARD, World, world
from tests.analyze.layers import Asked, error, items, loss, qa, text

_LABELS = ("red", "green", "blue")


def _layers() -> dict[str, Asked]:
    draw = random.Random(3)
    n = 60
    clusters = [f"family {i % 9}" for i in range(n)]
    base = [draw.choice("0011?") for _ in range(n)]
    tuned = [draw.choice("0111?-") for _ in range(n)]
    scores = [draw.uniform(0, 6) for _ in range(n)]
    better = [max(0.0, s + draw.gauss(-0.5, 1)) for s in scores]
    references = [draw.choice(_LABELS) for _ in range(n)]
    return {
        "binary": qa(tuned="".join(tuned), base="".join(base)),
        "binary in clusters": qa(
            of=items(n, clusters=clusters), tuned="".join(tuned), base="".join(base)
        ),
        "mean": error(better, scores, name="qa"),
        "mean in clusters": error(
            better, scores, name="qa", of=items(n, reference="0", clusters=clusters)
        ),
        "loss": loss(better, scores, name="qa"),
        "loss in clusters": loss(better, scores, name="qa", of=items(n, clusters=clusters)),
        "corpus": Asked(
            {
                "kind": "generation",
                "name": "qa",
                "dataset": "test",
                "metrics": [{"metric": "macro_f1"}],
            },
            items(n, reference=references, clusters=clusters),
            {
                "tuned": [[text(draw.choice((r, r, "red"))) for r in references]],
                "base": [[text(draw.choice(_LABELS)) for _ in references]],
            },
        ),
    }


_METRICS = {"mean": "absolute_error", "loss": "nll", "corpus": "macro_f1", "binary": "exact_match"}


def _made(name: str, asked: Asked) -> World:
    metric = _METRICS[name.split(" ", maxsplit=1)[0]]
    return world(asked, primary={"layer": "qa", "metric": metric, "gain_at_least": 0.1})


def _permuted(asked: Asked, order: list[int]) -> Asked:
    return replace(
        asked,
        items=tuple(asked.items[i] for i in order),
        answers={
            arm: [[answers[i] for i in order] for answers in seeds]
            for arm, seeds in asked.answers.items()
        },
    )


def _renamed(asked: Asked) -> Asked:
    def other(i: int, item: Item) -> Item:
        cluster = None if item.cluster is None else f"Z{hash(item.cluster) % 997}{item.cluster}"
        return item.model_copy(update={"id": f"other-{997 * i % 1009}", "cluster": cluster})

    return replace(asked, items=tuple(other(i, item) for i, item in enumerate(asked.items)))


@pytest.mark.parametrize("name", list(_layers()))
def test_the_order_of_items_changes_nothing(name: str) -> None:
    asked = _layers()[name]
    order = list(range(len(asked.items)))
    random.Random(1).shuffle(order)
    assert (
        _made(name, asked).findings.findings
        == _made(name, _permuted(asked, order)).findings.findings
    )


@pytest.mark.parametrize("name", list(_layers()))
def test_the_names_of_items_and_clusters_change_nothing(name: str) -> None:
    asked = _layers()[name]
    assert _made(name, asked).findings.findings == _made(name, _renamed(asked)).findings.findings


def _twice(asked: Asked, times: int = 2) -> Asked:
    """Every item again, under another id and in the same cluster."""
    copies = [
        item.model_copy(update={"id": f"{item.id} copy {k}"})
        for k in range(times)
        for item in asked.items
    ]
    return replace(
        asked,
        items=tuple(copies),
        answers={
            arm: [[*answers] * times for answers in seeds] for arm, seeds in asked.answers.items()
        },
    )


@pytest.mark.parametrize("name", ["binary in clusters", "mean in clusters", "loss in clusters"])
def test_copies_of_items_in_their_clusters_narrow_nothing(name: str) -> None:
    once = _made(name, _layers()[name]).findings.primary
    twice = _made(name, _twice(_layers()[name], 3)).findings.primary
    assert once is not None
    assert twice is not None
    assert isinstance(once.difference, Estimate)
    assert isinstance(twice.difference, Estimate)
    assert twice.difference.value == pytest.approx(once.difference.value)
    assert twice.difference.low == pytest.approx(once.difference.low)
    assert twice.difference.high == pytest.approx(once.difference.high)
    assert twice.p_value == pytest.approx(once.p_value, abs=0.02)
    assert twice.outcome is once.outcome


def test_copies_without_clusters_do_narrow_which_is_why_a_rule_looks_for_them() -> None:
    once = _made("mean", _layers()["mean"])
    asked = _layers()["mean"]
    copied = _twice(
        replace(asked, items=tuple(i.model_copy(update={"cluster": None}) for i in asked.items))
    )
    twice = _made("mean", copied)
    assert _width(twice.findings.primary) < 0.8 * _width(once.findings.primary)
    (said,) = twice.said("duplicates-in-eval")
    assert said.text.startswith("60 items of test repeat others word for word")


def _width(finding: Finding | None) -> float:
    assert finding is not None
    assert isinstance(finding.difference, Estimate)
    return finding.difference.high - finding.difference.low


def test_swapping_the_arms_mirrors_a_comparison() -> None:
    asked = _layers()["mean in clusters"]
    swapped = replace(
        asked, answers={"tuned": asked.answers["base"], "base": asked.answers["tuned"]}
    )
    there = _made("mean", asked).findings.primary
    back = _made("mean", swapped).findings.primary
    assert there is not None
    assert back is not None
    assert isinstance(there.difference, Estimate)
    assert isinstance(back.difference, Estimate)
    assert back.difference.value == pytest.approx(-there.difference.value)
    assert back.difference.low == pytest.approx(-there.difference.high)
    assert back.p_value == there.p_value


# Clusters


def test_items_without_a_cluster_are_clusters_of_their_own() -> None:
    named: list[str | None] = [f"c{i // 4}" for i in range(40)] + [None] * 20
    made = world(qa(of=items(60, clusters=named), tuned="1" * 60, base="0110001" * 8 + "0110"))
    finding = made.finding("qa.exact_match")
    assert finding.clusters is not None
    assert finding.clusters.n == 30
    assert isinstance(finding.difference, Estimate)
    assert "CR2" in finding.difference.method


def test_clusters_widen_what_hangs_together() -> None:
    codes = "1" * 60 + "0" * 40, "0" * 30 + "1" * 30 + "0" * 40
    free = world(qa(*codes)).finding("qa.exact_match")
    tied = world(qa(*codes, of=items(100, clusters=[f"c{i // 10}" for i in range(100)]))).finding(
        "qa.exact_match"
    )
    assert _width(tied) > 2 * _width(free)
    assert tied.test is not None
    assert tied.test.startswith("cluster sign-flip")


def test_five_clusters_can_be_described_and_decide_nothing() -> None:
    made = world(
        qa(
            of=items(50, clusters=[f"c{i // 10}" for i in range(50)]),
            tuned="1" * 50,
            base=("0" * 9 + "1") * 2 + ("0" * 8 + "11") * 3,
        )
    )
    finding = made.finding("qa.exact_match")
    assert finding.p_value == 0.0625  # two of the 32 sign patterns
    assert finding.outcome.value == "borderline"
    assert made.said("few-clusters")[0].status.value == "broken"


def test_an_overlapping_guard_is_not_touched_by_the_order_of_layers() -> None:
    first = qa(tuned="1" * 60 + "0" * 40, base="1" * 20 + "0" * 80)
    guard = qa(
        name="general",
        dataset="general",
        of=items(100, prefix="g"),
        tuned="1" * 80 + "0" * 20,
        base="1" * 80 + "0" * 20,
    )
    declared = [{**GUARD, "metric": "exact_match"}]
    one = world(first, guard, guards=declared).findings.findings
    two = world(guard, first, guards=declared).findings.findings
    assert sorted(one, key=lambda f: f.id) == sorted(two, key=lambda f: f.id)


# The order itself

_matrices = st.integers(1, 12).flatmap(
    lambda n: st.tuples(
        st.lists(st.sampled_from([-1.0, 0.0, -0.0, 0.5, 1.0]), min_size=2 * n, max_size=2 * n),
        st.lists(st.sampled_from("abc"), min_size=n, max_size=n),
        st.permutations(range(n)),
    )
)


@given(_matrices)
def test_any_permutation_comes_out_alike(
    drawn: tuple[list[float], list[str], list[int]],
) -> None:
    numbers, names, permutation = drawn
    rows = np.asarray(numbers).reshape(-1, 2)
    clusters = np.asarray(names, dtype=np.str_)
    order, codes = canonical_order(rows, clusters)
    moved = np.asarray(permutation)
    renamed = np.asarray([{"a": "zz", "b": "x", "c": "yyy"}[n] for n in names])[moved]
    again, recoded = canonical_order(rows[moved], renamed)
    assert codes is not None
    assert recoded is not None
    assert (rows[order] + 0.0).tolist() == (rows[moved][again] + 0.0).tolist()
    assert codes.tolist() == recoded.tolist()
    # Items that shared a cluster still do, and only they.
    assert [names[i] == names[j] for i in order for j in order] == [
        a == b for a in codes for b in codes
    ]


@pytest.mark.parametrize("widths", [[3] * 9, [1] * 5, [40, 1, 1, 2, 1, 1], [2, 1, 3, 1]])
def test_clusters_come_in_the_order_of_what_they_hold(widths: list[int]) -> None:
    """In a table or one by one, a cluster comes before another that begins with the same."""
    draw = np.random.default_rng(len(widths))
    clusters = np.repeat(np.arange(len(widths)), widths)
    rows = draw.integers(0, 3, size=(len(clusters), 1)).astype(float)
    order, codes = canonical_order(rows, clusters)
    assert codes is not None
    held = [rows[order][codes == code, 0].tolist() for code in range(len(widths))]
    ranked = [sorted(values, key=_as_ranked) for values in held]
    assert held == ranked
    assert [[_as_ranked(v) for v in one] for one in held] == sorted(
        [_as_ranked(v) for v in one] for one in held
    )


def _as_ranked(value: float) -> bytes:
    """Scores are ranked by their bytes; any fixed order would do."""
    return np.float64(value).tobytes()
