"""Opened: a build with its items, and what two builds both measured."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from evalreport.analyze.tables import Table
from evalreport.diff.genuine import not_given
from evalreport.estimates import NotEstimable
from evalreport.lineage.builds import Build
from evalreport.report.read_items import ItemsRead

TUNED: Final = "tuned"
BASE: Final = "base"


@dataclass(frozen=True, slots=True)
class Metric:
    """One number of a layer: its name there, and of which field."""

    layer: str
    metric: str
    field: str | None

    @property
    def id(self) -> str:
        """As the finding of tuned against base is called."""
        return ".".join(part for part in (self.layer, self.metric, self.field) if part)


@dataclass(frozen=True, slots=True)
class Opened:
    """A build with its items, or why they cannot be used."""

    build: Build
    items: ItemsRead | NotEstimable

    @classmethod
    def of(cls, build: Build) -> "Opened":
        """A build with the items beside it, which have to give what its report says.

        Raises:
            DataError: A row of the items holds what no build writes.
        """
        items = build.items()
        if isinstance(items, ItemsRead) and (other := not_given(build.report, items)):
            return cls(
                build,
                NotEstimable(
                    not_estimable=f"they do not give what its report says of {other}: one of the "
                    "two was changed, and evalreport recheck names where"
                ),
            )
        return cls(build, items)

    def table(self, layer: str) -> Table | NotEstimable:
        """A layer's scores, or why there are none."""
        if isinstance(self.items, NotEstimable):
            return self.items
        found = self.items.basis.tables.get(layer)
        if found is None:
            return NotEstimable(
                not_estimable="its numbers are totals, without the items behind them"
            )
        return found


def metrics_of(a: Opened, b: Opened) -> tuple[Metric, ...]:
    """What both builds measured of tuned, in B's order."""
    named = [dict.fromkeys((*_reported(one), *_scored(one))) for one in (a, b)]
    return tuple(metric for metric in named[1] if metric in named[0])


def _reported(one: Opened) -> Iterator[Metric]:
    for finding in one.build.report.findings:
        if finding.arms == (TUNED, "base") and finding.subgroup is None:
            yield Metric(finding.layer, finding.metric, finding.field)


def _scored(one: Opened) -> Iterator[Metric]:
    if isinstance(one.items, NotEstimable):
        return
    for name, table in one.items.basis.tables.items():
        if TUNED in table.scores:
            for column in table.columns:
                yield Metric(name, column.metric, column.field)
