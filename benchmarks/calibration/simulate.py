"""Many builds of one cell, and how often each thing happened."""

import warnings
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from benchmarks.calibration.cells import Cell
from benchmarks.calibration.truth import Drawn, SomeGroupsRise
from benchmarks.calibration.world import World, build_world
from evalreport.analyze.findings import Finding
from evalreport.estimates import Estimate
from evalreport.rules.base import Status

Tally = dict[str, float]


@dataclass(slots=True)
class Counted:
    """What happened over runs; every number is a sum over them."""

    sums: Counter[str] = field(default_factory=Counter)

    def interval(self, name: str, estimated: object, truth: float) -> None:
        """Count an interval: shown, covering, missing on either side, and its width."""
        if not isinstance(estimated, Estimate):
            return
        self.sums[f"{name}.shown"] += 1
        self.sums[f"{name}.covered"] += estimated.low <= truth <= estimated.high
        self.sums[f"{name}.width"] += estimated.high - estimated.low  # type: ignore[assignment]  # a sum of floats


def simulate(cell: Cell, runs: int, seed: int) -> Tally:
    """So many builds of a cell, each with scores of its own.

    Args:
        cell: What is true and what is looked at.
        runs: How many.
        seed: Another seed is another sample of builds.
    """
    rng = np.random.default_rng(seed)
    world = build_world(cell.setting)
    counted = Counted()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(runs):
            _one(cell, world, rng, counted)
    counted.sums["runs"] = runs
    return dict(counted.sums)


def _one(cell: Cell, world: World, rng: np.random.Generator, counted: Counted) -> None:
    setting, sums = cell.setting, counted.sums
    drawn = cell.truth.draw(rng, setting.clusters, setting.items)
    unread = None
    if cell.unread != (0.0, 0.0):
        masks = tuple(
            rng.random(values.shape[:2]) < share
            for values, share in zip((drawn.tuned, drawn.base), cell.unread, strict=True)
        )
        unread = masks[0], masks[1]
        worst = 0.0
        drawn = Drawn(np.where(masks[0], worst, drawn.tuned), np.where(masks[1], worst, drawn.base))
    tables = world.with_scores("qa", drawn, unread)
    if cell.guard is not None:
        guarded = cell.guard.draw(rng, setting.guard_clusters, setting.guard_items)
        tables = {**tables, "general": world.with_scores("general", guarded, None)["general"]}
    findings, remarks, verdict = world.judged(tables)
    primary = findings.primary
    assert primary is not None
    tuned, base = cell.arms
    counted.interval("difference", primary.difference, tuned - base)
    counted.interval("tuned", primary.tuned, tuned)
    counted.interval("base", primary.base, base)
    sums[f"finding.{primary.outcome}"] += 1
    sums[f"verdict.{verdict.outcome}"] += 1
    if cell.guard is not None:
        lost = next(f for f in findings.findings if f.layer == "general")
        sums[f"guard.{lost.outcome}"] += 1
        counted.interval("guard", lost.difference, cell.guard.arms[0] - cell.guard.arms[1])
    if setting.subgroups:
        if not isinstance(cell.truth, SomeGroupsRise):  # each of its groups has a truth of its own
            _count_subgroups(findings.findings, counted, tuned - base)
        sums["subgroup.named"] += any(
            r.rule == "subgroup-regression" and r.status is Status.BROKEN for r in remarks
        )


def _count_subgroups(findings: tuple[Finding, ...], counted: Counted, truth: float) -> None:
    for one in findings:
        if one.subgroup is not None:
            counted.sums["subgroup.findings"] += 1
            counted.interval("subgroup", one.difference, truth)
