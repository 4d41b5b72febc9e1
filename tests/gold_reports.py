"""Whole reports of simulated builds, by what `build` calls, with clock, machine and host given.

Each tells one story by the fake engine: what is true, what is looked at, and so what may be said.
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from evalreport.analyze.analyze import analyze
from evalreport.analyze.basis import observe
from evalreport.commands.writing import renderings
from evalreport.plan.acquire import acquire
from evalreport.plan.make import make_plan
from evalreport.plan.model import Given
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
from evalreport.verdict import Outcome, decide, rule_on_claims
from tests.judged_stories import put_in_store
from tests.recorded_stories import RECORDED_STORIES

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
    """A simulated truth and how much of it is looked at, or what others measured.

    Attributes:
        name: Names the folder under tests/gold.
        outcome: What the verdict must be.
        tests: Test items, two a template.
        guarded: Guard items; 0 declares no guard.
        engine: The truth, as YAML.
        more: Further layers, as YAML.
        changes: Parts of the spec, and what stands in their place.
        leaked: How many test items are training rows.
        before: Builds that were made before in the same store: parts of the spec, and what stood in
            their place.
        recorded: The whole spec, where nothing is simulated: it holds what others measured.
        judge: Who judges, by name in `judged_stories`; a layer `blind-ab` then decides.
    """

    name: str
    outcome: Outcome
    tests: int = 0
    guarded: int = 0
    engine: str = ""
    more: str = ""
    changes: tuple[tuple[str, str], ...] = ()
    leaked: int = 0
    before: tuple[tuple[tuple[str, str], ...], ...] = ()
    recorded: str = ""
    judge: str = ""

    @property
    def is_simulated(self) -> bool:
        """Whether the fake engine tells it."""
        return not self.recorded


STORIES: Final = (
    Story(
        "clear-win",
        Outcome.BETTER,
        tests=160,
        guarded=300,
        engine="seed: 3, cluster_effect: 0.1, training: {diverges_after: 0.8}, "
        "base: {right: 0.25, unparsable: 0.02}, tuned: {right: 0.8, unparsable: 0.01}",
        more="    - {kind: overfitting, name: seen-vs-unseen, unseen: test, sample: 20}\n"
        "    - {kind: perplexity, name: heldout-loss, dataset: test}\n",
    ),
    Story(
        "noise",
        Outcome.INCONCLUSIVE,
        tests=120,
        guarded=0,
        engine="seed: 5, base: {right: 0.5}, tuned: {right: 0.52}",
    ),
    Story(
        "tiny-n",
        Outcome.INCONCLUSIVE,
        tests=8,
        guarded=0,
        engine="seed: 5, base: {right: 0.4}, tuned: {right: 0.8}",
    ),
    Story(
        "guard-lost",
        Outcome.MIXED,
        tests=160,
        guarded=300,
        engine="seed: 8, base: {right: 0.2}, tuned: {right: 0.95, unparsable: 0.15}",
    ),
    Story(
        "subgroup-falls",
        Outcome.BETTER,
        tests=300,
        guarded=300,
        engine="seed: 4, base: {right: 0.3}, tuned: {right: 0.9}, "
        "within: {channel=phone: {base: 0.7, tuned: 0.2}}",
    ),
    Story(
        "base-handicapped",
        Outcome.BETTER,
        tests=160,
        guarded=300,
        engine="seed: 6, base: {right: 0.8, unparsable: 0.6}, tuned: {right: 0.82}",
    ),
    Story(
        "leaked-test",
        Outcome.INVALID_EVIDENCE,
        tests=160,
        guarded=300,
        engine="seed: 3, base: {right: 0.3}, tuned: {right: 0.8}",
        leaked=40,
    ),
    Story(
        "only-parsed",
        Outcome.INVALID_EVIDENCE,
        tests=160,
        guarded=300,
        engine="seed: 7, base: {right: 0.3, unparsable: 0.1}, tuned: {right: 0.7, unparsable: 0.3}",
        changes=(
            (
                "metric: field_accuracy, gain_at_least: 0.1",
                "metric: squared_error, gain_at_least: 1",
            ),
            (
                "[json_valid, field_accuracy]",
                "[json_valid, {metric: squared_error, fields: [quantity]}]",
            ),
        ),
    ),
    Story(
        "best-of-five",
        Outcome.BETTER,
        tests=160,
        guarded=300,
        engine="seed: 9, base: {right: 0.5}, tuned: {right: 0.7}",
        before=tuple((("epochs: 3", f"epochs: {n}"),) for n in (1, 2, 4, 5)),
    ),
    Story(
        "seed-regresses",
        Outcome.INCONCLUSIVE,
        tests=160,
        guarded=300,
        engine="seed: 1, base: {right: 0.5}, tuned: {right: 0.62}, seed_spread: 0.6",
        changes=(("epochs: 3", "seeds: [1, 2, 3], epochs: 3"),),
    ),
    Story(
        "ceiling",
        Outcome.EQUIVALENT,
        tests=160,
        guarded=0,
        engine="seed: 3, base: {right: 0.98}, tuned: {right: 0.985}",
    ),
    Story(
        "arm-failed",
        Outcome.BETTER,
        tests=160,
        guarded=300,
        engine="seed: 3, base: {right: 0.3}, tuned: {right: 0.8}",
        changes=(
            (
                "evaluation:\n",
                (
                    "arms: {previous: {adapter: {method: existing, path: runs/last-week}}}\n"
                    "comparisons: [[tuned, previous]]\nevaluation:\n"
                ),
            ),
        ),
    ),
    Story(
        "loss-diverges",
        Outcome.BETTER,
        tests=160,
        guarded=300,
        engine="seed: 3, base: {right: 0.3}, tuned: {right: 0.9}, training: {diverges_after: 0.3}",
        changes=(("keep: best", "keep: last"), ("epochs: 3", "epochs: 6")),
    ),
    Story(
        "judged",
        Outcome.BETTER,
        tests=240,
        guarded=300,
        engine="seed: 3, base: {right: 0.3}, tuned: {right: 0.8}",
        judge="knows",
    ),
    Story(
        "judge-unfit",
        Outcome.INVALID_EVIDENCE,
        tests=240,
        guarded=300,
        engine="seed: 3, base: {right: 0.3}, tuned: {right: 0.8}",
        judge="likes-the-first",
    ),
    Story(
        "judge-stops",
        Outcome.BETTER_RETENTION_UNKNOWN,
        tests=400,
        guarded=0,
        engine="seed: 4, base: {right: 0.3}, tuned: {right: 0.8}",
        changes=(
            ("evaluation:\n", "evaluation:\n  stopping: sequential\n"),
            ("cluster_by: template, ", ""),
        ),
        judge="knows",
    ),
    *(Story(name, outcome, recorded=spec) for name, (spec, outcome) in RECORDED_STORIES.items()),
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
_JUDGE: Final = """\
    - kind: judge
      name: blind-ab
      on: extraction
      judges: [{model: scripted, base_url: "http://127.0.0.1:9/v1", price: {input_per_million: 1.0, output_per_million: 4.0}}]
