"""Rows of a published table, as they stand in a spec: a metric, and a number for each arm."""

import math
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator

from evalreport.layers.known_metrics import KNOWN, Figure, KnownMetric
from evalreport.layers.recorded_method import Method
from evalreport.records import (
    Aggregate,
    Averaged,
    Discordant,
    KnownCount,
    KnownNumber,
    Lossy,
    Origin,
    PublishedRow,
    Rated,
    Unknown,
)
from evalreport.values import Count, Flag, NonNegative, Number, Value, Words

_UNSTATED = "the number of items is not stated"


class ArmFigure(Value):
    """One arm's number with what was said about it.

    Attributes:
        value: The number.
        n: Items behind it.
        sd: Standard deviation over items.
        se: Standard error of the number.
        low: Lower end of the interval that was published with it.
        high: Its upper end.
        tokens: Of a loss, on how many tokens it rests.
    """

    value: Number
    n: Count | None = None
    sd: NonNegative | None = None
    se: NonNegative | None = None
    low: Number | None = None
    high: Number | None = None
    tokens: Count | None = None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The interval that was published, also where only a standard error was."""
        if self.low is not None and self.high is not None:
            return self.low, self.high
        return None if self.se is None else (self.value - 2 * self.se, self.value + 2 * self.se)


class RecordedRow(Value):
    """One row of a published table; every further key is an arm with its number, or its words.

    Attributes:
        metric: Its name, as findings use it.
        field: The part of the answer that it is about.
        figure: What kind of number it is: a rate (each item right or wrong), a mean, a loss.
        unit: Of the numbers: `fraction` for rates.
        higher_is_better: Direction, when the metric's name does not tell.
        definition: How it is computed, when the metric's name does not tell.
        range: Least and greatest possible value.
        n: Items behind each number, when not as the layer says.
        discordant: On how many of the same items the two arms differ, and in which direction.
    """

    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False)
    __pydantic_extra__: dict[str, Number | Words | ArmFigure]

    metric: Words
    field: Words | None = None
    figure: Figure | None = None
    unit: Words | None = None
    higher_is_better: Flag | None = None
    definition: Words | None = None
    range: tuple[Number, Number] | None = None
    n: Annotated[Count | Literal["unknown"] | None, Field()] = None
    discordant: Discordant | None = None

    @model_validator(mode="after")
    def _has_arms(self) -> "RecordedRow":
        if not self.given:
            raise ValueError("a row has a number for an arm at least, such as tuned: 0.71")
        return self

    @property
    def given(self) -> dict[str, float | str | ArmFigure]:
        """What stands in the row, by arm."""
        return self.__pydantic_extra__ or {}

    @property
    def known(self) -> KnownMetric | None:
        """What the metric's name tells."""
        return KNOWN.get(self.metric)

    def kind(self) -> Figure:
        """What kind of number it is, as the row says or as the name tells."""
        return self.figure or (self.known.figure if self.known else "mean")

    def published(self, method: Method, n: int | None, *, is_headline: bool) -> PublishedRow:
        """The row as evidence.

        Args:
            method: How each arm was measured.
            n: Items of the layer.
            is_headline: Whether it is computed from other rows.
        """
        own = n if self.n is None else (None if self.n == "unknown" else self.n)
        known, kind = self.known, self.kind()
        unit = self.unit or (known.unit if known else "fraction" if kind == "rate" else "")
        direction = known.higher_is_better if known else None
        numbers = {
            arm: one if isinstance(one, ArmFigure) else ArmFigure(value=one)
            for arm, one in self.given.items()
            if not isinstance(one, str)
        }
        return PublishedRow(
            metric=self.metric,
            field=self.field,
            unit=unit,
            higher_is_better=direction if self.higher_is_better is None else self.higher_is_better,
            definition=self.definition or ("by its name" if known else ""),
            range=self.range,
            figures=tuple(
                Aggregate(
                    arm=arm,
                    figure=_figure(kind, one, own, self.metric),
                    protocol=method.protocol(arm),
                    origin=Origin.RECORDED,
                )
                for arm, one in numbers.items()
            ),
            words={arm: one for arm, one in self.given.items() if isinstance(one, str)},
            intervals={arm: one.interval for arm, one in numbers.items() if one.interval},
            discordant=self.discordant,
            is_headline=is_headline,
        )


class Headline(RecordedRow):
    """The number on top of a table, which its rows should give.

    Attributes:
        metric: Its name; the rows of this metric with a field are those it is computed from.
        field: Left out: a headline is about all fields.
        figure: As in a row.
        unit: As in a row.
        higher_is_better: As in a row.
        definition: As in a row.
        range: As in a row.
        n: As in a row.
        discordant: As in a row.
    """


class RelativeRow(Value):
    """A change without its ends: such as a loss that fell by 64 %.

    Attributes:
        metric: Its name.
        change: As a fraction of where it began: -0.6451.
        higher_is_better: Direction, when the metric's name does not tell.
        arms: From which arm (second) to which (first); tuned and base by default.
    """

    metric: Words
    change: Number
    higher_is_better: Flag | None = None
    arms: tuple[Words, Words] = ("tuned", "base")

    def published(self) -> PublishedRow:
        """The row as evidence."""
        known = KNOWN.get(self.metric)
        direction = known.higher_is_better if known else None
        return PublishedRow(
            metric=self.metric,
            unit="relative",
            higher_is_better=direction if self.higher_is_better is None else self.higher_is_better,
            definition="by its name" if known else "",
            change=self.change,
            changed=self.arms,
        )


def _figure(kind: Figure, one: ArmFigure, n: int | None, metric: str) -> Rated | Averaged | Lossy:
    count = one.n if one.n is not None else n
    items = Unknown(unknown=_UNSTATED) if count is None else KnownCount(known=count)
    tokens = Unknown() if one.tokens is None else KnownCount(known=one.tokens)
    match kind:
        case "rate":
            return Rated(rate=one.value, n=items)
        case "loss" if metric == "perplexity" and one.value > 0:
            # Kept as a logarithm, as the perplexity layer keeps its own.
            return Lossy(nats_per_token=math.log(one.value), tokens=tokens, n=items)
        case "loss" if one.sd is None and one.se is None:
            return Lossy(nats_per_token=one.value, tokens=tokens, n=items)
        case _:
            return Averaged(mean=one.value, spread=_spread(one, count), n=items)


def _spread(one: ArmFigure, n: int | None) -> KnownNumber | Unknown:
    """The standard deviation over items, also where only the standard error was published."""
    if one.sd is not None:
        return KnownNumber(known=one.sd)
    if one.se is not None and n is not None:
        return KnownNumber(known=one.se * math.sqrt(n))
    return Unknown(unknown="no spread over items was published")
