"""What counts as a change of the declaration, and what does not."""

from collections.abc import Callable

import pytest

from evalreport.plan.declared import declared_block
from evalreport.values import Json
from tests.analyze.evidence import GUARD, PRIMARY, TEST, TRAIN, world
from tests.analyze.layers import Options, choice, qa

CODES = "1" * 20, "0" * 20
REQUIRED: Options = {"layer": "qa", "metric": "exact_match", "value_at_least": 0.5}


def block(
    *,
    name: str = "qa",
    primary: Options = PRIMARY,
    guard: Options = GUARD,
    evaluation: Options | None = None,
    options: Options | None = None,
    datasets: Options | None = None,
) -> dict[str, Json]:
    return declared_block(
        world(
            qa(*CODES, name=name, options=options),
            choice(*CODES),
            primary={**primary, "layer": name},
            guards=[guard],
            evaluation={"requirements": [{**REQUIRED, "layer": name}], **(evaluation or {})},
            datasets=datasets,
        ).spec
    )


_TWO = {"metrics": [{"metric": "exact_match"}, {"metric": "token_f1"}]}


@pytest.mark.parametrize(
    "same",
    [
        lambda: block(name="renamed"),
        lambda: block(options={"title": "Another title"}),
        lambda: block(options=_TWO),
        lambda: block(datasets={"train": {**TRAIN, "license": "mit"}, "test": TEST}),
    ],
    ids=["layer's name", "title", "a further metric", "a licence"],
)
def test_what_decides_nothing_is_no_change(same: Callable[[], dict[str, Json]]) -> None:
    assert same() == block()


@pytest.mark.parametrize(
    "other",
    [
        lambda: block(primary={**PRIMARY, "gain_at_least": 0.05}),
        lambda: block(guard={**GUARD, "lose_at_most": 0.1}),
        lambda: block(evaluation={"alpha": 0.1}),
        lambda: block(evaluation={"test": "midp"}),
        lambda: block(evaluation={"requirements": [{**REQUIRED, "value_at_least": 0.4}]}),
        lambda: block(evaluation={"requirements": []}),
        lambda: block(evaluation={"secondary": [{"layer": "general", "metric": "accuracy_normalized"}]}),
        lambda: block(options={"extract": {"kind": "whole"}}),
        lambda: block(options={"decoding": {"temperature": 0.7}}),
        lambda: block(options={"items": {"n": 10}}),
        lambda: block(datasets={"train": TRAIN, "test": {**TEST, "cluster_by": "template"}}),
        lambda: block(datasets={"train": {**TRAIN, "cluster_by": "t"}, "test": {"from": "train", "n": 20}}),
    ],
    ids=[
        "gain", "margin", "alpha", "test", "requirement", "no requirement", "secondary", "reading",
        "decoding", "items", "clusters", "inherited clusters",
    ],
)  # fmt: skip
def test_what_decides_is_a_change(other: Callable[[], dict[str, Json]]) -> None:
    assert other() != block()


def test_clusters_of_data_that_decide_nothing_are_no_change() -> None:
    assert block(datasets={"train": {**TRAIN, "cluster_by": "t"}, "test": TEST}) == block()
