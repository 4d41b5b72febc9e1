"""What single comparisons show, from answers to the sentence."""

import math

import pytest

from evalreport.analyze.findings import Finding, FindingOutcome, FindingRole
from evalreport.analyze.flips import Flips
from evalreport.estimates import Estimate, NotEstimable, Point
from evalreport.stats.paired_binary import exact_mcnemar, tango
from evalreport.stats.paired_mean import PAIRED_METHOD
from tests.analyze.evidence import GUARD, PRIMARY, World, world
from tests.analyze.layers import Asked, choice, error, items, loss, qa, text

TWO_METRICS = {"metrics": [{"metric": "exact_match"}, {"metric": "token_f1"}]}


def split(better: int, worse: int, same: int, *, right: int = 0) -> tuple[str, str]:
    """Codes of tuned and base: tuned alone is right, base alone, neither, both."""
    return (
        "1" * better + "0" * worse + "0" * same + "1" * right,
        "0" * better + "1" * worse + "0" * same + "1" * right,
    )


def primary_of(made: World) -> Finding:
    found = made.findings.primary
    assert found is not None
    return found


def of(better: int, worse: int, same: int, *, gain: float = 0.1, right: int = 0) -> Finding:
    return primary_of(
        world(
            qa(*split(better, worse, same, right=right)),
            primary={"layer": "qa", "metric": "exact_match", "gain_at_least": gain},
        )
    )


def test_a_binary_comparison_is_tango_and_exact_mcnemar() -> None:
    finding = of(30, 10, 160)
    assert finding.difference == tango(30, 10, 200, level=0.95)
    assert finding.difference_one_sided == tango(30, 10, 200, level=0.9)
    assert finding.p_value == exact_mcnemar(30, 10).p_value
    assert finding.test == "exact McNemar test"
    assert finding.counts == Flips(better=30, worse=10, same=160)
    assert (finding.n, finding.unit, finding.role) == (200, "fraction", FindingRole.PRIMARY)


def test_midp_is_used_only_where_it_was_declared() -> None:
    made = world(qa(*split(15, 5, 30)), evaluation={"test": "midp"})
    assert primary_of(made).test == "mid-p McNemar test"


@pytest.mark.parametrize(
    ("better", "worse", "same", "gain", "outcome", "words"),
    [
        (80, 10, 110, 0.1, "better", "at least the 10 points asked for"),
        (40, 10, 150, 0.1, "better", "whether it reaches the 10 points asked for is not settled"),
        (60, 20, 920, 0.1, "better", "real, but less than the 10 points asked for"),
        (10, 40, 150, 0.1, "worse", "tuned is worse than base"),
        (10, 40, 950, 0.2, "worse", "tuned is worse than base"),
        (5, 5, 490, 0.1, "equivalent", "tuned and base differ by less than 10 points"),
        (0, 0, 100, 0.1, "equivalent", "tuned and base differ by less than 10 points"),
        (20, 12, 68, 0.1, "inconclusive", "100 items cannot tell whether tuned is better"),
        (4, 0, 5, 0.1, "inconclusive", "no interval: only 9 items"),
        (5, 0, 45, 0.1, "borderline", "interval and test disagree"),
    ],
)
def test_outcomes_of_a_primary(
    better: int, worse: int, same: int, gain: float, outcome: str, words: str
) -> None:
    finding = of(better, worse, same, gain=gain)
    assert finding.outcome.value == outcome
    assert words in finding.sentence


def test_equivalence_is_a_claim_of_its_own_also_where_interval_and_test_disagree() -> None:
    # 5 to 0 of 200: Tango excludes 0, McNemar does not; but 10 points are excluded beyond doubt.
    finding = of(5, 0, 195)
    assert isinstance(finding.difference, Estimate)
    assert finding.difference.low > 0
    assert finding.p_value is not None
    assert finding.p_value > 0.05
    assert finding.outcome is FindingOutcome.EQUIVALENT
    assert "90 % interval" in finding.sentence


