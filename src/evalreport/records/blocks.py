"""Evidence by arm: itemised or aggregate, and which comparisons are allowed."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from evalreport.records.exchange import Failure, Response
from evalreport.records.weights import Weights
from evalreport.values import Count, Number, Value


# Three classes rather than one generic: a parametrised model costs each start of the program.
class Known(Value):
    """A fact about how something was measured."""

    known: str


class KnownCount(Value):
    """A number of things that is known."""

    known: Count


class KnownNumber(Value):
    """A number that is known."""

    known: Number


class Unknown(Value):
    """A fact that nobody wrote down."""

    unknown: str = "not recorded"


class Protocol(Value):
    """How a block was measured; two blocks are paired only when every field is known and equal."""

    prompts: Known | Unknown
    decoding: Known | Unknown
    scorer: Known | Unknown
    shots: KnownCount | Unknown
    template: Known | Unknown
    precision: Known | Unknown

    def differences(self, other: "Protocol") -> tuple[str, ...]:
        """The names of the fields that forbid pairing: different, or unknown on either side."""
        return tuple(
            name
            for name in type(self).model_fields
            if isinstance(getattr(self, name), Unknown)
            or isinstance(getattr(other, name), Unknown)
            or getattr(self, name) != getattr(other, name)
        )


class Origin(StrEnum):
    """Where a number comes from."""

    RUN = "run"
    IMPORTED = "imported"
    RECORDED = "recorded"


@dataclass(frozen=True, slots=True)
class Itemised:
    """One arm's responses (one replicate) to one layer's questions, by item id, in item order.

    `failures` holds the items without a response; ids of both together are all that were asked.
    """

    arm: str
    seed: int | None
    ids: tuple[str, ...]
    responses: Mapping[str, tuple[Response, ...]]  # several draws of an item stand together
    failures: Mapping[str, Failure]
    protocol: Protocol
    weights: Weights | None
    origin: Origin = Origin.RUN


class Counts(Value):
    """Wins, losses and ties that somebody counted."""

    kind: Literal["counts"] = "counts"
    wins: Count
    losses: Count
    ties: KnownCount | Unknown


class Rated(Value):
    """A rate that somebody published, with its number of items when that is known."""

    kind: Literal["rate"] = "rate"
    rate: Number
    n: KnownCount | Unknown


class Averaged(Value):
    """A mean that somebody published, with spread and number of items when they are known."""

    kind: Literal["mean"] = "mean"
    mean: Number
    spread: KnownNumber | Unknown
    n: KnownCount | Unknown


class Lossy(Value):
    """A loss that somebody published, in nats per token."""

    kind: Literal["loss"] = "loss"
    nats_per_token: Number
    tokens: KnownCount | Unknown
    n: KnownCount | Unknown


class Aggregate(Value):
    """One arm's number without its items."""

    arm: str
    figure: Annotated[Counts | Rated | Averaged | Lossy, Field(discriminator="kind")]
    protocol: Protocol
    origin: Origin


Block: TypeAlias = Itemised | Aggregate


class ContrastKind(StrEnum):
    """How two blocks may be compared."""

    PAIRED = "paired"
    UNPAIRED = "unpaired"
    AGGREGATE_ONLY = "aggregate_only"
    SEEDS = "seeds"
    SEEN_VS_UNSEEN = "seen_vs_unseen"


class Contrast(Value):
    """One comparison that is allowed, or the reason why it is refused."""

    candidate: str
    reference: str
    kind: ContrastKind
    refused: str = ""
