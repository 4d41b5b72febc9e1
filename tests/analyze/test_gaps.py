"""Seen against unseen items, with the base as control."""

import re

import numpy as np
import pytest

from evalreport.analyze.findings import Gap
from evalreport.analyze.gaps import gap_is_above_zero
from evalreport.estimates import Estimate, NotEstimable, Point
from evalreport.layers.overfitting import (
    RECITE_SEEN,
    RECITE_UNSEEN,
    REPHRASED,
    SEEN,
    UNSEEN,
    halves,
)
from evalreport.records import Failure, Item
from evalreport.stats import newcombe
from evalreport.stats.differences_in_differences import welch
from tests.analyze.evidence import World, world
from tests.analyze.layers import Answers, Asked, items, losses, qa, text

OPTIONS = {"kind": "overfitting", "name": "memory", "unseen": "test"}
STORY = "the quick brown fox jumps over the lazy dog and runs through the wood towards home"
CODES = "1" * 60 + "0" * 40, "1" * 20 + "0" * 80


def part(name: str, of: tuple[Item, ...], tuned: list[Answers], base: list[Answers]) -> Asked:
    return Asked(OPTIONS, of, {"tuned": tuned, "base": base}, part=name)


def gap_of(name: str, *parts: Asked, seeds: tuple[int, ...] = (1,)) -> Gap:
    codes: list[str] = [CODES[0]] * len(seeds)
    made: World = world(qa(codes, CODES[1]), *parts, seeds=seeds)
    return next(gap for gap in made.findings.gaps if gap.name == name)


def loss_parts(
    seen: list[list[float]], unseen: list[list[float]], *, clusters: bool = False
) -> tuple[Asked, Asked]:
    """Losses of tuned, a list each seed; the base's loss is 2 everywhere."""
    parts = []
    for name, rows in ((SEEN, seen), (UNSEEN, unseen)):
        n = len(rows[0])
        named = [f"{name} {i // 10}" for i in range(n)] if clusters else None
        of = items(n, prefix=name, reference=STORY, clusters=named)
        parts.append(part(name, of, [losses(row) for row in rows], [losses([2.0] * n)]))
    return parts[0], parts[1]


def noisy(mean: float, n: int, seed: int) -> list[float]:
    return [float(x) for x in np.random.default_rng(seed).normal(mean, 0.1, n)]


def test_the_gap_is_welchs_difference_of_improvements() -> None:
    seen, unseen = noisy(0.5, 50, 1), noisy(1.2, 60, 2)
    gap = gap_of("gap", *loss_parts([seen], [unseen]))
    expected = welch([2 - x for x in seen], [2 - x for x in unseen], level=0.95)
    assert gap.difference == expected
    assert gap_is_above_zero(gap)
    assert (gap.n_seen, gap.n_unseen) == (50, 60)
    assert isinstance(gap.generalisation_ratio, Point)
    assert gap.generalisation_ratio.value == pytest.approx(0.8 / 1.5, abs=0.05)
    assert "the loss fell by" in gap.sentence


def test_a_loss_that_rose_is_not_said_to_fall_by_less_than_nothing() -> None:
    gap = gap_of("gap", *loss_parts([noisy(2.5, 40, 1)], [noisy(1.9, 40, 2)]))
    assert "the loss rose by 0." in gap.sentence
    assert "and fell by 0." in gap.sentence
    assert isinstance(gap.generalisation_ratio, NotEstimable)
    assert not gap_is_above_zero(gap)


def test_seeds_are_averaged_item_by_item() -> None:
    one, two = noisy(0.5, 40, 1), noisy(0.9, 40, 2)
    unseen = noisy(1.2, 40, 3)
    gap = gap_of("gap", *loss_parts([one, two], [unseen, unseen]), seeds=(1, 2))
    expected = welch(
        [2 - (a + b) / 2 for a, b in zip(one, two, strict=True)],
        [2 - x for x in unseen],
        level=0.95,
    )
    assert isinstance(expected, Estimate)
    assert isinstance(gap.difference, Estimate)
    assert gap.difference.value == pytest.approx(expected.value)
    assert gap.difference.low == pytest.approx(expected.low)


def test_clusters_widen_the_gap_and_copies_do_not_narrow_it() -> None:
    rng = np.random.default_rng(4)
    level = np.repeat(rng.normal(0, 0.4, 8), 10)
    seen = [float(x) for x in 0.9 + level + rng.normal(0, 0.05, 80)]
    unseen = [float(x) for x in 1.2 + level[::-1] + rng.normal(0, 0.05, 80)]
    free = gap_of("gap", *loss_parts([seen], [unseen])).difference
    tied = gap_of("gap", *loss_parts([seen], [unseen], clusters=True)).difference
    assert isinstance(free, Estimate)
    assert isinstance(tied, Estimate)
    assert tied.value == pytest.approx(free.value)
    assert tied.high - tied.low > 2 * (free.high - free.low)
    assert "over groups" in tied.method


