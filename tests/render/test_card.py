"""The model card: front matter that the hub takes, nothing in it that is not true."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import yaml
from huggingface_hub import ModelCard
from huggingface_hub.repocard import metadata_load
from markdown_it import MarkdownIt

from evalreport.analyze.findings import FindingRole
from evalreport.estimates import NotEstimable
from evalreport.hub_rules import is_dataset_id, is_hub_id, is_language
from evalreport.records import Origin
from evalreport.render import (
    render_html,
    render_json,
    render_markdown,
    render_model_card,
    validate_front_matter,
)
from evalreport.render.card import card_of
from evalreport.report.model import PublishedFacts, Report
from evalreport.values import Json
from evalreport.verdict import Outcome
from tests.render.test_markdown import KINDS, tokens_of
from tests.reports import (
    EXAMPLES,
    changed,
    clear_win,
    hostile,
    invalid_evidence,
    no_training,
    simulated,
)

every_story = pytest.mark.parametrize("story", EXAMPLES.values(), ids=EXAMPLES)


def matter_of(report: Report) -> dict[str, Any]:
    """The front matter as the hub's own library reads it."""
    card = ModelCard(render_model_card(report))
    loaded: dict[str, Any] = yaml.safe_load(card.content.split("---\n")[1])
    return loaded


def with_arms(report: Report, name: str, **changes: object) -> Report:
    arm = report.arms[name].model_copy(update=changes)
    return changed(report, arms={**report.arms, name: arm})


def with_dataset(report: Report, name: str, **changes: object) -> Report:
    data = report.datasets[name].model_copy(update=changes)
    return changed(report, datasets={**report.datasets, name: data})


@every_story
def test_the_front_matter_is_valid_and_read_as_written(story: Callable[[], Report]) -> None:
    report = story()
    matter = card_of(report).matter
    assert validate_front_matter(matter) == []
    assert matter_of(report) == matter
    body = ModelCard(render_model_card(report)).text
    assert body.lstrip().startswith("# ")


@every_story
def test_only_our_own_kinds_of_markup_get_through(story: Callable[[], Report]) -> None:
    body = ModelCard(render_model_card(story(), show="full")).text
    assert {token.type for token in tokens_of(body)} <= KINDS
    assert MarkdownIt("gfm-like", {"linkify": False}).parse(body)


def test_the_front_matter_of_a_lora() -> None:
    assert matter_of(clear_win()) == {
        "language": ["en"],
        "license": "apache-2.0",
        "library_name": "peft",
        "pipeline_tag": "text-generation",
        "base_model": "HuggingFaceTB/SmolLM2-135M-Instruct",
        "base_model_relation": "adapter",
        "tags": ["evalreport", "lora"],
        "model-index": [
            {
                "name": "orders-smollm2",
                "results": [
                    {
                        "task": {"type": "text-generation"},
                        "dataset": {"type": "mina-okafor/short-questions", "name": "general"},
                        "metrics": [
                            {
                                "type": "accuracy",
                                "name": "general accuracy (fraction), 440 items",
                                "value": 0.655,
                            }
                        ],
                    }
                ],
            }
        ],
    }


def test_a_full_model_is_a_finetune_for_transformers() -> None:
    matter = matter_of(with_arms(clear_win(), "tuned", adapter_digests={}))
    assert (matter["library_name"], matter["base_model_relation"]) == ("transformers", "finetune")


@pytest.mark.parametrize("name", [None, "./models/base", "/srv/base", "models/base.gguf", "base"])
def test_a_local_path_is_never_a_base_model(name: str | None) -> None:
    report = with_arms(clear_win(), "base", hub_id=name)
    matter = matter_of(report)
    assert "base_model" not in matter
    assert "base_model_relation" not in matter
    assert "gives none by its public name (base\\_model.hub\\_id)" in render_model_card(report)


@pytest.mark.parametrize(
    ("method", "library", "relation"),
    [
        ("lora", "peft", "adapter"),
        ("qlora", "peft", "adapter"),
        ("full", "transformers", "finetune"),
        ("not said", None, None),
    ],
)
def test_what_others_trained_is_related_to_its_base_as_what_is_trained_here(
    method: str, library: str | None, relation: str | None
) -> None:
    report = with_arms(
        clear_win(), "tuned", origin=Origin.RECORDED, adapter_digests={}, quantization="4 bits"
    )
    assert report.training is not None
    told = {
        "trained_here": False,
        "method": method,
        "published": PublishedFacts(source="", rows={}),
    }
    told_of = changed(report, training=report.training.model_copy(update={"used": {}, **told}))
    matter = matter_of(told_of)
    assert (matter.get("library_name"), matter.get("base_model_relation")) == (library, relation)
    assert matter["base_model"] == "HuggingFaceTB/SmolLM2-135M-Instruct"
    assert (method in matter["tags"]) is (relation is not None)
    untold = "does not say whether this is an adapter or a whole model"
    assert (untold in render_model_card(told_of)) is (relation is None)
    unknown = matter_of(changed(told_of, training=None))
    assert not {"library_name", "base_model_relation"} & {*unknown}


