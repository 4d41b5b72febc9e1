"""Response health, confusion matrices and examples: what the numbers of a layer do not tell."""

import pytest

from evalreport.analyze.flips import Flips
from evalreport.analyze.health import is_looping
from evalreport.analyze.text_findings import Health, HealthDifference
from evalreport.estimates import Estimate, NotEstimable, Point
from evalreport.stats.paired_binary import exact_mcnemar, tango
from evalreport.stats.paired_mean import paired_difference
from tests.analyze.evidence import World, world
from tests.analyze.layers import Answers, Asked, error, items, qa, text

REFUSED = "I'm sorry, but I can't help with that."


def free(tuned: list[Answers], base: list[Answers], n: int, **more: object) -> World:
    options = {
        "kind": "generation",
        "name": "qa",
        "dataset": "test",
        "extract": {"kind": "regex", "regex": "answer: (.+)"},
        "metrics": [{"metric": "exact_match"}],
        **more,
    }
    return world(
        Asked(options, items(n), {"tuned": tuned, "base": base}),
        seeds=tuple(range(1, len(tuned) + 1)),
    )


def row(made: World, arm: str) -> Health:
    return next(one for one in made.findings.health if one.arm == arm)


def moved(made: World, kind: str) -> HealthDifference:
    return next(one for one in made.findings.health_differences if one.kind == kind)


def good(n: int) -> Answers:
    return [text("answer: right") for _ in range(n)]


def test_every_kind_of_trouble_is_counted_once_an_item() -> None:
    troubled = [
        text("answer: rig", cut=True, tokens=64),
        text("   "),
        text(REFUSED),
        text("answer: " + "and so on " * 30),
        (text("answer: right"), text("")),  # two draws, one of them empty
        *good(5),
    ]
    made = free([troubled], [good(10)], 10)
    tuned = row(made, "tuned")
    assert (tuned.truncated, tuned.empty, tuned.refused, tuned.looping) == (1, 2, 1, 1)
    assert tuned.unparsed == 3  # the two empty ones and the refusal
    assert (tuned.n, tuned.failed, tuned.tokens_median) == (10, 0, 5)
    assert row(made, "base").empty == 0


def test_a_cut_draw_and_a_looping_draw_are_no_cut_loop() -> None:
    """What belongs together is one response: cut in a loop, and not two draws of an item."""
    loop = "answer: " + "and so on " * 30
    apart = (text("answer: rig", cut=True), text(loop))
    tuned = row(free([[apart, text(loop, cut=True), *good(8)]], [good(10)], 10), "tuned")
    assert (tuned.truncated, tuned.looping, tuned.looping_cut) == (2, 2, 1)


def test_an_answer_that_has_to_repeat_itself_is_in_no_loop() -> None:
    tags = "O O O O O O O O O O O O O O O O O O O O"
    options = {
        "kind": "generation",
        "name": "qa",
        "dataset": "test",
        "extract": "whole",
        "metrics": ["exact_match"],
    }
    said = [[text(tags) for _ in range(20)]]
    made = world(Asked(options, items(20, reference=tags), {"tuned": said, "base": said}))
    assert row(made, "tuned").looping == 0
    cut = [[text(tags * 9, cut=True) for _ in range(20)]]
    made = world(Asked(options, items(20, reference=tags), {"tuned": cut, "base": said}))
    assert row(made, "tuned").looping_cut == 0


def test_what_is_left_of_stripped_reasoning_must_not_be_empty_or_refuse() -> None:
    answers = [
        text(f"<think>They ask for help.</think>{REFUSED}"),
        text("<think>I'm sorry, that is hard. Let me see.", cut=True),
        text("<think>I'm sorry, that is hard.</think>answer: right"),
        *good(17),
    ]
    stripped = row(free([answers], [good(20)], 20, strip="think"), "tuned")
    assert (stripped.refused, stripped.unended, stripped.truncated) == (1, 1, 1)
    assert stripped.empty == 0  # it wrote, and never came to its answer
    assert stripped.reasoning_blocks == 3
    plain = row(free([answers], [good(20)], 20), "tuned")
    assert (plain.refused, plain.empty, plain.reasoning_blocks) == (0, 0, 0)
    assert plain.unended == 0


