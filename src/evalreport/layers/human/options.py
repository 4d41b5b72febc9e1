"""What a spec says of a human layer: who compares what, and what they are asked."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import Field, model_validator

from evalreport.layers.base import Asked, Kind, Prompting, Subset
from evalreport.layers.foreign_files import Several
from evalreport.metrics.base import Column, Scale, Scorer
from evalreport.records import Corpus, Item, Response, Unscorable
from evalreport.values import Count, Flag, Json, Name, Natural, Words

NET_WIN: Final = "net_win"

DEFAULT_QUESTION: Final = "Which answer is better?"
DEFAULT_CRITERIA: Final = (
    "The better answer does more of what was asked: it is right where you can check it, complete, "
    "and of use to whoever asked. Longer is not better: padding, repetition and what nobody asked "
    "for count against an answer. So do mistakes, however surely they are stated."
)
DEFAULT_TIE: Final = "If you would be as glad of one as of the other, say so."
DEFAULT_OVERLAP: Final = 20


class Human(Kind):
    """People compare two arms' answers, blind, on a page that works offline.

    `evalreport rate` writes a page for each of them; what they download comes back under `ratings`.
    Cost: people's time.

    Attributes:
        on: The generation layer whose answers are compared.
        raters: How many people rate; each gets a page of their own.
        overlap: Items that every rater gets, so that their agreement is known; 20 when left out
            (or all, where there are fewer).
        question: What a person is asked.
        criteria: What counts, in words for that person.
        ties: Whether a person may say that neither is better.
        ratings: The files that raters downloaded.
        pairs: The arms that the spec compares, or all pairs of the layer's arms.
        seed: Decides who gets what, in which order, and what stands where.
        subset: Which of the items.
    """

    revision: ClassVar[int] = 2
    kind: Literal["human"]
    on: Name
    raters: Natural = 1
    overlap: Count | None = None
    question: Words | None = None
    criteria: Words | None = None
    ties: Flag = True
    ratings: Several | None = None
    pairs: Literal["declared", "all"] = "declared"
    seed: Count = 1
    subset: Annotated[Subset | None, Field(alias="items")] = None

    @model_validator(mode="after")
    def _shared(self) -> Self:
        if self.raters == 1 and self.overlap:
            raise ValueError("one rater shares no items with another: set raters, or no overlap")
        return self

    @property
    def asked(self) -> str:
        """What a person is asked."""
        return self.question or DEFAULT_QUESTION

    @property
    def what_counts(self) -> str:
        """What a person is told to look at."""
        if self.criteria is not None:
            return self.criteria
        return f"{DEFAULT_CRITERIA} {DEFAULT_TIE}" if self.ties else DEFAULT_CRITERIA

    def shared(self, items: int) -> int:
        """How many of so many items every rater gets."""
        if self.raters == 1:
            return 0
        return min(DEFAULT_OVERLAP if self.overlap is None else self.overlap, items)

    def datasets(self) -> tuple[str, ...]:
        """It reads no dataset but that of the layer whose answers are compared."""
        return ()

    def layers(self) -> tuple[str, ...]:
        """The layer whose answers are compared."""
        return (self.on,)

    def reads(self) -> dict[str, Json]:
        """What decides what is asked of whom; the files that came back do not."""
        asked: dict[str, Any] = self.model_dump(
            mode="json", exclude={"name", "title", "arms", "ratings", "on", "kind"}
        )
        return asked

    def items(self, corpora: Mapping[str, Corpus]) -> tuple[tuple[str, tuple[Item, ...]], ...]:  # noqa: ARG002
        """None of its own: they are those of the layer whose answers are compared."""
        return ()

    def ask(self, corpora: Mapping[str, Corpus], prompting: Prompting) -> tuple[Asked, ...]:  # noqa: ARG002
        """Nothing of the arms; what is put to people needs their answers, see `tasks.py`."""
        return ()

    def metric_names(self) -> tuple[str, ...]:
        """Net win by people."""
        return (NET_WIN,)

    def columns(self) -> tuple[Column, ...]:
        """What it yields. Of a pair each arm has the items that it won: a tie is won by neither."""
        return (Column(NET_WIN, "fraction", True, Scale.BINARY, low=0.0, high=1.0),)

    def scorers(self, items: Sequence[Item]) -> tuple[Scorer, ...]:  # noqa: ARG002
        """Its column; the scores come from people, and not from an arm's answer alone."""

        def score(item: Item, responses: tuple[Response, ...]) -> Unscorable:  # noqa: ARG001
            return Unscorable(reason="only people can say")

        columns = self.columns()
        return (Scorer(columns, score, lambda _: (None,) * len(columns)),)

    def blocked_reason(self) -> str | None:
        """Nothing stands in the way here."""
        return None
