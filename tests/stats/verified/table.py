"""All rows, in the order of the page: a line here for each family."""

from typing import Final

from tests.stats.verified import Verified, corpora, judged, proportions, raters, ratios, several

FAMILIES: Final[dict[str, tuple[Verified, ...]]] = {
    "One rate": proportions.ROWS,
    "Ratios of sums": ratios.ROWS,
    "Metrics of a whole corpus": corpora.ROWS,
    "Several seeds, several tests, missing outcomes": several.ROWS,
    "Agreement of raters": raters.ROWS,
    "Judges, and several systems": judged.ROWS,
}
ROWS: Final = tuple(row for rows in FAMILIES.values() for row in rows)
