from collections.abc import Callable

import pytest
from scipy import optimize, stats

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
    smallest_over_seeds,
    two_rates_items,
)


def plan(
    n: int,
    *,
    spread: float = 0.36,
    binary: bool = False,
    gain: float = 0.05,
    clusters: int | None = None,
    design_effect: float = 1.0,
    seeds: int = 1,
    seed_sd: float | None = None,
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
        seed_sd=seed_sd,
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
    assert grouped.required_items == pytest.approx(1.6 * (alone.required_items or 0), rel=0.06)


def test_clusters_are_planned_as_they_are_analysed() -> None:
    grouping = Grouping(10, design_effect_of(10, 0.1))
    smallest, _ = plan(300, clusters=30, design_effect=grouping.design_effect)
    assert smallest == smallest_detectable_mean(
        300, 0.36, power=0.8, alpha=0.05, grouping=grouping.widened(300)
    )


@pytest.mark.parametrize("clusters", [None, 50])
def test_runs_that_are_alike_average_their_noise_and_cost_degrees_of_freedom(
    clusters: int | None,
) -> None:
    """Half of an item's variance is shared, a sixth is what three runs leave of their own."""
    effect = 1.0 if clusters is None else 1.7

    def smallest(seeds: int) -> float:
        found = plan(400, gain=0.1, clusters=clusters, design_effect=effect, seeds=seeds)
        assert isinstance(found.smallest_detectable, float)
        return found.smallest_detectable

    assert smallest(3) > smallest(1) > smallest(20)
    units = clusters or 400
    widened = 1 + 0.5 / units + 2.3 / units**2
    single = effect * (0.36 * widened) ** 2 / 400
    own, items = single / 6, single / 2 + single / 6
    t = [float(stats.t.ppf(0.975, df)) for df in (units - 1, 2)]
    critical = (items * t[0] + own * t[1]) / (items + own)
    df = float(optimize.brentq(lambda df: stats.t.ppf(0.975, df) - critical, 2, units - 1))
    errors = smallest(3) / (items + own) ** 0.5
    assert stats.nct.sf(critical, df, errors) == pytest.approx(0.8, abs=1e-3)


def test_rights_and_wrongs_are_averaged_over_seeds() -> None:
    three = plan(400, spread=0.2, binary=True, gain=0.1, seeds=3)
    assert three == plan(400, spread=0.2**0.5, gain=0.1, seeds=3)


def test_known_seeds_are_planned_as_they_are_analysed() -> None:
    smallest, needed = plan(400, gain=0.1, seeds=3, seed_sd=0.01)
    assert isinstance(smallest, float)
    # Cochran's t' of the two variances, and the noncentral t with as many degrees of freedom.
    items, runs = 0.36**2 / 400, 0.01**2 / 3
    critical = (items * float(stats.t.ppf(0.975, 399)) + runs * float(stats.t.ppf(0.975, 2))) / (
        items + runs
    )
    df = float(optimize.brentq(lambda df: stats.t.ppf(0.975, df) - critical, 2, 399))
    errors = smallest / (items + runs) ** 0.5
    assert stats.nct.sf(critical, df, errors) == pytest.approx(0.8, abs=1e-3)
    assert needed is not None
    again, _ = plan(needed, gain=0.1, seeds=3, seed_sd=0.01)
    fewer, _ = plan(needed - 1, gain=0.1, seeds=3, seed_sd=0.01)
    assert again <= 0.1 < fewer  # type: ignore[operator]  # they are numbers


def test_no_number_of_items_makes_up_for_seeds_that_differ() -> None:
    hidden = smallest_over_seeds(0.05, 3, alpha=0.05, power=0.8)
    # Noncentral t with two degrees of freedom, which only the runs decide.
    assert stats.nct.sf(stats.t.ppf(0.975, 2), 2, hidden / (0.05 / 3**0.5)) == pytest.approx(0.8)
    smallest, needed = plan(400, gain=0.1, seeds=3, seed_sd=0.05)
    assert needed is None
    assert smallest > hidden > 0.1  # type: ignore[operator]  # a number
    assert plan(400, gain=0.1, seeds=12, seed_sd=0.05).required_items is not None


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
    assert needed is not None
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
