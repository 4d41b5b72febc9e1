"""Several training seeds: one speaks about a checkpoint, two give a range, three an interval."""

import math
from statistics import mean, stdev

import numpy as np
import pytest
from numpy.typing import NDArray

from evalreport.analyze.compare import difference_of, significance_of
from evalreport.analyze.findings import FindingOutcome
from evalreport.analyze.samples import Sample, contributions, pair
from evalreport.analyze.scores import SCORED, Scored
from evalreport.estimates import Estimate, NotEstimable, Tested
from evalreport.metrics.base import Column, FloatArray, Scale
from evalreport.metrics.classification import macro_f1
from evalreport.stats.paired_mean import PAIRED_METHOD
from evalreport.stats.quantiles import two_sided_t
from evalreport.stats.seeds import across_seeds
from tests.analyze.evidence import training, world
from tests.analyze.layers import qa

BASE = "1" * 60 + "0" * 140


def seeded(*rights: int) -> list[str]:
    return ["1" * right + "0" * (200 - right) for right in rights]


def test_one_seed_has_no_table_of_seeds() -> None:
    finding = world(qa(tuned="1" * 120 + "0" * 80, base=BASE)).finding("qa.exact_match")
    assert finding.per_seed is None


def test_two_seeds_are_a_claim_about_two_checkpoints() -> None:
    made = world(qa(tuned=seeded(120, 110), base=BASE), seeds=(1, 2))
    finding = made.finding("qa.exact_match")
    assert finding.per_seed is not None
    assert [
        one.difference.value for one in finding.per_seed if isinstance(one.difference, Estimate)
    ] == pytest.approx([0.3, 0.25])
    assert isinstance(finding.difference, Estimate)
    assert finding.difference.value == pytest.approx(0.275)
    assert finding.difference.method == PAIRED_METHOD
    assert finding.outcome is FindingOutcome.BETTER
    (said,) = made.said("single-seed")
    assert said.status.value == "broken"
    assert "2 training runs give a range" in said.text
    assert "seed 1: +30.0 points; seed 2: +25.0 points" in said.text


def test_three_seeds_speak_about_the_recipe() -> None:
    made = world(qa(tuned=seeded(120, 110, 130), base=BASE), seeds=(1, 2, 3))
    finding = made.finding("qa.exact_match")
    shown = finding.difference
    assert isinstance(shown, Estimate)
    assert "3 seeds" in shown.method
    base = np.asarray([int(code) for code in BASE], dtype=float)
    runs = np.asarray(
        [[int(code) for code in codes] for codes in seeded(120, 110, 130)], dtype=float
    )
    recipe = across_seeds(runs - base, None, level=0.95)
    assert isinstance(recipe, Estimate)
    assert (shown.low, shown.high) == pytest.approx((recipe.low, recipe.high))
    # the seeds' means lie 5 points apart, and the items decide most of the rest
    assert shown.high - shown.value > 2.4 * stdev((runs - base).mean(axis=1)) / math.sqrt(3)
    assert made.said("single-seed")[0].status.value == "kept"


def test_interval_and_test_over_seeds_answer_one_question() -> None:
    # Over items alone this is a clear gain; over seeds it is not, and that is no disagreement.
    made = world(qa(tuned=seeded(120, 62, 70), base=BASE), seeds=(1, 2, 3))
    finding = made.finding("qa.exact_match")
    assert finding.test == "t test over 3 seeds, items included"
    assert isinstance(finding.difference, Estimate)
    assert finding.difference.low < 0
    assert finding.p_value is not None
    assert finding.p_value > 0.05
    assert finding.outcome is FindingOutcome.INCONCLUSIVE


def test_the_p_value_over_seeds_is_the_level_at_which_the_interval_touches_zero() -> None:
    mine, theirs = _pair(Scale.MEAN, _scores(3, 40, shift=0.08), _scores(1, 40))
    test = significance_of(mine, theirs, midp=False)
    assert isinstance(test, Tested)
    touching = difference_of(mine, theirs, level=1 - test.p_value)
    assert isinstance(touching, Estimate)
    assert min(abs(touching.low), abs(touching.high)) == pytest.approx(0, abs=1e-6)


