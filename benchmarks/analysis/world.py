"""A build of a few items, whose scores are then replaced by columns of any length."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np

from evalreport.analyze.basis import Observed, observe
from evalreport.analyze.labels import Labels
from evalreport.analyze.scores import SCORED, Scored
from evalreport.evidence import Evidence
from evalreport.metrics.base import Column, FloatArray, Scale
from evalreport.plan.acquire import acquire
from evalreport.plan.make import make_plan
from evalreport.plan.model import Given, Inputs
from evalreport.records import History, Machine
from evalreport.run.place import Place
from evalreport.run.run import run
from evalreport.spec.load import LoadedSpec, load_spec
from evalreport.store.index import Index
from evalreport.store.store import Store

CLOCK: Final = "2026-01-01T00:00:00Z"
LAYER: Final = "qa"
_MACHINE: Final = Machine(cores=2, memory_bytes=8 << 30, instruction_sets=())
_SPEC: Final = """\
evalreport: 1
name: size
base_model: {path: org/base}
adapter: {method: lora, r: 8}
datasets:
  train: {path: train.jsonl, prompt: "{{ q }}", completion: "{{ a }}"}
  test: {path: test.jsonl, question: "{{ q }}", choices: "{{ options }}", answer: "{{ index }}", cluster_by: family, subgroups: [channel]}
training: {learning_rate: 2e-4, epochs: 1, global_batch_size: 8, keep: last}
engine: {kind: fake, seed: 3, base: {right: 0.5}, tuned: {right: 0.6}}
evaluation:
  primary: {layer: qa, metric: accuracy, gain_at_least: 0.01}
  guards: [{layer: qa, metric: accuracy_normalized, lose_at_most: 0.02}]
  layers:
    - {kind: multiple_choice, name: qa, dataset: test}
"""
_CHANNELS: Final = ("chat", "email", "letter", "phone")
_FAMILY_OF: Final = 8  # items


@dataclass(frozen=True, slots=True)
class World:
    """What a report is made from."""

    loaded: LoadedSpec
    inputs: Inputs
    evidence: Evidence
    observed: Observed


def world(items: int, *, clustered: bool) -> World:
    """A right-or-wrong metric and a mean of so many items, in four subgroups.

    Args:
        items: How many.
        clustered: Whether eight items hang together.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        _write(folder)
        loaded = load_spec(folder / "spec.yaml")
        store = Store(folder / ".evalreport", lambda: CLOCK)
        try:
            inputs = acquire(
                loaded.spec, folder, folder / "hub", store.file_digest, may_download=False
            )
            given = Given(loaded.spec, inputs, _MACHINE, History(), Index(store))
            evidence = run(given, make_plan(given), Place(store, folder, {}, lambda _: None))
        finally:
            store.close()
    observed = observe(loaded.spec, evidence)
    return World(loaded, inputs, evidence, _grown(observed, items, clustered=clustered))


def _write(folder: Path) -> None:
    rows = [
        {"q": f"question {i}", "a": "yes", "options": ["yes", "no"], "index": i % 2}
        | {"family": f"f{i // 2}", "channel": _CHANNELS[i % 4]}
        for i in range(48)
    ]
    for name in ("train", "test"):
        text = "".join(json.dumps(row | {"q": f"{name} {row['q']}"}) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
    (folder / "spec.yaml").write_text(_SPEC, encoding="utf-8")


def _grown(observed: Observed, items: int, *, clustered: bool) -> Observed:
    """The same with so many items, scores as they come in practice: alike on most items."""
    rng = np.random.default_rng(20_261_121)
    places = np.arange(items)
    lean = rng.normal(0, 0.3, items // _FAMILY_OF + 1)[places // _FAMILY_OF]
    hard = rng.normal(0, 1, items) + lean
    base = hard + rng.normal(0, 0.5, items)
    tuned = hard + rng.normal(0.05, 0.5, items)
    table = observed.basis.tables[LAYER]
    columns = (
        Column("accuracy", "fraction", higher_is_better=True, scale=Scale.BINARY, low=0.0, high=1.0),
        Column("accuracy_normalized", "fraction", higher_is_better=True, scale=Scale.MEAN, low=0.0, high=1.0),
    )  # fmt: skip
    scores = {
        arm: tuple(
            (_scored(column, values, table.scores[arm][0][0].seed),)
            for column, values in zip(
                columns, ((latent > 0).astype(np.float64), _share(latent)), strict=True
            )
        )
        for arm, latent in (("tuned", tuned), ("base", base))
    }
    families = places // _FAMILY_OF if clustered else np.full(items, -1)
    names = tuple(f"family {i}" for i in range(items // _FAMILY_OF + 1)) if clustered else ()
    grown = replace(
        table,
        ids=tuple(f"item-{i:08d}" for i in range(items)),
        families=Labels(names, families.astype(np.intp)),
        columns=columns,
        scores=scores,
        subgroups={"channel": Labels(_CHANNELS, (places % 4).astype(np.intp))},
    )
    return observed.with_tables({LAYER: grown})


def _share(latent: FloatArray) -> FloatArray:
    """Between 0 and 1."""
    shares: FloatArray = 1 / (1 + np.exp(-latent))
    return shares


def _scored(column: Column, values: FloatArray, seed: int | None) -> Scored:
    n = len(values)
    return Scored(
        column=column,
        values=values,
        state=np.full(n, SCORED, dtype=np.int8),
        penalised=np.zeros(n, dtype=np.bool_),
        reasons={},
        seed=seed,
    )
