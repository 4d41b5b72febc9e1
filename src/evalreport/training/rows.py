"""Items to token rows, as evaluation would show them, and what becomes of each: counted, not lost.

The rows go to trl tokenised, so that training and evaluation share one rendering; trl cuts and
drops by itself, and the trainer holds its outcome against the counts made here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from evalreport.engines.prompts import Codec
from evalreport.errors import DataError, Problem
from evalreport.records import Check, CheckName, Item, RowCounts
from evalreport.values import Json

IGNORED: Final = -100  # the label that every Hugging Face loss skips
_SHARE_FAILED: Final = 0.01
_SHARE_CUT: Final = 0.2


@dataclass(frozen=True, slots=True)
class Row:
    """One tokenised row before it is cut.

    Attributes:
        item: Its id.
        ids: Token ids, shape (length,).
        labels: The same ids, `IGNORED` where nothing is learned, shape (length,).
        is_prefix: Whether the prompt alone is tokenised as it is before the completion.
        ends_turn: Whether a token that ends a generation is learned.
    """

    item: str
    ids: tuple[int, ...]
    labels: tuple[int, ...]
    is_prefix: bool
    ends_turn: bool


def tokenise(
    items: Iterable[Item],
    codec: Codec,
    *,
    template_kwargs: Mapping[str, Json],
    loss_on: Literal["completion", "all"],
) -> tuple[Row, ...]:
    """One row an item: the prompt as evaluation renders it, then its reference and the turn's end.

    Args:
        items: With a reference each.
        codec: Of the base model; the one that evaluation uses.
        template_kwargs: Arguments of the chat template.
        loss_on: What is learned.

    Raises:
        DataError: An item has no reference, or the chat template refuses it.
    """
    return tuple(_row(item, codec, template_kwargs, loss_on=loss_on) for item in items)


def _row(
    item: Item,
    codec: Codec,
    template_kwargs: Mapping[str, Json],
    *,
    loss_on: Literal["completion", "all"],
) -> Row:
    if item.reference is None:
        raise DataError(
            Problem(_where(item), "the row has no completion to learn", "give it one, or remove it")
        )
    try:
        shown = codec.prompt(item.prompt, template_kwargs)
        context, scored = codec.completion(item.prompt, item.reference, template_kwargs)
    except DataError as error:
        raise DataError(
            *(Problem(_where(item), one.what, one.hint) for one in error.problems)
        ) from error
    masked = (IGNORED,) * len(context) if loss_on == "completion" else context
    return Row(
        item=item.id,
        ids=context + scored,
        labels=masked + scored,
        is_prefix=context == shown,
        ends_turn=any(token in codec.stop_ids for token in scored),
    )


def _where(item: Item) -> str:
    return f"line {item.line}, item {item.id}" if item.line else f"item {item.id}"


def kept_rows(rows: Iterable[Row], max_length: int) -> tuple[Row, ...]:
    """The rows as training uses them: cut at their end, and only those that still teach something.

    Args:
        rows: Uncut.
        max_length: Tokens that a row may have.
    """
    cut = (
        Row(row.item, row.ids[:max_length], row.labels[:max_length], row.is_prefix, row.ends_turn)
        for row in rows
    )
    return tuple(row for row in cut if any(label != IGNORED for label in row.labels))


def count_rows(rows: Sequence[Row], max_length: int) -> RowCounts:
    """What becomes of the rows at this length.

    Args:
        rows: Uncut.
        max_length: Tokens that a row may have.
    """
    kept = kept_rows(rows, max_length)
    tokens = sum(len(row.ids) for row in kept)
    return RowCounts(
        rows=len(rows),
        truncated=sum(len(row.ids) > max_length for row in rows),
        dropped=len(rows) - len(kept),
        tokens=tokens,
        tokens_lost=sum(len(row.ids) for row in rows) - tokens,
        # The first token of a row is never predicted, whatever its label.
        loss_tokens=sum(label != IGNORED for row in kept for label in row.labels[1:]),
        prefix_mismatches=sum(not row.is_prefix for row in rows),
        without_end_of_turn=sum(not row.ends_turn for row in rows),
    )


def row_checks(counts: RowCounts) -> tuple[Check, ...]:
    """The checks that rows answer: one in a hundred may be wrong, one in five cut.

    Args:
        counts: Of the training rows.
    """
    if counts.rows == 0:
        return (
            Check(name="rows", status="failed", text="there are no training rows", hint="add some"),
        )
    return (
        _share_check(
            "prompt_is_prefix",
            counts.prefix_mismatches,
            counts.rows,
            "rows have a prompt that is tokenised otherwise when the completion follows",
            "mend the chat template: what it writes before an answer must be what it writes when "
            "the answer is there (see base_model.chat_template_kwargs)",
        ),
        _share_check(
            "end_of_turn_learned",
            counts.without_end_of_turn,
            counts.rows,
            "rows, as they were before any cut, hold no token that ends a generation",
            "a model that is tuned on them never stops: use a chat template that ends the "
            "assistant's turn with the end token, or chat: false",
        ),
        _truncation_check(counts),
    )


def _truncation_check(counts: RowCounts) -> Check:
    """A model that learns many answers without their ends learns not to end them."""
    too_many = counts.truncated > counts.rows * _SHARE_CUT
    return Check(
        name="truncation",
        status="failed" if too_many else "passed",
        text=f"{counts.truncated:,} of {counts.rows:,} rows are cut, {counts.dropped:,} dropped; "
        f"{counts.tokens_lost:,} of {counts.tokens + counts.tokens_lost:,} tokens are lost",
        hint="raise training.max_length, or shorten or leave out the long rows" if too_many else "",
    )


def _share_check(name: CheckName, wrong: int, rows: int, what: str, hint: str) -> Check:
    is_wrong = wrong > rows * _SHARE_FAILED
    return Check(
        name=name,
        status="failed" if is_wrong else "passed",
        text=f"{wrong:,} of {rows:,} {what}",
        hint=hint if is_wrong else "",
    )
