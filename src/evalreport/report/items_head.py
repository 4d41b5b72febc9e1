"""The head of items.jsonl: what it says once for the whole file, see `report.items`."""

from typing import Literal

from pydantic import Field

from evalreport.analyze.comparable import Block
from evalreport.analyze.text_findings import SameOutputs
from evalreport.importers.results import FigureCheck
from evalreport.metrics.aggregates import AGGREGATES
from evalreport.metrics.base import Column, Scale
from evalreport.records import Published, SequentialPlan
from evalreport.values import Count, Flag, Number, Value


class ColumnFacts(Value):
    """One column of scores, as `metrics.base.Column` has it."""

    metric: str
    unit: str
    higher_is_better: Flag
    scale: Scale
    field: str | None = None
    low: Number | None = None
    high: Number | None = None
    chance: Number | None = None
    undefined: str = ""
    aggregate: str | None = None

    @property
    def column(self) -> Column:
        """The column itself.

        Raises:
            ValueError: There is no such aggregate, or a corpus metric has none.
        """
        if (self.scale is Scale.CORPUS) is (self.aggregate is None):
            raise ValueError(f"{self.metric}: a corpus metric has an aggregate, others have none")
        if self.aggregate is not None and self.aggregate not in AGGREGATES:
            raise ValueError(f"{self.metric}: there is no aggregate {self.aggregate!r}")
        return Column(
            metric=self.metric,
            unit=self.unit,
            higher_is_better=self.higher_is_better,
            scale=self.scale,
            field=self.field,
            low=self.low,
            high=self.high,
            chance=self.chance,
            undefined=self.undefined,
            aggregate=None if self.aggregate is None else AGGREGATES[self.aggregate],
        )


class ApartFacts(Value):
    """What an export's distances from tuned are; `of_seeds` are the lists' entries in the rows."""

    is_loss: Flag
    is_finished: Flag
    seeds: tuple[int | None, ...]
    tuned_seeds: tuple[int | None, ...]
    of_seeds: tuple[int | None, ...]


class LayerHead(Value):
    """One layer that asked item by item."""

    n: Count
    columns: tuple[ColumnFacts, ...]
    arms: dict[str, tuple[int | None, ...]]
    apart: dict[str, ApartFacts] = Field(default_factory=dict)
    sequential: SequentialPlan | None = None


class PartHead(Value):
    """One part of a layer on seen and unseen items: how many, and how many seeds of each arm."""

    n: Count
    seeds: dict[str, Count]


class ArmHead(Value):
    """How one arm was asked in one layer, or why it gave no answers."""

    blocks: tuple[Block, ...] = ()
    missing: str | None = None


class Head(Value):
    """The first line."""

    items: Literal[1]
    layers: dict[str, LayerHead]
    parts: dict[str, dict[str, PartHead]]
    asked: dict[str, dict[str, ArmHead]]
    prompted: tuple[str, ...]
    leaked: tuple[str, ...]
    same_outputs: tuple[SameOutputs, ...]
    sealed: dict[str, str]
    imported: tuple[str, ...] = ()
    refused: tuple[tuple[str, str, str, str], ...] = ()
    totals: tuple[Published, ...] = ()
    figures: dict[str, tuple[FigureCheck, ...]] = Field(default_factory=dict)
    elsewhere: tuple[tuple[str, str], ...] = ()
