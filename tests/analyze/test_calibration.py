"""How often the whole chain is wrong when nothing changed: analyze, review and decide together.

Scores are drawn under no effect and put into tables as scoring would; the seeds are fixed. A false
"better" and a false "worse" may each come in at most alpha / 2 of the worlds, three Monte-Carlo
errors allowed for.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from evalreport.analyze.analyze import analyze
from evalreport.analyze.findings import FindingOutcome
from evalreport.analyze.labels import Labels
from evalreport.analyze.scores import SCORED, Scored
from evalreport.analyze.tables import Table
from evalreport.metrics.base import Column, FloatArray, Scale
from evalreport.rules.case import Case
from evalreport.rules.table import review
from evalreport.verdict import Outcome, decide
from tests.analyze.evidence import GUARD, World, world
from tests.analyze.layers import choice, items

WORLDS = 250
_LIMIT = 0.025 + 3 * math.sqrt(0.025 * 0.975 / WORLDS)


def _column(metric: str, scale: Scale) -> Column:
    return Column(metric, "fraction", higher_is_better=True, scale=scale, low=0.0, high=1.0)


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


def _table(
    made: World,
    name: str,
    column: Column,
    arms: tuple[FloatArray, FloatArray],
    clusters: Sequence[str] | None = None,
) -> Table:
    layer = made.case.layer(name)
    return Table(
        layer=layer,
        ids=(items := tuple(item.id for item in made.evidence.items[name, "main"])),
        families=Labels.of(clusters or [None] * len(items)),
        columns=(column,),
        scores={
            "tuned": (
                tuple(_scored(column, one, i) for i, one in enumerate(np.atleast_2d(arms[0]))),
            ),
            "base": ((_scored(column, arms[1], None),),),
        },
    )


def _binary(rng: np.random.Generator, n: int) -> tuple[FloatArray, FloatArray]:
    """Right with probability 0.6 in both arms, alike on most items."""
    base = rng.random(n) < 0.6
    tuned = np.where(rng.random(n) < 0.25, rng.random(n) < 0.6, base)
    return tuned.astype(float), base.astype(float)


def _mean(rng: np.random.Generator, n: int) -> tuple[FloatArray, FloatArray]:
    hard = rng.beta(2, 1, n)
    return rng.beta(8 * hard + 0.1, 8 * (1 - hard) + 0.1), rng.beta(
        8 * hard + 0.1, 8 * (1 - hard) + 0.1
    )


def _clustered(rng: np.random.Generator, n: int) -> tuple[FloatArray, FloatArray]:
    """Each group of eight leans to one arm or the other, so that items are far from independent."""
    lean = np.repeat(rng.normal(0, 0.6, n // 8), 8)
    return (
        (rng.normal(lean, 1, n) > -0.3).astype(float),
        (rng.normal(-lean, 1, n) > -0.3).astype(float),
    )


@pytest.fixture(scope="module")
def plain() -> World:
    return world(
        choice("1" * 120 + "0" * 40, "0" * 120 + "1" * 40, name="qa", dataset="test"),
        choice("1" * 160, "1" * 159 + "0", of=items(160, prefix="guard", choices=("a", "b"))),
        primary={"layer": "qa", "metric": "accuracy", "gain_at_least": 0.1},
        guards=[GUARD],
        train=(),
    )


@pytest.mark.parametrize("kind", ["binary", "mean", "clustered"])
def test_without_an_effect_better_and_worse_are_rare(plain: World, kind: str) -> None:
    draw = {"binary": _binary, "mean": _mean, "clustered": _clustered}[kind]
    rng = np.random.default_rng(20_261_121)
    scale = Scale.MEAN if kind == "mean" else Scale.BINARY
    clusters = [f"c{i // 8}" for i in range(160)] if kind == "clustered" else None
    outcomes: Counter[Outcome] = Counter()
    for _ in range(WORLDS):
        tables = {
            "qa": _table(plain, "qa", _column("accuracy", scale), draw(rng, 160), clusters),
            "general": _table(
                plain, "general", _column("accuracy", Scale.BINARY), _binary(rng, 160)
            ),
        }
        findings = analyze(plain.spec, plain.evidence, plain.observed.with_tables(tables))
        outcomes[decide(findings, review(Case(plain.spec, plain.evidence, findings))).outcome] += 1
    better = sum(
        outcomes[one] for one in (Outcome.BETTER, Outcome.BETTER_RETENTION_UNKNOWN, Outcome.MIXED)
    )
    assert better / WORLDS <= _LIMIT
    assert outcomes[Outcome.WORSE] / WORLDS <= _LIMIT
    assert outcomes[Outcome.INVALID_EVIDENCE] == 0


def test_clusters_that_nobody_declares_do_raise_false_alarms(plain: World) -> None:
    """The control: the same data analysed as if items were independent."""
    rng = np.random.default_rng(20_261_121)
    false = 0
    for _ in range(100):
        tables = {
            "qa": _table(plain, "qa", _column("accuracy", Scale.BINARY), _clustered(rng, 160))
        }
        primary = analyze(plain.spec, plain.evidence, plain.observed.with_tables(tables)).primary
        assert primary is not None
        false += primary.outcome in (FindingOutcome.BETTER, FindingOutcome.WORSE)
    assert false / 100 > 2 * 0.05


def test_a_loss_of_exactly_the_margin_is_called_retained_in_at_most_alpha(plain: World) -> None:
    rng = np.random.default_rng(7)
    retained = 0
    for _ in range(WORLDS):
        base = rng.random(160) < 0.7
        tuned = np.where(rng.random(160) < 0.1, rng.random(160) < 0.2, base)  # 5 points less
        arms = tuned.astype(float), base.astype(float)
        tables = {"general": _table(plain, "general", _column("accuracy", Scale.BINARY), arms)}
        finding = next(
            f
            for f in analyze(
                plain.spec, plain.evidence, plain.observed.with_tables(tables)
            ).findings
            if f.id == "general.accuracy"
        )
        retained += finding.outcome is FindingOutcome.RETAINED
    assert retained / WORLDS <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / WORLDS)


def test_equal_recipes_that_differ_by_seed_are_rarely_told_apart(plain: World) -> None:
    """Three seeds whose skill varies: over items alone each checkpoint would often look better."""
    rng = np.random.default_rng(11)
    seen = Counter[FindingOutcome]()
    for _ in range(WORLDS):
        base = rng.beta(2, 1, 160)
        skill = rng.normal(0, 0.08, (3, 1))
        tuned = np.clip(base + skill + rng.normal(0, 0.1, (3, 160)), 0, 1)
        centre = tuned.mean() - base.mean()
        drift = np.clip(tuned - centre + skill.mean(), 0, 1)  # clipping at 0 and 1 shifts no mean
        tables = {"qa": _table(plain, "qa", _column("accuracy", Scale.MEAN), (drift, base))}
        primary = analyze(plain.spec, plain.evidence, plain.observed.with_tables(tables)).primary
        assert primary is not None
        seen[primary.outcome] += 1
    assert seen[FindingOutcome.BETTER] / WORLDS <= _LIMIT
    assert seen[FindingOutcome.WORSE] / WORLDS <= _LIMIT


def test_the_tables_are_what_the_analysis_reads(plain: World) -> None:
    """That a clear effect in such a table comes out as one: the tests above could pass on nothing."""
    arms = np.ones(160), np.concatenate([np.ones(60), np.zeros(100)])
    tables = {"qa": _table(plain, "qa", _column("accuracy", Scale.BINARY), arms)}
    primary = analyze(
        plain.spec, replace(plain.evidence), plain.observed.with_tables(tables)
    ).primary
    assert primary is not None
    assert primary.outcome is FindingOutcome.BETTER
