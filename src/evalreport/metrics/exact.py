"""Answers held against the reference as words: exact match and token F1."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Literal

from evalreport.metrics.base import Output, Scale, TextScorer
from evalreport.metrics.normalise import Step, as_text, normalise, reference_as
from evalreport.metrics.scoring import (
    fraction,
    fraction_scorer,
    reference_of,
    require,
    require_references,
)
from evalreport.records import Item
from evalreport.values import Value, Words

_SQUAD_STEPS: tuple[Step, ...] = ("lower", "punctuation", "articles", "whitespace")


class ExactMatch(Value):
    """Whether the answer equals the reference after the declared steps. 0 or 1.

    An answer extracted as JSON equals a reference that holds the same JSON, however it is written.
    `accepted` names a field of the row with a list of further right answers.

    Attributes:
        normalise: What is done to both sides before they are compared.
        accepted: Column with a list of further right answers.
    """

    metric: Literal["exact_match"]
    normalise: tuple[Step, ...] = ("whitespace",)
    accepted: Words | None = None

    def prepare(self, items: Sequence[Item]) -> TextScorer:
        """The scorer for these items.

        Raises:
            DataError: An item has no reference, or no list of accepted answers that it needs.
        """
        answers = _right_answers(self.metric, self.accepted, items)

        def score(item: Item, output: Output) -> float:
            given = normalise(as_text(output.value), self.normalise)
            rights = (reference_as(right, output.value) for right in answers(item))
            return float(any(given == normalise(right, self.normalise) for right in rights))

        return fraction_scorer(fraction(self.metric, scale=Scale.BINARY), score)


class TokenF1(Value):
    """Harmonic mean of precision and recall over the words that answer and reference share.

    As in the official evaluation of SQuAD: lower case, no punctuation, no articles, words counted
    as often as they stand; the best of the right answers counts. Two answers without a word are
    equal (1), one without is not (0).
    Source: Rajpurkar et al. (2016), arXiv 1606.05250, and its script evaluate-v2.0.

    Attributes:
        normalise: What is done to both sides before words are counted.
        accepted: Column with a list of further right answers; the best counts.
    """

    metric: Literal["token_f1"]
    normalise: tuple[Step, ...] = _SQUAD_STEPS
    accepted: Words | None = None

    def prepare(self, items: Sequence[Item]) -> TextScorer:
        """The scorer for these items.

        Raises:
            DataError: An item has no reference, or no list of accepted answers that it needs.
        """
        answers = _right_answers(self.metric, self.accepted, items)

        def words(text: str) -> Counter[str]:
            return Counter(normalise(text, self.normalise).split())

        def score(item: Item, output: Output) -> float:
            given = words(as_text(output.value))
            rights = (reference_as(right, output.value) for right in answers(item))
            return max(_f1(given, words(right)) for right in rights)

        return fraction_scorer(fraction(self.metric), score)


def _f1(given: Counter[str], right: Counter[str]) -> float:
    if not given or not right:
        return float(given == right)
    shared = (given & right).total()
    return 2 * shared / (given.total() + right.total())


def _right_answers(
    metric: str, accepted: str | None, items: Sequence[Item]
) -> Callable[[Item], list[str]]:
    require_references(items, metric=metric)
    if accepted is None:
        return lambda item: [reference_of(item)]
    require(
        items,
        lambda item: (
            None
            if isinstance(item.row.get(accepted), list)
            else f"the row has no list `{accepted}`"
        ),
        metric=metric,
        hint="`accepted:` names a field that holds a list of right answers in every row",
    )

    def answers(item: Item) -> list[str]:
        further = item.row[accepted]
        return [reference_of(item), *map(as_text, further if isinstance(further, list) else [])]

    return answers
