"""Perplexity: how likely the reference completions are to each arm, per document."""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from evalreport.errors import DataError, Problem
from evalreport.layers.base import Asked, Kind, Prompting, Subset, choose, prompt_of
from evalreport.metrics.base import Scorer
from evalreport.metrics.loss import loss_scorers
from evalreport.records import Corpus, Item, ScoreCompletion
from evalreport.values import Json, Name


class Perplexity(Kind):
    """Token-weighted loss of the references: a sanity check that can condemn, never acquit.

    Cost: one forward pass an item.

    Attributes:
        dataset: Whose completions are scored.
        subset: Which of its items.
    """

    revision: ClassVar[int] = 1
    kind: Literal["perplexity"]
    dataset: Name
    subset: Annotated[Subset | None, Field(alias="items")] = None

    def datasets(self) -> tuple[str, ...]:
        """The dataset whose completions are scored."""
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
        """The loss of each reference after its prompt.

        Raises:
            DataError: An item has no completion to score.
        """
        return tuple(
            Asked("main", item.id, 0, completion_request(item, prompting, corpora[self.dataset]))
            for _, items in self.items(corpora)
            for item in items
        )

    def metric_names(self) -> tuple[str, ...]:
        """Loss by token, loss by byte, and the loss shown as perplexity."""
        return ("nll", "bits_per_byte", "perplexity")

    def scorers(self, items: Sequence[Item]) -> tuple[Scorer, ...]:
        """All loss metrics come from one response."""
        return loss_scorers(items)

    def blocked_reason(self) -> str | None:
        """It always runs."""
        return None


def completion_request(item: Item, prompting: Prompting, corpus: Corpus) -> ScoreCompletion:
    """The request for an item's reference loss.

    Raises:
        DataError: The item has no completion.
    """
    if item.reference is None:
        raise DataError(
            Problem(
                f"{corpus.origin}:{item.line}",
                f"item {item.id} of dataset {corpus.name} has no completion to score",
                "give the dataset `completion:` (or `messages:`), or drop the layer",
            )
        )
    return ScoreCompletion(
        prompt=prompt_of(item, prompting),
        template_kwargs=dict(prompting.template_kwargs),
        completion=item.reference,
    )
