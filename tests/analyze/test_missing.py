"""Answers that are missing by our fault, outputs that nobody can read, and what they may change."""

import pytest

from evalreport.analyze.findings import FindingOutcome
from evalreport.estimates import Estimate, NotEstimable, Point
from evalreport.verdict import Outcome
from tests.analyze.evidence import PRIMARY, world
from tests.analyze.layers import LOST, Asked, choice, error, items, loss, losses, numbers, qa

GAIN = "1" * 60 + "0" * 40, "1" * 20 + "0" * 80


def lost(codes: str, *, first: int) -> str:
    return "-" * first + codes[first:]


def test_a_gain_that_holds_at_both_ends_is_claimed_and_the_loss_is_counted() -> None:
    made = world(qa(tuned=lost(GAIN[0], first=3), base=GAIN[1]))
    finding = made.finding("qa.exact_match")
    assert finding.outcome is FindingOutcome.BETTER
    assert finding.n == 97
    assert finding.excluded == {"no answer from tuned": 3}
    assert finding.withheld == ""


def test_a_gain_that_hangs_on_missing_answers_is_withheld_and_says_so() -> None:
    finding = world(qa(tuned=lost(GAIN[0], first=40), base=GAIN[1])).finding("qa.exact_match")
    assert finding.outcome is FindingOutcome.INCONCLUSIVE
    assert "40 items without an answer could change what the others show" in finding.sentence
    assert "cannot tell" not in finding.sentence


REACHES = "1" * 80 + "0" * 20, "1" * 30 + "0" * 70
OPEN = "whether it reaches the 30 points asked for is not settled: missing answers could change it"


@pytest.mark.parametrize(
    ("tuned_lost", "base_lost", "says"),
    [
        (0, 0, "at least the 30 points asked for"),
        (1, 0, "at least the 30 points asked for"),  # even wrong it would be
        (10, 0, OPEN),
        (0, 10, OPEN),
        (5, 5, OPEN),
    ],
)
def test_a_size_is_said_only_where_missing_answers_could_not_change_it(
    tuned_lost: int, base_lost: int, says: str
) -> None:
    codes = lost(REACHES[0], first=tuned_lost), REACHES[1][: 100 - base_lost] + "-" * base_lost
    made = world(qa(*codes), primary={**PRIMARY, "gain_at_least": 0.3})
    finding = made.finding("qa.exact_match")
    assert finding.outcome is FindingOutcome.BETTER
    shown, widest = finding.difference, finding.difference_over_missing
    assert isinstance(shown, Estimate)
    assert shown.low >= 0.3  # what was answered would carry it
    assert says in finding.sentence
    assert says in made.verdict.headline
    if not tuned_lost + base_lost:
        assert widest is None
        assert "difference_over_missing" not in finding.model_dump()
    else:
        assert isinstance(widest, Estimate)
        assert (widest.low >= 0.3) is (says != OPEN)
        assert widest.low <= shown.low < shown.high <= widest.high


def test_a_gain_is_called_less_only_where_missing_answers_could_not_make_it_more() -> None:
    codes = "1" * 240 + "0" * 160, "1" * 160 + "0" * 240
    less = {**PRIMARY, "gain_at_least": 0.3}
    whole = world(qa(*codes), primary=less)
    assert "real, but less than the 30 points asked for" in whole.verdict.headline
    few = world(qa(codes[0][:-1] + "-", codes[1]), primary=less).verdict
    assert "real, but less than the 30 points asked for" in few.headline
    many = world(qa(codes[0][:-40] + "-" * 40, codes[1]), primary=less).verdict
    assert "whether it reaches the 30 points asked for is not settled: missing" in many.headline


def test_where_less_is_better_a_size_is_held_at_the_other_end() -> None:
    base: list[float | None] = [4.0 + 0.1 * (i % 5) for i in range(100)]
    tuned = [None if b is None else b - 1.0 - 0.05 * (i % 3) for i, b in enumerate(base)]
    asked = error(tuned, base)
    declared = {"layer": "dose", "metric": "absolute_error", "gain_at_least": 0.95}
    for k, is_said in ((0, True), (5, False)):
        answers = [*qa(tuned="-" * k, base="1" * k).answers["tuned"][0], *numbers(tuned)[k:]]
        made = world(
            Asked(asked.options, asked.items, {**asked.answers, "tuned": [answers]}),
            primary=declared,
        )
        finding = made.finding("dose.absolute_error")
        assert finding.outcome is FindingOutcome.BETTER
        assert ("; at least the" in finding.sentence) is is_said
        assert ("is not settled: missing answers could" in finding.sentence) is not is_said


def test_either_arm_may_lack_answers() -> None:
    for codes in (
        (lost(GAIN[0], first=45), GAIN[1]),
        (GAIN[0], GAIN[1][:55] + "-" * 45),
    ):
        assert world(qa(*codes)).finding("qa.exact_match").outcome is FindingOutcome.INCONCLUSIVE