def test_equivalence_rests_on_the_one_sided_bounds_and_shows_them() -> None:
    finding = of(16, 12, 172, gain=0.07)
    two_sided, one_sided = finding.difference, finding.difference_one_sided
    assert isinstance(two_sided, Estimate)
    assert isinstance(one_sided, Estimate)
    assert one_sided.high < 0.07 < two_sided.high
    assert finding.outcome is FindingOutcome.EQUIVALENT
    assert f"to +{one_sided.high * 100:.1f})" in finding.sentence


def test_nothing_differs_is_not_a_difference_of_exactly_nothing() -> None:
    finding = of(0, 0, 50, gain=0.05)
    assert isinstance(finding.difference, Estimate)
    assert finding.difference.high == pytest.approx(1.96**2 / (50 + 1.96**2), rel=1e-3)
    assert finding.outcome is FindingOutcome.INCONCLUSIVE


@pytest.mark.parametrize(
    ("better", "worse", "both", "outcome", "words"),
    [
        (10, 12, 378, "retained", "tuned loses at most"),
        (40, 10, 350, "retained", "tuned is not worse than base with 95 % confidence"),
        (2, 16, 600, "retained", "a small real loss inside the margin"),
        (0, 60, 340, "lost", "lost more than the 5 points allowed: tuned loses at least"),
        (8, 28, 364, "regressed", "got worse, and that it lost less than the 5 points allowed"),
        (20, 24, 156, "inconclusive", "Whether general accuracy is retained within 5 points"),
    ],
)
def test_outcomes_of_a_guard(better: int, worse: int, both: int, outcome: str, words: str) -> None:
    made = world(
        qa(*split(50, 10, 140)),
        choice(*split(better, worse, 0, right=both)),
        guards=[GUARD],
    )
    finding = made.finding("general.accuracy")
    assert finding.outcome.value == outcome
    assert words in finding.sentence


def test_a_small_loss_is_called_real_only_when_the_test_agrees() -> None:
    made = world(qa(*split(50, 10, 140)), choice(*split(0, 4, 0, right=436)), guards=[GUARD])
    finding = made.finding("general.accuracy")
    assert isinstance(finding.difference, Estimate)
    assert finding.difference.high < 0  # the score interval excludes 0, four to nothing does not
    assert finding.outcome is FindingOutcome.RETAINED
    assert "real loss" not in finding.sentence


def test_the_bound_in_the_sentence_is_the_one_that_decides() -> None:
    made = world(qa(*split(50, 10, 140)), choice(*split(16, 24, 0, right=400)), guards=[GUARD])
    finding = made.finding("general.accuracy")
    two_sided, one_sided = finding.difference, finding.difference_one_sided
    assert isinstance(two_sided, Estimate)
    assert isinstance(one_sided, Estimate)
    assert one_sided.low > -0.05
    assert f"{-one_sided.low * 100:.1f} points with 95 % confidence" in finding.sentence


def test_lower_is_better_turns_everything_that_has_a_direction() -> None:
    base = [4.0 + 0.1 * (i % 7) for i in range(60)]
    tuned = [b - 2.0 - 0.1 * (i % 5) for i, b in enumerate(base)]
    declared = {"layer": "dose", "metric": "absolute_error", "gain_at_least": 1.0}
    better = primary_of(world(error(tuned, base), primary=declared))
    assert isinstance(better.difference, Estimate)
    assert better.difference.value < 0
    assert better.counts == Flips(better=60, worse=0, same=0)
    assert better.outcome is FindingOutcome.BETTER
    assert "−2.2" in better.sentence
    assert "at least the 1 mg asked for" in better.sentence
    worse = primary_of(world(error(base, tuned), primary=declared))
    assert worse.outcome is FindingOutcome.WORSE


def test_a_guard_may_be_a_loss_that_must_not_rise() -> None:
    base = [2.0 + 0.05 * (i % 9) for i in range(80)]
    guard = {"layer": "held-out", "metric": "nll", "lose_at_most": 0.1}
    for rise, outcome in ((0.0, "retained"), (0.04, "retained"), (0.3, "lost")):
        tuned = [b + rise + (0.01 if i % 2 else -0.01) for i, b in enumerate(base)]
        made = world(qa(*split(50, 10, 140)), loss(tuned, base), guards=[guard])
        finding = made.finding("held-out.nll")
        assert finding.outcome.value == outcome
        assert isinstance(finding.difference, Estimate)
        assert finding.difference.value == pytest.approx(rise, abs=1e-9)
        assert "nats/token" in finding.sentence


