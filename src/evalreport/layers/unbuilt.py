"""Layers whose options are fixed and parsed, and whose work this version cannot do yet.

Their steps are planned, blocked, and named in the report among what was not measured.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from evalreport.layers.base import Asked, Kind, Prompting, Subset
from evalreport.layers.decoding import DecodingOptions
from evalreport.metrics.base import Scorer
from evalreport.records import Corpus, Item
from evalreport.values import Count, Flag, Json, Name, Natural, NonNegative, Number, Words


class _Unbuilt(Kind):
    """What the unbuilt layers share: they ask nothing and are blocked."""

    def layers(self) -> tuple[str, ...]:
        """It reads no other layer."""
        return ()

    def datasets(self) -> tuple[str, ...]:
        """It reads no dataset."""
        return ()

    def reads(self) -> dict[str, Json]:
        """All of its options."""
        return self.model_dump(mode="json", exclude={"name", "title", "arms"})

    def items(self, corpora: Mapping[str, Corpus]) -> tuple[tuple[str, tuple[Item, ...]], ...]:  # noqa: ARG002
        """No items are asked."""
        return ()

    def ask(self, corpora: Mapping[str, Corpus], prompting: Prompting) -> tuple[Asked, ...]:  # noqa: ARG002
        """Nothing is asked."""
        return ()

    def scorers(self, items: Sequence[Item]) -> tuple[Scorer, ...]:  # noqa: ARG002
        """Nothing is scored."""
        return ()


class Code(_Unbuilt):
    """Generated programs against tests, in a cage. Cost: generation and processor time.

    Attributes:
        dataset: Whose prompts ask for programs.
        tests: Column that holds the tests of a row.
        samples: Programs of each item.
        k: The k of pass@k.
        limit_seconds: How long the tests of a program may take.
        decoding: How programs are drawn.
        subset: Which of its items.
    """

    revision: ClassVar[int] = 1
    kind: Literal["code"]
    dataset: Name
    tests: Words
    samples: Natural = 1
    k: tuple[Natural, ...] = (1,)
    limit_seconds: NonNegative = 10.0
    decoding: DecodingOptions = DecodingOptions()
    subset: Annotated[Subset | None, Field(alias="items")] = None

    def datasets(self) -> tuple[str, ...]:
        """The dataset with the programming tasks."""
        return (self.dataset,)

    def metric_names(self) -> tuple[str, ...]:
        """The share of tasks solved within k samples."""
        return ("pass_at_k",)

    def blocked_reason(self) -> str | None:
        """The cage is not built yet."""
        return "running generated code is not built in this version"


class Benchmark(_Unbuilt):
    """Tasks of lm-eval's library on our engine. Cost: as the tasks.

    Attributes:
        tasks: Names of tasks.
        shots: Worked examples before each question, when not the task's own.
        limit: Items of each task.
        trust_task_code: Whether Python code that comes with a task may run.
    """

    revision: ClassVar[int] = 1
    kind: Literal["benchmark"]
    tasks: Annotated[tuple[Words, ...], Field(min_length=1)]
    shots: Count | None = None
    limit: Natural | None = None
    trust_task_code: Flag = False

    def metric_names(self) -> tuple[str, ...]:
        """Whatever the tasks define; known when they are loaded."""
        return ("accuracy", "accuracy_normalized", "exact_match")

    def blocked_reason(self) -> str | None:
        """The task library is not connected yet."""
        return "lm-eval's task library is not connected in this version"


class ModelScorer(_Unbuilt):
    """A score that a model gives, stored because it costs. Cost: one forward pass an item.

    Attributes:
        on: The generation layer whose answers are scored.
        model: What scores them.
        metric: What the score is called.
        range: The least and the greatest score.
        higher_is_better: Whether a greater score is better.
    """

    revision: ClassVar[int] = 1
    kind: Literal["scorer"]
    on: Name
    model: Words
    metric: Name = "score"
    range: tuple[Number, Number] | None = None
    higher_is_better: Flag = True

    def layers(self) -> tuple[str, ...]:
        """The layer whose responses are scored."""
        return (self.on,)

    def metric_names(self) -> tuple[str, ...]:
        """Its one metric."""
        return (self.metric,)

    def blocked_reason(self) -> str | None:
        """Model-based scores are not built yet."""
        return "model-based scores are not built in this version"
