"""One build on the fake engine, as `build` would make it; each run then gets scores of its own."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.calibration.truth import Drawn
from evalreport.analyze.analyze import analyze
from evalreport.analyze.basis import Observed, observe
from evalreport.analyze.findings import Findings
from evalreport.analyze.scores import SCORED, UNSCORABLE, Scored
from evalreport.analyze.tables import Table
from evalreport.evidence import Evidence
from evalreport.plan.acquire import acquire
from evalreport.plan.make import make_plan
from evalreport.plan.model import Given
from evalreport.records import History, Machine
from evalreport.rules.base import Remark
from evalreport.rules.case import Case
from evalreport.rules.table import review
from evalreport.run.place import Place
from evalreport.run.run import run
from evalreport.spec.load import load_spec
from evalreport.spec.models import Spec
from evalreport.store.index import Index
from evalreport.store.store import Store
from evalreport.verdict import Verdict, decide

METRICS: Final = ("accuracy", "field_accuracy", "squared_error", "nll", "macro_f1")
"""One of each scale: right or wrong, mean, mean with a long tail, ratio of sums, corpus."""

_MACHINE: Final = Machine(cores=2, memory_bytes=8 << 30, instruction_sets=())
_CLOCK: Final = "2026-01-01T00:00:00Z"
_LABELS: Final = ("red", "green", "blue")


@dataclass(frozen=True, slots=True)
class Setting:
    """What a build looks like, whatever its scores.

    Attributes:
        metric: One of `METRICS`.
        items: Test items.
        cluster_sizes: Sizes of the clusters, repeated until all items have one; () for none.
        seeds: Training runs.
        gain: The gain worth having, in metric units.
        guard_items: Items of a guard with right/wrong answers; 0 for no guard.
        margin: What the guard may lose.
        guard_cluster: Items of the guard that hang together; 1 for none.
        subgroups: Into how many groups the items are cut, each with its own finding.
    """

    metric: str
    items: int
    cluster_sizes: tuple[int, ...] = ()
    seeds: int = 1
    gain: float = 0.1
    guard_items: int = 0
    margin: float = 0.05
    guard_cluster: int = 1
    subgroups: int = 0

    @property
    def guard_clusters(self) -> NDArray[np.intp] | None:
        """Number of each guard item's cluster."""
        if self.guard_cluster == 1:
            return None
        return np.arange(self.guard_items, dtype=np.intp) // self.guard_cluster

    @property
    def clusters(self) -> NDArray[np.intp] | None:
        """Number of each item's cluster."""
        if not self.cluster_sizes:
            return None
        numbers: list[int] = []
        at = 0
        while len(numbers) < self.items:
            numbers += [at] * self.cluster_sizes[at % len(self.cluster_sizes)]
            at += 1
        return np.asarray(numbers[: self.items], dtype=np.intp)


@dataclass(frozen=True, slots=True)
class World:
    """What stays the same over the runs of a setting."""

    setting: Setting
    spec: Spec
    evidence: Evidence
    observed: Observed

    def with_scores(
        self, layer: str, drawn: Drawn, unread: tuple[NDArray[np.bool_], NDArray[np.bool_]] | None
    ) -> dict[str, Table]:
        """The tables with other scores in the first column of a layer.

        Args:
            layer: Its name.
            drawn: The scores.
            unread: Which outputs of tuned, shape (seeds, n), and base, (1, n), nothing could be
                read from; they count with the declared penalty.
        """
        table = self.observed.basis.tables[layer]
        values = {"tuned": drawn.tuned, "base": drawn.base}
        masks = dict(zip(("tuned", "base"), unread or (None, None), strict=True))
        scores = {
            arm: (
                tuple(
                    _scored(was, values[arm][i], None if (m := masks[arm]) is None else m[i])
                    for i, was in enumerate(columns[0])
                ),
            )
            for arm, columns in table.scores.items()
        }
        changed = replace(table, columns=table.columns[:1], scores=scores)
        return {**self.observed.basis.tables, layer: changed}

    def judged(self, tables: dict[str, Table]) -> tuple[Findings, tuple[Remark, ...], Verdict]:
        """From `analyze` to `decide`.

        What outputs look like is left out: they are those of one build, and tell nothing here.
        """
        scores_alone = replace(self.evidence, blocks={})
        findings = analyze(self.spec, scores_alone, self.observed.with_tables(tables))
        remarks = review(Case(self.spec, self.evidence, findings))
        return findings, remarks, decide(findings, remarks)


def _scored(was: Scored, values: NDArray[np.float64], unread: NDArray[np.bool_] | None) -> Scored:
    n = len(values)
    mask = np.zeros(n, dtype=np.bool_) if unread is None else unread
    state = np.where(mask, UNSCORABLE, SCORED).astype(np.int8)
    return replace(was, values=values, state=state, penalised=mask, reasons={})


