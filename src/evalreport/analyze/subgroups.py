"""Subgroups: who is in which, declared on the dataset or cut by the prompt's tokens."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from evalreport.analyze.findings import UnshownGroups
from evalreport.analyze.labels import NOWHERE, Labels
from evalreport.analyze.order import IntArray
from evalreport.analyze.samples import BoolArray
from evalreport.analyze.tables import Table
from evalreport.sources.assemble import quantile_labels
from evalreport.sources.dataset import PROMPT_TOKENS

FEWEST: Final = 10


@dataclass(frozen=True, slots=True)
class Subgroups:
    """Masks over the items by subgroup name `key=value`, and what is too small to have one."""

    masks: dict[str, BoolArray]
    unshown: tuple[UnshownGroups, ...]


def subgroups_of(table: Table, parts: int | None, counted_by: str) -> Subgroups:
    """Who is in which subgroup; groups below ten items are counted and not shown apart.

    Args:
        table: The items, with what they belong to.
        parts: Into how many parts of about equal size prompts go by their length in tokens.
        counted_by: The arm whose count of a prompt's tokens is taken.
    """
    groups = dict(table.subgroups)
    if parts and counted_by in table.prompt_tokens:
        groups[PROMPT_TOKENS] = _by_length(table, parts, table.prompt_tokens[counted_by])
    shown: dict[str, BoolArray] = {}
    small: dict[str, list[int]] = {}
    for key, labels in groups.items():
        sizes = np.bincount(labels.codes[labels.codes != NOWHERE], minlength=len(labels.names))
        for code, (name, size) in enumerate(zip(labels.names, sizes.tolist(), strict=True)):
            if size < FEWEST:
                small.setdefault(key, []).append(size)
            elif size < table.n:
                shown[f"{key}={name}"] = labels.codes == code
    return Subgroups(
        masks=dict(sorted(shown.items())),
        unshown=tuple(
            UnshownGroups(key=key, groups=len(sizes), items=sum(sizes), fewest=FEWEST)
            for key, sizes in sorted(small.items())
        ),
    )


def _by_length(table: Table, parts: int, lengths: IntArray) -> Labels:
    """The items' parts by length; those of unknown length keep what they say of themselves."""
    known = np.flatnonzero(lengths != NOWHERE)
    cut = quantile_labels([float(length) for length in lengths[known].tolist()], parts)
    declared = table.subgroups.get(PROMPT_TOKENS)
    names = [declared.name(i) if declared else None for i in range(table.n)]
    for place, name in zip(known.tolist(), cut, strict=True):
        names[place] = name
    return Labels.of(names)
