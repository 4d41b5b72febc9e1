"""A ruling for each thing that can be claimed: what supports it, and what does not."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalreport.analyze.findings import FindingOutcome
from evalreport.records import Role, RowCounts
from evalreport.spec.arithmetic import computed, exactly, rounding_of
from evalreport.spec.claims import Claim
from evalreport.verdict import RuledClaim, rule_on_claims
from tests.analyze.evidence import GUARD, PRIMARY, World, training, world
from tests.analyze.layers import choice, items, loss, qa
from tests.rules.cases import scored_before
from tests.rules.recorded_worlds import judged, published, recorded

QA = "qa.exact_match"
GENERAL = "general.accuracy"
BETTER = "1" * 120 + "0" * 80, "1" * 60 + "0" * 140
WORSE = BETTER[::-1]
SAME = "10" * 3 + "0" * 494, "01" * 3 + "0" * 494
MAYBE = "1" * 24 + "0" * 76, "0" * 24 + "1" * 14 + "0" * 62
KEPT = "1" * 230 + "0" * 4 + "1" * 4 + "0" * 162, "1" * 230 + "1" * 4 + "0" * 4 + "0" * 162
LOST = "1" * 150 + "0" * 250, "1" * 230 + "0" * 170


def ruled(made: World, **asserts: Any) -> RuledClaim:
    """The ruling on one claim about a world."""
    return ruled_as(made, {"text": "So it is.", "asserts": asserts})


def ruled_as(made: World, claim: object) -> RuledClaim:
    spec = made.spec.model_copy(update={"claims": (Claim.model_validate(claim),)})
    (only,) = rule_on_claims(spec, made.findings, made.remarks)
    return only


def said_of(codes: tuple[str, str], is_: str, finding: str = QA, **more: Any) -> str:
    guards = [GUARD] if "guard" in more else []
    layers = [qa(*codes), *([choice(*more.pop("guard"))] if guards else [])]
    return ruled(world(*layers, guards=guards, **more), **{"finding": finding, "is": is_}).ruling


# Two arms


@pytest.mark.parametrize(
    ("codes", "is_", "ruling"),
    [
        (BETTER, "better", "supported"),
        (BETTER, "worse", "contradicted"),
        (BETTER, "no_worse", "supported"),
        (BETTER, "equal", "contradicted"),
        (WORSE, "better", "contradicted"),
        (WORSE, "worse", "supported"),
        (WORSE, "no_worse", "contradicted"),
        (WORSE, "equal", "contradicted"),
        (SAME, "better", "not_shown"),
        (SAME, "worse", "not_shown"),
        (SAME, "no_worse", "supported"),
        (SAME, "equal", "supported"),
        (MAYBE, "better", "not_shown"),
        (MAYBE, "worse", "not_shown"),
        (MAYBE, "no_worse", "not_shown"),
        (MAYBE, "equal", "not_shown"),
        (("-" * 20, "1" * 20), "better", "not_measured"),
        (("1" * 5, "0" * 5), "better", "not_shown"),
    ],
)
def test_a_claim_about_the_primary(codes: tuple[str, str], is_: str, ruling: str) -> None:
    assert said_of(codes, is_) == ruling


@pytest.mark.parametrize(
    ("codes", "is_", "ruling"),
    [
        (KEPT, "no_worse", "supported"),
        (KEPT, "equal", "supported"),
        (KEPT, "better", "not_shown"),
        (LOST, "no_worse", "contradicted"),
        (LOST, "worse", "supported"),
        (LOST, "better", "contradicted"),
        (("1" * 180 + "0" * 20, "1" * 120 + "0" * 80), "better", "supported"),
    ],
)
def test_a_claim_about_a_guard(codes: tuple[str, str], is_: str, ruling: str) -> None:
    assert said_of(BETTER, is_, GENERAL, guard=codes) == ruling


def test_what_is_not_significant_says_what_could_have_been_seen() -> None:
    one = ruled(world(qa(*MAYBE)), **{"finding": QA, "is": "better"})
    assert one.ruling == "not_shown"
    assert one.because.startswith("100 items cannot tell whether tuned is better than base")
    assert "a true difference of about" in one.because
    assert "no difference" not in one.because
    assert one.cites == (QA,)


def test_equal_takes_a_margin_that_was_declared() -> None:
    made = world(qa(*SAME), primary=None)
    one = ruled(made, **{"finding": QA, "is": "equal"})
    assert one.ruling == "not_shown"
    assert (
        "500 items. No margin was declared, and no test can show that there is no difference at "
        "all. A true difference of about 1.6 points or more would be found 80 % of the time."
    ) in one.because
    other = ruled(made, **{"finding": QA, "is": "no_worse"})
    assert "No margin was declared, and no loss is too small." in other.because


def test_a_small_real_difference_inside_the_margin_is_equal_and_better() -> None:
    codes = "1" * 545 + "0" * 455, "1" * 500 + "0" * 500
    made = world(qa(*codes), primary={**PRIMARY, "gain_at_least": 0.3})
    assert ruled(made, **{"finding": QA, "is": "better"}).ruling == "supported"
    equal = ruled(made, **{"finding": QA, "is": "equal"})
    assert equal.ruling == "supported"
    assert "smaller than the 30 points declared" in equal.because


def test_evidence_that_does_not_count_supports_nothing() -> None:
    made = world(qa(*BETTER), train=(*items(200)[:20],))
    for is_ in ("better", "worse", "no_worse", "equal"):
        one = ruled(made, **{"finding": QA, "is": is_})
        assert one.ruling == "not_shown", is_
        assert one.cites == (QA, "train-eval-overlap")
        assert "that does not count. 20" in one.because
    value = ruled(made, **{"finding": QA, "is": "value", "value": "0.6"})
    assert value.ruling == "not_shown"
    assert value.because.startswith("qa exact match of tuned is 60.0 %")


def test_the_best_of_several_is_held_against_all_of_them() -> None:
    made = world(qa("1" * 22 + "0" * 78, "0" * 22 + "1" * 8 + "0" * 70))
    before = scored_before(made, *(f"try-{i}" for i in range(5)))
    assert ruled(made, **{"finding": QA, "is": "better"}).ruling == "supported"
    finding = before.finding(QA)
    assert finding.outcome is FindingOutcome.BETTER
    one = ruled(before, **{"finding": QA, "is": "better"})
    assert one.ruling == "not_shown"
    assert "best-checkpoint-on-test" in one.cites


def test_what_weakens_a_supported_claim_is_named() -> None:
    one = ruled(world(qa(*BETTER)), **{"finding": QA, "is": "better"})
    assert one.ruling == "supported"
    assert "single-seed" in one.cites
    assert "single-seed" in one.because


def test_what_nobody_declared_is_held_against_its_number() -> None:
    """Of many comparisons some are significant by chance; the more there are, the less it says."""
    rises: dict[str, object] = {
        "metric": "accuracy",
        "discordant": {"better": 20, "worse": 7},
    }  # p = 0.019
    others: list[dict[str, object]] = [
        {"metric": name, "discordant": {"better": 7, "worse": 6}}
        for name in ("exact_match", "json_valid")
    ]
    ends: list[dict[str, object]] = [
        {"tuned": 0.63, "base": 0.5},
        {"tuned": 0.51, "base": 0.5},
        {"tuned": 0.51, "base": 0.5},
    ]
    rows: list[dict[str, object]] = [
        {**row, **end} for row, end in zip([rises, *others], ends, strict=True)
    ]
    said = {"finding": "x.accuracy", "is": "better"}
    alone = ruled(recorded({"name": "x", "subset": "all", "n": 100, "rows": rows[:1]}), **said)
    assert alone.ruling == "supported"
    assert "shown also when held against" in alone.because
    among = ruled(recorded({"name": "x", "subset": "all", "n": 100, "rows": rows}), **said)
    assert among.ruling == "not_shown"
    assert "it is one of 3 comparisons that were not declared to decide anything" in among.because
    bound = {"finding": "x.accuracy", "is": "difference", "at_least": "0.01"}
    many = recorded({"name": "x", "subset": "all", "n": 100, "rows": rows})
    assert ruled(many, **bound).ruling == "not_shown"


def test_a_finding_that_is_not_there_is_not_measured() -> None:
    one = ruled(world(qa(*BETTER)), **{"finding": "qa.charm", "is": "better"})
    assert (one.ruling, one.because) == ("not_measured", "There is no finding qa.charm.")


# Numbers that others published


def test_totals_can_show_a_loss_and_no_gain() -> None:
    up = recorded({"name": "x", "n": 500, "rows": [_rates(0.85, 0.7)]})
    down = recorded({"name": "x", "n": 500, "rows": [_rates(0.7, 0.85)]})
    assert ruled(up, **{"finding": "x.accuracy", "is": "better"}).ruling == "not_shown"
    assert ruled(down, **{"finding": "x.accuracy", "is": "better"}).ruling == "contradicted"
    bound = ruled(up, **{"finding": "x.accuracy", "is": "difference", "at_least": "0.05"})
    assert bound.ruling == "not_shown"


def _rates(tuned: float, base: float, **more: object) -> dict[str, object]:
    return {"metric": "accuracy", "tuned": tuned, "base": base, **more}


def test_without_items_only_the_number_stands_there() -> None:
    made = recorded({"name": "x", "rows": [{"metric": "eval_loss", "tuned": 0.4029}]})
    one = ruled(made, **{"finding": "x.eval_loss", "is": "value", "value": "0.4029"})
    assert one.ruling == "supported"
    assert one.because.startswith(
        "The number stands there, as published: x eval loss of tuned is 0.4029"
    )
    assert "no interval" in one.because
    bound = ruled(made, **{"finding": "x.eval_loss", "is": "value", "at_most": "0.5"})
    assert bound.ruling == "not_shown"
    assert "Without an interval nothing shows that it is 0.5 nats/token or less" in bound.because
    above = ruled(made, **{"finding": "x.eval_loss", "is": "value", "at_most": "0.4"})
    assert above.ruling == "contradicted"


def test_two_numbers_without_items_show_no_direction() -> None:
    made = recorded({"name": "x", "subset": "all", "rows": [_rates(0.7, 0.8)]})
    one = ruled(made, **{"finding": "x.accuracy", "is": "better"})
    assert one.ruling == "not_shown"
    assert "n-missing" in one.cites


def test_that_the_items_are_not_known_is_said_once_of_a_number() -> None:
    made = recorded({"name": "x", "subset": "all", "rows": [_rates(0.7, 0.8)]})
    one = ruled(made, **{"finding": "x.accuracy", "is": "better"})
    number = one.because.partition("; that does not count")[0]
    assert number == "x accuracy: −10 points (no interval: the number of items is not stated)"


def test_words_in_the_place_of_a_number_measure_nothing() -> None:
    made = recorded({"name": "x", "rows": [{"metric": "accuracy", "tuned": 0.9285, "base": "N/A"}]})
    one = ruled(made, **{"finding": "x.accuracy", "is": "better"})
    assert one.ruling == "not_measured"
    assert one.cites == ("x.accuracy",)
    # What stands there of tuned stands there all the same.
    assert ruled(made, value="0.9285", of="accuracy").ruling == "supported"
    there = ruled(made, exists="x.accuracy", arm="base")
    assert (there.ruling, ruled(made, exists="x.accuracy").ruling) == ("not_measured", "supported")
    assert "“N/A”" in there.because


def test_a_metric_without_a_known_direction_is_neither_better_nor_worse() -> None:
    row = {"metric": "charm", "definition": "by its name", "tuned": 0.9, "base": 0.5, "n": 500}
    aimless = {**row, "figure": "rate", "discordant": {"better": 240, "worse": 40}}
    for is_ in ("better", "worse"):
        made = recorded({"name": "x", "subset": "all", "rows": [aimless]})
        one = ruled(made, **{"finding": "x.charm", "is": is_})
        assert one.ruling == "not_shown"
        assert "metric-undefined" in one.cites
        assert "Whether more of charm in x is better was not said." in one.because


def test_a_headline_that_its_table_does_not_give_supports_nothing() -> None:
    made = published(
        rows=[
            {"metric": "squared_error", "field": "a", "tuned": 2.0, "base": 4.0},
            {"metric": "squared_error", "field": "b", "tuned": 2.2, "base": 8.0},
        ],
        headline=[{"metric": "squared_error", "tuned": 2.1, "base": 8.56}],
    )
    one = ruled(
        made, **{"finding": "bench.squared_error", "is": "value", "arm": "base", "value": "8.56"}
    )
    assert one.ruling == "not_shown"
    assert one.cites[-1] == "table-does-not-recompute"


def test_counted_pairs_are_tested() -> None:
    one = ruled(judged(), **{"finding": "ab.net_win", "is": "better"})
    assert one.ruling == "supported"
    few = judged({"tuned": 10, "base": 8, "tie": 2})
    other = ruled(few, **{"finding": "ab.net_win", "is": "better"})
    assert other.ruling == "not_shown"
    assert "18 tosses of a fair coin come out at least as unevenly 81.5 % of the time" in (
        other.because
    )
    stands = ruled(few, **{"finding": "ab.net_win", "is": "difference", "value": "0.10"})
    assert stands.ruling == "supported"
    assert stands.because.endswith(
        "The interval holds 0: that it is more than chance is not shown."
    )
    share = ruled(few, **{"finding": "ab.net_win", "is": "value", "arm": "base", "value": "0.40"})
    assert share.ruling == "supported"


def test_what_does_not_count_is_told_to_show_nothing_by_itself_either() -> None:
    few = judged({"tuned": 10, "base": 8, "tie": 2}, orders="fixed", slot="A")
    one = ruled(few, **{"finding": "ab.net_win", "is": "better"})
    assert one.ruling == "not_shown"
    assert (
        "that does not count. Even if it did, nothing would be shown (exact sign test, p = 0.81). "
        "A true difference of about 59 points or more would be found 80 % of the time. For 10 "
        "points about 723 pairs are needed. In ab the tuned model sat in slot A"
    ) in one.because
    many = judged({"tuned": 100, "base": 40, "tie": 20}, orders="fixed", slot="A")
    other = ruled(many, **{"finding": "ab.net_win", "is": "better"})
    assert other.ruling == "not_shown"
    assert "Even if" not in other.because


# Values


@pytest.mark.parametrize(
    ("claim", "ruling"),
    [
        ({"is": "value", "value": "0.60"}, "supported"),
        ({"is": "value", "value": "0.602"}, "not_shown"),  # inside the interval, not what was seen
        ({"is": "value", "value": "0.62", "within": "0.02"}, "supported"),
        ({"is": "value", "value": "0.66", "about": "0.1"}, "supported"),
        ({"is": "value", "value": "0.9"}, "contradicted"),
        ({"is": "value", "value": "0.3", "arm": "base"}, "supported"),
        ({"is": "value", "at_least": "0.5"}, "supported"),
        ({"is": "value", "at_least": "0.6"}, "not_shown"),
        ({"is": "value", "at_least": "0.7"}, "contradicted"),
        ({"is": "value", "at_most": "0.7"}, "supported"),
        ({"is": "value", "at_most": "0.5"}, "contradicted"),
        ({"is": "value", "value": "0.5", "arm": "shipped"}, "not_measured"),
        ({"is": "difference", "value": "0.30"}, "supported"),
        ({"is": "difference", "value": "0.5"}, "contradicted"),
        ({"is": "difference", "at_least": "0.1"}, "supported"),
        ({"is": "relative", "value": "1.0"}, "supported"),
        ({"is": "relative", "value": "0.3"}, "contradicted"),
    ],
)
def test_a_number_of_a_finding(claim: dict[str, str], ruling: str) -> None:
    one = ruled(world(qa(*BETTER)), finding=QA, **claim)
    assert one.ruling == ruling, one.because


def test_a_claimed_percentage_reads_as_one() -> None:
    one = ruled(world(qa(*BETTER)), **{"finding": QA, "is": "value", "value": "0.9285"})
    assert one.because == (
        "qa exact match of tuned is 60.0 % (95 % interval 52.9 to 66.8), not 92.85 %."
    )


def test_a_perplexity_is_compared_as_it_reads() -> None:
    made = recorded({"name": "x", "rows": [{"metric": "perplexity", "tuned": 47.74, "base": 60}]})
    for claim in (
        {"is": "value", "value": "47.74"},
        {"is": "difference", "value": "-12.26"},
        {"is": "relative", "value": "-0.204"},
    ):
        one = ruled(made, finding="x.perplexity", **claim)
        assert one.ruling == "not_shown", claim  # the number of items is not stated
    alone = recorded({"name": "x", "rows": [{"metric": "perplexity", "tuned": 47.74}]})
    assert ruled(alone, value="47.74", of="perplexity").ruling == "supported"
    assert ruled(alone, value="47.8", of="perplexity").ruling == "contradicted"


def test_a_published_change_is_what_it_says() -> None:
    made = recorded({"name": "x", "relative": [{"metric": "train_loss", "change": -0.6451}]})
    claim = {"finding": "x.train_loss", "is": "relative"}
    assert ruled(made, **claim, value="-0.6451").ruling == "supported"
    assert ruled(made, **claim, value="-0.645").ruling == "supported"
    assert ruled(made, **claim, value="-0.6").ruling == "supported"  # as it was written
    assert ruled(made, **claim, value="-0.60").ruling == "contradicted"
    assert ruled(made, **{"finding": "x.train_loss", "is": "better"}).ruling == "not_shown"


def test_a_number_that_measures_another_thing_names_both() -> None:
    made = world(qa(*BETTER))
    one = ruled(made, value="0.9285", of="task_accuracy", measured_by="token_accuracy")
    assert one.ruling == "measures_something_else"
    assert one.because == "0.9285 measures token accuracy, not task accuracy."
    other = ruled(made, value="0.9285", of="exact_match", measured_by="token_accuracy")
    assert other.because.endswith(
        "Here qa exact match of tuned is 60.0 % (95 % interval 52.9 to 66.8)."
    )
    assert (
        ruled(made, value="0.6", of="exact_match", measured_by="exact_match").ruling == "supported"
    )


def test_next_token_accuracy_is_no_task_whatever_the_claim_is() -> None:
    rows = [{"metric": "token_accuracy", "tuned": 0.9, "base": 0.5, "n": 1000}]
    made = recorded(
        {"name": "x", "subset": "all", "rows": rows},
        primary={"layer": "x", "metric": "token_accuracy"},
    )
    for claim in ({"is": "better"}, {"is": "value", "value": "0.9"}):
        one = ruled(made, finding="x.token_accuracy", **claim)
        assert one.ruling == "measures_something_else"
        assert one.cites[-1] == "token-accuracy-as-task"
    task = ruled(made, value="0.90", of="accuracy", measured_by="token_accuracy")
    assert task.because.startswith(
        "90 % measures token accuracy, not accuracy. 90 % is next-token accuracy"
    )
    assert task.cites == ("x.token_accuracy", "token-accuracy-as-task")
    # Who calls it token accuracy says what it is.
    assert ruled(made, value="0.9", of="token_accuracy").ruling == "supported"


def test_nothing_measured_and_several_measured() -> None:
    made = world(qa(*BETTER))
    assert ruled(made, value="0.5", of="bleu").because == "No bleu of tuned was measured."
    rows = {"rows": [{"metric": "accuracy", "tuned": 0.5}]}
    two = recorded({"name": "a", **rows}, {"name": "b", **rows})
    one = ruled(two, value="0.5", of="accuracy")
    assert one.ruling == "not_shown"
    assert "which of them is meant was not said (a.accuracy, b.accuracy)" in one.because
    assert ruled(two, value="0.5", of="a.accuracy").ruling == "supported"


# Requirements


@pytest.mark.parametrize(
    ("least", "ruling"), [(0.5, "supported"), (0.6, "not_shown"), (0.9, "contradicted")]
)
def test_a_target_is_met_when_its_whole_interval_is(least: float, ruling: str) -> None:
    required = {"layer": "qa", "metric": "exact_match", "value_at_least": least}
    made = world(qa(*BETTER), evaluation={"requirements": [required]})
    one = ruled(made, **{"finding": QA, "is": "met_target"})
    assert one.ruling == ruling
    assert one.cites == (f"{QA}:tuned",)
    assert one.because.startswith("Required of tuned: qa exact match at least")


def test_a_target_on_a_loss_measures_another_thing() -> None:
    required = {"layer": "held-out", "metric": "nll", "value_at_most": 3.0}
    losses = loss([1.0 + 0.01 * (i % 7) for i in range(60)], [2.0] * 60)
    made = world(qa(*BETTER), losses, evaluation={"requirements": [required]})
    one = ruled(made, **{"finding": "held-out.nll", "is": "met_target"})
    assert one.ruling == "measures_something_else"
    assert one.cites[-1] == "target-on-proxy"
    nothing = ruled(world(qa(*BETTER)), **{"finding": QA, "is": "met_target"})
    assert nothing.ruling == "not_measured"


# Rules


def test_a_rule_that_is_kept_supports_and_one_that_is_broken_contradicts() -> None:
    rising = world(qa(*BETTER), trainings={1: training(1, eval_losses=(0.9, 0.7, 0.8, 1.0))})
    assert ruled(world(qa(*BETTER)), rule="eval-loss-diverging").ruling == "supported"
    one = ruled(rising, rule="eval-loss-diverging")
    assert one.ruling == "contradicted"
    assert "rose by" in one.because
    assert one.cites == ("eval-loss-diverging",)


@pytest.mark.parametrize(
    ("losses", "ruling", "says"),
    [
        ((0.9, 0.7, 0.71, 0.76), "contradicted", "rose by 8.6 % after it"),
        ((0.9, 0.7, 0.85, 0.76), "not_shown", "its largest step against the trend is 12.9 %"),
        ((0.7, 0.9, 0.65, 0.66, 0.7), "not_shown", "its largest step against the trend is 30.8 %"),
        ((0.9, 0.7, 0.76), "not_shown", "on too few evaluations to be told from jitter"),
        ((0.9, 0.7, 0.71, 0.7, 0.76), "not_shown", "on too few evaluations"),  # as low once more
    ],
)
def test_a_rise_that_may_be_jitter_contradicts_nothing(
    losses: tuple[float, ...], ruling: str, says: str
) -> None:
    rising = world(qa(*BETTER), trainings={1: training(1, eval_losses=losses)})
    one = ruled(rising, rule="eval-loss-diverging")
    assert one.ruling == ruling
    assert says in one.because


def test_a_rule_that_says_that_nobody_looked_contradicts_nothing() -> None:
    blind = world(qa(*BETTER), trainings={1: training(1, eval_losses=())})
    both = ruled(blind, rule=["eval-loss-diverging", "last-point-only"])
    assert both.ruling == "not_shown"
    assert "There is no evaluation curve" in both.because


def test_a_rule_without_anything_to_check_measures_nothing() -> None:
    made = recorded({"name": "x", "rows": [{"metric": "accuracy", "tuned": 0.5}]})
    one = ruled(made, rule="eval-loss-diverging")
    assert one.ruling == "not_measured"
    unchecked = ruled(judged(orders="unknown"), rule="judge-position-fixed")
    assert unchecked.ruling == "not_measured"
    assert "was not stated" in unchecked.because or "not stated" in unchecked.because


def test_the_worst_of_several_rules_decides() -> None:
    rows = RowCounts(rows=400, truncated=40, dropped=0, tokens=40_000, tokens_lost=900)
    made = world(qa(*BETTER), trainings={1: training(1, rows=rows)})
    one = ruled(made, rule=["eval-loss-diverging", "rows-cut"])
    assert one.ruling == "contradicted"
    assert "were cut at max_length" in one.because


# Sums


@pytest.mark.parametrize(
    ("recompute", "claim", "ruling", "gives"),
    [
        ("255 / 0.03", {"value": "10000"}, "contradicted", "8,500; 10,000 is claimed."),
        ("255 / 0.03", {"value": "10e3", "about": "0.2"}, "supported", "give or take 2,000."),
        ("255 / 0.025", {"value": "10e3"}, "supported", "10,200"),
        ("1803 * 4.29 / 3600", {"value": "2.5"}, "contradicted", "2.149"),
        ("9900 * 0.025", {"value": "247.50"}, "supported", "247.5"),
        ("10 / 20 - 8 / 20", {"value": "0.10"}, "supported", "0.1"),
        ("10 / 20 - 7 / 20", {"value": "0.1"}, "supported", "0.15"),  # rounds to 0.1 or 0.2
        ("10 / 20 - 7 / 20", {"value": "0.10"}, "contradicted", "0.15"),
        ("67 / (4 * 48)", {"value": "0.35"}, "supported", "0.349"),
        (
            "(2.07 + 1.70 + 1.58 + 2.19 + 3.69 + 1.04) / 6",
            {"value": "1.99"},
            "contradicted",
            "2.045",
        ),
        ("log(47.74)", {"value": "3.87"}, "supported", "3.8658"),
        ("exp(0.271)", {"value": "47.74"}, "contradicted", "1.3113"),
        ("3 * 3", {"at_least": "9"}, "supported", "held against at least 9"),
        ("3 * 3", {"at_most": "8"}, "contradicted", "held against at most 8"),
        ("0.1 + 0.2", {"value": "0.3", "within": "0"}, "supported", "0.3"),
    ],
)
def test_a_sum_is_computed_again(
    recompute: str, claim: dict[str, str], ruling: str, gives: str
) -> None:
    one = ruled(world(qa(*BETTER)), recompute=recompute, **claim)
    assert one.ruling == ruling
    assert gives in one.because
    assert one.because.startswith(f"{recompute} = ")


# Nothing that can be measured


def test_what_names_nothing_is_not_measured_and_what_it_needs_is_told() -> None:
    made = world(qa(*BETTER))
    bare = ruled_as(made, {"text": "Expert-level", "asserts": "unmeasurable"})
    assert bare.ruling == "not_measured"
    assert bare.because == "The sentence names nothing that could be measured."
    claim = {"text": "Expert-level", "asserts": "unmeasurable", "needs": "blind grades by teachers"}
    assert ruled_as(made, claim).because.endswith(
        "What could be measured in its place: blind grades by teachers."
    )
    shown = {"text": "x", "asserts": {"finding": QA, "is": "better"}, "needs": "anything"}
    assert "What would show it" not in ruled_as(made, shown).because


def test_what_nobody_measured_is_told_from_what_nobody_could() -> None:
    made = world(qa(*BETTER))
    claim = {"text": "x", "asserts": "unmeasured", "needs": "rows by subject, counted"}
    one = ruled_as(made, claim)
    assert one.ruling == "not_measured"
    assert one.because == (
        "It could be measured, and no number of it is here. What would show it: rows by subject, "
        "counted."
    )


@pytest.mark.parametrize(("lost", "ruling"), [(0, "supported"), (10, "not_shown")])
def test_a_size_that_missing_answers_could_change_is_not_shown(lost: int, ruling: str) -> None:
    made = world(qa("-" * lost + "1" * (80 - lost) + "0" * 20, "1" * 30 + "0" * 70))
    one = ruled(made, finding=QA, **{"is": "difference"}, at_least="0.3")
    assert one.ruling == ruling
    assert ("what is missing could change whether that holds" in one.because) is bool(lost)


# Whatever the evidence is


CODES = st.sampled_from(["1", "0", "?", "-"])


@st.composite
def worlds(draw: st.DrawFn) -> World:
    n = draw(st.integers(8, 60))
    shares = st.lists(CODES, min_size=n, max_size=n).map("".join)
    gain = draw(st.sampled_from([0.02, 0.1, 0.4]))
    guarded = draw(st.booleans())
    layers = [qa(draw(shares), draw(shares))]
    if guarded:
        plain = st.lists(st.sampled_from("10"), min_size=n, max_size=n).map("".join)
        layers.append(choice(draw(plain), draw(plain)))
    declared = draw(st.booleans())
    return world(
        *layers,
        primary={**PRIMARY, "gain_at_least": gain} if declared else None,
        guards=[GUARD] if guarded else [],
        roles={"test": Role.TEST},
    )


@settings(max_examples=25, deadline=None)
@given(worlds())
def test_better_and_worse_are_never_both_supported(made: World) -> None:
    for finding in made.findings.findings:
        rulings = {
            is_: ruled(made, **{"finding": finding.id, "is": is_}).ruling
            for is_ in ("better", "worse", "no_worse", "equal")
        }
        supported = {is_ for is_, ruling in rulings.items() if ruling == "supported"}
        assert not {"better", "worse"} <= supported
        assert not {"worse", "no_worse"} <= supported or finding.outcome is FindingOutcome.RETAINED
        if rulings["better"] == "supported":
            assert rulings["worse"] == "contradicted"
            assert rulings["no_worse"] == "supported"
        if finding.outcome in (FindingOutcome.INCONCLUSIVE, FindingOutcome.BORDERLINE):
            assert not supported
            assert "contradicted" not in rulings.values()
        if finding.outcome is FindingOutcome.NOT_MEASURED:
            assert set(rulings.values()) == {"not_measured"}


@settings(max_examples=25, deadline=None)
@given(worlds(), st.decimals(-1, 1, places=3))
def test_nothing_is_supported_that_does_not_count(made: World, number: Any) -> None:
    void = {
        id_
        for remark in made.remarks
        if remark.status == "broken" and remark.severity == "invalidates"
        for id_ in remark.cites
    }
    for finding in made.findings.findings:
        for claim in (
            {"is": "better"},
            {"is": "equal"},
            {"is": "value", "value": str(number)},
            {"is": "value", "at_least": str(number)},
            {"is": "difference", "at_most": str(number)},
            {"is": "relative", "value": str(number)},
        ):
            one = ruled(made, finding=finding.id, **claim)
            assert one.because.endswith((".", ")"))
            if finding.id in void:
                assert one.ruling not in {"supported", "contradicted"}


NOTHING = recorded({"name": "x", "rows": [{"metric": "accuracy", "tuned": 0.5}]})


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.decimals(-10_000, 10_000, places=3), min_size=1, max_size=6),
    st.sampled_from("+-*"),
    st.integers(0, 5),
)
def test_sums_of_decimals_are_exact(numbers: list[Any], operator: str, places: int) -> None:
    texts = [f"({number:f})" for number in numbers]
    text = f" {operator} ".join(texts)
    expected = Fraction(numbers[0])
    for number in numbers[1:]:
        other = Fraction(number)
        expected = {
            "+": expected + other, "-": expected - other, "*": expected * other
        }[operator]  # fmt: skip
    if len(text) > 200:
        return
    assert computed(text) == expected
    scaled = str(round(expected * 10**places))
    written = scaled if not places else f"{scaled}e-{places}"
    is_near = abs(exactly(written) - expected) <= rounding_of(written)
    assert is_near
    assert ruled(NOTHING, recompute=text, value=written).ruling == "supported"
    off = str(round(expected * 10**places) + 2)
    elsewhere = f"{off}e-{places}" if places else off
    assert ruled(NOTHING, recompute=text, value=elsewhere).ruling == "contradicted"
