"""Agreement of an export with tuned: shares and distances that can be checked by hand."""

from dataclasses import replace

import numpy as np
import pytest

from evalreport.analyze.exports import AGREEMENT, DISTANCE
from evalreport.analyze.findings import FindingOutcome, FindingRole, Measurement
from evalreport.estimates import Estimate, has_value
from evalreport.records import Quantization
from evalreport.stats.clusters import CLUSTER_METHOD, cluster_mean
from evalreport.verdict import Outcome, reservation
from tests.analyze.evidence import GUARD, World, world
from tests.analyze.layers import Asked, choice, items, loss, losses, qa, right_wrong

EXPORT = {"arms": {"shipped": {"of": "tuned", "model": "org/x"}}}


def shipped(asked: Asked, *seeds: int) -> World:
    """A world in which the arm shipped is a finished model that was made of tuned."""
    return world(asked, primary=None, seeds=seeds or (1,), more=EXPORT)


def only(made: World) -> Measurement:
    (found,) = made.findings.measurements
    return found


def test_texts_agree_when_they_are_the_same() -> None:
    asked = qa("1" * 10, "0" * 10, others={"shipped": "1" * 8 + "0" * 2})
    found = only(shipped(asked))
    assert (found.name, found.arm, found.n) == (AGREEMENT, "shipped", 10)
    assert found.id == "qa.agreement_with_tuned:shipped"
    assert isinstance(found.value, Estimate)
    assert found.value.value == 0.8
    assert (found.value.low, found.value.high) == pytest.approx((0.4439, 0.9748), abs=1e-4)


def test_choices_agree_when_the_likeliest_is_the_same() -> None:
    found = only(shipped(choice("1100", "1100", others={"shipped": "1000"}, name="qa")))
    assert isinstance(found.value, Estimate)
    assert (found.name, found.value.value, found.n) == (AGREEMENT, 0.75, 4)


def test_losses_have_a_distance() -> None:
    asked = loss([1.0, 2.0, 3.0] * 10, [2.0] * 30)
    own = losses([value + 0.2 + 0.1 * (i % 2) for i, value in enumerate([1.0, 2.0, 3.0] * 10)])
    options = {**asked.options, "arms": ["tuned", "base", "shipped"]}
    found = only(
        shipped(replace(asked, options=options, answers={**asked.answers, "shipped": [own]}))
    )
    assert isinstance(found.value, Estimate)
    assert (found.name, found.unit) == (DISTANCE, "nats/token")
    assert found.value.value == pytest.approx(0.25)


def test_what_one_of_them_did_not_answer_is_told() -> None:
    found = only(shipped(qa("1111", "0000", others={"shipped": "111-"})))
    assert (found.n, found.note) == (3, "1 item without both answers")


def test_a_finished_model_is_held_against_the_seed_that_it_is_nearest() -> None:
    asked = qa(["0000", "1111"], "0000", others={"shipped": "1110"})
    found = only(shipped(asked, 1, 2))
    assert isinstance(found.value, Estimate)
    assert (found.value.value, found.note) == (0.75, "seed 2, the nearest of 2")


def test_an_arm_that_is_no_export_has_no_agreement() -> None:
    asked = qa("11", "00", others={"other": "11"})
    made = world(asked, primary=None, more={"arms": {"other": {"model": "org/x"}}})
    assert made.findings.measurements == ()


def test_answers_in_groups_agree_with_the_interval_of_groups() -> None:
    groups = [f"g{i // 8}" for i in range(80)]
    codes = "1" * 40 + "0" * 8 + "1" * 32  # one group answers otherwise, as a whole
    half = ("1" * 4 + "0" * 4) * 2 + codes[16:]
    asked = qa("1" * 80, "0" * 80, others={"shipped": half}, of=items(80, clusters=groups))
    found = only(shipped(asked))
    assert isinstance(found.value, Estimate)
    same = [float(code == "1") for code in half]
    assert found.value == cluster_mean(same, np.asarray(groups), level=0.95, bounds=(0, 1))
    alone = only(shipped(qa("1" * 80, "0" * 80, others={"shipped": half}))).value
    assert isinstance(alone, Estimate)
    assert found.value.high - found.value.low > alone.high - alone.low


def test_distances_in_groups_have_the_interval_of_groups() -> None:
    groups = [f"g{i // 5}" for i in range(30)]
    own = [2.0 + (0.1 if i < 10 else 0.02 * (i % 5)) for i in range(30)]
    asked = loss([2.0] * 30, [2.0] * 30, of=items(30, clusters=groups))
    options = {**asked.options, "arms": ["tuned", "base", "shipped"]}
    answers = {**asked.answers, "shipped": [losses(own)]}
    found = only(shipped(replace(asked, options=options, answers=answers)))
    assert isinstance(found.value, Estimate)
    assert found.value.method == CLUSTER_METHOD


MERGED = {"arms": {"shipped": {"of": "tuned", "merged": True}}}


def test_each_seed_is_held_against_its_own_and_the_missing_one_is_named() -> None:
    """Tuned's second seed is lost: the third of what was merged is not held against the first."""
    asked = qa(["1" * 12, "0" * 12], "0" * 12, others={"shipped": ["1" * 12] * 3})
    asked = replace(
        asked,
        answers={
            **asked.answers,
            "shipped": [
                right_wrong(codes, arm=" tuned") for codes in ("1" * 12, "0" * 12, "1" * 12)
            ],
        },
    )
    made = world(asked, primary=None, seeds=(1, 2, 3), seeded=("shipped",), more=MERGED)
    found = only(made)
    assert has_value(found.value)
    assert found.value.value == 1.0
    assert found.note == "the worst of 2 seeds; tuned has no answers of seed 3"


