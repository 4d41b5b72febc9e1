"""Subgroups: who is in which, declared on the dataset or binned by the prompt's tokens."""

from collections.abc import Mapping, Sequence

import numpy as np

from evalreport.records import Item, Itemised, Text, TokenLoss
from evalreport.records.exchange import ChoiceLogliks

FEWEST = 10


def members(
    items: Sequence[Item], token_bins: int | None, blocks: Sequence[Itemised]
) -> dict[str, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Masks over the items by subgroup name `key=value`; groups below ten items are left out.

    Args:
        items: The layer's items.
        token_bins: In how many bins of equal size prompts go by their length in tokens.
        blocks: Where the lengths are read from.
    """
    names: dict[str, list[bool]] = {}
    labels = [dict(item.subgroups) for item in items]
    if token_bins:
        for label, name in zip(labels, _token_bins(items, token_bins, blocks), strict=True):
            if name is not None:
                label["prompt_tokens"] = name
    for i, label in enumerate(labels):
        for key, value in label.items():
            names.setdefault(f"{key}={value}", [False] * len(items))[i] = True
    masks = {name: np.asarray(mask, dtype=np.bool_) for name, mask in sorted(names.items())}
    return {name: mask for name, mask in masks.items() if FEWEST <= mask.sum() < len(items)}


def _token_bins(items: Sequence[Item], bins: int, blocks: Sequence[Itemised]) -> list[str | None]:
    lengths: Mapping[str, int] = {
        item: response.prompt_tokens
        for block in blocks[:1]
        for item, responses in block.responses.items()
        for response in responses[:1]
        if isinstance(response, Text | TokenLoss | ChoiceLogliks)
    }
    known = sorted(lengths.values())
    if not known:
        return [None] * len(items)
    cuts = sorted({int(np.quantile(known, i / bins)) for i in range(1, bins)})
    edges = [known[0], *(cut + 1 for cut in cuts), known[-1] + 1]
    named: list[str | None] = []
    for item in items:
        length = lengths.get(item.id)
        if length is None:
            named.append(None)
            continue
        i = sum(length > cut for cut in cuts)
        named.append(f"{edges[i]}-{edges[i + 1] - 1}")
    return named
