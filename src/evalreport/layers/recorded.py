"""Recorded: other people's numbers, marked as such in every table."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from evalreport.layers.base import Asked, Kind, Prompting
from evalreport.layers.recorded_method import Method
from evalreport.layers.recorded_rows import Headline, RecordedRow, RelativeRow
from evalreport.metrics.base import Scorer
from evalreport.records import (
    Aggregate,
    Corpus,
    Counts,
    FailureKind,
    Item,
    Judging,
    KnownCount,
    Origin,
    Published,
    PublishedRow,
    Unknown,
)
from evalreport.values import Count, Fraction, Json, Number, Words

NET_WIN = "net_win"
TIE = "tie"


class Recorded(Kind):
    """Counts, rates, means, losses or relative changes that somebody published. Cost: none.

    Attributes:
        measures: What it is about, such as `preference`.
        source: Where it was published.
        subset: Over which items: all, those valid in both arms (common), each arm's own valid
            ones (own), those that could be read (parsed).
        parsed: Share of outputs that could be read, by arm.
        method: How it was measured.
        n: Items.
        counts: Wins of each of two arms, and ties.
        interval: The interval that was published with the counts.
        rows: A table: a metric and a number for each arm.
        headline: The number on top of the table, which its rows should give.
        relative: Changes without their ends.
        examples: Kinds of failure that are told of.
    """

    revision: ClassVar[int] = 2
    kind: Literal["recorded"]
    measures: Words | None = None
    source: Words | None = None
    subset: Literal["all", "common", "own", "parsed", "unknown"] = "unknown"
    parsed: dict[Words, Fraction] = Field(default_factory=dict)
    method: Method = Method()
    n: Annotated[Count | Literal["unknown"], Field()] = "unknown"
    counts: dict[Words, Count] | None = None
    interval: tuple[Number, Number] | None = None
    rows: tuple[RecordedRow, ...] = ()
    headline: tuple[Headline, ...] = ()
    relative: tuple[RelativeRow, ...] = ()
    examples: tuple[FailureKind, ...] = ()

    def datasets(self) -> tuple[str, ...]:
        """It reads no dataset."""
        return ()

    def layers(self) -> tuple[str, ...]:
        """It reads no other layer."""
        return ()

    def reads(self) -> dict[str, Json]:
        """All of its numbers."""
        return {"recorded": self.model_dump(mode="json", exclude={"name", "title", "arms"})}

    def items(self, corpora: Mapping[str, Corpus]) -> tuple[tuple[str, tuple[Item, ...]], ...]:  # noqa: ARG002
        """It has no items."""
        return ()

    def ask(self, corpora: Mapping[str, Corpus], prompting: Prompting) -> tuple[Asked, ...]:  # noqa: ARG002
        """It asks nothing."""
        return ()

    def metric_names(self) -> tuple[str, ...]:
        """The metrics that its rows name."""
        named = [one.metric for one in (*self.rows, *self.headline)]
        named += [one.metric for one in self.relative]
        return tuple(dict.fromkeys([*named, *([NET_WIN] if self.counts else [])]))

    def scorers(self, items: Sequence[Item]) -> tuple[Scorer, ...]:  # noqa: ARG002
        """Nothing is scored here."""
        return ()

    def blocked_reason(self) -> str | None:
        """Nothing keeps recorded numbers from being read: they stand in the spec."""
        return None

    def published(self) -> Published:
        """Its numbers as evidence."""
        n = None if self.n == "unknown" else self.n
        rows = [one.published(self.method, n, is_headline=False) for one in self.rows]
        rows += [one.published(self.method, n, is_headline=True) for one in self.headline]
        rows += [one.published() for one in self.relative]
        return Published(
            layer=self.name,
            source=self.source or "",
            rows=(*self._counted(n), *rows),
            subset=self.subset,
            parsed=self.parsed,
            interval=self.interval,
            stated_n=n,
            chosen_on=self.method.checkpoint_chosen_on,
            tried=self.method.checkpoints_tried,
            labels_made_by=self.method.labels_made_by,
            data_made_by=self.method.generator_of_training_data,
            items_from=self.method.items_from or "",
            held_out=self.method.held_out,
            failures=self.examples,
        )

    def judging(self) -> Judging | None:
        """The facts about its judge; None where nobody judged."""
        if not (self.counts or self.measures == "preference" or self.method.is_judged):
            return None
        counted = None if self.counts is None else sum(self.counts.values())
        if self.counts is not None and TIE not in self.counts:
            counted = None
        stated = None if self.n == "unknown" else self.n
        arms = tuple(arm for arm in (self.counts or {}) if arm != TIE)
        told = self.method.judging(arms, counted if counted is not None else stated)
        is_pairs = self.counts is not None or self.measures in (None, "preference")
        return told.model_copy(update={"compares": is_pairs})

    def _counted(self, n: int | None) -> Iterator[PublishedRow]:
        """Wins and losses of two arms as one row, tuned against base where those are the two."""
        arms = [arm for arm in (self.counts or {}) if arm != TIE]
        if self.counts is None or len(arms) != 2:
            return
        first, second = sorted(arms, key=lambda arm: {"tuned": 0, "base": 2}.get(arm, 1))
        wins, losses = self.counts[first], self.counts[second]
        ties = self.counts.get(TIE)
        if ties is None and n is not None and n >= wins + losses:
            ties = n - wins - losses
        known = (
            Unknown(unknown="the number of ties is not stated")
            if ties is None
            else KnownCount(known=ties)
        )
        yield PublishedRow(
            metric=NET_WIN,
            unit="fraction",
            higher_is_better=True,
            definition="by its name",
            figures=(
                _count(first, wins, losses, known, self.method),
                _count(second, losses, wins, known, self.method),
            ),
        )


def _count(
    arm: str, wins: int, losses: int, ties: KnownCount | Unknown, method: Method
) -> Aggregate:
    return Aggregate(
        arm=arm,
        figure=Counts(wins=wins, losses=losses, ties=ties),
        protocol=method.protocol(arm),
        origin=Origin.RECORDED,
    )