"""
_GUARD_LAYER: Final = """\
    - kind: generation
      name: letters
      dataset: letters
      decoding: {max_new_tokens: 48, temperature: 0}
      extract: {json: first_object}
      metrics: [json_valid]
"""


def spec_text(story: Story, changes: tuple[tuple[str, str], ...] = ()) -> str:
    """The spec of a story; of one of the builds before it, with its changes."""
    if story.recorded:
        return story.recorded
    has_guard = story.guarded > 0
    text = _SPEC.format(
        name=story.name,
        engine=story.engine,
        more=story.more,
        guard_data=_GUARD_DATA if has_guard else "",
        guard=_GUARD if has_guard else "",
        guard_layer=_GUARD_LAYER if has_guard else "",
    )
    if story.judge:
        text += _JUDGE
        decides = "primary: {layer: extraction, metric: field_accuracy, gain_at_least: 0.1}"
        text = text.replace(
            decides, "primary: {layer: blind-ab, metric: net_win, gain_at_least: 0.2}"
        )
    for old, new in (*story.changes, *changes):
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the spec"
        text = text.replace(old, new)
    return text


def write_story(story: Story, folder: Path) -> Path:
    """Write spec and data of a story.

    Returns:
        The path of the spec.
    """
    data = folder / "data"
    data.mkdir(parents=True)
    (data / "train.jsonl").write_text(_orders("train", 120), encoding="utf-8")
    known = _orders("train", story.leaked) + _orders("test", story.tests - story.leaked)
    (data / "test.jsonl").write_text(known, encoding="utf-8")
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
    spec_path = f"specs/{story.name}/spec.yaml"
    for at, changes in enumerate(story.before):
        earlier = folder / f"earlier-{at}.yaml"
        text = spec_text(story, changes).replace(f"name: {story.name}", f"name: try-{at + 1}", 1)
        earlier.write_text(text, encoding="utf-8")
        _build(earlier, folder, story, spec_path)
    report = _build(path, folder, story, spec_path)
    given_again = {"built_at": CLOCK, "environment": dict(ENVIRONMENT)}
    stable = settled(report).model_copy(update=given_again)
    return Report.model_validate_json(
        json.dumps(_rounded(stable.model_dump(mode="json", by_alias=True)))
    )


def _build(path: Path, folder: Path, story: Story, spec_path: str) -> Report:
    loaded = load_spec(path)
    spec = loaded.spec
    store = Store(folder / ".evalreport", lambda: CLOCK)
    try:
        inputs = acquire(spec, loaded.folder, folder / "hub", store.file_digest, may_download=False)
        given = Given(spec, inputs, MACHINE, History(), Index(store))
        plan = make_plan(given)
        place = Place(store, loaded.folder, ENVIRONMENT, lambda _: None)
        if story.judge:
            run(given, plan, replace(place, only=frozenset({"extraction"})))
            plan = make_plan(given)
            put_in_store(given, plan, store, story.judge)
            plan = make_plan(given)
        evidence = run(given, plan, place)
        findings = analyze(spec, evidence, observe(spec, evidence))
        remarks = review(Case(spec, evidence, findings))
        frame = Frame(
            built_at=CLOCK,
            spec_digest=loaded.digest,
            spec_path=spec_path,
            spec_yaml=loaded.text,
            overrides=(),
            lock_path=f"reports/{story.name}/spec.lock.yaml",
        )
        verdict, claims = decide(findings, remarks), rule_on_claims(spec, findings, remarks)
        return compose(spec, inputs, evidence, findings, remarks, verdict, claims, frame)
    finally:
        store.close()


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
