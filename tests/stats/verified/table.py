"""All rows, in the order of the page: a line here for each family."""

from typing import Final

from tests.stats.verified import Verified, proportions

FAMILIES: Final[dict[str, tuple[Verified, ...]]] = {
    "One rate": proportions.ROWS,
}
ROWS: Final = tuple(row for rows in FAMILIES.values() for row in rows)
