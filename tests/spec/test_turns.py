"""Layers beside turns that the model answers itself."""

from .conftest import GOOD, Printed

_TEST = "  test: {path: data/test.jsonl, cluster_by: template}\n"
_TURNS = '  test: {path: data/test.jsonl, turns: "{{ turns }}", references: "{{ answers }}"}\n'
_OVERFITTING = "    - {kind: overfitting, name: seen-vs-unseen, sample: 100, unseen: test}\n"
_UNSCORED = "dataset test holds no answers to score: the model answers its turns itself"


def test_a_generation_layer_asks_them(printed: Printed) -> None:
    assert printed(GOOD.replace(_TEST, _TURNS).replace(_OVERFITTING, "")) == ""


def test_a_layer_that_scores_a_text_cannot(printed: Printed) -> None:
    spec = GOOD.replace(_TEST, _TURNS)
    said = printed(spec)
    assert said.count(_UNSCORED) == 1
    assert "evaluation.layers.seen-vs-unseen.unseen" in said
    loss = spec.replace(_OVERFITTING, "    - {kind: perplexity, name: loss, dataset: test}\n")
    assert printed(loss).count(_UNSCORED) == 1
    choices = spec.replace(_OVERFITTING, "    - {kind: multiple_choice, name: m, dataset: test}\n")
    assert "dataset test has no questions with choices" in printed(choices)


def test_outputs_of_another_tool_are_no_conversations(printed: Printed) -> None:
    metrics = "      metrics: [json_valid, field_accuracy]\n"
    imported = metrics + "      imported: {base: {from: data/test.jsonl}}\n"
    spec = GOOD.replace(_TEST, _TURNS).replace(_OVERFITTING, "").replace(metrics, imported)
    said = printed(spec)
    assert "outputs of base are one text an item, and dataset test asks several turns" in said
    assert "let the arm be asked here" in said
