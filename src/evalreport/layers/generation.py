"""Generation: free text from each arm, read by a rule, scored by task metrics."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from evalreport.layers.base import Asked, Kind, Prompting, Subset, choose, prompt_of
from evalreport.layers.decoding import DecodingOptions
from evalreport.layers.foreign_files import Outputs
from evalreport.layers.transcripts import transcript
from evalreport.metrics import AnyTextMetric
from evalreport.metrics.base import Output, Scale, Score, Scorer, TextScorer
from evalreport.metrics.custom import FunctionMetric
from evalreport.metrics.extract import AnyExtract, Function, Whole, strip_reasoning
from evalreport.records import Corpus, Decoding, Generate, Item, Response, Text, Unscorable
from evalreport.values import Json, Name


class Generation(Kind):
    """Ask for free text and score what a rule extracts from it.

    Cost: at most `max_new_tokens` tokens an item and sample; none of arms that are imported.

    Attributes:
        dataset: Whose prompts are asked.
        subset: Which of its items.
        decoding: How answers are drawn.
        strip: Reasoning blocks are removed before scoring (`think`).
        extract: How an answer is read from the text.
        metrics: What scores it.
        imported: By arm, what it wrote according to another tool: it is not asked here.
    """

    revision: ClassVar[int] = 1
    kind: Literal["generation"]
    dataset: Name
    subset: Annotated[Subset | None, Field(alias="items")] = None
    decoding: DecodingOptions = DecodingOptions()
    strip: Literal["none", "think"] = "none"
    extract: AnyExtract = Whole(kind="whole")
    metrics: Annotated[tuple[AnyTextMetric, ...], Field(min_length=1)]
    imported: dict[Name, Outputs] = Field(default_factory=dict)

    @model_serializer(mode="wrap")
    def _without_none(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        dumped: dict[str, Any] = dump(self)
        if not self.imported:  # what no spec says does not change what specs are known by
            dumped.pop("imported", None)
        return dumped

    def datasets(self) -> tuple[str, ...]:
        """The dataset whose prompts are asked."""
        return (self.dataset,)

    def layers(self) -> tuple[str, ...]:
        """It reads no other layer."""
        return ()

    def reads(self) -> dict[str, Json]:
        """Subset and decoding decide what is asked; extraction and metrics do not."""
        return {
            "items": self.subset.model_dump(mode="json") if self.subset else None,
            "decoding": self.decoding.model_dump(mode="json"),
        }

    def items(self, corpora: Mapping[str, Corpus]) -> tuple[tuple[str, tuple[Item, ...]], ...]:
        """One part: the chosen items of the dataset."""
        return (("main", choose(corpora[self.dataset].items, self.subset)),)

    def ask(self, corpora: Mapping[str, Corpus], prompting: Prompting) -> tuple[Asked, ...]:
        """One request an item and sample."""
        options = self.decoding
        decoding = Decoding(
            max_new_tokens=options.max_new_tokens,
            temperature=options.temperature,
            top_p=options.top_p,
            stop=options.stop,
            seed=options.seed,
        )
        return tuple(
            Asked(
                "main",
                item.id,
                draw,
                Generate(
                    prompt=prompt_of(item, prompting),
                    then=item.then,
                    template_kwargs=dict(prompting.template_kwargs),
                    decoding=decoding,
                    draw=draw,
                ),
            )
            for _, items in self.items(corpora)
            for item in items
            for draw in range(options.samples)
        )

    def metric_names(self) -> tuple[str, ...]:
        """The tags of its metrics."""
        return tuple(metric.metric for metric in self.metrics)

    def functions(self) -> tuple[str, ...]:
        """The user's functions that scoring will import."""
        named = [metric.function for metric in self.metrics if isinstance(metric, FunctionMetric)]
        if isinstance(self.extract, Function):
            named.append(self.extract.function)
        return tuple(named)

    def shown(self, response: Text) -> str:
        """What judges and people see of an answer: all but reasoning that is stripped.

        Of a conversation they see all of it, each answer and what the user said to it.
        """
        return transcript(
            [(self._stripped(one.answer)[0], one.then) for one in response.before],
            self._stripped(response.text)[0],
        )

    def read(self, response: Response) -> tuple[Output, int]:
        """What extraction finds in a response, and how many reasoning blocks were removed.

        Of a conversation the last answer is read, and blocks of all of them count.
        """
        if not isinstance(response, Text):
            return Output("", None, f"a {response.kind} response holds no text"), 0
        text, blocks = self._stripped(response.text)
        blocks += sum(self._stripped(one.answer)[1] for one in response.before)
        return self.extract.read(text), blocks

    def _stripped(self, text: str) -> tuple[str, int]:
        """An answer without its reasoning blocks, where they are stripped, and how many."""
        return strip_reasoning(text) if self.strip == "think" else (text, 0)

    def scorers(self, items: Sequence[Item]) -> tuple[Scorer, ...]:
        """One scorer a metric; several draws of an item are averaged."""
        return tuple(self._scorer(metric.prepare(items)) for metric in self.metrics)

    def _scorer(self, text_scorer: TextScorer) -> Scorer:
        def score(item: Item, responses: tuple[Response, ...]) -> tuple[Score, ...] | Unscorable:
            drawn = [text_scorer.score(item, self.read(response)[0]) for response in responses]
            return average_draws(drawn, text_scorer.penalty(item))

        columns = text_scorer.columns
        if self.decoding.samples > 1:
            # A mean over draws is no longer 0 or 1, and the statistics must know.
            columns = tuple(
                replace(column, scale=Scale.MEAN) if column.scale is Scale.BINARY else column
                for column in columns
            )
        return Scorer(columns, score, text_scorer.penalty)

    def blocked_reason(self) -> str | None:
        """It always runs."""
        return None


def average_draws(
    drawn: Sequence[tuple[Score, ...] | Unscorable], penalty: tuple[Score | None, ...]
) -> tuple[Score, ...] | Unscorable:
    """One score per column from several draws of one item: their mean.

    A draw that cannot be scored counts as its penalty; the item is unscorable when no draw can be
    scored, or when one cannot and no penalty is declared.
    """
    failed = [score for score in drawn if isinstance(score, Unscorable)]
    if len(drawn) == 1 and not failed:
        return drawn[0]
    if len(failed) == len(drawn):
        return failed[0] if failed else Unscorable(reason="no draw was made")
    columns: list[Score] = []
    for i, worst in enumerate(penalty):
        values = [worst if isinstance(score, Unscorable) else score[i] for score in drawn]
        known = [value for value in values if value is not None]
        if len(known) < len(values):
            return failed[0]
        columns.append(_mean(known))
    return tuple(columns)


def _mean(values: Sequence[Score]) -> Score:
    first = values[0]
    if isinstance(first, tuple):
        rows = [value for value in values if isinstance(value, tuple)]
        return tuple(sum(column) / len(rows) for column in zip(*rows, strict=True))
    return sum(value for value in values if not isinstance(value, tuple)) / len(values)
