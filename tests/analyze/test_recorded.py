"""Findings of published numbers: what totals allow is computed, what they do not is never 0."""

import json
import math

import pytest

from evalreport.analyze.findings import Finding, FindingOutcome, FindingRole
from evalreport.analyze.recorded import NO_DIRECTION, TOTALS
from evalreport.estimates import Estimate, NotEstimable, Point
from evalreport.records import Origin
from evalreport.stats.paired_binary import exact_mcnemar, tango
from evalreport.stats.two_rates import fisher_exact, newcombe
from tests.analyze.evidence import World
from tests.analyze.layers import Options
from tests.rules.recorded_worlds import recorded

RATES: Options = {"metric": "accuracy", "n": 500, "tuned": 0.62, "base": 0.53}
LENGTH: Options = {
    "metric": "rubric", "unit": "points", "higher_is_better": True, "definition": "1 to 10",
    "tuned": {"value": 7.4, "sd": 1.5}, "base": {"value": 6.9, "sd": 1.6}, "n": 200,
}  # fmt: skip


def table(*rows: Options, gain: float | None = 0.05, **more: object) -> World:
    layer: Options = {"name": "them", "rows": [*rows], **more}
    primary: dict[str, object] = {"layer": "them", "metric": rows[0]["metric"]}
    if rows[0].get("field"):
        primary["field"] = rows[0]["field"]
    if gain is not None:
        primary["gain_at_least"] = gain
    return recorded(layer, primary=primary)


def counted(counts: Options, **more: object) -> Finding:
    layer: Options = {"name": "ab", "counts": counts, **more}
    primary: Options = {"layer": "ab", "metric": "net_win", "gain_at_least": 0.1}
    (finding,) = recorded(layer, primary=primary).findings.findings
    return finding


# Counts


def test_wins_and_losses_are_a_paired_test() -> None:
    finding = counted({"tuned": 10, "base": 8, "tie": 2})
    theirs = tango(10, 8, 20, level=0.95)
    assert isinstance(finding.difference, Estimate)
    assert isinstance(theirs, Estimate)
    assert (finding.difference.low, finding.difference.high) == (theirs.low, theirs.high)
    assert finding.p_value == exact_mcnemar(10, 8).p_value
    assert finding.test == "exact sign test"
    assert finding.counts is not None
    assert (finding.n, finding.counts.same) == (20, 2)
    assert finding.origin is Origin.RECORDED
    assert finding.outcome is FindingOutcome.INCONCLUSIVE
    assert finding.sentence.startswith(
        "20 pairs (10 won, 8 lost, 2 tied) cannot tell whether tuned is better than base on ab net "
        "win: +10 points (95 % interval −30 to +47). 18 tosses of a fair coin come out at least as "
        "unevenly 81.5 % of the time."
    )
    assert finding.n_required == 723


def test_counts_of_pairs_may_show_a_gain() -> None:
    finding = counted({"tuned": 72, "base": 32, "tie": 16})
    assert finding.outcome is FindingOutcome.BETTER
    assert "120 pairs (72 won, 32 lost, 16 tied)" in finding.sentence


def test_ties_that_nobody_counted_are_not_none() -> None:
    finding = counted({"tuned": 72, "base": 32})
    assert isinstance(finding.difference, Point)
    assert finding.n_missing == "the number of ties is not stated"
    assert finding.p_value is None
    assert finding.outcome is FindingOutcome.INCONCLUSIVE


def test_ties_follow_from_the_number_of_pairs() -> None:
    finding = counted({"tuned": 72, "base": 32}, n=120)
    assert finding.counts is not None
    assert finding.counts.same == 16


def test_whoever_is_named_first_tuned_stands_against_base() -> None:
    finding = counted({"base": 8, "tuned": 10, "tie": 2})
    assert finding.arms == ("tuned", "base")
    assert finding.counts is not None
    assert finding.counts.better == 10