def test_datasets_are_the_public_ones_that_trained_it() -> None:
    assert "datasets" not in matter_of(clear_win())
    hub = with_dataset(clear_win(), "train", hub_id="acme/orders", is_private=False)
    assert matter_of(hub)["datasets"] == ["acme/orders"]
    private = with_dataset(clear_win(), "train", hub_id="acme/orders", is_private=True)
    assert "datasets" not in matter_of(private)
    path = with_dataset(clear_win(), "train", hub_id="./orders.jsonl", is_private=False)
    assert "datasets" not in matter_of(path)


@pytest.mark.parametrize(
    ("declared", "written"),
    [
        ("apache-2.0", {"license": "apache-2.0"}),
        ("MIT", {"license": "mit"}),
        ("Acme Internal v2", {"license": "other", "license_name": "acme-internal-v2"}),
        ("other", {"license": "other", "license_name": "other"}),
        ("秘密", {"license": "other", "license_name": "unnamed"}),
        (None, {}),
    ],
)
def test_licenses(declared: str | None, written: dict[str, str]) -> None:
    about = clear_win().about.model_copy(update={"license": declared})
    matter = matter_of(changed(clear_win(), about=about))
    assert {k: v for k, v in matter.items() if k.startswith("license")} == written


@pytest.mark.parametrize(
    ("language", "shown"),
    [("no", ["no"]), ("en, de", ["en", "de"]), ("English", None), (None, None)],
)
def test_languages_are_codes_and_norwegian_is_one(
    language: str | None, shown: list[str] | None
) -> None:
    about = clear_win().about.model_copy(update={"language": language})
    report = changed(clear_win(), about=about)
    assert matter_of(report).get("language") == shown


def no_longer(**changes: object) -> Report:
    """A clear win whose guard finding differs in one respect."""
    report = clear_win()
    findings = tuple(
        f.model_copy(update=changes) if f.layer == "general" else f for f in report.findings
    )
    return changed(report, findings=findings)


@pytest.mark.parametrize(
    "report",
    [
        simulated(),
        invalid_evidence(),
        no_training(),
        changed(clear_win(), smoke=True),
        with_dataset(clear_win(), "general", is_private=True),
        with_dataset(clear_win(), "general", hub_id=None),
        with_dataset(clear_win(), "general", role="select"),
        no_longer(origin=Origin.RECORDED),
        no_longer(simulated=True),
        no_longer(arms=("base-prompted", "base")),
        no_longer(subgroup="topic=law"),
        no_longer(tuned=NotEstimable(not_estimable="the engine crashed")),
    ],
)
def test_no_result_is_listed_that_is_not_this_models_own_on_public_data(report: Report) -> None:
    assert "model-index" not in matter_of(report)
    assert "The metadata lists no results" in render_model_card(report)


def test_a_disqualified_finding_is_not_listed() -> None:
    broken = invalid_evidence().remarks[0].model_copy(update={"cites": ("general",)})
    report = changed(clear_win(), remarks=(broken,))
    assert report.verdict.outcome is Outcome.BETTER
    assert "model-index" not in matter_of(report)


def test_listed_values_are_those_of_the_report() -> None:
    dump = json.loads(render_json(clear_win()))
    (result,) = matter_of(clear_win())["model-index"][0]["results"]
    guard = next(f for f in dump["findings"] if f["layer"] == "general")
    assert result["metrics"][0]["value"] == guard["tuned"]["value"]


def test_the_body_says_what_a_reader_needs() -> None:
    card = render_model_card(clear_win())
    for text in (
        "## Verdict: ✔ Better",
        "**+37.3 points (95 % interval +31.9 to +42.7)**",
        "| `field_accuracy` in `extraction`, primary; gain worth having: 10 points |",
        "the comparison with the base, and results on other data, stand only here",
        "Turning short English orders of office supplies into JSON.",
        "**Out of scope.**",
        "Written for one shop's catalogue. (the authors)",
        "- Method: lora",
        "evalreport build specs/quickstart/spec.yaml",
        "```python\nfrom peft import PeftModel\n",
    ):
        assert text in card
    fences = [t for t in tokens_of(ModelCard(card).text) if t.type == "fence"]
    assert [t.content for t in fences if t.info == "python"] == [clear_win().loading_snippet]
    assert "> **SIMULATED.**" in render_model_card(simulated())


