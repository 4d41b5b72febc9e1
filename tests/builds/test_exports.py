"""What ships is made of tuned: merged or packed, asked like it, held against it, and on the card."""

import json
import warnings
from pathlib import Path

import pytest
import yaml

from evalreport.analyze.exports import AGREEMENT, DISTANCE
from evalreport.estimates import Estimate
from tests.builds.workshop import Ran, Workshop
from tests.gguf_files import write_gguf
from tests.tiny import tiny_adapter, tiny_model, tiny_tokenizer

pytestmark = pytest.mark.torch

SPEC = """\
evalreport: 1
name: orders
base_model: {path: ./base, hub_id: org/base, dtype: float32}
adapter: {method: existing, path: adapter}
datasets:
  test: {path: data/test.jsonl, prompt: "{{ order }}", completion: "{{ json }}"}
  general: {role: test, path: data/general.jsonl, question: "{{ q }}", choices: "{{ options }}", answer: "{{ index }}"}
engine: {kind: local, device: cpu}
arms:
  merged: {of: tuned, merged: true}
  shipped: {of: tuned, model: ./tuned.gguf}
evaluation:
  primary: {layer: said, metric: exact_match, gain_at_least: 0.5}
  layers:
    - {kind: generation, name: said, dataset: test, decoding: {max_new_tokens: 8, temperature: 0}, metrics: [exact_match]}
    - {kind: multiple_choice, name: general, dataset: general}
    - {kind: perplexity, name: loss, dataset: test}
"""


def export(folder: Path, adapter: Path, file: str) -> None:
    """Merge the adapter and pack the result, as a user would with other tools."""
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        base = AutoModelForCausalLM.from_pretrained(folder / "base")
        merged = PeftModel.from_pretrained(base, adapter).merge_and_unload()
    write_gguf(folder / file, merged, tiny_tokenizer())


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    folder = tmp_path_factory.mktemp("exports") / "shop"
    made = Workshop.made(folder, SPEC)
    base = tiny_model(folder / "base")
    tiny_adapter(base, folder / "adapter")
    export(folder, folder / "adapter", "tuned.gguf")
    return made


def built(shop: Workshop) -> Ran:
    return shop.build("--accept-underpowered")


def test_an_export_is_held_against_tuned_and_described_by_the_card(shop: Workshop) -> None:
    ran = built(shop)
    assert ran.code == 0, ran.both
    report = shop.report()
    arm = report.arms["shipped"]
    assert (arm.form, arm.made_of_tuned) == ("packed", True)
    assert arm.what == "a finished model made of tuned"
    assert report.arms["merged"].form == "merged"
    assert report.arms["tuned"].form == "adapter"

    # In float32 nothing is lost on the way, so all of them say the same.
    found = {(one.arm, one.layer): one for one in report.measurements}
    assert set(found) == {
        (name, layer) for name in ("merged", "shipped") for layer in ("said", "general", "loss")
    }
    for (_, layer), one in found.items():
        assert isinstance(one.value, Estimate)
        if layer == "loss":
            assert (one.name, one.unit) == (DISTANCE, "nats/token")
            assert one.value.value < 1e-3
        else:
            assert (one.name, one.value.value) == (AGREEMENT, 1.0)
            assert one.value.method == "Clopper–Pearson interval"
    said = [one for one in report.remarks if one.rule == "shipped-unlike-evaluated"]
    assert [one.status for one in said] == ["kept"]

    # It is compared with base and tuned, without a word in the spec.
    pairs = {finding.arms for finding in report.findings}
    assert pairs == {
        ("tuned", "base"),
        *((name, other) for name in ("merged", "shipped") for other in ("tuned", "base")),
    }
    assert "agreement_with_tuned" in (shop.out / "report.md").read_text()

    card = (shop.out / "model_card.md").read_text()
    matter = yaml.safe_load(card.split("---\n")[1])
    assert matter["base_model_relation"] == "quantized"
    assert matter["library_name"] == "transformers"
    assert "What ships is the arm shipped: a finished model made of tuned" in card
    assert "shipped against tuned" in card
    assert 'PACKED = "tuned.gguf"' in card
    assert "PeftModel" not in card


def test_an_export_of_something_else_is_told(shop: Workshop) -> None:
    """The wrong adapter was packed: the agreement shows it, and a rule says so."""
    built(shop)
    other = tiny_adapter(shop.folder / "base", shop.folder / "other", seed=7)
    export(shop.folder, other, "tuned.gguf")
    ran = built(shop)
    assert ran.code == 0, ran.both
    said = [one for one in shop.report().remarks if one.rule == "shipped-unlike-evaluated"]
    assert [one.status for one in said] == ["broken"]
    assert said[0].text.startswith("shipped does not answer as the adapter that was evaluated: ")


def test_an_export_that_is_not_there_was_never_evaluated(shop: Workshop) -> None:
    shop.change("model: ./tuned.gguf", "model: org/nowhere")
    ran = built(shop)
    assert ran.code == 3, ran.both
    said = [one for one in shop.report().remarks if one.rule == "shipped-unlike-evaluated"]
    assert [one.status for one in said] == ["broken"]
    assert "shipped is made of tuned, and was never evaluated beside it" in said[0].text


def test_only_what_ships_without_tuned_stays_an_adapter(shop: Workshop) -> None:
    """Without an arm shipped the card is about tuned, whatever else was exported."""
    shop.change("  shipped: {of: tuned, model: org/nowhere}\n", "")
    ran = built(shop)
    assert ran.code == 0, ran.both
    card = (shop.out / "model_card.md").read_text()
    matter = yaml.safe_load(card.split("---\n")[1])
    assert (matter["base_model_relation"], matter["library_name"]) == ("adapter", "peft")
    assert "What ships" not in card
    assert json.loads((shop.out / "report.json").read_text())["arms"]["merged"]["form"] == "merged"
