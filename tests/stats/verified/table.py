"""All rows, in the order of the page: a line here for each family."""

from typing import Final

from tests.stats.verified import (
    Verified,
    bounded,
    corpora,
    judged,
    margins,
    means,
    paired_binary,
    power,
    proportions,
    raters,
    ratios,
    samples,
    sequential,
    several,
    two_rates,
)

FAMILIES: Final[dict[str, tuple[Verified, ...]]] = {
    "One rate": proportions.ROWS,
    "Right and wrong on the same items; wins, ties, losses": paired_binary.ROWS,
    "Two rates of independent items": two_rates.ROWS,
    "Means, and differences of means": means.ROWS,
    "Clusters, and bounded values of which few vary": bounded.ROWS,
    "Ratios of sums": ratios.ROWS,
    "Metrics of a whole corpus": corpora.ROWS,
    "Margins: equivalence and non-inferiority": margins.ROWS,
    "Several samples a problem": samples.ROWS,
    "Several seeds, several tests, missing outcomes": several.ROWS,
    "Pair by pair": sequential.ROWS,
    "Agreement of raters": raters.ROWS,
    "Judges, and several systems": judged.ROWS,
    "Planning": power.ROWS,
}
ROWS: Final = tuple(row for rows in FAMILIES.values() for row in rows)
