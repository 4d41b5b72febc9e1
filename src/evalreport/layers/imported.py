"""Imported: what other tools measured, read from their files and marked as such in every table."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from evalreport.layers.base import Asked, Kind, Prompting
from evalreport.layers.foreign_files import Reads, Several
from evalreport.layers.recorded_method import Method
from evalreport.metrics.base import Scorer
from evalreport.records import Corpus, Item
from evalreport.values import Flag, Json, Name, Natural, Words


def _by_arm(given: Any) -> Any:
    """Files without arms hold all of them."""
    return given if isinstance(given, dict) else {"": given}


class Imported(Kind):
    """Results of another tool, compared item by item where its files have items. Cost: none.

    Attributes:
        files: The tool's files (or folders, or patterns such as `runs/*/samples_*.jsonl`) by arm;
            without arms where one file holds all of them. Their format is told by their content.
        models: By arm, how the files call its model, where they hold several; one file that holds
            verdicts about a pair wants both.
        part: Which of several measurements in the files, such as "gsm8k strict-match"; several are
            taken together, as groups of one set of items.
        judge: Whose verdicts, where the files hold those of several judges.
        metrics: Which metrics; all that the files have when left out.
        columns: How the columns of a plain table are called.
        expect: How many items there should be.
        higher_is_better: By metric, whether higher is better, where the files do not tell or err.
        prompts: Whether items are compared although their prompts differ (`may_differ`, for
            templates that differ on purpose).
        cluster: Whether items hang together as the files say, such as two turns of a question.
        method: How it was measured, as far as the files do not tell.
    """

    model_config = ConfigDict(serialize_by_alias=True)

    revision: ClassVar[int] = 1
    kind: Literal["imported"]
    files: Annotated[
        dict[str, Several],
        BeforeValidator(_by_arm, json_schema_input_type=Several | dict[Name, Several]),
        Field(alias="from", min_length=1),
    ]
    models: dict[Name, Words] = Field(default_factory=dict)
    part: Several | None = None
    judge: Words | None = None
    metrics: tuple[Words, ...] = ()
    columns: Reads = Reads()
    expect: Natural | None = None
    higher_is_better: dict[Words, Flag] = Field(default_factory=dict)
    prompts: Literal["same", "may_differ"] = "same"
    cluster: Flag = True
    method: Method = Method()

    @property
    def cluster_name(self) -> str:
        """What items hang together by, in every tool that says so."""
        return "question"

    @property
    def told_arms(self) -> tuple[str, ...]:
        """The arms that the spec names; tuned and base where it names none."""
        named = tuple(dict.fromkeys([*(arm for arm in self.files if arm), *self.models]))
        return named or ("tuned", "base")

    def datasets(self) -> tuple[str, ...]:
        """It reads no dataset: its items come with the files."""
        return ()

    def layers(self) -> tuple[str, ...]:
        """It reads no other layer."""
        return ()

    def reads(self) -> dict[str, Json]:
        """All that decides what is taken from the files."""
        return {"imported": self.model_dump(mode="json", exclude={"name", "title", "arms"})}

    def items(self, corpora: Mapping[str, Corpus]) -> tuple[tuple[str, tuple[Item, ...]], ...]:  # noqa: ARG002
        """Its items are read in columns, not one by one."""
        return ()

    def ask(self, corpora: Mapping[str, Corpus], prompting: Prompting) -> tuple[Asked, ...]:  # noqa: ARG002
        """It asks nothing."""
        return ()

    def metric_names(self) -> tuple[str, ...]:
        """The metrics that it names; none of them is known before the files are read."""
        return self.metrics

    def scorers(self, items: Sequence[Item]) -> tuple[Scorer, ...]:  # noqa: ARG002
        """Nothing is scored here."""
        return ()

    def blocked_reason(self) -> str | None:
        """Nothing keeps files from being read."""
        return None
