"""Multiple choice: which of the given answers is the likeliest continuation."""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from evalreport.errors import DataError, Problem
from evalreport.layers.base import Asked, Kind, Prompting, Subset, choose, prompt_of
from evalreport.metrics.base import Scorer
from evalreport.metrics.choice import choice_scorers
from evalreport.records import Corpus, Item, ScoreChoices
from evalreport.values import Json, Name


class MultipleChoice(Kind):
    """Log-likelihood of each choice after the question, plain and by length.

    Cost: one shared prompt and the tokens of all choices, an item.

    Attributes:
        dataset: With `question`, `choices` and `answer`.
        subset: Which of its items.
    """

    revision: ClassVar[int] = 1
    kind: Literal["multiple_choice"]
    dataset: Name
    subset: Annotated[Subset | None, Field(alias="items")] = None

    def datasets(self) -> tuple[str, ...]:
        """The dataset with questions, choices and answers."""
        return (self.dataset,)

    def layers(self) -> tuple[str, ...]:
        """It reads no other layer."""
        return ()

    def reads(self) -> dict[str, Json]:
        """Nothing but the subset decides what is asked."""
        return {"items": self.subset.model_dump(mode="json") if self.subset else None}

    def items(self, corpora: Mapping[str, Corpus]) -> tuple[tuple[str, tuple[Item, ...]], ...]:
        """One part: the chosen items of the dataset."""
        return (("main", choose(corpora[self.dataset].items, self.subset)),)

    def ask(self, corpora: Mapping[str, Corpus], prompting: Prompting) -> tuple[Asked, ...]:
        """The log-likelihood of every choice of every item.

        Raises:
            DataError: An item has no choices or no answer.
        """
        corpus = corpora[self.dataset]
        return tuple(
            Asked("main", item.id, 0, _request(item, prompting, corpus))
            for _, items in self.items(corpora)
            for item in items
        )

    def metric_names(self) -> tuple[str, ...]:
        """Accuracy by total and by length-normalised log-likelihood."""
        return ("accuracy", "accuracy_normalized")

    def scorers(self, items: Sequence[Item]) -> tuple[Scorer, ...]:
        """Both accuracies come from one response."""
        return choice_scorers(items)

    def blocked_reason(self) -> str | None:
        """It always runs."""
        return None


def _request(item: Item, prompting: Prompting, corpus: Corpus) -> ScoreChoices:
    if not item.choices or item.answer is None:
        raise DataError(
            Problem(
                f"{corpus.origin}:{item.line}",
                f"item {item.id} of dataset {corpus.name} has no choices with an answer",
                "multiple_choice needs `question:`, `choices:` and `answer:` on its dataset",
            )
        )
    return ScoreChoices(
        prompt=prompt_of(item, prompting),
        template_kwargs=dict(prompting.template_kwargs),
        choices=item.choices,
    )