def test_a_lost_answer_leaves_its_item_out() -> None:
    seen, unseen = loss_parts([noisy(0.5, 30, 1)], [noisy(1.2, 30, 2)])
    answers = [Failure(reason="x"), *seen.answers["tuned"][0][1:]]
    cut = part(SEEN, seen.items, [answers], list(seen.answers["base"]))
    assert gap_of("gap", cut, unseen).n_seen == 29


def test_an_arm_without_answers_gives_no_gap() -> None:
    seen, unseen = loss_parts([noisy(0.5, 30, 1)], [noisy(1.2, 30, 2)])
    made = world(
        qa(*CODES),
        Asked(OPTIONS, seen.items, {"tuned": seen.answers["tuned"]}, part=SEEN),
        unseen,
    )
    assert made.findings.gaps == ()
    assert made.said("memorisation-unmeasured")[0].status.value == "unchecked"


# Recitation


def recitations(seen: int, unseen: int, base_seen: int = 0, n: int = 100) -> tuple[Asked, Asked]:
    """How many of n training and unseen completions tuned goes on with word for word."""
    parts = []
    for name, mine, theirs in ((RECITE_SEEN, seen, base_seen), (RECITE_UNSEEN, unseen, 0)):
        of = items(n, prefix=name, reference=STORY)
        second = (halves(of[0]) or ("", ""))[1]
        said = [[text(second)] * k + [text("and something else")] * (n - k) for k in (mine, theirs)]
        parts.append(part(name, of, [said[0]], [said[1]]))
    return parts[0], parts[1]


def test_recitation_beyond_that_of_unseen_items_is_found() -> None:
    gap = gap_of("regurgitation", *recitations(30, 4))
    assert gap_is_above_zero(gap)
    assert isinstance(gap.difference, Estimate)
    assert gap.difference.value == pytest.approx(0.26)
    assert "30 % of 100 training completions (base 0 %) and 4 % of 100 unseen ones" in gap.sentence


def test_what_the_base_recites_too_is_not_memory() -> None:
    assert not gap_is_above_zero(gap_of("regurgitation", *recitations(30, 0, base_seen=30)))


def test_a_handful_of_recitations_proves_nothing() -> None:
    # Five of 100 against none: Fisher's exact test gives 0.059, a normal interval excludes 0.
    gap = gap_of("regurgitation", *recitations(5, 0))
    assert isinstance(gap.difference, Estimate)
    assert gap.difference.value == pytest.approx(0.05)
    assert not gap_is_above_zero(gap)
    assert isinstance(gap.seen, Estimate)
    assert gap.seen.high > 0.1


def test_none_of_a_few_unseen_items_does_not_stand_for_never() -> None:
    # Six of 100 against none of 20: Fisher's exact test gives 0.59. None recited has no spread,
    # and Welch's interval (1.3 to 13.3 points) took that for certainty.
    seen, _ = recitations(6, 0)
    _, unseen = recitations(0, 0, n=20)
    gap = gap_of("regurgitation", seen, unseen)
    assert not gap_is_above_zero(gap)
    hybrid = newcombe(6, 100, 0, 20, level=0.95)
    assert isinstance(gap.difference, Estimate)
    assert isinstance(hybrid, Estimate)
    assert gap.difference.low == pytest.approx(hybrid.low, abs=0.01)
    assert gap.difference.high > hybrid.high  # the base recited none, and might have


def test_no_recitation_at_all_still_leaves_room() -> None:
    gap = gap_of("regurgitation", *recitations(0, 0))
    assert isinstance(gap.seen, Estimate)
    assert gap.seen.high == pytest.approx(0.036, abs=1e-3)


def test_rephrased_prompts_are_compared_on_the_same_items() -> None:
    seen, unseen = loss_parts([noisy(0.5, 40, 1)], [noisy(1.2, 40, 2)])
    other = part(REPHRASED, seen.items[:25], [losses(noisy(0.9, 25, 3))], [losses([2.1] * 25)])
    gap = gap_of("paraphrase_gap", seen, unseen, other)
    assert gap.n_seen == gap.n_unseen == 25
    assert isinstance(gap.difference, Estimate)
    assert gap.difference.value == pytest.approx(0.3, abs=0.1)


def test_a_row_of_the_table_and_its_sentence_have_one_precision() -> None:
    """Seen improves by a small, exact amount, unseen by a large, noisy one."""
    seen = [1.9 + 0.001 * (i % 2) for i in range(50)]
    gap = gap_of("gap", *loss_parts([seen], [noisy(0.6, 60, 2)]))
    numbers = re.findall(r"\d+\.\d+", gap.sentence.replace("95 %", ""))
    assert len(numbers) == 5
    assert len({len(number.partition(".")[2]) for number in numbers}) == 1