def test_a_loss_must_hold_at_both_ends_too() -> None:
    assert (
        world(qa(tuned=GAIN[1], base=lost(GAIN[0], first=2))).finding("qa.exact_match").outcome
        is FindingOutcome.WORSE
    )
    assert (
        world(qa(tuned=GAIN[1], base=lost(GAIN[0], first=45))).finding("qa.exact_match").outcome
        is FindingOutcome.INCONCLUSIVE
    )


def test_retention_must_hold_at_both_ends_where_less_is_better() -> None:
    guard = {"layer": "dose", "metric": "absolute_error", "lose_at_most": 0.5}
    base: list[float | None] = [1.0 + 0.1 * (i % 5) for i in range(200)]
    tuned = [None if b is None else b + (0.1 if i % 2 else -0.1) for i, b in enumerate(base)]
    whole = world(qa(tuned=GAIN[0], base=GAIN[1]), error(tuned, base), guards=[guard])
    assert whole.finding("dose.absolute_error").outcome is FindingOutcome.RETAINED
    asked = error(tuned, base)
    answers = numbers(tuned)
    for k, outcome in ((2, FindingOutcome.RETAINED), (30, FindingOutcome.INCONCLUSIVE)):
        cut = [*qa(tuned="-" * k, base="1" * k).answers["tuned"][0], *answers[k:]]
        made = world(
            qa(tuned=GAIN[0], base=GAIN[1]),
            Asked(asked.options, asked.items, {**asked.answers, "tuned": [cut]}),
            guards=[guard],
        )
        assert made.finding("dose.absolute_error").outcome is outcome


def test_a_metric_without_bounds_has_no_worst_end() -> None:
    base = [2.0 + 0.05 * (i % 9) for i in range(80)]
    tuned = [b - 0.5 - 0.01 * (i % 4) for i, b in enumerate(base)]
    asked = loss(tuned, base)
    answers = [*qa(tuned="-", base="1").answers["tuned"][0], *losses(tuned)[1:]]
    made = world(
        Asked(asked.options, asked.items, {**asked.answers, "tuned": [answers]}),
        primary={"layer": "held-out", "metric": "nll", "gain_at_least": 0.1},
    )
    finding = made.finding("held-out.nll")
    assert finding.outcome is FindingOutcome.INCONCLUSIVE
    assert "1 item without an answer could have any score" in finding.sentence


@pytest.mark.parametrize("layer", ["qa", "general", "held-out"])
def test_an_arm_without_a_single_answer_is_not_measured_and_does_not_crash(layer: str) -> None:
    made = {
        "qa": world(qa(tuned=GAIN[0], base="-" * 100)),
        "general": world(
            choice(tuned="1" * 100, base="-" * 100),
            primary={"layer": "general", "metric": "accuracy", "gain_at_least": 0.1},
        ),
        "held-out": world(
            Asked(
                {"kind": "perplexity", "name": "held-out", "dataset": "test"},
                items(20),
                {
                    "tuned": [losses([1.0] * 20)],
                    "base": [qa(tuned="-" * 20, base="1" * 20).answers["tuned"][0]],
                },
            ),
            primary={"layer": "held-out", "metric": "nll", "gain_at_least": 0.1},
        ),
    }[layer]
    primary = made.findings.primary
    assert primary is not None
    assert primary.outcome is FindingOutcome.NOT_MEASURED
    assert "no answer from base" in primary.sentence
    assert made.verdict.outcome is Outcome.NOT_MEASURED


def test_what_cannot_be_read_counts_as_wrong_and_has_four_readings() -> None:
    # Of the base's outputs 30 cannot be read; where it can be read it is as good as tuned.
    made = world(qa(tuned="1" * 60 + "0" * 40, base="?" * 30 + "1" * 42 + "0" * 28))
    finding = made.finding("qa.exact_match")
    assert finding.n == 100
    assert finding.excluded == {}
    forms = {form.name: form for form in finding.forms or ()}
    assert list(forms) == ["all_items", "valid_in_both", "worst_case", "own_subset"]
    assert forms["all_items"].difference == finding.difference
    assert forms["valid_in_both"].n == 70
    worst = forms["worst_case"].difference
    assert isinstance(worst, Point)
    assert worst.value == pytest.approx(-0.12)  # all 30 right: 60 against 72
    assert "+18.0 points" in worst.no_interval
    assert isinstance(forms["own_subset"].difference, NotEstimable)
    assert forms["own_subset"].note == (
        "base 70 items, tuned 100; not the same ones, so not comparable"
    )
    assert (forms["own_subset"].n, forms["own_subset"].n_by_arm) == (100, (100, 70))
    assert [name for name, form in forms.items() if "n_by_arm" in form.model_dump()] == [
        "own_subset"
    ]
    own = forms["own_subset"].base
    assert isinstance(own, Estimate)
    assert own.value == pytest.approx(42 / 70)


def test_all_outputs_read_leave_no_forms() -> None:
    assert world(qa(tuned=GAIN[0], base=GAIN[1])).finding("qa.exact_match").forms is None


