"""Items to token rows, as evaluation would show them, and what becomes of each: counted, not lost.

The rows go to trl tokenised, so that training and evaluation share one rendering; trl cuts and
drops by itself, and the trainer holds its outcome against the counts made here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from jinja2 import TemplateError

from evalreport.errors import DataError, Problem
from evalreport.records import Check, Item, Prompt, Raw, RowCounts
from evalreport.values import Json

IGNORED: Final = -100  # the label that every Hugging Face loss skips
_SHARE_FAILED: Final = 0.01


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


def stop_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
    """The tokens that end a generation: those of the generation settings, and the tokenizer's.

    Args:
        model: With generation settings.
        tokenizer: Of the model.
    """
    named = getattr(model.generation_config, "eos_token_id", None)
    several = named if isinstance(named, list | tuple) else [named]
    return frozenset(one for one in [*several, tokenizer.eos_token_id] if one is not None)


def tokenise(
    items: Iterable[Item],
    tokenizer: Any,
    *,
    template_kwargs: Mapping[str, Json],
    loss_on: Literal["completion", "all"],
    stop_ids: frozenset[int],
) -> tuple[Row, ...]:
    """One row an item: the rendered prompt, then its reference as the completion.

    Args:
        items: With a reference each.
        tokenizer: Of the base model.
        template_kwargs: Arguments of the chat template.
        loss_on: What is learned.
        stop_ids: Tokens that end a generation.

    Raises:
        DataError: An item has no reference, or the chat template refuses it.
    """
    return tuple(
        _row(item, tokenizer, template_kwargs, loss_on=loss_on, stop_ids=stop_ids) for item in items
    )


def _row(
    item: Item,
    tokenizer: Any,
    template_kwargs: Mapping[str, Json],
    *,
    loss_on: Literal["completion", "all"],
    stop_ids: frozenset[int],
) -> Row:
    if item.reference is None:
        raise DataError(
            Problem(_where(item), "the row has no completion to learn", "give it one, or remove it")
        )
    try:
        prompt, whole = _rendered(item.prompt, item.reference, tokenizer, template_kwargs)
    except (TemplateError, ValueError) as error:
        raise DataError(
            Problem(
                _where(item),
                f"the model's chat template refuses this conversation: {error}",
                "change the roles, or use chat: false to give the text as it stands",
            )
        ) from error
    # Where both part, the completion starts: as trl does it, so that a merged token is learned.
    start = _common_prefix(prompt, whole)
    learned = 0 if loss_on == "all" else start
    return Row(
        item=item.id,
        ids=tuple(whole),
        labels=tuple([IGNORED] * learned + whole[learned:]),
        is_prefix=start == len(prompt),
        ends_turn=any(token in stop_ids for token in whole[start:]),
    )


def _rendered(
    prompt: Prompt, reference: str, tokenizer: Any, template_kwargs: Mapping[str, Json]
) -> tuple[list[int], list[int]]:
    """Token ids of the prompt as generation sees it, and of prompt and completion together."""
    if isinstance(prompt, Raw):
        end = tokenizer.eos_token or ""
        completion = reference if reference.endswith(end) else reference + end
        return (
            list(tokenizer(prompt.text)["input_ids"]),
            list(tokenizer(prompt.text + completion)["input_ids"]),
        )
    turns = [turn.model_dump() for turn in prompt.messages]
    answer = {"role": "assistant", "content": reference}
    return (
        _templated(tokenizer, turns, template_kwargs, add_generation_prompt=True),
        _templated(tokenizer, [*turns, answer], template_kwargs, add_generation_prompt=False),
    )


def _templated(
    tokenizer: Any,
    turns: list[dict[str, str]],
    template_kwargs: Mapping[str, Json],
    *,
    add_generation_prompt: bool,
) -> list[int]:
    rendered = tokenizer.apply_chat_template(
        turns,
        tokenize=True,
        return_dict=True,
        add_generation_prompt=add_generation_prompt,
        **template_kwargs,
    )
    return list(rendered["input_ids"])


def _common_prefix(left: Sequence[int], right: Sequence[int]) -> int:
    pairs = zip(left, right, strict=False)
    shortest = min(len(left), len(right))
    return next((at for at, (one, other) in enumerate(pairs) if one != other), shortest)


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


def row_checks(counts: RowCounts, *, stop_ids: frozenset[int]) -> tuple[Check, ...]:
    """The preflight checks that the rows answer; one row in a hundred is still let through.

    Args:
        counts: Of the training rows.
        stop_ids: Tokens that end a generation.
    """
    if counts.rows == 0:
        return (Check(name="rows", status="failed", text="there are no training rows"),)
    return (
        Check(
            name="stop token",
            status="passed" if stop_ids else "failed",
            text="a token that ends a generation exists"
            if stop_ids
            else "the model names no token that ends a generation: it would never stop",
        ),
        _share_check(
            "prompt is a prefix",
            counts.prefix_mismatches,
            counts.rows,
            "rows whose prompt is tokenised otherwise when the completion follows",
        ),
        _share_check(
            "end of turn is learned",
            counts.without_end_of_turn,
            counts.rows,
            "rows in which no token that ends a generation is learned",
        ),
        Check(
            name="truncation",
            status="failed" if counts.dropped == counts.rows else "passed",
            text=f"{counts.truncated} of {counts.rows} rows are cut and {counts.dropped} dropped; "
            f"{counts.tokens_lost} of {counts.tokens + counts.tokens_lost} tokens are lost",
        ),
    )


def _share_check(name: str, wrong: int, rows: int, what: str) -> Check:
    status: Literal["passed", "failed"] = "failed" if wrong > rows * _SHARE_FAILED else "passed"
    return Check(name=name, status=status, text=f"{wrong} of {rows} {what}")
