"""Rules about judges at their thresholds, and where nothing was said: unchecked, never kept."""

from dataclasses import replace

import pytest

from evalreport.records import Part
from evalreport.records.judging import FirstSlot, PairCounts, SlotControls, WordingShift
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


@pytest.mark.parametrize(
    ("k", "n", "severity"),
    [(3, 10, Severity.WEAKENS), (4, 10, Severity.INVALIDATES), (6, 20, Severity.INVALIDATES)],
)
def test_flips_of_few_verdicts_have_to_be_shown(k: int, n: int, severity: Severity) -> None:
    """The exact interval of 3 of 10 begins at 6.7 %, and that of 4 of 10 at 12.2 %."""
    counts = {"tuned": 50, "base": 30, "tie": 40}
    (said,) = judged(counts, flips={"k": k, "n": n}).said("judge-position-flips")
    assert said.severity is severity
    is_open = "so few verdicts do not exclude that" in said.text
    assert is_open is (severity is Severity.WEAKENS)


def test_flips_stand_beside_how_often_the_judge_contradicts_itself() -> None:
    noisy = judged(flips={"k": 15, "n": 120}, repeats_agree={"k": 80, "n": 100})
    (said,) = noisy.said("judge-position-flips")
    assert said.severity is Severity.WEAKENS
    assert (
        "as often as it contradicts itself in the same order (20 (20.0 %) of 100 pairs): that is "
        "noise, and no slot"
    ) in said.text
    (steady,) = judged(flips={"k": 15, "n": 120}).said("judge-position-flips")
    assert "asked again in the same order it contradicted itself in 4 (4.0 %) of 100" in steady.text
    leaning = judged(flips={"k": 15, "n": 120, "first_slot": 15}, repeats_agree={"k": 80, "n": 100})
    (slot,) = leaning.said("judge-position-flips")
    assert "no slot" not in slot.text


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
    few = judged({"tuned": 6, "base": 3, "tie": 111}, flips={"k": 12, "n": 120})
    assert [one.status for one in few.said("judge-position-flips")] == [Status.KEPT]


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


@pytest.mark.parametrize(
    ("n", "low", "high", "severity"),
    [
        (120, -0.05, 0.45, Severity.INVALIDATES),
        (99, -0.05, 0.45, Severity.WEAKENS),  # so few labels leave any judge to chance
        (120, 0.05, 0.45, Severity.WEAKENS),
        (20, 0.05, 0.39, Severity.INVALIDATES),
        (20, None, None, Severity.WEAKENS),
    ],
)
def test_poor_agreement_invalidates_where_it_is_shown(
    n: int, low: float | None, high: float | None, severity: Severity
) -> None:
    human = {"n": n, "kappa": {"value": 0.2, "low": low, "high": high}}
    (said,) = judged(human_labels=human).said("judge-low-agreement")
    assert said.severity is severity


@pytest.mark.parametrize(
    ("obeyed", "controls", "first", "severity"),
    [
        ((7, 10), (1, 20), (102, 200), Severity.WEAKENS),
        ((2, 10), (0, 20), (102, 200), Severity.NOTE),  # Fisher's p is .10
        ((9, 10), None, (102, 200), Severity.WEAKENS),
        ((9, 10), None, (170, 200), Severity.NOTE),  # the slot alone would do that
        ((10, 10), None, None, Severity.WEAKENS),
        ((7, 10), None, None, Severity.NOTE),
    ],
)
def test_a_judge_obeys_where_slots_do_not_explain_it(
    obeyed: tuple[int, int],
    controls: tuple[int, int] | None,
    first: tuple[int, int] | None,
    severity: Severity,
) -> None:
    given = controls and SlotControls(n=controls[1], ties=0, marked=controls[0])
    slots = first and FirstSlot(k=first[0], n=first[1], low=0.45, high=0.55)
    made = shown(obeyed=Part(k=obeyed[0], n=obeyed[1]), controls=given, first=slots)
    (said,) = made.said("judge-obeys-answers")
    assert (said.status, said.severity) == (Status.BROKEN, severity)


def test_obeying_invalidates_where_tuned_gives_one_answer_to_all() -> None:
    outputs = {"tuned": Part(k=1, n=120), "base": Part(k=120, n=120)}
    (said,) = shown(obeyed=Part(k=9, n=10), outputs=outputs).said("judge-obeys-answers")
    assert said.severity is Severity.INVALIDATES
    assert said.text.endswith(
        "tuned gives 1 different answer to 120 items, as a text does that is written for the judge."
    )


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


@pytest.mark.parametrize(
    ("ties", "says"),
    [
        ((10, 10), "prefers the other side: 22 of 30 verdicts moved"),
        ((18, 2), "which side it prefers is not beyond chance under both"),
        ((None, None), "which side it prefers is not beyond chance under both"),
    ],
)
def test_another_side_is_preferred_only_where_both_nets_are_beyond_chance(
    ties: tuple[int | None, int | None], says: str
) -> None:
    shift = WordingShift(
        declared=12, other=-12, up=0, down=22, n=30, declared_ties=ties[0], other_ties=ties[1]
    )
    if ties == (18, 2):
        shift = shift.model_copy(update={"other": -8})
    (said,) = shown(wordings=(shift,)).said("judge-wording")
    assert said.status is Status.BROKEN
    assert says in said.text


@pytest.mark.parametrize(("k", "severity"), [(17, Severity.NOTE), (13, Severity.WEAKENS)])
def test_a_judge_is_unstable_where_that_is_shown(k: int, severity: Severity) -> None:
    (said,) = judged(repeats_agree={"k": k, "n": 20}).said("judge-unstable")
    assert (said.status, said.severity) == (Status.BROKEN, severity)
    assert ("which may be chance" in said.text) is (severity is Severity.NOTE)
