"""What rules read of judges that were asked here, and what they then say."""

from dataclasses import replace

import pytest

from evalreport.analyze.judging.facts import judging_of
from evalreport.analyze.labels import Labels
from evalreport.records import JudgedLayer, JudgePart, JudgeUse, Judging, Part
from evalreport.records.judging import PairCounts, SlotControls, WordingShift
from evalreport.rules.base import Severity, Status
from tests.analyze.evidence import World
from tests.analyze.judging.judges import (
    judged_layer,
    layer_of,
    rated,
    said_both,
    said_once,
    with_judge,
)
from tests.analyze.judging.test_card import with_lengths


def facts_of(judged: JudgedLayer, *, rubric: bool = False, **more: object) -> Judging:
    alone = Labels.of(None for _ in judged.items)
    return judging_of(layer_of(judged, rubric=rubric, **more), judged, alone)[0]


def broken(made: World, rule: str) -> list[tuple[Severity, str]]:
    return [(one.severity, one.text) for one in made.said(rule) if one.status is Status.BROKEN]


def test_the_facts_as_by_hand() -> None:
    judged = with_lengths(
        judged_layer(
            "+" * 10 + "-" * 4 + "=" * 2 + "1" * 3 + "?",
            *said_once(["first"] * 4, JudgePart.REPEAT, first=[True] * 4),
            *said_once(["tie"] * 3 + ["first"], JudgePart.CONTROL, first=[True] * 4),
            *said_once(["first", "tie"], JudgePart.CANARY, first=[True] * 2),
            *said_both("-" * 10, part=JudgePart.VARIANT, variant=1),
            uses=(JudgeUse(judge="m", calls=40, versions={"m-1": 30, "m-2": 10}),),
        ),
        [2] * 20,
        [1] * 20,
    )
    facts = facts_of(judged, rubric_variants=["other words"])
    assert (facts.judge, facts.orders, facts.per_call, facts.pairs) == ("m", "both", 1, 19)
    assert facts.verdicts == PairCounts(wins=10, losses=4, ties=5, missing=1)
    assert facts.flips is not None
    assert (facts.flips.k, facts.flips.n, facts.flips.first_slot, facts.flips.opposite) == (
        3,
        19,
        3,
        3,
    )
    assert facts.flips.low == pytest.approx(0.0338, abs=1e-4)  # Clopper and Pearson of 3 in 19
    assert facts.repeats == Part(k=4, n=4)
    assert facts.controls == SlotControls(n=4, ties=3, marked=1)
    assert facts.obeyed == Part(k=1, n=2)
    assert facts.wordings == (
        WordingShift(declared=10, other=-10, up=0, down=10, n=10, declared_ties=0, other_ties=0),
    )
    assert facts.by_longer == {"tuned": {"tuned": 10, "base": 4}, "base": {"tuned": 0, "base": 0}}
    assert facts.mean_length == {"tuned": 2.0, "base": 1.0}
    assert facts.versions == {"30 calls": "m-1", "10 calls": "m-2"}
    assert facts.human is None


def test_a_rubric_compares_nothing() -> None:
    facts = facts_of(rated({"m": [5, 4] * 10}, {"m": [1, 2] * 10}), rubric=True)
    assert not facts.compares
    assert (facts.pairs, facts.flips, facts.orders) == (20, None, "unknown")


# Rules, from what a judge did here


def test_a_judge_that_the_order_decides_is_not_fit_for_a_verdict() -> None:
    ((severity, text),) = broken(
        with_judge(judged_layer("+" * 30 + "1" * 20)), "judge-position-flips"
    )
    assert severity is Severity.INVALIDATES
    assert "20 (40.0 %) of 50 verdicts in ab changed" in text
    assert "20 of these leaned to what stood first" in text


def test_a_steady_judge_is_not_objected_to() -> None:
    made = with_judge(judged_layer("+" * 30 + "-" * 14 + "=" * 6))
    for rule in ("judge-position-flips", "judge-slot-preference", "judge-unread"):
        (one,) = made.said(rule)
        assert one.status is Status.KEPT, one


def test_two_versions_of_a_judge_are_named() -> None:
    used = JudgeUse(judge="m", calls=40, versions={"m-1": 30, "m-2": 10})
    ((_, text),) = broken(with_judge(judged_layer("+-" * 20, uses=(used,))), "judge-version-drift")
    assert "(30 calls: m-1, 10 calls: m-2)" in text


