"""Ranking: three arms in pairs, their order and how sure it is; nothing where it cannot be had."""

import math
from collections.abc import Mapping

import numpy as np
import pytest

from evalreport.analyze.judging.model import Ranking
from evalreport.analyze.judging.table import judged_table
from evalreport.analyze.labels import Labels
from evalreport.analyze.ranking import rankings_of
from evalreport.estimates import Estimate, NotEstimable, Point
from evalreport.layers.judge import Judge
from evalreport.records import Comparison, JudgedLayer, JudgePart, Unscorable
from evalreport.records.judged import Verdict
from tests.analyze.judging.judges import SAID

PAIRS = (("tuned", "base"), ("tuned", "third"), ("third", "base"))


def ranked(
    said: Mapping[tuple[str, str], str],
    clusters: list[str | None] | None = None,
    seeds: tuple[int | None, ...] = (None,),
) -> list[Ranking]:
    """The ranking of three arms, their verdicts by pair as in `judges.SAID`."""
    n = len(next(iter(said.values())))
    items = tuple(f"q{i}" for i in range(n))
    layer = Judge.model_validate(
        {
            "kind": "judge",
            "name": "ab",
            "on": "qa",
            "judges": [{"model": "m"}],
            "pairs": "all",
            "arms": ["tuned", "base", "third"],
        }
    )
    comparisons = tuple(
        Comparison(
            JudgePart.MAIN, items[i], pair, seed, "m", first, _said(code, first=first), call=f"{i}"
        )
        for pair, codes in said.items()
        for seed in seeds
        for first in (True, False)
        for i, code in enumerate(codes)
    )
    judged = JudgedLayer(
        layer="ab",
        judges=("m",),
        items=items,
        pairs=tuple(said),
        seeds=dict.fromkeys(said, seeds),
        orders="both",
        comparisons=comparisons,
        planned=n,
    )
    families = Labels.of(clusters if clusters is not None else [None] * n)
    return [*rankings_of({"ab": judged_table(layer, judged, families, {})}, level=0.95)]


def _said(code: str, *, first: bool) -> Verdict:
    verdict = SAID[code][0 if first else 1]
    return verdict if isinstance(verdict, str) else Unscorable(reason="unread")


def drawn(p_win: float, n: int, seed: int) -> str:
    rng = np.random.default_rng(seed)
    return "".join("+" if one < p_win else "-" for one in rng.random(n))


def test_the_stronger_stands_first_and_the_reference_at_zero() -> None:
    (found,) = ranked(
        {
            ("tuned", "base"): "++-" * 20,
            ("tuned", "third"): "+-=" * 20,
            ("third", "base"): "++-" * 20,
        }
    )
    assert found.reference == "base"
    assert {arm.arm for arm in found.arms[:2]} == {"tuned", "third"}
    assert found.arms[-1].arm == "base"
    assert found.arms[-1].log_odds == Point(value=0.0, no_interval="all others are held against it")
    best = found.arms[0]
    assert isinstance(best.log_odds, Estimate)
    assert isinstance(best.preferred, Estimate)
    assert best.preferred.value == pytest.approx(1 / (1 + math.exp(-best.log_odds.value)))
    assert best.log_odds.value == pytest.approx(math.log(2), abs=0.05)
    assert (found.items, best.pairs) == (60, 120)


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    """Strengths of ln 2 against base, from three pairs of 120 items each."""
    held = 0
    for seed in range(40):
        (found,) = ranked(
            {
                ("tuned", "base"): drawn(2 / 3, 120, 3 * seed),
                ("tuned", "third"): drawn(1 / 2, 120, 3 * seed + 1),
                ("third", "base"): drawn(2 / 3, 120, 3 * seed + 2),
            }
        )
        tuned = next(arm.log_odds for arm in found.arms if arm.arm == "tuned")
        assert isinstance(tuned, Estimate)
        held += tuned.low <= math.log(2) <= tuned.high
    assert held >= 35, "95 % of 40 is 38; 35 or more in 98 of 100 such tests"


def test_items_that_hang_together_make_it_less_sure() -> None:
    same = "+" * 30 + "-" * 12 + "+" * 6 + "=" * 12
    said = dict.fromkeys(PAIRS[:1], same) | {PAIRS[1]: "=" * 60, PAIRS[2]: same}
    alone = ranked(said)[0].arms[0].log_odds
    together = ranked(said, [f"g{i // 4}" for i in range(60)])[0].arms[0].log_odds
    assert isinstance(alone, Estimate)
    assert isinstance(together, Estimate)
    assert together.high - together.low > 1.3 * (alone.high - alone.low)


def test_what_cannot_be_ranked_says_why() -> None:
    (always,) = ranked(dict.fromkeys(PAIRS, "+" * 30))
    assert always.not_estimable == (
        "tuned: won every comparison with the others, so the strength has no bound"
    )
    assert all(isinstance(arm.log_odds, NotEstimable) for arm in always.arms)
    (unread,) = ranked(dict.fromkeys(PAIRS, "?" * 30))
    assert unread.not_estimable == "there are no verdicts"


def test_two_arms_are_not_ranked() -> None:
    assert ranked({PAIRS[0]: "+-=" * 10}) == []


def test_a_ranking_over_several_seeds_speaks_of_these_checkpoints() -> None:
    said = dict.fromkeys(PAIRS, "++-=" * 10)
    (one,), (several,) = ranked(said), ranked(said, seeds=(1, 2))
    assert one.note == ""
    assert (
        several.note
        == "over several training seeds it speaks of these checkpoints, not of the recipe"
    )
    assert [arm.arm for arm in several.arms] == [arm.arm for arm in one.arms]
