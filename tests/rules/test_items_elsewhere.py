"""What others measured on: where items come from, whether training saw them, what was declared."""

import pytest

from evalreport.rules.base import Severity, Status
from tests.rules.cases import plain
from tests.rules.recorded_worlds import published

RULE = "train-eval-overlap"


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ({}, "The items behind bench are not here, so nothing shows whether training saw them."),
        (
            {"items_from": "the tuning data"},
            (
                "The items behind bench come from the tuning data; that they were kept out of training "
                "was not said."
            ),
        ),
        (
            {"items_from": "the tuning data", "held_out": True},
            (
                "The items behind bench come from the tuning data, said to be held out of training; "
                "nothing here shows it."
            ),
        ),
    ],
)
def test_what_nobody_can_look_at_is_unchecked_with_what_was_said(
    told: dict[str, object], text: str
) -> None:
    (said,) = published(method=told).said(RULE)
    assert said.status is Status.UNCHECKED
    assert said.text == text
    assert said.cites == ("bench.accuracy",)


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ({"held_out": False}, "The items behind bench were trained on."),
        (
            {"held_out": False, "items_from": "the tuning data"},
            "The items behind bench (from the tuning data) were trained on.",
        ),
    ],
)
def test_items_that_were_trained_on_are_no_test(told: dict[str, object], text: str) -> None:
    (said,) = published(method=told).said(RULE)
    assert (said.status, said.severity) == (Status.BROKEN, Severity.INVALIDATES)
    assert said.text == text


def test_a_primary_of_published_numbers_was_not_declared_before_they_existed() -> None:
    (said,) = published().said("no-primary")
    assert said.status is Status.NOT_APPLICABLE
    (kept,) = plain().said("no-primary")
    assert kept.status is Status.KEPT
