"""Published: the numbers of one recorded layer and all that was said about them."""

import re
from typing import Final, Literal, TypeAlias

from pydantic import Field

from evalreport.records.blocks import Aggregate
from evalreport.values import Count, Fraction, Natural, Number, Value

Subset: TypeAlias = Literal["all", "common", "own", "parsed", "unknown"]


class Discordant(Value):
    """On how many of the same items the first arm is right and the second wrong, and otherwise.

    Attributes:
        better: The first is right, the second wrong.
        worse: The second is right, the first wrong.
    """

    better: Count
    worse: Count


_SILENT: Final = re.compile(
    r"\W*|n\W?a\W?|none|nil|unknown|tb[ad]|"
    r"not (yet )?(available|measured|reported|tested|evaluated|run)",
    re.IGNORECASE,
)


def is_silent(words: str) -> bool:
    """Whether what stands in the place of a number openly says that there is none, as N/A does."""
    return _SILENT.fullmatch(words.strip()) is not None


class PublishedRow(Value):
    """One metric with a number for each arm.

    Attributes:
        metric: Its name, as findings use it.
        field: The part of the answer that it is about.
        unit: Of the numbers, as findings use it.
        higher_is_better: None when nobody said.
        definition: How it is computed; empty when nobody said and the name does not tell.
        range: The least and the greatest value that it can have.
        figures: One an arm.
        words: What stands where an arm's number should.
        intervals: The interval that was published with an arm's number.
        discordant: Where the first two arms differ item by item.
        change: A change whose ends were not published, as a fraction of where it began.
        changed: Between which arms, when it is such a change.
        is_headline: Whether it stands on top and is computed from the other rows.
    """

    metric: str
    field: str | None = None
    unit: str
    higher_is_better: bool | None
    definition: str = ""
    range: tuple[Number, Number] | None = None
    figures: tuple[Aggregate, ...] = ()
    words: dict[str, str] = Field(default_factory=dict)
    intervals: dict[str, tuple[Number, Number]] = Field(default_factory=dict)
    discordant: Discordant | None = None
    change: Number | None = None
    changed: tuple[str, str] = ("tuned", "base")
    is_headline: bool = False

    @property
    def arms(self) -> tuple[str, ...]:
        """Whoever stands in the row, with a number or with words."""
        named = (*(one.arm for one in self.figures), *self.words)
        return tuple(dict.fromkeys((*named, *(self.changed if self.change is not None else ()))))

    def figure(self, arm: str) -> Aggregate | None:
        """The number of an arm."""
        return next((one for one in self.figures if one.arm == arm), None)


class FailureKind(Value):
    """A kind of failure that is told of, and how often it was seen when somebody counted.

    Attributes:
        what: The kind, in words.
        k: How many outputs.
    """

    what: str
    k: Count | None = None


class Published(Value):
    """What somebody published about one evaluation.

    Attributes:
        layer: Name of the layer.
        source: Where it was published.
        rows: Metrics by arm.
        subset: Over which items: all, those valid in both arms (`common`), each arm's own valid
            ones (`own`), those that could be read (`parsed`).
        parsed: Share of outputs that could be read, by arm.
        interval: The interval published with win/loss counts.
        stated_n: How many items it says that it has, where counts can be added up.
        chosen_on: On which data the checkpoint was chosen.
        tried: How many checkpoints were tried.
        labels_made_by: Who made the references.
        data_made_by: Who wrote the training data.
        items_from: Where the items come from; empty when nobody said.
        held_out: Whether they were kept out of training; None when nobody said.
        failures: Kinds of failure that it tells of.
    """

    layer: str
    source: str = ""
    rows: tuple[PublishedRow, ...]
    subset: Subset = "unknown"
    parsed: dict[str, Fraction] = Field(default_factory=dict)
    interval: tuple[Number, Number] | None = None
    stated_n: Count | None = None
    chosen_on: str | None = None
    tried: Natural | None = None
    labels_made_by: str | None = None
    data_made_by: str | None = None
    items_from: str = ""
    held_out: bool | None = None
    failures: tuple[FailureKind, ...] = ()

    @property
    def arms(self) -> tuple[str, ...]:
        """Every arm with a number or words, in order."""
        return tuple(dict.fromkeys(arm for row in self.rows for arm in row.arms))