def test_a_corpus_metric_as_primary_keeps_its_unit() -> None:
    right, wrong = "the cat sat on the mat today", "a dog stood under one tree now"
    asked = Asked(
        {
            "kind": "generation",
            "name": "translation",
            "dataset": "test",
            "metrics": [{"metric": "bleu"}],
        },
        items(40, reference=[f"{right} {i}" for i in range(40)]),
        {
            "tuned": [[text(f"{right} {i}") for i in range(40)]],
            "base": [[text(f"{right if i % 2 else wrong} {i}") for i in range(40)]],
        },
    )
    declared = {"layer": "translation", "metric": "bleu", "gain_at_least": 5.0}
    finding = primary_of(world(asked, primary=declared))
    assert finding.outcome is FindingOutcome.BETTER
    assert finding.counts is None
    assert finding.unit == "points"
    assert finding.test is not None
    assert finding.test.startswith("approximate randomisation")
    assert "at least the 5 points asked for" in finding.sentence


def test_numbers_that_were_published() -> None:
    # Two runs of one judge over 20 pairs, 10 wins, 8 losses, 2 ties: nobody won anything.
    ten_to_eight = of(10, 8, 2)
    assert ten_to_eight.p_value == pytest.approx(0.8145, abs=1e-4)
    assert ten_to_eight.outcome is FindingOutcome.INCONCLUSIVE
    # A coding tune of a 72B model, 128 items, 10 to 2: declared as primary it is a gain.
    coding = of(10, 2, 116, gain=0.05)
    assert coding.p_value == pytest.approx(0.0386, abs=1e-4)
    assert isinstance(coding.difference, Estimate)
    assert coding.difference.value == pytest.approx(0.0625)
    assert coding.outcome is FindingOutcome.BETTER


def test_the_same_numbers_as_one_of_six_are_no_gain() -> None:
    # As above, but the metric is secondary beside five others: Holm takes the gain away.
    layers = [qa(*split(10, 2, 116), name="coding")]
    layers += [qa(*split(3, 3, 122), name=f"other{i}") for i in range(5)]
    made = world(
        qa(*split(60, 10, 130)),
        *layers,
        evaluation={"secondary": [{"layer": one.name, "metric": "exact_match"} for one in layers]},
    )
    coding = made.finding("coding.exact_match")
    assert coding.adjusted_over == 6
    assert coding.p_value == pytest.approx(0.0386, abs=1e-4)
    assert coding.p_adjusted == pytest.approx(6 * 0.0386, abs=1e-3)
    assert coding.outcome is FindingOutcome.INCONCLUSIVE
    assert "one of 6 comparisons that are tested together it may be chance" in coding.sentence


def test_fractional_scores_get_no_bernoulli_formula() -> None:
    made = world(
        qa(
            metric="token_f1",
            options={"extract": {"kind": "whole"}},
            tuned="1" * 40 + "0" * 20,
            base="0" * 60,
        ),
        primary={"layer": "qa", "metric": "token_f1", "gain_at_least": 0.1},
    )
    finding = primary_of(made)
    assert isinstance(finding.difference, Estimate)
    assert finding.difference.method == PAIRED_METHOD
    assert finding.test is not None
    assert finding.test.startswith("sign-flip permutation test")


def test_without_bounds_and_without_change_there_is_no_interval() -> None:
    declared = {"layer": "dose", "metric": "absolute_error", "gain_at_least": 1.0}
    same = [float(i % 4) for i in range(40)]
    finding = primary_of(world(error(same, same, bounds=None), primary=declared))
    assert finding.difference == Point(value=0.0, no_interval="no items differ")
    assert finding.outcome is FindingOutcome.INCONCLUSIVE
    bounded = primary_of(world(error(same, same), primary=declared))
    assert bounded.outcome is FindingOutcome.EQUIVALENT  # at most 8 % of the items may differ