def test_seeds_that_are_not_shared_are_not_compared() -> None:
    asked = qa(["1" * 12], "0" * 12, others={"shipped": ["1" * 12]})
    made = world(asked, primary=None, seeds=(1,), seeded=("shipped",), more=MERGED)
    blocks = {}
    for place, block in made.evidence.blocks.items():
        seed = 2 if place.arm == "shipped" else place.seed
        blocks[replace(place, seed=seed)] = replace(block, seed=seed)
    assert made.with_evidence(blocks=blocks).findings.measurements == ()


# What ships is held in another precision than what was evaluated

NF4 = {"base": Quantization.NF4, "tuned": Quantization.NF4}
WITH_FULL = {
    "arms": {
        "shipped": {"of": "tuned", "merged": True},
        "base-full": {"of": "base", "quantization": "none"},
    }
}
TUNED, BASE = "1" * 120 + "0" * 80, "1" * 60 + "0" * 140


def qlora(*, general_full: str | None = "1" * 300 + "0" * 100, shipped: str = "") -> World:
    """A QLoRA whose base gains 40 items of `general` by being held in full."""
    of_general = {"shipped": shipped or "1" * 300 + "0" * 100}
    if general_full is not None:
        of_general["base-full"] = general_full
    return world(
        qa(TUNED, BASE, others={"shipped": TUNED}),
        choice("1" * 260 + "0" * 140, "1" * 260 + "0" * 140, others=of_general),
        guards=[GUARD],
        evaluation={
            "requirements": [
                {"layer": "qa", "metric": "exact_match", "value_at_least": 0.5},
            ]
        },
        held=NF4,
        more=WITH_FULL,
    )


def test_an_export_is_compared_with_the_base_of_its_own_precision() -> None:
    made = qlora()
    pairs = {f.arms for f in made.findings.findings if f.layer == "general"}
    assert pairs == {("tuned", "base"), ("shipped", "tuned"), ("shipped", "base-full")}
    # The layer that asked no base in full keeps the one that there is.
    pairs = {f.arms for f in made.findings.findings if f.layer == "qa"}
    assert pairs == {("tuned", "base"), ("shipped", "tuned"), ("shipped", "base")}


def test_a_guard_and_a_requirement_hold_for_what_ships() -> None:
    made = qlora()
    guard = made.finding("general.accuracy:shipped~base-full")
    assert guard.role is FindingRole.EXPLORATORY  # it decides nothing about tuned
    assert (guard.outcome, guard.lose_at_most) == (FindingOutcome.RETAINED, 0.05)
    assert guard.is_guard_of_export
    because = made.verdict.because
    start = "general accuracy of shipped against base-full is retained: shipped "
    assert any(one.startswith(start) for one in because)
    required = {one.arm: one for one in made.findings.measurements if one.requirement is not None}
    assert {*required} == {"tuned", "shipped"}
    assert any(
        one.startswith("Required of shipped: qa exact match at least 50 %") for one in because
    )
    assert made.verdict.outcome is Outcome.BETTER


def test_what_ships_can_lose_what_tuned_retains_and_the_headline_says_so() -> None:
    """Merged into the base in full, it answers as the quantised base did: 40 items are gone."""
    made = qlora(shipped="1" * 260 + "0" * 140)
    assert made.finding("general.accuracy").outcome is FindingOutcome.RETAINED
    assert made.finding("general.accuracy:shipped~base-full").outcome is FindingOutcome.LOST
    assert made.verdict.outcome is Outcome.BETTER
    assert "of what ships, shipped lost general accuracy" in made.verdict.headline
    assert made.verdict.headline.startswith("The fine-tuning helped")
    # Nor does the break-even of what ships pass over it.
    assert reservation(made.findings, made.remarks) == (
        "of what ships, shipped lost general accuracy"
    )


def test_what_precision_gives_does_not_pass_for_what_training_kept() -> None:
    made = qlora(general_full=None)
    guard = made.finding("general.accuracy:shipped~base")
    assert guard.outcome is FindingOutcome.INCONCLUSIVE
    assert guard.withheld == (
        "base was held in nf4 and shipped in bfloat16, which may hide what training lost; no base "
        "in the precision of shipped was asked"
    )
    assert "shipped is not shown to retain general accuracy" in made.verdict.headline


def test_a_guard_that_the_export_was_never_asked_about_is_told() -> None:
    made = world(
        qa(TUNED, BASE, others={"shipped": TUNED}),
        choice("1" * 260 + "0" * 140, "1" * 260 + "0" * 140),
        guards=[GUARD],
        more=MERGED,
    )
    guard = made.finding("general.accuracy:shipped~base")
    assert guard.outcome is FindingOutcome.NOT_MEASURED
    assert guard.sentence.startswith("general accuracy of shipped against base: not measured, ")
    assert "general did not ask shipped" in guard.sentence


def test_in_the_precision_of_tuned_nothing_is_different() -> None:
    made = world(qa(TUNED, BASE, others={"shipped": TUNED, "base-full": BASE}), more=WITH_FULL)
    pairs = {f.arms for f in made.findings.findings}
    assert pairs == {("tuned", "base"), ("shipped", "tuned"), ("shipped", "base")}


def test_the_rule_names_both_precisions() -> None:
    said = qlora(shipped="0" * 400).said("shipped-unlike-evaluated")
    assert any(
        "It was held in bfloat16, and what was evaluated as tuned in nf4" in one.text
        for one in said
    )