def test_the_worst_case_is_the_other_end_where_less_is_better() -> None:
    tuned: list[float | None] = [None, None, *([1.0] * 18)]
    base: list[float | None] = [2.0] * 20
    declared = {"layer": "dose", "metric": "absolute_error", "gain_at_least": 0.5}
    finding = world(error(tuned, base), primary=declared).finding("dose.absolute_error")
    worst = {form.name: form for form in finding.forms or ()}["worst_case"].difference
    assert isinstance(worst, Point)
    assert worst.value == pytest.approx((2 * 10 + 18 - 40) / 20)
    assert "−1.1 mg" in worst.no_interval


def test_without_a_penalty_there_is_no_number_over_all_items() -> None:
    tuned: list[float | None] = [None] * 5 + [1.0 + i / 40 for i in range(35)]
    base: list[float | None] = [2.0] * 40
    declared = {"layer": "dose", "metric": "absolute_error", "gain_at_least": 0.5}
    made = world(error(tuned, base, bounds=None), primary=declared)
    finding = made.finding("dose.absolute_error")
    assert finding.n == 35
    assert list(finding.excluded.values()) == [5]
    forms = {form.name: form for form in finding.forms or ()}
    assert isinstance(forms["all_items"].difference, NotEstimable)
    assert "worst_case" not in forms
    assert made.verdict.outcome is Outcome.INVALID_EVIDENCE


def test_an_unread_output_with_a_penalty_is_not_blamed_for_the_other_arms_silence() -> None:
    # Item 0: tuned unreadable (it has its penalty), base never answered. Nothing is unscored.
    made = world(qa(tuned="?" + GAIN[0][1:], base="-" + GAIN[1][1:]))
    finding = made.finding("qa.exact_match")
    assert finding.excluded == {"no answer from base": 1}
    assert made.said("subset-of-parsable")[0].status.value == "kept"


def test_an_item_lost_in_one_seed_and_unreadable_in_another_is_counted_once() -> None:
    base: list[float | None] = [2.0] * 40
    asked = error(base, base, bounds=None)
    first = [LOST, *numbers([1.0 + i / 40 for i in range(39)])]
    second = numbers([None, *[1.0 + i / 40 for i in range(39)]])
    made = world(
        Asked(asked.options, asked.items, {**asked.answers, "tuned": [first, second]}),
        primary={"layer": "dose", "metric": "absolute_error", "gain_at_least": 0.5},
        seeds=(1, 2),
    )
    assert made.finding("dose.absolute_error").excluded == {"no answer from tuned": 1}


def test_items_that_both_arms_lost_are_told_by_arm_and_not_added_up() -> None:
    made = world(qa(tuned="--" + GAIN[0][2:], base="-" + GAIN[1][1:]))
    (said,) = made.said("missing-answers")
    assert "2 of tuned, 1 of base" in said.text


# Requirements


def required(layer: Asked, **asked: object) -> tuple[bool | None, str]:
    made = world(
        layer,
        primary=None,
        evaluation={"requirements": [{"layer": layer.name, **asked}]},
    )
    (measured,) = made.findings.measurements
    return measured.met, measured.note


def test_a_requirement_is_met_by_its_whole_interval() -> None:
    asked = {"metric": "exact_match", "value_at_least": 0.9}
    assert required(qa(tuned="1" * 100, base="0" * 100), **asked)[0] is True
    assert required(qa(tuned="1" * 95 + "0" * 5, base="0" * 100), **asked)[0] is False
    below = {"metric": "exact_match", "value_at_most": 0.2, "arm": "base"}
    assert required(qa(tuned="1" * 100, base="0" * 100), **below)[0] is True


def test_a_requirement_without_an_interval_is_not_decided() -> None:
    asked = {"metric": "exact_match", "value_at_least": 0.5}
    assert required(qa(tuned="1" * 8, base="0" * 8), **asked)[0] is None


def test_a_requirement_waits_for_missing_answers_that_could_change_it() -> None:
    asked = {"metric": "exact_match", "value_at_least": 0.9}
    few = qa(tuned="1" * 199 + "-", base="0" * 200)
    assert required(few, **asked)[0] is True
    met, note = required(qa(tuned="1" * 180 + "-" * 20, base="0" * 200), **asked)
    assert met is None
    assert note == "20 items without an answer could change it"


def test_a_requirement_on_an_average_over_what_worked_is_not_decided() -> None:
    tuned: list[float | None] = [None] * 5 + [1.0 + i / 40 for i in range(35)]
    layer = error(tuned, [2.0] * 40, bounds=None)
    met, note = required(layer, metric="absolute_error", value_at_most=5.0)
    assert met is None
    assert "5 outputs could not be read" in note


def test_a_requirement_on_what_nobody_measured_stays_in_the_report() -> None:
    made = world(
        qa(tuned=GAIN[0], base=GAIN[1]),
        Asked({"kind": "perplexity", "name": "held-out", "dataset": "general"}, (), {}),
        primary=PRIMARY,
        evaluation={"requirements": [{"layer": "held-out", "metric": "nll", "value_at_most": 1.0}]},
    )
    (measured,) = made.findings.measurements
    assert isinstance(measured.value, NotEstimable)
    assert measured.met is None