def test_seeds_that_change_hardly_an_item_leave_the_bound_of_the_items() -> None:
    # Three seeds, each of which lost the same two of 400: no reason to know less than from one.
    two_fewer = "0" * 2 + "1" * 398
    one = world(qa(two_fewer, "1" * 400)).finding("qa.exact_match").difference
    made = world(qa([two_fewer] * 3, "1" * 400), seeds=(1, 2, 3)).finding("qa.exact_match")
    assert isinstance(one, Estimate)
    assert isinstance(made.difference, Estimate)
    assert made.difference.low > 1.5 * one.low
    assert made.test is not None
    assert made.test.startswith("sign-flip")


def test_an_interval_over_seeds_stays_within_what_can_be() -> None:
    finding = world(
        qa(["1" * 40, "1" * 40, "1" * 20 + "0" * 20], "0" * 40), seeds=(1, 2, 3)
    ).finding("qa.exact_match")
    assert isinstance(finding.difference, Estimate)
    assert finding.difference.high == 1.0


def test_power_over_seeds_is_not_bought_with_items() -> None:
    finding = world(qa(tuned=seeded(120, 62, 70), base=BASE), seeds=(1, 2, 3)).finding(
        "qa.exact_match"
    )
    assert finding.n_required is None
    assert "With 200 items and 3 seeds, a true difference of about" in finding.sentence
    shown, smallest = finding.difference, finding.smallest_detectable
    assert isinstance(shown, Estimate)
    assert not isinstance(smallest, NotEstimable)
    se = (shown.high - shown.low) / 2 / two_sided_t(0.95, 2)
    assert smallest.value > two_sided_t(0.95, 2) * se


def test_a_seed_that_never_answered_is_named_and_the_others_count() -> None:
    whole = seeded(120, 115, 125)
    for lost in (whole[:2], [whole[0], "-" * 200, whole[2]]):
        made = world(qa(tuned=lost, base=BASE), seeds=(1, 2, 3))
        finding = made.finding("qa.exact_match")
        assert finding.n == 200
        assert finding.per_seed is not None
        assert len(finding.per_seed) == 2
        (said,) = made.said("missing-answers")
        assert said.status.value == "broken"
        assert "Of 3 training seeds of tuned, 1 gave no answer in qa" in said.text


def test_seeds_that_disagree_are_counted() -> None:
    made = world(qa(tuned=seeded(150, 50, 140), base=BASE), seeds=(1, 2, 3))
    (said,) = made.said("seed-range")
    assert said.text.startswith("1 of 3 seeds is worse than base on qa exact match")


def test_two_trained_arms_are_paired_seed_by_seed() -> None:
    # Every seed differs from its own earlier checkpoint by the same 10 points; seeds differ by 40.
    made = world(
        qa(
            seeded(60, 100, 140),
            BASE,
            others={"tuned-early": seeded(40, 80, 120)},
        ),
        seeds=(1, 2, 3),
        checkpoints={"tuned-early": "epoch-1"},
        more={
            "arms": {"tuned-early": {"of": "tuned", "checkpoint": "epoch-1"}},
            "comparisons": [["tuned", "tuned-early"]],
        },
    )
    finding = made.finding("qa.exact_match:tuned~tuned-early")
    assert isinstance(finding.difference, Estimate)
    assert finding.difference.value == pytest.approx(0.1)
    assert finding.difference.low > 0
    assert finding.per_seed is not None
    assert [
        one.difference.value for one in finding.per_seed if isinstance(one.difference, Estimate)
    ] == pytest.approx([0.1, 0.1, 0.1])


@pytest.mark.parametrize("left", [(60, 100), (60,)])
def test_only_the_seeds_of_both_arms_are_compared(left: tuple[int, ...]) -> None:
    # Later seeds of the earlier checkpoint are lost; those of tuned alone would look like a gain.
    made = world(
        qa(
            seeded(60, 100, 200),
            BASE,
            others={"tuned-early": seeded(*left)},
        ),
        seeds=(1, 2, 3),
        more={
            "arms": {"tuned-early": {"of": "tuned", "checkpoint": "epoch-1"}},
            "comparisons": [["tuned", "tuned-early"]],
        },
    )
    shown = made.finding("qa.exact_match:tuned~tuned-early").difference
    assert not isinstance(shown, NotEstimable)
    assert shown.value == 0.0