def test_few_pairs_have_no_interval() -> None:
    finding = counted({"tuned": 5, "base": 1, "tie": 0})
    assert isinstance(finding.difference, Point)
    assert finding.outcome is FindingOutcome.INCONCLUSIVE


# Rates


def test_two_rates_are_two_samples() -> None:
    (finding,) = table(RATES).findings.findings
    theirs = newcombe(310, 500, 265, 500, level=0.95)
    tested = fisher_exact(310, 500, 265, 500)
    assert isinstance(finding.difference, Estimate)
    assert isinstance(theirs, Estimate)
    assert not isinstance(tested, NotEstimable)
    assert finding.difference.low == pytest.approx(theirs.low)
    assert finding.difference.high == pytest.approx(theirs.high)
    assert finding.p_value == tested.p_value
    assert finding.n_by_arm == (500, 500)


def test_a_gain_of_totals_is_inconclusive_and_says_why() -> None:
    (finding,) = table(RATES).findings.findings
    assert finding.p_value is not None
    assert finding.p_value < 0.05
    assert finding.outcome is FindingOutcome.INCONCLUSIVE
    assert finding.withheld == TOTALS
    assert "is not settled" in finding.sentence


def test_a_loss_of_totals_is_told() -> None:
    (finding,) = table({**RATES, "tuned": 0.5, "base": 0.62}).findings.findings
    assert finding.outcome is FindingOutcome.WORSE


def test_a_guard_of_totals_is_never_retained() -> None:
    world = recorded(
        {"name": "ab", "counts": {"tuned": 72, "base": 32, "tie": 16}},
        {"name": "them", "rows": [{**RATES, "n": 5000, "tuned": 0.6, "base": 0.6}]},
        primary={"layer": "ab", "metric": "net_win", "gain_at_least": 0.1},
    )
    guard = {"layer": "them", "metric": "accuracy", "lose_at_most": 0.1}
    spec = world.spec.model_validate(
        {
            **world.spec.model_dump(mode="json", by_alias=True, exclude_unset=True),
            "evaluation": {
                **world.spec.evaluation.model_dump(mode="json", by_alias=True, exclude_unset=True),
                "guards": [guard],
            },
        }
    )
    finding = World(spec, world.evidence).finding("them.accuracy")
    assert finding.role is FindingRole.GUARD
    assert finding.outcome is FindingOutcome.INCONCLUSIVE
    assert finding.withheld == TOTALS


def test_on_how_many_items_two_rates_differ_makes_them_paired() -> None:
    (finding,) = table({**RATES, "discordant": {"better": 80, "worse": 35}}).findings.findings
    theirs = tango(80, 35, 500, level=0.95)
    assert isinstance(finding.difference, Estimate)
    assert isinstance(theirs, Estimate)
    assert (finding.difference.low, finding.difference.high) == (theirs.low, theirs.high)
    assert finding.test == "exact McNemar test"
    assert finding.outcome is FindingOutcome.BETTER


def test_a_rate_without_items_is_a_bare_number() -> None:
    (finding,) = table({**RATES, "n": "unknown"}).findings.findings
    assert isinstance(finding.difference, Point)
    assert finding.difference.value == pytest.approx(0.09)
    assert finding.difference.no_interval == "the number of items is not stated"
    assert finding.outcome is FindingOutcome.INCONCLUSIVE
    assert "An unknown number of items cannot tell" in finding.sentence
    assert " 0 items" not in finding.sentence


def test_items_of_each_arm_are_told() -> None:
    (finding,) = table({**RATES, "base": {"value": 0.53, "n": 480}}).findings.findings
    assert finding.n_by_arm == (500, 480)
    assert "500 and 480 items" in finding.sentence


# Means, losses, changes


def test_means_with_their_spread_have_welchs_interval() -> None:
    (finding,) = table(LENGTH, gain=0.3).findings.findings
    error = math.sqrt(1.5**2 / 200 + 1.6**2 / 200)
    assert isinstance(finding.difference, Estimate)
    assert finding.difference.value == pytest.approx(0.5)
    assert finding.difference.high - 0.5 == pytest.approx(1.966 * error, rel=1e-3)
    assert finding.test == "Welch's t test"


