"""Agreement of an export with tuned: shares and distances that can be checked by hand."""

from dataclasses import replace

import pytest

from evalreport.analyze.exports import AGREEMENT, DISTANCE
from evalreport.analyze.findings import Measurement
from evalreport.estimates import Estimate
from tests.analyze.evidence import World, world
from tests.analyze.layers import Asked, choice, loss, losses, qa

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
    assert (found.value.low, found.value.high) == pytest.approx((0.4902, 0.9433), abs=1e-4)


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
