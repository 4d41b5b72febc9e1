"""Multiple choice: which of the given answers the model finds likeliest."""

from collections.abc import Sequence

from evalreport.metrics.base import Scale, Score, Scorer
from evalreport.metrics.scoring import fraction, require
from evalreport.records import ChoiceLogliks, Item, Response, Unscorable


def choice_scorers(items: Sequence[Item]) -> tuple[Scorer, ...]:
    """Accuracy by total log-likelihood, and by log-likelihood a character.

    `accuracy_normalized` divides by the characters of the choice as the item states it, as
    lm-eval's acc_norm. Of equally likely choices the first counts, as there; `is_tied` tells how
    often that decided. Guessing is right in the mean of 1 / number of choices.

    Raises:
        DataError: An item has no choices, an empty one, or no answer among them.
    """
    require(
        items,
        _problem,
        metric="accuracy",
        hint="multiple choice needs `question:`, `choices:` and `answer:`, the index from 0",
    )
    chance = sum(1 / len(item.choices) for item in items) / len(items) if items else None
    columns = tuple(
        fraction(name, scale=Scale.BINARY, chance=chance)
        for name in ("accuracy", "accuracy_normalized")
    )

    def score(item: Item, responses: tuple[Response, ...]) -> tuple[Score, ...] | Unscorable:
        logliks = _logliks(item, responses)
        if isinstance(logliks, Unscorable):
            return logliks
        plain, by_length = _first_largest(logliks), _first_largest(_per_character(item, logliks))
        return float(plain == item.answer), float(by_length == item.answer)

    return (Scorer(columns, score, lambda _: (0.0, 0.0)),)


def is_tied(item: Item, responses: tuple[Response, ...]) -> bool:
    """Whether the largest total log-likelihood of an item belongs to more than one choice."""
    logliks = _logliks(item, responses)
    return not isinstance(logliks, Unscorable) and logliks.count(max(logliks)) > 1


def _logliks(item: Item, responses: tuple[Response, ...]) -> tuple[float, ...] | Unscorable:
    """The log-likelihoods of an item's choices; they have no draws, so the first response holds."""
    for response in responses:
        if isinstance(response, ChoiceLogliks) and len(response.logliks) == len(item.choices):
            return response.logliks
    return Unscorable(reason="no log-likelihood for each of the choices")


def _per_character(item: Item, logliks: Sequence[float]) -> list[float]:
    return [value / len(text) for value, text in zip(logliks, item.choices, strict=True)]


def _first_largest(values: Sequence[float]) -> int:
    return max(range(len(values)), key=lambda i: values[i])  # max keeps the first of equals


def _problem(item: Item) -> str | None:
    if len(item.choices) < 2:
        return "the item has fewer than two choices"
    if item.answer is None:
        return "the item has no answer"
    if item.answer >= len(item.choices):
        return f"the answer is choice {item.answer} of {len(item.choices)}, counted from 0"
    if not all(item.choices):
        return "a choice is empty"
    return None
