"""A report with its adapter, ready to be published, and a hub on the loopback to take it."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from evalreport.analyze.findings import FindingRole
from evalreport.cli import main
from evalreport.engines.model_digests import adapter_digest
from evalreport.render import render_json
from evalreport.report.model import Report, Reproduce
from evalreport.spec.models import BenchmarkTask, Publish
from tests.publish.loopback import Hub
from tests.reports import changed, clear_win

REPO = "org/orders"
BASE = "HuggingFaceTB/SmolLM2-135M-Instruct"
BOARD = "mina-okafor/short-questions"
TASK = BenchmarkTask(layer="general", metric="accuracy", dataset=BOARD, task_id="all")
EVAL_YAML = yaml.safe_dump({"name": "b", "tasks": [{"id": "all", "config": "c", "split": "test"}]})
SPEC = """\
evalreport: 1
name: orders
base_model: {path: ./base, hub_id: HuggingFaceTB/SmolLM2-135M-Instruct}
adapter: {method: existing, path: ./adapter}
datasets:
  test: {path: data/test.jsonl, prompt: "{{ q }}", completion: "{{ a }}"}
evaluation:
  layers: [{kind: perplexity, name: loss, dataset: test}]
publish: {repo: org/orders}
"""
# Texts of rows and answers in the report's examples.
SENTINELS = ("A4 paper", "blue cable", "opening hours", "stapler")


@dataclass
class World:
    """A working directory and the hub that its environment names."""

    folder: Path
    hub: Hub
    publish: Callable[..., tuple[int, str, str]]

    @property
    def report(self) -> Path:
        return self.folder / "reports/orders/report.json"

    def change(self, report: Report) -> None:
        self.report.write_text(render_json(report))

    def load(self) -> Report:
        return Report.model_validate(json.loads(self.report.read_text()))

    def asked(self, **publish: Any) -> None:
        """Another `publish:` block."""
        given = self.load()
        wanted = (given.publish or Publish(repo=REPO)).model_copy(update=publish)
        self.change(changed(given, publish=wanted))

    @property
    def files(self) -> dict[str, bytes]:
        return self.hub.repos[REPO].files

    @property
    def left(self) -> bytes:
        """Every byte that the hub was sent, files decoded."""
        sent: list[bytes] = []
        for body in self.hub.received:
            sent.append(body)
            lines = [one for one in body.splitlines() if one.startswith(b'{"key": "file"')]
            sent += [base64.b64decode(json.loads(one)["value"]["content"]) for one in lines]
        return b"\n".join(sent)


def write_adapter(folder: Path, base: str | None = "./base") -> str:
    """An adapter's files, as far as publishing reads them, among files that must stay."""
    import numpy as np
    from safetensors.numpy import save_file

    folder.mkdir(parents=True)
    save_file({"a": np.arange(64, dtype=np.float32)}, folder / "adapter_model.safetensors")
    settings = {"peft_type": "LORA", "r": 4, "base_model_name_or_path": base}
    (folder / "adapter_config.json").write_text(json.dumps(settings))
    for name in ("optimizer.pt", "trainer_state.json", "training_args.bin"):
        (folder / name).write_text("statecanary")
    return adapter_digest(folder)


def made_world(folder: Path, hub: Hub, publish: Callable[..., tuple[int, str, str]]) -> World:
    """A clear win whose adapter lies beside its spec."""
    digest = write_adapter(folder / "adapter")
    report = clear_win()
    arm = report.arms["tuned"].model_copy(
        update={"adapter_digests": {"1": digest}, "form": "adapter"}
    )
    report = changed(
        report,
        name="orders",
        # What is not declared stands in no plan, and takes its time to render.
        findings=tuple(f for f in report.findings if f.role is not FindingRole.EXPLORATORY),
        health=(),
        health_differences=(),
        training=None,
        arms={**report.arms, "tuned": arm},
        publish=Publish(repo=REPO),
        reproduce=Reproduce(
            command=f"evalreport build {folder}/spec.yaml",
            spec_path=f"{folder}/spec.yaml",
            spec_yaml=SPEC,
            overrides=(),
            lock_path=f"{folder}/reports/orders/spec.lock.yaml",
        ),
    )
    world = World(folder, hub, publish)
    world.report.parent.mkdir(parents=True)
    world.change(report)
    lock = world.report.with_name("spec.lock.yaml")
    lock.write_text(yaml.safe_dump({"lock": 1, "spec": report.spec_digest}))
    return world


def publisher(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """The command: code, output, and what was said on the way."""

    def publish(*options: str) -> tuple[int, str, str]:
        code = main(["publish", "reports/orders", *options])
        said = capsys.readouterr()
        return code, said.out, said.err

    return publish
