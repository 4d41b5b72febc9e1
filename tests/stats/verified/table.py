"""All rows, in the order of the page: a line here for each family."""

from typing import Final

from tests.stats.verified import (
    Verified,
    bounded,
    corpora,
    design_errors,
    judge_signs,
    judged,
    margins,
    means,
    paired_binary,
    power_binary,
    power_mean,
    power_non_inferiority,
    power_signs,
    power_two_rates,
    proportions,
    ratios,
    samples,
    sequential,
    several,
    several_raters,
    signs_and_ranks,
    two_means,
    two_raters,
    two_rates,
)

FAMILIES: Final[dict[str, tuple[Verified, ...]]] = {
    "One rate": proportions.ROWS,
    "Right and wrong on the same items; wins, ties, losses": paired_binary.ROWS,
    "Two rates of independent items": two_rates.ROWS,
    "Means, and differences of means": means.ROWS + signs_and_ranks.ROWS + two_means.ROWS,
    "Clusters, and bounded values of which few vary": bounded.ROWS,
    "Ratios of sums": ratios.ROWS,
    "Metrics of a whole corpus": corpora.ROWS,
    "Margins: equivalence and non-inferiority": margins.ROWS,
    "Several samples a problem": samples.ROWS,
    "Several seeds, several tests, missing outcomes": several.ROWS,
    "Pair by pair": sequential.ROWS,
    "Agreement of raters": two_raters.ROWS + several_raters.ROWS,
    "Judges, and several systems": judge_signs.ROWS + judged.ROWS,
    "Planning": (
        *power_binary.ROWS,
        *power_mean.ROWS,
        *power_non_inferiority.ROWS,
        *power_two_rates.ROWS,
        *power_signs.ROWS,
        *design_errors.ROWS,
    ),
}
ROWS: Final = tuple(row for rows in FAMILIES.values() for row in rows)
