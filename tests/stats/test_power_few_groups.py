"""Few clusters: what the sign-flip test that decides can reject at all, against simulation."""

from itertools import product

import numpy as np
import pytest

from evalreport.estimates import NotEstimable
from evalreport.stats.power_mean import (
    INDEPENDENT,
    Grouping,
    mean_items,
    smallest_detectable_mean,
)

ALPHA = 0.05


def flips_reject(groups: int, effect: float, runs: int) -> float:
    """Share of runs in which flipping the signs of unit normal group means rejects."""
    signs = np.array(list(product((1, -1), repeat=groups)))
    means = np.random.default_rng(3).standard_normal((runs, groups)) + effect
    flipped = np.abs(means @ signs.T)
    p = (flipped >= np.abs(means.sum(axis=1))[:, None] - 1e-12).mean(axis=1)
    return float((p <= ALPHA).mean())


@pytest.mark.parametrize("groups", [2, 3, 4, 5])
def test_five_groups_cannot_reject_whatever_they_say(groups: int) -> None:
    assert flips_reject(groups, 50.0, 100) == 0
    grouping = Grouping(size=10, design_effect=2.0)
    found = smallest_detectable_mean(10 * groups, 0.3, power=0.8, alpha=ALPHA, grouping=grouping)
    assert isinstance(found, NotEstimable)
    assert found.not_estimable == f"only {groups} groups: no test of so few can reject"


@pytest.mark.parametrize(("groups", "least"), [(6, 0.78), (7, 0.75), (8, 0.76), (12, 0.78)])
def test_from_six_groups_on_the_promised_power_is_there(groups: int, least: float) -> None:
    # Groups of 4 with a design effect of 4: each group is worth one item of this spread.
    found = smallest_detectable_mean(
        4 * groups, 1.0, power=0.8, alpha=ALPHA, grouping=Grouping(size=4, design_effect=4.0)
    )
    assert isinstance(found, float)
    assert flips_reject(groups, found, 6000) >= least


def test_a_plan_never_asks_for_fewer_groups_than_can_reject() -> None:
    grouping = Grouping(size=10, design_effect=1.0)
    assert mean_items(5.0, 1.0, power=0.8, alpha=ALPHA, grouping=grouping) >= 60
    assert mean_items(5.0, 1.0, power=0.8, alpha=ALPHA, grouping=INDEPENDENT) < 6
