"""Whole reports of simulated builds, by what `build` calls, with clock, machine and host given.

Three stories, told by the fake engine: a clear win; a handful of items that can tell nothing; a
gain that cost a guard.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evalreport.analyze.analyze import analyze
from evalreport.analyze.basis import observe
from evalreport.commands.writing import renderings
from evalreport.plan import Given, make_plan
from evalreport.plan.acquire import acquire
from evalreport.records import History, Machine
from evalreport.render import render_json
from evalreport.report.compose import Frame, compose
from evalreport.report.model import Report
from evalreport.report.volatile import settled
from evalreport.rules.case import Case
from evalreport.rules.table import review
from evalreport.run.place import Place
from evalreport.run.run import run
from evalreport.spec.load import load_spec
from evalreport.store.index import Index
from evalreport.store.store import Store
from evalreport.values import Json
from evalreport.verdict import decide

CLOCK: Final = "2026-11-21T09:30:00Z"
MACHINE: Final = Machine(cores=2, memory_bytes=8 << 30, instruction_sets=("amx_bf16",))
ENVIRONMENT: Final[dict[str, Json]] = {
    "evalreport": "0.1.0",
    "python": "3.11.9",
    "system": "Linux x86_64",
    "cores": 2,
    "memory_gib": 8,
    "accelerator": "none",
}
_CHANNELS: Final = ("email", "chat", "phone")
_FRUIT: Final = ("apples", "pears", "plums", "figs")


@dataclass(frozen=True, slots=True)
class Story:
    """A simulated truth and how much of it is looked at.

    Attributes:
        name: Names the folder under tests/gold.
        tests: Test items, two a template.
        guarded: Guard items; 0 declares no guard.
        engine: The truth, as YAML.
        more: Further layers, as YAML.
    """

    name: str
    tests: int
    guarded: int
    engine: str
    more: str = ""


STORIES: Final = (
    Story(
        "clear-win",
        tests=160,
        guarded=300,
        engine="seed: 3, cluster_effect: 0.1, training: {diverges_after: 0.8}, "
        "base: {right: 0.25, unparsable: 0.02}, tuned: {right: 0.8, unparsable: 0.01}",
        more="    - {kind: overfitting, name: seen-vs-unseen, unseen: test, sample: 20}\n"
        "    - {kind: perplexity, name: heldout-loss, dataset: test}\n",
    ),
    Story("noise", tests=24, guarded=0, engine="seed: 5, base: {right: 0.5}, tuned: {right: 0.58}"),
    Story(
        "guard-lost",
        tests=160,
        guarded=300,
        engine="seed: 8, base: {right: 0.2}, tuned: {right: 0.95, unparsable: 0.15}",
    ),
)

_SPEC: Final = """\
evalreport: 1
name: {name}
title: A simulated model learns to write orders as JSON
about: {{authors: [Mina Okafor], license: apache-2.0, language: en, limitations: ["English only."]}}
base_model: {{path: org/base}}
adapter: {{method: lora, r: 8}}
datasets:
  train: {{path: data/train.jsonl, prompt: "{{{{ order }}}}", completion: "{{{{ json }}}}", group_by: template, labelled_by: a program}}
  select: {{from: train, fraction: 0.2, group_by: template}}
  test: {{path: data/test.jsonl, cluster_by: template, group_by: template, subgroups: [channel], labelled_by: a program}}
{guard_data}training: {{learning_rate: 2e-4, epochs: 3, global_batch_size: 8, evaluate_every: {{epochs: 0.5}}, keep: best}}
engine: {{kind: fake, {engine}}}
evaluation:
  primary: {{layer: extraction, metric: field_accuracy, gain_at_least: 0.1}}
{guard}  layers:
    - kind: generation
      name: extraction
      dataset: test
      decoding: {{max_new_tokens: 48, temperature: 0}}
      extract: {{json: first_object}}
      metrics: [json_valid, field_accuracy]
{guard_layer}{more}"""
_GUARD_DATA: Final = (
    "  letters: {role: test, path: data/letters.jsonl, labelled_by: a program, "
    "group_by: template, cluster_by: template}\n"
)
# A simulated model has one skill for every task; what a guard can lose is the form of its answers.
_GUARD: Final = "  guards: [{layer: letters, metric: json_valid, lose_at_most: 0.05}]\n"
_GUARD_LAYER: Final = """\
    - kind: generation
      name: letters
      dataset: letters
      decoding: {max_new_tokens: 48, temperature: 0}
      extract: {json: first_object}
      metrics: [json_valid]