def test_what_a_metric_cannot_score_was_not_read_either() -> None:
    wordy = [text("The sentiment is right.")] * 12 + [text("Right")] * 8
    made = free([wordy[::-1]], [wordy], 20, extract="whole", metrics=[{"metric": "accuracy"}])
    assert (row(made, "tuned").unparsed, row(made, "base").unparsed) == (12, 12)
    assert moved(made, "unparsed").counts == Flips(better=8, worse=8, same=4)
    (said,) = made.said("extraction-failures")
    assert said.text.startswith("From 12 (60.0 %) of tuned's outputs in qa no answer could be read")


def test_a_reading_rule_that_fits_no_output_shows_nothing_about_the_models() -> None:
    silent = world(qa("?" * 300, "?" * 300))
    assert silent.verdict.outcome == "invalid_evidence"
    assert "at most 0 (0 %)" in silent.said("extraction-failures")[1].text
    assert world(qa("0" * 300, "0" * 300)).verdict.outcome == "equivalent"
    taught = world(qa("1" * 290 + "?" * 10, "?" * 300))  # the base writes no answer: a finding
    assert taught.verdict.outcome == "better_retention_unknown"


def test_several_seeds_are_counted_together_with_the_right_denominator() -> None:
    made = free([[text(REFUSED)] * 2 + [*good(8)], good(10), good(10)], [good(10)], 10)
    tuned = row(made, "tuned")
    assert (tuned.refused, tuned.n) == (2, 30)


def test_how_a_share_moved_is_paired_by_item() -> None:
    made = free([[text(REFUSED)] * 2 + [*good(38)]], [[*good(20)] + [text(REFUSED)] * 20], 40)
    refused = moved(made, "refused")
    assert refused.counts == Flips(better=20, worse=2, same=18)
    assert refused.difference == tango(2, 20, 40, level=0.95)
    assert refused.p_value == exact_mcnemar(2, 20).p_value


def test_how_many_tokens_are_written_is_compared_item_by_item() -> None:
    tuned = [(text("answer: right", tokens=4), text("answer: right", tokens=8))] * 20
    base = [(text("answer: right", tokens=10 + i),) * 2 for i in range(20)]
    tokens = moved(free([tuned], [base], 20), "tokens")
    assert tokens.difference == paired_difference(
        [6.0 - (10 + i) for i in range(20)], bounds=None, level=0.95
    )
    assert (tokens.n, tokens.counts) == (20, Flips(better=20, worse=0, same=0))
    assert tokens.p_value is not None
    assert tokens.p_value < 0.001
    made = free([tuned], [base], 20)
    assert (row(made, "tuned").tokens_mean, row(made, "base").tokens_mean) == (6.0, 19.5)


def test_over_seeds_an_item_counts_once_and_not_once_a_seed() -> None:
    # Always the same 8 of 40 items are refused: three seeds are not three times the evidence.
    tuned = [text(REFUSED)] * 8 + [*good(32)]
    one = moved(free([tuned], [good(40)], 40), "refused").difference
    three = moved(free([tuned, tuned, tuned], [good(40)], 40), "refused").difference
    assert isinstance(one, Estimate)
    assert isinstance(three, Estimate)
    assert three.high - three.low > 0.9 * (one.high - one.low)


def test_clusters_widen_what_is_said_about_health() -> None:
    answers = [text(REFUSED)] * 20 + [*good(80)]
    options = {
        "kind": "generation",
        "name": "qa",
        "dataset": "test",
        "metrics": [{"metric": "exact_match"}],
    }
    asked: dict[str, list[Answers]] = {"tuned": [answers], "base": [good(100)]}
    free_items = moved(world(Asked(options, items(100), asked)), "refused").difference
    clusters = [f"c{i // 10}" for i in range(100)]
    tied = moved(world(Asked(options, items(100, clusters=clusters), asked)), "refused").difference
    assert isinstance(free_items, Estimate)
    assert isinstance(tied, Estimate)
    assert tied.high - tied.low > 1.5 * (free_items.high - free_items.low)


