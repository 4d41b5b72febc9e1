"""Recorded: other people's numbers, marked as such in every table."""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from evalreport.layers.base import Asked, Kind, Prompting
from evalreport.metrics.base import Scorer
from evalreport.records import Corpus, Item
from evalreport.values import Count, Json, Natural, Number, Value, Words


class Method(Value):
    """How somebody measured, as far as they said."""

    orders: Literal["both", "fixed", "random", "unknown"] = "unknown"
    per_call: Natural | None = None
    judge: Words | None = None
    confidence: dict[Words, Count] = Field(default_factory=dict)
    precision: dict[Words, Words] = Field(default_factory=dict)
    checkpoint_chosen_on: Words | None = None
    labels_made_by: Words | None = None


class RecordedRow(Value):
    """One row of a published table: a metric, perhaps a field, and a number for each arm."""

    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False)
    __pydantic_extra__: dict[str, Number]

    metric: Words
    field: Words | None = None


class RelativeRow(Value):
    """A change without its ends: such as a loss that fell by 64 %."""

    metric: Words
    change: Number


class Recorded(Kind):
    """Counts, rates, means, losses or relative changes that somebody published. Cost: none."""

    revision: ClassVar[int] = 1
    kind: Literal["recorded"]
    measures: Words | None = None
    subset: Words | None = None
    method: Method = Method()
    n: Annotated[Count | Literal["unknown"], Field()] = "unknown"
    counts: dict[Words, Count] | None = None
    rows: tuple[RecordedRow, ...] = ()
    relative: tuple[RelativeRow, ...] = ()

    def datasets(self) -> tuple[str, ...]:
        """It reads no dataset."""
        return ()

    def layers(self) -> tuple[str, ...]:
        """It reads no other layer."""
        return ()

    def reads(self) -> dict[str, Json]:
        """All of its numbers."""
        return {"recorded": self.model_dump(mode="json", exclude={"name", "title"})}

    def items(self, corpora: Mapping[str, Corpus]) -> tuple[tuple[str, tuple[Item, ...]], ...]:  # noqa: ARG002
        """It has no items."""
        return ()

    def ask(self, corpora: Mapping[str, Corpus], prompting: Prompting) -> tuple[Asked, ...]:  # noqa: ARG002
        """It asks nothing."""
        return ()

    def metric_names(self) -> tuple[str, ...]:
        """The metrics that its rows name."""
        named = [row.metric for row in self.rows] + [row.metric for row in self.relative]
        return tuple(dict.fromkeys([*named, *(["net_win"] if self.counts else [])]))

    def scorers(self, items: Sequence[Item]) -> tuple[Scorer, ...]:  # noqa: ARG002
        """Nothing is scored here."""
        return ()

    def blocked_reason(self) -> str | None:
        """Reading recorded numbers is not built yet."""
        return "recorded evidence is not built in this version; its numbers are not used"
