"""Why judging ended where it did, in words."""

import pytest

from evalreport.analyze.anytime import stopped_text
from evalreport.records import SequentialPlan


@pytest.mark.parametrize(
    ("counts", "cap", "planned", "says"),
    [
        ((30, 2, 8), 100, 300, "stopped after 40 of 300 items: tuned wins"),
        ((8, 9, 3), 100, 300, "was broken off after 20 of 300 items"),
        ((0, 0, 10), 100, 300, "was broken off after 10 of 300 items"),
        ((0, 0, 100), 100, 300, "stopped after 100 of 300 items, its cap, without a decision"),
        ((0, 0, 100), 100, 100, "came to no decision in 100 of 100 items"),
    ],
)
def test_a_plan_that_was_broken_off_came_to_no_end(
    counts: tuple[int, int, int], cap: int, planned: int, says: str
) -> None:
    plan = SequentialPlan(
        pair=("tuned", "base"), win_rate=0.6, decisive=0.9, alpha=0.05, cap=cap, planned=planned
    )
    assert says in stopped_text(plan, "ab", counts)
