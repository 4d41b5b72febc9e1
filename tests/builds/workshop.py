"""A small spec with simulated models, the command line around it, and what a build left behind."""

import contextlib
import io
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evalreport.cli import main
from evalreport.report.load import load_report
from evalreport.report.model import Report
from evalreport.report.volatile import settled
from tests.warm import warm_steps

TEST_ROWS, GENERAL_ROWS, TRAIN_ROWS, SAMPLE = 44, 16, 40, 6

SPEC = """\
evalreport: 1
name: orders
title: Orders become JSON
base_model: {path: org/base}
adapter: {method: lora, r: 8}
datasets:
  train: {path: data/train.jsonl, prompt: "{{ order }}", completion: "{{ json }}", group_by: template}
  select: {from: train, fraction: 0.2, group_by: template}
  test: {path: data/test.jsonl}
  general: {role: test, path: data/general.jsonl, question: "{{ q }}", choices: "{{ options }}", answer: "{{ index }}"}
training: {learning_rate: 2e-4, epochs: 2, global_batch_size: 8, evaluate_every: {epochs: 0.5}, keep: best}
engine:
  kind: fake
  seed: 3
  base: {right: 0.1}
  tuned: {right: 0.9}
  calls: calls.jsonl
evaluation:
  primary: {layer: extraction, metric: field_accuracy, gain_at_least: 0.2}
  guards: [{layer: general, metric: accuracy, lose_at_most: 0.3}]
  layers:
    - kind: generation
      name: extraction
      dataset: test
      decoding: {max_new_tokens: 48, temperature: 0}
      extract: {json: first_object}
      metrics: [json_valid, field_accuracy]
    - {kind: multiple_choice, name: general, dataset: general}
    - {kind: overfitting, name: seen-vs-unseen, unseen: test, sample: 6}
report: {formats: [markdown, html, model_card], pictures: false}
"""

# Slow enough that something can happen meanwhile.
ANSWER_SECONDS, TRAINING_SECONDS = 0.002, 0.16
SLOW = SPEC.replace(
    "  calls: calls.jsonl\n",
    f"  calls: calls.jsonl\n  delay_seconds: {ANSWER_SECONDS}\n"
    f"  training: {{step_seconds: {TRAINING_SECONDS / 8}}}\n",
).replace("[markdown, html, model_card]", "[markdown, html]")

NOBODY = 65534
ORDINARY = (
    "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
    "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search",
)  # fmt: skip

# An overfitting sample asks the seen and the unseen side.
ASKED_PER_ARM = TEST_ROWS + GENERAL_ROWS + 2 * SAMPLE


def orders(start: int, count: int, what: str) -> str:
    """Rows of orders as JSON Lines; a row depends on its number alone."""
    fruit = ("apples", "pears", "plums", "figs")
    return "".join(
        json.dumps(
            {
                "order": f"{what} {i}: {2 + i % 7} {fruit[i % 4]}, please",
                "json": json.dumps({"item": fruit[i % 4], "quantity": 2 + i % 7}),
                "template": f"t{i % 12}",
            }
        )
        + "\n"
        for i in range(start, start + count)
    )


def questions(count: int) -> str:
    return "".join(
        json.dumps(
            {"q": f"which one is number {i}?", "options": ["a", "b", "c", "d"], "index": i % 4}
        )
        + "\n"
        for i in range(count)
    )


@dataclass(frozen=True)
class Ran:
    """What a command returned and said."""

    code: int
    out: str
    err: str

    @property
    def both(self) -> str:
        return self.out + self.err


