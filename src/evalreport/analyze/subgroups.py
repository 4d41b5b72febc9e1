"""Subgroups: who is in which, declared on the dataset or cut by the prompt's tokens."""

from collections.abc import Sequence

import numpy as np

from evalreport.analyze.compare import BoolArray
from evalreport.records import Item, Itemised, Text, TokenLoss
from evalreport.records.exchange import ChoiceLogliks
from evalreport.sources.assemble import quantile_labels
from evalreport.sources.dataset import PROMPT_TOKENS

FEWEST = 10


def members(
    items: Sequence[Item], token_bins: int | None, blocks: Sequence[Itemised]
) -> dict[str, BoolArray]:
    """Masks over the items by subgroup name `key=value`; groups below ten items are left out.

    Args:
        items: The layer's items.
        token_bins: Into how many parts of about equal size prompts go by their length in tokens.
        blocks: Where the lengths are read from.
    """
    names: dict[str, list[bool]] = {}
    lengths = _token_labels(items, token_bins, blocks) if token_bins else {}
    for i, item in enumerate(items):
        groups = dict(item.subgroups)
        if item.id in lengths:
            groups[PROMPT_TOKENS] = lengths[item.id]
        for key, value in groups.items():
            names.setdefault(f"{key}={value}", [False] * len(items))[i] = True
    masks = {name: np.asarray(mask, dtype=np.bool_) for name, mask in sorted(names.items())}
    return {name: mask for name, mask in masks.items() if FEWEST <= mask.sum() < len(items)}


def _token_labels(items: Sequence[Item], parts: int, blocks: Sequence[Itemised]) -> dict[str, str]:
    """Part by item, for the items whose length in tokens is known."""
    known: dict[str, int] = {}
    for item in items:
        for block in blocks[:1]:
            for response in block.responses.get(item.id, ())[:1]:
                if isinstance(response, Text | TokenLoss | ChoiceLogliks):
                    known[item.id] = response.prompt_tokens
    labels = quantile_labels([float(length) for length in known.values()], parts) if known else []
    return dict(zip(known, labels, strict=True))