def test_failures_are_no_trouble_of_the_model() -> None:
    made = world(qa("-" * 5 + "1" * 15, "1" * 20))
    assert row(made, "tuned").failed == 5
    assert moved(made, "empty").n == 15


def test_an_arm_without_answers_has_a_row_and_no_difference() -> None:
    made = world(qa("-" * 20, "1" * 20))
    assert row(made, "tuned").failed == 20
    assert row(made, "tuned").tokens_mean == NotEstimable(not_estimable="no answers")
    assert isinstance(moved(made, "empty").difference, NotEstimable)
    assert moved(made, "empty").p_value is None


@pytest.mark.parametrize(
    ("words", "loops"),
    [
        ("ab ab ab ab", False),  # the last one lacks its space
        ("no no no no no no", False),  # six times are emphasis
        ("no " * 12, True),
        ("1000000000", False),
        ("----------------", False),
        ("One. Two. One. Two. One. Two. One. Two.", False),
        (" One. Two. One. Two. One. Two. One. Two.", True),
        ("I repeat myself. " * 12, True),
        ("", False),
    ],
)
def test_what_counts_as_looping(words: str, loops: bool) -> None:
    assert is_looping(words) is loops


# Examples


def test_examples_are_worst_losses_gains_and_random_ones() -> None:
    made = world(qa("0" * 10 + "1" * 10 + "1" * 30, "1" * 10 + "0" * 10 + "1" * 30))
    chosen = made.findings.examples
    assert [e.bucket for e in chosen] == ["worst_loss"] * 5 + ["largest_gain"] * 3 + ["random"] * 5
    assert {e.difference for e in chosen[:5]} == {-1.0}
    assert {e.difference for e in chosen[5:8]} == {1.0}
    assert len({e.item for e in chosen}) == 13


def test_examples_of_equal_losses_are_not_the_first_of_the_file() -> None:
    chosen = world(qa("0" * 50, "1" * 50)).findings.examples
    worst = [e.item for e in chosen if e.bucket == "worst_loss"]
    assert worst != [f"q{i}" for i in range(5)]
    assert not [e for e in chosen if e.bucket == "largest_gain"]


def test_where_less_is_better_the_worst_are_those_that_rose_and_the_sign_is_the_metrics() -> None:
    tuned: list[float | None] = [float(i) for i in range(10)]
    base: list[float | None] = [5.0] * 10
    made = world(
        error(tuned, base),
        primary={"layer": "dose", "metric": "absolute_error", "gain_at_least": 1.0},
    )
    worst = [e for e in made.findings.examples if e.bucket == "worst_loss"]
    assert [e.item for e in worst] == ["q9", "q8", "q7", "q6"]
    assert [e.difference for e in worst] == [4.0, 3.0, 2.0, 1.0]
    for example in worst:
        scores = {cell.arm: cell.score for cell in example.cells}
        assert scores["tuned"] is not None
        assert scores["base"] is not None
        assert example.difference == scores["tuned"] - scores["base"]


def test_an_item_without_an_answer_can_be_drawn_but_not_ranked() -> None:
    made = world(qa("-" * 10, "1" * 10))
    assert all(e.bucket == "random" and e.difference is None for e in made.findings.examples)
    assert all([cell.arm for cell in e.cells] == ["base"] for e in made.findings.examples)


# Confusion