@dataclass(frozen=True)
class Workshop:
    """A folder with a spec in it."""

    folder: Path
    spec: str = field(default="spec.yaml")

    @classmethod
    def made(cls, folder: Path, text: str = SPEC) -> "Workshop":
        (folder / "data").mkdir(parents=True)
        (folder / "data/train.jsonl").write_text(orders(0, TRAIN_ROWS, "train"))
        (folder / "data/test.jsonl").write_text(orders(0, TEST_ROWS, "test"))
        (folder / "data/general.jsonl").write_text(questions(GENERAL_ROWS))
        (folder / "spec.yaml").write_text(text)
        return cls(folder)

    # Changing

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def change(self, old: str, new: str) -> None:
        """Replace a part of the spec that must be there once."""
        path = self.folder / self.spec
        text = path.read_text()
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the spec"
        path.write_text(text.replace(old, new))

    def existing(self, adapter: str) -> None:
        """Evaluate an adapter that somebody trained elsewhere, in place of training one."""
        self.write("runs/last-week/simulated_adapter.json", adapter)
        self.change("{method: lora, r: 8}", "{method: existing, path: runs/last-week}")
        text = (self.folder / self.spec).read_text()
        start, end = text.index("training: {"), text.index("engine:\n")
        self.write(self.spec, text[:start] + text[end:])

    # Running

    def run(self, *arguments: str) -> Ran:
        """A command in this process; its steps are processes of their own all the same."""
        out, err = io.StringIO(), io.StringIO()
        with (
            contextlib.chdir(self.folder),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            warm_steps(),
        ):
            try:
                code = main(arguments)
            except SystemExit as leaving:  # argparse leaves in its own way
                code = leaving.code if isinstance(leaving.code, int) else 1
        return Ran(code, out.getvalue(), err.getvalue())

    def build(self, *arguments: str) -> Ran:
        return self.run("build", self.spec, *arguments)

    def plan(self, *arguments: str) -> Ran:
        return self.run("plan", self.spec, *arguments)

    def started(
        self,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        ordinary: bool = False,
    ) -> subprocess.Popen[str]:
        """A command in a process group of its own.

        `ordinary` makes it the command of a user who may read everything and write nothing that
        is not theirs; the interpreter may lie where nobody but root may look.
        """
        python = [sys.executable, "-m", "evalreport"]
        return subprocess.Popen(
            [*(ORDINARY if ordinary else ()), *python, *arguments],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env={**fast_start(), **(environment or {})},
        )

    def ran(
        self,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        ordinary: bool = False,
    ) -> Ran:
        """A command in a process of its own, waited for."""
        child = self.started(*arguments, environment=environment, ordinary=ordinary)
        out, err = child.communicate(timeout=120)
        return Ran(child.returncode, out, err)

    # Looking

    @property
    def out(self) -> Path:
        return self.folder / "reports/orders"

    def report(self, folder: Path | None = None) -> Report:
        return load_report((folder or self.out) / "report.json")

    def calls(self) -> list[dict[str, str]]:
        """What the simulated model was asked so far, trainings left out."""
        return [call for call in self._lines() if "key" in call]

    def trainings(self) -> list[str]:
        """The keys of the trainings that were begun so far."""
        return [call["train"] for call in self._lines() if "train" in call]

    def lines(self) -> int:
        """How many calls and trainings were begun so far; cheap enough to watch."""
        path = self.folder / "calls.jsonl"
        return path.read_bytes().count(b"\n") if path.exists() else 0

    def _lines(self) -> Iterator[dict[str, str]]:
        path = self.folder / "calls.jsonl"
        return map(json.loads, path.read_text().splitlines() if path.exists() else [])

    @contextlib.contextmanager
    def database(self) -> Iterator[sqlite3.Connection]:
        """The store's database, opened behind the program's back."""
        connection = sqlite3.connect(self.folder / ".evalreport/store.sqlite")
        try:
            yield connection
            connection.commit()
        finally:
            connection.close()

    def rows(self, query: str) -> list[Any]:
        with self.database() as database:
            return database.execute(query).fetchall()

    def objects(self) -> list[Path]:
        """The folders of trainings, oldest first."""
        found = (self.folder / ".evalreport/objects").iterdir()
        return sorted(found, key=lambda path: path.stat().st_mtime_ns)


def fast_start() -> dict[str, str]:
    """The environment of a user: byte code is written, and read the next time."""
    ours = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    return {**ours, "PYTHONUNBUFFERED": "1"}


def same_report(one: Report, other: Report) -> bool:
    """Whether two reports agree in all that does not depend on clock, host or course."""
    return settled(one).model_dump_json() == settled(other).model_dump_json()