def test_a_card_shows_at_most_ids_unless_told() -> None:
    assert "order-0417" in render_model_card(clear_win())
    for private in ("A4 paper", "blue cable", "opening hours", "channel: email"):
        assert private not in render_model_card(clear_win())
        assert private not in render_model_card(clear_win(), show="none")
    assert "blue cable" in render_model_card(clear_win(), show="full")
    assert "order-0417" not in render_model_card(clear_win(), show="none")
    closed = changed(clear_win(), examples_shown="none")
    assert "order-0417" not in render_model_card(closed, show="full")
    ids = changed(clear_win(), examples_shown="ids")
    assert "blue cable" not in render_model_card(ids, show="full")


def test_hostile_strings_stay_out_of_the_front_matter() -> None:
    card = render_model_card(hostile())
    assert card.split("---\n")[1].isascii()
    assert matter_of(hostile())["license"] == "other"
    assert "license: mit" not in card.split("---\n")[1]


GOOD: dict[str, Json] = {"license": "mit", "base_model": "org/name", "tags": ["a"]}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"licence": "mit"}, "licence: not a key"),
        ({"license": "my-own"}, "'my-own' is not a license id"),
        ({"license": "other"}, "license_name: required"),
        ({"license_name": "mine"}, "license_name: only with license: other"),
        ({"license": "other", "license_name": "My Own"}, "not a lower-case name"),
        ({"base_model": "./local/path"}, "is not the id of a model"),
        ({"base_model": ["org/name", "/abs"]}, "'/abs' is not the id"),
        ({"base_model_relation": "cousin"}, "is not a relation"),
        ({"datasets": "org/name"}, "datasets: must be a list"),
        ({"datasets": [None]}, "null is refused"),
        ({"datasets": ["data/train.jsonl"]}, "is not the id of a dataset"),
        ({"datasets": []}, "an empty list is refused"),
        ({"language": ["English"]}, "is not a language code"),
        ({"language": [False]}, "is not a language code"),
        ({"tags": [""]}, "is not a word"),
        ({"pipeline_tag": "Text Generation"}, "is not a lower-case name"),
        ({"model-index": []}, "an empty list is refused"),
        ({"model-index": [{"name": "m", "results": []}]}, "without results is refused"),
        ({"model-index": [{"results": [1]}]}, "needs a name"),
        ({"model-index": [{"name": "m", "results": ["x"]}]}, "must be a mapping"),
    ],
)
def test_what_the_hub_refuses(change: dict[str, Json], problem: str) -> None:
    assert validate_front_matter(GOOD) == []
    problems = validate_front_matter({**GOOD, **change})
    assert any(problem in text for text in problems), problems


def result(**changes: Json) -> dict[str, Json]:
    """A model-index entry with one good result, changed."""
    good: dict[str, Json] = {
        "task": {"type": "text-generation"},
        "dataset": {"type": "org/data", "name": "d"},
        "metrics": [{"type": "accuracy", "value": 0.5}],
    }
    return {**GOOD, "model-index": [{"name": "m", "results": [{**good, **changes}]}]}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"task": {"name": "x"}}, "task.type: required"),
        ({"dataset": {"type": "org/data"}}, "dataset.name: required"),
        ({"dataset": {"type": "./d", "name": "d"}}, "is not the id of a dataset"),
        ({"dataset": {"type": "org/d", "name": "d", "config": None}}, "null is refused"),
        ({"dataset": {"type": "org/d", "name": "d", "config": 1}}, "must be text"),
        ({"metrics": []}, "an empty list is refused"),
        ({"metrics": [{"value": 1.0}]}, "needs a type"),
        ({"metrics": [{"type": "a", "value": "51 ± 1"}]}, "is not a number"),
        ({"metrics": [{"type": "a", "value": float("nan")}]}, "is not a number"),
        ({"metrics": [{"type": "a", "value": True}]}, "is not a number"),
    ],
)
def test_what_the_hub_refuses_in_results(change: dict[str, Json], problem: str) -> None:
    assert validate_front_matter(result()) == []
    problems = validate_front_matter(result(**change))
    assert any(problem in text for text in problems), problems