"""


def spec_text(story: Story) -> str:
    """The spec of a story."""
    has_guard = story.guarded > 0
    return _SPEC.format(
        name=story.name,
        engine=story.engine,
        more=story.more,
        guard_data=_GUARD_DATA if has_guard else "",
        guard=_GUARD if has_guard else "",
        guard_layer=_GUARD_LAYER if has_guard else "",
    )


def write_story(story: Story, folder: Path) -> Path:
    """Write spec and data of a story.

    Returns:
        The path of the spec.
    """
    data = folder / "data"
    data.mkdir(parents=True)
    (data / "train.jsonl").write_text(_orders("train", 120), encoding="utf-8")
    (data / "test.jsonl").write_text(_orders("test", story.tests), encoding="utf-8")
    (data / "letters.jsonl").write_text(_orders("letter", story.guarded), encoding="utf-8")
    spec = folder / "spec.yaml"
    spec.write_text(spec_text(story), encoding="utf-8")
    return spec


def _orders(what: str, count: int) -> str:
    return "".join(
        json.dumps(
            {
                "order": f"{what} order {i}: {2 + i % 7} {_FRUIT[i % 4]} for table {i}, please",
                "json": json.dumps({"quantity": 2 + i % 7}),
                "template": f"{what}-{i // 2}",
                "channel": _CHANNELS[i % 3],
            }
        )
        + "\n"
        for i in range(count)
    )


def built(story: Story, folder: Path) -> dict[str, str]:
    """The files of a story's report, by name, as a build would write them.

    Args:
        story: What is true and what is looked at.
        folder: An empty folder to work in; nothing of its name gets into the files.
    """
    report = composed(story, folder)
    return {
        **renderings(report, ("markdown", "html", "model_card"), "ids"),
        "report.json": render_json(report),
    }


def composed(story: Story, folder: Path) -> Report:
    """The report: what `build` does between reading the spec and writing files."""
    path = write_story(story, folder)
    loaded = load_spec(path)
    spec = loaded.spec
    store = Store(folder / ".evalreport", lambda: CLOCK)
    try:
        inputs = acquire(spec, loaded.folder, folder / "hub", store.file_digest, may_download=False)
        given = Given(spec, inputs, MACHINE, History(), Index(store))
        plan = make_plan(given)
        evidence = run(given, plan, Place(store, loaded.folder, ENVIRONMENT, lambda _: None))
        findings = analyze(spec, evidence, observe(spec, evidence))
        remarks = review(Case(spec, evidence, findings))
        frame = Frame(
            built_at=CLOCK,
            spec_digest=loaded.digest,
            spec_path=f"specs/{story.name}/spec.yaml",
            spec_yaml=loaded.text,
            overrides=(),
            lock_path=f"reports/{story.name}/spec.lock.yaml",
        )
        report = compose(
            spec, inputs, evidence, findings, remarks, decide(findings, remarks), frame
        )
    finally:
        store.close()
    given_again = {"built_at": CLOCK, "environment": dict(ENVIRONMENT)}
    stable = settled(report).model_copy(update=given_again)
    return Report.model_validate_json(
        json.dumps(_rounded(stable.model_dump(mode="json", by_alias=True)))
    )


def _rounded(value: Json) -> Json:
    """Twelve digits of every number: processors differ in the last ones of a logarithm."""
    match value:
        case float():
            return float(f"{value:.12g}")
        case dict():
            return {name: _rounded(one) for name, one in value.items()}
        case list():
            return [_rounded(one) for one in value]
        case _:
            return value
