"""How often the whole chain is wrong: a few cells of the calibration here, all of them on its page.

The page and what was measured are held together, and to the bounds that they must keep.
"""

import json
import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from benchmarks.calibration.cells import CELLS, INTERVALS, Cell
from benchmarks.calibration.command_line import BUILT
from benchmarks.calibration.page import (
    MEASURED,
    PAGE,
    Measured,
    coverage,
    false_limit,
    false_verdicts,
    least_coverage,
    page,
    share,
)
from benchmarks.calibration.pair_by_pair import RATES
from benchmarks.calibration.simulate import simulate
from benchmarks.calibration.truth import Drawn, Latent, Right

from evalreport.engines import FakeEngine
from evalreport.engines.fake_model import FakeArm
from tests.engines.test_fake import item, rightness, tuned

RUNS = 100
BY_NAME = {cell.name: cell for cell in CELLS}


@pytest.fixture(scope="module")
def measured() -> Measured:
    found: Measured = json.loads(MEASURED.read_text(encoding="utf-8"))
    return found


# What is drawn is what the fake engine says


def test_scores_are_drawn_as_the_fake_engine_answers(tmp_path: Path) -> None:
    """Shares right, agreement of the arms, and likeness within clusters, each within 4 errors."""
    groups, size = 500, 4
    items = [item(str(i), cluster=f"c{i // size}") for i in range(groups * size)]
    engine = FakeEngine(
        seed=11, base=FakeArm(right=0.6), tuned=FakeArm(right=0.7), correlation=0.7,
        cluster_effect=0.3,
    )  # fmt: skip
    said = rightness(engine, items, tuned(engine, tmp_path)), rightness(engine, items)
    truth = Right(0.7, 0.6, Latent(0.7, cluster_effect=0.3))
    clusters = np.arange(groups * size) // size
    drawn = truth.draw(np.random.default_rng(3), clusters, groups * size)

    def facts(mine: np.ndarray, theirs: np.ndarray) -> np.ndarray:
        """By cluster: shares right, share of items on which they differ, pairs both right."""
        a, b = mine.reshape(groups, size), theirs.reshape(groups, size)
        pairs = (a.sum(1) ** 2 - a.sum(1)) / (size * (size - 1))
        return np.stack((a.mean(1), b.mean(1), (a != b).mean(1), pairs))

    engines, ours = facts(*said), facts(drawn.tuned[0], drawn.base[0])
    error = np.sqrt((engines.var(axis=1) + ours.var(axis=1)) / groups)
    assert np.all(np.abs(engines.mean(axis=1) - ours.mean(axis=1)) < 4 * error)
    assert truth.disagreement == pytest.approx(float(ours[2].mean()), abs=0.03)


# A few cells


@pytest.mark.parametrize(
    "name",
    [
        "right or wrong · null · 50",
        "partial credit · null · 20",
        "loss in nats per token · null · 20",
        "right or wrong, clusters of 1 to 16 · null · 50",
        "partial credit, clusters of 8 · null · 200",
        "right or wrong, 3 seeds · null · 50",
    ],
)
def test_without_an_effect_better_and_worse_are_rare_and_intervals_hold(name: str) -> None:
    tally = simulate(BY_NAME[name], RUNS, 5)
    assert max(false_verdicts(tally)) <= false_limit(RUNS)
    covered = coverage(tally, "difference")
    assert covered is not None
    assert covered >= 0.95 - 3 * math.sqrt(0.95 * 0.05 / RUNS)
    assert not share(tally, "verdict.invalid_evidence")


def test_a_gain_of_exactly_what_is_worth_having_is_rarely_called_none() -> None:
    tally = simulate(BY_NAME["partial credit · equal · 200"], RUNS, 9)
    assert share(tally, "finding.equivalent") <= false_limit(RUNS, 0.05)