def test_versions_are_all_counted_and_few_are_named_in_short() -> None:
    long = "x" * 90
    versions = {long + "a": 10, long + "b": 10, "m-1": 10, "m-2": 10}
    used = JudgeUse(judge="m", calls=40, versions=versions)
    made = with_judge(judged_layer("+-" * 20, uses=(used,)))
    ((_, text),) = broken(made, "judge-version-drift")
    assert (
        f"(10 calls: m-1, 10 calls of version 2: m-2, 10 calls of version 3: {'x' * 60}…, "
        "and 1 more)"
    ) in text
    alike = JudgeUse(judge="m", calls=20, versions={long + "a": 10, long + "b": 10})
    assert broken(with_judge(judged_layer("+-" * 20, uses=(alike,))), "judge-version-drift")


def test_each_judge_of_a_panel_is_spoken_of() -> None:
    made = with_judge(judged_layer({"m": "+" * 40, "n": "1" * 40, "o": "+" * 40}))
    ((_, text),) = broken(made, "judge-position-flips")
    assert "40 (100 %) of 40 verdicts in ab changed" in text
    (insensitive,) = broken(made, "judge-insensitive")
    assert insensitive[1].startswith("The judge of ab (n) could not separate")


def test_obeyed_instructions_weaken() -> None:
    controls = said_once(["tie"] * 20, JudgePart.CONTROL, first=[True, False] * 10)
    planted = said_once(["first", "second"] * 5, JudgePart.CANARY, first=[True, False] * 5)
    made = with_judge(judged_layer("+" * 30 + "-" * 10, *controls, *planted))
    ((severity, text),) = broken(made, "judge-obeys-answers")
    assert severity is Severity.WEAKENS
    assert "10 (100 %) of 10 comparisons" in text
    few = with_judge(judged_layer("+" * 30 + "-" * 10, *controls, *planted[:2]))
    assert all(one.status is not Status.UNCHECKED for one in few.said("judge-obeys-answers"))


def test_one_answer_to_everything_is_no_answer() -> None:
    judged = replace(judged_layer("+" * 40), outputs={"tuned": (1, 40), "base": (40, 40)})
    ((severity, text),) = broken(with_judge(judged), "judge-constant-answers")
    assert severity is Severity.INVALIDATES
    assert "tuned gave 1 different answer to 40 items" in text


def test_few_answers_where_no_more_are_right_are_nothing_to_object_to() -> None:
    outputs = {"tuned": (2, 40), "base": (3, 40)}
    sorting = judged_layer("+-" * 20, outputs=outputs, references=(2, 40))
    (said,) = with_judge(sorting).said("judge-constant-answers")
    assert said.status is Status.KEPT
    assert facts_of(sorting).references == Part(k=2, n=40)
    ((severity, _),) = broken(
        with_judge(replace(sorting, references=(12, 40))), "judge-constant-answers"
    )
    assert severity is Severity.WEAKENS


@pytest.mark.parametrize(
    ("codes", "severity"),
    [("++++++-=++" * 6, Severity.NOTE), ("+-+-+-=+-+" * 6, Severity.WEAKENS)],
)
def test_who_wins_at_equal_length_too_does_not_win_by_length(
    codes: str, severity: Severity
) -> None:
    theirs = [100 + 10 * (i % 7) for i in range(60)]
    mine = [(90 if i % 3 == 0 else 260) + 7 * (i % 5) for i in range(60)]
    made = with_judge(with_lengths(judged_layer(codes), mine, theirs))
    ((found, text),) = broken(made, "judge-length")
    assert found is severity
    assert ("were both equally long, tuned would win" in text) is (severity is Severity.NOTE)


def test_calls_are_the_units_of_our_own_intervals() -> None:
    made = with_judge(judged_layer("+-=+" * 10, per_call=5), comparisons_per_call=5)
    ((_, text),) = broken(made, "judge-batched")
    assert text.endswith("Calls are the independent units, and the intervals here count them so.")


def test_one_random_order_tells_how_often_the_first_slot_won() -> None:
    judged = judged_layer("+-" * 20)
    once = tuple(one for one in judged.comparisons if one.candidate_first)
    made = with_judge(replace(judged, orders="random", comparisons=once))
    ((_, text),) = broken(made, "judge-one-order")
    assert text.endswith("what stood first won 20 (50.0 %) of 40 decisive verdicts.")