def test_an_unquoted_date_is_refused() -> None:
    loaded = yaml.safe_load("tags: [2026-11-21]")
    assert loaded["tags"] == [date(2026, 11, 21)]
    assert any("date" in text for text in validate_front_matter(loaded))


@pytest.mark.parametrize(
    ("ident", "is_id"),
    [
        ("org/name", True),
        ("HuggingFaceTB/SmolLM2-135M-Instruct", True),
        ("org/name.with.dots_and-dashes", True),
        ("name", False),
        ("a/b/c", False),
        ("../up", False),
        ("./here", False),
        ("/abs/path", False),
        ("org/bad--name", False),
        ("org/name.git", False),
        ("org/file.gguf", False),
        ("org/na me", False),
        ("org/", False),
        ("org/" + "x" * 97, False),
    ],
)
def test_hub_ids(ident: str, is_id: bool) -> None:
    assert is_hub_id(ident) is is_id


def test_other_ids() -> None:
    assert is_dataset_id("squad")
    assert is_dataset_id("org/data")
    assert not is_dataset_id("data/train.jsonl")
    assert is_language("en")
    assert is_language("zh-Hans")
    assert not is_language("english!")


def test_the_hub_library_reads_the_card_from_disk(tmp_path: Any) -> None:
    path = tmp_path / "README.md"
    path.write_text(render_model_card(clear_win()), encoding="utf-8")
    loaded = metadata_load(path)
    assert loaded is not None
    assert loaded["base_model"] == "HuggingFaceTB/SmolLM2-135M-Instruct"


@pytest.mark.parametrize(
    ("changes", "library", "relation"),
    [
        ({"form": "adapter"}, "peft", "adapter"),
        ({"form": "merged"}, "transformers", "finetune"),
        ({"form": "model"}, "transformers", "finetune"),
        ({"form": "packed"}, "transformers", "quantized"),
        ({"form": "model", "quantization": "nf4"}, "transformers", "quantized"),
    ],
)
def test_the_card_is_about_what_ships(
    changes: dict[str, object], library: str, relation: str
) -> None:
    report = clear_win()
    ships = report.arms["tuned"].model_copy(
        update={"what": "a finished model", "made_of_tuned": True, **changes}
    )
    found = changed(report, arms={**report.arms, "shipped": ships})
    matter = card_of(found).matter
    assert (matter["library_name"], matter["base_model_relation"]) == (library, relation)
    assert "model-index" not in matter  # what was measured of tuned is no result of what ships
    assert validate_front_matter(matter) == []
    card = render_model_card(found)
    assert "What ships is the arm shipped: a finished model." in card
    assert "What ships" not in render_model_card(report)


def shipping_in_full(report: Report, *, has_full_base: bool) -> Report:
    """A QLoRA that was merged into the base in bfloat16, with or without a base held so too."""
    packed = {
        name: report.arms[name].model_copy(update={"quantization": "nf4"})
        for name in ("base", "tuned")
    }
    reference = "base-full" if has_full_base else "base"
    arms = {
        **packed,
        "base-full": report.arms["base"].model_copy(update={"dtype": "bfloat16", "form": "base"}),
        "shipped": report.arms["tuned"].model_copy(
            update={
                "what": "the base with what was trained here, merged into the weights in bfloat16; "
                "what was evaluated as tuned was held in nf4",
                "form": "merged",
                "dtype": "bfloat16",
                "made_of_tuned": True,
            }
        ),
    }
    first = next(f for f in report.findings if f.role.value == "guard")
    guard = first.model_copy(
        update={
            "id": f"{first.id}:shipped~{reference}",
            "role": FindingRole.EXPLORATORY,
            "arms": ("shipped", reference),
        }
    )
    return changed(report, arms=arms, findings=(*report.findings, guard))


def test_the_card_names_both_precisions_and_the_base_of_what_ships() -> None:
    card = render_model_card(shipping_in_full(clear_win(), has_full_base=True))
    assert (
        "merged into the weights in bfloat16; what was evaluated as tuned was held in nf4" in card
    )
    assert "beside those of base-full and of tuned" in card
    assert "guard, of what ships" in card
    assert "precision too" not in card


def test_a_table_says_that_its_arms_were_not_held_alike() -> None:
    report = shipping_in_full(clear_win(), has_full_base=False)
    said = (
        "shipped was held in bfloat16 and base in nf4: the differences are those of precision too."
    )
    assert said in render_model_card(report)
    assert said in render_markdown(report)
    assert said in render_html(report)