def test_a_standard_error_tells_the_spread() -> None:
    row = {**LENGTH, "tuned": {"value": 7.4, "se": 1.5 / math.sqrt(200)},
           "base": {"value": 6.9, "se": 1.6 / math.sqrt(200)}}  # fmt: skip
    first, second = (table(one, gain=0.3).findings.findings[0] for one in (row, LENGTH))
    assert isinstance(first.difference, Estimate)
    assert isinstance(second.difference, Estimate)
    assert first.difference.low == pytest.approx(second.difference.low)


def test_means_without_spread_have_no_interval() -> None:
    (finding,) = table({**LENGTH, "tuned": 7.4, "base": 6.9}, gain=0.3).findings.findings
    assert isinstance(finding.difference, Point)
    assert finding.difference.value == pytest.approx(0.5)
    assert finding.difference.no_interval == "no spread over items was published"
    assert finding.n == 200


def test_a_published_interval_is_shown_where_none_can_be_computed() -> None:
    row = {**LENGTH, "tuned": {"value": 7.4, "low": 7.1, "high": 7.7}, "base": 6.9}
    (finding,) = table(row, gain=0.3).findings.findings
    assert isinstance(finding.tuned, Point)
    assert finding.tuned.no_interval.endswith("published: 7.1 to 7.7")


def test_a_perplexity_is_a_ratio() -> None:
    (finding,) = table({"metric": "perplexity", "tuned": 4.0, "base": 8.0}).findings.findings
    assert isinstance(finding.difference, Point)
    assert finding.difference.value == pytest.approx(math.log(0.5))
    assert "× 0.5" in finding.sentence


def test_a_change_without_its_ends_is_no_points() -> None:
    world = recorded({"name": "log", "relative": [{"metric": "train_loss", "change": -0.6451}]})
    finding = world.finding("log.train_loss")
    assert isinstance(finding.tuned, NotEstimable)
    assert finding.sentence == (
        "log train loss, exploratory: −64.51 % of before (no interval: only the change was "
        "published), an unknown number of items."
    )


def test_a_direction_that_nobody_gave_settles_nothing() -> None:
    row: Options = {**RATES, "metric": "pedagogy", "figure": "rate", "tuned": 0.5, "base": 0.62}
    (finding,) = table(row).findings.findings
    assert finding.outcome is FindingOutcome.INCONCLUSIVE
    assert finding.withheld == NO_DIRECTION


# Arms and names


def test_checkpoints_stand_against_the_base() -> None:
    row: Options = {"metric": "squared_error", "base": 8.48, "epoch-1": 2.38, "epoch-3": 2.05}
    world = recorded({"name": "traits", "rows": [row]})
    assert [f.id for f in world.findings.findings] == [
        "traits.squared_error:epoch-1~base",
        "traits.squared_error:epoch-3~base",
    ]


def test_tuned_stands_against_another_base() -> None:
    row: Options = {"metric": "squared_error", "field": "formality", "base-4bit": 4.94, "tuned": 2}
    world = recorded({"name": "traits", "rows": [row]})
    (finding,) = world.findings.findings
    assert finding.id == "traits.squared_error.formality:tuned~base-4bit"
    assert finding.role is FindingRole.EXPLORATORY


def test_what_was_declared_and_not_recorded_is_missed() -> None:
    row: Options = {"metric": "squared_error", "field": "formality", "base-4bit": 4.94, "tuned": 2}
    world = table(row)
    finding = world.finding("them.squared_error.formality")
    assert finding.outcome is FindingOutcome.NOT_MEASURED
    assert finding.sentence == (
        "them squared error of formality: not measured, them records no such number of base."
    )


