"""Results: what files of other tools say of the arms of one layer, one entry an item."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from pydantic import Field

from evalreport.importers.base import Facts
from evalreport.metrics.base import Column, FloatArray
from evalreport.records import Judging, Published
from evalreport.values import Count, Flag, Number, Value

States: TypeAlias = np.ndarray[tuple[int], np.dtype[np.int8]]

SCORED, UNPARSED, ABSENT = 0, 1, 2


def compared_of(arms: Iterable[str]) -> tuple[str, ...]:
    """The arms whose items must be the same: tuned and base where both are there, else all."""
    there = tuple(arms)
    both = ("tuned", "base")
    return both if {*both} <= {*there} else there


class LeftOut(Value):
    """Rows of a file that could not be taken up, for one reason.

    Attributes:
        arm: Whose file; empty where it holds all arms.
        why: The reason.
        k: How many rows.
        first: Where the first of them stands, as `file:line`.
    """

    arm: str
    why: str
    k: Count
    first: str


class Twins(Value):
    """How many of the items that two arms share have the same text or number in both.

    Attributes:
        arms: The two.
        what: `answers`, `replies of the judge`, `scores (METRIC)`, or `files` as a whole.
        k: Items with the same.
        n: Items with one in both.
    """

    arms: tuple[str, str]
    what: str
    k: Count
    n: Count


class FigureCheck(Value):
    """A number that the tool gives of its own items, beside what the items give.

    Attributes:
        arm: Whose.
        part: Which measurement; empty where there is one.
        metric: As findings call it.
        value: The tool's.
        se: The tool's standard error; None where it gives none.
        own_value: What the items give.
        own_se: Standard error of a mean of independent items; None where there is none.
        n: Items that have a score here.
        told_n: Items behind the tool's number, where it says how many.
        note: What the importer knows of the tool's number.
    """

    arm: str
    part: str
    metric: str
    value: Number
    se: Number | None
    own_value: Number
    own_se: Number | None
    n: Count
    told_n: Count | None = None
    note: str = ""

    @property
    def agrees(self) -> bool:
        """Whether the items give the tool's value, to a billionth."""
        return abs(self.value - self.own_value) <= 1e-9 * max(1.0, abs(self.value))


class Integrity(Value):
    """What was found of the files themselves, counted; honesty rules read it.

    Attributes:
        items: How many items each arm has.
        expected: How many it should have, and who says so.
        only: How many items only this arm has, of several arms.
        strangers: By arm, how many items are none of those that are compared here.
        repeated: How many rows were about an item that an earlier row was about: the last counts.
        torn: By arm, how many of those rows gave the item another score.
        copies: By arm, how many items have prompt and answer of an earlier one, word for word.
        others: Models and judges that are none of the layer's, with how many rows.
        unparsed: By arm, how many verdicts or answers could not be read.
        unscored: By arm, how many items of which there is a row have no number, by reason.
        left: Rows that could not be taken up.
        aside: How many rows are about an arm and another model, where pairs of two arms count.
        models: By arm, the names in its rows, with how many rows.
        named: By arm, what its file or folder is called after, where a tool names it so.
        judges: The judges in the rows, with how many rows.
        judge_named: What the files are called after, where a tool names them so.
        distinct: By arm, how many different answers there are, of how many.
        commonest: By arm, how many answers are its commonest.
        twins: Pairs of arms whose texts or scores are the same.
        unknown: By what is not known of how an arm was measured, the arms.
        declared: By what only the spec says of how an arm was measured, and no file, the arms.
        prompts_differ: By pair of arms, on how many of how many items the prompts differ, where
            the spec lets them.
        assumed: Metrics of which nothing tells whether higher is better; it was assumed.
        figures: The tools' own numbers beside what the items give.
    """

    items: dict[str, Count] = Field(default_factory=dict)
    expected: dict[str, tuple[Count, str]] = Field(default_factory=dict)
    only: dict[str, Count] = Field(default_factory=dict)
    strangers: dict[str, Count] = Field(default_factory=dict)
    repeated: dict[str, Count] = Field(default_factory=dict)
    torn: dict[str, Count] = Field(default_factory=dict)
    copies: dict[str, Count] = Field(default_factory=dict)
    others: dict[str, Count] = Field(default_factory=dict)
    unparsed: dict[str, Count] = Field(default_factory=dict)
    unscored: dict[str, dict[str, Count]] = Field(default_factory=dict)
    left: tuple[LeftOut, ...] = ()
    aside: Count = 0
    models: dict[str, dict[str, Count]] = Field(default_factory=dict)
    named: dict[str, str] = Field(default_factory=dict)
    judges: dict[str, Count] = Field(default_factory=dict)
    judge_named: str = ""
    distinct: dict[str, tuple[Count, Count]] = Field(default_factory=dict)
    commonest: dict[str, Count] = Field(default_factory=dict)
    twins: tuple[Twins, ...] = ()
    unknown: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    declared: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    prompts_differ: tuple[tuple[str, str, Count, Count], ...] = ()
    assumed: tuple[str, ...] = ()
    figures: tuple[FigureCheck, ...] = ()


class Provenance(Value):
    """Where the results of one arm come from.

    Attributes:
        tool: What measured, with its version.
        files: Their names, as the spec gives them.
        digest: Of all of them.
        model: What they call the model.
        made_at: When it was measured, where they tell.
        facts: How it was measured, as far as they tell.
        is_pair: Whether its scores come from rows about a pair of arms.
        notes: What a reader must know.
    """

    tool: str
    files: tuple[str, ...]
    digest: str
    model: str = ""
    made_at: str = ""
    facts: Facts = Facts()
    is_pair: Flag = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ArmResults:
    """One arm's scores: for each column values of shape (n,) or (n, 2), 0 where there is none.

    Attributes:
        values: By column.
        states: By column, SCORED, UNPARSED (asked, and nothing could be read) or ABSENT.
        reasons: Why there is no score, counted over the columns.
        origin: Where they come from.
    """

    values: tuple[FloatArray, ...]
    states: tuple[States, ...]
    reasons: Mapping[str, int]
    origin: Provenance


@dataclass(frozen=True, slots=True)
class Results:
    """What files say of the arms of one layer.

    Attributes:
        layer: Its name.
        ids: The items, each once, in the order of the first file that has it.
        clusters: What each item hangs together with, where the files tell.
        cluster_by: What that is called.
        subgroups: By key, the group of each item.
        columns: What is scored.
        arms: Scores by arm.
        refused: By pair of arms, why they are not compared.
        published: Totals without items, where there are no items.
        judging: What is known of whoever judged.
        integrity: What was found of the files themselves.
        digest: Of everything that was read.
    """

    layer: str
    ids: tuple[str, ...]
    columns: tuple[Column, ...]
    arms: Mapping[str, ArmResults]
    integrity: Integrity
    digest: str
    clusters: tuple[str, ...] = ()
    cluster_by: str = ""
    subgroups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    refused: Mapping[tuple[str, str], str] = field(default_factory=dict)
    published: Published | None = None
    judging: Judging | None = None

    @property
    def compared(self) -> tuple[str, ...]:
        """The arms whose items must be the same: tuned and base where both are there, else all."""
        return compared_of(self.arms)

    @property
    def n(self) -> int:
        """How many items."""
        return len(self.ids)
