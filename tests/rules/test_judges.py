"""Rules about judges at their thresholds, and where nothing was said: unchecked, never kept."""

from dataclasses import replace

import pytest

from evalreport.records.judging import PairCounts
from evalreport.rules.base import Severity, Status
from evalreport.rules.judged import family_of
from evalreport.spec.models import BaseOptions
from tests.rules.recorded_worlds import JUDGE, judged
from tests.rules.sign_cases import shown


@pytest.mark.parametrize(
    "rule",
    [
        "judge-position-fixed", "judge-batched", "judge-unstable", "judge-same-family",
        "judge-made-the-data", "judge-length", "judge-score-as-quality",
    ],
)  # fmt: skip
def test_what_was_not_said_is_unchecked(rule: str) -> None:
    (said,) = judged(**dict.fromkeys(JUDGE)).said(rule)
    assert said.status is Status.UNCHECKED
    assert said.cites == ("ab.net_win",)


def test_a_base_that_nobody_named_has_no_family() -> None:
    made = judged()
    unnamed = made.spec.model_copy(update={"base_model": BaseOptions(path="unknown")})
    (said,) = replace(made, spec=unnamed).said("judge-same-family")
    assert said.status is Status.UNCHECKED
    assert said.text == (
        "Which family of models the base, which nobody named, belongs to is not known."
    )


def test_nobody_who_agrees_with_the_judge_is_broken_and_not_unchecked() -> None:
    (said,) = judged(**dict.fromkeys(JUDGE)).said("judge-unvalidated")
    assert said.status is Status.BROKEN
    assert said.text.endswith("is unknown: there are no human labels.")


@pytest.mark.parametrize(
    ("k", "status", "severity"),
    [
        (12, Status.KEPT, Severity.WEAKENS),
        (13, Status.BROKEN, Severity.WEAKENS),
        (30, Status.BROKEN, Severity.WEAKENS),
        (31, Status.BROKEN, Severity.INVALIDATES),
    ],
)
def test_flips_are_fine_a_caution_or_too_many(k: int, status: Status, severity: Severity) -> None:
    counts = {"tuned": 50, "base": 30, "tie": 40}
    (said,) = judged(counts, flips={"k": k, "n": 120}).said("judge-position-flips")
    assert (said.status, said.severity) == (status, severity)


def test_few_flips_that_all_go_to_the_first_slot_are_told() -> None:
    (said,) = judged(flips={"k": 9, "n": 120, "first_slot": 9}).said("judge-position-flips")
    assert said.status is Status.BROKEN
    assert "9 of these went to what stood first, both times" in said.text


def test_flips_that_were_not_counted_as_ties_are_told() -> None:
    (said,) = judged(flips={"k": 20, "n": 120}).said("judge-position-flips")
    assert "They count as ties, and only 16 were counted" in said.text


def test_as_many_flips_as_decisive_pairs_decide_nothing() -> None:
    world = judged({"tuned": 12, "base": 6, "tie": 102}, flips={"k": 18, "n": 120})
    (said,) = world.said("judge-position-flips")
    assert said.severity is Severity.INVALIDATES


def test_both_orders_without_a_count_of_flips_are_unchecked() -> None:
    (said,) = judged(flips=None).said("judge-position-flips")
    assert said.status is Status.UNCHECKED


@pytest.mark.parametrize(
    ("human", "says"),
    [
        ({"n": 60, "kappa": {"value": 0.7, "low": 0.6, "high": 0.8}}, "60 human labels stand"),
        ({"n": 120, "agree": 100}, "with no kappa"),
        ({"n": 120, "kappa": {"value": 0.7}}, "kappa without an interval"),
        ({"n": 120, "kappa": {"value": 0.5, "low": 0.35, "high": 0.6}}, "as low as 0.35"),
    ],
)
def test_validated_takes_100_labels_and_kappa_above_0_4(human: object, says: str) -> None:
    (said,) = judged(human_labels=human).said("judge-unvalidated")
    assert said.status is Status.BROKEN
    assert says in said.text


def test_agreement_that_may_be_chance_invalidates() -> None:
    human = {"n": 120, "kappa": {"value": 0.2, "low": -0.05, "high": 0.4}}
    (said,) = judged(human_labels=human).said("judge-low-agreement")
    assert said.severity is Severity.INVALIDATES


def test_a_judge_that_made_the_data_unseen_by_people_invalidates() -> None:
    world = judged(generator_of_training_data="gpt-5-mini", human_labels=None)
    (said,) = world.said("judge-made-the-data")
    assert said.severity is Severity.INVALIDATES


def test_length_is_told_by_who_wins_too() -> None:
    longer = {"tuned": {"tuned": 50, "base": 4}, "base": {"tuned": 22, "base": 28}}
    (said,) = judged(by_longer=longer).said("judge-length")
    assert "the longer answer wins 75 % of 104 decisive pairs" in said.text


def test_where_the_shorter_answer_always_wins_that_is_what_is_said() -> None:
    shorter = {"tuned": {"tuned": 0, "base": 12}, "base": {"tuned": 15, "base": 0}}
    (said,) = judged(by_longer=shorter).said("judge-length")
    assert said.status is Status.BROKEN
    assert "the shorter answer wins 100 % of 27 decisive pairs" in said.text


def test_a_judge_that_favours_who_loses_anyway_invalidates_nothing() -> None:
    """Of a clear winner even errors at random are mostly against it: that makes the gain small."""
    human = {"n": 120, "kappa": JUDGE["human_labels"]["kappa"], "favours": {"tuned": 4, "base": 20}}  # type: ignore[index]  # a dict of options
    (said,) = judged(human_labels=human).said("judge-biased-direction")
    assert (said.status, said.severity) == (Status.BROKEN, Severity.NOTE)
    assert "favours base against people in 20 of 24 disagreements, and tuned wins" in said.text
    even = {"tuned": 52, "base": 52, "tie": 16}
    (said,) = judged(even, human_labels=human).said("judge-biased-direction")
    assert said.severity is Severity.INVALIDATES


def test_two_like_texts_are_nothing_that_a_judge_could_not_separate() -> None:
    def said_of(asked: int) -> Status:
        (said,) = shown(pairs=asked, verdicts=PairCounts(wins=30, losses=10, ties=80)).said(
            "judge-insensitive"
        )
        return said.status

    assert said_of(60) is Status.KEPT  # 60 of 120 were never asked: 20 ties of 60
    assert said_of(120) is Status.BROKEN


def test_people_are_not_asked_what_models_are() -> None:
    world = judged(judge="people", human_labels=None)
    for rule in ("judge-unvalidated", "judge-same-family", "judge-batched", "judge-unstable"):
        assert {one.status for one in world.said(rule)} == {Status.NOT_APPLICABLE}
    (said,) = world.said("judge-position-fixed")
    assert said.status is Status.KEPT


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("unsloth/Qwen3-4B", "qwen"), ("gpt-4o-mini", "gpt"), ("claude-3.5-sonnet", "claude"),
        ("HuggingFaceTB/SmolLM2-135M", "smollm"), ("my-own-judge", None),
        ("meta-llama/Llama-3.1-8B", "llama"),
    ],
)  # fmt: skip
def test_families_are_read_from_names(name: str, family: str | None) -> None:
    assert family_of(name) == family


def test_a_sound_judgement_is_weakened_by_nothing_but_its_being_recorded() -> None:
    world = judged()
    broken = {one.rule for one in world.remarks if one.status is Status.BROKEN}
    assert broken == {"retention-unmeasured"}
    assert world.verdict.outcome == "better_retention_unknown"