def build_world(setting: Setting) -> World:
    """Build once on the fake engine and keep what was observed."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        path = write_spec(setting, folder)
        loaded = load_spec(path)
        spec = loaded.spec
        store = Store(folder / ".evalreport", lambda: _CLOCK)
        try:
            inputs = acquire(
                spec, loaded.folder, folder / "hub", store.file_digest, may_download=False
            )
            given = Given(spec, inputs, _MACHINE, History(), Index(store))
            plan = make_plan(given)
            evidence = run(given, plan, Place(store, loaded.folder, {}, lambda _: None))
        finally:
            store.close()
    observed = observe(spec, replace(evidence, corpora={}))
    return World(setting, spec, _without_texts(evidence), observed)


def _without_texts(evidence: Evidence) -> Evidence:
    """The same with one answer a block and no corpora.

    They are those of one build: reading them and looking for overlap anew tells nothing about how
    often scores mislead, and would take nine tenths of the time.
    """
    blocks = {
        place: replace(block, responses=dict(list(block.responses.items())[:1]))
        for place, block in evidence.blocks.items()
    }
    return replace(evidence, corpora={}, blocks=blocks)


def write_spec(setting: Setting, folder: Path, *, engine: str = "") -> Path:
    """Spec and data of a setting.

    Args:
        setting: What is built.
        folder: Where to; it must exist.
        engine: Further options of the fake engine, as YAML.

    Returns:
        The path of the spec.
    """
    clusters = setting.clusters
    rows = [
        {
            "id": f"t{i}",
            "q": f"question number {i} of the test",
            "options": ["yes", "no", "perhaps", "never"],
            "index": i % 4,
            "json": json.dumps({"a": i % 7, "b": i % 11, "c": i % 13, "d": i % 17}),
            "label": _LABELS[i % 3],
            "family": f"family {clusters[i] if clusters is not None else i}",
            "part": f"part {i % max(1, setting.subgroups)}",
        }
        for i in range(setting.items)
    ]
    _write(folder / "test.jsonl", rows)
    _write(folder / "train.jsonl", [{"q": f"lesson {i}", "a": f"answer {i}"} for i in range(8)])
    guard = [
        {
            "id": f"g{i}",
            "q": f"general question {i}",
            "options": ["w", "x", "y", "z"],
            "index": i % 4,
            "family": f"family {i // setting.guard_cluster}",
        }
        for i in range(setting.guard_items)
    ]
    if guard:
        _write(folder / "general.jsonl", guard)
    path = folder / "spec.yaml"
    path.write_text(_spec(setting, engine), encoding="utf-8")
    return path


def _write(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


_ASKED: Final = {
    "accuracy": ('question: "{{ q }}", choices: "{{ options }}", answer: "{{ index }}"', ""),
    "field_accuracy": ('prompt: "{{ q }}", completion: "{{ json }}"', ""),
    "squared_error": ('prompt: "{{ q }}", completion: "{{ json }}"', ""),
    "nll": ('prompt: "{{ q }}", completion: "{{ json }}"', ""),
    "macro_f1": (
        'prompt: "{{ q }}", completion: "{{ label }}"',
        ", wrong_answers: [red, green, blue]",
    ),
}
_LAYERS: Final = {
    "accuracy": "{kind: multiple_choice, name: qa, dataset: test}",
    "field_accuracy": "{kind: generation, name: qa, dataset: test, extract: {json: first_object}, "
    "metrics: [field_accuracy]}",
    "squared_error": "{kind: generation, name: qa, dataset: test, extract: {json: first_object}, "
    "metrics: [{metric: squared_error, fields: [a], range: [0, 50], unparsed: worst}]}",
    "nll": "{kind: perplexity, name: qa, dataset: test}",
    "macro_f1": "{kind: generation, name: qa, dataset: test, metrics: [{metric: macro_f1, "
    "labels: [red, green, blue]}]}",
}


def _spec(setting: Setting, engine: str) -> str:
    asked, wrong = _ASKED[setting.metric]
    test = [f"path: test.jsonl, id: id, {asked}, labelled_by: a program"]
    if setting.cluster_sizes:
        test.append("cluster_by: family")
    if setting.subgroups:
        test.append("subgroups: [part]")
    guard_data, guard, guard_layer = "", "", ""
    if setting.guard_items:
        together = ", cluster_by: family" if setting.guard_cluster > 1 else ""
        guard_data = (
            '  general: {role: test, path: general.jsonl, id: id, question: "{{ q }}", choices: '
            f'"{{{{ options }}}}", answer: "{{{{ index }}}}", labelled_by: a program{together}}}\n'
        )
        guard = (
            f"  guards: [{{layer: general, metric: accuracy, lose_at_most: {setting.margin}}}]\n"
        )
        guard_layer = "    - {kind: multiple_choice, name: general, dataset: general}\n"
    return (
        "evalreport: 1\nname: calibration\ntitle: Calibration\nbase_model: {path: org/base}\nadapter: {method: lora, r: 8}\n"
        "datasets:\n"
        '  train: {path: train.jsonl, prompt: "{{ q }}", completion: "{{ a }}"}\n'
        f"  test: {{{', '.join(test)}}}\n{guard_data}"
        f"training: {{epochs: 1, learning_rate: 2e-4, seeds: {list(range(1, setting.seeds + 1))}}}\n"
        f"engine: {{kind: fake{wrong}{engine}}}\n"
        "evaluation:\n"
        f"  primary: {{layer: qa, metric: {setting.metric}, gain_at_least: {setting.gain}}}\n"
        f"{guard}  layers:\n    - {_LAYERS[setting.metric]}\n{guard_layer}"
        "report: {formats: [markdown], examples: none}\n"
    )