def test_a_headline_is_the_finding_of_all_fields() -> None:
    rows = [{"metric": "squared_error", "field": "a", "base": 2.0, "tuned": 1.0}]
    top = [{"metric": "squared_error", "base": 2.0, "tuned": 1.0}]
    world = recorded({"name": "traits", "rows": rows, "headline": top})
    assert [f.id for f in world.findings.findings] == [
        "traits.squared_error.a", "traits.squared_error",
    ]  # fmt: skip


def test_words_are_no_numbers() -> None:
    world = recorded(
        {"name": "card", "rows": [{"metric": "style", "base": "Basic", "tuned": "Top"}]}
    )
    (finding,) = world.findings.findings
    assert finding.outcome is FindingOutcome.NOT_MEASURED
    assert finding.base == NotEstimable(
        not_estimable="in the place of a number of base stands “Basic”"
    )


def test_words_of_both_arms_are_told_together() -> None:
    world = recorded(
        {"name": "card", "rows": [{"metric": "style", "base": "Basic", "tuned": "Top"}]}
    )
    (finding,) = world.findings.findings
    assert finding.difference == NotEstimable(
        not_estimable="in the place of numbers stand “Top” (tuned) and “Basic” (base)"
    )


@pytest.mark.parametrize(
    ("given", "n"), [({"n": 500}, 500), ({"n": "unknown"}, 0), ({"n": 500, "base": "N/A"}, 500)]
)
def test_a_number_that_stands_alone_keeps_its_items(given: Options, n: int) -> None:
    (finding,) = recorded(
        {"name": "them", "rows": [{"metric": "accuracy", "tuned": 0.62, **given}]}
    ).findings.findings
    assert finding.outcome is FindingOutcome.NOT_MEASURED
    assert finding.n == n
    assert finding.n_missing == ("" if n else "the number of items is not stated")


# Requirements


@pytest.mark.parametrize(
    ("row", "met", "note"),
    [
        # 430 of 500 are at least 82.6 % (Clopper and Pearson), and nobody can look at them
        (
            {"metric": "accuracy", "tuned": 0.86, "n": 500},
            None,
            "totals that others published can show that it is not met, and no more",
        ),
        ({"metric": "accuracy", "tuned": 0.62, "n": 500}, False, ""),
        ({"metric": "accuracy", "tuned": 0.86}, None, ""),
    ],
)
def test_what_others_published_can_fail_a_requirement_and_not_meet_it(
    row: Options, met: bool | None, note: str
) -> None:
    world = recorded(
        evaluation={
            "requirements": [{"layer": "them", "metric": "accuracy", "value_at_least": 0.8}],
            "layers": [{"kind": "recorded", "name": "them", "rows": [row]}],
        }
    )
    (one,) = world.findings.measurements
    assert (one.met, one.note, one.n) == (met, note, row.get("n", 0))
    assert isinstance(one.value, Estimate if "n" in row else Point)
    assert one.value.value == row["tuned"]


def test_a_requirement_on_what_nobody_published_is_not_measured() -> None:
    world = recorded(
        evaluation={
            "requirements": [
                {"layer": "them", "metric": "accuracy", "arm": "base", "value_at_least": 0.8}
            ],
            "layers": [
                {
                    "kind": "recorded",
                    "name": "them",
                    "rows": [{"metric": "accuracy", "tuned": 0.86}],
                }
            ],
        }
    )
    (one,) = world.findings.measurements
    assert one.value == NotEstimable(not_estimable="base gave no such score")
    assert one.requirement_state == "not decided"


# report.json


def test_an_unknown_number_of_items_is_no_0_in_report_json() -> None:
    (finding,) = table({**RATES, "n": "unknown"}).findings.findings
    dumped = json.loads(finding.model_dump_json())
    assert dumped["n"] == {"not_estimable": "the number of items is not stated"}
    assert "n_missing" not in dumped
    assert Finding.model_validate(dumped) == finding


def test_both_numbers_of_items_come_back_from_report_json() -> None:
    (finding,) = table({**RATES, "base": {"value": 0.53, "n": 480}}).findings.findings
    assert Finding.model_validate_json(finding.model_dump_json()) == finding