def test_an_arm_of_one_seed_is_held_against_every_seed_of_the_other() -> None:
    mine, theirs = _pair(Scale.MEAN, _scores(1, 40), _scores(3, 40, shift=0.3))
    backwards = difference_of(mine, theirs, level=0.95)
    forwards = difference_of(theirs, mine, level=0.95)
    assert isinstance(backwards, Estimate)
    assert isinstance(forwards, Estimate)
    assert backwards.value == pytest.approx(-forwards.value)
    assert backwards.low == pytest.approx(-forwards.high)


def test_the_value_of_an_arm_over_seeds_is_no_surer_than_the_recipe() -> None:
    # Three seeds far apart: over items alone tuned would stand within 7 points.
    made = world(
        qa(tuned=seeded(180, 60, 120), base=BASE),
        seeds=(1, 2, 3),
        evaluation={
            "requirements": [{"layer": "qa", "metric": "exact_match", "value_at_least": 0.5}]
        },
    )
    finding = made.finding("qa.exact_match")
    assert isinstance(finding.tuned, Estimate)
    assert finding.tuned.value == pytest.approx(0.6)
    assert finding.tuned.high == 1.0
    assert finding.tuned.low < 0.1
    assert isinstance(finding.base, Estimate)
    assert finding.base.high < 0.4
    assert made.findings.measurements[0].met is False


def test_seeds_that_are_nearly_always_right_leave_the_bound_of_the_items() -> None:
    one = world(qa("0" * 2 + "1" * 398, BASE + "0" * 200)).finding("qa.exact_match").tuned
    made = world(qa(["0" * 2 + "1" * 398] * 3, BASE + "0" * 200), seeds=(1, 2, 3))
    three = made.finding("qa.exact_match").tuned
    assert isinstance(one, Estimate)
    assert isinstance(three, Estimate)
    assert three.low < 0.985
    assert three.high > 0.995


def test_seeds_that_were_trained_and_did_not_answer_are_not_in_the_interval() -> None:
    made = world(qa(tuned=seeded(120, 110), base=BASE), seeds=(1, 2, 3))
    assert len(made.evidence.trainings) == 3
    (said,) = made.said("single-seed")
    assert said.status.value == "broken"
    assert "these checkpoints" in said.text


# Ratios and corpus metrics over seeds


def test_a_ratio_over_seeds_has_the_spread_of_the_seeds() -> None:
    rng = np.random.default_rng(5)
    tokens = rng.integers(5, 60, size=50).astype(float)
    base = np.stack([tokens * rng.normal(2.0, 0.2, 50), tokens], axis=1)[np.newaxis]
    runs = np.stack(
        [np.stack([tokens * rng.normal(m, 0.2, 50), tokens], axis=1) for m in (1.2, 1.5, 1.8)]
    )
    mine, theirs = _pair(Scale.RATIO, runs, base)
    shown = difference_of(mine, theirs, level=0.95)
    assert isinstance(shown, Estimate)
    each = [run[:, 0].sum() / run[:, 1].sum() - base[0, :, 0].sum() / tokens.sum() for run in runs]
    assert shown.value == pytest.approx(mean(each))
    alone = stdev(each) / math.sqrt(3) * 4.302653
    assert 0.8 * alone < shown.high - shown.value < 1.2 * alone


def test_a_corpus_metric_over_seeds_is_the_mean_of_its_values() -> None:
    rng = np.random.default_rng(6)
    truth = rng.integers(0, 3, size=60)

    def answers(share: float) -> FloatArray:
        said = np.where(rng.random(60) < share, truth, rng.integers(0, 3, size=60))
        eye = np.eye(3)
        return np.concatenate(
            [eye[truth] * (said == truth)[:, None], eye[said], eye[truth]], axis=1
        )

    runs, base = np.stack([answers(s) for s in (0.8, 0.85, 0.9)]), answers(0.3)[np.newaxis]
    mine, theirs = _pair(Scale.CORPUS, runs, base)
    shown = difference_of(mine, theirs, level=0.95)
    assert isinstance(shown, Estimate)
    each = [float(macro_f1(run.sum(axis=0)) - macro_f1(base[0].sum(axis=0))) for run in runs]
    assert shown.value == pytest.approx(mean(each))