def test_no_items_at_all_is_said() -> None:
    asked = Asked({"kind": "perplexity", "name": "held-out", "dataset": "test"}, (), {})
    guard = {"layer": "held-out", "metric": "nll", "lose_at_most": 0.1}
    made = world(qa(*split(50, 10, 140)), asked, guards=[guard])
    finding = made.finding("held-out.nll")
    assert finding.outcome is FindingOutcome.NOT_MEASURED
    assert finding.unit == "nats/token"
    assert not finding.higher_is_better
    assert isinstance(finding.difference, NotEstimable)


def test_exploratory_comparisons_carry_no_verdict_word() -> None:
    made = world(qa(*split(60, 10, 130), options=TWO_METRICS))
    finding = made.finding("qa.token_f1")
    assert finding.role is FindingRole.EXPLORATORY
    assert finding.outcome is FindingOutcome.DESCRIPTIVE
    assert not any(word in finding.sentence for word in ("better", "worse", "equal"))


def test_the_difference_is_that_of_the_arms() -> None:
    for finding in (of(30, 10, 60), of(0, 20, 80), of(5, 5, 5, right=40)):
        assert isinstance(finding.tuned, Estimate)
        assert isinstance(finding.base, Estimate)
        assert isinstance(finding.difference, Estimate)
        assert math.isclose(
            finding.difference.value, finding.tuned.value - finding.base.value, abs_tol=1e-12
        )


def test_rounding_does_not_move_a_number_across_the_declared_gain() -> None:
    finding = of(100, 0, 20, gain=0.7674)
    assert isinstance(finding.difference, Estimate)
    assert finding.difference.low < 0.7674 < finding.difference.high
    assert "is not settled" in finding.sentence
    low = finding.sentence.split("interval +")[1].split(" ")[0]
    assert float(low) < 76.74


def test_a_layer_may_hold_several_primaries() -> None:
    made = world(
        qa(*split(60, 10, 130), options=TWO_METRICS),
        primary=PRIMARY,
        evaluation={"co_primary": [{"layer": "qa", "metric": "token_f1", "gain_at_least": 0.2}]},
    )
    roles = {f.id: f.role for f in made.findings.findings}
    assert roles == {
        "qa.exact_match": FindingRole.PRIMARY,
        "qa.token_f1": FindingRole.PRIMARY,
    }


# Within what can be


def cited(tuned: list[str], base: list[str]) -> World:
    """Answers that should cite [1] and may cite nothing else."""
    n = len(tuned)
    asked = Asked(
        {
            "kind": "generation",
            "name": "cited",
            "dataset": "test",
            "metrics": [{"metric": "citations", "allowed": "sources"}],
        },
        tuple(
            one.model_copy(update={"row": {"sources": ["1"]}})
            for one in items(n, reference="so [1]")
        ),
        {"tuned": [[text(one) for one in tuned]], "base": [[text(one) for one in base]]},
    )
    return world(
        asked,
        primary={"layer": "cited", "metric": "citations", "field": "any", "gain_at_least": 0.1},
    )


def test_the_interval_of_a_ratio_stays_within_the_metric() -> None:
    made = cited(["so [1]"] * 79 + ["so"] * 2, ["so"] * 81)
    coverage = made.finding("cited.citations.coverage")
    assert isinstance(coverage.tuned, Estimate)
    assert coverage.tuned.high == 1.0
    assert isinstance(coverage.difference, Estimate)
    assert coverage.difference.high == 1.0
    assert coverage.difference.low > 0


def test_an_arm_that_cites_nothing_invents_neither_nothing_nor_something() -> None:
    made = cited(["so [1]"] * 70 + ["so [9]"] * 11, ["so"] * 81)
    invented = made.finding("cited.citations.invented")
    assert isinstance(invented.tuned, Estimate)
    assert invented.tuned.value == pytest.approx(11 / 81)
    assert isinstance(invented.base, NotEstimable)
    assert invented.base.not_estimable == "no answer cites anything, so none is invented"
    assert isinstance(invented.difference, NotEstimable)
    assert invented.outcome is FindingOutcome.NOT_MEASURED


def test_what_is_invented_is_a_share_of_the_answers_that_cite() -> None:
    made = cited(["so [9]"] * 10 + ["so [1]"] * 10 + ["so"] * 20, ["so [1]"] * 40)
    invented = made.finding("cited.citations.invented")
    assert isinstance(invented.tuned, Estimate)
    assert invented.tuned.value == 0.5
