"""Power for each test in one place: power, the least effect that would be found, items needed.

| the analysis | power | least effect | items |
|---|---|---|---|
| exact McNemar | `binary_power` | `smallest_detectable_binary` | `binary_items`, `connor_items` |
| t of paired differences | `mean_power` | `smallest_detectable_mean` | `mean_items` |
| clusters, t(G - 1) | the same with `grouping=Grouping(size, design_effect_of(size, icc))` | | |
| non-inferiority, right/wrong | `binary_margin_power` | `smallest_margin_binary` | \
`binary_margin_items`, `liu_margin_items` |
| non-inferiority, mean | `mean_margin_power` | `smallest_margin_mean` | `mean_margin_items` |
| two independent rates | `two_rates_power` | `smallest_detectable_two_rates` | `two_rates_items` |
| sign test of decisive pairs | `sign_test_power` | `smallest_detectable_win_rate` | \
`sign_test_items` |

Effects are what is worth finding, declared beforehand; power at the observed effect says nothing
that the p-value has not said. `foretell` is what `plan` asks before money is spent.
"""

import math
from dataclasses import dataclass
from typing import Final, NamedTuple, SupportsIndex

from evalreport.estimates import NotEstimable
from evalreport.stats.arguments import (
    FEWEST_GROUPS,
    FEWEST_ITEMS,
    FEWEST_SEEDS,
    check_count,
    check_level,
    check_power,
    only,
)
from evalreport.stats.power_binary import (
    binary_items,
    binary_power,
    connor_items,
    smallest_detectable_binary,
)
from evalreport.stats.power_mean import (
    INDEPENDENT,
    Grouping,
    design_effect_of,
    errors_to_exceed,
    mean_items,
    mean_margin_items,
    mean_margin_power,
    mean_power,
    smallest_detectable_mean,
    smallest_margin_mean,
)
from evalreport.stats.power_retention import (
    binary_margin_items,
    binary_margin_power,
    liu_margin_items,
    smallest_margin_binary,
)
from evalreport.stats.power_signs import (
    sign_test_items,
    sign_test_power,
    smallest_detectable_win_rate,
)
from evalreport.stats.power_two_rates import (
    smallest_detectable_two_rates,
    two_rates_items,
    two_rates_power,
)
from evalreport.stats.spread import cochran_df

_NO_NUMBER: Final = 1_000_000_000  # where more items change nothing any more

__all__ = [
    "INDEPENDENT",
    "Foretold",
    "Grouping",
    "binary_items",
    "binary_margin_items",
    "binary_margin_power",
    "binary_power",
    "connor_items",
    "design_effect_of",
    "foretell",
    "liu_margin_items",
    "mean_items",
    "mean_margin_items",
    "mean_margin_power",
    "mean_power",
    "sign_test_items",
    "sign_test_power",
    "smallest_detectable_binary",
    "smallest_detectable_mean",
    "smallest_detectable_two_rates",
    "smallest_detectable_win_rate",
    "smallest_margin_binary",
    "smallest_margin_mean",
    "smallest_over_seeds",
    "two_rates_items",
    "two_rates_power",
]


_OWN: Final = 0.5  # of an item's difference, the share of the variance that is one run's own


class Foretold(NamedTuple):
    """What a comparison could see.

    Attributes:
        smallest_detectable: The least true difference found with the wanted power, metric units.
        required_items: Items for the gain worth having; None where no number of items is enough,
            since so few seeds differ by too much.
    """

    smallest_detectable: float | NotEstimable
    required_items: int | None


