"""What the text metrics share: columns of fractions, and references that must be usable."""

from collections.abc import Callable, Sequence

from evalreport.errors import DataError, Problem
from evalreport.metrics.base import Column, Output, Scale, Score, TextScorer
from evalreport.records import Item, Unscorable

_SHOWN_PROBLEMS = 20


def fraction(
    metric: str,
    *,
    field: str | None = None,
    scale: Scale = Scale.MEAN,
    higher_is_better: bool = True,
    chance: float | None = None,
    undefined: str = "",
) -> Column:
    """A column of scores between 0 and 1."""
    return Column(
        metric=metric,
        field=field,
        unit="fraction",
        higher_is_better=higher_is_better,
        scale=scale,
        low=0.0,
        high=1.0,
        chance=chance,
        undefined=undefined,
    )


def scorer(
    columns: Sequence[Column],
    score: Callable[[Item, Output], tuple[Score, ...] | Unscorable],
    penalty: Callable[[Item], tuple[Score | None, ...]],
) -> TextScorer:
    """A scorer for which an output without an answer is unscorable, for extraction's reason."""

    def of_answer(item: Item, output: Output) -> tuple[Score, ...] | Unscorable:
        return Unscorable(reason=output.problem) if output.problem else score(item, output)

    return TextScorer(tuple(columns), of_answer, penalty)


def fraction_scorer(
    column: Column, score: Callable[[Item, Output], float | Unscorable]
) -> TextScorer:
    """A scorer of one column in which more is better and an unscorable output counts as 0."""

    def of_answer(item: Item, output: Output) -> tuple[Score, ...] | Unscorable:
        value = score(item, output)
        return value if isinstance(value, Unscorable) else (value,)

    return scorer((column,), of_answer, lambda _: (0.0,))


def reference_of(item: Item) -> str:
    """The reference of an item, which `require` has seen to be there.

    Raises:
        DataError: The item has none.
    """
    if item.reference is None:
        raise DataError(Problem(place(item), "has no reference", ""))
    return item.reference


def require(
    items: Sequence[Item],
    problem: Callable[[Item], str | None],
    *,
    metric: str,
    hint: str,
) -> None:
    """Every item is fit for a metric.

    Args:
        items: All that will be scored.
        problem: What is wrong with an item, or None.
        metric: The metric that needs it.
        hint: What to do about it.

    Raises:
        DataError: Naming each unfit item and its line, the first twenty of them.
    """
    unfit = [(item, why) for item in items if (why := problem(item)) is not None]
    if not unfit:
        return
    shown = [
        Problem(place(item), f"{metric}: {why}", hint) for item, why in unfit[:_SHOWN_PROBLEMS]
    ]
    if len(unfit) > _SHOWN_PROBLEMS:
        rest = f"{len(unfit) - _SHOWN_PROBLEMS} more items are unfit for {metric}"
        shown.append(Problem("", rest, hint))
    raise DataError(*shown)


def require_references(items: Sequence[Item], *, metric: str) -> None:
    """Every item has a reference.

    Raises:
        DataError: Some have none.
    """
    require(
        items,
        lambda item: (
            "there is no reference to hold the answer against" if item.reference is None else None
        ),
        metric=metric,
        hint="give the dataset `completion:` (or `answer:`, `messages:`)",
    )


def place(item: Item) -> str:
    """Where an item stands, for errors."""
    return f"line {item.line}, item {item.id}" if item.line else f"item {item.id}"
