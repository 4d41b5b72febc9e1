"""Which arms a layer asks."""

from pathlib import Path

import pytest

from evalreport.spec.asked import asked_arms
from evalreport.spec.load import load_spec

from .conftest import GOOD, Printed

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


BASE_ONLY = """evalreport: 1
name: baseline
base_model: {path: org/model, revision: 0123456}
adapter: none
datasets:
  test: {path: data/test.jsonl, prompt: "{{ order }}", completion: "{{ json }}"}
evaluation:
  layers:
    - {kind: generation, name: qa, dataset: test, metrics: [exact_match]}
"""
TARGETS = "  primary: {layer: qa, metric: exact_match, gain_at_least: 0.1}\n  secondary: []\n"


def test_without_a_tuned_model_the_base_is_asked_alone(folder: Path) -> None:
    Path("spec.yaml").write_text(BASE_ONLY)
    (layer,) = load_spec(Path("spec.yaml")).spec.evaluation.layers
    assert layer.arms == ("base",)


def test_without_a_tuned_model_nothing_can_be_compared_and_that_is_said_once(
    printed: Printed,
) -> None:
    wrong = BASE_ONLY.replace("  layers:\n", f"{TARGETS}  layers:\n")
    said = printed(wrong)
    assert said.count("there is no tuned model to compare with base") == 1
    assert "evaluation.primary" in said
    given = "arms: {tuned: {model: ./elsewhere}}\nevaluation:"
    Path("elsewhere").mkdir()
    assert "to compare with base" not in printed(wrong.replace("evaluation:\n", f"{given}\n"))


@pytest.mark.parametrize("method", ["lora", "dora", "full"])
def test_a_method_alone_is_an_adapter(folder: Path, method: str) -> None:
    plain = GOOD.replace("adapter: {method: lora, r: 8}", f"adapter: {method}")
    Path("spec.yaml").write_text(plain)
    assert load_spec(Path("spec.yaml")).spec.adapter.method == method
