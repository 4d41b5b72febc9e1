from collections.abc import Callable

import pytest

from evalreport.estimates import NotEstimable
from evalreport.stats.power import (
    INDEPENDENT,
    Foretold,
    Grouping,
    binary_items,
    binary_margin_items,
    connor_items,
    design_effect_of,
    foretell,
    liu_margin_items,
    mean_items,
    mean_margin_items,
    sign_test_items,
    smallest_detectable_binary,
    smallest_detectable_mean,
    smallest_detectable_two_rates,
    smallest_detectable_win_rate,
    smallest_margin_binary,
    smallest_margin_mean,
    two_rates_items,
)
from tests.stats.second_opinion import stats


def plan(
    n: int,
    *,
    spread: float = 0.36,
    binary: bool = False,
    gain: float = 0.05,
    clusters: int | None = None,
    design_effect: float = 1.0,
    seeds: int = 1,
    power: float = 0.8,
) -> Foretold:
    return foretell(
        n=n,
        spread=spread,
        binary=binary,
        gain=gain,
        clusters=clusters,
        design_effect=design_effect,
        seeds=seeds,
        alpha=0.05,
        power=power,
    )


def test_right_and_wrong_items_go_by_the_exact_test() -> None:
    smallest, needed = plan(400, spread=0.17, binary=True)
    assert smallest == smallest_detectable_binary(400, 0.17, power=0.8, alpha=0.05)
    assert needed == binary_items(0.05, 0.17, power=0.8, alpha=0.05)


def test_scores_go_by_t() -> None:
    smallest, needed = plan(400)
    plain = INDEPENDENT.widened(400)
    assert smallest == smallest_detectable_mean(400, 0.36, power=0.8, alpha=0.05, grouping=plain)
    assert needed == pytest.approx(mean_items(0.05, 0.36, power=0.8, alpha=0.05), abs=2)


@pytest.mark.parametrize("binary", [True, False])
def test_clusters_cost(binary: bool) -> None:
    spread = 0.17 if binary else 0.36
    alone = plan(400, spread=spread, binary=binary)
    grouped = plan(400, spread=spread, binary=binary, clusters=60, design_effect=1.6)
    assert isinstance(alone.smallest_detectable, float)
    assert isinstance(grouped.smallest_detectable, float)
    assert grouped.smallest_detectable == pytest.approx(alone.smallest_detectable * 1.265, rel=0.06)
    assert grouped.required_items == pytest.approx(1.6 * alone.required_items, rel=0.06)


def test_clusters_are_planned_as_they_are_analysed() -> None:
    grouping = Grouping(10, design_effect_of(10, 0.1))
    smallest, _ = plan(300, clusters=30, design_effect=grouping.design_effect)
    assert smallest == smallest_detectable_mean(
        300, 0.36, power=0.8, alpha=0.05, grouping=grouping.widened(300)
    )


@pytest.mark.parametrize("binary", [True, False])
@pytest.mark.parametrize("clusters", [None, 50])
def test_seeds_are_planned_as_they_are_analysed(binary: bool, clusters: int | None) -> None:
    spread = 0.2 if binary else 0.36
    effect = 1.0 if clusters is None else 1.7

    def of(n: int, seeds: int) -> Foretold:
        return plan(
            n,
            spread=spread,
            binary=binary,
            gain=0.1,
            clusters=clusters and n // 8,
            design_effect=effect,
            seeds=seeds,
        )

    smallest, needed = of(400, 3)
    assert isinstance(smallest, float)
    # Noncentral t with two degrees of freedom: power 0.8 at that many standard errors.
    errors = smallest / ((0.2**0.5 if binary else 0.36) * (effect / 400) ** 0.5)
    critical = float(stats.t.ppf(0.975, 2))
    assert stats.nct.sf(critical, 2, errors) == pytest.approx(0.8, abs=1e-4)
    assert of(400, 2) == of(400, 1)
    again, _ = of(needed, 3)
    assert again == pytest.approx(0.1, rel=0.02)
    more, _ = of(400, 12)
    assert isinstance(more, float)
    assert more < 0.6 * smallest


@pytest.mark.parametrize(
    ("n", "clusters", "reason"),
    [
        (9, None, "only 9 items"),
        (0, None, "only 0 items"),
        (400, 5, "only 5 groups"),
        (400, 1, "only 1 group"),
    ],
)
@pytest.mark.parametrize("binary", [True, False])
def test_what_the_analysis_will_not_decide_cannot_be_detected(
    n: int, clusters: int | None, reason: str, binary: bool
) -> None:
    smallest, needed = plan(n, spread=0.2, binary=binary, clusters=clusters)
    assert smallest == NotEstimable(not_estimable=reason)
    assert needed >= 10


def test_the_answer_is_never_fewer_than_a_verdict_needs() -> None:
    assert plan(100, spread=0.9, binary=True, gain=0.99).required_items == 10
    assert plan(100, gain=5).required_items == 10
    assert plan(100, gain=5, clusters=10, design_effect=1).required_items == 60


@pytest.mark.parametrize("power", [0.02, 0.05])
def test_no_wanted_power_is_what_chance_gives(power: float) -> None:
    calls: tuple[Callable[[], object], ...] = (
        lambda: connor_items(0.1, 0.17, power=power, alpha=0.05),
        lambda: binary_items(0.1, 0.17, power=power, alpha=0.05),
        lambda: smallest_detectable_binary(400, 0.17, power=power, alpha=0.05),
        lambda: mean_items(0.1, 0.36, power=power, alpha=0.05),
        lambda: smallest_detectable_mean(400, 0.36, power=power, alpha=0.05),
        lambda: mean_margin_items(0.1, 0.36, power=power, alpha=0.05),
        lambda: smallest_margin_mean(400, 0.36, power=power, alpha=0.05),
        lambda: binary_margin_items(0.1, 0.17, power=power, alpha=0.05),
        lambda: liu_margin_items(0.1, 0.17, power=power, alpha=0.05),
        lambda: smallest_margin_binary(400, 0.17, power=power, alpha=0.05),
        lambda: two_rates_items(0.5, 0.6, power=power, alpha=0.05),
        lambda: smallest_detectable_two_rates(400, 0.5, power=power, alpha=0.05),
        lambda: sign_test_items(0.6, power=power, alpha=0.05),
        lambda: smallest_detectable_win_rate(400, power=power, alpha=0.05),
        lambda: plan(400, power=power),
        lambda: plan(400, binary=True, power=power),
        lambda: plan(400, seeds=3, power=power),
    )
    for call in calls:
        with pytest.raises(ValueError, match="wanted power lies above alpha"):
            call()


def test_little_power_needs_few_items_but_not_one() -> None:
    assert connor_items(0.1, 0.17, power=0.06, alpha=0.05) == 4
    assert two_rates_items(0.5, 0.6, power=0.06, alpha=0.05) == 9


def test_an_effect_that_no_number_of_items_shows() -> None:
    with pytest.raises(ValueError, match="too small"):
        connor_items(1e-300, 0.17, power=0.8, alpha=0.05)
    with pytest.raises(ValueError, match="too small"):
        two_rates_items(0.0, 5e-324, power=0.8, alpha=0.05)