def test_two_seeds_of_a_corpus_metric_are_tested_by_what_is_shown() -> None:
    """Swapped at random, items give the shown difference (the mean over runs) as often as by hand.

    One run always says the first class and the other the second: each has a poor macro-F1, and the
    counts of both together a good one, which nobody shows.
    """
    rng = np.random.default_rng(8)
    n, eye = 12, np.eye(2)
    truth = rng.integers(0, 2, size=n)

    def counts(said: NDArray[np.intp]) -> FloatArray:
        return np.concatenate(
            [eye[truth] * (said == truth)[:, None], eye[said], eye[truth]], axis=1
        )

    runs = np.stack([counts(np.zeros(n, dtype=np.intp)), counts(np.ones(n, dtype=np.intp))])
    base = counts(rng.integers(0, 2, size=n))[np.newaxis]
    mine, theirs = _pair(Scale.CORPUS, runs, base)
    tested = significance_of(mine, theirs, midp=False)
    assert isinstance(tested, Tested)

    def shown(swapped: int) -> float:
        kept = np.array([not swapped >> i & 1 for i in range(n)])[:, None]
        return sum(
            float(macro_f1(np.where(kept, run, base[0]).sum(axis=0)))
            - float(macro_f1(np.where(kept, base[0], run).sum(axis=0)))
            for run in runs
        )

    observed = abs(shown(0))
    by_hand = sum(abs(shown(swapped)) >= observed - 1e-12 for swapped in range(2**n)) / 2**n
    assert tested.p_value == pytest.approx(by_hand)


@pytest.mark.parametrize("scale", [Scale.RATIO, Scale.CORPUS])
def test_contributions_average_to_the_metric(scale: Scale) -> None:
    rng = np.random.default_rng(7)
    values = rng.random((2, 30, 2)) + 0.5
    mine, _ = _pair(scale, values, values)
    shares = contributions(mine)
    assert not isinstance(shares, NotEstimable)
    metric = values[..., 0].sum(axis=1) / values[..., 1].sum(axis=1)
    assert shares.mean(axis=1) == pytest.approx(metric)
    # The jackknife of a ratio is its linearisation, but for terms of the order of 1 / n.
    ratio, _ = _pair(Scale.RATIO, values, values)
    linear = contributions(ratio)
    assert not isinstance(linear, NotEstimable)
    assert shares == pytest.approx(linear, rel=0.1, abs=0.1)


def test_across_seeds_is_what_the_statistics_say() -> None:
    runs, base = _scores(4, 50, shift=0.2), _scores(1, 50)
    mine, theirs = _pair(Scale.MEAN, runs, base)
    shown = difference_of(mine, theirs, level=0.95)
    recipe = across_seeds(mine.values - theirs.values, None, level=0.95)
    assert isinstance(shown, Estimate)
    assert isinstance(recipe, Estimate)
    assert (shown.low, shown.high) == pytest.approx((recipe.low, recipe.high))
    assert shown.method == recipe.method


def test_a_training_log_for_each_seed_is_what_counts_runs() -> None:
    made = world(
        qa(tuned=seeded(120, 110, 130), base=BASE),
        seeds=(1, 2, 3),
        trainings={1: training(1), 2: training(2)},
    )
    assert made.said("single-seed")[0].status.value == "broken"


def _scores(seeds: int, n: int, *, shift: float = 0.0) -> FloatArray:
    rng = np.random.default_rng(seeds)
    level = rng.normal(shift, 0.05, size=(seeds, 1))
    return np.clip(rng.random((1, n)) + level + rng.normal(0, 0.1, (seeds, n)), -1, 2)


def _ratio(sums: FloatArray) -> FloatArray:
    found: FloatArray = sums[..., 0] / sums[..., 1]
    return found


def _pair(scale: Scale, mine: FloatArray, theirs: FloatArray) -> tuple[Sample, Sample]:
    aggregate = None
    if scale is Scale.CORPUS:
        aggregate = macro_f1 if mine.shape[-1] > 2 else _ratio
    column = Column("m", "fraction", higher_is_better=True, scale=scale, aggregate=aggregate)

    def scored(values: FloatArray, seed: int | None) -> Scored:
        n = len(values)
        return Scored(
            column=column,
            values=values,
            state=np.full(n, SCORED, dtype=np.int8),
            penalised=np.zeros(n, dtype=np.bool_),
            reasons={},
            seed=seed,
        )

    def replicates(runs: FloatArray) -> list[Scored]:
        """Trained with a seed each; what has one run only stands for a model as it is."""
        return [scored(run, i if len(runs) > 1 else None) for i, run in enumerate(runs)]

    return pair(
        replicates(mine),
        replicates(theirs),
        np.ones(mine.shape[1], dtype=np.bool_),
        None,
    )
