"""What outputs look like, apart from the numbers that decide: health, classes, examples."""

from typing import Any

from pydantic import SerializerFunctionWrapHandler, model_serializer

from evalreport.analyze.flips import Flips
from evalreport.estimates import Estimated, NotEstimable
from evalreport.records import Turn
from evalreport.values import Count, Json, Number, Value


class Health(Value):
    """What one arm's responses look like, apart from being right; seeds are counted together."""

    layer: str
    arm: str
    n: Count
    tokens_mean: Number | NotEstimable
    tokens_median: Number | NotEstimable
    tokens_p95: Number | NotEstimable
    seconds_per_item: Number | NotEstimable
    truncated: Count | NotEstimable
    looping_cut: Count = 0  # truncated in a long loop
    unended: Count = 0  # stripped reasoning that never ended; `empty` does not count these
    empty: Count
    refused: Count
    looping: Count
    unparsed: Count
    failed: Count
    reasoning_blocks: Count = 0


class HealthDifference(Value):
    """How the share of one kind of response, or its tokens, moved between two arms, by item."""

    layer: str
    kind: str  # truncated | unended | empty | refused | looping | unparsed | tokens
    arms: tuple[str, str]
    n: Count
    counts: Flips
    difference: Estimated
    p_value: Number | None = None


class SameOutputs(Value):
    """Several kinds of trouble that exactly the same outputs of an arm show; not in report.json."""

    layer: str
    arm: str
    n: Count
    kinds: tuple[str, ...]


class Everywhere(Value):
    """What an arm scores on a metric, and what one answer would, given to the same items."""

    metric: str
    field: str | None
    unit: str
    higher_is_better: bool
    own: Number
    everywhere: Number

    @property
    def is_better(self) -> bool:
        """Whether the arm scores better than that answer."""
        ahead = self.own - self.everywhere
        return ahead > 0 if self.higher_is_better else ahead < 0


class SameAnswer(Value):
    """One answer that an arm gives most often, whatever is asked; not in report.json.

    `n` answers could be read and have a reference; `given` of them are this one. At most `alike`
    of the references are alike, and `right` of the answers are as right as the metric knows.
    """

    layer: str
    arm: str
    seed: int | None
    n: Count
    given: Count
    alike: Count
    right: Count
    everywhere: Everywhere | None

    @property
    def unexplained(self) -> float:
        """Which share of the answers that the items do not explain are this one."""
        explained = max(self.alike, self.right)
        return (self.given - explained) / (self.n - explained)


class OutputCell(Value):
    """One arm's output on one item, as shown side by side; text is hostile and is escaped.

    `before` are the earlier answers of a conversation, and what the user said to them.
    """

    arm: str
    seed: int | None
    before: tuple[Turn, ...] = ()
    text: str
    extracted: Json
    problem: str
    score: Number | None
    tokens: Count | None
    truncated: bool

    @model_serializer(mode="wrap")
    def _without_turns(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        dumped: dict[str, Any] = dump(self)
        return dumped if self.before else {k: v for k, v in dumped.items() if k != "before"}


class Example(Value):
    """One item with the outputs of both arms. `bucket` says by which rule it was chosen."""

    layer: str
    metric: str
    item: str
    bucket: str  # worst_loss | largest_gain | random
    prompt: str
    reference: str
    cells: tuple[OutputCell, ...]
    difference: Number | None
    subgroups: tuple[tuple[str, str], ...] = ()


class ClassRow(Value):
    """One true class of a confusion matrix, for one arm."""

    label: str
    n: Count
    predicted: dict[str, Count]
    precision: Estimated
    recall: Estimated


class ConfusionMatrix(Value):
    """True against predicted classes of one arm."""

    layer: str
    arm: str
    labels: tuple[str, ...]
    rows: tuple[ClassRow, ...]
    quadratic_kappa: Estimated | None = None
