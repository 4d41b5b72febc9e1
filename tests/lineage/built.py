"""One small build, and others made of it by changing what it recorded."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from evalreport.estimates import NotEstimable
from evalreport.lineage.builds import Build
from evalreport.records import Known, Protocol
from evalreport.report.items_head import Head
from evalreport.spec.load import spec_of_text
from tests.builds.workshop import Workshop

SPEC = """\
evalreport: 1
name: orders
base_model: {path: org/base}
adapter: {method: lora, r: 8}
datasets:
  train: {path: data/train.jsonl, prompt: "{{ order }}", completion: "{{ json }}"}
  select: {from: train, fraction: 0.2}
  test: {path: data/test.jsonl}
training: {learning_rate: 2e-4, epochs: 1, global_batch_size: 8}
engine: {kind: fake, seed: 3, base: {right: 0.4}, tuned: {right: 0.7}}
evaluation:
  primary: {layer: extraction, metric: field_accuracy, gain_at_least: 0.2}
  layers:
    - kind: generation
      name: extraction
      dataset: test
      decoding: {max_new_tokens: 48, temperature: 0}
      extract: {json: first_object}
      metrics: [json_valid, field_accuracy]
"""


def made(folder: Path) -> Workshop:
    """A workshop with that build in `report`."""
    shop = Workshop.made(folder, SPEC)
    ran = shop.build("--out", "report", "--accept-underpowered")
    assert ran.code == 0, ran.both
    return shop


def with_spec(build: Build, *changes: tuple[str, str]) -> Build:
    """As if the spec had said something else."""
    text = build.report.reproduce.spec_yaml
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return replace(build, spec=spec_of_text(text, (), "spec"))


def with_digest(build: Build, digest: str) -> Build:
    """As if the test set had been another one."""
    report = build.report
    test = report.datasets["test"].model_copy(update={"digest": digest})
    return replace(
        build, report=report.model_copy(update={"datasets": {**report.datasets, "test": test}})
    )


def with_protocol(build: Build, change: Callable[[Protocol], Protocol]) -> Build:
    """As if every arm had been asked in another way."""
    head = build.head
    assert isinstance(head, Head)
    asked = {
        layer: {
            arm: one.model_copy(
                update={
                    "blocks": tuple(
                        block.model_copy(update={"protocol": change(block.protocol)})
                        for block in one.blocks
                    )
                }
            )
            for arm, one in of.items()
        }
        for layer, of in head.asked.items()
    }
    return replace(build, head=head.model_copy(update={"asked": asked}))


def recorded(**fields: object) -> Callable[[Protocol], Protocol]:
    """A protocol with other facts; a text stands for one that is known."""
    facts = {
        name: Known(known=one) if isinstance(one, str) else one for name, one in fields.items()
    }
    return lambda protocol: protocol.model_copy(update=facts)


def without_items(build: Build) -> Build:
    """As if nobody had kept the items."""
    why = NotEstimable(not_estimable="there is no items.jsonl beside the report")
    return replace(build, head=why)
