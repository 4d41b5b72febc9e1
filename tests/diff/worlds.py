"""Builds of one spec with changes, and builds whose scores are written by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from evalreport.analyze.scores import SCORED, Scored
from evalreport.analyze.tables import Table
from evalreport.diff.opened import Opened
from evalreport.estimates import NotEstimable
from evalreport.lineage.builds import Build, build_at
from evalreport.lineage.places import OnDisk
from evalreport.metrics.base import Column
from evalreport.report.read_items import ItemsRead
from evalreport.stats.arguments import FloatArray
from tests.builds.workshop import Workshop, orders

SPEC = """\
evalreport: 1
name: orders
base_model: {path: org/base, dtype: float32}
adapter: {method: lora, r: 8}
datasets:
  train: {path: data/train.jsonl, prompt: "{{ order }}", completion: "{{ json }}"}
  select: {from: train, fraction: 0.2}
  test: {path: data/test.jsonl}
  general: {role: test, path: data/general.jsonl, question: "{{ q }}", choices: "{{ options }}", answer: "{{ index }}"}
training: {learning_rate: 2e-4, epochs: 1, global_batch_size: 8}
engine: {kind: fake, seed: 3, base: {right: 0.4, unparsable: 0.1}, tuned: {right: 0.5, unparsable: 0.05}}
evaluation:
  primary: {layer: extraction, metric: field_accuracy, gain_at_least: 0.2}
  guards: [{layer: general, metric: accuracy, lose_at_most: 0.3}]
  secondary: [{layer: extraction, metric: json_valid}]
  layers:
    - kind: generation
      name: extraction
      dataset: test
      decoding: {max_new_tokens: 48, temperature: 0}
      extract: {json: first_object}
      metrics: [json_valid, field_accuracy]
    - {kind: multiple_choice, name: general, dataset: general}
"""
BETTER = ("tuned: {right: 0.5, unparsable: 0.05}", "tuned: {right: 0.9, unparsable: 0.02}")
FASTER = ("learning_rate: 2e-4", "learning_rate: 3e-4")
WARMER = ("temperature: 0}", "temperature: 0.7}")


def built(folder: Path) -> Workshop:
    """Folders `first`, `better` (another training), `grown` (and 16 test items more), `warmer`."""
    shop = Workshop.made(folder, SPEC)
    _build(shop, "first")
    shop.change(*BETTER)
    shop.change(*FASTER)
    _build(shop, "better")
    shop.write("data/test.jsonl", orders(0, 60, "test"))
    _build(shop, "grown")
    shop.change(*WARMER)
    _build(shop, "warmer")
    return shop


def _build(shop: Workshop, out: str) -> None:
    ran = shop.build("--out", out, "--accept-underpowered")
    assert ran.code == 0, ran.both


def opened(shop: Workshop, name: str) -> Opened:
    """One of them, with its items."""
    build = build_at(OnDisk(shop.folder / name), name)
    return Opened(build, build.items())


def rescored(
    one: Opened,
    scores: Mapping[str, "Sequence[Sequence[float]] | FloatArray"],
    ids: Sequence[str] | None = None,
    *,
    base: Sequence[float] | None = None,
    seeds: Sequence[int | None] = (1, 2, 3, 4),
) -> Opened:
    """The same build as if tuned had scored so: by metric, one row a training seed.

    With `base` the base scored as well, the same in every metric.
    """
    table = table_of(one)
    lone = () if base is None else base
    n = len(next(iter(scores.values()))[0])
    changed = replace(
        table,
        ids=tuple(ids) if ids is not None else table.ids[:n],
        families=table.families.within(range(n)),
        columns=tuple(c for c in table.columns if c.metric in scores),
        scores={
            "tuned": tuple(
                tuple(scored(c, row, seeds[k]) for k, row in enumerate(scores[c.metric]))
                for c in table.columns
                if c.metric in scores
            )
        }
        | (
            {"base": tuple((scored(c, lone, None),) for c in table.columns if c.metric in scores)}
            if base is not None
            else {}
        ),
        subgroups={},
        prompt_tokens={},
    )
    assert isinstance(one.items, ItemsRead)
    basis = replace(one.items.basis, tables={"extraction": changed})
    return Opened(one.build, replace(one.items, basis=basis))


def table_of(one: Opened) -> Table:
    """The scores of the layer that decides."""
    assert isinstance(one.items, ItemsRead)
    return one.items.basis.tables["extraction"]


def without_items(one: Opened) -> Opened:
    """The same as if its items had been thrown away."""
    why = NotEstimable(not_estimable="there is no items.jsonl beside the report")
    return Opened(replace(one.build, head=why), why)


def with_build(one: Opened, build: Build) -> Opened:
    """The same items beside another report."""
    return Opened(build, one.items)


def scored(column: Column, values: "Sequence[float] | FloatArray", seed: int | None) -> Scored:
    """A column in which every item has a score."""
    n = len(values)
    return Scored(
        column=column,
        values=np.asarray(values, dtype=np.float64),
        state=np.full(n, SCORED, dtype=np.int8),
        penalised=np.zeros(n, dtype=np.bool_),
        reasons={},
        seed=seed,
    )