def test_where_most_groups_rise_no_other_is_said_to_fall() -> None:
    tally = simulate(BY_NAME["twenty subgroups · subgroups of which most rise · 1000"], 40, 10)
    assert share(tally, "finding.better") == 1
    assert share(tally, "subgroup.named") <= false_limit(40, 0.05)


@pytest.mark.parametrize("name", [cell.name for cell in CELLS if cell.asks == "margin"][::2])
def test_a_loss_of_exactly_the_margin_is_rarely_called_retained(name: str) -> None:
    tally = simulate(BY_NAME[name], RUNS, 6)
    assert share(tally, "guard.retained") <= false_limit(RUNS, 0.05)


def test_too_few_items_for_a_corpus_metric_have_no_interval() -> None:
    tally = simulate(BY_NAME["macro-F1 of three classes · null · 20"], 20, 7)
    assert coverage(tally, "difference") is None


def test_clusters_that_nobody_declares_do_raise_false_alarms() -> None:
    """The control: what is drawn in clusters, analysed as if items were independent."""
    declared = BY_NAME["right or wrong, clusters of 8 · null · 200"].setting
    truth = InEights(Right(0.6, 0.6, Latent(0.05, cluster_effect=0.6)))
    alone = Cell("control", "null", replace(declared, cluster_sizes=()), truth)
    assert sum(false_verdicts(simulate(alone, RUNS, 8))) > 2 * 0.05


@dataclass(frozen=True, slots=True)
class InEights:
    """Scores that come in clusters of eight, of which the spec says nothing."""

    truth: Right

    @property
    def arms(self) -> tuple[float, float]:
        return self.truth.arms

    def draw(self, rng: np.random.Generator, _: object, n: int) -> Drawn:
        return self.truth.draw(rng, np.arange(n, dtype=np.intp) // 8, n)


# The whole table


def test_the_page_is_what_was_measured(measured: Measured) -> None:
    assert PAGE.read_text(encoding="utf-8") == page(measured)
    known = {cell.name for cell in CELLS}
    known |= {f"pair by pair · {rate} · {ties}" for rate, ties in RATES}
    known |= {f"command line · {built.name}" for built in BUILT}
    assert set(measured) == known


def test_what_was_measured_keeps_the_bounds(measured: Measured) -> None:
    wrong = []
    for cell in INTERVALS:
        tally = measured[cell.name]
        for name in ("difference", "tuned", "base"):
            covered = coverage(tally, name)
            if covered is not None and covered < least_coverage(tally[f"{name}.shown"]):
                wrong.append(f"{cell.name}: {name} covers {covered:.4f}")
        if cell.asks == "null" and max(false_verdicts(tally)) > false_limit(tally["runs"]):
            wrong.append(f"{cell.name}: {false_verdicts(tally)}")
    for cell in CELLS:
        tally = measured[cell.name]
        kept = share(tally, "guard.retained")
        if cell.asks == "margin" and kept > false_limit(tally["runs"], 0.05):
            wrong.append(f"{cell.name}: retained {kept:.4f}")
        if cell.asks == "equal" and share(tally, "finding.equivalent") > false_limit(
            tally["runs"], 0.05
        ):
            wrong.append(f"{cell.name}: equivalent {share(tally, 'finding.equivalent'):.4f}")
        if cell.asks == "subgroups" and share(tally, "subgroup.named") > false_limit(
            tally["runs"], 0.05
        ):
            wrong.append(f"{cell.name}: named {share(tally, 'subgroup.named'):.4f}")
        if cell.asks == "power" and share(tally, "finding.better") < 0.7:
            wrong.append(f"{cell.name}: found {share(tally, 'finding.better'):.4f}")
    for name, tally in measured.items():
        if name.startswith("pair by pair · 0.5 "):
            false = share(tally, "candidate wins up") + share(tally, "reference wins down")
            if false > 0.05:
                wrong.append(f"{name}: {false:.4f}")
        if name.startswith("command line"):
            assert tally["runs"] >= 200
    assert not wrong
