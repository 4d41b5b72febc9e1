"""Which arms a layer asks."""

from pathlib import Path

import pytest

from evalreport.spec.asked import asked_arms
from evalreport.spec.load import load_spec

from .conftest import GOOD

ARMS = "items: {n: 100}\n      arms: [base, tuned, first-epoch]"
JUDGE = "    - {kind: judge, name: ab, on: extraction, judges: [{model: m}]}\nclaims:\n"


@pytest.mark.parametrize(
    ("old", "new", "layer", "arms"),
    [
        ("name: orders", "name: orders", "extraction", ("tuned", "base", "base-prompted")),
        ("name: orders", "name: orders", "general", ("tuned", "base", "base-prompted")),
        ("name: orders", "name: orders", "seen-vs-unseen", ("tuned", "base")),
        ("comparisons: [[tuned, base-prompted]]\n", "", "extraction", ("tuned", "base")),
        ("items: {n: 100}", ARMS, "extraction", ("base", "tuned", "first-epoch")),
        ("value_at_least: 0.95", "arm: first-epoch, value_at_least: 0.5", "extraction",
         ("tuned", "base", "base-prompted", "first-epoch")),
        ("value_at_least: 0.95", "arm: first-epoch, value_at_least: 0.5", "general",
         ("tuned", "base", "base-prompted")),
        ("claims:\n", JUDGE, "ab", ("tuned", "base", "base-prompted")),
        ("claims:\n", "    - {kind: recorded, name: theirs, counts: {tuned: 3, base: 1}}\nclaims:\n", "theirs",
         ("tuned", "base")),
    ],
)  # fmt: skip
def test_asked_arms(folder: Path, old: str, new: str, layer: str, arms: tuple[str, ...]) -> None:
    assert old in GOOD
    Path("spec.yaml").write_text(GOOD.replace(old, new))
    spec = load_spec(Path("spec.yaml")).spec
    named = {one.name: one for one in spec.evaluation.layers}
    assert named[layer].arms == arms
    assert asked_arms(spec, named[layer]) == arms


def test_a_judge_asks_what_the_layer_below_asks(folder: Path) -> None:
    Path("spec.yaml").write_text(
        GOOD.replace("items: {n: 100}", ARMS)
        .replace("claims:\n", JUDGE)
        .replace("comparisons: [[tuned, base-prompted]]", "comparisons: [[tuned, first-epoch]]")
    )
    spec = load_spec(Path("spec.yaml")).spec
    assert asked_arms(spec, spec.evaluation.layers[-1]) == ("base", "tuned", "first-epoch")