def foretell(
    *,
    n: SupportsIndex,
    spread: float,
    binary: bool,
    gain: float,
    clusters: int | None,
    design_effect: float,
    seeds: int = 1,
    seed_sd: float | None = None,
    alpha: float,
    power: float,
) -> Foretold:
    """The smallest detectable difference of a plan, and the items that its gain needs.

    Right/wrong items go by exact enumeration of McNemar's test; scores, and right/wrong items in
    clusters (analysed by t too), by the noncentral t. From three training seeds on the analysis
    adds the spread of the runs to that of the items, with Cochran's degrees of freedom. How much
    runs differ is not known before a first build: without `seed_sd` they are taken to be alike but
    for single items, on which a run departs from another as often as from the base. Half of the
    variance of an item's difference is then one run's own: it averages out over the runs, and
    costs degrees of freedom.

    Args:
        n: Items planned.
        spread: Share of items that differ (binary), or standard deviation of the difference.
        binary: Whether items are right or wrong.
        gain: The gain worth having, positive, in metric units.
        clusters: How many clusters the items come in, or None.
        design_effect: What they cost; ignored without clusters.
        seeds: Training runs whose mean is compared.
        seed_sd: Standard deviation of their differences over about as many items, in metric units,
            as a build reports it: the noise of the items is in it.
        alpha: Two-sided size, such as 0.05.
        power: Wanted probability to find the effect, above alpha, such as 0.8.

    Raises:
        ValueError: An argument outside its range.
    """
    items = check_count(n, "n")
    refusal = _refusal(items, clusters, check_level(alpha))
    over_seeds = check_count(seeds, "seeds") >= FEWEST_SEEDS
    if binary and clusters is None and not over_seeds:
        smallest = smallest_detectable_binary(items, spread, power=power, alpha=alpha)
        needed = binary_items(min(1.0, gain), spread, power=power, alpha=alpha)
        return Foretold(refusal or smallest, max(needed, FEWEST_ITEMS))
    # Items differ by -1, 0 or 1: their variance is at most the share that differs.
    sd = math.sqrt(max(spread, min(1.0, gain))) if binary else spread
    grouping = INDEPENDENT
    fewest = float(FEWEST_ITEMS)
    if clusters:
        grouping = Grouping(max(1.0, items / clusters), design_effect)
        fewest = max(fewest, _fewest_clusters(alpha) * grouping.size)
    if over_seeds:
        runs = _Runs(sd, grouping, seeds, seed_sd, alpha, check_power(power, alpha))
        return Foretold(refusal or runs.smallest(items), runs.items_for(gain, math.ceil(fewest)))
    smallest = smallest_detectable_mean(
        items, sd, power=power, alpha=alpha, grouping=grouping.widened(items)
    )
    needed = mean_items(gain, sd, power=power, alpha=alpha, grouping=grouping)
    needed = mean_items(gain, sd, power=power, alpha=alpha, grouping=grouping.widened(needed))
    return Foretold(refusal or smallest, max(needed, math.ceil(fewest)))


def smallest_over_seeds(seed_sd: float, seeds: int, *, alpha: float, power: float) -> float:
    """What runs that differ so much leave undetected, however many the items.

    Args:
        seed_sd: Standard deviation of the runs' differences, in metric units.
        seeds: Training runs, at least two.
        alpha: Two-sided size.
        power: Wanted probability.
    """
    return errors_to_exceed(power, seeds - 1, alpha / 2) * seed_sd / math.sqrt(seeds)


@dataclass(frozen=True, slots=True)
class _Runs:
    """A design whose error is that of the items and that of training runs."""

    sd: float
    grouping: Grouping
    seeds: int
    seed_sd: float | None
    alpha: float
    power: float

    def smallest(self, items: int) -> float:
        """The least difference that so many items and these runs find."""
        groups = items / self.grouping.size
        of_items = self.sd**2 * self.grouping.widened(items).design_effect / items
        if self.seed_sd is None:
            of_runs = _OWN * of_items / self.seeds
            of_items = (1 - _OWN) * of_items + of_runs
        else:
            of_runs = self.seed_sd**2 / self.seeds
        df = cochran_df((of_items, max(1.0, groups - 1)), (of_runs, self.seeds - 1.0))
        return errors_to_exceed(self.power, df, self.alpha / 2) * math.sqrt(of_items + of_runs)

    def items_for(self, gain: float, fewest: int) -> int | None:
        """The fewest items that find a gain; None where the runs alone hide it."""
        low, high = fewest - 1, fewest
        while self.smallest(high) > gain:
            if high > _NO_NUMBER:
                return None
            low, high = high, 2 * high
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self.smallest(middle) <= gain else (middle, high)
        return high


def _refusal(items: int, clusters: int | None, alpha: float) -> NotEstimable | None:
    """Why the analysis would not give a verdict however large the effect, if so."""
    if items < FEWEST_ITEMS:
        return NotEstimable(not_estimable=only(items, "items"))
    if clusters is not None and clusters < _fewest_clusters(alpha):
        return NotEstimable(not_estimable=only(clusters, "groups"))
    return None


def _fewest_clusters(alpha: float) -> int:
    """The fewest clusters of which the sign-flip test can reject, 2 / 2^G <= alpha; 6 at 5 %."""
    return max(FEWEST_GROUPS, math.ceil(1 - math.log2(alpha)))