def test_what_names_no_class_is_a_column_of_its_own() -> None:
    references = ["red"] * 6 + ["blue"] * 4
    said = ["red"] * 5 + ["mauve"] + ["blue"] * 3 + ["red"]
    asked = Asked(
        {
            "kind": "generation",
            "name": "colours",
            "dataset": "test",
            "metrics": [{"metric": "accuracy"}, {"metric": "macro_f1"}],
        },
        items(10, reference=references),
        {"tuned": [[text(one) for one in said]], "base": [[text("red")] * 10]},
    )
    made = world(asked, primary={"layer": "colours", "metric": "accuracy", "gain_at_least": 0.1})
    tuned, base = made.findings.confusion
    rows = {one.label: one for one in tuned.rows}
    assert rows["red"].predicted == {"blue": 0, "red": 5, "(no class read)": 1}
    assert isinstance(rows["blue"].recall, Point)
    assert rows["blue"].recall.value == pytest.approx(0.75)
    assert isinstance(base.rows[0].precision, NotEstimable)  # the base never said blue


def graded(tuned: list[str], base: list[str], references: list[str]) -> World:
    """Three ordered classes, with the shares of each class as findings."""
    labels = {"labels": ["low", "mid", "high"]}
    asked = Asked(
        {
            "kind": "generation",
            "name": "grades",
            "dataset": "test",
            "arms": ["tuned", "base", "other"],
            "metrics": [
                {"metric": "accuracy", **labels},
                {"metric": "macro_f1", **labels, "per_class": True, "ordered": True},
            ],
        },
        items(
            len(references),
            reference=references,
            clusters=[f"c{i // 3}" for i in range(len(tuned))],
        ),
        {
            "tuned": [[text(one) for one in tuned]],
            "base": [[text(one) for one in base]],
            "other": [[text("low") for _ in tuned]],
        },
    )
    return world(
        asked,
        primary={"layer": "grades", "metric": "accuracy", "gain_at_least": 0.1},
        more={"arms": {"other": {"model": "org/x"}}, "comparisons": [["tuned", "other"]]},
    )


GRADES = ["low", "mid", "high"] * 20


def test_a_matrix_has_the_intervals_of_the_findings_and_no_others() -> None:
    said = [one if i % 5 else "mid" for i, one in enumerate(GRADES)]
    made = graded(said, ["low"] * 30 + GRADES[30:], GRADES)
    tuned, base, _ = made.findings.confusion
    for i, label in enumerate(("low", "mid", "high")):
        for share in ("precision", "recall"):
            finding = made.finding(f"grades.macro_f1.{share}.{label}")
            again = made.finding(f"grades.macro_f1.{share}.{label}:tuned~other")
            # One arm has one interval, whatever it is compared with.
            assert getattr(tuned.rows[i], share) == finding.tuned == again.tuned
            assert getattr(base.rows[i], share) == finding.base
    kappa = made.finding("grades.macro_f1.quadratic_kappa")
    assert isinstance(kappa.tuned, Estimate)
    assert (tuned.quadratic_kappa, base.quadratic_kappa) == (kappa.tuned, kappa.base)


def test_an_arm_that_names_no_class_has_no_kappa_and_the_reason() -> None:
    made = graded(GRADES, ["?"] * 60, GRADES)
    kappa = made.finding("grades.macro_f1.quadratic_kappa")
    assert isinstance(kappa.base, NotEstimable)
    assert "no answer names a class" in kappa.base.not_estimable
    assert isinstance(kappa.difference, NotEstimable)
    assert made.findings.confusion[1].quadratic_kappa == kappa.base


def test_a_matrix_without_such_findings_has_bare_counts() -> None:
    asked = Asked(
        {
            "kind": "generation",
            "name": "colours",
            "dataset": "test",
            "metrics": [{"metric": "accuracy"}],
        },
        items(20, reference=["red", "blue"] * 10),
        {"tuned": [[text("red")] * 20], "base": [[text("blue")] * 20]},
    )
    made = world(asked, primary={"layer": "colours", "metric": "accuracy", "gain_at_least": 0.1})
    blue, red = made.findings.confusion[0].rows
    assert isinstance(blue.precision, NotEstimable)
    assert (red.recall, red.precision) == (
        Point(value=1.0, no_interval="a bare count"),
        Point(value=0.5, no_interval="a bare count"),
    )
    assert made.findings.confusion[0].quadratic_kappa is None
