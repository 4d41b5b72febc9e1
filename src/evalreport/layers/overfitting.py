"""Overfitting: what training items got that unseen items did not, with the base as control."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

from evalreport.layers.base import Asked, Kind, Prompting, Subset, choose, prompt_of, with_prompting
from evalreport.metrics.base import Scorer
from evalreport.records import (
    Chat,
    Corpus,
    Decoding,
    Generate,
    Item,
    Message,
    Raw,
    Request,
    ScoreCompletion,
)
from evalreport.values import Count, Flag, Json, Name, Natural

SEEN, UNSEEN = "seen", "unseen"
RECITE_SEEN, RECITE_UNSEEN = "recite_seen", "recite_unseen"
REPHRASED = "rephrased"

_SHORTEST_SUFFIX_CHARACTERS = 20


class Overfitting(Kind):
    """Loss on seen and unseen items, verbatim recitation, and loss on rephrased prompts.

    Improvement over the base on items that training saw, minus improvement on items that it did
    not see (difference in differences). Recitation gives the model the first half of a completion
    and looks whether the second half comes back word for word; unseen items and the base tell
    memory from mere skill. Cost: one forward pass an item and part, and short generations.

    Attributes:
        train: The dataset that was trained on.
        unseen: The dataset that was not.
        sample: Items of each of them.
        seed: Which items.
        regurgitation: Whether recitation is looked for.
        suffix_tokens: Tokens of the second half that are asked for.
    """

    revision: ClassVar[int] = 1
    kind: Literal["overfitting"]
    train: Name = "train"
    unseen: Name
    sample: Natural = 100
    seed: Count = 1
    regurgitation: Flag = True
    suffix_tokens: Natural = 32

    def datasets(self) -> tuple[str, ...]:
        """What was trained on and what was not."""
        return (self.unseen, self.train)

    def layers(self) -> tuple[str, ...]:
        """It reads no other layer."""
        return ()

    def reads(self) -> dict[str, Json]:
        """Sample, seed and the recitation probe decide what is asked."""
        return {
            "sample": self.sample,
            "seed": self.seed,
            "regurgitation": self.regurgitation,
            "suffix_tokens": self.suffix_tokens,
        }

    def items(self, corpora: Mapping[str, Corpus]) -> tuple[tuple[str, tuple[Item, ...]], ...]:
        """Random samples of equal size from both datasets, by part."""
        subset = Subset(n=self.sample, seed=self.seed)
        seen = _with_reference(choose(corpora[self.train].items, subset))
        unseen = _with_reference(choose(corpora[self.unseen].items, subset))
        parts: list[tuple[str, tuple[Item, ...]]] = [(SEEN, seen), (UNSEEN, unseen)]
        rephrased = tuple(item for item in seen if item.rephrased is not None)
        if rephrased:
            parts.append((REPHRASED, rephrased))
        if self.regurgitation:
            parts += [
                (RECITE_SEEN, tuple(item for item in seen if halves(item) is not None)),
                (RECITE_UNSEEN, tuple(item for item in unseen if halves(item) is not None)),
            ]
        return tuple(parts)

    def ask(self, corpora: Mapping[str, Corpus], prompting: Prompting) -> tuple[Asked, ...]:
        """The losses by part, and the recitations."""
        return tuple(
            Asked(part, item.id, 0, self._request(part, item, prompting))
            for part, items in self.items(corpora)
            for item in items
        )

    def _request(self, part: str, item: Item, prompting: Prompting) -> Request:
        kwargs = dict(prompting.template_kwargs)
        split = halves(item)
        if part in (RECITE_SEEN, RECITE_UNSEEN) and split is not None:
            prompt = prompt_of(item, prompting)
            begun = (
                Raw(text=prompt.text + split[0])
                if isinstance(prompt, Raw)
                else Chat(messages=(*prompt.messages, Message(role="assistant", content=split[0])))
            )
            return Generate(
                prompt=begun,
                template_kwargs=kwargs,
                decoding=Decoding(max_new_tokens=self.suffix_tokens),
            )
        prompt = (
            with_prompting(item.rephrased, prompting)
            if part == REPHRASED and item.rephrased is not None
            else prompt_of(item, prompting)
        )
        return ScoreCompletion(
            prompt=prompt, template_kwargs=kwargs, completion=item.reference or ""
        )

    def metric_names(self) -> tuple[str, ...]:
        """What it can say; none of it may be a primary metric."""
        return ("gap", "regurgitation", "paraphrase_gap")

    def scorers(self, items: Sequence[Item]) -> tuple[Scorer, ...]:  # noqa: ARG002
        """It has no item-by-item metric of its own: its gaps join several parts."""
        return ()

    def blocked_reason(self) -> str | None:
        """It always runs."""
        return None


def _with_reference(items: Sequence[Item]) -> tuple[Item, ...]:
    return tuple(item for item in items if item.reference)


def halves(item: Item) -> tuple[str, str] | None:
    """A completion cut in two near its middle; None when the second half is too short to tell.

    The cut falls behind a space when there is one near, so that tokens of both halves are those
    of the whole wherever possible.
    """
    text = item.reference or ""
    middle = len(text) // 2
    space = text.find(" ", middle)
    cut = space if 0 <= space < middle + 20 else middle
    prefix, suffix = text[:cut], text[cut:]
    if len(suffix.strip()) < _SHORTEST_SUFFIX_CHARACTERS or not prefix.strip():
        return None
    return prefix, suffix


def recites(item: Item, said: str) -> bool:
    """Whether what was said goes on exactly as the completion does, as far as both reach."""
    split = halves(item)
    if split is None:
        return False
    expected, heard = split[1].strip(), said.strip()
    shared = min(len(expected), len(heard))
    return shared >= _SHORTEST_SUFFIX_CHARACTERS and expected[:shared] == heard[:shared]
