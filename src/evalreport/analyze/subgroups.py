"""Subgroups: who is in which, declared on the dataset or cut by the prompt's tokens."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evalreport.analyze.findings import UnshownGroups
from evalreport.analyze.samples import BoolArray
from evalreport.records import Item, Itemised, Text, TokenLoss
from evalreport.records.exchange import ChoiceLogliks
from evalreport.sources.assemble import quantile_labels
from evalreport.sources.dataset import PROMPT_TOKENS

FEWEST = 10


@dataclass(frozen=True, slots=True)
class Subgroups:
    """Masks over the items by subgroup name `key=value`, and what is too small to have one."""

    masks: dict[str, BoolArray]
    unshown: tuple[UnshownGroups, ...]


def subgroups_of(
    items: Sequence[Item], token_bins: int | None, blocks: Sequence[Itemised]
) -> Subgroups:
    """Who is in which subgroup; groups below ten items are counted and not shown apart.

    Args:
        items: The layer's items.
        token_bins: Into how many parts of about equal size prompts go by their length in tokens.
        blocks: Where the lengths are read from.
    """
    names: dict[tuple[str, str], list[bool]] = {}
    lengths = _token_labels(items, token_bins, blocks) if token_bins else {}
    for i, item in enumerate(items):
        groups = dict(item.subgroups)
        if item.id in lengths:
            groups[PROMPT_TOKENS] = lengths[item.id]
        for key, value in groups.items():
            names.setdefault((key, value), [False] * len(items))[i] = True
    masks = {name: np.asarray(mask, dtype=np.bool_) for name, mask in names.items()}
    small: dict[str, list[int]] = {}
    for (key, _), mask in masks.items():
        if mask.sum() < FEWEST:
            small.setdefault(key, []).append(int(mask.sum()))
    shown = {
        f"{key}={value}": mask
        for (key, value), mask in masks.items()
        if FEWEST <= mask.sum() < len(items)
    }
    return Subgroups(
        masks=dict(sorted(shown.items())),
        unshown=tuple(
            UnshownGroups(key=key, groups=len(sizes), items=sum(sizes), fewest=FEWEST)
            for key, sizes in sorted(small.items())
        ),
    )


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
