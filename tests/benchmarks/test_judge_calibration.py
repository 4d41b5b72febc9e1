"""How often a judge's card holds the truth: two small worlds here, all of them on their page."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from benchmarks.judging.coverage import LEAST, LEVEL, WORLDS, simulate, too_narrow, truth_of
from benchmarks.judging.page import COLUMNS, MEASURED, PAGE, Measured, page
from benchmarks.judging.scripted import ScriptedJudge, World

from evalreport.analyze.judging.card import cards_of
from evalreport.estimates import has_value

RUNS = 60


@pytest.fixture(scope="module")
def measured() -> Measured:
    found: Measured = json.loads(MEASURED.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize(
    "name", ["slot, length, planted words, wording, 50 items", "clusters of 5, 50 items"]
)
def test_intervals_hold_what_is_true_of_the_judge(name: str) -> None:
    world = WORLDS[name]
    tally = simulate(world, truth_of(world, 200_000), RUNS, 1)
    least = LEVEL - 4 * math.sqrt(LEVEL * (1 - LEVEL) / RUNS)
    assert {what: k for what, (k, n) in tally.items() if n and k / n < least} == {}
    assert all(n > RUNS / 2 for what, (_, n) in tally.items() if what != "controls_first")


def test_a_judge_without_noise_is_told_as_it_is() -> None:
    world = World(ScriptedJudge(noise=0.0, tie=0.0, planted=5.0), n=200)
    (card,) = cards_of(
        world.layer, world.draw(np.random.default_rng(1)), world.families, level=0.95
    )

    def value(what: str) -> float:
        line = card.line(what)
        assert line is not None
        assert has_value(line.value)
        return line.value.value

    assert (value("flips"), value("first_slot"), value("ties")) == (0, 0.5, 0)
    assert (value("repeats"), value("canaries")) == (1, 1)


def test_slots_that_mirror_each_other_have_truths_that_do() -> None:
    world = World(ScriptedJudge(slot=1.5))
    first = truth_of(world, 200_000)
    second = truth_of(replace(world, judge=ScriptedJudge(slot=-1.5)), 200_000)
    assert first["first_slot"] > 0.8
    assert first["first_slot"] == pytest.approx(1 - second["first_slot"], abs=0.01)
    assert first["flips"] == pytest.approx(second["flips"], abs=0.01)
    assert first["flips"] > 0.7


# The whole table


def test_the_page_is_what_was_measured(measured: Measured) -> None:
    assert PAGE.read_text(encoding="utf-8") == page(measured)
    assert set(measured) == set(WORLDS)
    assert all(set(of) == set(COLUMNS) for of in measured.values())


def test_what_was_measured_keeps_the_bound(measured: Measured) -> None:
    for name, of in measured.items():
        tally = {what: (k, n) for what, (k, n) in of.items()}
        runs = max(n for _, n in tally.values())
        assert runs >= 500
        assert too_narrow(tally, runs) == [], (name, LEAST)
